//! The auditor's check: an export against itself and against checkpoints, without the service and in bounded memory.
//!
//! The chain finds and names what was done to single records. Who can write the whole chain anew is found by a checkpoint that
//! somebody kept (RFC 9162 section 2.1; C2SP tlog-checkpoint): its root cannot be met by other records, nor by fewer.

use super::{Checkpoint, Frontier, Head, Header, MAX_RECORD_BYTES, NoteError, Problem, Record, VerifierKey};
use keybound::Digest;
use std::{
    collections::VecDeque,
    io::{self, BufRead, Read as _},
    mem,
};

/// How many records back a copy is recognised as one; a copy of an older one is named an insertion.
const WINDOW: usize = 1024;

/// What was found out about an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a report nobody reads finds nothing"]
pub struct Report {
    records: u64,
    root: Digest,
    matched: Vec<u64>,
    problem: Option<Problem>,
}

impl Report {
    /// How many records joined, one after the other, before the first problem.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// The root of the tree over them.
    pub const fn root(&self) -> &Digest {
        &self.root
    }

    /// The sizes of the checkpoints that agree, ascending.
    pub fn matched(&self) -> &[u64] {
        &self.matched
    }

    /// How many records a checkpoint vouches for; the others are in order among themselves, which is all that is known.
    pub fn anchored(&self) -> u64 {
        self.matched.last().copied().unwrap_or_default()
    }

    /// The first problem.
    pub const fn problem(&self) -> Option<Problem> {
        self.problem
    }

    /// The report, if there is nothing wrong.
    ///
    /// # Errors
    /// The first problem.
    pub fn into_result(self) -> Result<Self, Problem> {
        self.problem.map_or(Ok(self), Err)
    }
}

/// Opens signed checkpoints of one log, old and new.
///
/// # Errors
/// `audit.bad_checkpoint` for the first that no key of the log signed, or that is of another log than the first.
pub fn open_checkpoints<N: AsRef<[u8]>>(
    notes: &[N],
    keys: &[VerifierKey],
) -> Result<Vec<Checkpoint>, Problem> {
    let open = |(number, note): (usize, &N)| {
        Checkpoint::open(note.as_ref(), keys).map_err(|reason| Problem::BadCheckpoint { number, reason })
    };
    notes.iter().enumerate().map(open).collect()
}

/// Checks an export: an optional header, then one canonical record per line.
///
/// # Errors
/// What the reader says. What is wrong with the export stands in the report.
pub fn verify(mut export: impl BufRead, checkpoints: Vec<Checkpoint>) -> io::Result<Report> {
    let mut auditor = Auditor::new(checkpoints);
    // One byte more than the longest record, and its newline: what is longer still is no record.
    let limit = u64::try_from(MAX_RECORD_BYTES.saturating_add(2)).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    while !auditor.is_decided() {
        line.clear();
        if export.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match line.split_last() {
            Some((b'\n', whole)) => auditor.line(whole),
            _ if line.len() > MAX_RECORD_BYTES => auditor.line(&line),
            _ => auditor.cut_line(&line),
        }
    }
    Ok(auditor.finish())
}

/// The check, line by line.
#[derive(Debug)]
pub struct Auditor {
    /// The largest first: the next one due is the last.
    due: Vec<(usize, Checkpoint)>,
    frontier: Frontier,
    head: Head,
    /// What the last record was put on.
    before: Head,
    matched: Vec<u64>,
    recent: VecDeque<Digest>,
    is_at_start: bool,
    finding: Finding,
}

/// How sure the auditor is.
#[derive(Debug)]
enum Finding {
    /// Everything joins so far.
    Nothing,
    /// A line that is not a record where one is due; it is the last one, perhaps, and without its end.
    NoRecord { is_cut: bool },
    /// A record with the right number that follows another than the one before it.
    BrokenLink { hash: Digest },
    /// The tree is not that of a checkpoint.
    WrongRoot,
    /// A record with a number that is not due yet.
    Gap(Gap),
    /// Settled.
    Certain(Problem),
}

/// A record that came too early, and what the rest of the export tells about it.
#[derive(Debug)]
struct Gap {
    seq: u64,
    previous: Digest,
    hash: Digest,
    /// The record that is due came later.
    is_due_found: bool,
    /// The same number came again, under this hash.
    again: Option<Digest>,
    /// The hash of the record before it in number.
    before: Option<Digest>,
}

impl Auditor {
    /// A check against these checkpoints, in any order.
    pub fn new(checkpoints: Vec<Checkpoint>) -> Self {
        let foreign =
            checkpoints.iter().zip(checkpoints.iter().skip(1)).position(|(a, b)| a.origin() != b.origin());
        let mut due: Vec<_> = checkpoints.into_iter().enumerate().collect();
        due.sort_by_key(|(_, checkpoint)| std::cmp::Reverse(checkpoint.size()));
        let mut auditor = Self {
            due,
            frontier: Frontier::new(),
            head: Head::EMPTY,
            before: Head::EMPTY,
            matched: Vec::new(),
            recent: VecDeque::new(),
            is_at_start: true,
            finding: Finding::Nothing,
        };
        match foreign {
            Some(number) => auditor.finding = Finding::Certain(wrong_origin(number.saturating_add(1))),
            None => auditor.meet_checkpoints(),
        }
        auditor
    }

    /// Whether further lines change nothing.
    pub const fn is_decided(&self) -> bool {
        matches!(self.finding, Finding::Certain(_))
    }

    /// Takes the next line, without its newline.
    pub fn line(&mut self, line: &[u8]) {
        if mem::take(&mut self.is_at_start) && Header::is_meant(line) {
            return self.header(line);
        }
        let record = Record::parse(line).ok();
        self.finding = match mem::replace(&mut self.finding, Finding::Nothing) {
            Finding::Nothing => match record {
                Some(record) => self.record(&record),
                None => Finding::NoRecord { is_cut: false },
            },
            Finding::Gap(gap) => Finding::Gap(gap.followed_by(record.as_ref(), self.head.next)),
            doubt => Finding::Certain(self.settle(&doubt, record.as_ref())),
        };
    }

    /// Takes a last line that has no newline: an export that was cut ends so.
    pub fn cut_line(&mut self, line: &[u8]) {
        self.line(line);
        if let Finding::NoRecord { is_cut } = &mut self.finding {
            *is_cut = true;
        }
    }

    /// What was found.
    pub fn finish(mut self) -> Report {
        let problem = match mem::replace(&mut self.finding, Finding::Nothing) {
            Finding::Nothing => (!self.due.is_empty()).then_some(Problem::Truncated { seq: self.head.next }),
            Finding::Gap(gap) => Some(gap.settle(self.head.next)),
            doubt => Some(self.settle(&doubt, None)),
        };
        Report { records: self.frontier.size(), root: self.frontier.root(), matched: self.matched, problem }
    }

    fn header(&mut self, line: &[u8]) {
        let foreign = |header: &Header| {
            self.due
                .iter()
                .find(|(_, checkpoint)| checkpoint.origin() != header.origin())
                .map(|(number, _)| *number)
        };
        let problem = match Header::parse(line) {
            None => Some(Problem::BadHeader),
            Some(header) => foreign(&header).map(wrong_origin),
        };
        if let Some(problem) = problem {
            self.finding = Finding::Certain(problem);
        }
    }

    /// A record where everything joined so far.
    fn record(&mut self, record: &Record) -> Finding {
        let due = self.head.next;
        if record.seq() > due {
            return Finding::Gap(Gap {
                seq: record.seq(),
                previous: *record.previous(),
                hash: record.hash(),
                is_due_found: false,
                again: None,
                before: None,
            });
        }
        if record.seq() < due {
            let (seq, is_copy) = (record.seq(), self.recent.contains(&record.hash()));
            return Finding::Certain(if is_copy {
                Problem::Duplicated { seq }
            } else {
                Problem::Inserted { seq }
            });
        }
        if !record.follows(self.head) {
            return Finding::BrokenLink { hash: record.hash() };
        }
        // INVARIANT: a record's number is below the largest size, so there is room for it.
        if self.frontier.append(record.leaf_hash()).is_err() {
            return Finding::Certain(Problem::Inserted { seq: due });
        }
        self.before = mem::replace(&mut self.head, record.head());
        if self.recent.len() >= WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(self.head.previous);
        self.meet_checkpoints();
        mem::replace(&mut self.finding, Finding::Nothing)
    }

    /// Compares the tree with every checkpoint of its size.
    fn meet_checkpoints(&mut self) {
        let size = self.frontier.size();
        while let Some((_, checkpoint)) = self.due.pop_if(|(_, checkpoint)| checkpoint.size() == size) {
            if *checkpoint.root() != self.frontier.root() {
                self.finding = Finding::WrongRoot;
                return;
            }
            self.matched.push(size);
        }
    }

    /// What a doubtful place is, now that the line behind it is known.
    fn settle(&self, doubt: &Finding, next: Option<&Record>) -> Problem {
        let due = self.head.next;
        let joins = next.is_some_and(|next| next.follows(self.head));
        match doubt {
            Finding::Certain(problem) => *problem,
            // The record that was due stands behind it.
            Finding::NoRecord { .. } | Finding::BrokenLink { .. } if joins => Problem::Inserted { seq: due },
            Finding::NoRecord { is_cut: true } if next.is_none() => Problem::Truncated { seq: due },
            Finding::BrokenLink { hash } => {
                // Its successor vouches for it, and a checkpoint for the one before it: who is not vouched for was edited.
                let is_changed = next.is_some_and(|next| next.previous() != hash);
                let is_before_sound = self.matched.last() == Some(&due);
                Problem::Edited {
                    seq: if is_changed || is_before_sound { due } else { due.saturating_sub(1) },
                }
            }
            // It claims the place of the last one, with the same right.
            Finding::WrongRoot if due > 0 && next.is_some_and(|next| next.follows(self.before)) => {
                Problem::Inserted { seq: self.before.next }
            }
            Finding::WrongRoot => self.rewritten(next.is_some_and(|next| next.seq() == due) && !joins),
            Finding::NoRecord { .. } | Finding::Nothing | Finding::Gap(_) => Problem::Edited { seq: due },
        }
    }

    /// The tree is another than that of a checkpoint; it is one record, if it is the only one since the last that agreed, or
    /// if the next record does not follow it.
    fn rewritten(&self, is_disowned: bool) -> Problem {
        let (from, to) = (self.matched.last().copied().unwrap_or_default(), self.frontier.size());
        let last = to.saturating_sub(1);
        if to > 0 && (is_disowned || from == last) {
            Problem::Edited { seq: last }
        } else {
            Problem::Rewritten { from, to }
        }
    }
}

impl Gap {
    fn followed_by(mut self, record: Option<&Record>, due: u64) -> Self {
        let Some(record) = record else { return self };
        self.is_due_found |= record.seq() == due;
        if record.seq() == self.seq {
            self.again = Some(record.hash());
        }
        if record.seq().checked_add(1) == Some(self.seq) {
            self.before = Some(record.hash());
        }
        self
    }

    fn settle(&self, due: u64) -> Problem {
        let seq = self.seq;
        match self.again {
            _ if !self.is_due_found => Problem::Missing { seq: due },
            Some(hash) if hash == self.hash => Problem::Duplicated { seq },
            Some(_) => Problem::Inserted { seq },
            // It belongs to the log exactly when it follows the record before it.
            None if self.before == Some(self.previous) => Problem::Reordered { seq: due },
            None => Problem::Inserted { seq },
        }
    }
}

const fn wrong_origin(number: usize) -> Problem {
    Problem::BadCheckpoint { number, reason: NoteError::WrongOrigin }
}

#[cfg(test)]
mod tests;
