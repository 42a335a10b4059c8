//! The keys of a tenant: one for each kind of thing that is signed, so that none can be taken for another.

mod file;
mod ring;
mod signer;

pub use file::{KeyError, KeyFile};
pub use ring::{KeyRing, Published, Purpose};
pub use signer::{FileSigner, Signer, SignerError};
