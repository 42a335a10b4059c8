//! The entries of a list: five sets of records, searched where they lie.

use super::{Level, Revoked};
use crate::{code::Code, id::Digest, refusal::Refusal, time::UnixTime};
use alloc::vec::Vec;
use core::{cmp::Ordering, ops::Range};
use sha2::{Digest as _, Sha256};

/// An id of 16 bytes, then a time of 4, big-endian.
pub(crate) type Record = [u8; 20];

/// The sets of a list, in the order of [`Level::ALL`].
pub(crate) type Sets<'a> = [&'a [Record]; 5];

const fn id(record: &Record) -> u128 {
    let [id @ .., _, _, _, _] = record;
    u128::from_be_bytes(*id)
}

const fn until(record: &Record) -> u32 {
    let [.., a, b, c, d] = *record;
    u32::from_be_bytes([a, b, c, d])
}

fn has_ended(record: &Record, at: UnixTime) -> bool {
    u64::from(until(record)) <= at.as_secs()
}

/// The entry as a record.
pub(super) fn record(entry: &Revoked) -> Result<Record, Refusal> {
    let until = u32::try_from(entry.until.as_secs())
        .map_err(|_| Refusal::new(Code::WrongClaim).with_part("until"))?;
    let mut record = [0; 20];
    let [front @ .., a, b, c, d] = &mut record;
    *front = *entry.id.id();
    [*a, *b, *c, *d] = until.to_be_bytes();
    Ok(record)
}

/// Ascending by id and, of one id, the one that ends later first.
pub(super) fn order(first: &Record, second: &Record) -> Ordering {
    id(first).cmp(&id(second)).then(until(second).cmp(&until(first)))
}

pub(super) const fn same_id(first: &Record, second: &Record) -> bool {
    id(first) == id(second)
}

/// Whether the bytes are a set: whole records, ascending by id, each once, none ended when the list was made.
pub(crate) fn read_set(bytes: &[u8], issued_at: UnixTime) -> Result<&[Record], Code> {
    let (records, rest) = bytes.as_chunks();
    if !rest.is_empty() || records.iter().any(|record| has_ended(record, issued_at)) {
        return Err(Code::BadRevocations);
    }
    let mut previous = None;
    for record in records {
        match Some(id(record)).cmp(&previous) {
            Ordering::Greater => previous = Some(id(record)),
            Ordering::Equal => return Err(Code::DuplicateKey),
            Ordering::Less => return Err(Code::NotSorted),
        }
    }
    Ok(records)
}

/// Records between two signposts. 64: the last part of a search stays within 1,280 bytes, and the signposts of a million records
/// within 125 KB, which a processor keeps at hand.
const STRIDE: usize = 64;

/// Five sets and what makes searching them quick.
pub(super) struct Records {
    bytes: Vec<u8>,
    sets: [Set; 5],
    /// When the first of the records ends.
    first_end: u32,
    digest: Digest,
}

struct Set {
    /// Where it lies in the bytes.
    place: Range<usize>,
    /// The first half of every 64th record's id. Ids may be chosen by those who are to be revoked, so nothing is assumed about
    /// how they are spread.
    signposts: Vec<u64>,
}

/// What a signpost says of an id.
const fn half(id: u128) -> u64 {
    let [half @ .., _, _, _, _, _, _, _, _] = id.to_be_bytes();
    u64::from_be_bytes(half)
}

impl Records {
    /// Where sets that were read from `bytes` lie in them.
    pub(super) fn places(bytes: &[u8], sets: &Sets<'_>) -> [Range<usize>; 5] {
        sets.map(|set| {
            let set = set.as_flattened();
            let begin = set.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
            if set.is_empty() { 0..0 } else { begin..begin.saturating_add(set.len()) }
        })
    }

    /// The sets that lie in `bytes` at these places.
    pub(super) fn new(bytes: Vec<u8>, places: [Range<usize>; 5]) -> Self {
        let sets = places.map(|place| {
            let records = slice(&bytes, &place);
            Set { signposts: records.iter().step_by(STRIDE).map(|record| half(id(record))).collect(), place }
        });
        let mut records = Self { bytes, sets, first_end: u32::MAX, digest: Digest::from_bytes([0; 32]) };
        records.first_end = records.all().into_iter().flatten().map(until).min().unwrap_or(u32::MAX);
        records.digest = digest(&records.all());
        records
    }

    fn set(&self, level: Level) -> &Set {
        let [token, chain, agent, task, key] = &self.sets;
        match level {
            Level::Token => token,
            Level::Chain => chain,
            Level::Agent => agent,
            Level::Task => task,
            Level::Key => key,
        }
    }

    fn all(&self) -> Sets<'_> {
        self.sets.each_ref().map(|set| slice(&self.bytes, &set.place))
    }

    pub(super) fn is_empty(&self, level: Level) -> bool {
        self.set(level).place.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all().iter().map(|set| set.len()).sum()
    }

    /// SHA-256 of the sets in CBOR.
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether there is an entry for these 16 bytes that still counts.
    pub(super) fn has(&self, level: Level, wanted: &[u8; 16], now: UnixTime) -> bool {
        let set = self.set(level);
        let wanted = u128::from_be_bytes(*wanted);
        // The last stretch that begins before the id, and all that begin with the same half.
        let begin = set.signposts.partition_point(|post| *post < half(wanted)).saturating_sub(1);
        let mut end = begin.saturating_add(1);
        while set.signposts.get(end).is_some_and(|post| *post <= half(wanted)) {
            end = end.saturating_add(1);
        }
        let records = slice(&self.bytes, &set.place);
        let end = end.saturating_mul(STRIDE).min(records.len());
        let stretch = records.get(begin.saturating_mul(STRIDE)..end).unwrap_or_default();
        let found = stretch.binary_search_by_key(&wanted, id).ok().and_then(|place| stretch.get(place));
        found.is_some_and(|record| !has_ended(record, now))
    }

    /// Whether at a time the same entries count here and there.
    pub(super) fn is_same(&self, other: &Self, at: UnixTime) -> bool {
        let counting = |set| counting(set, at);
        self.all().into_iter().zip(other.all()).all(|(ours, theirs)| counting(ours).eq(counting(theirs)))
    }

    /// Whether all of them count at a time.
    pub(super) fn all_count(&self, at: UnixTime) -> bool {
        u64::from(self.first_end) > at.as_secs()
    }

    /// These entries and the added ones, of two with one id the one that ends later, without what has ended by `at`.
    pub(super) fn with(&self, added: &Sets<'_>, at: UnixTime) -> Self {
        let more: usize = added.iter().map(|set| set.as_flattened().len()).sum();
        let mut bytes = Vec::with_capacity(self.bytes.len().saturating_add(more));
        let mut added = added.iter();
        let places = self.all().map(|ours| {
            let begin = bytes.len();
            merge(ours, added.next().copied().unwrap_or_default(), at, &mut bytes);
            begin..bytes.len()
        });
        Self::new(bytes, places)
    }
}

fn slice<'a>(bytes: &'a [u8], place: &Range<usize>) -> &'a [Record] {
    bytes.get(place.clone()).unwrap_or_default().as_chunks().0
}

fn counting(set: &[Record], at: UnixTime) -> impl Iterator<Item = &Record> {
    set.iter().filter(move |record| !has_ended(record, at))
}

fn merge(ours: &[Record], added: &[Record], at: UnixTime, out: &mut Vec<u8>) {
    let (mut ours, mut added) = (counting(ours, at).peekable(), counting(added, at).peekable());
    loop {
        let order = match (ours.peek(), added.peek()) {
            (Some(ours), Some(added)) => id(ours).cmp(&id(added)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let first = if order.is_le() { ours.next() } else { None };
        let second = if order.is_ge() { added.next() } else { None };
        out.extend_from_slice(later(first, second));
    }
}

/// Of one or two records the one that ends later.
fn later<'a>(first: Option<&'a Record>, second: Option<&'a Record>) -> &'a [u8] {
    match (first, second) {
        (Some(first), Some(second)) if until(second) > until(first) => second,
        (Some(record), _) | (None, Some(record)) => record,
        (None, None) => &[],
    }
}

/// SHA-256 of the five sets, each behind its length in bytes as 8 bytes, big-endian: what a delta leads to.
pub(super) fn digest(sets: &Sets<'_>) -> Digest {
    let mut hasher = Sha256::new();
    for set in sets {
        let bytes = set.as_flattened();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        hasher.update(length.to_be_bytes());
        hasher.update(bytes);
    }
    Digest::from_bytes(hasher.finalize().into())
}
