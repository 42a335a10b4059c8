//! The real program as a process of its own, over real sockets: started, told to stop, killed, and asked again.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod client;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod malformed;
pub(crate) mod place;
pub(crate) mod raw;
pub(crate) mod set;

use place::Place;
use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// A running service.
pub(crate) struct Node {
    pub(crate) base: String,
    pub(crate) stderr: PathBuf,
    child: Child,
}

impl Node {
    /// Starts one and waits until it listens. What it says when it does not is the panic.
    pub(crate) fn start(place: &Place) -> Self {
        Self::try_start(place, |_| {}).unwrap_or_else(|said| panic!("the service did not start: {said}"))
    }

    /// The same, with a change to the command; or what it said instead of starting.
    pub(crate) fn try_start(place: &Place, change: impl FnOnce(&mut Command)) -> Result<Self, String> {
        let stderr = place.folder.join(format!("node-{}.log", place.next()));
        let mut command = Command::new(place.program());
        command.args(place.arguments());
        change(&mut command);
        command
            .current_dir(&place.folder)
            .env_remove("KEYBOUND_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        // It ends when the process does, so this waits for one or the other.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(said) = serde_json::from_str::<serde_json::Value>(&line) else {
            let status = child.wait().unwrap();
            return Err(format!("{status}: {}", std::fs::read_to_string(&stderr).unwrap()));
        };
        let base = format!("http://{}", said["listening"].as_str().unwrap());
        Ok(Self { base, stderr, child })
    }

    pub(crate) fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: not a line of code runs after it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub(crate) fn tell_to_stop(&self) {
        let done = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self, within: Duration) -> ExitStatus {
        let began = Instant::now();
        while began.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it still runs after {within:?}");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Resident memory in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// What it has written to standard error.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = std::fs::read_to_string(&self.stderr).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(5).collect();
            eprintln!("{} said last: {last:#?}", self.base);
        }
    }
}

/// Waits until something holds, and says what did not.
pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    within: Duration,
    mut holds: impl FnMut() -> F,
) -> Duration {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

/// The machine's time.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
