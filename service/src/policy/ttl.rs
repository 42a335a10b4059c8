//! How long a token may live.

use crate::policy::file;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The shortest life of a token, in seconds: requirement L2.
pub(super) const SHORTEST: u64 = 60;

/// The longest: requirement L2.
pub(super) const LONGEST: u64 = 3600;

/// The longest where a policy does not say: the upper end of requirement B5.
const LONGEST_UNSAID: u64 = 600;

/// The seconds a token may live: `60 <= min <= default <= max <= 3600`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", deny_unknown_fields)]
pub struct Ttl {
    min: u64,
    default: u64,
    max: u64,
}

/// As stored, not checked yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    min: u64,
    default: u64,
    max: u64,
}

impl TryFrom<Written> for Ttl {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        Self::new(written.min, written.default, written.max).ok_or(Self::RULE)
    }
}

impl Ttl {
    pub(super) const RULE: &'static str =
        "60 <= min <= default <= max <= 3600 (min is 60, default 300 and max 600 where not said)";

    /// Bounds in that order, or nothing.
    pub fn new(min: u64, default: u64, max: u64) -> Option<Self> {
        let fits = SHORTEST <= min && min <= default && default <= max && max <= LONGEST;
        fits.then_some(Self { min, default, max })
    }

    /// The least that may be asked for.
    pub const fn min(self) -> u64 {
        self.min
    }

    /// What a token gets that nobody asked a life for.
    pub const fn default(self) -> u64 {
        self.default
    }

    /// The most that may be asked for.
    pub const fn max(self) -> u64 {
        self.max
    }

    /// Whether that many seconds may be asked for.
    pub const fn contains(self, seconds: u64) -> bool {
        self.min <= seconds && seconds <= self.max
    }

    /// What is left once `seconds` were asked for: those, and no more. Everything, where nothing was.
    pub(super) fn narrowed(self, seconds: Option<u64>) -> Self {
        // Never above `max`, whatever the rules let through.
        seconds.map_or(self, |seconds| {
            let most = seconds.min(self.max);
            Self { min: self.min.min(most), default: most, max: most }
        })
    }

    /// What both allow, if anything.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        let (min, max) = (self.min.max(other.min), self.max.min(other.max));
        Self::new(min, self.default.max(min).min(max), max)
    }

    pub(super) fn read(written: &file::Ttl) -> Option<Self> {
        let default = written.default.unwrap_or_else(|| keybound::DEFAULT_LIFETIME.into());
        Self::new(written.min.unwrap_or(SHORTEST), default, written.max.unwrap_or(LONGEST_UNSAID))
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} seconds", self.min, self.max)
    }
}
