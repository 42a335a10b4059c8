//! How often a user may have tools of a category (I2): fixed windows at UTC boundaries.

use crate::policy::{Code, Denial, file};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// From second 0 to 59.
    Minute,
    /// From minute 0 to 59.
    Hour,
    /// From midnight to midnight, UTC.
    Day,
}

impl Per {
    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The length in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }

    /// The window that `now`, in seconds since 1970, is in. Unix time has no leap seconds, so multiples of the length are the
    /// boundaries of UTC.
    pub fn window(self, now: u64) -> Window {
        let length = self.seconds();
        let into = now.checked_rem(length).unwrap_or_default();
        Window { start: now.saturating_sub(into), length }
    }
}

/// A stretch of time that is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    start: u64,
    length: u64,
}

impl Window {
    /// Its first second, since 1970.
    pub const fn start(self) -> u64 {
        self.start
    }

    /// Its seconds.
    pub const fn length(self) -> u64 {
        self.length
    }

    /// The first second after it, when the count begins again.
    pub const fn end(self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// Seconds from `now` until then: what `Retry-After` says.
    pub const fn remaining(self, now: u64) -> u64 {
        self.end().saturating_sub(now)
    }
}

/// How often in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    limit: u32,
    per: Per,
}

impl Rate {
    /// How often; 0 is never.
    pub const fn limit(self) -> u32 {
        self.limit
    }

    /// In which window.
    pub const fn per(self) -> Per {
        self.per
    }
}

impl From<file::Rate> for Rate {
    fn from(written: file::Rate) -> Self {
        Self { limit: written.limit, per: written.per }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.limit, self.per.as_str())
    }
}

/// What a decision costs its user: one of the uses of a category in the window.
///
/// The store counts by category, window and user. Where nobody acts for a user, the orchestrator is the one who is counted:
/// leaving the user out must not lift the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    category: String,
    limit: u32,
    per: Per,
}

impl Charge {
    pub(super) fn new(category: &str, rate: Rate) -> Self {
        Self { category: category.to_owned(), limit: rate.limit, per: rate.per }
    }

    /// The category of tools.
    pub fn category(&self) -> &str {
        &self.category
    }

    /// How often in the window.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// In which window.
    pub const fn per(&self) -> Per {
        self.per
    }

    /// Whether one more may follow the `used` ones of this window.
    ///
    /// # Errors
    /// `policy.rate_limited`.
    pub fn admits(&self, used: u64) -> Result<(), Denial> {
        if used < u64::from(self.limit) {
            return Ok(());
        }
        let rate = Rate { limit: self.limit, per: self.per };
        Err(Denial::new(Code::RateLimited)
            .in_rule("rate.limit")
            .with_limit(&format!("{rate} for `{}`", self.category)))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_at_the_boundaries_of_utc() {
        // 2026-11-24T14:53:59Z.
        let now = 1_795_532_039;
        for (per, start, remaining) in [
            (Per::Minute, 1_795_531_980, 1),
            (Per::Hour, 1_795_528_800, 361),
            (Per::Day, 1_795_478_400, 32_761),
        ] {
            let window = per.window(now);
            assert_eq!(
                (window.start(), window.length(), window.remaining(now)),
                (start, per.seconds(), remaining)
            );
            assert_eq!(per.window(window.end() - 1), window);
            assert_eq!(per.window(window.end()).start(), window.end());
            assert_eq!(per.window(window.start()), window);
            assert_ne!(per.window(window.start() - 1), window);
        }
        assert_eq!(Per::Day.window(u64::MAX).end(), u64::MAX, "no overflow at the end of time");
    }

    /// I2: limit 10 per day, the eleventh is denied.
    #[test]
    fn the_eleventh_of_ten_is_denied() {
        let charge = Charge::new("payments", Rate { limit: 10, per: Per::Day });
        assert_eq!(charge.admits(9), Ok(()));
        let denial = charge.admits(10).unwrap_err();
        assert_eq!((denial.code(), denial.limit()), (Code::RateLimited, Some("10 per day for `payments`")));
        assert!(charge.admits(u64::MAX).is_err());
        assert!(Charge::new("none", Rate { limit: 0, per: Per::Hour }).admits(0).is_err());
    }
}
