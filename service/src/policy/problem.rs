//! What is wrong with a policy text, and where.

use crate::policy::document::Document;
use serde::Serialize;
use std::fmt;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    at: String,
    line: Option<usize>,
    what: String,
}

impl Problem {
    pub(super) fn new(at: String, line: Option<usize>, what: &str) -> Self {
        Self { at, line, what: what.to_owned() }
    }

    /// The key it is about, such as `workflows.monthly-close.ttl.max`. Empty for a text that could not be read that far.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The line of that key, from 1; of the table around it where the key is missing.
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// What is wrong, in words. Never a key or another value that could be secret.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.what)
    }
}

/// Why a text is no policy: everything that is wrong with it, one line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyError {
    problems: Vec<Problem>,
}

impl PolicyError {
    /// What is wrong, in the order in which it was found; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for PolicyError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// Where in the text something stands: keys and indices from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Place {
    pub(super) fn top() -> Self {
        Self::default()
    }

    /// The key `name` in the table that stands here.
    pub(super) fn key(&self, name: &str) -> Self {
        self.down(Step::Key(name.to_owned()))
    }

    /// Element `index` of the array that stands here.
    pub(super) fn index(&self, index: usize) -> Self {
        self.down(Step::Index(index))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn down(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

/// As the key would be written in TOML.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |key: &str| {
            !key.is_empty()
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    f.write_str(if depth == 0 { "" } else { "." })?;
                    if is_bare(key) { f.write_str(key)? } else { write!(f, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

/// The problems found so far in one text.
pub(super) struct Problems<'a> {
    document: &'a Document<'a>,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub(super) const fn new(document: &'a Document<'a>) -> Self {
        Self { document, found: Vec::new() }
    }

    /// The text they are in.
    pub(super) const fn document(&self) -> &'a Document<'a> {
        self.document
    }

    pub(super) fn add(&mut self, place: &Place, what: &str) {
        self.found.push(Problem::new(place.to_string(), self.document.line(place), what));
    }

    /// Adds the problem unless `holds`, which it returns.
    pub(super) fn expect(&mut self, holds: bool, place: &Place, what: &str) -> bool {
        if !holds {
            self.add(place, what);
        }
        holds
    }

    pub(super) fn into_result(self) -> Result<(), PolicyError> {
        if self.found.is_empty() { Ok(()) } else { Err(PolicyError { problems: self.found }) }
    }
}
