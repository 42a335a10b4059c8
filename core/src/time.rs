//! Time as a value: the core never asks what time it is.

use crate::{code::Code, json::MAX_SAFE_INTEGER, refusal::Refusal};
use core::fmt;

/// Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted: the NumericDate of
/// RFC 8392 §2 without fractions. At most 2^53-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// A time `seconds` after the epoch.
    ///
    /// # Errors
    /// `claims.wrong` above 2^53-1.
    pub fn new(seconds: u64) -> Result<Self, Refusal> {
        if seconds > MAX_SAFE_INTEGER.unsigned_abs() {
            return Err(Refusal::new(Code::WrongClaim).with_part("time"));
        }
        Ok(Self(seconds))
    }

    /// Seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Later by `seconds`, but never beyond the last time there is: comparisons stay right.
    pub(crate) fn plus(self, seconds: u32) -> Self {
        Self::at_most(self.0.saturating_add(u64::from(seconds)))
    }

    /// The time that many seconds after the epoch, or the last there is.
    pub(crate) fn at_most(seconds: u64) -> Self {
        Self(seconds.min(MAX_SAFE_INTEGER.unsigned_abs()))
    }

    /// Seconds from `earlier` to `self`, zero when `earlier` is later.
    pub(crate) const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
