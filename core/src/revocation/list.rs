//! Believing a list: the one road from bytes to [`RevocationList`].

use super::{
    Level, ListTimes, RevokedId, Sets, Since, Statement,
    records::{self, Records},
};
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
        Self::with_keys(issuer, [key.clone()].into())
    }

    /// Lists in the name of `issuer`, signed by any of these keys; without a key none is believed.
    pub fn with_keys(issuer: &str, keys: Vec<PublicKey>) -> Self {
        Self { issuer: issuer.into(), keys, limits: Limits::default() }
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
        let envelope = Envelope::parse_one_of(bytes, &[Kind::Snapshot, Kind::Delta])?;
        let statement = revocations::decode(&envelope, &self.limits)?;
        statement.check(&self.limits)?;
        self.check_signed(&envelope, statement.issuer)?;
        statement.check_now(now, &self.limits)?;
        // Of another source's list nothing follows for ours.
        let known = known.filter(|known| *known.issuer() == *self.issuer);
        let Statement { seq, times, since, .. } = statement;
        known.map_or(Ok(()), |known| known.check_not_after(seq, times.issued_at))?;
        let records = match since {
            Some(since) => known.ok_or(Code::RevocationGap)?.follow(&statement, since)?,
            None => {
                // The bytes that were checked are the bytes that are searched.
                let places = records::places(envelope.payload_bytes(), &statement.sets);
                let records = Records::new(envelope.into_payload(), places);
                known.map_or(Ok(()), |known| known.check_beside(seq, times.issued_at, &records))?;
                records
            }
        };
        Ok(RevocationList(Arc::new(Inner { issuer: self.issuer.clone(), seq, times, records })))
    }

    fn check_signed(&self, envelope: &Envelope, issuer: &str) -> Result<(), Refusal> {
        if *issuer != *self.issuer {
            return Err(Code::RevocationIssuer.into());
        }
        let holds = self.keys.iter().any(|key| envelope.verify(key, &[]).is_ok());
        if holds { Ok(()) } else { Err(Code::RevocationSignature.into()) }
    }
}

/// What an issuer has revoked, as of a time. Only [`RevocationSource::read`] makes one:
///
/// ```compile_fail
/// fn forge(times: keybound::revocation::ListTimes) -> keybound::revocation::RevocationList {
///     keybound::revocation::RevocationList(times)
/// }
/// ```
///
/// Clones share the entries.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    issuer: Arc<str>,
    seq: u64,
    times: ListTimes,
    records: Records,
}

impl RevocationList {
    /// The issuer whose tokens it is about.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Its number.
    pub fn seq(&self) -> u64 {
        self.0.seq
    }

    /// When it was made, when the next is due and when it is too old.
    pub fn times(&self) -> ListTimes {
        self.0.times
    }

    /// Entries it holds, counting or not.
    pub fn len(&self) -> usize {
        self.0.records.len()
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a delta to this list must name as its result. Hashes all entries.
    pub fn digest(&self) -> Digest {
        self.0.records.digest()
    }

    /// Whether an entry for this id counts at `now`. Whether the list itself does is not asked.
    pub fn has(&self, id: &RevokedId, now: UnixTime) -> bool {
        self.0.records.filled(id.level()).is_some_and(|set| set.has(id.id(), now))
    }

    fn check_not_after(&self, seq: u64, issued_at: UnixTime) -> Result<(), Refusal> {
        let is_newer = self.seq() > seq || self.times().issued_at > issued_at;
        if is_newer { Err(Code::RevocationRollback.into()) } else { Ok(()) }
    }

    /// One number is one list; what has ended in the meantime has left it.
    fn check_beside(&self, seq: u64, issued_at: UnixTime, records: &Records) -> Result<(), Refusal> {
        if seq != self.seq() || self.0.records.with(&Sets::default(), issued_at).digest() == records.digest()
        {
            Ok(())
        } else {
            Err(Code::RevocationConflict.into())
        }
    }

    /// The entries here with those that a delta adds.
    fn follow(&self, delta: &Statement<'_>, since: Since) -> Result<Records, Refusal> {
        if since.seq != self.seq() {
            // A step that ends where we are has been taken; any other leaves something out.
            let is_taken = delta.seq == self.seq();
            return Err(if is_taken { Code::RevocationRollback } else { Code::RevocationGap }.into());
        }
        let records = self.0.records.with(&delta.sets, delta.times.issued_at);
        if records.digest() == since.digest { Ok(records) } else { Err(Code::RevocationResult.into()) }
    }
}

impl Revocation for RevocationList {
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        if *link.issuer != *self.issuer() || now > self.times().expires {
            return Standing::Unknown;
        }
        for level in Level::ALL {
            // Where a level has no entries, nothing is hashed for it.
            let Some(set) = self.0.records.filled(level) else { continue };
            let id = match level {
                Level::Token => Some(RevokedId::token(link.token)),
                Level::Chain => Some(RevokedId::chain(link.digest)),
                Level::Agent => link.agent.map(RevokedId::agent),
                Level::Task => link.task.map(RevokedId::task),
                Level::Key => Some(RevokedId::holder(link.holder)),
            };
            if id.is_some_and(|id| set.has(id.id(), now)) {
                return Standing::Revoked;
            }
        }
        Standing::Good
    }
}

impl fmt::Debug for RevocationSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationSource({:?})", self.issuer)
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({:?}, number {}, {} entries)", self.issuer(), self.seq(), self.len())
    }
}
