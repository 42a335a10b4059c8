//! JSON inside a signed token: read in full, judged only where it counts.
//!
//! A token may carry claims that are nobody's business here, and a draft forbids refusing it for them (AAT-02 §3.2). So a
//! number keeps its text until somebody asks for its value, and what spoils the whole token, a repeated member or half a
//! surrogate pair, is noted beside the tree, for the step at which the draft wants it refused.

use super::{
    Object, Value,
    number::Written,
    parse::{DEEPEST, Reader, Tree},
};
use crate::{
    Code,
    order::{by_length, sort},
};
use alloc::{
    borrow::{Cow, ToOwned},
    vec::Vec,
};

/// One JSON value, borrowed from the text it was read from.
#[derive(Clone, Debug)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Written<'a>),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
    Object(Members<'a>),
}

/// The members of an object, by name.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Node<'a> {
    /// Reads one value that is the whole of `text`; the first fault the tree hides stands beside it.
    ///
    /// # Errors
    /// `json.bad`, `bytes.too_deep`.
    pub(crate) fn parse(text: &'a [u8]) -> Result<(Self, Option<Code>), Code> {
        let mut reader = Reader::new(text, DEEPEST)?;
        let node = reader.value()?;
        reader.end()?;
        Ok((node, reader.faults))
    }

    /// The same, where nothing may spoil it.
    ///
    /// # Errors
    /// As [`Node::parse`]; `json.duplicate_member`, `json.lone_surrogate`.
    pub(crate) fn parse_sound(text: &'a [u8]) -> Result<Self, Code> {
        match Self::parse(text)? {
            (node, None) => Ok(node),
            (_, Some(fault)) => Err(fault),
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    pub(crate) const fn as_object(&self) -> Option<&Members<'a>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The integer, if it is written as one (AAT-02 §3.2: the text decides).
    pub(crate) fn as_integer(&self) -> Option<i64> {
        if let Self::Number(written) = self { written.to_integer() } else { None }
    }

    /// The value, if every number in it is one that a double holds as written.
    ///
    /// # Errors
    /// `json.inexact_number`.
    pub(crate) fn to_value(&self) -> Result<Value, Code> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(written) => Value::Number(written.to_number()?),
            Self::Text(text) => Value::Text(text.as_ref().to_owned()),
            Self::Array(elements) => {
                Value::Array(elements.iter().map(Self::to_value).collect::<Result<_, _>>()?)
            }
            Self::Object(members) => {
                let members = members.iter().map(|(name, node)| Ok((name.to_owned(), node.to_value()?)));
                Value::Object(Object::new(members.collect::<Result<_, Code>>()?)?)
            }
        })
    }
}

impl<'a> Members<'a> {
    /// Reads an object that is the whole of `text`, and that nothing spoils.
    ///
    /// # Errors
    /// `json.bad`, `json.not_an_object`, `json.duplicate_member`, `json.lone_surrogate`, `bytes.too_deep`.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Code> {
        if let Node::Object(members) = Node::parse_sound(text)? {
            Ok(members)
        } else {
            Err(Code::NotAnObject)
        }
    }

    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// The member called `name`. Where one stands twice it is either: the text is refused for it anyway.
    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        let place = self.0.binary_search_by(|(other, _)| by_length(other, name)).ok()?;
        self.0.get(place).map(|(_, node)| node)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.0.iter().map(|(name, node)| (name.as_ref(), node))
    }
}

impl<'a> Tree<'a> for Node<'a> {
    type Name = Cow<'a, str>;

    fn literal(word: Option<bool>) -> Self {
        word.map_or(Self::Null, Self::Bool)
    }

    fn number(written: Written<'a>) -> Result<Self, Code> {
        Ok(Self::Number(written))
    }

    fn text(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }

    fn array(elements: Vec<Self>) -> Self {
        Self::Array(elements)
    }

    fn name(text: Cow<'a, str>) -> Cow<'a, str> {
        text
    }

    fn object(mut members: Vec<(Cow<'a, str>, Self)>, faults: &mut Option<Code>) -> Result<Self, Code> {
        sort(&mut members, |(a, _), (b, _)| by_length(a, b));
        if members.iter().zip(members.iter().skip(1)).any(|((a, _), (b, _))| a == b) {
            faults.get_or_insert(Code::DuplicateMember);
        }
        Ok(Self::Object(Members(members)))
    }

    fn lone_surrogate(faults: &mut Option<Code>) -> Result<char, Code> {
        faults.get_or_insert(Code::LoneSurrogate);
        Ok(char::REPLACEMENT_CHARACTER)
    }
}

/// What is read of a token before its signature is checked: its id, of which no two in a chain may be alike (AAT-02 §8,
/// step 2c), and its issuer, only to know which anchor to try first.
pub(crate) struct TokenNames<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    /// Whether there is an id, of whatever type.
    pub(crate) has_id: bool,
    pub(crate) issuer: Option<Cow<'a, str>>,
}

/// Those two members of the object that is the whole of `text`. The grammar is checked; the rest leaves no trace.
///
/// # Errors
/// `json.bad`, `json.not_an_object`, `bytes.too_deep`.
pub(crate) fn names_in(text: &[u8]) -> Result<TokenNames<'_>, Code> {
    let mut reader = Reader::<Skimmed<'_>>::new(text, DEEPEST)?;
    let whole = reader.value()?;
    reader.end()?;
    if let Skimmed::Object(names) = whole { Ok(names) } else { Err(Code::NotAnObject) }
}

/// A value of which only the text is kept, or the two names in it.
enum Skimmed<'a> {
    Text(Cow<'a, str>),
    Object(TokenNames<'a>),
    Other,
}

/// A member's name, as far as anybody asks.
#[derive(PartialEq)]
enum Name {
    Id,
    Issuer,
    Other,
}

impl<'a> Tree<'a> for Skimmed<'a> {
    type Name = Name;

    fn literal(_: Option<bool>) -> Self {
        Self::Other
    }

    fn number(_: Written<'a>) -> Result<Self, Code> {
        Ok(Self::Other)
    }

    fn text(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }

    fn array(_: Vec<Self>) -> Self {
        Self::Other
    }

    fn name(text: Cow<'a, str>) -> Name {
        match text.as_ref() {
            "jti" => Name::Id,
            "iss" => Name::Issuer,
            _ => Name::Other,
        }
    }

    fn object(members: Vec<(Name, Self)>, _: &mut Option<Code>) -> Result<Self, Code> {
        let (mut id, mut issuer) = (None, None);
        for (name, value) in members {
            let place = match name {
                Name::Id => &mut id,
                Name::Issuer => &mut issuer,
                Name::Other => continue,
            };
            // Where one stands twice the text is refused later.
            place.get_or_insert(if let Self::Text(text) = value { Some(text) } else { None });
        }
        let has_id = id.is_some();
        Ok(Self::Object(TokenNames { id: id.flatten(), has_id, issuer: issuer.flatten() }))
    }

    fn lone_surrogate(_: &mut Option<Code>) -> Result<char, Code> {
        Ok(char::REPLACEMENT_CHARACTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Node<'_>, Option<Code>) {
        Node::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_nobody_asks_for_is_not_judged() {
        let (node, faults) = read(r#"{"x":9007199254740993,"y":[1e999],"z":{"a":-0.0}}"#);
        assert_eq!(faults, None);
        let members = node.as_object().unwrap();
        assert_eq!(members.get("x").unwrap().to_value(), Err(Code::InexactNumber));
        assert_eq!(members.get("y").unwrap().to_value(), Err(Code::InexactNumber));
        assert_eq!(members.get("z").unwrap().to_value().unwrap().to_json(), r#"{"a":0}"#);
        assert!(members.get("q").is_none() && !members.has("q"));
        assert_eq!(members.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["x", "y", "z"]);
    }

    #[test]
    fn what_spoils_the_whole_is_noted_beside_it() {
        for (text, fault) in [
            (r#"{"a":1,"\u0061":1}"#, Some(Code::DuplicateMember)),
            (r#"{"a":[{"b":{"c":1,"c":2}}]}"#, Some(Code::DuplicateMember)),
            (r#"{"a":"\ud800"}"#, Some(Code::LoneSurrogate)),
            (r#"{"\udc00":1}"#, Some(Code::LoneSurrogate)),
            (r#"{"a":"\ud83d\ude00","b":{"a":1}}"#, None),
        ] {
            assert_eq!(read(text).1, fault, "{text}");
        }
        for text in ["", "{", r#"{"a":1,}"#, "nul", "[1 2]", r#""\x""#, "01", "{} {}"] {
            assert!(Node::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn integers_are_what_is_written_as_one() {
        for (text, integer) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("-7", Some(-7)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("99999999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999999", Some(-i64::MAX)),
            ("-0", None),
            ("0.0", None),
            ("1e0", None),
            ("1E2", None),
            ("7.0", None),
            ("\"7\"", None),
            ("true", None),
            ("null", None),
        ] {
            assert_eq!(read(text).0.as_integer(), integer, "{text}");
        }
    }

    #[test]
    fn the_id_is_found_and_the_grammar_checked() {
        let find = |text: &'static str| names_in(text.as_bytes()).map(|found| found.id.map(Cow::into_owned));
        assert_eq!(
            find(r#" {"a":[1,{"jti":"no"}],"jti":"\u0061b","n":1e999,"z":"\ud800"} "#),
            Ok(Some("ab".into()))
        );
        assert_eq!(find(r#"{"jti":"first","jti":"second"}"#), Ok(Some("first".into())));
        assert_eq!(find(r#"{"jti":7}"#), Ok(None));
        assert_eq!(find(r#"{"a":{"jti":"x"}}"#), Ok(None));
        assert_eq!(find("{}"), Ok(None));
        assert_eq!(find(r#"["jti"]"#), Err(Code::NotAnObject));
        assert_eq!(find(r#""jti""#), Err(Code::NotAnObject));
        for text in [r#"{"jti":"a""#, r#"{"jti":"a"}x"#, r#"{"jti":"a","b":[1,]}"#, r#"{"jti" "a"}"#] {
            assert_eq!(find(text), Err(Code::BadJson), "{text}");
        }
        let deep = alloc::format!("{{\"jti\":\"a\",\"b\":{}{}}}", "[".repeat(300), "]".repeat(300));
        assert_eq!(names_in(deep.as_bytes()).err(), Some(Code::TooDeep));
        assert_eq!(names_in(br#"{"iss":"a"}"#).unwrap().issuer.as_deref(), Some("a"));
    }
}
