//! How the tokens of a chain travel together: the presentation object, or a lone token by itself (SPEC 14.2).

use super::{Step, Token};
use crate::{
    code::Code,
    json::{Node, write_text},
    limits::{Limits, exceeds},
    refusal::Refusal,
};
use alloc::{borrow::ToOwned, collections::BTreeSet, string::String, sync::Arc, vec::Vec};

/// The member with the chain.
pub(super) const CHAIN: &str = "aat_chain";

/// Whether `bytes` are meant as text, and so as a chain or a proof of AAT-02. A native chain begins with the head of a CBOR
/// array and a native proof with a tag; neither is ASCII.
pub(crate) fn is_aat(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii)
}

/// Reads a presentation object, whose other members are ignored, or a lone token.
pub(crate) fn parse_chain(bytes: &[u8], limits: &Limits) -> Result<Vec<Arc<Token>>, Refusal> {
    check_size(bytes, limits).step("2b")?;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if bytes.iter().find(|byte| !is_blank(byte)) != Some(&b'{') {
        let text = core::str::from_utf8(bytes).map_err(|_| Code::NotCompact).step("2c")?;
        return tokens(&[text], limits);
    }
    tokens(&chain_in(&Node::parse_sound(bytes)?)?, limits)
}

/// Before anything: the object may hold the proof, with the arguments, beside the chain.
pub(super) fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Code> {
    let most = u64::from(limits.chain_bytes).saturating_add(super::pop::most_bytes(limits));
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= most) { Ok(()) } else { Err(Code::TooLarge) }
}

/// The chain of a presentation object.
pub(super) fn chain_in<'a>(object: &'a Node<'_>) -> Result<Vec<&'a str>, Refusal> {
    let bad = || Refusal::new(Code::BadPresentation).with_part(CHAIN);
    let chain = object.as_object().and_then(|members| members.get(CHAIN)).and_then(Node::as_array);
    chain.ok_or_else(bad)?.iter().map(|token| token.as_text().ok_or_else(bad)).collect()
}

/// Steps 1 and 2: there is a token, none is too large, nor are all, and each has an id of its own.
pub(super) fn tokens(texts: &[&str], limits: &Limits) -> Result<Vec<Arc<Token>>, Refusal> {
    if texts.is_empty() {
        return Err(Code::EmptyChain).step("1");
    }
    if let Some(link) = texts.iter().position(|text| exceeds(text.len(), limits.token_bytes)) {
        return Err(Refusal::new(Code::TooLarge).at(link)).step("2a");
    }
    let total = texts.iter().map(|text| text.len()).fold(0, usize::saturating_add);
    if exceeds(total, limits.chain_bytes) {
        return Err(Code::TooLarge).step("2b");
    }
    let mut tokens: Vec<Arc<Token>> = Vec::with_capacity(texts.len());
    // Nothing is signed yet: thousands of tokens must not cost millions of comparisons.
    let mut ids = BTreeSet::new();
    for (link, text) in texts.iter().enumerate() {
        let token = Token::parse(text).map_err(|refusal| refusal.at(link)).step("2c")?;
        if !ids.insert(token.id().to_owned()) {
            return Err(Refusal::new(Code::RepeatedToken).at(link)).step("2c");
        }
        tokens.push(Arc::new(token));
    }
    Ok(tokens)
}

/// The presentation object of a chain alone: the one form in which we hand a chain on.
pub(crate) fn write_chain<'a>(tokens: impl Iterator<Item = &'a str> + Clone) -> String {
    let length = tokens.clone().map(|token| token.len().saturating_add(3)).fold(20, usize::saturating_add);
    let mut out = String::with_capacity(length);
    out.push_str("{\"aat_chain\":[");
    for (index, token) in tokens.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(token, &mut out);
    }
    out.push_str("]}");
    out
}
