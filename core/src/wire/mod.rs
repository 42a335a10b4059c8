//! The native encoding: deterministic CBOR, COSE_Sign1, CWT claims (SPEC 3 to 7).
//!
//! CBOR and COSE stop here. What leaves this folder are the crate's own types.

pub(crate) mod authority;
pub(crate) mod call;
pub(crate) mod chain;
mod claim_key;
pub(crate) mod claims;
pub(crate) mod envelope;
pub(crate) mod read;
pub(crate) mod revocations;
pub(crate) mod scan;

use crate::code::Code;
use alloc::vec::Vec;
use coset::cbor::value::Value as Cbor;

/// `value` in CBOR. Whoever builds `value` sorts its maps; reading back checks that.
pub(crate) fn to_bytes(value: &Cbor) -> Result<Vec<u8>, Code> {
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(value, &mut bytes).map_err(|_| Code::UnexpectedItem)?;
    Ok(bytes)
}
