//! DPoP: the worked examples of RFC 9449.

use super::{Case, code, list, read, text};
use keybound::{
    AccessTokens, Refusal, UnixTime, dpop,
    jose::{JwkThumbprint, Jwks},
};
use keybound_bindings::{MemoryReplayStore, P256};
use serde_json::Value;

/// Each proof at the time it was made, once as it is and once with its signature changed; and the bound token, whose issuer
/// published no key.
pub(super) fn examples() -> Vec<Case> {
    let suite = read("rfc9449-dpop/examples.json");
    let mut cases = Vec::new();
    for example in list(&suite["proofs"]) {
        let proof = text(&example["proof"]);
        let name = text(&example["name"]);
        let accepted = check(example, &proof);
        let thumbprint =
            accepted.map_or_else(|refusal| code::<()>(Err(refusal)), |key| key.thumbprint().to_string());
        cases.push(Case { name: name.clone(), expected: text(&example["jkt"]), actual: thumbprint });
        let changed = format!("{}AAAA", &proof[..proof.len() - 4]);
        let actual = code(check(example, &changed));
        cases.push(Case { name: format!("{name}-changed"), expected: "proof.bad_signature".into(), actual });
    }
    let keys = Jwks::parse(br#"{"keys":[]}"#).expect("a key set");
    let tokens = AccessTokens::new("https://server.example.com", ["https://resource.example.org"], keys);
    let token = text(&suite["dpop_bound_jwt_access_token"]["jwt"]);
    let expected = "access_token.unknown_key".into();
    cases.push(Case { name: "bound-token".into(), expected, actual: code(tokens.open(&token)) });
    cases
}

fn check(example: &Value, proof: &str) -> Result<dpop::Accepted, Refusal> {
    let uri = text(&example["uri"]);
    let mut call = dpop::Call::new(&text(&example["method"]), &uri)?;
    let mut bound_to = None;
    if let Some(token) = example["access_token"].as_str() {
        call = call.access_token(token);
        bound_to = JwkThumbprint::parse(&text(&example["jkt"]));
    }
    let origin: String = uri.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let guard = dpop::Guard::new([origin], MemoryReplayStore::with_capacity(4))?;
    let now = UnixTime::new(example["claims"]["iat"].as_u64().expect("a time"))?;
    guard.open(&[proof], &call, bound_to.as_ref())?.decide(&P256, now)
}
