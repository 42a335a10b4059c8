//! Header, key and signature.

use super::scene::{Key, Scene, control, faults};
use crate::forge::jws::base64url;
use crate::forge::{es256, jws};
use crate::make::scene::{HOLDERS, STRANGER};
use crate::make::topic::Topic;
use serde_json::json;

pub(super) fn add(t: &mut Topic) {
    let ed25519 = Scene::of(Key::Ed25519(HOLDERS[0]));
    let es256 = Scene::of(Key::Es256(HOLDERS[0]));
    control(t, "dpop_ed25519", "a proof of ours", "Dpop", false, &ed25519);
    control(t, "dpop_es256", "a proof of a stock client", "Dpop", false, &es256);
    let mut old = ed25519.clone();
    old.header["alg"] = json!("EdDSA");
    old.guard.algorithms = Some(vec!["Ed25519".into(), "EdDSA".into()]);
    control(t, "dpop_old_name", "the old name of the algorithm, where it is allowed", "Dpop", false, &old);
    let mut extra = ed25519.clone();
    extra.header["kid"] = json!("k");
    extra.header["jku"] = json!("https://evil.example/keys");
    extra.header["jwk"]["alg"] = json!("Ed25519");
    extra.claims["other"] = json!({"deep": [1e0]});
    control(
        t,
        "dpop_unknown_members",
        "members nobody asks for, a place to fetch keys among them",
        "Dpop E5",
        false,
        &extra,
    );
    faults(
        t,
        "dpop_ed25519",
        &ed25519,
        &[
            ("dpop_no_header", "no proof", "Dpop P1 I4", "dpop.missing", |s| s.finish = |_| vec![]),
            ("dpop_two_headers", "the proof twice", "Dpop", "dpop.repeated", |s| {
                s.finish = |p| vec![p.clone(), p]
            }),
            ("dpop_two_in_one", "two proofs joined by a comma", "Dpop", "dpop.repeated", |s| {
                s.finish = |p| vec![format!("{p}, {p}")];
            }),
            ("dpop_empty_header", "an empty header", "Dpop E2", "jose.not_compact", |s| {
                s.finish = |_| vec![String::new()]
            }),
            ("dpop_not_a_jwt", "two segments", "Dpop E2", "jose.not_compact", |s| {
                s.finish = |_| vec!["e30.e30".into()]
            }),
            ("dpop_encrypted", "five segments", "Dpop", "jose.encrypted", |s| {
                s.finish = |_| vec!["e30.e30.e30.e30.e30".into()]
            }),
            ("dpop_too_large", "above proof_bytes", "Dpop E19", "bytes.too_large", |s| {
                s.claims["pad"] = json!("x".repeat(4096));
            }),
            ("dpop_padding", "padding after the signature", "Dpop E9", "jose.bad_base64", |s| {
                s.finish = |p| vec![format!("{p}==")]
            }),
            ("dpop_typ_missing", "no typ", "Dpop E5", "envelope.wrong_type", |s| {
                drop(s.header.as_object_mut().map(|h| h.remove("typ")))
            }),
            ("dpop_typ_jwt", "another type", "Dpop E5 P10", "envelope.wrong_type", |s| {
                s.header["typ"] = json!("JWT")
            }),
            ("dpop_alg_none", "alg none", "Dpop E4", "jose.unsigned", |s| s.header["alg"] = json!("none")),
            ("dpop_alg_hmac", "a shared secret", "Dpop E5", "jose.symmetric", |s| {
                s.header["alg"] = json!("HS256")
            }),
            (
                "dpop_alg_unknown",
                "an algorithm that is not on the list",
                "Dpop E6",
                "envelope.wrong_algorithm",
                |s| {
                    s.header["alg"] = json!("ES384");
                },
            ),
            (
                "dpop_alg_old_name",
                "the old name of the algorithm",
                "Dpop E6",
                "envelope.wrong_algorithm",
                |s| s.header["alg"] = json!("EdDSA"),
            ),
            (
                "dpop_alg_of_another_key",
                "an algorithm that is not the key's",
                "Dpop E5",
                "jose.wrong_key_type",
                |s| {
                    s.header["alg"] = json!("ES256");
                },
            ),
            ("dpop_crit", "a critical extension", "Dpop", "jose.unknown_critical", |s| {
                s.header["crit"] = json!(["exp"])
            }),
            ("dpop_b64_false", "an unencoded payload", "Dpop", "jose.unencoded", |s| {
                s.header["b64"] = json!(false)
            }),
            ("dpop_zip", "a compressed payload", "Dpop", "jose.compressed", |s| {
                s.header["zip"] = json!("DEF")
            }),
            ("dpop_nested", "a token inside", "Dpop", "jose.nested", |s| s.header["cty"] = json!("JWT")),
            ("dpop_no_jwk", "no key", "Dpop", "claims.missing", |s| {
                drop(s.header.as_object_mut().map(|h| h.remove("jwk")))
            }),
            ("dpop_private_jwk", "a key with its private part", "Dpop I6", "key.private", |s| {
                s.header["jwk"]["d"] = json!(base64url(&HOLDERS[0]))
            }),
            ("dpop_other_curve", "a key on another curve", "Dpop E6", "key.wrong_curve", |s| {
                s.header["jwk"]["crv"] = json!("X25519")
            }),
            ("dpop_small_order_key", "a key of small order", "Dpop E3", "key.bad", |s| {
                let mut x = [0; 32];
                x[0] = 1;
                s.header["jwk"]["x"] = json!(base64url(&x));
            }),
            (
                "dpop_other_key",
                "another key than the one that signed",
                "Dpop E3 P2",
                "proof.bad_signature",
                |s| {
                    s.header["jwk"] = Key::Ed25519(STRANGER).jwk();
                },
            ),
            ("dpop_short_signature", "a signature cut short", "Dpop E2", "envelope.signature_length", |s| {
                s.finish = |p| {
                    let (input, signature) = p.rsplit_once('.').expect("a signature");
                    vec![[input, &base64url(&jws::bytes(signature)[..60])].join(".")]
                };
            }),
            ("dpop_claims_no_object", "a payload that is no object", "Dpop", "json.not_an_object", |s| {
                s.claims = json!(["POST"])
            }),
        ],
    );
    faults(
        t,
        "dpop_es256",
        &es256,
        &[
            (
                "dpop_es256_not_allowed",
                "ES256 where it is not on the list",
                "Dpop E6",
                "envelope.wrong_algorithm",
                |s| {
                    s.guard.algorithms = Some(vec!["Ed25519".into()]);
                },
            ),
            ("dpop_es256_flipped", "a signature changed in one bit", "Dpop E1", "proof.bad_signature", |s| {
                s.finish = |p| {
                    let (input, signature) = p.rsplit_once('.').expect("a signature");
                    let mut signature = jws::bytes(signature);
                    signature[40] ^= 1;
                    vec![[input, &base64url(&signature)].join(".")]
                };
            }),
            ("dpop_es256_zero", "r and s of zero", "Dpop E2", "proof.bad_signature", |s| {
                s.finish =
                    |p| vec![[p.rsplit_once('.').expect("a signature").0, &base64url(&[0; 64])].join(".")];
            }),
            (
                "dpop_es256_off_the_curve",
                "a key that is no point of the curve",
                "Dpop E3",
                "proof.bad_signature",
                |s| {
                    s.header["jwk"]["y"] = json!(base64url(&[7; 32]));
                },
            ),
            ("dpop_es256_short_coordinate", "a coordinate of 31 bytes", "Dpop E6", "key.bad", |s| {
                s.header["jwk"]["x"] = json!(base64url(&[7; 31]));
            }),
            (
                "dpop_es256_twin",
                "the other signature that holds for the same proof, after the first",
                "Dpop P7 P11",
                "proof.replayed",
                |s| {
                    s.times = Some(2);
                    s.finish = |p| {
                        let (input, signature) = p.rsplit_once('.').expect("a signature");
                        let twin = es256::twin(&jws::bytes(signature).try_into().expect("64 bytes"));
                        vec![[input, &base64url(&twin)].join(".")]
                    };
                },
            ),
        ],
    );
}
