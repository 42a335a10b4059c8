//! The only place an error changes shape.

use keybound::{Family, Refusal};
use std::fmt;

/// A refusal as plain data, for a language to raise or throw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalData {
    /// The stable code, such as `chain.tool_added`.
    pub code: &'static str,
    /// Which of the three exception classes it is.
    pub family: Family,
    /// What is wrong, in one line.
    pub message: String,
    /// What would fix it.
    pub fix: &'static str,
    /// The link it happened at; 0 is the root.
    pub link: Option<u32>,
    /// The tool it is about.
    pub tool: Option<String>,
    /// The argument it is about.
    pub argument: Option<String>,
    /// The limit that was exceeded, in words.
    pub limit: Option<String>,
    /// The step of AAT-02 §8 that failed.
    pub step: Option<&'static str>,
    /// What was expected.
    pub expected: Option<String>,
    /// What came instead.
    pub received: Option<String>,
}

impl From<Refusal> for RefusalData {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code().as_str(),
            family: refusal.family(),
            message: refusal.to_string(),
            fix: refusal.code().fix(),
            link: refusal.link().and_then(|link| u32::try_from(link).ok()),
            tool: refusal.tool().map(str::to_owned),
            argument: refusal.argument().map(str::to_owned),
            limit: refusal.limit().map(str::to_owned),
            step: refusal.step(),
            expected: refusal.expected().map(str::to_owned),
            received: refusal.received().map(str::to_owned),
        }
    }
}

/// Why a call of ours did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The core said no.
    Refused(Box<RefusalData>),
    /// The caller used us wrongly: the language's ordinary argument error, naming the parameter.
    Misuse(String),
    /// The host has no clock or no randomness to give.
    Host(String),
}

impl Failure {
    /// A wrong value for `parameter`, which `must` be something.
    pub fn misuse(parameter: &str, must: &str) -> Self {
        Self::Misuse(format!("{parameter} must {must}"))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.message),
            Self::Misuse(message) | Self::Host(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}
