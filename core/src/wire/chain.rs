//! How tokens are strung together: a CBOR array of the tagged tokens themselves (SPEC 8.1).

use super::{envelope::Envelope, scan};
use crate::{
    code::Code,
    limits::{Limits, exceeds},
    refusal::Refusal,
};
use alloc::vec::Vec;

/// The bytes of each token, root first.
pub(crate) fn split<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<&'a [u8]>, Refusal> {
    if exceeds(bytes.len(), limits.chain_bytes) {
        return Err(Code::TooLarge.into());
    }
    let (count, mut rest) = scan::array_head(bytes)?;
    if count == 0 {
        return Err(Code::EmptyChain.into());
    }
    // A root and `depth` delegations below it.
    if exceeds(count.saturating_sub(1), limits.depth) {
        return Err(Code::ChainTooLong.into());
    }
    let mut tokens = Vec::with_capacity(count);
    for link in 0..count {
        let (token, after) = Envelope::split_from(rest).map_err(|code| Refusal::new(code).at(link))?;
        if exceeds(token.len(), limits.token_bytes) {
            return Err(Refusal::new(Code::TooLarge).at(link));
        }
        tokens.push(token);
        rest = after;
    }
    if rest.is_empty() { Ok(tokens) } else { Err(Code::TrailingBytes.into()) }
}

/// The chain of `parents`, itself a chain or nothing, followed by `token`.
pub(crate) fn append(parents: &[u8], links: usize, token: &[u8]) -> Result<Vec<u8>, Code> {
    let count = u8::try_from(links).ok().and_then(|links| links.checked_add(1)).ok_or(Code::ChainTooLong)?;
    let mut bytes = Vec::with_capacity(parents.len().saturating_add(token.len()).saturating_add(2));
    match count {
        0..=23 => bytes.push(0x80 | count),
        _ => bytes.extend_from_slice(&[0x98, count]),
    }
    if !parents.is_empty() {
        bytes.extend_from_slice(scan::array_head(parents)?.1);
    }
    bytes.extend_from_slice(token);
    Ok(bytes)
}
