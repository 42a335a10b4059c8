//! What an auditor can find, by name.

use super::NoteError;
use std::fmt;

/// The first thing that is wrong with an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// The record is not what it was: it is not in its canonical form, or the next one was written after another.
    Edited {
        /// Its number.
        seq: u64,
    },
    /// The record is nowhere.
    Missing {
        /// Its number.
        seq: u64,
    },
    /// Something stands there that does not belong to the log.
    Inserted {
        /// The number it claims, or the place it takes.
        seq: u64,
    },
    /// The record stands there twice.
    Duplicated {
        /// Its number.
        seq: u64,
    },
    /// The record is there, but not in its place.
    Reordered {
        /// The number that was due where the order breaks.
        seq: u64,
    },
    /// The log ends before a checkpoint says it may.
    Truncated {
        /// The number of the first record that is cut off.
        seq: u64,
    },
    /// The chain is whole, but not the one a checkpoint was signed over: it was written anew.
    Rewritten {
        /// The first record that may differ: those before it agree with an earlier checkpoint.
        from: u64,
        /// The size of the checkpoint that does not agree.
        to: u64,
    },
    /// The header of the export is not one this crate reads.
    BadHeader,
    /// A checkpoint is not a valid one, or not of this log.
    BadCheckpoint {
        /// Which of those given, from 0.
        number: usize,
        /// What is wrong with it.
        reason: NoteError,
    },
}

impl Problem {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Edited { .. } => "audit.edited",
            Self::Missing { .. } => "audit.missing",
            Self::Inserted { .. } => "audit.inserted",
            Self::Duplicated { .. } => "audit.duplicated",
            Self::Reordered { .. } => "audit.reordered",
            Self::Truncated { .. } => "audit.truncated",
            Self::Rewritten { .. } => "audit.rewritten",
            Self::BadHeader => "audit.bad_header",
            Self::BadCheckpoint { .. } => "audit.bad_checkpoint",
        }
    }

    /// The record it is about.
    pub const fn seq(self) -> Option<u64> {
        match self {
            Self::Edited { seq }
            | Self::Missing { seq }
            | Self::Inserted { seq }
            | Self::Duplicated { seq }
            | Self::Reordered { seq }
            | Self::Truncated { seq } => Some(seq),
            Self::Rewritten { from, .. } => Some(from),
            Self::BadHeader | Self::BadCheckpoint { .. } => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { seq } => write!(f, "record {seq} was edited"),
            Self::Missing { seq } => write!(f, "record {seq} is missing"),
            Self::Inserted { seq } => write!(f, "something was inserted as record {seq}"),
            Self::Duplicated { seq } => write!(f, "record {seq} is there twice"),
            Self::Reordered { seq } => write!(f, "records are out of order where record {seq} is due"),
            Self::Truncated { seq } => write!(f, "the log was cut off before record {seq}"),
            Self::Rewritten { from, to } => {
                write!(f, "records from {from} on are not those of the checkpoint of size {to}")
            }
            Self::BadHeader => f.write_str("the header of the export is not one"),
            Self::BadCheckpoint { number, reason } => write!(f, "checkpoint {number}: {reason}"),
        }
    }
}

impl std::error::Error for Problem {}
