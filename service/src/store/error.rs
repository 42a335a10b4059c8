//! Why something could not be stored.

use crate::code::{Cause, Code};
use std::fmt;

/// The database did not do what it was asked. Nothing of the intent happened.
#[derive(Debug)]
pub enum StoreError {
    /// It said so, or could not be reached.
    Database(sqlx::Error),
    /// What it holds is not what this version of the service wrote, or wants.
    Schema(String),
    /// The writer is gone, or has more to do than it can.
    Busy,
    /// It has not answered for so long that what other nodes have written is not known here.
    Behind,
    /// An audit record could not be made; so nothing was.
    Audit(&'static str),
}

impl StoreError {
    /// Whether it may be about one intent, rather than about a database that is not there at all.
    pub(super) const fn may_be_about_one(&self) -> bool {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
        !matches!(
            self,
            Self::Busy
                | Self::Database(Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
        )
    }

    /// The stable code: the caller may try again later.
    pub const fn code(&self) -> Code {
        Code::StoreUnavailable
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "the database: {error}"),
            Self::Schema(problem) => write!(f, "the database's schema: {problem}"),
            Self::Busy => f.write_str("the database's writer cannot take more"),
            Self::Behind => {
                f.write_str("the database has not answered; what others have revoked is not known")
            }
            Self::Audit(code) => write!(f, "the audit record: {code}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// A step found that it may not be done. The refusal is recorded; nothing else is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub code: Cause,
    /// The category whose limit was reached.
    pub category: Option<String>,
    /// Seconds after which it may be tried again.
    pub retry_after: Option<u64>,
}

impl<C: Into<Cause>> From<C> for Denied {
    fn from(code: C) -> Self {
        Self { code: code.into(), category: None, retry_after: None }
    }
}
