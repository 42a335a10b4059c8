//! JWT access tokens of RFC 9068, bound to a key, and public keys as JWK.

use super::scene::{AUDIENCE, HOLDERS, ISSUER, ISSUER_KEY, NOW, STRANGER};
use super::topic::{Topic, flags};
use crate::forge::jws::base64url;
use crate::forge::{self, es256, jws, public_key};
use crate::http::{Facts, Tokens};
use crate::vectors::Vector;
use serde_json::{Value, json};

#[derive(Clone)]
struct Scene {
    header: Value,
    claims: Value,
    keys: Vec<Value>,
    rules: Tokens,
    now: u64,
    is_es256: bool,
    signer: [u8; 32],
    /// Changes the finished token.
    finish: fn(String) -> String,
}

impl Scene {
    fn new() -> Self {
        let mut key = jws::jwk(&public_key(&ISSUER_KEY));
        key["kid"] = json!("one");
        Self {
            header: json!({"alg": "Ed25519", "kid": "one", "typ": "at+jwt"}),
            claims: json!({
                "iss": ISSUER, "sub": "user:alice", "aud": AUDIENCE, "client_id": "agent-7", "jti": "token-1",
                "iat": NOW - 60, "exp": NOW + 240, "scope": "pay read",
                "cnf": {"jkt": jws::thumbprint(&public_key(&HOLDERS[0]))}
            }),
            keys: vec![key],
            rules: Tokens { issuer: ISSUER.into(), audience: vec![AUDIENCE.into()], ..Tokens::default() },
            now: NOW,
            is_es256: false,
            signer: ISSUER_KEY,
            finish: |token| token,
        }
    }

    fn es256() -> Self {
        let mut scene = Self::new();
        scene.header["alg"] = json!("ES256");
        scene.is_es256 = true;
        scene.keys = vec![es256::jwk(&ISSUER_KEY)];
        scene.keys[0]["kid"] = json!("one");
        scene
    }

    fn token(&self) -> String {
        let encode = |part: &Value| base64url(forge::jcs::canonical(part).as_bytes());
        let input = [encode(&self.header), encode(&self.claims)].join(".");
        let sign = if self.is_es256 { es256::sign } else { forge::sign };
        (self.finish)([input.clone(), base64url(&sign(&self.signer, input.as_bytes()))].join("."))
    }

    fn vector(&self, name: &str, comment: &str, list: &str) -> Vector {
        let mut rules = self.rules.clone();
        if rules.jwks.is_empty() {
            rules.jwks = json!({"keys": self.keys}).to_string();
        }
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(list),
            operation: "access_token".into(),
            access_tokens: Some(rules),
            text: Some(self.token()),
            now: Some(self.now),
            ..Vector::default()
        }
    }
}

fn control(t: &mut Topic, name: &str, comment: &str, scene: &Scene) {
    let text = |member: &str| scene.claims[member].as_str().map(str::to_owned);
    let facts = Facts {
        id: text("jti"),
        subject: text("sub"),
        client_id: text("client_id"),
        bound_to: scene.claims["cnf"]["jkt"].as_str().map(str::to_owned),
        expires: scene.claims["exp"].as_u64(),
        ..Facts::default()
    };
    let vector = scene.vector(&format!("{name}_control"), comment, "AccessToken");
    t.plain(Vector { expect: "ok".into(), facts: Some(facts), ..vector });
}

type Line = (&'static str, &'static str, &'static str, &'static str, fn(&mut Scene));

type Variant = (&'static str, &'static str, fn(&mut Scene));

fn faults(t: &mut Topic, control: &str, base: &Scene, lines: &[Line]) {
    for (name, comment, list, expect, change) in lines {
        let mut scene = base.clone();
        change(&mut scene);
        let vector = scene.vector(name, comment, &format!("AccessToken {list}"));
        let control = Some(format!("{control}_control"));
        t.plain(Vector { control, expect: (*expect).into(), link: Some(None), ..vector });
    }
}

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("access_token");
    t.note(
        "AccessToken",
        "a JWT access token of RFC 9068; a wrong one would let a bearer, another client or another issuer in",
    );
    t.note("Jwk", "a public key as JSON; a lenient reader would take a private, foreign or ambiguous one");
    let (ed25519, es256) = (Scene::new(), Scene::es256());
    control(&mut t, "access_token_ed25519", "signed with Ed25519", &ed25519);
    control(&mut t, "access_token_es256", "signed with ES256", &es256);
    let variants: [Variant; 8] = [
        ("access_token_long_type", "typ with its prefix", |s| s.header["typ"] = json!("application/at+jwt")),
        ("access_token_audience_list", "several audiences, ours among them", |s| {
            s.claims["aud"] = json!(["https://a.example", AUDIENCE])
        }),
        ("access_token_no_kid", "a header that names no key", |s| {
            drop(s.header.as_object_mut().map(|h| h.remove("kid")))
        }),
        ("access_token_second_key", "the second of two keys without names", |s| {
            s.header.as_object_mut().map(|h| h.remove("kid"));
            s.keys.insert(0, jws::jwk(&public_key(&STRANGER)));
        }),
        ("access_token_other_keys_in_the_set", "keys of other kinds and uses in the set", |s| {
            s.keys.insert(0, json!({"kty": "RSA", "kid": "one", "n": "AQAB", "e": "AQAB"}));
            let mut encryption = jws::jwk(&public_key(&STRANGER));
            encryption["use"] = json!("enc");
            encryption["kid"] = json!("one");
            s.keys.insert(0, encryption);
        }),
        ("access_token_old_name", "the old name of the algorithm, where it is allowed", |s| {
            s.header["alg"] = json!("EdDSA");
            s.rules.algorithms = Some(vec!["Ed25519".into(), "EdDSA".into()]);
        }),
        ("access_token_bearer", "bound to no key, where that is allowed", |s| {
            s.claims.as_object_mut().map(|c| c.remove("cnf"));
            s.rules.bearer_allowed = Some(true);
        }),
        ("access_token_within_the_skew", "expired by less than the skew", |s| s.now = NOW + 240 + 29),
    ];
    for (name, comment, change) in variants {
        let mut scene = ed25519.clone();
        change(&mut scene);
        control(&mut t, name, comment, &scene);
    }
    faults(&mut t, "access_token_ed25519", &ed25519, FAULTS);
    faults(
        &mut t,
        "access_token_es256",
        &es256,
        &[
            (
                "access_token_es256_flipped",
                "a signature changed in one bit",
                "E1",
                "access_token.bad_signature",
                |s| {
                    s.finish = |token| {
                        let (input, signature) = token.rsplit_once('.').expect("a signature");
                        let mut signature = jws::bytes(signature);
                        signature[63] ^= 1;
                        [input, &base64url(&signature)].join(".")
                    };
                },
            ),
            (
                "access_token_es256_not_allowed",
                "ES256 where it is not on the list",
                "E6",
                "envelope.wrong_algorithm",
                |s| {
                    s.rules.algorithms = Some(vec!["Ed25519".into()]);
                },
            ),
        ],
    );
    keys(&mut t);
    t
}

const FAULTS: &[Line] = &[
    ("access_token_alg_none", "alg none", "E4", "jose.unsigned", |s| s.header["alg"] = json!("none")),
    (
        "access_token_hmac",
        "a shared secret, which the public key could pass for",
        "E5",
        "jose.symmetric",
        |s| s.header["alg"] = json!("HS256"),
    ),
    ("access_token_rs256", "RS256", "E6", "envelope.wrong_algorithm", |s| s.header["alg"] = json!("RS256")),
    ("access_token_id_token", "an ID token", "E5 P10", "envelope.wrong_type", |s| {
        s.header["typ"] = json!("JWT")
    }),
    ("access_token_aat", "a token of AAT-02", "P10", "envelope.wrong_type", |s| {
        s.header["typ"] = json!("aat+jwt")
    }),
    ("access_token_too_large", "above token_bytes", "E19", "bytes.too_large", |s| {
        s.claims["pad"] = json!("x".repeat(8192))
    }),
    (
        "access_token_unknown_kid",
        "a key that the set does not have",
        "E3 C16",
        "access_token.unknown_key",
        |s| s.header["kid"] = json!("two"),
    ),
    (
        "access_token_embedded_key",
        "a key that the token brings along",
        "E3 I9",
        "access_token.bad_signature",
        |s| {
            s.header["jwk"] = jws::jwk(&public_key(&STRANGER));
            s.signer = STRANGER;
        },
    ),
    (
        "access_token_key_for_encryption",
        "a key that is not for signatures",
        "E3",
        "access_token.unknown_key",
        |s| s.keys[0]["use"] = json!("enc"),
    ),
    (
        "access_token_key_of_another_algorithm",
        "a key for another algorithm",
        "E5",
        "access_token.unknown_key",
        |s| s.keys[0]["alg"] = json!("ES256"),
    ),
    ("access_token_set_no_object", "a key set that is none", "I10", "jose.bad_key_set", |s| {
        s.rules.jwks = "[]".into()
    }),
    ("access_token_set_with_private_key", "a key set with a private key", "I6", "key.private", |s| {
        s.keys[0]["d"] = json!(base64url(&ISSUER_KEY))
    }),
    ("access_token_stranger", "signed by somebody else", "E3 C16", "access_token.bad_signature", |s| {
        s.signer = STRANGER
    }),
    ("access_token_other_issuer", "from another issuer", "C16", "access_token.wrong_issuer", |s| {
        s.claims["iss"] = json!("https://other.example")
    }),
    ("access_token_other_audience", "for another audience", "P7", "call.not_our_audience", |s| {
        s.claims["aud"] = json!("https://other.example")
    }),
    (
        "access_token_no_audience_in_the_list",
        "an empty list of audiences",
        "I10",
        "call.not_our_audience",
        |s| s.claims["aud"] = json!([]),
    ),
    ("access_token_audience_no_text", "an audience that is no text", "E5", "claims.wrong", |s| {
        s.claims["aud"] = json!([1])
    }),
    ("access_token_no_subject", "no sub", "I4", "claims.missing", |s| {
        drop(s.claims.as_object_mut().map(|c| c.remove("sub")))
    }),
    ("access_token_no_client", "no client_id", "I4", "claims.missing", |s| {
        drop(s.claims.as_object_mut().map(|c| c.remove("client_id")))
    }),
    ("access_token_no_id", "no jti", "I4", "claims.missing", |s| {
        drop(s.claims.as_object_mut().map(|c| c.remove("jti")))
    }),
    ("access_token_no_expiry", "no exp", "T7", "claims.missing", |s| {
        drop(s.claims.as_object_mut().map(|c| c.remove("exp")))
    }),
    ("access_token_expiry_no_integer", "an exp that is no integer", "T7", "claims.wrong", |s| {
        s.claims["exp"] = json!("1800000000")
    }),
    ("access_token_expiry_fraction", "an exp with half a second", "T7", "claims.wrong", |s| {
        s.claims["exp"] = json!(NOW as f64 + 240.5)
    }),
    ("access_token_expired", "expired", "T1", "time.expired", |s| s.now = NOW + 240 + 30),
    ("access_token_from_the_future", "issued in the future", "T5", "time.issued_in_future", |s| {
        s.claims["iat"] = json!(NOW + 31)
    }),
    ("access_token_not_yet", "not valid yet", "T8", "time.not_yet_valid", |s| {
        s.claims["nbf"] = json!(NOW + 31)
    }),
    ("access_token_unbound", "bound to no key", "P1", "access_token.not_bound", |s| {
        drop(s.claims.as_object_mut().map(|c| c.remove("cnf")))
    }),
    (
        "access_token_bound_to_a_certificate",
        "bound to something else than a key",
        "P1",
        "access_token.not_bound",
        |s| {
            s.claims["cnf"] = json!({"x5t#S256": base64url(&[7; 32])});
        },
    ),
    (
        "access_token_certificate_is_no_bearer",
        "bound to a certificate, where tokens bound to nothing are let in",
        "P1",
        "access_token.not_bound",
        |s| {
            s.rules.bearer_allowed = Some(true);
            s.claims["cnf"] = json!({"x5t#S256": base64url(&[7; 32])});
        },
    ),
    (
        "access_token_empty_confirmation_is_no_bearer",
        "bound to nothing that is said, where tokens bound to nothing are let in",
        "P1",
        "access_token.not_bound",
        |s| {
            s.rules.bearer_allowed = Some(true);
            s.claims["cnf"] = json!({});
        },
    ),
    (
        "access_token_key_id_no_text",
        "a key identifier that is no text, which must not mean every key",
        "E6",
        "jose.bad_header",
        |s| s.header["kid"] = json!(5),
    ),
    ("access_token_ends_before_it_begins", "exp before iat", "T4", "time.bad_lifetime", |s| {
        s.claims["iat"] = json!(NOW + 20);
        s.claims["exp"] = json!(NOW + 10);
    }),
    ("access_token_ends_when_it_may_begin", "exp at nbf", "T4", "time.bad_lifetime", |s| {
        s.claims["nbf"] = json!(NOW + 20);
        s.claims["exp"] = json!(NOW + 20);
    }),
    ("access_token_bound_to_nonsense", "a thumbprint that is none", "E6", "claims.wrong", |s| {
        s.claims["cnf"] = json!({"jkt": "short"})
    }),
];

/// Public keys as JWK.
fn keys(t: &mut Topic) {
    let honest = jws::jwk(&public_key(&HOLDERS[0]));
    let vector = |name: &str, comment: &str, jwk: String| Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags("Jwk"),
        operation: "public_jwk".into(),
        text: Some(jwk),
        ..Vector::default()
    };
    let thumbprint = Some(jws::thumbprint(&public_key(&HOLDERS[0])));
    let plain = vector("jwk_plain_control", "crv, kty and x", honest.to_string());
    t.plain(Vector { expect: "ok".into(), thumbprint: thumbprint.clone(), ..plain });
    let mut more = honest.clone();
    more["kid"] = json!("k");
    more["use"] = json!("sig");
    more["alg"] = json!("Ed25519");
    let more = vector("jwk_other_members_control", "members that do not make the key", more.to_string());
    t.plain(Vector { expect: "ok".into(), thumbprint, ..more });
    let x = honest["x"].as_str().expect("x").to_owned();
    for (name, comment, expect, jwk) in [
        (
            "jwk_private",
            "the private part",
            "key.private",
            json!({"crv": "Ed25519", "kty": "OKP", "x": x, "d": x}),
        ),
        ("jwk_shared_secret", "a shared secret", "key.private", json!({"kty": "oct", "k": x})),
        (
            "jwk_for_key_agreement",
            "a key for key agreement",
            "key.wrong_curve",
            json!({"crv": "X25519", "kty": "OKP", "x": x}),
        ),
        ("jwk_p256", "a key on P-256", "key.wrong_curve", es256::jwk(&HOLDERS[0])),
        ("jwk_no_kind", "no kty", "key.bad", json!({"crv": "Ed25519", "x": x})),
        (
            "jwk_padded",
            "padding after x",
            "key.bad",
            json!({"crv": "Ed25519", "kty": "OKP", "x": format!("{x}=")}),
        ),
        (
            "jwk_short",
            "x of 31 bytes",
            "key.bad",
            json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(&[7; 31])}),
        ),
    ] {
        let vector = vector(name, comment, jwk.to_string());
        t.plain(Vector {
            control: Some("jwk_plain_control".into()),
            expect: expect.into(),
            link: Some(None),
            ..vector
        });
    }
    let twice = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}","x":"{x}"}}"#);
    let vector = vector("jwk_member_twice", "x twice", twice);
    t.plain(Vector {
        control: Some("jwk_plain_control".into()),
        expect: "json.duplicate_member".into(),
        link: Some(None),
        ..vector
    });
}
