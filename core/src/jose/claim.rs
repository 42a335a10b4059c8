//! Claims of JWTs (RFC 7519 §4.1), each refusal naming the claim.

use crate::{
    code::Code,
    json::{Members, Node},
    refusal::Refusal,
    time::UnixTime,
};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// The refusal for a claim of the wrong type.
pub(crate) fn wrong(part: &'static str) -> Refusal {
    Refusal::new(Code::WrongClaim).with_part(part)
}

/// The refusal for a claim that is not there.
pub(crate) fn missing(part: &'static str) -> Refusal {
    Refusal::new(Code::MissingClaim).with_part(part)
}

/// A claim that must be there, as text that is not empty.
pub(crate) fn text(claims: &Members<'_>, name: &'static str) -> Result<String, Refusal> {
    let text = claims.get(name).ok_or_else(|| missing(name))?.as_text().ok_or_else(|| wrong(name))?;
    if text.is_empty() { Err(wrong(name)) } else { Ok(text.to_owned()) }
}

/// `aud`: one name or a list of them.
pub(crate) fn audience(claims: &Members<'_>) -> Result<Vec<String>, Refusal> {
    let one = |node: &Node<'_>| node.as_text().map(ToOwned::to_owned).ok_or_else(|| wrong("aud"));
    match claims.get("aud").ok_or_else(|| missing("aud"))? {
        Node::Array(names) => names.iter().map(one).collect(),
        node => Ok(vec![one(node)?]),
    }
}

/// A time that must be there. One before 1970 becomes 1970: it is as long past as any. One beyond the last time there is becomes
/// that: no rule admits it either.
pub(crate) fn past_or_future(claims: &Members<'_>, name: &'static str) -> Result<UnixTime, Refusal> {
    integer(claims.get(name), name).map(|seconds| UnixTime::at_most(seconds.max(0).unsigned_abs()))
}

/// An integer that must be there, written as one (AAT-02 §3.2: the text decides).
pub(crate) fn integer(node: Option<&Node<'_>>, name: &'static str) -> Result<i64, Refusal> {
    node.ok_or_else(|| missing(name))?.as_integer().ok_or_else(|| wrong(name))
}

/// A time, if it is there: whole seconds since 1970.
pub(crate) fn time(claims: &Members<'_>, name: &'static str) -> Result<Option<UnixTime>, Refusal> {
    let seconds = |node: &Node<'_>| node.as_integer().and_then(|seconds| u64::try_from(seconds).ok());
    claims.get(name).map(|node| seconds(node).map(UnixTime::at_most).ok_or_else(|| wrong(name))).transpose()
}
