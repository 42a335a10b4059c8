//! Well-formedness and `check` of each type, and every cell of the table of pairs.

mod table;

use super::*;
use crate::json::parse;
use alloc::{format, string::String};

fn value(text: &str) -> Value {
    parse(text.as_bytes(), 40).unwrap()
}

fn read(text: &str) -> Result<Constraint, Refusal> {
    Constraint::from_value(&value(text), &mut Budget::new(&Limits::default()))
}

/// `range min=1` → `{"constraint_type":"range","min":1}`
fn json(short: &str) -> String {
    let (name, members) = short.split_once(' ').unwrap_or((short, ""));
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"constraint_type":"{name}"{comma}{members}}}"#)
}

fn constraint(short: &str) -> Constraint {
    read(&json(short)).unwrap_or_else(|refusal| panic!("{short}: {refusal}"))
}

fn composite(name: &str, clauses: &[&str]) -> Constraint {
    read(&composite_json(name, clauses)).unwrap()
}

fn composite_json(name: &str, clauses: &[&str]) -> String {
    let clauses: Vec<_> = clauses.iter().map(|clause| json(clause)).collect();
    format!(r#"{{"constraint_type":"{name}","constraints":[{}]}}"#, clauses.join(","))
}

#[track_caller]
fn accepts(short: &str, accepted: &[&str], refused: &[&str]) {
    let constraint = constraint(short);
    for text in accepted {
        assert!(constraint.accepts(&value(text)), "{short} must accept {text}");
    }
    for text in refused {
        assert!(!constraint.accepts(&value(text)), "{short} must refuse {text}");
    }
}

/// Values of every type, with the pairs that are easily confused.
const VALUES: [&str; 15] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "1.5",
    r#""1""#,
    r#""true""#,
    r#""null""#,
    r#""""#,
    "[]",
    "[1]",
    "{}",
    r#"{"a":1}"#,
    "[null]",
];

#[test]
fn exact_takes_one_scalar() {
    for one in VALUES.iter().take(10) {
        let others: Vec<_> = VALUES.into_iter().filter(|other| other != one).collect();
        accepts(&format!(r#"exact "value":{one}"#), &[one], &others);
    }
    accepts(r#"exact "value":1"#, &["1", "1.0", "10e-1"], &[r#""1""#, "true", "[1]"]);
    accepts(r#"exact "value":0"#, &["-0", "0.0"], &["false", "null", r#""""#]);
    accepts("exact \"value\":\"\u{e9}\"", &["\"\\u00e9\""], &["\"e\\u0301\""]);
}

#[test]
fn range_takes_numbers_only() {
    accepts("range", &["0", "-1e300", "1e300"], &["null", "true", r#""1""#, "[1]", "{}", r#""""#]);
    accepts(r#"range "min":1"#, &["1", "1.0", "2"], &["0.999", "-5", r#""2""#, "true"]);
    accepts(r#"range "max":1"#, &["1", "0", "-1e300"], &["1.001", "2", "false", "null"]);
    accepts(r#"range "min":1,"min_inclusive":false"#, &["1.0000001", "2"], &["1", "0"]);
    accepts(r#"range "max":1,"max_inclusive":false"#, &["0.9999999", "0"], &["1", "1.0", "2"]);
    accepts(r#"range "min":1,"max":1"#, &["1"], &["0", "2"]);
    accepts(r#"range "min":1,"max":1,"max_inclusive":false"#, &[], &["0", "1", "2"]);
    accepts(r#"range "min":0,"max":0.1"#, &["-0", "0.1"], &["0.2", "-0.1"]);
}

#[test]
fn one_of_and_not_one_of_are_complements() {
    let members = r#"[1,"a",null,[1,2],{"a":1,"b":2}]"#;
    let inside = ["1", "1.0", r#""a""#, "null", "[1,2]", r#"{"b":2,"a":1}"#];
    let outside = [r#""1""#, "true", "0", "[2,1]", "[1]", r#"{"a":1}"#, "[]", "{}", r#""null""#];
    accepts(&format!(r#"one_of "values":{members}"#), &inside, &outside);
    accepts(&format!(r#"not_one_of "excluded":{members}"#), &outside, &inside);
    accepts(r#"not_one_of "excluded":[]"#, &VALUES, &[]);
}

#[test]
fn contains_and_subset_take_arrays_as_sets() {
    accepts(
        r#"contains "required":[1,"a"]"#,
        &[r#"[1,"a"]"#, r#"["a",2,1,1]"#],
        &["[1]", r#"["a"]"#, "[]", "1", r#""a""#, r#"{"1":"a"}"#, r#"[[1,"a"]]"#, r#"["1","a"]"#],
    );
    accepts(r#"contains "required":[]"#, &["[]", "[1]", "[null]"], &["null", "{}", r#""""#, "1"]);
    accepts(r#"contains "required":[[]]"#, &["[[]]"], &["[]", "[[[]]]"]);
    accepts(
        r#"subset "allowed":[1,"a",[2]]"#,
        &["[]", "[1]", r#"["a",1,1,"a"]"#, "[[2]]"],
        &["[2]", r#"[1,"b"]"#, "1", r#""a""#, "{}", "null", r#"["1"]"#, "[true]"],
    );
    accepts(r#"subset "allowed":[]"#, &["[]"], &["[1]", "[null]", "[[]]", "null", "{}"]);
}

#[test]
fn wildcard_takes_everything() {
    accepts("wildcard", &VALUES, &[]);
}

#[test]
fn composites_combine() {
    let between = composite("all", &[r#"range "min":1"#, r#"range "max":3"#, r#"not_one_of "excluded":[2]"#]);
    for (text, accepted) in [("1", true), ("3", true), ("2", false), ("0", false), (r#""1""#, false)] {
        assert_eq!(between.accepts(&value(text)), accepted, "{text}");
    }
    let either = composite("any", &[r#"exact "value":"a""#, r#"range "min":5"#]);
    for (text, accepted) in [(r#""a""#, true), ("5", true), ("4", false), ("null", false)] {
        assert_eq!(either.accepts(&value(text)), accepted, "{text}");
    }
}

#[test]
fn malformed_is_refused() {
    for (text, part) in [
        // Shape.
        ("1", None),
        ("null", None),
        ("[]", None),
        ("{}", Some("constraint_type")),
        (r#"{"value":1}"#, Some("constraint_type")),
        (r#"{"constraint_type":6}"#, Some("constraint_type")),
        (r#"{"constraint_type":null}"#, Some("constraint_type")),
        (r#"{"type":"wildcard"}"#, Some("constraint_type")),
        // exact
        (r#"{"constraint_type":"exact"}"#, Some("value")),
        (r#"{"constraint_type":"exact","value":[]}"#, Some("value")),
        (r#"{"constraint_type":"exact","value":{}}"#, Some("value")),
        (r#"{"constraint_type":"exact","values":[1]}"#, Some("an unknown member")),
        (r#"{"constraint_type":"exact","value":1,"vaule":2}"#, Some("an unknown member")),
        // range
        (r#"{"constraint_type":"range","min":"1"}"#, Some("min")),
        (r#"{"constraint_type":"range","min":null}"#, Some("min")),
        (r#"{"constraint_type":"range","max":true}"#, Some("max")),
        (r#"{"constraint_type":"range","max":[1]}"#, Some("max")),
        (r#"{"constraint_type":"range","min":2,"max":1}"#, Some("min")),
        (r#"{"constraint_type":"range","minn":1}"#, Some("an unknown member")),
        (r#"{"constraint_type":"range","minimum":1}"#, Some("an unknown member")),
        (r#"{"constraint_type":"range","min_inclusive":true}"#, Some("min_inclusive")),
        (r#"{"constraint_type":"range","max":1,"min_inclusive":false}"#, Some("min_inclusive")),
        (r#"{"constraint_type":"range","min":1,"max_inclusive":true}"#, Some("max_inclusive")),
        (r#"{"constraint_type":"range","min":1,"min_inclusive":0}"#, Some("min_inclusive")),
        (r#"{"constraint_type":"range","min":1,"min_inclusive":"false"}"#, Some("min_inclusive")),
        (r#"{"constraint_type":"range","max":1,"max_inclusive":null}"#, Some("max_inclusive")),
        // sets
        (r#"{"constraint_type":"one_of"}"#, Some("values")),
        (r#"{"constraint_type":"one_of","values":[]}"#, Some("values")),
        (r#"{"constraint_type":"one_of","values":"a"}"#, Some("values")),
        (r#"{"constraint_type":"one_of","values":{"0":1}}"#, Some("values")),
        (r#"{"constraint_type":"one_of","value":[1]}"#, Some("an unknown member")),
        (r#"{"constraint_type":"not_one_of"}"#, Some("excluded")),
        (r#"{"constraint_type":"not_one_of","excluded":null}"#, Some("excluded")),
        (r#"{"constraint_type":"not_one_of","values":[1]}"#, Some("an unknown member")),
        (r#"{"constraint_type":"contains"}"#, Some("required")),
        (r#"{"constraint_type":"contains","required":1}"#, Some("required")),
        (r#"{"constraint_type":"subset"}"#, Some("allowed")),
        (r#"{"constraint_type":"subset","allowed":true}"#, Some("allowed")),
        // wildcard
        (r#"{"constraint_type":"wildcard","value":1}"#, Some("an unknown member")),
        // composites
        (r#"{"constraint_type":"all"}"#, Some("constraints")),
        (r#"{"constraint_type":"all","constraints":[]}"#, Some("constraints")),
        (r#"{"constraint_type":"any","constraints":[]}"#, Some("constraints")),
        (r#"{"constraint_type":"any","constraints":{}}"#, Some("constraints")),
        (r#"{"constraint_type":"any","constraints":[1]}"#, None),
        (
            r#"{"constraint_type":"all","constraints":[{"constraint_type":"all","constraints":[]}]}"#,
            Some("constraints"),
        ),
        (r#"{"constraint_type":"all","clauses":[]}"#, Some("an unknown member")),
        // `optional` inside
        (
            r#"{"constraint_type":"all","constraints":[{"constraint_type":"wildcard","optional":true}]}"#,
            Some("optional"),
        ),
        (
            r#"{"constraint_type":"any","constraints":[{"constraint_type":"wildcard","optional":false}]}"#,
            Some("optional"),
        ),
    ] {
        let refusal = read(text).expect_err(text);
        assert_eq!(refusal.code(), Code::BadConstraint, "{text}");
        assert_eq!(refusal.part(), part, "{text}");
    }
}

#[test]
fn well_formed_to_the_edge() {
    for text in [
        r#"{"constraint_type":"range"}"#,
        r#"{"constraint_type":"range","min":1,"max":1,"min_inclusive":false,"max_inclusive":false}"#,
        r#"{"constraint_type":"range","min":1,"min_inclusive":true,"max":2,"max_inclusive":true}"#,
        r#"{"constraint_type":"one_of","values":[null]}"#,
        r#"{"constraint_type":"one_of","values":["a","a"]}"#,
        r#"{"constraint_type":"not_one_of","excluded":[]}"#,
        r#"{"constraint_type":"contains","required":[]}"#,
        r#"{"constraint_type":"subset","allowed":[]}"#,
        r#"{"constraint_type":"exact","value":null,"optional":true}"#,
        r#"{"constraint_type":"wildcard","optional":false}"#,
    ] {
        assert!(read(text).is_ok(), "{text}");
    }
}

#[test]
fn unknown_types_are_refused_wherever_they_stand() {
    for text in [
        r#"{"constraint_type":"regex","pattern":".*"}"#,
        r#"{"constraint_type":""}"#,
        r#"{"constraint_type":"Exact","value":1}"#,
        r#"{"constraint_type":"wildcard "}"#,
        r#"{"constraint_type":"not_exact","value":1}"#,
        r#"{"constraint_type":"any","constraints":[{"constraint_type":"wildcard"},{"constraint_type":"glob"}]}"#,
    ] {
        assert_eq!(read(text).unwrap_err().code(), Code::UnknownConstraint, "{text}");
    }
}

fn nested(levels: usize) -> String {
    let mut text = json("wildcard");
    for level in 1..levels {
        let name = if level % 2 == 0 { "all" } else { "any" };
        text = format!(r#"{{"constraint_type":"{name}","constraints":[{text}]}}"#);
    }
    text
}

#[test]
fn complexity_is_bounded() {
    assert!(read(&nested(8)).is_ok());
    assert_eq!(read(&nested(9)).unwrap_err().code(), Code::ConstraintTooComplex);

    assert!(read(&composite_json("all", &["wildcard"; 63])).is_ok());
    assert_eq!(
        read(&composite_json("all", &["wildcard"; 64])).unwrap_err().code(),
        Code::ConstraintTooComplex
    );
    // The depth is given back after each clause; the clauses are not.
    let wide: Vec<_> = (0..10).map(|_| nested(7)).collect();
    let wide = format!(r#"{{"constraint_type":"all","constraints":[{}]}}"#, wide.join(","));
    assert!(read(&wide).is_err_and(|refusal| refusal.code() == Code::ConstraintTooComplex));
    let fitting: Vec<_> = (0..9).map(|_| nested(7)).collect();
    assert!(read(&format!(r#"{{"constraint_type":"all","constraints":[{}]}}"#, fitting.join(","))).is_ok());

    // However high the limit is set, there is a last level.
    let mut limits = Limits { constraint_depth: u32::MAX, ..Limits::default() };
    limits.constraint_clauses = u32::MAX;
    let mut deep = value(&json("wildcard"));
    for _ in 0..500 {
        let members = [(TYPE.into(), "all".into()), ("constraints".into(), Value::Array([deep].into()))];
        deep = Value::Object(Object::new(members.into()).unwrap());
    }
    let refusal = Constraint::from_value(&deep, &mut Budget::new(&limits)).unwrap_err();
    assert_eq!(refusal.code(), Code::ConstraintTooComplex);
}

#[test]
fn values_are_bounded_in_depth_but_not_counted_as_clauses() {
    let many: Vec<_> = (0..500).map(|n| format!("{n}")).collect();
    assert!(read(&json(&format!(r#"one_of "values":[{}]"#, many.join(",")))).is_ok());

    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (kind, member) in
        [("one_of", "values"), ("not_one_of", "excluded"), ("contains", "required"), ("subset", "allowed")]
    {
        assert!(read(&json(&format!(r#"{kind} "{member}":[{}]"#, deep(32)))).is_ok());
        let refusal = read(&json(&format!(r#"{kind} "{member}":[1,{}]"#, deep(33)))).unwrap_err();
        assert_eq!((refusal.code(), refusal.part()), (Code::TooDeep, Some(member)));
    }
}

#[test]
fn written_without_defaults() {
    for (text, written) in [
        (
            r#"{"min":1.0,"min_inclusive":true,"constraint_type":"range"}"#,
            r#"{"constraint_type":"range","min":1}"#,
        ),
        (
            r#"{"constraint_type":"range","max":2,"max_inclusive":false,"min":1}"#,
            r#"{"constraint_type":"range","max":2,"max_inclusive":false,"min":1}"#,
        ),
        (
            r#"{"constraint_type":"one_of","values":["b",1,"a","a"]}"#,
            r#"{"constraint_type":"one_of","values":[1,"a","b"]}"#,
        ),
        (r#"{"constraint_type":"wildcard","optional":true}"#, r#"{"constraint_type":"wildcard"}"#),
        (
            r#"{"constraint_type":"any","constraints":[{"constraint_type":"wildcard"},{"constraint_type":"exact","value":null}]}"#,
            r#"{"constraint_type":"any","constraints":[{"constraint_type":"wildcard"},{"constraint_type":"exact","value":null}]}"#,
        ),
    ] {
        let read_once = read(text).unwrap();
        let json = read_once.to_value(false).to_json();
        assert_eq!(json, written);
        assert_eq!(read(&json).unwrap(), read_once);
    }
}

#[test]
fn limits_in_words() {
    for (short, words) in [
        (r#"exact "value":"x""#, r#"exactly "x""#),
        ("range", "any number"),
        (r#"range "max":100"#, "at most 100"),
        (r#"range "max":100,"max_inclusive":false"#, "less than 100"),
        (r#"range "min":1,"min_inclusive":false,"max":2.5"#, "more than 1 and at most 2.5"),
        (r#"one_of "values":["b","a"]"#, r#"one of "a", "b""#),
        (r#"not_one_of "excluded":["b"]"#, r#"anything but "b""#),
        (r#"not_one_of "excluded":[]"#, "anything"),
        (r#"contains "required":[1]"#, "an array with 1"),
        (r#"contains "required":[]"#, "an array"),
        (r#"subset "allowed":[1,2]"#, "an array of nothing but 1, 2"),
        (r#"subset "allowed":[]"#, "an empty array"),
        ("wildcard", "anything"),
    ] {
        assert_eq!(constraint(short).describe(), words);
    }
    let clauses = [r#"range "min":1"#, r#"exact "value":null"#];
    assert_eq!(composite("all", &clauses).describe(), "all of (at least 1; exactly null)");
    assert_eq!(composite("any", &clauses).describe(), "any of (at least 1; exactly null)");
}
