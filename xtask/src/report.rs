//! The table at the end of `cargo xtask test`.

use crate::process::Problem;
use std::{fmt::Write, time::Duration};

/// How one step ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It passed, with what there is to say about it.
    Ok(String),
    /// It failed.
    Failed(String),
    /// A tool is missing: which, and the command that gets it.
    Skipped(String),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

impl Outcome {
    /// The outcome of a step; a missing tool counts as failure when `all` must run.
    pub(crate) fn of(result: Result<String, Problem>, all: bool) -> Self {
        match result {
            Ok(note) => Self::Ok(note),
            Err(problem @ Problem::Missing { .. }) if !all => Self::Skipped(problem.to_string()),
            Err(problem) => Self::Failed(problem.to_string()),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }

    fn note(&self) -> &str {
        let (Self::Ok(note) | Self::Failed(note) | Self::Skipped(note)) = self;
        note.lines().next().unwrap_or_default()
    }
}

/// One row, as it is shown when a step ends and again in the table.
pub(crate) fn line(row: &Row) -> String {
    let seconds = row.took.as_secs_f32();
    format!("{:<18} {:<8} {seconds:>6.1} s  {}", row.name, row.outcome.word(), row.outcome.note())
        .trim_end()
        .into()
}

/// The whole table, with the tally as its last line.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from("\n");
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line(row));
    }
    let tally = |word| rows.iter().filter(|row| row.outcome.word() == word).count();
    let _ =
        write!(text, "\n{} passed, {} failed, {} skipped", tally("ok"), tally("failed"), tally("skipped"));
    text
}

/// Whether no step failed.
pub(crate) fn good(rows: &[Row]) -> bool {
    !rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_)))
}
