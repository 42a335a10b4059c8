//! Taking CBOR values apart, each refusal naming the part.

use super::scan::Item;
use crate::{
    code::Code,
    limits::{Limits, exceeds},
    refusal::Refusal,
    time::UnixTime,
};

/// The refusal for a part of the wrong type or size.
pub(crate) fn wrong(part: &'static str) -> Refusal {
    Refusal::new(Code::WrongClaim).with_part(part)
}

/// The refusal for a part that is not there.
pub(crate) fn missing(part: &'static str) -> Refusal {
    Refusal::new(Code::MissingClaim).with_part(part)
}

/// The refusal for a member that this format does not define, in the map called `part`.
pub(crate) fn unknown(part: &'static str) -> Refusal {
    Refusal::new(Code::UnknownMember).with_part(part)
}

pub(crate) fn time(value: &Item<'_>, part: &'static str) -> Result<UnixTime, Refusal> {
    UnixTime::new(unsigned(value, part)?).map_err(|_| wrong(part))
}

pub(crate) fn small(value: &Item<'_>, part: &'static str) -> Result<u32, Refusal> {
    u32::try_from(unsigned(value, part)?).map_err(|_| wrong(part))
}

pub(crate) fn unsigned(value: &Item<'_>, part: &'static str) -> Result<u64, Refusal> {
    value.as_integer().and_then(|integer| u64::try_from(integer).ok()).ok_or_else(|| wrong(part))
}

pub(crate) fn bytes<const N: usize>(value: &Item<'_>, part: &'static str) -> Result<[u8; N], Refusal> {
    value.as_bytes().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| wrong(part))
}

/// A name: text, not empty, not longer than the limit.
pub(crate) fn name<'a>(value: &Item<'a>, part: &'static str, limits: &Limits) -> Result<&'a str, Refusal> {
    let text = value.as_text().ok_or_else(|| wrong(part))?;
    if is_name(text, limits) { Ok(text) } else { Err(wrong(part)) }
}

/// Whether `text` can be an issuer, a principal, a task, an audience or a tool.
pub(crate) fn is_name(text: &str, limits: &Limits) -> bool {
    !text.is_empty() && !exceeds(text.len(), limits.name_bytes)
}

pub(crate) fn map<'m, 'a>(
    value: &'m Item<'a>,
    part: &'static str,
) -> Result<&'m [(Item<'a>, Item<'a>)], Refusal> {
    value.as_map().ok_or_else(|| wrong(part))
}

/// A map key as the integer it is; other keys belong to nobody here.
pub(crate) const fn label(key: &Item<'_>) -> Option<i64> {
    key.as_integer()
}
