//! Other people's suites, through one loop. Where our answer is not theirs, the exceptions
//! file says why; an exception that no longer happens fails like a wrong answer.
//!
//! The rows of AAT-02 are not among them: they run in every language, as vectors (`aat_02.json`).

mod cose;
mod dpop;
mod ed25519;
mod json;
mod jws;
mod wimse;

use keybound_tests::vectors;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

struct Case {
    name: String,
    /// What the suite says.
    expected: String,
    /// What we say.
    actual: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// One case or several that are alike.
    cases: Vec<String>,
    expected: String,
    actual: String,
    reason: String,
}

#[test]
fn foreign_suites_agree_or_are_excepted() {
    let text =
        std::fs::read_to_string(vectors::folder().join("../foreign-exceptions.json")).expect("readable");
    let exceptions: Vec<Exception> = serde_json::from_str(&text).expect("exceptions");
    let mut exceptions: BTreeMap<String, Exception> = exceptions
        .iter()
        .flat_map(|exception| exception.cases.iter().map(|case| (case.clone(), exception.clone())))
        .collect();
    let mut wrong = Vec::new();
    for (suite, cases, count) in [
        ("wycheproof", ed25519::wycheproof(), 151),
        ("wycheproof-jws", jws::wycheproof(), 401),
        ("ed25519-speccheck", ed25519::speccheck(), 12),
        ("jcs", json::jcs(), 12),
        ("jose-cookbook", jws::cookbook(), 2),
        ("rfc9449-dpop", dpop::examples(), 5),
        ("rfc9679-ckt", cose::thumbprints(), 2),
        ("cose-wg-examples", cose::examples(), 41),
        ("wimse", wimse::examples(), 5),
        ("spiffe", wimse::spiffe(), 12),
    ] {
        assert_eq!(cases.len(), count, "{suite} has lost or gained cases");
        let mut excepted = 0;
        for case in cases {
            let name = format!("{suite}/{}", case.name);
            match exceptions.remove(&name) {
                None if case.expected == case.actual => {}
                Some(exception)
                    if (&exception.expected, &exception.actual) == (&case.expected, &case.actual) =>
                {
                    assert!(case.expected != case.actual, "{name} is excepted and agrees");
                    assert!(exception.reason.len() > 20, "{name} is excepted without a reason");
                    excepted += 1;
                }
                _ => wrong.push(format!("{name}: expected {}, got {}", case.expected, case.actual)),
            }
        }
        println!("{suite}: {count} cases, {excepted} of them excepted");
    }
    wrong.extend(exceptions.into_keys().map(|name| format!("{name} is excepted and does not exist")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn foreign(path: &str) -> PathBuf {
    vectors::folder().join("foreign").join(path)
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(foreign(path)).expect("readable")).expect("JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a text")).expect("hex")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// `ok`, or the code of the refusal.
fn code<T>(result: Result<T, keybound::Refusal>) -> String {
    result.map_or_else(|refusal| refusal.code().as_str().to_owned(), |_| "ok".into())
}
