//! The members of a record or a header, written and read (RFC 8785 in `keybound::json`).
//!
//! Reading is lenient, member by member: what cannot be read counts as absent. The reader of a whole writes again what it read
//! and compares, so that nothing unknown, misplaced or written otherwise survives.

use crate::hex;
use keybound::{
    TokenId,
    json::{Number, Object, Value},
};

/// Members on their way into an object; what is absent is left out.
#[derive(Default)]
pub(super) struct Writer(Vec<(String, Value)>);

impl Writer {
    pub(super) fn text(&mut self, name: &str, text: Option<&str>) {
        self.value(name, text.map(Value::from));
    }

    /// An integer; one beyond 2^53-1 has no exact form in JSON and is left out, so that the record fails to read back.
    pub(super) fn integer(&mut self, name: &str, integer: Option<u64>) {
        let number = integer.and_then(|integer| Number::from_integer(i64::try_from(integer).ok()?).ok());
        self.value(name, number.map(Value::from));
    }

    /// A list of texts; an empty one is left out.
    pub(super) fn list<T>(&mut self, name: &str, items: &[T], text: impl Fn(&T) -> String) {
        let values: Vec<Value> = items.iter().map(|item| Value::from(text(item))).collect();
        self.value(name, (!values.is_empty()).then(|| Value::from(values)));
    }

    /// The RFC 8785 text; `None` when a name occurs twice.
    pub(super) fn into_json(self) -> Option<String> {
        Some(Value::Object(Object::new(self.0).ok()?).to_json())
    }

    fn value(&mut self, name: &str, value: Option<Value>) {
        self.0.extend(value.map(|value| (name.to_owned(), value)));
    }
}

/// The members of an object.
pub(super) struct Reader(Object);

impl Reader {
    /// Reads strict JSON that is an object.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        match Value::from_json(json) {
            Ok(Value::Object(object)) => Some(Self(object)),
            _ => None,
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(text)
    }

    pub(super) fn integer(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_integer().and_then(|integer| u64::try_from(integer).ok()),
            _ => None,
        }
    }

    /// The items that can be read; the others are missing from what is written again.
    pub(super) fn list<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(|item| read(text(item)?)).collect(),
            _ => Vec::new(),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

/// The token id that `text` spells in lower-case hexadecimal.
pub(super) fn token(text: &str) -> Option<TokenId> {
    hex::array(text).map(TokenId::from_bytes)
}
