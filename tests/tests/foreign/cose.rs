//! COSE: the working group's examples, and key thumbprints.

use super::{Case, bytes, code, ed25519::is_valid, foreign, list, read, text};
use keybound::{Chain, Proof, PublicKey};
use keybound_tests::forge::token::{chain, to_be_signed};
use serde_json::Value;

pub(super) fn thumbprints() -> Vec<Case> {
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
pub(super) fn examples() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in ["sign1-tests", "eddsa-examples", "CWT", "RFC8152"] {
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
            cases.push(Case {
                name: format!("{name}-token"),
                expected: expected.clone(),
                actual: code(as_chain),
            });
            cases.push(Case { name: format!("{name}-proof"), expected, actual: code(as_proof) });
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
