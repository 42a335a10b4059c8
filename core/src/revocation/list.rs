//! Believing a list: the one road from bytes to [`RevocationList`].

use super::{Level, ListTimes, RevokedId, Since, Statement, records::Records};
use crate::{
    code::Code,
    id::Digest,
    key::PublicKey,
    limits::{Limits, exceeds},
    memory::{LinkIds, Revocation, Standing},
    refusal::Refusal,
    time::UnixTime,
    wire::{
        envelope::{Envelope, Kind},
        revocations,
    },
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;

/// Whose lists a verifier believes: one issuer of tokens, and the keys that sign what it revokes. They are configured, as anchors
/// are, and are other keys than those.
#[derive(Clone)]
pub struct RevocationSource {
    issuer: Arc<str>,
    keys: Vec<PublicKey>,
    limits: Limits,
}

impl RevocationSource {
    /// Lists in the name of `issuer`, signed by `key`.
    pub fn new(issuer: &str, key: &PublicKey) -> Self {
        Self { issuer: issuer.into(), keys: [key.clone()].into(), limits: Limits::default() }
    }

    /// Also lists signed by this key, as while keys change.
    #[must_use]
    pub fn key(mut self, key: &PublicKey) -> Self {
        self.keys.push(key.clone());
        self
    }

    /// Other limits than the default ones.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The issuer whose lists these are.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The limits that lists are read within.
    pub const fn the_limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads a whole list, or a delta to the one `known`, and believes it if it is signed, fresh and follows what is known.
    ///
    /// # Errors
    /// The malformed codes of SPEC 3, 4 and 17, then the `revocation.*` codes. `revocation.gap` and
    /// `revocation.wrong_result` ask for a whole list.
    pub fn read(
        &self,
        bytes: &[u8],
        known: Option<&RevocationList>,
        now: UnixTime,
    ) -> Result<RevocationList, Refusal> {
        if exceeds(bytes.len(), self.limits.revocation_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("revocations"));
        }
        let envelope = Envelope::parse_either(bytes, [Kind::Snapshot, Kind::Delta])?;
        let statement = revocations::decode(&envelope, &self.limits)?;
        statement.check(&self.limits)?;
        self.check_signed(&envelope, statement.issuer)?;
        statement.check_now(now, &self.limits)?;
        // Of another source's list nothing follows for ours.
        let known = known.filter(|known| known.issuer == self.issuer);
        let Statement { seq, times, since, .. } = statement;
        let records = match since {
            Some(since) => after(known.ok_or(Code::RevocationGap)?, &statement, since)?,
            None => {
                // The bytes that were checked are the bytes that are searched.
                let places = Records::places(envelope.payload_bytes(), &statement.sets);
                let records = Records::new(envelope.into_payload(), places);
                known.map_or(Ok(()), |known| known.check_followed_by(seq, times.issued_at, &records))?;
                Arc::new(records)
            }
        };
        Ok(RevocationList { issuer: self.issuer.clone(), seq, times, records })
    }

    fn check_signed(&self, envelope: &Envelope, issuer: &str) -> Result<(), Refusal> {
        if *issuer != *self.issuer {
            return Err(Code::RevocationIssuer.into());
        }
        let holds = self.keys.iter().any(|key| envelope.verify(key, &[]).is_ok());
        if holds { Ok(()) } else { Err(Code::RevocationSignature.into()) }
    }
}

/// The entries of the known list with those that a delta adds.
fn after(known: &RevocationList, statement: &Statement<'_>, since: Since) -> Result<Arc<Records>, Refusal> {
    known.check_not_after(statement.seq, statement.times.issued_at)?;
    if since.seq != known.seq {
        // A step that ends where we are has been taken; any other leaves something out.
        let is_taken = statement.seq == known.seq;
        return Err(if is_taken { Code::RevocationRollback } else { Code::RevocationGap }.into());
    }
    let (sets, at) = (&statement.sets, statement.times.issued_at);
    let stays = statement.seq == known.seq && known.records.all_count(at);
    let records = if stays { known.records.clone() } else { Arc::new(known.records.with(sets, at)) };
    if records.digest() == since.digest { Ok(records) } else { Err(Code::RevocationResult.into()) }
}

/// What an issuer has revoked, as of a time. Only [`RevocationSource::read`] makes one:
///
/// ```compile_fail
/// fn forge(times: keybound::revocation::ListTimes) -> keybound::revocation::RevocationList {
///     keybound::revocation::RevocationList { seq: 1, times }
/// }
/// ```
///
/// Clones share the entries.
#[derive(Clone)]
pub struct RevocationList {
    issuer: Arc<str>,
    seq: u64,
    times: ListTimes,
    records: Arc<Records>,
}

impl RevocationList {
    /// The issuer whose tokens it is about.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its number.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// When it was made, when the next is due and when it is too old.
    pub const fn times(&self) -> ListTimes {
        self.times
    }

    /// Entries it holds, counting or not.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a delta to this list must name as its result.
    pub fn digest(&self) -> Digest {
        self.records.digest()
    }

    /// Whether an entry for this id counts at `now`. Whether the list itself does is not asked.
    pub fn has(&self, id: &RevokedId, now: UnixTime) -> bool {
        self.records.has(id.level(), id.id(), now)
    }

    fn check_not_after(&self, seq: u64, issued_at: UnixTime) -> Result<(), Refusal> {
        let is_newer = self.seq > seq || self.times.issued_at > issued_at;
        if is_newer { Err(Code::RevocationRollback.into()) } else { Ok(()) }
    }

    fn check_followed_by(&self, seq: u64, issued_at: UnixTime, records: &Records) -> Result<(), Refusal> {
        self.check_not_after(seq, issued_at)?;
        // One number is one list; what has ended in the meantime has left it.
        if seq == self.seq && !self.records.is_same(records, issued_at) {
            return Err(Code::RevocationConflict.into());
        }
        Ok(())
    }

    /// By which of its levels the link is revoked, if by any. Where a level has no entries, nothing is hashed for it.
    fn level_of(&self, link: &LinkIds<'_>, now: UnixTime) -> Option<Level> {
        Level::ALL.into_iter().filter(|level| !self.records.is_empty(*level)).find(|level| {
            let id = match level {
                Level::Token => Some(RevokedId::token(link.token)),
                Level::Chain => Some(RevokedId::chain(link.digest)),
                Level::Agent => link.agent.map(RevokedId::agent),
                Level::Task => link.task.map(RevokedId::task),
                Level::Key => Some(RevokedId::holder(link.holder)),
            };
            id.is_some_and(|id| self.has(&id, now))
        })
    }
}

impl Revocation for RevocationList {
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        if *link.issuer != *self.issuer || now > self.times.expires {
            Standing::Unknown
        } else if self.level_of(link, now).is_some() {
            Standing::Revoked
        } else {
            Standing::Good
        }
    }
}

impl fmt::Debug for RevocationSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationSource({:?})", self.issuer)
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({:?}, number {}, {} entries)", self.issuer, self.seq, self.len())
    }
}
