//! Our vectors as one set for others: what is in `vectors/`, and besides it the pieces that no public set has yet: COSE_Sign1 under
//! alg -19, thumbprints of OKP keys, chains and proofs in CWT.

use crate::forge::cbor::Item;
use crate::forge::jws::{self, base64url};
use crate::forge::token::{self, to_be_signed};
use crate::forge::{self, public_key, sha256};
use crate::make::scene::{HOLDERS, ISSUER_KEY, STRANGER, Scene};
use crate::vectors;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The folder with what is documented by hand: the schema and the page about the set.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("published")
}

/// The whole set.
pub fn set() -> Value {
    let (notes, all) = vectors();
    json!({
        "format": "keybound-vectors/1",
        "licence": "MIT OR Apache-2.0",
        "specification": "core/SPEC.md of keybound; section numbers in comments are its own",
        "keys": keys(),
        "cose_sign1": cose_sign1(),
        "notes": notes,
        "vectors": all,
    })
}

/// The keys, with the two thumbprints that COSE (RFC 9679) and JOSE (RFC 7638) give them.
fn keys() -> Vec<Value> {
    let named = [("issuer", ISSUER_KEY), ("stranger", STRANGER)]
        .into_iter()
        .map(|(name, seed)| (name.to_owned(), seed));
    let holders = HOLDERS.iter().enumerate().map(|(depth, seed)| (format!("holder-{depth}"), *seed));
    named.chain(holders).map(|(name, seed)| key(&name, &seed)).collect()
}

fn key(name: &str, seed: &[u8; 32]) -> Value {
    let public = public_key(seed);
    let cose = Item::claims(vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(public))]).encode();
    json!({
        "name": name,
        "seed": hex::encode(seed),
        "public": hex::encode(public),
        "cose_key": hex::encode(&cose),
        "ckt": hex::encode(sha256(&cose)),
        "ckt_uri": format!("urn:ietf:params:oauth:ckt:sha-256:{}", base64url(&sha256(&cose))),
        "jwk": jws::jwk(&public),
        "jkt": jws::thumbprint(&public),
        "jkt_uri": jws::issuer_of(&public),
    })
}

/// Envelopes under alg -19, part by part: three tokens of a chain and a proof, each also spoiled.
fn cose_sign1() -> Vec<Value> {
    let scene = Scene::of(3);
    let tokens = scene.tokens();
    let mut all = Vec::new();
    for (depth, token) in tokens.iter().enumerate() {
        let signer = if depth == 0 { ISSUER_KEY } else { HOLDERS[depth - 1] };
        let external = tokens[..depth].last().map_or(Vec::new(), |parent| sha256(parent).to_vec());
        all.extend(envelopes(&format!("token-{depth}"), &signer, &external, token));
    }
    let (_, proof) = scene.finish();
    all.extend(envelopes("proof", &HOLDERS[2], &[], &proof));
    all
}

fn envelopes(name: &str, signer: &[u8; 32], external: &[u8], message: &[u8]) -> Vec<Value> {
    let [protected, payload, signature] = parts(message);
    let signed = to_be_signed(&protected, external, &payload);
    assert_eq!(forge::sign(signer, &signed).to_vec(), signature, "{name} is what the forge signs");
    let entry = |name: String, comment: &str, external: &[u8], signature: &[u8], valid: bool| {
        json!({
            "name": name,
            "comment": comment,
            "key": hex::encode(public_key(signer)),
            "protected": hex::encode(&protected),
            "external_aad": hex::encode(external),
            "payload": hex::encode(&payload),
            "to_be_signed": hex::encode(to_be_signed(&protected, external, &payload)),
            "signature": hex::encode(signature),
            "message": hex::encode(token::sign1(&protected, Item::Map(vec![]), &payload, signature)),
            "valid": valid,
        })
    };
    let mut flipped = signature.clone();
    flipped[10] ^= 1;
    let elsewhere = sha256(external);
    vec![
        entry(name.to_owned(), "as it is", external, &signature, true),
        entry(format!("{name}-flipped"), "one bit of the signature changed", external, &flipped, false),
        entry(format!("{name}-elsewhere"), "under other external data", &elsewhere, &signature, false),
    ]
}

/// Protected header, payload and signature of an honest envelope.
fn parts(message: &[u8]) -> [Vec<u8>; 3] {
    // d2 84, a byte string, a0, two byte strings.
    let (protected, rest) = byte_string(&message[2..]);
    let (payload, rest) = byte_string(&rest[1..]);
    let (signature, rest) = byte_string(rest);
    assert!(rest.is_empty(), "nothing follows");
    [protected, payload, signature]
}

fn byte_string(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let (length, start) = match bytes[0] {
        0x58 => (usize::from(bytes[1]), 2),
        0x59 => (usize::from(bytes[1]) << 8 | usize::from(bytes[2]), 3),
        head => (usize::from(head - 0x40), 1),
    };
    (bytes[start..start + length].to_vec(), &bytes[start + length..])
}

/// Every vector with the file it comes from, and every note.
fn vectors() -> (Map<String, Value>, Vec<Value>) {
    let (mut notes, mut all) = (Map::new(), Vec::new());
    for (file, contents) in vectors::files() {
        let topic = file.trim_end_matches(".json").to_owned();
        notes.insert(topic.clone(), json!(contents.notes));
        for vector in contents.vectors {
            let mut value = serde_json::to_value(vector).expect("a vector is JSON");
            value["topic"] = json!(topic);
            all.push(value);
        }
    }
    (notes, all)
}
