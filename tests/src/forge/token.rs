//! COSE_Sign1 around anything, and the honest shape of tokens, proofs and chains.

use super::cbor::{Item, head};
use super::{public_key, sha256, sign, tools};
use serde_json::Value;

/// The authority claim.
pub const AUTHORITY: i64 = -65537;
/// The call claim of a proof.
pub const CALL: i64 = -65538;

/// The protected header of a token.
pub fn token_header() -> Vec<u8> {
    header("application/keybound+cwt")
}

/// The protected header of a proof.
pub fn proof_header() -> Vec<u8> {
    header("application/keybound-proof+cwt")
}

fn header(kind: &str) -> Vec<u8> {
    Item::claims(vec![(1, Item::Int(-19)), (16, Item::text(kind))]).encode()
}

/// What a COSE_Sign1 signature is made over (RFC 9052 section 4.4).
pub fn to_be_signed(protected: &[u8], external: &[u8], payload: &[u8]) -> Vec<u8> {
    Item::Array(vec![
        Item::text("Signature1"),
        Item::bytes(protected),
        Item::bytes(external),
        Item::bytes(payload),
    ])
    .encode()
}

/// A tagged COSE_Sign1 from its four parts.
pub fn sign1(protected: &[u8], unprotected: Item, payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let parts = vec![Item::bytes(protected), unprotected, Item::bytes(payload), Item::bytes(signature)];
    Item::Tag(18, Box::new(Item::Array(parts))).encode()
}

/// A whole honest envelope: header, payload, signature over both and over `external`.
pub fn envelope(seed: &[u8; 32], protected: &[u8], external: &[u8], payload: &[u8]) -> Vec<u8> {
    let signature = sign(seed, &to_be_signed(protected, external, payload));
    sign1(protected, Item::Map(vec![]), payload, &signature)
}

/// The `cnf` claim for a key.
pub fn confirmation(key: &[u8; 32]) -> Item {
    Item::claims(vec![(1, Item::claims(vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(key))]))])
}

/// An audience claim.
pub fn audience<'a>(names: impl IntoIterator<Item = &'a str>) -> Item {
    Item::Array(Item::set(names.into_iter().map(Item::text)))
}

/// The claims of a token told as JSON, the way [`crate::naive`] reads them:
/// `iss`, `sub`, `aud`, `exp`, `nbf`, `iat`, `cti` (hex), `holder` (hex seed), `depth`,
/// `max_depth`, `agent`, `task`, `tools`. An absent member is an absent claim.
pub fn payload(token: &Value) -> Vec<u8> {
    let text = |name: &str| token[name].as_str().map(Item::text);
    let number = |name: &str| token[name].as_i64().map(Item::Int);
    let mut authority = vec![(0, Some(tools::tools(&token["tools"])))];
    authority.extend([(1, number("depth")), (2, number("max_depth")), (3, text("agent")), (4, text("task"))]);
    let audience = token["aud"].as_array().map(|names| audience(names.iter().filter_map(Value::as_str)));
    let mut claims = vec![(1, text("iss")), (2, text("sub")), (3, audience)];
    claims.extend([(4, number("exp")), (5, number("nbf")), (6, number("iat"))]);
    claims.push((7, token["cti"].as_str().map(|id| Item::bytes(hex::decode(id).expect("hex")))));
    claims.push((8, Some(confirmation(&public_key(&seed(&token["holder"]))))));
    claims.push((AUTHORITY, Some(Item::claims(present(authority)))));
    Item::claims(present(claims)).encode()
}

fn present(entries: Vec<(i64, Option<Item>)>) -> Vec<(i64, Item)> {
    entries.into_iter().filter_map(|(key, item)| Some((key, item?))).collect()
}

/// A 32-byte seed from its hex text.
pub fn seed(text: &Value) -> [u8; 32] {
    hex::decode(text.as_str().expect("text")).expect("hex").try_into().expect("32 bytes")
}

/// The tokens of a chain told as JSON: each signed by the holder before it, the first by
/// `issuer`, each bound to the token before it.
pub fn tokens(chain: &[Value], issuer: &[u8; 32]) -> Vec<Vec<u8>> {
    let mut tokens: Vec<Vec<u8>> = Vec::new();
    let mut signer = *issuer;
    for token in chain {
        let external = tokens.last().map_or(Vec::new(), |parent| sha256(parent).to_vec());
        tokens.push(envelope(&signer, &token_header(), &external, &payload(token)));
        signer = seed(&token["holder"]);
    }
    tokens
}

/// A chain from its tokens.
pub fn chain(tokens: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    head(4, tokens.len() as u64, &mut out);
    out.extend(tokens.concat());
    out
}
