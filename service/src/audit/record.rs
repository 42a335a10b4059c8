//! One audit record: an event, its place in the log and the hash of the record before it, in one canonical form (RFC 8785).

use super::{
    Event,
    members::{Reader, Writer},
    tree::{MAX_SIZE, leaf_hash},
};
use crate::hex;
use keybound::Digest;
use std::fmt;

/// The longest canonical form of a record, in bytes: more than any request the service accepts can fill, and a bound for
/// whoever reads an export line by line.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;

/// The end of a log: what the next record must fit on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the next record, which is how many there are.
    pub next: u64,
    /// The SHA-256 of the last record's canonical bytes; zeros before the first.
    pub previous: Digest,
}

impl Head {
    /// The end of a log without records.
    pub const EMPTY: Self = Self { next: 0, previous: Digest::from_bytes([0; 32]) };
}

/// One record of the log. Made by [`Record::after`] or [`Record::parse`] only, so its bytes and what they say never differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    seq: u64,
    previous: Digest,
    event: Event,
    json: String,
}

impl Record {
    /// The record of `event` at the end of a log.
    ///
    /// # Errors
    /// `record.too_large` when its canonical form is longer than [`MAX_RECORD_BYTES`]; `record.not_canonical` when a number in
    /// it, or its place, is beyond 2^53-1.
    pub fn after(head: Head, event: Event) -> Result<Self, RecordError> {
        let json = write(head, &event).ok_or(RecordError::NotCanonical)?;
        let record = Self::parse(json.as_bytes())?;
        // What does not read back could not be checked by anybody later.
        if record.event == event { Ok(record) } else { Err(RecordError::NotCanonical) }
    }

    /// Reads a record in exactly its canonical form.
    ///
    /// # Errors
    /// `record.too_large`; `record.malformed` when it is not a JSON object that says what happened, when and where in the log;
    /// `record.not_canonical` for any byte that this crate would not have written: an unknown member, another order, another
    /// spelling, a value out of its range, an outcome that is not the operation's.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLarge);
        }
        let members = Reader::parse(bytes).ok_or(RecordError::Malformed)?;
        let read = || {
            let next = members.integer("seq").filter(|seq| *seq < MAX_SIZE)?;
            let previous = members.text("previous").and_then(hex::digest)?;
            Some((Head { next, previous }, Event::read(&members)?))
        };
        let (place, event) = read().ok_or(RecordError::Malformed)?;
        let json = write(place, &event).filter(|json| json.as_bytes() == bytes);
        let json = json.ok_or(RecordError::NotCanonical)?;
        Ok(Self { seq: place.next, previous: place.previous, event, json })
    }

    /// The number of the record: the index of its leaf in the tree, from 0.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The SHA-256 of the record before it.
    pub const fn previous(&self) -> &Digest {
        &self.previous
    }

    /// What happened.
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// The canonical form: what is stored, hashed and exported.
    pub fn as_json(&self) -> &str {
        &self.json
    }

    /// The SHA-256 of the canonical form.
    pub fn hash(&self) -> Digest {
        Digest::of(self.json.as_bytes())
    }

    /// The hash of the record as a leaf of the tree.
    pub fn leaf_hash(&self) -> Digest {
        leaf_hash(self.json.as_bytes())
    }

    /// Whether the record may stand at this end of a log.
    pub(super) fn follows(&self, head: Head) -> bool {
        self.seq == head.next && self.previous == head.previous
    }

    /// The end of the log once this record is its last.
    pub fn head(&self) -> Head {
        Head { next: self.seq.saturating_add(1), previous: self.hash() }
    }
}

fn write(place: Head, event: &Event) -> Option<String> {
    let mut members = Writer::default();
    members.integer("seq", Some(place.next));
    members.text("previous", Some(&place.previous.to_string()));
    event.write(&mut members);
    members.into_json()
}

/// Why a record was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordError {
    /// Longer than a record may be.
    TooLarge,
    /// Not a record.
    Malformed,
    /// A record, but not in its one form.
    NotCanonical,
}

impl RecordError {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "record.too_large",
            Self::Malformed => "record.malformed",
            Self::NotCanonical => "record.not_canonical",
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the record is longer than a record may be",
            Self::Malformed => "not an audit record",
            Self::NotCanonical => "the record is not in its canonical form",
        })
    }
}

impl std::error::Error for RecordError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{
        Grant, Name, Operation,
        test_utils::{full_event, time},
    };

    #[test]
    fn a_full_record_has_this_form() {
        let record =
            Record::after(Head { next: 7, previous: Digest::from_bytes([0xab; 32]) }, full_event()).unwrap();
        let expected = concat!(
            r#"{"actor":"orchestrator-1","agent":"spiffe://acme.example/agent/orch/task-9/one","audience":["https://files.example"],"#,
            r#""code":"policy.allowed","count":3,"depth":1,"expires":1700000300,"grant":"on_behalf_of","#,
            r#""inputs":"0505050505050505050505050505050505050505050505050505050505050505","#,
            r#""leaf":"0404040404040404040404040404040404040404040404040404040404040404","#,
            r#""lineage":["01010101010101010101010101010101","02020202020202020202020202020202"],"operation":"token.delegated","#,
            r#""orchestrator":"orch","outcome":"allowed","parent":"01010101010101010101010101010101","#,
            r#""policy":"0606060606060606060606060606060606060606060606060606060606060606","#,
            r#""previous":"abababababababababababababababababababababababababababababababab","#,
            r#""principal":"p_00112233445566778899aabbccddeeff","request":"req-1","rule":"invoices","seq":7,"task":"task-9","#,
            r#""time":1700000000,"token":"02020202020202020202020202020202","tools_granted":["fs.read"],"#,
            r#""tools_requested":["fs.read","fs.write"],"workflow":"invoice-run"}"#,
        );
        assert_eq!(record.as_json(), expected);
        assert_eq!(Record::parse(expected.as_bytes()), Ok(record.clone()));
        assert_eq!((record.seq(), record.event()), (7, &full_event()));
        assert_eq!(record.head(), Head { next: 8, previous: Digest::of(expected.as_bytes()) });
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let record = Record::after(Head::EMPTY, Event::new(time(5), Operation::LogStarted)).unwrap();
        assert_eq!(
            record.as_json(),
            format!(
                r#"{{"operation":"log.started","outcome":"allowed","previous":"{}","seq":0,"time":5}}"#,
                "0".repeat(64)
            )
        );
    }

    #[test]
    fn every_operation_and_grant_reads_back() {
        for operation in Operation::ALL {
            for grant in Grant::ALL {
                let mut event = Event::new(time(5), *operation);
                event.grant = Some(*grant);
                let record = Record::after(Head::EMPTY, event).unwrap();
                assert_eq!(Record::parse(record.as_json().as_bytes()), Ok(record));
            }
        }
    }

    #[test]
    fn another_form_of_the_same_record_is_refused() {
        let json = Record::after(Head::EMPTY, full_event()).unwrap().as_json().to_owned();
        assert!(Record::parse(json.as_bytes()).is_ok());
        let not_canonical = [
            json.replace(r#""count":3"#, r#""count":3.0"#),
            json.replace(r#""count":3"#, r#""count":"3""#),
            json.replace(r#""count":3"#, r#""count":-3"#),
            json.replace(r#""count":3"#, r#""count":3,"counted":3"#),
            json.replace(r#""count":3,"#, r#""count": 3,"#),
            json.replace(r#""count":3,"#, r#""count":null,"#),
            json.replace(r#""depth":1,"expires":1700000300"#, r#""expires":1700000300,"depth":1"#),
            json.replace("allowed\",\"parent", "denied\",\"parent"),
            json.replace("p_0011", "p_00ZZ"),
            json.replace("p_00112233445566778899aabbccddeeff", "ann@example.com"),
            json.replace("\"fs.write\"", "\"write my secret plan\""),
            json.replace("\"fs.write\"", "7"),
            json.replace(r#""tools_granted":["fs.read"]"#, r#""tools_granted":[]"#),
            json.replace("spiffe://", "spiffe:/"),
            json.replace("on_behalf_of", "on_behalf"),
            json.replace("02020202020202020202020202020202\",\"tools", "0202\",\"tools"),
            json.replace("invoices", "\\u0069nvoices"),
            format!("{json} "),
            format!("{json}\r"),
        ];
        for changed in &not_canonical {
            assert_ne!(*changed, json);
            assert_eq!(Record::parse(changed.as_bytes()), Err(RecordError::NotCanonical), "{changed}");
        }
        let malformed = [
            String::new(),
            "[]".to_owned(),
            "{}".to_owned(),
            json.replace("\"seq\":0", "\"seq\":9007199254740991"),
            json.replace("\"seq\":0", "\"seq\":-1"),
            json.replace("token.delegated", "token.stolen"),
            json.replace("\"time\":1700000000", "\"time\":1700000000.5"),
            json.replace(r#""count":3"#, r#""count":3,"count":3"#),
            json.replace("\"previous\":\"0000", "\"previous\":\"000"),
            format!("{json}{json}"),
        ];
        for changed in &malformed {
            assert_eq!(Record::parse(changed.as_bytes()), Err(RecordError::Malformed), "{changed}");
        }
    }

    /// An edit is a refusal, or another record with another hash: never the same record.
    #[test]
    fn no_byte_can_change_unseen() {
        let record = Record::after(Head::EMPTY, full_event()).unwrap();
        let bytes = record.as_json().as_bytes();
        for at in 0..bytes.len() {
            for flip in [1, 2, 4, 8, 16, 32, 64, 128] {
                let mut changed = bytes.to_vec();
                changed[at] ^= flip;
                if let Ok(other) = Record::parse(&changed) {
                    assert_ne!(other.hash(), record.hash());
                    assert_eq!(other.as_json().as_bytes(), changed);
                }
            }
            assert!(Record::parse(&bytes[..at]).is_err());
        }
    }

    #[test]
    fn a_record_is_bounded() {
        let mut event = full_event();
        event.count = Some(u64::MAX);
        assert_eq!(Record::after(Head::EMPTY, event), Err(RecordError::NotCanonical));
        let mut event = full_event();
        event.tools_requested = vec![Name::parse(&"t".repeat(512)).unwrap(); 511];
        assert_eq!(Record::after(Head::EMPTY, event.clone()), Err(RecordError::TooLarge));
        event.tools_requested.truncate(500);
        assert!(Record::after(Head::EMPTY, event).is_ok());
        let full = Head { next: MAX_SIZE, previous: Digest::from_bytes([0; 32]) };
        assert!(Record::after(full, full_event()).is_err());
    }
}
