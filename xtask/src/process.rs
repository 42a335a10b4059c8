//! Running other programs: where, what was run, and what went wrong.

use std::{
    env,
    ffi::OsStr,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Something ran and failed.
    Failed(String),
    /// A tool is not on this machine, with the command that gets it.
    Missing { tool: String, get: String },
}

/// The result of everything here.
pub(crate) type Result<T = ()> = std::result::Result<T, Problem>;

impl Problem {
    pub(crate) fn missing(tool: &str, get: &str) -> Self {
        Self::Missing { tool: tool.into(), get: get.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(what) => f.write_str(what),
            Self::Missing { tool, get } => write!(f, "{tool} is not here; get it with `{get}`"),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Where commands run and where their output goes: to the terminal, or to a log.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    root: PathBuf,
    log: Option<PathBuf>,
}

impl Shell {
    /// Stands in the workspace's root and writes to the terminal.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { root: find_root()?, log: None })
    }

    /// The same place, with all output kept in a fresh `log`.
    pub(crate) fn logging_to(&self, log: &Path) -> Result<Self> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create(log)?;
        Ok(Self { root: self.root.clone(), log: Some(log.into()) })
    }

    /// A path inside the workspace.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), |folder| self.root.join(folder))
    }

    /// A program, to be run in the root.
    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// The cargo that runs this.
    pub(crate) fn cargo<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
    }

    /// Says what is being done.
    pub(crate) fn say(&self, text: &str) -> Result {
        match self.log() {
            Some(log) => writeln!(log?, "{text}")?,
            None => println!("{text}"),
        }
        Ok(())
    }

    /// Runs a command and expects it to succeed.
    pub(crate) fn run(&self, mut command: Command) -> Result {
        self.say(&format!("$ {}", shown(&command)))?;
        if let Some(log) = self.log() {
            let log = log?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let status = command.status();
        judge(&command, status)
    }

    /// Runs a command, expects it to succeed and hands back what it printed.
    pub(crate) fn read(&self, mut command: Command) -> Result<String> {
        self.say(&format!("$ {}", shown(&command)))?;
        command.stdout(Stdio::piped());
        match self.log() {
            Some(log) => command.stderr(log?),
            None => command.stderr(Stdio::inherit()),
        };
        let output = command.output();
        let printed = output
            .as_ref()
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default();
        self.say(printed.trim_end())?;
        judge(&command, output.map(|output| output.status))?;
        Ok(printed)
    }

    /// Whether a command runs and succeeds; nothing is shown.
    pub(crate) fn succeeds(&self, mut command: Command) -> bool {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn log(&self) -> Option<io::Result<File>> {
        self.log.as_ref().map(|log| OpenOptions::new().append(true).open(log))
    }
}

fn find_root() -> Result<PathBuf> {
    // Cargo names the folder of this crate when it runs it; a binary started by hand looks upwards.
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir()?,
    };
    start
        .ancestors()
        .find(|folder| folder.join("core/src/code.rs").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| Problem::Failed("run it inside the workspace".into()))
}

fn judge(command: &Command, status: io::Result<ExitStatus>) -> Result {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Problem::Failed(format!("`{}` failed ({status})", shown(command)))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let program = command.get_program().to_string_lossy();
            Err(Problem::missing(&program, crate::tools::where_to_get(&program)))
        }
        Err(error) => Err(Problem::Failed(format!("`{}`: {error}", shown(command)))),
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
