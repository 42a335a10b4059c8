//! Workload identity: the examples of WIMSE, and what SPIFFE says of its tokens and names.

use super::{Case, code, foreign, jws::open, read, text};
use keybound::{
    AgentId, PublicKey, SpiffeId,
    jose::{Algorithms, Jwks, Jws},
};
use keybound_tests::forge::sha256;
use serde_json::{Value, json};

/// A workload's token, the proof by the key it names, and the two hashes in the proof. The proof also by default, where the
/// old name of the algorithm is not known.
pub(super) fn examples() -> Vec<Case> {
    let suite = read("wimse/wit-wpt.json");
    let (wit, wpt) = (text(&suite["wit"]), text(&suite["wpt"]));
    let claims_in = |payload: Result<Vec<u8>, String>| match payload {
        Ok(payload) => serde_json::from_slice::<Value>(&payload).expect("claims").to_string(),
        Err(code) => code,
    };
    let case = |name: &str, expected: &Value, actual| Case {
        name: name.into(),
        expected: expected.to_string(),
        actual,
    };
    let holder = &suite["wit_claims"]["cnf"]["jwk"];
    assert!(
        PublicKey::from_jwk(holder.to_string().as_bytes()).is_ok(),
        "the holder's key can hold a token of ours"
    );
    let old_name = Algorithms::ED25519.with_eddsa_name();
    let hash =
        |of: &Value| json!(keybound_tests::forge::jws::base64url(&sha256(text(of).as_bytes()))).to_string();
    vec![
        case(
            "wit",
            &suite["wit_claims"],
            claims_in(open(&wit, &["wit+jwt"], Algorithms::DEFAULT, &suite["wit_issuer_jwk"])),
        ),
        case("wpt", &suite["wpt_claims"], claims_in(open(&wpt, &["wpt+jwt"], old_name, holder))),
        case(
            "wpt-by-default",
            &suite["wpt_claims"],
            claims_in(open(&wpt, &["wpt+jwt"], Algorithms::DEFAULT, holder)),
        ),
        case("wth", &suite["wpt_claims"]["wth"], hash(&suite["wit"])),
        case("ath", &suite["wpt_claims"]["ath"], hash(&suite["access_token_hashed_by_ath"])),
    ]
}

/// SPIFFE's identity tokens are not ours: their names are of other shapes, their algorithms are not Ed25519. Each algorithm that
/// JWT-SVID allows as we see it, the WIT-SVID of the appendix, and two names.
pub(super) fn spiffe() -> Vec<Case> {
    let example = read("spiffe/wit-svid-example.json");
    let keys = Jwks::parse(br#"{"keys":[]}"#).expect("a key set");
    let opened = Jws::open(&text(&example["wit_svid"]), &["wit+jwt"], Algorithms::DEFAULT, &keys);
    let subject = text(&example["claims"]["sub"]);
    let case = |name: &str, expected: &str, actual: String| Case {
        name: name.into(),
        expected: expected.into(),
        actual,
    };
    let mut cases = vec![
        // The issuer's key is not published, so this is as far as it goes.
        case("wit-svid", "ok", code(opened)),
        case("wit-svid-subject", "ok", code(SpiffeId::parse(&subject))),
        case("agent-id", "ok", code(AgentId::parse("spiffe://example.com/agent/orch/task/instance"))),
    ];
    let schema = std::fs::read_to_string(foreign("spiffe/JWT-SVID.schema.json")).expect("readable");
    let names = schema.lines().filter_map(|line| line.trim().strip_prefix("- \"")?.strip_suffix('"'));
    let algorithms: Vec<&str> =
        names.filter(|name| name[2..].starts_with(['2', '3', '5'].as_slice())).collect();
    assert!(
        !schema.contains("EdDSA") && !schema.contains("Ed25519"),
        "SVIDs may not be signed as our tokens are"
    );
    for algorithm in algorithms {
        let header = json!({"alg": algorithm, "typ": "JWT"}).to_string();
        let segment = keybound_tests::forge::jws::base64url(header.as_bytes());
        let token = format!("{segment}.e30.{}", "A".repeat(86));
        cases.push(case(algorithm, "ok", code(Jws::open(&token, &["JWT"], Algorithms::DEFAULT, &keys))));
    }
    cases
}
