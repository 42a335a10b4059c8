//! Globs over one text: `*` stands for any text, also none; everything else for itself.

use crate::policy::claims::scalar;
use serde_json::Value;

/// A pattern such as `system:serviceaccount:agents:*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    first: String,
    /// What comes after each `*`. Empty: the pattern is exact.
    rest: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; `None` for the empty text, which nothing would match, and for control characters.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return None;
        }
        let mut parts = text.split('*').map(str::to_owned);
        Some(Self { first: parts.next()?, rest: parts.collect() })
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else { return self.first == text };
        let Some(mut left) =
            text.strip_prefix(self.first.as_str()).and_then(|left| left.strip_suffix(last.as_str()))
        else {
            return false;
        };
        // The leftmost place for each part leaves the most for those after it, so no second try is needed.
        for part in middle {
            match left.split_once(part.as_str()) {
                Some((_, after)) => left = after,
                None => return false,
            }
        }
        true
    }

    /// Whether a claim fits: text, numbers and booleans as their JSON text, of an array any one element. Nothing else does.
    pub fn matches_claim(&self, claim: &Value) -> bool {
        let fits = |value: &Value| scalar(value).is_some_and(|text| self.matches(&text));
        match claim {
            Value::Array(elements) => elements.iter().any(fits),
            value => fits(value),
        }
    }

    /// Whether it says more than "anything".
    pub(super) fn is_selective(&self) -> bool {
        self.rest.is_empty() || !self.first.is_empty() || self.rest.iter().any(|part| !part.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_is_any_text_and_the_rest_is_itself() {
        for (text, yes, no) in [
            ("a", &["a"][..], &["", "A", "aa", "a*"][..]),
            ("a*", &["a", "ab", "a/b\n"], &["", "ba"]),
            ("*a", &["a", "ba"], &["ab", ""]),
            ("*", &["", "a"], &[]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("a*b*c", &["abc", "a-b-c", "abbc", "abcbc"], &["ac", "acb", "ab", "a-c-b"]),
            ("*ab*ab*", &["abab", "xabyabz"], &["ab", "aba", "abba"]),
            ("a**b", &["ab", "axb"], &["a", "b"]),
            ("a.c", &["a.c"], &["abc"]),
            (
                "system:serviceaccount:agents:*",
                &["system:serviceaccount:agents:x"],
                &["system:serviceaccount:agents2:x"],
            ),
        ] {
            yes.iter().for_each(|other| assert!(pattern(text).matches(other), "{text} {other}"));
            no.iter().for_each(|other| assert!(!pattern(text).matches(other), "{text} {other}"));
        }
        assert_eq!((Pattern::parse(""), Pattern::parse("a\n")), (None, None));
        assert!(["*", "**"].iter().all(|text| !pattern(text).is_selective()));
        assert!(["a", "*a", "a*", "*a*"].iter().all(|text| pattern(text).is_selective()));
    }

    #[test]
    fn claims_compare_by_their_text_and_arrays_by_any_element() {
        for (text, claim, fits) in [
            ("agents", json!("agents"), true),
            ("agents", json!(["users", "agents"]), true),
            ("agents", json!(["users"]), false),
            ("agents", json!([["agents"]]), false),
            ("agents", json!({"agents": "agents"}), false),
            ("7", json!(7), true),
            ("7", json!(7.5), false),
            ("true", json!(true), true),
            ("true", json!(false), false),
            ("null", json!(null), false),
            ("*", json!(null), false),
            ("*", json!([]), false),
        ] {
            assert_eq!(pattern(text).matches_claim(&claim), fits, "{text} {claim}");
        }
    }
}
