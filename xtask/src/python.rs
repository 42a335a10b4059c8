//! The Python package `keybound`, built and installed into an environment of its own.

use crate::process::{Problem, Result, Shell};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const TOOLS: [&str; 5] =
    ["maturin>=1.16,<2", "pytest>=8,<10", "mypy>=1.18,<3", "httpx>=0.27,<1", "hypothesis>=6,<7"];

/// Builds the wheel.
pub(crate) fn build(shell: &Shell) -> Result {
    wheel(shell).map(drop)
}

/// Builds the wheel and installs it, with what its tests need, into `target/venv`.
pub(crate) fn install(shell: &Shell) -> Result {
    let wheel = wheel(shell)?;
    let mut pip = python(shell, &["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]);
    pip.arg(wheel);
    shell.run(pip)
}

/// pytest, mypy and stubtest over the installed package.
pub(crate) fn test(shell: &Shell) -> Result<String> {
    let printed = shell.read(python(shell, &["-m", "pytest", "-q", "python/tests"]))?;
    shell.run(python(shell, &["-m", "mypy", "--strict", "python/tests"]))?;
    shell.run(python(shell, &["-m", "mypy.stubtest", "keybound"]))?;
    Ok(printed.trim_end().lines().last().unwrap_or_default().trim_matches(['=', ' ']).into())
}

/// The environment's Python, started away from the sources: what is tested is what is installed.
pub(crate) fn python(shell: &Shell, arguments: &[&str]) -> Command {
    let mut command = shell.command(environment(shell).join("bin/python"), arguments);
    command.env("PYTHONSAFEPATH", "1");
    command
}

fn environment(shell: &Shell) -> PathBuf {
    shell.target().join("venv")
}

fn prepare(shell: &Shell) -> Result {
    let environment = environment(shell);
    let marker = environment.join("keybound-tools");
    let wanted = TOOLS.join("\n");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut create = shell.command("python3", ["-m", "venv"]);
    create.arg(&environment);
    shell.run(create).map_err(|problem| match problem {
        Problem::Failed(_) => Problem::missing("Python's venv", "apt-get install python3-venv"),
        missing => missing,
    })?;
    let mut pip = python(shell, &["-m", "pip", "install", "--quiet"]);
    pip.args(TOOLS);
    shell.run(pip)?;
    Ok(fs::write(marker, wanted)?)
}

fn wheel(shell: &Shell) -> Result<PathBuf> {
    prepare(shell)?;
    let out = shell.target().join("wheels");
    // Only one wheel must be there afterwards: the one that was just built.
    fs::remove_dir_all(&out).or_else(|error| if out.exists() { Err(error) } else { Ok(()) })?;
    let mut maturin =
        shell.command(environment(shell).join("bin/maturin"), ["build", "--release", "--locked"]);
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
