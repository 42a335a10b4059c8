//! JWS: Wycheproof, and the cookbook's example of RFC 8037.

use super::{Case, list, read, text};
use keybound::jose::{Algorithms, Jwks, Jws};
use keybound_bindings::P256;
use serde_json::{Value, json};

/// The payload of a JWS under one key, or the code of the refusal.
pub(super) fn open(
    token: &str,
    types: &[&str],
    algorithms: Algorithms,
    key: &Value,
) -> Result<Vec<u8>, String> {
    let refused = |refusal: keybound::Refusal| refusal.code().as_str().to_owned();
    let keys = Jwks::parse(json!({ "keys": [key] }).to_string().as_bytes()).map_err(refused)?;
    let jws = Jws::open(token, types, algorithms, &keys).map_err(refused)?;
    jws.verify(&P256).map_err(|_| "bad signature".to_owned())
}

pub(super) fn wycheproof() -> Vec<Case> {
    let suite = read("wycheproof/json_web_signature_test.json");
    let mut cases = Vec::new();
    for group in list(&suite["testGroups"]) {
        let key = if group["public"].is_null() { &group["private"] } else { &group["public"] };
        for test in list(&group["tests"]) {
            // A few are JSON serializations.
            let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            let actual = open(&token, &[""], Algorithms::DEFAULT, key);
            cases.push(Case {
                name: test["tcId"].to_string(),
                expected: text(&test["result"]),
                actual: if actual.is_ok() { "valid" } else { "invalid" }.into(),
            });
        }
    }
    cases
}

/// Once with the old name of the algorithm allowed, and once as it is by default.
pub(super) fn cookbook() -> Vec<Case> {
    let example = read("jose-cookbook/curve25519-jws.json");
    let mut key = example["input"]["key"].clone();
    key.as_object_mut().expect("a key").remove("d");
    let token = text(&example["output"]["compact"]);
    let case = |name: &str, algorithms| {
        let actual = open(&token, &[""], algorithms, &key);
        let actual = actual.map_or_else(|code| code, |payload| String::from_utf8(payload).expect("text"));
        Case { name: name.into(), expected: text(&example["input"]["payload"]), actual }
    };
    vec![case("EdDSA", Algorithms::ED25519.with_eddsa_name()), case("EdDSA-by-default", Algorithms::ED25519)]
}
