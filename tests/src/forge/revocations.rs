//! Lists of revocations and deltas, honest until something in them is changed.

use super::cbor::Item;
use super::sha256;

/// The list claim.
pub const LIST: i64 = -65539;
/// The media types of a whole list and of a delta.
pub const TYPES: [&str; 2] =
    ["application/keybound-revocations+cose", "application/keybound-revocations-delta+cose"];

/// An entry: 16 bytes and when it ends.
pub type Entry = ([u8; 16], u64);

/// Five sets of entries: token, chain, agent, task, key.
pub type Sets = [Vec<Entry>; 5];

/// What a list or a delta says.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Whose tokens it is about.
    pub issuer: String,
    /// The number; of a delta, of the list it leads to.
    pub seq: u64,
    /// When it was made.
    pub issued_at: u64,
    /// When the next is due.
    pub next_update: u64,
    /// When it ends.
    pub expires: u64,
    /// The entries, written in the order they have here.
    pub sets: Sets,
    /// Of a delta: the number it begins at and the digest it leads to.
    pub since: Option<(u64, [u8; 32])>,
}

impl Statement {
    /// The claims.
    pub fn claims(&self) -> Vec<(i64, Item)> {
        vec![
            (1, Item::text(&self.issuer)),
            (4, number(self.expires)),
            (6, number(self.issued_at)),
            (LIST, Item::claims(self.list())),
        ]
    }

    /// The members of the list claim.
    pub fn list(&self) -> Vec<(i64, Item)> {
        let sets = self.sets.iter().map(|set| Item::bytes(records(set))).collect();
        let mut members = vec![(0, number(self.seq)), (1, number(self.next_update)), (2, Item::Array(sets))];
        if let Some((from, digest)) = self.since {
            members.extend([(3, number(from)), (4, Item::bytes(digest))]);
        }
        members
    }

    /// The protected header of its kind.
    pub fn header(&self) -> Vec<u8> {
        header(TYPES[usize::from(self.since.is_some())])
    }
}

/// A protected header with this type.
pub fn header(kind: &str) -> Vec<u8> {
    Item::claims(vec![(1, Item::Int(-19)), (16, Item::text(kind))]).encode()
}

/// The records of a set: an id of 16 bytes, a time of 4.
pub fn records(set: &[Entry]) -> Vec<u8> {
    let record = |(id, until): &Entry| {
        let until = u32::try_from(*until).expect("32 bits");
        [id.as_slice(), &until.to_be_bytes()].concat()
    };
    set.iter().flat_map(record).collect()
}

/// The digest of sets: SHA-256 of each set behind its length in 8 bytes.
pub fn digest(sets: &Sets) -> [u8; 32] {
    let set = |entries: &Vec<Entry>| {
        let bytes = records(entries);
        [bytes.len().to_be_bytes().to_vec(), bytes].concat()
    };
    sha256(&sets.iter().flat_map(set).collect::<Vec<u8>>())
}

fn number(n: u64) -> Item {
    Item::Int(i64::try_from(n).expect("small"))
}
