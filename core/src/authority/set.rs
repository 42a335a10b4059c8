//! A set of JSON values.

use crate::json::Value;
use crate::order::sort;
use alloc::{vec, vec::Vec};
use core::fmt;

/// JSON values without order or repetition.
///
/// Sorted, so that looking up costs a logarithm and comparing two sets one walk over both:
/// whoever writes a token must not choose how long we compute. The order is that of the
/// encodings, so what comes from a token is sorted already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueSet(Vec<Value>);

/// Members shown in a message; who needs more reads the token.
const SHOWN: usize = 8;

impl ValueSet {
    pub(crate) fn new(mut values: Vec<Value>) -> Self {
        sort(&mut values, Value::cmp);
        values.dedup();
        Self(values)
    }

    /// Takes values that ascend, each once: those whose encodings do.
    pub(crate) const fn from_ascending(values: Vec<Value>) -> Self {
        Self(values)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> core::slice::Iter<'_, Value> {
        self.0.iter()
    }

    pub(crate) fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// Whether every member of `other` is a member here.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        let mut own = self.0.iter();
        other.0.iter().all(|wanted| own.find(|value| *value >= wanted) == Some(wanted))
    }

    /// Whether every member occurs among `elements`.
    pub(crate) fn occurs_in(&self, elements: &[Value]) -> bool {
        let mut missing = self.0.len();
        let mut seen = vec![false; missing];
        for element in elements {
            if missing == 0 {
                break;
            }
            let place = self.0.binary_search(element).ok().and_then(|index| seen.get_mut(index));
            if let Some(place) = place
                && !core::mem::replace(place, true)
            {
                missing = missing.saturating_sub(1);
            }
        }
        missing == 0
    }

    /// How many members a look-up compares with at most: the logarithm of their number.
    pub(crate) const fn comparisons(&self) -> u32 {
        usize::BITS.saturating_sub(self.0.len().leading_zeros())
    }

    /// The members as a JSON array, in their order.
    pub(crate) fn to_value(&self) -> Value {
        Value::Array(self.0.clone())
    }
}

impl fmt::Display for ValueSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", value.to_json())?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use alloc::{format, string::ToString};

    fn set(text: &str) -> ValueSet {
        match parse(text.as_bytes(), 8).unwrap() {
            Value::Array(values) => ValueSet::new(values),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        assert_eq!(set(r#"[2,1,"a",1.0,{"b":1,"a":[]}]"#), set(r#"[{"a":[],"b":1},"a",1,2,2]"#));
        assert_ne!(set("[1]"), set(r#"["1"]"#));
        assert_ne!(set("[[1,2]]"), set("[[2,1]]"));
    }

    #[test]
    fn inclusion_agrees_with_membership() {
        let sets: Vec<_> = ["[]", "[1]", "[2]", "[1,2]", "[0,1,2,3]", r#"["1"]"#, r#"[null,true,[],{}]"#]
            .into_iter()
            .map(set)
            .collect();
        for a in &sets {
            for b in &sets {
                assert_eq!(a.includes(b), b.iter().all(|value| a.contains(value)), "{a} {b}");
            }
        }
    }

    #[test]
    fn occurrence_counts_each_member_once() {
        for size in [0, 1, 7, 8, 9, 100] {
            let numbers: Vec<_> = (0..size).map(|n| parse(format!("{n}").as_bytes(), 1).unwrap()).collect();
            let wanted = ValueSet::new(numbers.clone());
            let mut elements = numbers.clone();
            elements.reverse();
            elements.extend(numbers.clone());
            assert!(wanted.occurs_in(&elements), "{size}");
            if size > 0 {
                let one_short: Vec<_> = elements.iter().filter(|v| **v != numbers[0]).cloned().collect();
                assert!(!wanted.occurs_in(&one_short), "{size}");
            }
        }
    }

    #[test]
    fn a_message_shows_a_few() {
        assert_eq!(set(r#"["b","a",1]"#).to_string(), r#"1, "a", "b""#);
        assert_eq!(set("[1,2,3,4,5,6,7,8,9,10]").to_string(), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
