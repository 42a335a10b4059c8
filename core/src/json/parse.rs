//! Strict JSON: RFC 8259 in UTF-8, each member name once, exact numbers, bounded depth.

use super::{Object, Value, number::Written, plain::plain_run};
use crate::Code;
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::marker::PhantomData;

/// The deepest nesting any limit may ask for. Reading, comparing and dropping recurse this far;
/// 256 frames fit the smallest stack we run on, a Wasm module's.
pub(crate) const DEEPEST: u32 = 256;

/// Reads one JSON value that is the whole of `text`, whitespace aside, and nests at most
/// `max_depth` arrays and objects ([`DEEPEST`] at most).
pub(crate) fn parse(text: &[u8], max_depth: u32) -> Result<Value, Code> {
    let mut reader = Reader::new(text, max_depth)?;
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// What a reader makes of what it reads. There is one grammar and there are two trees: [`Value`], in which nothing
/// doubtful exists, and the one tokens are read into, where what is wrong with a part is judged when the part counts.
pub(super) trait Tree<'a>: Sized {
    /// The name of a member.
    type Name;

    fn literal(word: Option<bool>) -> Self;
    fn number(written: Written<'a>) -> Result<Self, Code>;
    fn text(text: Cow<'a, str>) -> Self;
    fn array(elements: Vec<Self>) -> Self;
    fn name(text: Cow<'a, str>) -> Self::Name;
    /// Members as they stand. A name that stands twice is a fault: either an error here or one of `faults`.
    fn object(members: Vec<(Self::Name, Self)>, faults: &mut Option<Code>) -> Result<Self, Code>;
    /// What stands for half of a surrogate pair, if anything may.
    fn lone_surrogate(faults: &mut Option<Code>) -> Result<char, Code>;
}

impl Tree<'_> for Value {
    type Name = String;

    fn literal(word: Option<bool>) -> Self {
        word.map_or(Self::Null, Self::Bool)
    }

    fn number(written: Written<'_>) -> Result<Self, Code> {
        written.to_number().map(Self::Number)
    }

    fn text(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }

    fn array(elements: Vec<Self>) -> Self {
        Self::Array(elements)
    }

    fn name(text: Cow<'_, str>) -> String {
        text.into_owned()
    }

    fn object(members: Vec<(String, Self)>, _: &mut Option<Code>) -> Result<Self, Code> {
        Object::new(members).map(Self::Object)
    }

    fn lone_surrogate(_: &mut Option<Code>) -> Result<char, Code> {
        Err(Code::LoneSurrogate)
    }
}

pub(super) struct Reader<'a, T> {
    text: &'a str,
    /// What is not read yet: always a tail of `text`.
    rest: &'a [u8],
    /// How many arrays and objects may still be opened inside each other.
    room: u32,
    /// The first thing that is wrong and that the tree lets be.
    pub(super) faults: Option<Code>,
    tree: PhantomData<T>,
}

impl<'a, T: Tree<'a>> Reader<'a, T> {
    pub(super) fn new(text: &'a [u8], max_depth: u32) -> Result<Self, Code> {
        let text = core::str::from_utf8(text).map_err(|_| Code::BadJson)?;
        let room = max_depth.min(DEEPEST);
        Ok(Self { text, rest: text.as_bytes(), room, faults: None, tree: PhantomData })
    }

    /// Nothing but blanks is left.
    pub(super) fn end(&mut self) -> Result<(), Code> {
        self.skip_blanks();
        if self.rest.is_empty() { Ok(()) } else { Err(Code::BadJson) }
    }

    pub(super) fn value(&mut self) -> Result<T, Code> {
        self.skip_blanks();
        match self.rest.first() {
            Some(b'"') => Ok(T::text(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => {
                let (written, rest) = Written::read(self.rest)?;
                self.rest = rest;
                T::number(written)
            }
            Some(b't') => self.word(b"true", Some(true)),
            Some(b'f') => self.word(b"false", Some(false)),
            Some(b'n') => self.word(b"null", None),
            _ => Err(Code::BadJson),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<T, Code>) -> Result<T, Code> {
        let room = self.room;
        self.room = room.checked_sub(1).ok_or(Code::TooDeep)?;
        self.step();
        let value = read(self)?;
        self.room = room;
        Ok(value)
    }

    fn array(&mut self) -> Result<T, Code> {
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(T::array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.take(b']') {
                return Ok(T::array(elements));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self) -> Result<T, Code> {
        let mut members = Vec::new();
        let end = self.members(&mut members);
        // A repeated name comes before a fault in what follows it: which of two values counts must never matter.
        let object = T::object(members, &mut self.faults)?;
        end.map(|()| object)
    }

    fn members(&mut self, members: &mut Vec<(T::Name, T)>) -> Result<(), Code> {
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            let name = T::name(self.string()?);
            self.expect(b':')?;
            // The name counts from here on, whatever becomes of its value.
            members.push((name, T::literal(None)));
            let value = self.value()?;
            if let Some((_, place)) = members.last_mut() {
                *place = value;
            }
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Code> {
        if self.rest.first() != Some(&b'"') {
            return Err(Code::BadJson);
        }
        self.step();
        let first = self.run();
        if self.rest.first() == Some(&b'"') {
            self.step();
            return Ok(first.into());
        }
        let mut out = String::from(first);
        loop {
            match self.rest.first() {
                Some(b'"') => {
                    self.step();
                    return Ok(out.into());
                }
                Some(b'\\') => {
                    self.step();
                    out.push(self.escape()?);
                }
                // A control character, or the end.
                _ => return Err(Code::BadJson),
            }
            out.push_str(self.run());
        }
    }

    /// Takes the characters up to the next quote, backslash or control character.
    fn run(&mut self) -> &'a str {
        let length = plain_run(self.rest);
        let start = self.text.len().saturating_sub(self.rest.len());
        // Both ends stand beside ASCII, so they are character boundaries.
        let run = self.text.get(start..start.saturating_add(length)).unwrap_or_default();
        self.rest = self.rest.get(length..).unwrap_or_default();
        run
    }

    fn escape(&mut self) -> Result<char, Code> {
        let byte = self.step().ok_or(Code::BadJson)?;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Code::BadJson),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Code> {
        let unit = self.unit()?;
        if let Some(character) = char::from_u32(unit.into()) {
            return Ok(character);
        }
        // A surrogate: only a high one followed at once by an escaped low one is a character.
        match self.rest.strip_prefix(b"\\u") {
            Some(rest) if unit < 0xdc00 => self.rest = rest,
            _ => return T::lone_surrogate(&mut self.faults),
        }
        let low = self.unit()?;
        match char::decode_utf16([unit, low]).next() {
            Some(Ok(character)) => Ok(character),
            _ => T::lone_surrogate(&mut self.faults),
        }
    }

    fn unit(&mut self) -> Result<u16, Code> {
        let mut unit: u16 = 0;
        for _ in 0..4 {
            let digit = self.step().and_then(|byte| char::from(byte).to_digit(16)).ok_or(Code::BadJson)?;
            let digit = u16::try_from(digit).map_err(|_| Code::BadJson)?;
            unit = unit.wrapping_shl(4) | digit;
        }
        Ok(unit)
    }

    fn word(&mut self, word: &[u8], value: Option<bool>) -> Result<T, Code> {
        self.rest = self.rest.strip_prefix(word).ok_or(Code::BadJson)?;
        Ok(T::literal(value))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Code> {
        if self.take(byte) { Ok(()) } else { Err(Code::BadJson) }
    }

    /// Takes `byte` if it is the next after blanks.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let there = self.rest.first() == Some(&byte);
        if there {
            self.step();
        }
        there
    }

    fn step(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn skip_blanks(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString, vec};

    fn read(text: &str) -> Result<Value, Code> {
        parse(text.as_bytes(), 8)
    }

    #[test]
    fn reads_every_kind() {
        let value =
            read(" { \"a\" : [ 1 , -2.5e1 , \"x\\n\" , true , false , null , {} , [] ] }\r\n\t").unwrap();
        assert_eq!(value.to_json(), r#"{"a":[1,-25,"x\n",true,false,null,{},[]]}"#);
        for (text, json) in [("0", "0"), ("\"\"", "\"\""), ("null", "null"), ("[[],[[]]]", "[[],[[]]]")] {
            assert_eq!(read(text).unwrap().to_json(), json);
        }
    }

    #[test]
    fn duplicates_are_seen_through_escapes_and_at_any_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"[{"x":{"":1,"":2}}]"#,
            r#"{"\ud83d\ude00":1,"😀":2}"#,
            r#"{"/":1,"\/":2}"#,
        ] {
            assert_eq!(read(text), Err(Code::DuplicateMember), "{text}");
        }
        assert!(read(r#"{"a":{"a":1},"A":[{"a":1}]}"#).is_ok());
        // The second name alone decides, before its value is looked at.
        assert_eq!(read(r#"{"a":1,"a":1e999}"#), Err(Code::DuplicateMember));
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert_eq!(read(r#""\ud83d\ude00\uD83D\uDE00""#).unwrap(), Value::from("😀😀"));
        for text in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ude00\ud83d""#,
            r#""\ud83dx""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83d\u0061""#,
            r#"{"\udead":1}"#,
        ] {
            assert_eq!(read(text), Err(Code::LoneSurrogate), "{text}");
        }
        assert_eq!(read(r#""\ud83d\u00""#), Err(Code::BadJson));
    }

    #[test]
    fn depth_is_bounded() {
        assert!(read(&format!("{}{}", "[".repeat(8), "]".repeat(8))).is_ok());
        assert_eq!(read(&"[".repeat(9)), Err(Code::TooDeep));
        assert_eq!(read(&r#"{"a":"#.repeat(9)), Err(Code::TooDeep));
        assert_eq!(read("[[],[],[],[],[],[],[],[],[],[[[[[[[]]]]]]]]").unwrap().depth(), 8);
        assert_eq!(parse(b"1", 0), Ok(Value::Number(super::super::Number::from_integer(1).unwrap())));
        assert_eq!(parse(b"[]", 0), Err(Code::TooDeep));
        assert_eq!(parse("[".repeat(1_000_000).as_bytes(), u32::MAX), Err(Code::TooDeep));
    }

    #[test]
    fn only_strict_json() {
        for text in [
            "",
            " ",
            "{",
            "[",
            "\"",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "[1",
            "[1,",
            "[1,]",
            "{\"a\":1,}",
            "[,1]",
            "{,}",
            "{a:1}",
            "{'a':1}",
            "{1:1}",
            "[1 2]",
            "{\"a\" 1}",
            "1 2",
            "{}{}",
            "nul",
            "nulll",
            "True",
            "truefalse",
            "NaN",
            "Infinity",
            "01",
            "1.",
            "+1",
            "\u{feff}1",
            "// c\n1",
            "\"\\x41\"",
            "\"\\u00g0\"",
            "\"\\u+123\"",
            "\"\\",
            "\"\\u12",
            "\"a\nb\"",
            "\"\u{0}\"",
            "\"\t\"",
            "[1]]",
            "}",
            ",",
            "\u{a0}1",
            "\u{c}1",
        ] {
            assert_eq!(read(text), Err(Code::BadJson), "{text}");
        }
        for bytes in [&b"\"\xff\""[..], b"\"\xc0\x80\"", b"\"\xed\xa0\x80\"", b"\xef\xbb\xbf1", b"\xff\xfe"] {
            assert_eq!(parse(bytes, 8), Err(Code::BadJson));
        }
        assert_eq!(read("\"\u{7f}\u{2028}\""), Ok(Value::from("\u{7f}\u{2028}")));
    }

    #[test]
    fn inexact_numbers_are_refused_anywhere() {
        for text in ["9007199254740993", "[1e400]", r#"{"a":{"b":[0,1.00000000000000001]}}"#] {
            assert_eq!(read(text), Err(Code::InexactNumber), "{text}");
        }
    }

    #[test]
    fn every_prefix_is_refused() {
        let text = r#"{"a":[1.5e3,"x\u00e9\ud83d\ude00é"],"b":{"c":null,"d":true}}"#;
        assert!(read(text).is_ok());
        for end in 0..text.len() {
            assert!(parse(&text.as_bytes()[..end], 8).is_err(), "{end}");
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_what_is_read_is_stable() {
        let alphabet = b"{}[]\",:\\ud8e-+.0123456789trufalsn \xc3\xa9\x00\xff";
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap()
        };
        for _ in 0..30_000 {
            let bytes: Vec<u8> = (0..next() % 24).map(|_| alphabet[next() % alphabet.len()]).collect();
            if let Ok(value) = parse(&bytes, 4) {
                assert_eq!(parse(value.to_json().as_bytes(), 4), Ok(value));
            }
        }
        // One byte of a valid text replaced by any other.
        let text = r#"{"a":[1.5e3,"x\u00e9"],"b":null}"#.to_string().into_bytes();
        for at in 0..text.len() {
            for byte in 0..=255 {
                let mut bytes = text.clone();
                bytes[at] = byte;
                let _ = parse(&bytes, 4);
            }
        }
        assert_eq!(parse(&vec![b' '; 1000], 4), Err(Code::BadJson));
    }
}
