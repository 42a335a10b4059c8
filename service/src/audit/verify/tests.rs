//! Everything that can be done to an export, with the honest one beside it.

use super::*;
use crate::audit::{
    Exporter, Operation,
    test_utils::{Signer, log, time},
};
use proptest::prelude::*;
use std::io::{BufReader, Read};

const ORIGIN: &str = "audit.example/acme";

fn lines(log: &[Record]) -> Vec<String> {
    log.iter().map(|record| record.as_json().to_owned()).collect()
}

fn tree(log: &[Record]) -> Frontier {
    let mut frontier = Frontier::new();
    for record in log {
        frontier.append(record.leaf_hash()).unwrap();
    }
    frontier
}

fn checkpoint(log: &[Record], size: usize) -> Checkpoint {
    Checkpoint::of(ORIGIN, &tree(&log[..size])).unwrap()
}

fn check(lines: &[String], checkpoints: Vec<Checkpoint>) -> Report {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    verify(text.as_bytes(), checkpoints).unwrap()
}

fn problem(lines: &[String], checkpoints: Vec<Checkpoint>) -> Problem {
    check(lines, checkpoints).problem().unwrap()
}

/// The record with another count, and so other bytes, at the same place.
fn edited(record: &Record, count: u64) -> Record {
    let mut event = record.event().clone();
    event.count = Some(count);
    Record::after(Head { next: record.seq(), previous: *record.previous() }, event).unwrap()
}

/// What somebody who holds the store can make: a record was changed and all after it written anew.
fn rewritten(log: &[Record], from: usize) -> Vec<Record> {
    let mut forged = log[..from].to_vec();
    let mut head = if from == 0 { Head::EMPTY } else { log[from - 1].head() };
    for record in &log[from..] {
        let mut event = record.event().clone();
        event.operation = Operation::TokenRevoked;
        let record = Record::after(head, event).unwrap();
        head = record.head();
        forged.push(record);
    }
    forged
}

#[test]
fn the_honest_log_passes_with_checkpoints_old_and_new() {
    let log = log(20);
    let checkpoints = [20, 0, 7, 1, 7].map(|size| checkpoint(&log, size));
    let report = check(&lines(&log), checkpoints.to_vec());
    assert_eq!((report.problem(), report.records(), report.anchored()), (None, 20, 20));
    assert_eq!(report.matched(), [0, 1, 7, 7, 20]);
    assert_eq!(*report.root(), tree(&log).root());
    assert!(report.into_result().is_ok());
    let report = check(&lines(&log), Vec::new());
    assert_eq!((report.problem(), report.anchored()), (None, 0));
    let empty = check(&[], vec![checkpoint(&log, 0)]);
    assert_eq!((empty.problem(), empty.records()), (None, 0));
}

#[test]
fn an_edit_is_named_at_every_place() {
    let log = log(12);
    for at in 0..12 {
        let seq = log[at].seq();
        // In a form nobody writes, and in the canonical one.
        let mut broken = lines(&log);
        broken[at] = broken[at].replace("\"time\":1", "\"time\": 1");
        let mut forged = lines(&log);
        forged[at] = edited(&log[at], 999).as_json().to_owned();
        let both = vec![checkpoint(&log, at), checkpoint(&log, 12)];
        for lines in [&broken, &forged] {
            assert_eq!(problem(lines, both.clone()), Problem::Edited { seq }, "{at}");
        }
        assert_eq!(problem(&broken, Vec::new()), Problem::Edited { seq });
        if at < 11 {
            assert_eq!(problem(&forged, Vec::new()), Problem::Edited { seq });
            // With a checkpoint that ends exactly there.
            assert_eq!(problem(&forged, vec![checkpoint(&log, at + 1)]), Problem::Edited { seq });
            assert_eq!(problem(&forged, vec![checkpoint(&log, at)]), Problem::Edited { seq });
        } else {
            // The chain alone does not vouch for its last record: nothing follows it.
            assert_eq!(check(&forged, Vec::new()).problem(), None);
            let found = problem(&forged, vec![checkpoint(&log, 12)]);
            assert_eq!(found, Problem::Rewritten { from: 0, to: 12 });
        }
    }
}

#[test]
fn a_changed_link_is_named() {
    let log = log(12);
    for at in 1..12 {
        let head = Head { next: log[at].seq(), previous: Digest::of(b"another") };
        let mut lines = lines(&log);
        lines[at] = Record::after(head, log[at].event().clone()).unwrap().as_json().to_owned();
        let found = problem(&lines, vec![checkpoint(&log, at), checkpoint(&log, 12)]);
        assert_eq!(found, Problem::Edited { seq: log[at].seq() }, "{at}");
    }
}

#[test]
fn a_deletion_is_named_at_every_place() {
    let log = log(12);
    for at in 0..12 {
        let mut lines = lines(&log);
        lines.remove(at);
        let seq = log[at].seq();
        let expected = if at == 11 { Problem::Truncated { seq } } else { Problem::Missing { seq } };
        assert_eq!(problem(&lines, vec![checkpoint(&log, 12)]), expected, "{at}");
    }
    let mut several = lines(&log);
    several.drain(3..7);
    assert_eq!(problem(&several, Vec::new()), Problem::Missing { seq: 3 });
}

#[test]
fn an_insertion_is_named_at_every_place() {
    let log = log(12);
    for at in 0..=12_usize {
        let seq = u64::try_from(at).unwrap();
        let head = if at == 0 { Head::EMPTY } else { log[at - 1].head() };
        let event = crate::audit::Event::new(time(1_700_000_000), Operation::KeyEmergency);
        let fits = Record::after(head, event.clone()).unwrap().as_json().to_owned();
        let loose = Record::after(Head { next: seq, ..Head::EMPTY }, event.clone()).unwrap();
        let far = Record::after(Head { next: 5000, ..Head::EMPTY }, event.clone()).unwrap();
        let near = Record::after(Head { next: seq + 1, ..Head::EMPTY }, event).unwrap();
        let mut inserted =
            vec![fits, "{\"not\":\"a record\"}".to_owned(), String::new(), far.as_json().to_owned()];
        inserted.push(near.as_json().to_owned());
        if at > 0 {
            inserted.push(loose.as_json().to_owned());
        }
        for (kind, line) in inserted.iter().enumerate() {
            let mut lines = lines(&log);
            lines.insert(at, line.clone());
            let report = check(&lines, vec![checkpoint(&log, 12)]);
            match (at, kind) {
                // Behind the last checkpoint a record that fits is the next record.
                (12, 0) => assert_eq!(report.problem(), None),
                // What stands behind the end and does not join: not a record, or one for which others are missing.
                (12, 1 | 2) => assert_eq!(report.problem(), Some(Problem::Edited { seq })),
                (12, 3 | 4) => assert_eq!(report.problem(), Some(Problem::Missing { seq })),
                (12, _) => assert_eq!(report.problem(), Some(Problem::Edited { seq })),
                (_, 3) => assert_eq!(report.problem(), Some(Problem::Inserted { seq: 5000 })),
                (_, 4) => assert_eq!(report.problem(), Some(Problem::Inserted { seq: seq + 1 })),
                _ => assert_eq!(report.problem(), Some(Problem::Inserted { seq }), "{at} {kind}"),
            }
        }
    }
}

#[test]
fn a_copy_is_named_wherever_it_stands() {
    let log = log(12);
    for from in 0..12 {
        for to in 0..=12 {
            let mut lines = lines(&log);
            lines.insert(to, log[from].as_json().to_owned());
            let found = problem(&lines, vec![checkpoint(&log, 12)]);
            assert_eq!(found, Problem::Duplicated { seq: log[from].seq() }, "{from} {to}");
        }
    }
}

#[test]
fn another_order_is_named() {
    let log = log(12);
    for from in 0..12 {
        for to in 0..12 {
            if from == to {
                continue;
            }
            let mut lines = lines(&log);
            let line = lines.remove(from);
            lines.insert(to, line);
            let seq = u64::try_from(from.min(to)).unwrap();
            assert_eq!(
                problem(&lines, vec![checkpoint(&log, 12)]),
                Problem::Reordered { seq },
                "{from} {to}"
            );
        }
    }
    let mut reversed = lines(&log);
    reversed.reverse();
    assert_eq!(problem(&reversed, Vec::new()), Problem::Reordered { seq: 0 });
}

#[test]
fn a_cut_tail_is_found_by_whoever_kept_a_checkpoint() {
    let log = log(12);
    for size in 0..12 {
        let kept = lines(&log[..size]);
        let seq = u64::try_from(size).unwrap();
        assert_eq!(problem(&kept, vec![checkpoint(&log, 12)]), Problem::Truncated { seq });
        let report = check(&kept, vec![checkpoint(&log, size)]);
        assert_eq!((report.problem(), report.anchored()), (None, seq));
    }
    // Cut inside a line.
    let text: String = lines(&log).iter().map(|line| format!("{line}\n")).collect();
    let report = verify(&text.as_bytes()[..text.len() - 10], Vec::new()).unwrap();
    assert_eq!(report.problem(), Some(Problem::Truncated { seq: 11 }));
    // The last newline alone is nobody's loss.
    let report = verify(&text.as_bytes()[..text.len() - 1], vec![checkpoint(&log, 12)]).unwrap();
    assert_eq!((report.problem(), report.records()), (None, 12));
}

#[test]
fn a_log_written_anew_does_not_meet_an_older_checkpoint() {
    let log = log(20);
    for from in 0..20 {
        let forged = rewritten(&log, from);
        // Its chain is whole: nothing else would find it.
        assert_eq!(check(&lines(&forged), Vec::new()).problem(), None);
        let found = problem(&lines(&forged), vec![checkpoint(&log, from), checkpoint(&log, 20)]);
        let start = u64::try_from(from).unwrap();
        let expected =
            if from == 19 { Problem::Edited { seq: 19 } } else { Problem::Rewritten { from: start, to: 20 } };
        assert_eq!(found, expected);
    }
    // Cut and grown again beyond the checkpoint.
    let mut regrown = log[..10].to_vec();
    regrown.extend(rewritten(&log, 10).into_iter().skip(10));
    let found = problem(&lines(&regrown), vec![checkpoint(&log, 15)]);
    assert_eq!(found, Problem::Rewritten { from: 0, to: 15 });
    // Two checkpoints of one size that differ: the log told two stories.
    let forged = rewritten(&log, 3);
    let found = problem(&lines(&log), vec![checkpoint(&log, 8), checkpoint(&forged, 8)]);
    assert!(matches!(found, Problem::Rewritten { to: 8, .. }), "{found:?}");
    let wrong_empty = Checkpoint::parse_text(&format!("{ORIGIN}\n0\n{}A=\n", "A".repeat(42))).unwrap();
    assert_eq!(problem(&lines(&log), vec![wrong_empty]), Problem::Rewritten { from: 0, to: 0 });
}

#[test]
fn signed_checkpoints_are_opened_and_bad_ones_named() {
    let (log, signer, other) = (log(5), Signer::from_seed([1; 32]), Signer::from_seed([2; 32]));
    let sign = |checkpoint: &Checkpoint, signer: &Signer| {
        let prepared = checkpoint.prepare(signer.key(checkpoint.origin())).unwrap();
        let signature = signer.sign(prepared.to_be_signed());
        prepared.finish(&signature).unwrap()
    };
    let keys = [VerifierKey::parse(&signer.key(ORIGIN).to_string()).unwrap()];
    let (three, five) = (sign(&checkpoint(&log, 3), &signer), sign(&checkpoint(&log, 5), &signer));
    let opened = open_checkpoints(&[&three, &five], &keys).unwrap();
    assert_eq!(check(&lines(&log), opened).matched(), [3, 5]);

    let foreign = sign(&checkpoint(&log, 5), &other);
    assert_eq!(
        open_checkpoints(&[&three, &foreign], &keys),
        Err(Problem::BadCheckpoint { number: 1, reason: NoteError::Unsigned })
    );
    let changed = five.replace("\n5\n", "\n4\n");
    assert_eq!(
        open_checkpoints(&[&changed], &keys),
        Err(Problem::BadCheckpoint { number: 0, reason: NoteError::BadSignature })
    );
    assert_eq!(open_checkpoints(&["not a note"], &keys).unwrap_err().code(), "audit.bad_checkpoint");
}

#[test]
fn checkpoints_and_header_are_of_one_log() {
    let log = log(5);
    let mut exporter = Exporter::begin(Vec::new(), &Header::new(ORIGIN)).unwrap();
    log.iter().for_each(|record| exporter.record(record).unwrap());
    let export = exporter.finish().unwrap();
    let report = verify(export.as_slice(), vec![checkpoint(&log, 5)]).unwrap();
    assert_eq!((report.problem(), report.records()), (None, 5));

    let foreign = Checkpoint::of("audit.example/other", &tree(&log)).unwrap();
    let wrong = |number| Some(Problem::BadCheckpoint { number, reason: NoteError::WrongOrigin });
    assert_eq!(verify(export.as_slice(), vec![foreign.clone()]).unwrap().problem(), wrong(0));
    let both = vec![checkpoint(&log, 5), foreign];
    assert_eq!(verify(export.as_slice(), both).unwrap().problem(), wrong(1));

    let text = String::from_utf8(export).unwrap();
    let newer = text.replace("keybound-audit-1", "keybound-audit-2");
    assert_eq!(verify(newer.as_bytes(), Vec::new()).unwrap().problem(), Some(Problem::BadHeader));
    let header = Header::new(ORIGIN).to_json();
    let twice = format!("{header}\n{text}");
    assert_eq!(verify(twice.as_bytes(), Vec::new()).unwrap().problem(), Some(Problem::Inserted { seq: 0 }));
}

#[test]
fn a_line_without_end_is_not_read_to_its_end() {
    let endless = BufReader::new(io::repeat(b'a'));
    let report = verify(endless, Vec::new()).unwrap();
    assert_eq!(report.problem(), Some(Problem::Edited { seq: 0 }));
}

/// Makes the lines of a log one at a time: the whole never exists.
struct Endless {
    left: u64,
    head: Head,
    line: Vec<u8>,
    frontier: Frontier,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && self.left > 0 {
            self.left -= 1;
            let event =
                crate::audit::Event::new(time(1_700_000_000 + self.head.next), Operation::UseReported);
            let record = Record::after(self.head, event).unwrap();
            self.head = record.head();
            self.frontier.append(record.leaf_hash()).unwrap();
            self.line = format!("{}\n", record.as_json()).into_bytes();
        }
        let length = buffer.len().min(self.line.len());
        buffer[..length].copy_from_slice(&self.line[..length]);
        self.line.drain(..length);
        Ok(length)
    }
}

#[test]
fn a_hundred_thousand_records_are_checked_in_bounded_memory() {
    const RECORDS: u64 = 100_000;
    let mut source =
        Endless { left: RECORDS, head: Head::EMPTY, line: Vec::new(), frontier: Frontier::new() };
    let mut auditor = Auditor::new(Vec::new());
    let mut reader = BufReader::new(&mut source);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).unwrap() > 0 {
        auditor.line(line.strip_suffix(b"\n").unwrap());
        line.clear();
    }
    // What is kept: the edge of the tree, a window of hashes, no record.
    assert_eq!(auditor.recent.len(), WINDOW);
    assert!(auditor.frontier.to_bytes().len() <= 8 + 17 * 32);
    let report = auditor.finish();
    assert_eq!((report.problem(), report.records()), (None, RECORDS));
    assert_eq!(*report.root(), source.frontier.root());
    // A copy from beyond the window is an insertion, for all that is remembered.
    let log = log(u64::try_from(WINDOW).unwrap() + 2);
    for (copied, expected) in [(0, Problem::Inserted { seq: 0 }), (2, Problem::Duplicated { seq: 2 })] {
        let mut lines = lines(&log);
        lines.push(log[copied].as_json().to_owned());
        assert_eq!(problem(&lines, Vec::new()), expected);
    }
}

proptest! {
    /// Whatever is done to the lines, an auditor with the last checkpoint accepts the honest log alone.
    #[test]
    fn nothing_but_the_honest_log_passes(size in 1_u64..25, edits in prop::collection::vec((0_u8..4, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4)) {
        let log = log(size);
        let honest = lines(&log);
        let mut changed = honest.clone();
        for (kind, a, b) in edits {
            if changed.is_empty() {
                break;
            }
            let (a, b) = (a.index(changed.len()), b.index(changed.len()));
            match kind {
                0 => changed.swap(a, b),
                1 => { changed.remove(a); }
                2 => { let line = changed[a].clone(); changed.insert(b, line); }
                _ => {
                    if let Ok(record) = Record::parse(changed[a].as_bytes()) {
                        changed[a] = edited(&record, 1000).as_json().to_owned();
                    }
                }
            }
        }
        let full = log.len();
        let report = check(&changed, vec![checkpoint(&log, full)]);
        prop_assert_eq!(report.problem().is_none(), changed == honest);
    }

    #[test]
    fn arbitrary_bytes_end_with_a_report(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let report = verify(bytes.as_slice(), Vec::new()).unwrap();
        prop_assert_eq!(report.problem().is_none(), bytes.is_empty());
    }
}
