//! Where the time comes from.

use keybound::UnixTime;
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// The time, as an argument of the service's state: tests set it.
pub trait Clock: Send + Sync {
    /// Now, in whole seconds.
    fn now(&self) -> UnixTime;
}

/// The machine's clock. A clock that stands before 1970 reads as 1970: everything has then yet to begin, and nothing is believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        keybound_bindings::now().unwrap_or_else(|_| start())
    }
}

/// A clock that stands where it is put.
pub struct SetClock(AtomicU64);

impl SetClock {
    /// A clock that stands at `seconds`.
    pub const fn at(seconds: u64) -> Self {
        Self(AtomicU64::new(seconds))
    }

    /// Puts it elsewhere.
    pub fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> UnixTime {
        UnixTime::new(self.0.load(Ordering::SeqCst)).unwrap_or_else(|_| start())
    }
}

impl fmt::Debug for SetClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetClock({})", self.now().as_secs())
    }
}

fn start() -> UnixTime {
    UnixTime::EPOCH
}
