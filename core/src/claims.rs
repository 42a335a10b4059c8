//! What a token says, whatever encoding it says it in.

use crate::{
    agent::AgentId, authority::Authority, code::Code, id::TokenId, key::PublicKey, limits::Limits,
    refusal::Refusal, time::UnixTime,
};
use alloc::{string::String, vec::Vec};

/// One token's statement. A child leaves out what it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Root only; a child's issuer is the holder of its parent.
    pub(crate) issuer: Option<String>,
    pub(crate) principal: Option<String>,
    /// Absent when the token does not restrict where it may be used; never empty.
    pub(crate) audience: Option<Vec<String>>,
    pub(crate) expires: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) issued_at: UnixTime,
    pub(crate) id: TokenId,
    pub(crate) holder: PublicKey,
    pub(crate) authority: Authority,
    pub(crate) depth: u32,
    pub(crate) max_depth: u32,
    pub(crate) agent: Option<AgentId>,
    pub(crate) task: Option<String>,
}

impl Claims {
    /// The token's own times, apart from what time it is: it ends after it begins and does not live too long
    /// (AAT-02 steps 3g, 3h, 4l).
    pub(crate) fn check_lifetime(&self, limits: &Limits) -> Result<(), Refusal> {
        let begins = self.not_before.map_or(self.issued_at, |not_before| not_before.max(self.issued_at));
        if self.expires <= begins || self.expires.since(self.issued_at) > u64::from(limits.lifetime) {
            return Err(Code::BadLifetime.into());
        }
        Ok(())
    }

    /// Whether the token is in force at `now`, give or take the skew (RFC 8392 §3.1.4 to §3.1.6).
    ///
    /// The skew moves the comparison, never the claim: a child is measured against its parent's `exp` as written.
    pub(crate) fn check_now(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        let latest = now.plus(limits.skew);
        if self.issued_at > latest {
            return Err(Code::IssuedInFuture.into());
        }
        if self.not_before.is_some_and(|not_before| not_before > latest) {
            return Err(Code::NotYetValid.into());
        }
        if now >= self.expires.plus(limits.skew) {
            return Err(Code::Expired.into());
        }
        Ok(())
    }

    /// Seconds of skew that [`Claims::check_now`] had to grant.
    pub(crate) fn leeway_at(&self, now: UnixTime) -> u64 {
        let early =
            self.issued_at.since(now).max(self.not_before.map_or(0, |not_before| not_before.since(now)));
        // `exp` is the first second the token is no longer valid (RFC 8392 §3.1.4).
        let late = if now >= self.expires { now.since(self.expires).saturating_add(1) } else { 0 };
        early.max(late)
    }
}
