//! RFC 8785: the one text of a value.

use super::{Object, Value, plain::plain_run};
use crate::order::sort;
use alloc::{string::String, vec::Vec};
use core::{cmp::Ordering, fmt::Write as _};

/// The RFC 8785 text of `value`.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

/// Appends the RFC 8785 text of `value`.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            // Writing to a `String` never fails.
            let _ = write!(out, "{number}");
        }
        Value::Text(text) => write_text(text, out),
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(element, out);
            }
            out.push(']');
        }
        Value::Object(members) => write_object(members, out),
    }
}

fn write_object(object: &Object, out: &mut String) {
    let mut members: Vec<_> = object.members().iter().collect();
    sort(&mut members, |(a, _), (b, _)| utf16_order(a, b));
    out.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write_canonical(value, out);
    }
    out.push('}');
}

/// The order of the UTF-16 units, which the RFC wants. The bytes of UTF-8 differ from it only where a character beyond
/// U+FFFF, first byte 0xf0 to 0xf4, meets one from U+E000 on, 0xee or 0xef: there its surrogates come first.
fn utf16_order(a: &str, b: &str) -> Ordering {
    let place = |byte: u8| if matches!(byte, 0xee | 0xef) { byte | 0x10 } else { byte };
    a.bytes().map(place).cmp(b.bytes().map(place))
}

/// Appends a string, quoted.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        // What is special is ASCII, so both cuts are character boundaries.
        let (run, tail) = rest.split_at_checked(plain_run(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(run);
        let mut characters = tail.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\r') => out.push_str("\\r"),
            Some(control) => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => break,
        }
        rest = characters.as_str();
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn rewrite(text: &str) -> String {
        canonical(&parse(text.as_bytes(), 8).unwrap())
    }

    // Inputs and outputs in the manner of RFC 8785 section 3.2 and its published test data.

    #[test]
    fn members_are_sorted_by_utf_16_units() {
        assert_eq!(
            rewrite(
                r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
                "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
                "\u00f6":"Latin Small Letter O With Diaeresis"}"#
            ),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
        assert_eq!(
            rewrite(
                r#"{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}"#
            ),
            r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
        );
        assert_eq!(
            rewrite(r#"{"peach":1,"péché":2,"pêche":3,"sin":4}"#),
            r#"{"peach":1,"péché":2,"pêche":3,"sin":4}"#
        );
    }

    #[test]
    fn the_order_of_names_is_that_of_their_units() {
        let letters = [
            '\0', 'a', '\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{d7ff}', '\u{e000}', '\u{efff}',
            '\u{f000}',
        ];
        let letters = letters.into_iter().chain(['\u{ffff}', '\u{10000}', '\u{fffff}', '\u{10ffff}']);
        let names: Vec<String> =
            letters.clone().flat_map(|a| letters.clone().map(move |b| [a, b].iter().collect())).collect();
        for a in names.iter().map(String::as_str).chain(["", "a", "\u{e000}", "\u{10000}"]) {
            for b in &names {
                assert_eq!(utf16_order(a, b), a.encode_utf16().cmp(b.encode_utf16()), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn values_have_one_text() {
        assert_eq!(
            rewrite(
                r#"{"numbers":[333333333.3333333,1E30,4.50,2e-3,0.000000000000000000000000001],
                "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#
            ),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
        assert_eq!(rewrite(r#"[56,{"d":true,"10":null,"1":[]}]"#), r#"[56,{"1":[],"10":null,"d":true}]"#);
        assert_eq!(
            rewrite(r#"{"Unnormalized Unicode":"A\u030a"}"#),
            "{\"Unnormalized Unicode\":\"A\u{30a}\"}"
        );
    }

    #[test]
    fn only_what_must_be_escaped_is() {
        assert_eq!(
            rewrite(
                r#""\u0000\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u0020\u0022\u002f\u005c\u007f\u2028\u00e9""#
            ),
            "\"\\u0000\\u0007\\b\\t\\n\\u000b\\f\\r\\u001f \\\"/\\\\\u{7f}\u{2028}é\""
        );
    }
}
