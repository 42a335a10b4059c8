//! The Token Status List: a mirror of revocation for tokens that carry an index (draft-ietf-oauth-status-list-21).
//!
//! It cannot speak about tokens derived offline, to which nobody gave an index; those are covered by the revocation snapshot.
//! What is made here is signed by the caller, as a JWT of the type `statuslist+jwt`.

mod claims;
mod error;
mod list;

pub use claims::{StatusListClaims, TYPE};
pub use error::StatusListError;
pub use list::{Bits, MAX_LIST_BYTES, Status, StatusList};
