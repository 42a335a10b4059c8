//! A token's times, whatever encoding says them.

use crate::{code::Code, limits::Limits, refusal::Refusal, time::UnixTime};

/// When a token begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) issued_at: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) expires: UnixTime,
}

// Each rule by itself: the two encodings check them in different orders. AAT-02's steps stand beside them.
impl Times {
    /// The token's own times, apart from what time it is: it ends after it begins and does not live too long.
    pub(crate) fn check_lifetime(&self, limits: &Limits) -> Result<(), Refusal> {
        self.check_order()?;
        self.check_ends_after_beginning()?;
        self.check_length(limits)
    }

    /// 3g, 4l, which know no `nbf`: it ends after it was issued.
    pub(crate) fn check_order(&self) -> Result<(), Refusal> {
        if self.expires > self.issued_at { Ok(()) } else { Err(Code::BadLifetime.into()) }
    }

    /// It ends after its `nbf`.
    pub(crate) fn check_ends_after_beginning(&self) -> Result<(), Refusal> {
        let begins = self.not_before.is_none_or(|not_before| self.expires > not_before);
        if begins { Ok(()) } else { Err(Code::BadLifetime.into()) }
    }

    /// 3h: it does not live too long.
    pub(crate) fn check_length(&self, limits: &Limits) -> Result<(), Refusal> {
        let too_long = self.expires.since(self.issued_at) > u64::from(limits.lifetime);
        if too_long { Err(Code::BadLifetime.into()) } else { Ok(()) }
    }

    /// A token of another kind, how long it lives being its issuer's affair: it ends after it begins, and is in force.
    #[cfg(feature = "jose")]
    pub(crate) fn check_foreign(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        self.check_order()?;
        self.check_ends_after_beginning()?;
        self.check_now(now, limits)
    }

    /// Whether the token is in force at `now`, give or take the skew (RFC 8392 §3.1.4 to §3.1.6).
    ///
    /// The skew moves the comparison, never the claim: a child is measured against its parent's `exp` as written.
    pub(crate) fn check_now(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        self.check_issued(now, limits)?;
        self.check_begun(now, limits)?;
        self.check_not_ended(now, limits.skew)
    }

    /// 3f, 4k: it was not issued in the future.
    pub(crate) fn check_issued(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        if self.issued_at > now.plus(limits.skew) { Err(Code::IssuedInFuture.into()) } else { Ok(()) }
    }

    /// Its `nbf` has come.
    pub(crate) fn check_begun(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        let is_early = self.not_before.is_some_and(|not_before| not_before > now.plus(limits.skew));
        if is_early { Err(Code::NotYetValid.into()) } else { Ok(()) }
    }

    /// 3e, 4i (there without any grace): its `exp` has not come, or not for longer than `grace` seconds.
    pub(crate) fn check_not_ended(&self, now: UnixTime, grace: u32) -> Result<(), Refusal> {
        if now >= self.expires.plus(grace) { Err(Code::Expired.into()) } else { Ok(()) }
    }

    /// Seconds of skew that these checks had to grant.
    pub(crate) fn leeway_at(&self, now: UnixTime) -> u64 {
        let early =
            self.issued_at.since(now).max(self.not_before.map_or(0, |not_before| not_before.since(now)));
        // `exp` is the first second the token is no longer valid (RFC 8392 §3.1.4).
        let late = if now >= self.expires { now.since(self.expires).saturating_add(1) } else { 0 };
        early.max(late)
    }
}
