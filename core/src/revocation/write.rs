//! Writing lists, by the rules they are read by.

use super::{Level, ListTimes, Record, Revoked, Since, Statement, records};
use crate::{
    code::Code,
    id::Digest,
    json::MAX_SAFE_INTEGER,
    key::{PublicKey, SigningKey},
    limits::{Limits, exceeds},
    prepared::{Prepared, Signable, ToSign},
    refusal::Refusal,
    wire::{
        envelope::{Kind, Unsigned},
        read::is_name,
        revocations,
    },
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;

/// Everything an issuer has revoked, about to be signed.
#[derive(Clone)]
#[must_use = "a list does nothing until it is signed"]
pub struct Snapshot(Draft);

/// What is to be added to an older list, about to be signed.
#[derive(Clone)]
#[must_use = "a delta does nothing until it is signed"]
pub struct Delta(Draft);

#[derive(Clone)]
struct Draft {
    issuer: String,
    seq: u64,
    times: ListTimes,
    sets: [Vec<Record>; 5],
    since: Option<Since>,
}

impl Snapshot {
    /// The list with this number: one higher than the last whenever something was added. The entries come in any order; of two with
    /// one id the one that ends later stays, and what has ended by `times.issued_at` is left out.
    ///
    /// # Errors
    /// `claims.wrong` for an entry that ends after 2106-02-07, where 32 bits end.
    pub fn new(
        issuer: &str,
        seq: u64,
        times: ListTimes,
        entries: impl IntoIterator<Item = Revoked>,
    ) -> Result<Self, Refusal> {
        let sets = sets(times, entries)?;
        Ok(Self(Draft { issuer: issuer.to_owned(), seq, times, sets, since: None }))
    }

    /// What leads from the list with the number `from` to this one: `added`, all of it in this list too. Without a step and
    /// without additions it says no more than that nothing has changed.
    ///
    /// # Errors
    /// As [`Snapshot::new`].
    pub fn delta(&self, from: u64, added: impl IntoIterator<Item = Revoked>) -> Result<Delta, Refusal> {
        let Draft { issuer, seq, times, .. } = &self.0;
        let since = Some(Since { seq: from, digest: self.digest() });
        let sets = sets(*times, added)?;
        Ok(Delta(Draft { issuer: issuer.clone(), seq: *seq, times: *times, sets, since }))
    }

    /// What [`super::RevocationList::digest`] will say of it.
    pub fn digest(&self) -> Digest {
        records::digest(&self.0.sets.each_ref().map(Vec::as_slice))
    }

    /// Signs the list.
    ///
    /// # Errors
    /// What a verifier with default limits would say: `claims.wrong`, `revocation.bad_lifetime`, `bytes.too_large`.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedList, Refusal> {
        self.0.sign(key, Kind::Snapshot)
    }

    /// The first of three steps for a key that lives elsewhere.
    ///
    /// # Errors
    /// As [`Snapshot::sign`].
    pub fn prepare(&self, key: &PublicKey) -> Result<Prepared<SignedList>, Refusal> {
        self.0.prepare(key, Kind::Snapshot)
    }
}

impl Delta {
    /// Signs the delta.
    ///
    /// # Errors
    /// As [`Snapshot::sign`].
    pub fn sign(&self, key: &SigningKey) -> Result<SignedList, Refusal> {
        self.0.sign(key, Kind::Delta)
    }

    /// The first of three steps for a key that lives elsewhere.
    ///
    /// # Errors
    /// As [`Snapshot::sign`].
    pub fn prepare(&self, key: &PublicKey) -> Result<Prepared<SignedList>, Refusal> {
        self.0.prepare(key, Kind::Delta)
    }
}

impl Draft {
    fn sign(&self, key: &SigningKey, kind: Kind) -> Result<SignedList, Refusal> {
        self.prepare(&key.public_key(), kind)?.sign(key)
    }

    fn prepare(&self, key: &PublicKey, kind: Kind) -> Result<Prepared<SignedList>, Refusal> {
        let limits = Limits::default();
        let statement = Statement {
            issuer: &self.issuer,
            seq: self.seq,
            times: self.times,
            sets: self.sets.each_ref().map(Vec::as_slice),
            since: self.since,
        };
        if !is_name(statement.issuer, &limits) {
            return Err(Refusal::new(Code::WrongClaim).with_part("iss"));
        }
        if statement.seq > MAX_SAFE_INTEGER.unsigned_abs() {
            return Err(Refusal::new(Code::WrongClaim).with_part("number"));
        }
        statement.check(&limits)?;
        let unsigned = Unsigned::new(kind, revocations::encode(&statement)?, &[]);
        Ok(Prepared::new(ToSign::Cose(Box::new(unsigned)), key.clone(), ()))
    }
}

/// The entries as sets that [`records::read_set`] accepts.
fn sets(times: ListTimes, entries: impl IntoIterator<Item = Revoked>) -> Result<[Vec<Record>; 5], Refusal> {
    let mut sets: [Vec<Record>; 5] = Default::default();
    for entry in entries {
        if entry.until <= times.issued_at {
            continue;
        }
        let record = records::record(&entry)?;
        for (level, set) in Level::ALL.iter().zip(&mut sets) {
            if *level == entry.id.level() {
                set.push(record);
            }
        }
    }
    for set in &mut sets {
        // Ascending by id and, with the same id, the later end first: that one stays.
        set.sort_unstable_by(records::order);
        set.dedup_by(|second, first| records::same_id(first, second));
    }
    Ok(sets)
}

/// A list or a delta as it travels.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedList(Vec<u8>);

impl SignedList {
    /// The bytes, to be served as `application/keybound-revocations+cose`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Signable for SignedList {
    type Rest = ();
    const BAD_SIGNATURE: Code = Code::RevocationSignature;

    fn assemble((): (), signed: Vec<u8>) -> Result<Self, Refusal> {
        if exceeds(signed.len(), Limits::default().revocation_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("revocations"));
        }
        Ok(Self(signed))
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: usize = self.sets.iter().map(Vec::len).sum();
        write!(f, "{:?}, number {}, {entries} entries", self.issuer, self.seq)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({:?})", self.0)
    }
}

impl fmt::Debug for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delta({:?})", self.0)
    }
}

impl fmt::Debug for SignedList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedList({} bytes)", self.0.len())
    }
}
