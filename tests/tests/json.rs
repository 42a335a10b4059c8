//! The core's JSON beside a naive one: which numbers are admissible, and what is canonical.

use keybound::Arguments;
use keybound_tests::forge::jcs;
use keybound_tests::random::Random;
use serde_json::{Value, json};

/// The core's answer: the canonical text, or the code.
fn core(text: &str) -> Result<String, &'static str> {
    Arguments::from_json(text.as_bytes())
        .map(|arguments| arguments.canonical())
        .map_err(|refusal| refusal.code().as_str())
}

/// AAT-02 section 3.4 word for word: the text denotes the number that the shortest text of
/// its nearest double denotes.
fn is_admissible(text: &str) -> bool {
    let double: f64 = text.parse().expect("a number");
    double.is_finite() && jcs::decimal(text) == jcs::decimal(&serde_json::to_string(&double).expect("finite"))
}

fn number(random: &mut Random) -> String {
    let digits = |random: &mut Random, most: usize| {
        let length = 1 + random.below(most);
        let text: String = (0..length).map(|_| char::from(b'0' + random.below(10) as u8)).collect();
        text
    };
    match random.below(6) {
        // A double's own shortest text, and its neighbours in the last digit.
        0 | 1 => {
            let double = f64::from_bits(random.bits());
            let mut text = if double.is_finite() { format!("{double:e}") } else { "1e5".into() };
            if random.once_in(3) {
                let at = text.find('e').expect("an exponent");
                let digit = if text.contains('.') { random.below(10).to_string() } else { String::new() };
                text.insert_str(at, &digit);
            }
            text
        }
        // Around the edges of the integers.
        2 => {
            let power = 1_i128 << (50 + random.below(20));
            (power + random.below(9) as i128 - 4).to_string()
        }
        3 => format!("{}.{}", digits(random, 3).parse::<u32>().expect("digits"), digits(random, 20)),
        4 => {
            let whole = digits(random, 20);
            let whole = whole.trim_start_matches('0');
            if whole.is_empty() { "0".into() } else { format!("{whole}{}", "0".repeat(random.below(8))) }
        }
        _ => {
            let exponent = random.below(720) as i64 - 360;
            let sign = if exponent >= 0 && random.once_in(2) { "+" } else { "" };
            let letter = if random.once_in(2) { "e" } else { "E" };
            format!("-{}.{}{letter}{sign}{exponent}", random.below(10), digits(random, 18))
        }
    }
}

#[test]
fn the_same_numbers_are_admissible_and_written_alike() {
    let mut random = Random::new(6);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..200_000 {
        let text = number(&mut random);
        let answer = core(&format!("{{\"x\":{text}}}"));
        if is_admissible(&text) {
            taken += 1;
            let double: f64 = text.parse().expect("a number");
            assert_eq!(answer, Ok(jcs::canonical(&json!({"x": double}))), "{text}");
        } else {
            refused += 1;
            assert_eq!(answer, Err("json.inexact_number"), "{text}");
        }
    }
    assert!(taken > 50_000 && refused > 50_000, "{taken} taken, {refused} refused");
}

fn text(random: &mut Random) -> String {
    const LETTERS: [char; 16] = [
        'a',
        'B',
        '0',
        '"',
        '\\',
        '/',
        '\n',
        '\u{0}',
        '\u{1f}',
        '\u{7f}',
        '\u{e9}',
        '\u{20ac}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{1f600}',
    ];
    (0..random.below(5)).map(|_| *random.pick(&LETTERS)).collect()
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 5 } else { 7 }) {
        0 => json!(null),
        1 => json!(random.once_in(2)),
        2 => json!(random.below(100)),
        3 => json!(random.below(1000) as f64 / 8.0 - 60.0),
        4 => json!(text(random)),
        5 => Value::Array((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        _ => object(random, depth),
    }
}

fn object(random: &mut Random, depth: usize) -> Value {
    Value::Object((0..random.below(5)).map(|_| (text(random), value(random, depth - 1))).collect())
}

#[test]
fn the_same_texts_are_canonical() {
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let value = object(&mut random, 4);
        let expected = jcs::canonical(&value);
        assert_eq!(core(&value.to_string()), Ok(expected.clone()));
        assert_eq!(core(&serde_json::to_string_pretty(&value).expect("JSON")), Ok(expected.clone()));
        assert_eq!(core(&expected), Ok(expected));
    }
}

/// What the core takes, `serde_json` takes and understands the same.
#[test]
fn what_is_taken_is_understood_alike() {
    let mut random = Random::new(8);
    let mut taken = 0;
    for _ in 0..60_000 {
        let mut text = object(&mut random, 3).to_string().into_bytes();
        for _ in 0..random.below(3) {
            let at = random.below(text.len());
            match random.below(3) {
                0 => text[at] = *random.pick(b"{}[],:\"\\0123456789eE+-.tfnu \t\n/x"),
                1 => {
                    text.remove(at);
                }
                _ => text.insert(at, *random.pick(b"{}[],:\"\\0123456789eE+-. tfnu")),
            }
            if text.is_empty() {
                break;
            }
        }
        if let Ok(arguments) = Arguments::from_json(&text) {
            taken += 1;
            let other: Value = serde_json::from_slice(&text).expect("what the core takes is JSON");
            assert_eq!(arguments.canonical(), jcs::canonical(&other), "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(taken > 20_000, "only {taken}");
}
