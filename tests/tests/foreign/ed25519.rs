//! Signatures: Wycheproof and the cases of the paper on Ed25519 validation.

use super::{Case, bytes, list, read, text};
use keybound::PublicKey;
use serde_json::Value;

pub(super) fn is_valid(key: &[u8], message: &[u8], signature: &[u8]) -> String {
    let verdict = PublicKey::from_bytes(key).and_then(|key| key.verify(message, signature));
    if verdict.is_ok() { "valid" } else { "invalid" }.into()
}

pub(super) fn wycheproof() -> Vec<Case> {
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
pub(super) fn speccheck() -> Vec<Case> {
    let cases = read("ed25519-speccheck/cases.json");
    let expected = |index: usize| if index <= 3 { "valid" } else { "invalid" };
    let case = |(index, case): (usize, &Value)| Case {
        name: index.to_string(),
        expected: expected(index).into(),
        actual: is_valid(&bytes(&case["pub_key"]), &bytes(&case["message"]), &bytes(&case["signature"])),
    };
    list(&cases).iter().enumerate().map(case).collect()
}
