//! Numbers on the way in and out.

use super::*;
use alloc::{
    format,
    string::{String, ToString},
};

#[test]
fn rfc_8785_appendix_b() {
    for (bits, text) in [
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x8000000000000001, "-5e-324"),
        (0x7fefffffffffffff, "1.7976931348623157e+308"),
        (0xffefffffffffffff, "-1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0xc340000000000000, "-9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44b52d02c7e14af5, "9.999999999999997e+22"),
        (0x44b52d02c7e14af6, "1e+23"),
        (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
        (0x444b1ae4d6e2ef4e, "999999999999999700000"),
        (0x444b1ae4d6e2ef4f, "999999999999999900000"),
        (0x444b1ae4d6e2ef50, "1e+21"),
        (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
        (0x3eb0c6f7a0b5ed8d, "0.000001"),
        (0x41b3de4355555553, "333333333.3333332"),
        (0x41b3de4355555554, "333333333.33333325"),
        (0x41b3de4355555555, "333333333.3333333"),
        (0x41b3de4355555556, "333333333.3333334"),
        (0x41b3de4355555557, "333333333.33333343"),
        (0xbecbf647612f3696, "-0.0000033333333333333333"),
        (0x43143ff3c1cb0959, "1424953923781206.2"),
    ] {
        let number = Number::from_f64(f64::from_bits(bits)).unwrap();
        assert_eq!(number.to_string(), text);
        assert_eq!(Number::parse(text), Ok(number), "{text}");
    }
    for bits in [0x7fffffffffffffff, 0x7ff0000000000000, 0xfff0000000000000] {
        assert_eq!(Number::from_f64(f64::from_bits(bits)), Err(Code::InexactNumber));
    }
}

#[test]
fn layout_at_the_switch_overs() {
    for (text, written) in [
        ("100000000000000000000", "100000000000000000000"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("12e20", "1.2e+21"),
        ("0.000001", "0.000001"),
        ("1e-7", "1e-7"),
        ("12e-8", "1.2e-7"),
        ("0.1", "0.1"),
        ("-0.5", "-0.5"),
        ("123.456", "123.456"),
        ("1E3", "1000"),
        ("1e+3", "1000"),
        ("1.50", "1.5"),
        ("1000000000000000", "1000000000000000"),
    ] {
        assert_eq!(Number::parse(text).unwrap().to_string(), written, "{text}");
    }
}

#[test]
fn admissible_is_the_round_trip() {
    for text in ["0.1", "1e20", "9007199254740991", "9007199254740992", "9007199254740994", "1.0", "10e-1"] {
        assert!(Number::parse(text).is_ok(), "{text}");
    }
    for text in [
        "9007199254740993",
        "-9007199254740993",
        "1.00000000000000001",
        "295147905179352825856",
        "1152921504606846976",
        "0.1000000000000000055511151231257827",
        "1.7976931348623159e308",
        "1e309",
        "-1e309",
        "1e400",
        "1e999999999999",
        "1e99999999999999999999999999",
        "1e-400",
        "1e-324",
        "3e-324",
        "4.94065645841246544e-324",
        "1e-99999999999999999999999999",
    ] {
        assert_eq!(Number::parse(text), Err(Code::InexactNumber), "{text}");
    }
}

#[test]
fn zero_has_one_form() {
    for text in ["0", "-0", "-0.0", "0e5", "0E-999999999999999999999", "0.000", "-0e+1"] {
        let number = Number::parse(text).unwrap();
        assert_eq!(number.as_f64().to_bits(), 0, "{text}");
        assert_eq!(number.as_integer(), Some(0));
    }
    assert_eq!(Number::from_f64(-0.0).unwrap().as_f64().to_bits(), 0);
}

#[test]
fn long_texts_are_judged_exactly() {
    let zeros = "0".repeat(100_000);
    assert_eq!(Number::parse(&format!("1{zeros}e-100000")), Number::from_integer(1));
    assert_eq!(Number::parse(&format!("0.{zeros}1e100001")), Number::from_integer(1));
    assert_eq!(Number::parse(&format!("1.{zeros}")), Number::from_integer(1));
    assert_eq!(Number::parse(&format!("1.{zeros}1")), Err(Code::InexactNumber));
    assert_eq!(Number::parse(&"9".repeat(100_000)), Err(Code::InexactNumber));
    assert_eq!(Number::parse(&format!("1e{zeros}1")), Number::from_integer(10));
}

#[test]
fn grammar_is_that_of_json() {
    for text in [
        "",
        "-",
        "+1",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "0x1",
        "1_000",
        " 1",
        "1 ",
        "NaN",
        "Infinity",
        "-Infinity",
        "1f",
        "--1",
        "1.2.3",
        "1e5.5",
        "٣",
    ] {
        assert_eq!(Number::parse(text), Err(Code::BadJson), "{text}");
    }
}

#[test]
fn integers_are_told_from_others() {
    for (text, integer) in [
        ("7", Some(7)),
        ("-7.0", Some(-7)),
        ("1e3", Some(1000)),
        ("9007199254740991", Some(9007199254740991)),
        ("-9007199254740991", Some(-9007199254740991)),
        ("9007199254740992", None),
        ("0.5", None),
        ("1e300", None),
        ("-1e300", None),
    ] {
        assert_eq!(Number::parse(text).unwrap().as_integer(), integer, "{text}");
    }
    for value in [0, 1, -1, 9007199254740991, 9007199254740992, 9007199254740994, -9007199254740994] {
        assert_eq!(Number::from_integer(value).unwrap().to_string(), value.to_string());
    }
    for value in [9007199254740993, i64::MAX, i64::MIN, 1 << 60] {
        assert_eq!(Number::from_integer(value), Err(Code::InexactNumber), "{value}");
    }
}

#[test]
fn order_is_that_of_the_values() {
    let texts =
        ["-1e300", "-2", "-1.5", "-5e-324", "0", "5e-324", "0.1", "1", "1.5", "9007199254740992", "1e300"];
    for (i, a) in texts.iter().enumerate() {
        for (j, b) in texts.iter().enumerate() {
            let order = Number::parse(a).unwrap().cmp(&Number::parse(b).unwrap());
            assert_eq!(order, i.cmp(&j), "{a} {b}");
        }
    }
}

#[test]
fn every_double_reads_back_from_its_text() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::new();
    for _ in 0..20_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if let Ok(number) = Number::from_f64(f64::from_bits(state)) {
            text.clear();
            write!(text, "{number}").unwrap();
            assert_eq!(Number::parse(&text), Ok(number), "{text}");
        }
    }
}
