//! What a list or a delta says, and the rules that its writer and its reader share.

use super::Sets;
use crate::{code::Code, id::Digest, limits::Limits, refusal::Refusal, time::UnixTime};

/// When a list was made, when the next one is due and when this one is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListTimes {
    /// When it was made.
    pub issued_at: UnixTime,
    /// When the next one will be there at the latest: a hint for those who fetch.
    pub next_update: UnixTime,
    /// The last second at which it counts.
    pub expires: UnixTime,
}

/// The claims of a whole list or, with `since`, of a delta. Borrowed from the bytes.
pub(crate) struct Statement<'a> {
    pub(crate) issuer: &'a str,
    /// The list's number; of a delta, of the list it leads to.
    pub(crate) seq: u64,
    pub(crate) times: ListTimes,
    /// Everything revoked; of a delta, what is added.
    pub(crate) sets: Sets<'a>,
    pub(crate) since: Option<Since>,
}

/// What a delta begins at and what it leads to.
#[derive(Clone, Copy)]
pub(crate) struct Since {
    pub(crate) seq: u64,
    pub(crate) digest: Digest,
}

impl Statement<'_> {
    /// What can be said without a clock and without another list.
    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let ListTimes { issued_at, next_update, expires } = self.times;
        let in_order = issued_at < next_update && next_update <= expires;
        if !in_order || expires.since(issued_at) > u64::from(limits.revocation_lifetime) {
            return Err(Code::RevocationLifetime.into());
        }
        let Some(since) = self.since else { return Ok(()) };
        let adds = self.sets.iter().any(|set| !set.is_empty());
        // A delta without a step is the beat that keeps a list fresh; one with a step goes forward.
        if since.seq > self.seq || (since.seq == self.seq && adds) {
            return Err(Refusal::new(Code::WrongClaim).with_part("from"));
        }
        Ok(())
    }

    /// Whether it is neither too old nor from the future.
    pub(crate) fn check_now(&self, now: UnixTime, limits: &Limits) -> Result<(), Refusal> {
        if self.times.issued_at > now.plus(limits.skew) {
            return Err(Code::RevocationFuture.into());
        }
        if now > self.times.expires { Err(Code::RevocationStale.into()) } else { Ok(()) }
    }
}
