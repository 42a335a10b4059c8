//! Other people's suites, through one loop. Where our answer is not theirs, the exceptions
//! file says why; an exception that no longer happens fails like a wrong answer.

use keybound::json::Value as Json;
use keybound::{Chain, Proof, PublicKey};
use keybound_tests::forge::token::{chain, to_be_signed};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    case: String,
    expected: String,
    actual: String,
    reason: String,
}

#[test]
fn foreign_suites_agree_or_are_excepted() {
    let text =
        std::fs::read_to_string(vectors::folder().join("../foreign-exceptions.json")).expect("readable");
    let exceptions: Vec<Exception> = serde_json::from_str(&text).expect("exceptions");
    let mut exceptions: BTreeMap<String, Exception> =
        exceptions.into_iter().map(|exception| (exception.case.clone(), exception)).collect();
    let mut wrong = Vec::new();
    for (suite, cases, count) in [
        ("wycheproof", wycheproof(), 151),
        ("ed25519-speccheck", speccheck(), 12),
        ("jcs", jcs(), 12),
        ("rfc9679-ckt", thumbprints(), 2),
        ("cose-wg-examples", cose(), 27),
    ] {
        assert_eq!(cases.len(), count, "{suite} has lost or gained cases");
        println!("{suite}: {} cases", cases.len());
        for case in cases {
            let name = format!("{suite}/{}", case.name);
            match exceptions.remove(&name) {
                None if case.expected == case.actual => {}
                Some(exception)
                    if (&exception.expected, &exception.actual) == (&case.expected, &case.actual) =>
                {
                    assert!(case.expected != case.actual, "{name} is excepted and agrees");
                    assert!(exception.reason.len() > 20, "{name} is excepted without a reason");
                }
                _ => wrong.push(format!("{name}: expected {}, got {}", case.expected, case.actual)),
            }
        }
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

fn is_valid(key: &[u8], message: &[u8], signature: &[u8]) -> String {
    let verdict = PublicKey::from_bytes(key).and_then(|key| key.verify(message, signature));
    if verdict.is_ok() { "valid" } else { "invalid" }.into()
}

fn wycheproof() -> Vec<Case> {
    let suite = read("wycheproof/ed25519_test.json");
    let groups = list(&suite["testGroups"]).iter();
    groups
        .flat_map(|group| {
            list(&group["tests"]).iter().map(move |test| (bytes(&group["publicKey"]["pk"]), test))
        })
        .map(|(key, test)| Case {
            name: test["tcId"].to_string(),
            expected: text(&test["result"]),
            actual: is_valid(&key, &bytes(&test["msg"]), &bytes(&test["sig"])),
        })
        .collect()
}

/// The suite has no verdicts of its own: its paper tabulates what implementations say. The
/// expectation is the cofactorless column of RFC 8032, bytes compared, keys not looked at:
/// 0 to 3 hold, 4 and 5 need the cofactor, 6 and 7 have a large S, 8 and 9 a non-canonical R
/// that no recomputed encoding equals, 10 and 11 a non-canonical key.
fn speccheck() -> Vec<Case> {
    let cases = read("ed25519-speccheck/cases.json");
    let expected = |index: usize| if index <= 3 { "valid" } else { "invalid" };
    let case = |(index, case): (usize, &Value)| Case {
        name: index.to_string(),
        expected: expected(index).into(),
        actual: is_valid(&bytes(&case["pub_key"]), &bytes(&case["message"]), &bytes(&case["signature"])),
    };
    list(&cases).iter().enumerate().map(case).collect()
}

fn jcs() -> Vec<Case> {
    ["arrays", "french", "structures", "unicode", "values", "weird"]
        .into_iter()
        .flat_map(|name| {
            let read = |path: String| std::fs::read_to_string(foreign(&path)).expect("readable");
            let input = read(format!("jcs/testdata/input/{name}.json"));
            let hexes = read(format!("jcs/testdata/outhex/{name}.txt"));
            let expected = hex::decode(hexes.split_whitespace().collect::<String>()).expect("hex");
            let output = read(format!("jcs/testdata/output/{name}.json"));
            let canonical = |text: &str| {
                Json::from_json(text.as_bytes())
                    .map_or_else(|r| r.code().as_str().to_owned(), |v| v.to_json())
            };
            let expected = String::from_utf8(expected).expect("UTF-8");
            [
                Case { name: name.into(), expected: expected.clone(), actual: canonical(&input) },
                Case { name: format!("{name}-again"), expected, actual: canonical(output.trim_end()) },
            ]
        })
        .collect()
}

fn thumbprints() -> Vec<Case> {
    let entries = read("rfc9679-ckt/thumbprints.json");
    let case = |entry: &Value| {
        // Both entries hold the key's x coordinate in 32 bytes behind `21 58 20`.
        let canonical = bytes(&entry["canonical_cbor"]);
        let at = canonical.windows(3).position(|head| head == [0x21, 0x58, 0x20]).expect("x") + 3;
        let is_okp = entry["kty"] == "OKP";
        let actual = match PublicKey::from_bytes(&canonical[at..at + 32]) {
            Ok(key) if is_okp => hex::encode(key.thumbprint().as_bytes()),
            _ => "not an Ed25519 key".into(),
        };
        let uri = text(&entry["uri"]);
        if is_okp {
            let key = PublicKey::from_bytes(&canonical[at..at + 32]).expect("a key");
            assert!(uri.ends_with(&format!(":{}", key.thumbprint())), "the text form is that of the URI");
        }
        Case { name: text(&entry["kty"]), expected: text(&entry["sha256"]), actual }
    };
    list(&entries).iter().map(case).collect()
}

/// Each example three times: as a chain's only token, as a proof, and, where the key is
/// Ed25519, its signature by itself. We take one profile of COSE_Sign1 and no other, so the
/// first two are refused; which code they get is pinned by what the exceptions file says of
/// examples that pass, and by [`REFUSALS`] for those that fail.
fn cose() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in ["sign1-tests", "eddsa-examples"] {
        let path = foreign(&format!("cose-wg-examples/{folder}"));
        let mut names: Vec<_> = std::fs::read_dir(path)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        for file in names {
            let example = read(&format!("cose-wg-examples/{folder}/{file}"));
            let name = file.trim_end_matches(".json").to_owned();
            let message = bytes(&example["output"]["cbor"]);
            let pinned = REFUSALS.iter().find(|(case, _)| *case == name).map(|(_, code)| (*code).to_owned());
            let expected = pinned.unwrap_or_else(|| "ok".into());
            let as_chain = Chain::parse(&chain(std::slice::from_ref(&message)));
            let as_proof = Proof::parse(&message);
            let code = |result: Result<(), keybound::Refusal>| {
                result.map_or_else(|r| r.code().as_str().to_owned(), |()| "ok".into())
            };
            cases.push(Case {
                name: format!("{name}-token"),
                expected: expected.clone(),
                actual: code(as_chain.map(drop)),
            });
            cases.push(Case { name: format!("{name}-proof"), expected, actual: code(as_proof.map(drop)) });
            if name == "eddsa-sig-01" {
                cases.push(signature(&name, &example));
            }
        }
    }
    cases
}

/// What the examples that must fail fail with here.
const REFUSALS: [(&str, &str); 6] = [
    ("sign-fail-01", "envelope.wrong_tag"),
    ("sign-fail-02", "envelope.unprotected_header"),
    ("sign-fail-03", "envelope.unprotected_header"),
    ("sign-fail-04", "envelope.unprotected_header"),
    ("sign-fail-06", "envelope.unprotected_header"),
    ("sign-fail-07", "envelope.unprotected_header"),
];

/// The example's signature over the structure built here, under its key.
fn signature(name: &str, example: &Value) -> Case {
    let diagnostic = text(&example["output"]["cbor_diag"]);
    let strings: Vec<Vec<u8>> = diagnostic
        .split("h'")
        .skip(1)
        .map(|rest| hex::decode(rest.split('\'').next().expect("an end")).expect("hex"))
        .collect();
    let payload = text(&example["input"]["plaintext"]);
    let message = to_be_signed(&strings[0], &[], payload.as_bytes());
    assert_eq!(message, bytes(&example["intermediates"]["ToBeSign_hex"]), "the same structure");
    let key = bytes(&example["input"]["sign0"]["key"]["x_hex"]);
    let actual = is_valid(&key, &message, strings.last().expect("a signature"));
    Case { name: format!("{name}-signature"), expected: "valid".into(), actual }
}
