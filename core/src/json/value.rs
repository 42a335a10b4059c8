//! One JSON value.

use super::{Number, Object, canonical, parse};
use crate::{Limits, Refusal, order::by_length};
use alloc::{string::String, vec, vec::Vec};
use core::cmp::Ordering;

/// A JSON value.
///
/// Equality is JCS equality: `1`, `1.0` and `1e0` are equal, `1`, `"1"` and `true` are three
/// values, the order of members does not matter and the order of elements does.
///
/// The order of values is the bytewise order of their encodings in deterministic CBOR (SPEC 3), in which tokens keep sets:
/// integers from 0 up, negative ones from -1 down, text by its length, arrays, objects, `false`, `true`, `null`, fractions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`, equal only to itself.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that survives the way through a double.
    Number(Number),
    /// A string, compared code point by code point: no Unicode normalisation.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; no member name occurs twice.
    Object(Object),
}

impl Value {
    /// Reads strict RFC 8259 JSON in UTF-8, nested at most as deep as the default
    /// [`Limits::value_depth`].
    ///
    /// # Errors
    /// `json.bad`, `json.duplicate_member`, `json.inexact_number`, `json.lone_surrogate`,
    /// `bytes.too_deep`.
    pub fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        Ok(parse(text, Limits::default().value_depth)?)
    }

    /// Writes the value in its RFC 8785 form: equal values give equal text.
    pub fn to_json(&self) -> String {
        canonical(self)
    }

    /// A member of an object that holds text.
    #[cfg(feature = "jose")]
    pub(crate) fn text_member(name: &str, text: &str) -> (String, Self) {
        (name.into(), text.into())
    }

    /// The members, if it is an object.
    #[cfg(feature = "jose")]
    pub(crate) const fn as_object(&self) -> Option<&Object> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// How deep arrays and objects nest: 0 for a scalar, 1 for `[]` and `{"a":1}`.
    pub fn depth(&self) -> u32 {
        let mut deepest = 0;
        let mut open = vec![(self, 0_u32)];
        // A loop, not a recursion: a value somebody built by hand may be of any depth.
        while let Some((value, around)) = open.pop() {
            let depth = around.saturating_add(1);
            match value {
                Self::Array(elements) => open.extend(elements.iter().map(|element| (element, depth))),
                Self::Object(members) => open.extend(members.iter().map(|(_, member)| (member, depth))),
                _ => continue,
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// How many values and names there are in it, itself included. Recursive: for values whose depth is known to be small.
    pub(crate) fn size(&self) -> u32 {
        let inside = match self {
            Self::Array(elements) => elements.iter().map(Self::size).fold(0, u32::saturating_add),
            Self::Object(members) => {
                members.iter().map(|(_, member)| member.size().saturating_add(1)).fold(0, u32::saturating_add)
            }
            _ => 0,
        };
        inside.saturating_add(1)
    }

    /// The first byte of the encoding, as far as it tells the kind of value.
    fn kind(&self) -> u8 {
        match self {
            Self::Number(number) => number.kind(),
            Self::Text(_) => 0x60,
            Self::Array(_) => 0x80,
            Self::Object(_) => 0xa0,
            Self::Bool(false) => 0xf4,
            Self::Bool(true) => 0xf5,
            Self::Null => 0xf6,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        // A head holds a length in its shortest form, so shorter content comes first.
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => by_length(a, b),
            (Self::Array(a), Self::Array(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Self::Object(a), Self::Object(b)) => a.encoding_order(b),
            (Self::Number(a), Self::Number(b)) => a.encoding_order(*b),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::Array(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        Value::from_json(text.as_bytes()).unwrap()
    }

    /// One of each kind, in the order of RFC 8949 §4.2.1; wire/authority/tests.rs holds many more against their bytes.
    #[test]
    fn the_order_is_that_of_the_encodings() {
        let ascending = [
            "0",
            "1",
            "23",
            "24",
            "256",
            "9007199254740991",
            "-1",
            "-2",
            "-25",
            "-9007199254740991",
            r#""""#,
            r#""b""#,
            r#""aa""#,
            r#""ab""#,
            "[]",
            "[9]",
            "[-1]",
            r#"["a"]"#,
            "[0,0]",
            "{}",
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            r#"{"b":0}"#,
            r#"{"aa":0}"#,
            r#"{"a":0,"b":0}"#,
            "false",
            "true",
            "null",
            "0.5",
            "1.5",
            "-0.5",
            "9007199254740992",
            "1e300",
            "-1e300",
        ];
        for (place, text) in ascending.iter().enumerate() {
            for (other_place, other) in ascending.iter().enumerate() {
                assert_eq!(read(text).cmp(&read(other)), place.cmp(&other_place), "{text} {other}");
            }
        }
    }

    #[test]
    fn equality_is_jcs_equality() {
        for (a, b) in [
            ("1", "1.0"),
            ("1", "1e0"),
            ("-0", "0"),
            (r#"{"a":1,"b":2}"#, r#"{ "b": 2.0, "a": 10e-1 }"#),
            (r#""\u0061\/""#, r#""a/""#),
        ] {
            assert_eq!(read(a), read(b));
            assert_eq!(read(a).to_json(), read(b).to_json());
            assert_eq!(read(a).cmp(&read(b)), Ordering::Equal);
        }
        let all =
            ["null", "true", "false", "0", "1", r#""1""#, r#""""#, "[]", "[1,2]", "[2,1]", "{}", "[null]"];
        for a in all {
            for b in all {
                assert_eq!(read(a) == read(b), a == b, "{a} {b}");
                assert_eq!(read(a).cmp(&read(b)).is_eq(), a == b, "{a} {b}");
            }
        }
        assert_ne!(read("\"\u{e9}\""), read("\"e\u{301}\""));
    }

    #[test]
    fn depth_counts_arrays_and_objects() {
        for (text, depth) in [("1", 0), ("[]", 1), (r#"{"a":1}"#, 1), (r#"[1,{"a":[{}]},[]]"#, 4)] {
            assert_eq!(read(text).depth(), depth, "{text}");
        }
        let mut deep = Value::Null;
        for _ in 0..1000 {
            deep = Value::Array(vec![deep]);
        }
        assert_eq!(deep.depth(), 1000);
    }
}
