//! One JSON value.

use super::{Number, canonical, parse};
use crate::{Limits, Refusal};
use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};

/// A JSON value.
///
/// Equality is JCS equality: `1`, `1.0` and `1e0` are equal, `1`, `"1"` and `true` are three
/// values, the order of members does not matter and the order of elements does. The order is
/// total and agrees with equality; beyond that it means nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    Object(BTreeMap<String, Value>),
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

    /// How deep arrays and objects nest: 0 for a scalar, 1 for `[]` and `{"a":1}`.
    pub fn depth(&self) -> u32 {
        let mut deepest = 0;
        let mut open = vec![(self, 0_u32)];
        // A loop, not a recursion: a value somebody built by hand may be of any depth.
        while let Some((value, around)) = open.pop() {
            let depth = around.saturating_add(1);
            match value {
                Self::Array(elements) => open.extend(elements.iter().map(|element| (element, depth))),
                Self::Object(members) => open.extend(members.values().map(|member| (member, depth))),
                _ => continue,
            }
            deepest = deepest.max(depth);
        }
        deepest
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
            assert_eq!(read(a).cmp(&read(b)), core::cmp::Ordering::Equal);
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
