//! Finding a claim in a foreign token.

use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// The name of a claim: a JSON Pointer (RFC 6901) without its first `/`.
///
/// `kubernetes.io/pod/uid` is `uid` in `pod` in `kubernetes.io`. A `/` within a name is written `~1`, a `~` as `~0`. It leads
/// through objects only: which element of an array is meant would depend on how the issuer sorts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimPath {
    written: String,
    steps: Vec<String>,
}

impl ClaimPath {
    /// Reads a name; `None` when a part of it is empty or a `~` stands before something else than 0 or 1.
    pub fn parse(text: &str) -> Option<Self> {
        let steps = text.split('/').map(unescape).collect::<Option<_>>()?;
        Some(Self { written: text.to_owned(), steps })
    }

    /// The claim, if it is there.
    pub fn find<'v>(&self, claims: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(claims, |value, step| value.as_object()?.get(step))
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn unescape(step: &str) -> Option<String> {
    let mut parts = step.split('~');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        if let Some(rest) = part.strip_prefix('0') {
            out.push('~');
            out.push_str(rest);
        } else {
            out.push('/');
            out.push_str(part.strip_prefix('1')?);
        }
    }
    (!out.is_empty() && !out.contains(['{', '}']) && !out.chars().any(char::is_control)).then_some(out)
}

/// Text as it is, numbers and booleans as their JSON text; nothing for what is no single value.
pub(super) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(is) => Some(Cow::Borrowed(if *is { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_lead_through_objects() {
        let claims = json!({"sub": "s", "kubernetes.io": {"pod": {"uid": "u"}, "list": ["x"]},
            "https://a.example/groups": ["g"], "a~b": 1});
        for (path, found) in [
            ("sub", Some(json!("s"))),
            ("kubernetes.io/pod/uid", Some(json!("u"))),
            ("https:~1~1a.example~1groups", Some(json!(["g"]))),
            ("a~0b", Some(json!(1))),
            ("kubernetes", None),
            ("kubernetes.io/list/0", None),
            ("sub/x", None),
            ("https://a.example/groups", None),
        ] {
            assert_eq!(ClaimPath::parse(path).and_then(|path| path.find(&claims).cloned()), found, "{path}");
        }
        for path in ["", "/", "/sub", "a/", "a//b", "a~", "a~2", "a{b", "a\n"] {
            assert_eq!(ClaimPath::parse(path), None, "{path}");
        }
    }
}
