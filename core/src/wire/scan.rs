//! Deterministic CBOR or nothing (RFC 8949 §4.2.1, with the number rule of SPEC 3).
//!
//! One pass over the received bytes, with bounded recursion and the most specific code for what is wrong. Without it
//! the same token could be written in two ways, and hashes, caches and revocation by hash would miss the second.

use crate::{
    code::Code,
    json::{DEEPEST, MAX_SAFE_INTEGER, Number, shortest_float},
};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// One item, borrowed from the bytes it was read from. Only [`Item::whole`] makes one, so what exists is deterministic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item<'a> {
    encoding: &'a [u8],
    kind: Kind<'a>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    /// Within ±(2^53-1).
    Integer(i64),
    /// Finite and none of the integers above.
    Float(f64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Item<'a>>),
    /// Sorted by the encodings of the keys, each once.
    Map(Vec<(Item<'a>, Item<'a>)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// Reads `bytes` as exactly one item, nested at most `depth` deep.
    pub(crate) fn whole(bytes: &'a [u8], depth: u32) -> Result<Self, Code> {
        match Self::read(bytes, depth.min(DEEPEST))? {
            (item, []) => Ok(item),
            _ => Err(Code::TrailingBytes),
        }
    }

    /// The bytes it was read from.
    pub(crate) const fn encoding(&self) -> &'a [u8] {
        self.encoding
    }

    pub(crate) const fn kind(&self) -> &Kind<'a> {
        &self.kind
    }

    pub(crate) const fn as_integer(&self) -> Option<i64> {
        if let Kind::Integer(value) = self.kind { Some(value) } else { None }
    }

    pub(crate) const fn as_bytes(&self) -> Option<&'a [u8]> {
        if let Kind::Bytes(value) = self.kind { Some(value) } else { None }
    }

    pub(crate) const fn as_text(&self) -> Option<&'a str> {
        if let Kind::Text(value) = self.kind { Some(value) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Kind::Array(items) = &self.kind { Some(items) } else { None }
    }

    pub(crate) fn as_map(&self) -> Option<&[(Self, Self)]> {
        if let Kind::Map(entries) = &self.kind { Some(entries) } else { None }
    }

    fn read(bytes: &'a [u8], depth: u32) -> Result<(Self, &'a [u8]), Code> {
        let head = Head::read(bytes)?;
        let (kind, rest) = match head.major {
            UNSIGNED => (Kind::Integer(head.integer()?), head.rest),
            // -1 - argument, which must stay within -(2^53-1).
            NEGATIVE => (
                Kind::Integer(
                    head.integer()?
                        .checked_neg()
                        .and_then(|n| n.checked_sub(1))
                        .filter(|n| *n >= -MAX_SAFE_INTEGER)
                        .ok_or(Code::BadNumber)?,
                ),
                head.rest,
            ),
            BYTES => head.content().map(|(bytes, rest)| (Kind::Bytes(bytes), rest))?,
            TEXT => {
                let (text, rest) = head.content()?;
                (Kind::Text(core::str::from_utf8(text).map_err(|_| Code::BadText)?), rest)
            }
            ARRAY => read_array(&head, depth.checked_sub(1).ok_or(Code::TooDeep)?)?,
            MAP => read_map(&head, depth.checked_sub(1).ok_or(Code::TooDeep)?)?,
            TAG => return Err(Code::UnexpectedItem),
            _ => (simple(&head)?, head.rest),
        };
        let length = bytes.len().checked_sub(rest.len()).ok_or(Code::Truncated)?;
        Ok((Self { encoding: bytes.get(..length).ok_or(Code::Truncated)?, kind }, rest))
    }
}

/// Reads the head of a byte string and returns its content and what follows.
pub(crate) fn bytes_item(bytes: &[u8]) -> Result<(&[u8], &[u8]), Code> {
    let head = Head::read(bytes)?;
    if head.major != BYTES {
        return Err(Code::NotSign1);
    }
    head.content()
}

/// Reads the head of an array and returns how many items it has and where they begin.
pub(crate) fn array_head(bytes: &[u8]) -> Result<(usize, &[u8]), Code> {
    let head = Head::read(bytes)?;
    if head.major != ARRAY {
        return Err(Code::UnexpectedItem);
    }
    Ok((head.count()?, head.rest))
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// RFC 8949 §3: three bits of major type, five of additional information, and the argument they announce.
struct Head<'a> {
    major: u8,
    info: u8,
    argument: u64,
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Code> {
        let (&first, rest) = bytes.split_first().ok_or(Code::Truncated)?;
        let (major, info) = (first >> 5, first & 0x1f);
        let (argument, rest) = match info {
            0..=23 => (u64::from(info), rest),
            24 => take(rest).map(|([byte], rest)| (u64::from(byte), rest))?,
            25 => take(rest).map(|(bytes, rest)| (u64::from(u16::from_be_bytes(bytes)), rest))?,
            26 => take(rest).map(|(bytes, rest)| (u64::from(u32::from_be_bytes(bytes)), rest))?,
            27 => take(rest).map(|(bytes, rest)| (u64::from_be_bytes(bytes), rest))?,
            31 => return Err(Code::IndefiniteLength),
            _ => return Err(Code::UnexpectedItem),
        };
        let head = Self { major, info, argument, rest };
        if major <= TAG && !head.is_shortest() { Err(Code::NotShortest) } else { Ok(head) }
    }

    /// The argument as an integer within 2^53-1.
    fn integer(&self) -> Result<i64, Code> {
        i64::try_from(self.argument).ok().filter(|value| *value <= MAX_SAFE_INTEGER).ok_or(Code::BadNumber)
    }

    const fn is_shortest(&self) -> bool {
        match self.info {
            24 => self.argument > 23,
            25 => self.argument > 0xff,
            26 => self.argument > 0xffff,
            27 => self.argument > 0xffff_ffff,
            _ => true,
        }
    }

    fn content(&self) -> Result<(&'a [u8], &'a [u8]), Code> {
        let length = usize::try_from(self.argument).map_err(|_| Code::Truncated)?;
        self.rest.split_at_checked(length).ok_or(Code::Truncated)
    }

    /// How many items follow. Each takes at least a byte, so a count beyond the input is refused at once.
    fn count(&self) -> Result<usize, Code> {
        usize::try_from(self.argument).ok().filter(|count| *count <= self.rest.len()).ok_or(Code::Truncated)
    }
}

fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Code> {
    bytes.split_first_chunk().map(|(taken, rest)| (*taken, rest)).ok_or(Code::Truncated)
}

fn read_array<'a>(head: &Head<'a>, depth: u32) -> Result<(Kind<'a>, &'a [u8]), Code> {
    let count = head.count()?;
    let mut items = Vec::with_capacity(count.min(FIRST_ROOM));
    let mut rest = head.rest;
    for _ in 0..count {
        let (item, after) = Item::read(rest, depth)?;
        items.push(item);
        rest = after;
    }
    Ok((Kind::Array(items), rest))
}

fn read_map<'a>(head: &Head<'a>, depth: u32) -> Result<(Kind<'a>, &'a [u8]), Code> {
    let count = head.count()?;
    let mut entries: Vec<(Item<'a>, Item<'a>)> = Vec::with_capacity(count.min(FIRST_ROOM));
    let mut rest = head.rest;
    for _ in 0..count {
        let (key, after) = Item::read(rest, depth)?;
        // Bytewise lexicographic order of the encodings (RFC 8949 §4.2.1), which is slice order.
        match entries.last().map_or(Ordering::Greater, |(previous, _)| key.encoding.cmp(previous.encoding)) {
            Ordering::Greater => {}
            Ordering::Equal => return Err(Code::DuplicateKey),
            Ordering::Less => return Err(Code::NotSorted),
        }
        let (value, after) = Item::read(after, depth)?;
        entries.push((key, value));
        rest = after;
    }
    Ok((Kind::Map(entries), rest))
}

/// Room reserved before anything is read: a count is only a claim.
const FIRST_ROOM: usize = 16;

/// Major type 7: false, true, null and floats. Nothing else is used.
fn simple<'a>(head: &Head<'_>) -> Result<Kind<'a>, Code> {
    match head.info {
        20 => Ok(Kind::Bool(false)),
        21 => Ok(Kind::Bool(true)),
        22 => Ok(Kind::Null),
        25..=27 => float(head).map(Kind::Float).ok_or(Code::BadNumber),
        _ => Err(Code::UnexpectedItem),
    }
}

/// The float, if it is finite, not an integer that the integer types hold, and in its shortest form.
fn float(head: &Head<'_>) -> Option<f64> {
    let value = match head.info {
        25 => half_to_double(u16::try_from(head.argument).ok()?),
        26 => f64::from(f32::from_bits(u32::try_from(head.argument).ok()?)),
        _ => f64::from_bits(head.argument),
    };
    let is_integer = Number::from_f64(value).ok()?.as_integer().is_some();
    let is_only_form = !is_integer && shortest_float(value) == head.info;
    is_only_form.then_some(value)
}

fn half_to_double(bits: u16) -> f64 {
    let sign = u64::from(bits >> 15) << 63;
    let exponent = u64::from((bits >> 10) & 0x1f);
    let fraction = u64::from(bits & 0x3ff);
    let magnitude = match (exponent, fraction) {
        (0, 0) => 0,
        // Subnormal: fraction times 2^-24, exact in a double.
        (0, _) => {
            let scaled = f64::from(u32::from(bits & 0x3ff)) * f64::from_bits((1023 - 24) << 52);
            scaled.to_bits()
        }
        (0x1f, _) => (0x7ff << 52) | (fraction << 42),
        _ => ((exponent.saturating_add(1023 - 15)) << 52) | (fraction << 42),
    };
    f64::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_code() {
        for (hex, expected) in [
            ("00", Ok(())),
            ("1b001fffffffffffff", Ok(())),
            ("1b0020000000000000", Err(Code::BadNumber)),
            ("3b001ffffffffffffe", Ok(())),
            ("3b001fffffffffffff", Err(Code::BadNumber)),
            ("f93e00", Ok(())),               // 1.5
            ("f93c00", Err(Code::BadNumber)), // 1.0
            ("f90000", Err(Code::BadNumber)), // 0.0
            ("f98000", Err(Code::BadNumber)), // -0.0
            ("f97e00", Err(Code::BadNumber)), // NaN
            ("f97c00", Err(Code::BadNumber)), // infinity
            ("f90001", Ok(())),               // the least subnormal half
            ("f903ff", Ok(())),
            ("fa3fc00000", Err(Code::BadNumber)), // 1.5 as a single
            ("fa47c35000", Err(Code::BadNumber)), // 100000.0
            ("fa3dcccccd", Ok(())),               // 0.1 as a single
            ("fb3fb999999999999a", Ok(())),       // 0.1
            ("fb3ff8000000000000", Err(Code::BadNumber)),
            ("fb4340000000000000", Err(Code::BadNumber)), // 2^53 fits a single
            ("fa5a000000", Ok(())),                       // 2^53: an integer the integer types do not hold
            ("fb433fffffffffffff", Err(Code::BadNumber)), // 2^53-1
            ("fa00000001", Ok(())),                       // the least subnormal single
            ("fb36a0000000000000", Err(Code::BadNumber)), // the same as a double
            ("fb0000000000000001", Ok(())),
            ("1800", Err(Code::NotShortest)),
            ("190017", Err(Code::NotShortest)),
            ("5f4100ff", Err(Code::IndefiniteLength)),
            ("9f00ff", Err(Code::IndefiniteLength)),
            ("ff", Err(Code::IndefiniteLength)),
            ("a201000200", Ok(())),
            ("a202000100", Err(Code::NotSorted)),
            ("a201000100", Err(Code::DuplicateKey)),
            ("61ff", Err(Code::BadText)),
            ("62c3", Err(Code::Truncated)),
            ("c100", Err(Code::UnexpectedItem)),
            ("f7", Err(Code::UnexpectedItem)),
            ("f820", Err(Code::UnexpectedItem)),
            ("1c", Err(Code::UnexpectedItem)),
            ("0000", Err(Code::TrailingBytes)),
            ("8100", Ok(())),
            ("9b7fffffffffffffff", Err(Code::Truncated)),
            ("818181", Err(Code::TooDeep)),
            ("", Err(Code::Truncated)),
        ] {
            let bytes = hex::decode(hex).unwrap();
            assert_eq!(Item::whole(&bytes, 2).map(|_| ()), expected, "{hex}");
        }
    }
}
