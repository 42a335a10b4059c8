//! Running the binary.

use crate::support::{World, folder, policy};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output of a run that must have succeeded.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The same as JSON.
    pub(crate) fn json(self) -> Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// What was said by a run that must have ended with this code; a panic is none.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        format!("{}{}", self.out, self.err)
    }
}

/// The command, with nothing of this process's environment.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keybound"));
    command.env_clear().current_dir(folder).args(arguments);
    command
}

static RUNS: AtomicU64 = AtomicU64::new(0);

/// Runs it in a folder.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_with(command(folder, arguments), folder, "")
}

/// Runs it with something on its standard input, and kills it when it takes a minute.
pub(crate) fn run_with(mut command: Command, folder: &Path, input: &str) -> Ran {
    let number = RUNS.fetch_add(1, Ordering::SeqCst);
    let (out, err) = (folder.join(format!("out-{number}")), folder.join(format!("err-{number}")));
    command.stdin(Stdio::piped()).stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    let mut child = command.spawn().unwrap();
    // Who does not read is not told.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let code = wait(&mut child);
    Ran { code, out: fs::read_to_string(&out).unwrap(), err: fs::read_to_string(&err).unwrap() }
}

pub(crate) fn wait(child: &mut Child) -> i32 {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it did not end in a minute");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A service that is described by a file of settings, and nobody runs.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
}

impl Place {
    /// Settings, policy, keys and an empty database.
    pub(crate) fn new() -> Self {
        let place = Self::bare();
        place.run(&["migrate"]).ok();
        place
    }

    /// The same without a database.
    pub(crate) fn bare() -> Self {
        let folder = folder();
        fs::write(folder.join("policy.toml"), policy()).unwrap();
        let url = format!("sqlite://{}", folder.join("keybound.db").display());
        let file = format!(
            "[database]\nurl = '{url}'\n[tenants.default]\nissuer = 'http://127.0.0.1:8420'\ntrust_domain = 'acme.example'\n"
        );
        fs::write(folder.join("keybound.toml"), file).unwrap();
        Self { folder }
    }

    /// Runs the command with these settings.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&self.folder, &[arguments, &["--config", "keybound.toml"]].concat())
    }
}

/// A test that fails leaves its folder to whoever looks for the reason.
pub(crate) fn clear(folder: &Path) {
    if !std::thread::panicking() {
        let _ = fs::remove_dir_all(folder);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        clear(&self.folder);
    }
}

/// The settings of a service of the other tests, in its folder.
pub(crate) fn settings_of(world: &World) {
    let file = format!(
        "[database]\nurl = '{}'\n\
         [tenants.default]\nissuer = 'http://127.0.0.1:8420'\ntrust_domain = 'acme.example'\nkeys = 'acme.json'\n\
         [tenants.other]\nissuer = 'http://127.0.0.1:8420/t/other'\ntrust_domain = 'other.example'\nkeys = 'other.json'\n",
        world.url
    );
    fs::write(world.folder.join("keybound.toml"), file).unwrap();
}

/// Runs the command beside a service of the other tests.
pub(crate) fn beside(world: &World, arguments: &[&str]) -> Ran {
    settings_of(world);
    run(&world.folder, &[arguments, &["--config", "keybound.toml"]].concat())
}
