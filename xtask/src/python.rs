//! The Python package `keybound`, built and installed into an environment of its own.

use crate::process::{Problem, Result, Shell};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// An environment of its own under `target/`, with exactly the packages its requirements file pins by hash.
pub(crate) struct Environment {
    name: &'static str,
    requirements: &'static str,
}

/// What builds and tests the package.
pub(crate) const TESTS: Environment =
    Environment { name: "venv", requirements: "python/requirements-dev.txt" };

/// What the demo runs in.
pub(crate) const DEMO: Environment =
    Environment { name: "venv-demo", requirements: "tests/demo/requirements.txt" };

/// What other people's libraries judge it in.
pub(crate) const JUDGES: Environment =
    Environment { name: "venv-judges", requirements: "tests/judges/python/requirements.txt" };

/// What an OAuth client we did not write runs in.
pub(crate) const OAUTH: Environment =
    Environment { name: "venv-judges-oauth", requirements: "tests/judges/service/python/requirements.txt" };

/// What holds the service against its description.
pub(crate) const SCHEMATHESIS: Environment = Environment {
    name: "venv-schemathesis",
    requirements: "tests/judges/service/schemathesis/requirements.txt",
};

/// Builds the wheel.
pub(crate) fn build(shell: &Shell) -> Result {
    wheel(shell).map(drop)
}

/// Builds the wheel and installs it, with what it is needed for.
pub(crate) fn install(shell: &Shell, environment: &Environment) -> Result {
    let wheel = wheel(shell)?;
    environment.prepare(shell)?;
    let arguments = ["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"];
    let mut pip = environment.python(shell, &arguments);
    pip.arg(wheel);
    shell.run(pip)
}

/// pytest, mypy and stubtest over the installed package.
pub(crate) fn test(shell: &Shell) -> Result<String> {
    let printed = shell.read(TESTS.python(shell, &["-m", "pytest", "-q", "python/tests"]))?;
    shell.run(TESTS.python(shell, &["-m", "mypy", "--strict", "python/tests"]))?;
    let stubs = ["-m", "mypy.stubtest", "keybound", "--allowlist", "python/tests/stubtest.txt"];
    shell.run(TESTS.python(shell, &stubs))?;
    let size = fs::metadata(newest(&shell.target().join("wheels"))?)?.len();
    let last = printed.trim_end().lines().last().unwrap_or_default().trim_matches(['=', ' ']);
    Ok(format!("{last}; wheel {size} bytes"))
}

impl Environment {
    /// Its Python, started away from the sources: what is tested is what is installed.
    pub(crate) fn python(&self, shell: &Shell, arguments: &[&str]) -> Command {
        let mut command = shell.command(self.folder(shell).join("bin/python"), arguments);
        command.env("PYTHONSAFEPATH", "1");
        command
    }

    fn folder(&self, shell: &Shell) -> PathBuf {
        shell.target().join(self.name)
    }

    pub(crate) fn prepare(&self, shell: &Shell) -> Result {
        let marker = self.folder(shell).join("keybound-requirements");
        let wanted = fs::read_to_string(shell.path(self.requirements))?;
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        let mut create = shell.command("python3", ["-m", "venv"]);
        create.arg(self.folder(shell));
        shell.run(create).map_err(|problem| match problem {
            Problem::Failed(_) => Problem::missing("Python's venv", "apt-get install python3-venv"),
            missing => missing,
        })?;
        let mut pip = self.python(shell, &["-m", "pip", "install", "--quiet", "--require-hashes", "-r"]);
        pip.arg(shell.path(self.requirements));
        shell.run(pip)?;
        Ok(fs::write(marker, wanted)?)
    }
}

fn wheel(shell: &Shell) -> Result<PathBuf> {
    TESTS.prepare(shell)?;
    let out = shell.target().join("wheels");
    // Only one wheel must be there afterwards: the one that was just built.
    fs::remove_dir_all(&out).or_else(|error| if out.exists() { Err(error) } else { Ok(()) })?;
    let mut maturin =
        shell.command(TESTS.folder(shell).join("bin/maturin"), ["build", "--release", "--locked"]);
    maturin.arg("--out").arg(&out).current_dir(shell.path("python"));
    shell.run(maturin)?;
    newest(&out)
}

fn newest(folder: &Path) -> Result<PathBuf> {
    fs::read_dir(folder)?
        .flatten()
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Problem::Failed("maturin made no wheel".into()))
}
