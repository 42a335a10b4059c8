//! Compact JWS around anything, and the honest shape of AAT-02's tokens and chains.

use super::token::seed;
use super::{jcs, public_key, sha256, sign};
use serde_json::{Value, json};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding.
pub fn base64url(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0, |word, byte| word << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        out.extend((0..=chunk.len()).map(|place| char::from(ALPHABET[word >> (18 - 6 * place) & 63])));
    }
    out
}

/// Whether a text has letters of base64url only.
pub fn is_base64url(text: &str) -> bool {
    text.bytes().all(|letter| ALPHABET.contains(&letter))
}

/// The bytes of honest base64url text.
pub fn bytes(text: &str) -> Vec<u8> {
    let (mut word, mut bits, mut out) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let sextet = ALPHABET.iter().position(|other| *other == letter).expect("a letter of base64url");
        (word, bits) = (word << 6 | u32::try_from(sextet).expect("six bits"), bits + 6);
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    out
}

/// The header of a token.
pub fn token_header() -> Value {
    json!({"alg": "Ed25519", "typ": "aat+jwt"})
}

/// The header of a proof.
pub fn proof_header() -> Value {
    json!({"alg": "Ed25519", "typ": "aat-pop+jwt"})
}

/// A whole honest JWS: both parts in JCS, signed.
pub fn compact(signer: &[u8; 32], header: &Value, payload: &Value) -> String {
    let encode = |part| base64url(jcs::canonical(part).as_bytes());
    let input = [encode(header), encode(payload)].join(".");
    let signature = sign(signer, input.as_bytes());
    [input, base64url(&signature)].join(".")
}

/// A token's name in its child and in proofs: the hash of what is signed.
pub fn hash(token: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap_or((token, ""));
    base64url(&sha256(input.as_bytes()))
}

/// A public key as a JWK.
pub fn jwk(key: &[u8; 32]) -> Value {
    json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(key)})
}

/// The thumbprint of a key (RFC 7638), the digits alone.
pub fn thumbprint(key: &[u8; 32]) -> String {
    base64url(&sha256(jcs::canonical(&jwk(key)).as_bytes()))
}

/// The issuer of a token that a key's holder derives.
pub fn issuer_of(key: &[u8; 32]) -> String {
    format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", thumbprint(key))
}

/// An id of 16 bytes as a UUID.
pub fn uuid(id: &[u8]) -> String {
    let digits = hex::encode(id);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// The entry of `authorization_details` that grants tools.
pub fn entry(tools: &Value) -> Value {
    json!({"type": "attenuating_agent_token", "tools": tools})
}

/// The claims of a token told as JSON, the way [`crate::naive`] reads them. What a child says of its
/// parent follows from it: the parent token and the key of its holder.
pub fn payload(token: &Value, parent: Option<(&str, &[u8; 32])>) -> Value {
    let id = hex::decode(token["cti"].as_str().expect("an id")).expect("hex");
    let mut claims = json!({
        "jti": uuid(&id),
        "cnf": {"jwk": jwk(&public_key(&seed(&token["holder"])))},
        "authorization_details": [entry(&token["tools"])],
    });
    if let Some((parent, signer)) = parent {
        claims["iss"] = json!(issuer_of(&public_key(signer)));
        claims["par_hash"] = json!(hash(parent));
    }
    for (name, member) in [
        ("iss", "iss"),
        ("sub", "sub"),
        ("aud", "aud"),
        ("exp", "exp"),
        ("nbf", "nbf"),
        ("iat", "iat"),
        ("del_depth", "depth"),
        ("del_max_depth", "max_depth"),
        ("client_id", "agent"),
        ("txn", "task"),
    ] {
        if !token[member].is_null() {
            claims[name] = token[member].clone();
        }
    }
    claims
}

/// The tokens of a chain told as JSON: each signed by the holder before it, the first by
/// `issuer`, each naming the token before it.
pub fn tokens(chain: &[Value], issuer: &[u8; 32]) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut signer = *issuer;
    for token in chain {
        let claims = payload(token, tokens.last().map(|parent| (parent.as_str(), &signer)));
        tokens.push(compact(&signer, &token_header(), &claims));
        signer = seed(&token["holder"]);
    }
    tokens
}

/// A chain as it travels.
pub fn chain(tokens: &[String]) -> String {
    jcs::canonical(&json!({"aat_chain": tokens}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_are_those_of_the_rfcs() {
        for (text, plain) in [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob")] {
            assert_eq!(base64url(plain.as_bytes()), text);
            assert_eq!(bytes(text), plain.as_bytes());
        }
        // RFC 8037 appendix A.3.
        let key = bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").try_into().expect("32 bytes");
        assert_eq!(thumbprint(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // RFC 7515 appendix A.3.2 has the input of this hash in octets.
        assert_eq!(hash("a.b.c"), base64url(&sha256(b"a.b")));
    }
}
