//! The set for others: it follows its schema, its envelopes are what they say, and its schema does not drift from ours.

use keybound::{Chain, Proof, PublicKey};
use keybound_tests::{forge, publish, vectors};
use serde_json::Value;

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hex")
}

#[test]
fn it_follows_its_schema() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.set_default_draft(boon::Draft::V2020_12);
    let path = publish::folder().join("schema.json");
    let schema = compiler.compile(path.to_str().expect("a path"), &mut schemas).expect("a schema");
    if let Err(error) = schemas.validate(&publish::set(), schema) {
        panic!("{error:#}");
    }
    let mut spoiled = publish::set();
    spoiled["cose_sign1"][0]["valid"] = Value::from("yes");
    assert!(schemas.validate(&spoiled, schema).is_err());
}

/// A vector means the same in the set and in its file.
#[test]
fn its_schema_says_of_vectors_what_ours_says() {
    let read = |path: std::path::PathBuf| -> Value {
        serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON")
    };
    let ours = read(vectors::folder().join("schema.json"));
    let mut theirs = read(publish::folder().join("schema.json"));
    let vector = &mut theirs["$defs"]["vector"];
    vector["properties"].as_object_mut().expect("properties").remove("topic").expect("a topic");
    vector["required"].as_array_mut().expect("required").retain(|name| name != "topic");
    for (name, definition) in ours["$defs"].as_object().expect("definitions") {
        assert_eq!(definition, &theirs["$defs"][name], "{name}");
    }
}

#[test]
fn its_envelopes_hold_or_do_not_as_they_say() {
    let set = publish::set();
    let (mut valid, mut invalid) = (0, 0);
    for entry in set["cose_sign1"].as_array().expect("envelopes") {
        let key = PublicKey::from_bytes(&bytes(&entry["key"])).expect("a key");
        let holds = key.verify(&bytes(&entry["to_be_signed"]), &bytes(&entry["signature"])).is_ok();
        assert_eq!(Value::from(holds), entry["valid"], "{}", entry["name"]);
        let message = bytes(&entry["message"]);
        let chain = forge::token::chain(std::slice::from_ref(&message));
        assert!(Chain::parse(&chain).is_ok() || Proof::parse(&message).is_ok(), "{}", entry["name"]);
        if holds { valid += 1 } else { invalid += 1 }
    }
    assert_eq!((valid, invalid), (4, 8));
}

#[test]
fn its_thumbprints_are_those_of_the_core() {
    for key in publish::set()["keys"].as_array().expect("keys") {
        let public = PublicKey::from_bytes(&bytes(&key["public"])).expect("a key");
        assert_eq!(hex::encode(public.thumbprint().as_bytes()), key["ckt"]);
        assert_eq!(public.jwk_thumbprint().to_string(), key["jkt"]);
        assert_eq!(public.jwk_thumbprint().to_uri(), key["jkt_uri"]);
        assert_eq!(public.to_jwk(), key["jwk"].to_string());
    }
}
