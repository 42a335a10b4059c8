//! What a command says, on standard output.

use serde_json::Value;
use std::io::{self, Write as _};

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is done.
    Done,
    /// It is not, or what was looked for was found.
    Not,
    /// Part of it is done, and standard error says which is not.
    Partly,
}

impl End {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Not => 1,
            Self::Partly => 3,
        }
    }
}

/// Writes to standard output. That nobody reads any more is no failure: `keybound audit export | head` is a wish like others.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    unread(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// The same for a value, on one line.
pub(crate) fn say_json(value: &Value) -> io::Result<()> {
    say(&format!("{value}\n"))
}

/// Writes to standard error, whoever reads it.
pub(crate) fn warn(text: &str) {
    let _ = io::stderr().write_all(format!("keybound: {text}\n").as_bytes());
}

/// Forgives a closed pipe.
pub(crate) fn unread(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
