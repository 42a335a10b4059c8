//! Sets of public keys that stand in the text.

use keybound::Code;
use keybound::jose::Jwks;

/// Checks that a JWK Set has keys, all of them public, and gives those that core can check signatures with.
///
/// # Errors
/// What is wrong, without a byte of it.
pub(super) fn read(text: &str) -> Result<Jwks, &'static str> {
    let keys = Jwks::parse(text.as_bytes()).map_err(|refusal| match refusal.code() {
        Code::PrivateKey => SECRET,
        _ => "not a JWK Set: a JSON object with a list of keys",
    })?;
    let set: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let entries = set.get("keys").and_then(serde_json::Value::as_array);
    let is_shared = |key: &serde_json::Value| key.get("kty").is_some_and(|kind| kind == "oct");
    match entries {
        Some(entries) if entries.iter().any(is_shared) => Err(SECRET),
        Some(entries) if !entries.is_empty() => Ok(keys),
        _ => Err("the set has no key"),
    }
}

/// Whether a set has a key that core can use: Ed25519 or P-256, for checking signatures.
pub(super) fn has_usable(keys: &Jwks) -> bool {
    Jwks::parse(br#"{"keys":[]}"#).is_ok_and(|none| *keys != none)
}

const SECRET: &str = "the set holds a private or shared key: write public keys, and consider that one known";
