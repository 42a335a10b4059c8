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

const fn id(record: &Record) -> &[u8; 16] {
    let [id @ .., _, _, _, _] = record;
    id
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
    id(first).cmp(id(second)).then(until(second).cmp(&until(first)))
}

pub(super) fn same_id(first: &Record, second: &Record) -> bool {
    id(first) == id(second)
}

/// Whether the bytes are a set: whole records, ascending by id, each once, none ended when the list was made.
pub(crate) fn read_set(bytes: &[u8], issued_at: UnixTime) -> Result<&[Record], Code> {
    let (records, rest) = bytes.as_chunks();
    if !rest.is_empty() || records.iter().any(|record| has_ended(record, issued_at)) {
        return Err(Code::BadRevocations);
    }
    let mut rest = records;
    while let [first, after @ ..] = rest {
        match after.first().map_or(Ordering::Less, |second| id(first).cmp(id(second))) {
            Ordering::Less => rest = after,
            Ordering::Equal => return Err(Code::DuplicateKey),
            Ordering::Greater => return Err(Code::NotSorted),
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
    /// In the order of [`Level::ALL`].
    sets: Vec<Set>,
}

struct Set {
    /// Where it lies in the bytes.
    place: Range<usize>,
    /// The first half of every 64th record's id. Ids may be chosen by those who are to be revoked, so nothing is assumed about
    /// how they are spread.
    signposts: Vec<u64>,
}

/// What a signpost says of an id.
const fn half(id: &[u8; 16]) -> u64 {
    let [half @ .., _, _, _, _, _, _, _, _] = *id;
    u64::from_be_bytes(half)
}

/// Where sets that were read from `bytes` lie in them.
pub(super) fn places(bytes: &[u8], sets: &Sets<'_>) -> Vec<Range<usize>> {
    let place = |set: &&[Record]| {
        let begin = set.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
        begin..begin.saturating_add(set.as_flattened().len())
    };
    sets.iter().map(place).collect()
}

impl Records {
    /// The sets that lie in `bytes` at these places.
    pub(super) fn new(bytes: Vec<u8>, places: Vec<Range<usize>>) -> Self {
        let mut sets = Vec::with_capacity(places.len());
        for place in places {
            let posts = slice(&bytes, &place).iter().step_by(STRIDE);
            sets.push(Set { signposts: posts.map(|record| half(id(record))).collect(), place });
        }
        Self { bytes, sets }
    }

    fn all(&self) -> Sets<'_> {
        let mut all: Sets<'_> = Sets::default();
        for (records, set) in all.iter_mut().zip(&self.sets) {
            *records = slice(&self.bytes, &set.place);
        }
        all
    }

    pub(super) fn len(&self) -> usize {
        self.all().iter().map(|set| set.len()).sum()
    }

    pub(super) fn digest(&self) -> Digest {
        digest(&self.all())
    }

    /// The set of a level, if it has entries.
    pub(super) fn filled(&self, level: Level) -> Option<Filled<'_>> {
        let set = self.sets.get(usize::from(level.place()))?;
        let records = slice(&self.bytes, &set.place);
        (!records.is_empty()).then_some(Filled { records, signposts: &set.signposts })
    }

    /// These entries and the added ones, of two with one id the one that ends later, without what has ended by `at`.
    pub(super) fn with(&self, added: &Sets<'_>, at: UnixTime) -> Self {
        let more: usize = added.iter().map(|set| set.as_flattened().len()).sum();
        let mut bytes = Vec::with_capacity(self.bytes.len().saturating_add(more));
        let mut places = Vec::with_capacity(added.len());
        for (ours, added) in self.all().iter().zip(added) {
            let begin = bytes.len();
            merge(ours, added, at, &mut bytes);
            places.push(begin..bytes.len());
        }
        Self::new(bytes, places)
    }
}

/// A set that has entries.
pub(super) struct Filled<'a> {
    records: &'a [Record],
    signposts: &'a [u64],
}

impl Filled<'_> {
    /// Whether there is an entry for these 16 bytes that still counts.
    pub(super) fn has(&self, wanted: &[u8; 16], now: UnixTime) -> bool {
        let half = half(wanted);
        // The last stretch that begins before the id, and all that begin with the same half.
        let begin = self.signposts.partition_point(|post| *post < half).saturating_sub(1);
        let mut end = begin.saturating_add(1);
        while self.signposts.get(end).is_some_and(|post| *post <= half) {
            end = end.saturating_add(1);
        }
        let end = end.saturating_mul(STRIDE).min(self.records.len());
        let stretch = self.records.get(begin.saturating_mul(STRIDE)..end).unwrap_or_default();
        let found = stretch.binary_search_by(|record| id(record).cmp(wanted));
        let found = found.ok().and_then(|place| stretch.get(place));
        found.is_some_and(|record| !has_ended(record, now))
    }
}

fn slice<'a>(bytes: &'a [u8], place: &Range<usize>) -> &'a [Record] {
    bytes.get(place.clone()).unwrap_or_default().as_chunks().0
}

fn merge(mut ours: &[Record], mut added: &[Record], at: UnixTime, out: &mut Vec<u8>) {
    loop {
        let (record, order) = match (ours.first(), added.first()) {
            (Some(first), Some(second)) => match id(first).cmp(id(second)) {
                Ordering::Equal if until(second) > until(first) => (second, Ordering::Equal),
                Ordering::Greater => (second, Ordering::Greater),
                order => (first, order),
            },
            (Some(first), None) => (first, Ordering::Less),
            (None, Some(second)) => (second, Ordering::Greater),
            (None, None) => return,
        };
        if order.is_le() {
            ours = ours.get(1..).unwrap_or_default();
        }
        if order.is_ge() {
            added = added.get(1..).unwrap_or_default();
        }
        if !has_ended(record, at) {
            out.extend_from_slice(record);
        }
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
