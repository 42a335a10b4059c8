//! A JSON object.

use super::{Named, Value};
use crate::{Code, order::by_length};
use alloc::{string::String, vec::Vec};
use core::{cmp::Ordering, fmt};

/// The members of a JSON object; no name occurs twice.
///
/// They stand in the order of their names' encodings in deterministic CBOR (RFC 8949 §4.2.1): shorter names first, then by
/// their UTF-8 bytes. Built by [`Object::new`] only, so that nobody chooses silently between two members of one name.
///
/// ```
/// use keybound::{Code, json::{Object, Value}};
///
/// let object = Object::new(vec![("path".into(), "/a".into()), ("raw".into(), true.into())])?;
/// assert_eq!(object.get("path"), Some(&Value::from("/a")));
/// assert_eq!(object.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["raw", "path"]);
/// # Ok::<(), Code>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Object(Named<Value>);

impl Object {
    /// Takes members in any order; those in the object's own order are only looked at once.
    ///
    /// # Errors
    /// `json.duplicate_member` when a name occurs twice.
    pub fn new(members: Vec<(String, Value)>) -> Result<Self, Code> {
        let named = Named::of_distinct(members);
        if named.has_repetition() { Err(Code::DuplicateMember) } else { Ok(Self(named)) }
    }

    /// The value of the member called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter()
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Members whose names differ because whoever wrote this call made them so.
    pub(crate) fn of_distinct(members: Vec<(String, Value)>) -> Self {
        Self(Named::of_distinct(members))
    }

    pub(super) fn members(&self) -> &[(String, Value)] {
        self.0.entries()
    }

    /// The order of the encodings: first the count, then key, value, key, value.
    pub(super) fn encoding_order(&self, other: &Self) -> Ordering {
        let pairs = self.members().iter().zip(other.members());
        let mut orders = pairs.map(|((a, x), (b, y))| by_length(a, b).then_with(|| x.cmp(y)));
        let of_members = || orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        self.len().cmp(&other.len()).then_with(of_members)
    }
}

impl Default for Object {
    /// The object without members.
    fn default() -> Self {
        Self(Named::new())
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};

    fn object(names: &[&str]) -> Result<Object, Code> {
        Object::new(names.iter().map(|name| ((*name).into(), Value::from(*name))).collect())
    }

    #[test]
    fn members_are_sorted_and_found() {
        let members = object(&["b", "aa", "", "\u{e9}", "a", "ba"]).unwrap();
        assert_eq!(
            members.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["", "a", "b", "aa", "ba", "\u{e9}"]
        );
        for (name, value) in members.iter() {
            assert_eq!(members.get(name), Some(value));
        }
        for name in ["c", "ab", "A", "aaa", "\u{e8}"] {
            assert_eq!(members.get(name), None);
        }
        assert_eq!((members.len(), members.is_empty()), (6, false));
        assert_eq!((Object::default().len(), Object::default().is_empty()), (0, true));
        assert_eq!(Object::new(vec![]), Ok(Object::default()));
        assert_eq!(format!("{:?}", object(&["a"]).unwrap()), r#"{"a": Text("a")}"#);
    }

    #[test]
    fn no_name_twice() {
        for names in [&["a", "a"][..], &["", ""], &["a", "b", "a"], &["aa", "b", "aa", "c"]] {
            assert_eq!(object(names), Err(Code::DuplicateMember), "{names:?}");
        }
        let mut many: Vec<_> = (0..1000).map(|n| (format!("{}", n * 7919 % 1000), Value::Null)).collect();
        assert!(Object::new(many.clone()).is_ok());
        many.push(("500".into(), Value::Null));
        assert_eq!(Object::new(many), Err(Code::DuplicateMember));
    }
}
