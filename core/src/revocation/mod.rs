//! A signed, numbered list of what has been revoked (SPEC 17), for verifiers to hold and services to write.
//!
//! A verifier has a [`RevocationSource`], whose lists it believes, and gets a [`RevocationList`] from it: from a whole list first,
//! from changes to it afterwards. A service writes both, as [`Snapshot`] and [`Delta`].

mod id;
mod list;
mod records;
mod statement;
mod write;

pub use id::{Level, Revoked, RevokedId};
pub use list::{RevocationList, RevocationSource};
pub use statement::ListTimes;
pub use write::{Delta, SignedList, Snapshot};

pub(crate) use records::{Record, Sets, read_set};
pub(crate) use statement::{Since, Statement};
