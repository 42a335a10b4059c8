//! The tools map in CBOR against its JSON form.

use super::super::to_bytes;
use super::*;
use alloc::{
    format,
    string::{String, ToString},
};

fn read(hex: &str) -> Result<Authority, Refusal> {
    let bytes = hex::decode(hex.replace(' ', "")).unwrap();
    decode(&Item::whole(&bytes, 64).unwrap(), &Limits::default())
}

/// Argument `a` of tool `t` with this rule.
fn rule(hex: &str) -> Result<Authority, Refusal> {
    read(&format!("a1 6174 a1 6161 {hex}"))
}

#[track_caller]
fn same(rule_hex: &str, rule_json: &str) {
    let expected = Authority::from_json(&format!(r#"{{"t":{{"a":{rule_json}}}}}"#)).unwrap();
    assert_eq!(rule(rule_hex).unwrap(), expected, "{rule_json}");
    let bytes = to_bytes(&encode(&expected)).unwrap();
    assert_eq!(hex::encode(bytes), format!("a16174a16161{}", rule_hex.replace(' ', "")), "{rule_json}");
}

#[test]
fn every_type_in_both_encodings() {
    for (hex, json) in [
        ("82 00 01", r#"{"constraint_type":"exact","value":1.0}"#),
        ("82 00 f6", r#"{"constraint_type":"exact","value":null}"#),
        ("82 00 6178", r#"{"constraint_type":"exact","value":"x"}"#),
        ("82 00 f93e00", r#"{"constraint_type":"exact","value":1.5}"#),
        ("82 00 fa5a000000", r#"{"constraint_type":"exact","value":9007199254740992}"#),
        ("82 00 3b001ffffffffffffe", r#"{"constraint_type":"exact","value":-9007199254740991}"#),
        ("83 01 f6 f6", r#"{"constraint_type":"range"}"#),
        ("83 01 00 8118 64", r#"{"constraint_type":"range","min":0,"max":100,"max_inclusive":false}"#),
        ("83 01 8120 f6", r#"{"constraint_type":"range","min":-1,"min_inclusive":false}"#),
        ("84 02 0a 6162 626161", r#"{"constraint_type":"one_of","values":["aa","b",10]}"#),
        ("81 03", r#"{"constraint_type":"not_one_of","excluded":[]}"#),
        ("83 03 f4 f6", r#"{"constraint_type":"not_one_of","excluded":[null,false]}"#),
        ("81 04", r#"{"constraint_type":"contains","required":[]}"#),
        ("82 04 820201", r#"{"constraint_type":"contains","required":[[2,1]]}"#),
        ("81 05", r#"{"constraint_type":"subset","allowed":[]}"#),
        ("82 05 a2 6162 01 626161 02", r#"{"constraint_type":"subset","allowed":[{"aa":2,"b":1}]}"#),
        ("81 06", r#"{"constraint_type":"wildcard"}"#),
        ("82 09 81 06", r#"{"constraint_type":"wildcard","optional":true}"#),
        (
            "83 07 82 08 81 06 83 01 01 f6",
            r#"{"constraint_type":"all","constraints":[
                {"constraint_type":"any","constraints":[{"constraint_type":"wildcard"}]},
                {"constraint_type":"range","min":1}]}"#,
        ),
    ] {
        same(hex, json);
    }
}

#[test]
fn one_form_per_meaning_of_maps() {
    for (hex, json) in [
        ("a0", "{}"),
        ("a1 6174 a0", r#"{"t":{"*":{"constraint_type":"wildcard"}}}"#),
        (
            "a1 6174 a2 612a 8106 6161 8106",
            r#"{"t":{"a":{"constraint_type":"wildcard"},"*":{"constraint_type":"wildcard"}}}"#,
        ),
        (
            "a2 6162 a2 60 8106 626161 8106 626161 a0",
            r#"{"aa":{},"b":{"":{"constraint_type":"wildcard"},"aa":{"constraint_type":"wildcard"}}}"#,
        ),
    ] {
        let authority = Authority::from_json(json).unwrap();
        assert_eq!(read(hex).unwrap(), authority, "{json}");
        assert_eq!(hex::encode(to_bytes(&encode(&authority)).unwrap()), hex.replace(' ', ""));
    }
    for star in ["8106", "820906", "82098106", "8107", "820600", "f6", "06", "80", "820001"] {
        let alone = read(&format!("a1 6174 a1 612a {star}")).unwrap_err();
        assert_eq!((alone.code(), alone.argument()), (Code::BadStar, Some("*")), "{star}");
        let beside = read(&format!("a1 6174 a2 612a {star} 6161 8106")).map_err(|refusal| refusal.code());
        assert_eq!(beside.is_ok(), star == "8106", "{star}");
        assert!(beside.is_ok() || beside == Err(Code::BadStar), "{star}");
    }
}

#[test]
fn sets_are_sorted_and_unique() {
    for kind in 2..=5 {
        for (members, code) in [
            ("83{k} 01 02", None),
            ("83{k} 18ff 20", None),
            ("83{k} 6162 626161", None),
            ("83{k} 02 01", Some(Code::NotSorted)),
            ("83{k} 626161 6162", Some(Code::NotSorted)),
            ("83{k} 01 01", Some(Code::DuplicateKey)),
            ("83{k} a0 a0", Some(Code::DuplicateKey)),
            ("84{k} 01 02 01", Some(Code::NotSorted)),
            ("83{k} f4 80", Some(Code::NotSorted)),
        ] {
            let hex = members.replace("{k}", &format!("{kind:02x}"));
            assert_eq!(rule(&hex).err().map(|refusal| refusal.code()), code, "{hex}");
        }
    }
}

#[test]
fn malformed_is_refused() {
    for (hex, code) in [
        // Not a constraint.
        ("06", Code::BadConstraint),
        ("f6", Code::BadConstraint),
        ("80", Code::BadConstraint),
        ("81f6", Code::BadConstraint),
        ("816106", Code::BadConstraint),
        ("a0", Code::BadConstraint),
        ("818106", Code::BadConstraint),
        // Types that are not known.
        ("810a", Code::UnknownConstraint),
        ("8120", Code::UnknownConstraint),
        ("811901 00", Code::UnknownConstraint),
        ("82 07 810a", Code::UnknownConstraint),
        // Arity.
        ("8100", Code::BadConstraint),
        ("83000102", Code::BadConstraint),
        ("8101", Code::BadConstraint),
        ("8201f6", Code::BadConstraint),
        ("8401f6f6f6", Code::BadConstraint),
        ("8102", Code::BadConstraint),
        ("820600", Code::BadConstraint),
        ("8107", Code::BadConstraint),
        ("8108", Code::BadConstraint),
        ("82078107", Code::BadConstraint),
        // exact
        ("82 00 80", Code::BadConstraint),
        ("82 00 a0", Code::BadConstraint),
        ("82 00 4100", Code::UnexpectedItem),
        // range
        ("83 01 02 01", Code::BadConstraint),
        ("83 01 6131 f6", Code::BadConstraint),
        ("83 01 f5 f6", Code::BadConstraint),
        ("83 01 80 f6", Code::BadConstraint),
        ("83 01 820102 f6", Code::BadConstraint),
        ("83 01 81f6 f6", Code::BadConstraint),
        ("83 01 f6 818101", Code::BadConstraint),
        // optional elsewhere than on the argument, or twice
        ("8109", Code::BadConstraint),
        ("83 09 8106 8106", Code::BadConstraint),
        ("82 09 82 09 8106", Code::BadConstraint),
        ("82 07 82 09 8106", Code::BadConstraint),
        ("82 09 06", Code::BadConstraint),
        // values
        ("82 02 4161", Code::UnexpectedItem),
        ("82 02 a1 01 02", Code::UnexpectedItem),
    ] {
        let refusal = rule(hex).expect_err(hex);
        assert_eq!(refusal.code(), code, "{hex}");
        assert_eq!((refusal.tool(), refusal.argument()), (Some("t"), Some("a")), "{hex}");
    }
    for hex in ["80", "01", "f6", "a1 01 a0", "a1 6174 80", "a1 6174 f6", "a1 6174 a1 01 8106", "a1 60 a0"] {
        assert_eq!(read(hex).unwrap_err().code(), Code::BadAuthority, "{hex}");
    }
}

/// The writer makes the one form of a number, the reader takes no other.
#[test]
fn numbers_have_one_form() {
    let try_value = |value| {
        let rule = Cbor::Array(vec![Cbor::from(EXACT), value]);
        let map = Cbor::Map(vec![(Cbor::from("a"), rule)]);
        let bytes = to_bytes(&Cbor::Map(vec![(Cbor::from("t"), map)])).unwrap();
        let item = Item::whole(&bytes, 64)?;
        decode(&item, &Limits::default()).map_err(|refusal| refusal.code())
    };
    for float in [0.0, -0.0, 1.0, -5.0, 9007199254740991.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(try_value(Cbor::Float(float)), Err(Code::BadNumber), "{float}");
    }
    for float in [0.5, -1e300, 9007199254740992.0, 5e-324] {
        assert!(try_value(Cbor::Float(float)).is_ok(), "{float}");
    }
    for integer in [9007199254740992_i64, -9007199254740992, i64::MAX, i64::MIN] {
        assert_eq!(try_value(Cbor::from(integer)), Err(Code::BadNumber), "{integer}");
    }
    assert_eq!(try_value(Cbor::from(u64::MAX)), Err(Code::BadNumber));
    assert_eq!(try_value(Cbor::Tag(1, Cbor::Null.into())), Err(Code::UnexpectedItem));
}

#[test]
fn limits_are_those_of_the_json_form() {
    let limits = Limits {
        tools: 1,
        arguments: 1,
        constraint_depth: 2,
        constraint_clauses: 3,
        value_depth: 1,
        name_bytes: 2,
        ..Limits::default()
    };
    let read = |hex: &str| {
        let bytes = hex::decode(hex.replace(' ', "")).unwrap();
        decode(&Item::whole(&bytes, 64).unwrap(), &limits).err().map(|refusal| refusal.code())
    };
    for (hex, code) in [
        ("a1 626161 a0", None),
        ("a1 63616161 a0", Some(Code::TooLarge)),
        ("a2 6161 a0 6162 a0", Some(Code::TooManyTools)),
        ("a1 6174 a2 612a 8106 6161 8106", None),
        ("a1 6174 a2 6161 8106 6162 8106", Some(Code::TooManyArguments)),
        ("a1 6174 a1 63616161 8106", Some(Code::TooLarge)),
        ("a1 6174 a1 6161 83 07 8106 8106", None),
        ("a1 6174 a1 6161 84 07 8106 8106 8106", Some(Code::ConstraintTooComplex)),
        ("a1 6174 a1 6161 82 07 82 07 8106", Some(Code::ConstraintTooComplex)),
        ("a1 6174 a1 6161 82 02 8101", None),
        ("a1 6174 a1 6161 82 02 818101", Some(Code::TooDeep)),
    ] {
        assert_eq!(read(hex), code, "{hex}");
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn number(&mut self) -> String {
        match self.roll(6) {
            0 => self.roll(30).to_string(),
            1 => format!("-{}", self.roll(100_000)),
            2 => format!("{}.5", self.roll(1000)),
            3 => format!("{}e{}", self.roll(1000), self.roll(40)),
            4 => [
                "9007199254740991",
                "9007199254740992",
                "5e-324",
                "0.1",
                "1.7976931348623157e308",
                "0.00006103515625",
                "65504",
                "0.000000059604644775390625",
            ][self.roll(8)]
            .to_string(),
            _ => format!("0.{}1", self.roll(100_000)),
        }
    }

    fn value(&mut self, room: usize) -> String {
        match self.roll(if room == 0 { 4 } else { 6 }) {
            0 => ["null", "true", "false"][self.roll(3)].to_string(),
            1 => self.number(),
            2 => format!("\"{}\"", ["", "a", "b", "aa", "é", "😀", "\u{fb33}"][self.roll(7)]),
            3 => format!("\"{}\"", "x".repeat(self.roll(300))),
            4 => format!("[{}]", self.values(room - 1, 0)),
            _ => {
                let names = ["a", "b", "aa", "é", "\u{fb33}", "😀"];
                let members: Vec<_> =
                    names.iter().filter(|_| self.roll(2) == 0).map(|n| format!("\"{n}\":")).collect();
                let members: Vec<_> = members.into_iter().map(|n| n + &self.value(room - 1)).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    fn values(&mut self, room: usize, least: usize) -> String {
        let count = least + self.roll(5);
        (0..count).map(|_| self.value(room)).collect::<Vec<_>>().join(",")
    }

    fn constraint(&mut self, room: usize, optional: &str) -> String {
        let (name, members) = match self.roll(if room == 0 { 7 } else { 9 }) {
            0 => ("exact", format!(r#","value":{}"#, self.value(0))),
            1 => ("range", format!(r#","min":{},"min_inclusive":{}"#, self.number(), self.roll(2) == 0)),
            2 => ("one_of", format!(r#","values":[{}]"#, self.values(3, 1))),
            3 => ("not_one_of", format!(r#","excluded":[{}]"#, self.values(3, 0))),
            4 => ("contains", format!(r#","required":[{}]"#, self.values(3, 0))),
            5 => ("subset", format!(r#","allowed":[{}]"#, self.values(3, 0))),
            6 => ("wildcard", String::new()),
            composite => {
                let count = 1 + self.roll(3);
                let clauses: Vec<_> = (0..count).map(|_| self.constraint(room - 1, "")).collect();
                let name = if composite == 7 { "all" } else { "any" };
                (name, format!(r#","constraints":[{}]"#, clauses.join(",")))
            }
        };
        format!(r#"{{"constraint_type":"{name}"{members}{optional}}}"#)
    }

    fn authority(&mut self) -> String {
        let mut tools = Vec::new();
        for tool in ["t", "tt", "é", "a-longer-name-that-needs-two-bytes"] {
            let mut arguments = Vec::new();
            for argument in ["", "b", "aa", "😀"] {
                if self.roll(2) == 0 {
                    let optional = ["", r#","optional":true"#][self.roll(2)];
                    arguments.push(format!(r#""{argument}":{}"#, self.constraint(3, optional)));
                }
            }
            if self.roll(3) == 0 {
                arguments.push(r#""*":{"constraint_type":"wildcard"}"#.to_string());
            }
            if self.roll(4) != 0 {
                tools.push(format!(r#""{tool}":{{{}}}"#, arguments.join(",")));
            }
        }
        format!("{{{}}}", tools.join(","))
    }
}

#[test]
fn values_are_in_the_order_of_their_encodings() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let encode = |value: &Value| to_bytes(&json(value)).unwrap();
    let mut near: Vec<(Value, Vec<u8>)> = Vec::new();
    for _ in 0..20_000 {
        let Ok(value) = Value::from_json(dice.value(3).as_bytes()) else { continue };
        let bytes = encode(&value);
        for (other, other_bytes) in &near {
            assert_eq!(value.cmp(other), bytes.cmp(other_bytes), "{value:?} {other:?}");
            assert_eq!(value == *other, bytes == *other_bytes);
        }
        near.truncate(60);
        near.insert(dice.roll(near.len() + 1), (value, bytes));
    }
    let mut values: Vec<_> =
        (0..3000).filter_map(|_| Value::from_json(dice.value(2).as_bytes()).ok()).collect();
    values.sort();
    assert!(values.is_sorted_by_key(encode) && values.len() > 2000);
}

#[test]
fn numbers_are_in_the_order_of_their_encodings() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut numbers = Vec::new();
    while numbers.len() < 3000 {
        // Of every width: the low bits of the fraction are often zero.
        let mask = [u64::MAX, u64::MAX << 29, u64::MAX << 42, u64::MAX << 47][dice.roll(4)];
        dice.roll(2);
        let wild = f64::from_bits(dice.0 & mask);
        let near = f64::from_bits(
            (dice.0 & mask & (u64::MAX >> 12) & !(1 << 62)) | (1023 - 30 + (dice.0 % 60)) << 52,
        );
        let signed = if dice.roll(2) == 0 { near } else { -near };
        numbers.extend(
            [wild, signed, signed.trunc()].iter().filter_map(|number| Number::from_f64(*number).ok()),
        );
    }
    let mut values: Vec<_> = numbers.into_iter().map(Value::Number).collect();
    values.sort();
    let bytes: Vec<_> = values.iter().map(|value| to_bytes(&json(value)).unwrap()).collect();
    assert!(bytes.is_sorted());
    for width in [0xf9, 0xfa, 0xfb] {
        assert!(bytes.iter().filter(|bytes| bytes[0] == width).count() > 100, "{width:x}");
    }
}

#[test]
fn what_is_encoded_is_decoded_and_what_is_decoded_has_those_bytes() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut whole, mut mutants) = (0, 0);
    for _ in 0..3000 {
        let text = dice.authority();
        let authority = match Authority::from_json(&text) {
            Ok(authority) => authority,
            // The dice may write a range or number that does not exist.
            Err(refusal) => {
                assert!(
                    matches!(refusal.code(), Code::InexactNumber | Code::ConstraintTooComplex),
                    "{refusal}: {text}"
                );
                continue;
            }
        };
        let bytes = to_bytes(&encode(&authority)).unwrap();
        // Through the scanner: what we write is deterministic.
        let cbor = Item::whole(&bytes, 64).unwrap_or_else(|code| panic!("{code:?} {}", hex::encode(&bytes)));
        assert_eq!(decode(&cbor, &Limits::default()).unwrap(), authority, "{text}");
        assert_eq!(Authority::from_json(&authority.to_json()).unwrap(), authority);
        whole += 1;

        // Any other item in place of one byte: refused, or read as what has exactly these bytes.
        let mut changed = bytes.clone();
        let at = dice.roll(changed.len());
        changed[at] = u8::try_from(dice.roll(256)).unwrap();
        if let Ok(cbor) = Item::whole(&changed, 64)
            && let Ok(other) = decode(&cbor, &Limits::default())
        {
            assert_eq!(to_bytes(&encode(&other)).unwrap(), changed);
            mutants += 1;
        }
    }
    assert!(whole > 2500 && mutants > 100, "{whole} {mutants}");
}
