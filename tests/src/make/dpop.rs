//! DPoP proofs: the twelve checks of RFC 9449 §4.3, the additive claim, nonces and replays.

use super::scene::{AUDIENCE, HOLDERS, NOW, STRANGER};
use super::topic::{Topic, flags};
use crate::forge::jws::base64url;
use crate::forge::{self, es256, jws, public_key, sha256};
use crate::http::{Call, Earlier, Facts, Guard};
use crate::vectors::Vector;
use serde_json::{Value, json};

const TOKEN: &str = "at.example.token";
const BODY: &[u8] = br#"{"amount":5}"#;
const ARGUMENTS: &str = r#"{"amount": 5.0, "to": "acme"}"#;
const SECRET: [u8; 32] = [0x5e; 32];

/// Who signs, and how.
#[derive(Clone, Copy)]
enum Key {
    Ed25519([u8; 32]),
    Es256([u8; 32]),
}

impl Key {
    fn jwk(self) -> Value {
        match self {
            Self::Ed25519(seed) => jws::jwk(&public_key(&seed)),
            Self::Es256(seed) => es256::jwk(&seed),
        }
    }

    fn sign(self, message: &[u8]) -> [u8; 64] {
        match self {
            Self::Ed25519(seed) => forge::sign(&seed, message),
            Self::Es256(seed) => es256::sign(&seed, message),
        }
    }

    fn thumbprint(self) -> String {
        base64url(&sha256(forge::jcs::canonical(&self.jwk()).as_bytes()))
    }
}

/// A request with its proof, before it is signed.
#[derive(Clone)]
struct Scene {
    key: Key,
    header: Value,
    claims: Value,
    guard: Guard,
    call: Call,
    bound_to: Option<String>,
    now: u64,
    times: Option<u32>,
    before: Option<Vec<Earlier>>,
    /// Changes the finished headers.
    finish: fn(String) -> Vec<String>,
}

impl Scene {
    fn of(key: Key) -> Self {
        let algorithm = match key {
            Key::Ed25519(_) => "Ed25519",
            Key::Es256(_) => "ES256",
        };
        Self {
            key,
            header: json!({"alg": algorithm, "jwk": key.jwk(), "typ": "dpop+jwt"}),
            claims: json!({"htm": "POST", "htu": "https://tools.example/mcp", "iat": NOW - 5, "jti": "proof-1"}),
            guard: Guard { origins: vec!["https://tools.example".into()], ..Guard::default() },
            call: Call { method: "POST".into(), uri: "/mcp?session=1".into(), ..Call::default() },
            bound_to: None,
            now: NOW,
            times: None,
            before: None,
            finish: |proof| vec![proof],
        }
    }

    fn with_token(mut self) -> Self {
        self.claims["ath"] = json!(base64url(&sha256(TOKEN.as_bytes())));
        self.call.access_token = Some(TOKEN.into());
        self.bound_to = Some(self.key.thumbprint());
        self
    }

    fn proof(&self) -> String {
        let encode = |part: &Value| base64url(forge::jcs::canonical(part).as_bytes());
        let input = [encode(&self.header), encode(&self.claims)].join(".");
        [input.clone(), base64url(&self.key.sign(input.as_bytes()))].join(".")
    }

    fn vector(&self, name: &str, comment: &str, list: &str) -> Vector {
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(list),
            operation: "dpop".into(),
            guard: Some(self.guard.clone()),
            headers: Some((self.finish)(self.proof())),
            call: Some(self.call.clone()),
            bound_to: self.bound_to.clone(),
            now: Some(self.now),
            times: self.times,
            before: self.before.clone(),
            ..Vector::default()
        }
    }
}

fn control(t: &mut Topic, name: &str, comment: &str, list: &str, is_bound: bool, scene: &Scene) {
    let facts = Facts {
        thumbprint: Some(scene.key.thumbprint()),
        is_bound: Some(is_bound),
        id: scene.claims["jti"].as_str().map(str::to_owned),
        ..Facts::default()
    };
    let vector = scene.vector(&format!("{name}_control"), comment, list);
    t.plain(Vector { expect: "ok".into(), facts: Some(facts), ..vector });
}

type Change = fn(&mut Scene);

/// One line of a table: name, comment, flags, code, change.
type Line = (&'static str, &'static str, &'static str, &'static str, Change);

fn faults(t: &mut Topic, control: &str, base: &Scene, lines: &[Line]) {
    for (name, comment, list, expect, change) in lines {
        let mut scene = base.clone();
        change(&mut scene);
        let vector = scene.vector(name, comment, list);
        let control = Some(format!("{control}_control"));
        t.plain(Vector { control, expect: (*expect).into(), link: Some(None), ..vector });
    }
}

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("dpop");
    t.note("Dpop", "a proof of RFC 9449, or what stands around it");
    t.note(
        "Misdirected",
        "made for another request, token or key; whoever captured it could use it elsewhere",
    );
    t.note(
        "Unbound",
        "covers less of the request than the server wants; what is not covered can be changed on the way",
    );
    signed(&mut t);
    claims(&mut t);
    bound(&mut t);
    fresh(&mut t);
    t
}

/// Header, key and signature.
fn signed(t: &mut Topic) {
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

/// What the proof says of the request.
fn claims(t: &mut Topic) {
    let base = Scene::of(Key::Ed25519(HOLDERS[0])).with_token();
    control(t, "dpop_with_token", "a request with an access token", "Dpop", false, &base);
    let mut normal = base.clone();
    normal.claims["htu"] = json!("HTTPS://Tools.Example:443/a/../%6Dcp");
    control(t, "dpop_uri_written_otherwise", "the same URI, written otherwise", "Dpop", false, &normal);
    let mut query = base.clone();
    query.claims["htu"] = json!("https://tools.example/mcp?session=2#there");
    control(t, "dpop_uri_with_query", "query and fragment do not count", "Dpop", false, &query);
    let mut proxy = base.clone();
    proxy.guard.origins = vec!["https://other.example".into(), "https://tools.example/v1".into()];
    proxy.claims["htu"] = json!("https://tools.example/v1/mcp");
    proxy.call.uri = "http://10.0.0.7:8080/mcp".into();
    control(
        t,
        "dpop_behind_a_proxy",
        "the second of two origins, and a path that the proxy takes off",
        "Dpop",
        false,
        &proxy,
    );
    let refused = "Dpop Misdirected P5";
    faults(
        t,
        "dpop_with_token",
        &base,
        &[
            ("dpop_no_jti", "no jti", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("jti")))
            }),
            ("dpop_empty_jti", "an empty jti", "Dpop P11", "claims.wrong", |s| s.claims["jti"] = json!("")),
            ("dpop_no_htm", "no htm", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("htm")))
            }),
            ("dpop_no_htu", "no htu", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("htu")))
            }),
            ("dpop_htu_no_text", "an htu that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["htu"] = json!(["x"])
            }),
            ("dpop_no_iat", "no iat", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("iat")))
            }),
            ("dpop_iat_no_integer", "an iat that is no integer", "Dpop T7", "claims.wrong", |s| {
                s.claims["iat"] = json!(NOW as f64 - 0.5)
            }),
            ("dpop_other_method", "another method", refused, "dpop.wrong_method", |s| {
                s.claims["htm"] = json!("GET")
            }),
            ("dpop_method_in_lower_case", "the method in lower case", refused, "dpop.wrong_method", |s| {
                s.claims["htm"] = json!("post")
            }),
            ("dpop_other_host", "another host", "Dpop Misdirected P8", "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://evil.example/mcp")
            }),
            (
                "dpop_host_in_the_user",
                "our host where the user stands",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.claims["htu"] = json!("https://tools.example@evil.example/mcp");
                },
            ),
            ("dpop_other_port", "another port", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example:8443/mcp")
            }),
            ("dpop_plain_http", "without TLS", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("http://tools.example/mcp")
            }),
            ("dpop_other_path", "another path", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/admin")
            }),
            ("dpop_path_in_capitals", "the path in capitals", "Dpop Misdirected X5", "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/MCP")
            }),
            // The server's own target is somebody else's text: it must not reach into the origin.
            (
                "dpop_target_goes_on_with_the_host",
                "a target that goes on with the host's name",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.call.uri = ".evil.example/mcp".into();
                    s.claims["htu"] = json!("https://tools.example.evil.example/mcp");
                },
            ),
            (
                "dpop_target_begins_with_a_port",
                "a target that begins with a port",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.call.uri = ":8443/mcp".into();
                    s.claims["htu"] = json!("https://tools.example:8443/mcp");
                },
            ),
            ("dpop_target_a_star", "a target that is no path", refused, "dpop.wrong_uri", |s| {
                s.call.uri = "*".into();
                s.claims["htu"] = json!("https://tools.example*");
            }),
            (
                "dpop_target_climbs",
                "a target that climbs out of the prefix",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "/../mcp".into();
                },
            ),
            (
                "dpop_target_climbs_encoded",
                "the same in percent-encoding",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "/x/%2e%2E/.%2e/mcp".into();
                },
            ),
            (
                "dpop_target_with_dots",
                "dots that a router may resolve in its own way",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| s.call.uri = "/admin/../mcp".into(),
            ),
            (
                "dpop_target_lengthens_the_prefix",
                "a target that goes on with the prefix",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "2/mcp".into();
                    s.claims["htu"] = json!("https://tools.example/v12/mcp");
                },
            ),
            ("dpop_relative_uri", "no scheme and no host", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("/mcp")
            }),
            ("dpop_sibling_path", "a path that goes on", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/mcp/x")
            }),
            (
                "dpop_no_ath",
                "no hash of the access token",
                "Dpop Misdirected P3",
                "dpop.wrong_access_token",
                |s| {
                    s.claims.as_object_mut().map(|c| c.remove("ath"));
                },
            ),
            (
                "dpop_other_ath",
                "the hash of another access token",
                "Dpop Misdirected P3",
                "dpop.wrong_access_token",
                |s| {
                    s.claims["ath"] = json!(base64url(&sha256(b"another")));
                },
            ),
            (
                "dpop_other_bound_key",
                "a token that is bound to another key",
                "Dpop Misdirected P2",
                "dpop.wrong_key",
                |s| {
                    s.bound_to = Some(Key::Ed25519(STRANGER).thumbprint());
                },
            ),
            (
                "dpop_nobody_says_which_key",
                "a token of which nobody says what it is bound to",
                "Dpop I4",
                "dpop.wrong_key",
                |s| s.bound_to = None,
            ),
            ("dpop_no_origin", "a server that does not say who it is", "Dpop I10", "request.bad", |s| {
                s.guard.origins = vec![]
            }),
            ("dpop_origin_no_uri", "an origin that is no URI", "Dpop I10", "request.bad", |s| {
                s.guard.origins = vec!["tools.example".into()]
            }),
        ],
    );
    // A member twice survives no JSON library, so it is written by hand.
    let mut twice = base.clone();
    twice.finish = |p| {
        let parts: Vec<&str> = p.split('.').collect();
        let text =
            String::from_utf8(jws::bytes(parts[1])).expect("text").replacen('{', r#"{"htm":"POST","#, 1);
        let input = [parts[0], &base64url(text.as_bytes())].join(".");
        vec![[input.clone(), base64url(&forge::sign(&HOLDERS[0], input.as_bytes()))].join(".")]
    };
    let vector = twice.vector("dpop_member_twice", "htm twice", "Dpop E10");
    let control = Some("dpop_with_token_control".into());
    t.plain(Vector { control, expect: "json.duplicate_member".into(), link: Some(None), ..vector });
}

/// The additive claim.
fn bound(t: &mut Topic) {
    let mut body = Scene::of(Key::Ed25519(HOLDERS[0]));
    body.call.body = Some(hex::encode(BODY));
    control(
        t,
        "dpop_stock_client",
        "a proof that covers no body, where the server does not insist",
        "Dpop Unbound",
        false,
        &body,
    );
    body.guard.binding_required = Some(true);
    body.claims["keybound"] = json!({"body": base64url(&sha256(BODY))});
    control(t, "dpop_body", "a proof that covers the body", "Dpop", true, &body);
    faults(
        t,
        "dpop_body",
        &body,
        &[
            (
                "dpop_body_not_covered",
                "no additive claim where the server insists",
                "Dpop Unbound P5",
                "dpop.not_bound",
                |s| {
                    s.claims.as_object_mut().map(|c| c.remove("keybound"));
                },
            ),
            ("dpop_body_changed", "another body", "Dpop Misdirected P5", "dpop.wrong_body", |s| {
                s.call.body = Some(hex::encode(b"{}"))
            }),
            (
                "dpop_nothing_to_cover",
                "a server that insists and says nothing of the request",
                "Dpop Unbound I10",
                "dpop.not_bound",
                |s| s.call.body = None,
            ),
            ("dpop_binding_no_object", "an additive claim of another shape", "Dpop", "claims.wrong", |s| {
                s.claims["keybound"] = json!("body")
            }),
            ("dpop_binding_no_text", "a digest that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["keybound"] = json!({"body": 1})
            }),
        ],
    );
    let mut lax = body.clone();
    lax.guard.binding_required = None;
    control(
        t,
        "dpop_body_though_nobody_insists",
        "the same where the server does not insist",
        "Dpop",
        true,
        &lax,
    );
    faults(
        t,
        "dpop_body_though_nobody_insists",
        &lax,
        &[(
            "dpop_body_changed_though_nobody_insists",
            "what is covered must be right, wanted or not",
            "Dpop Misdirected P5",
            "dpop.wrong_body",
            |s| s.call.body = Some(hex::encode(b"{}")),
        )],
    );
    let mut tool = Scene::of(Key::Es256(HOLDERS[1]));
    tool.guard.binding_required = Some(true);
    (tool.call.tool, tool.call.arguments) = (Some("pay".into()), Some(ARGUMENTS.into()));
    let digest = base64url(&sha256(br#"{"amount":5,"to":"acme"}"#));
    tool.claims["keybound"] = json!({"arguments": digest, "tool": "pay"});
    control(t, "dpop_tool", "a proof that covers tool and arguments", "Dpop", true, &tool);
    faults(
        t,
        "dpop_tool",
        &tool,
        &[
            ("dpop_other_tool", "another tool", "Dpop Misdirected P4", "proof.wrong_tool", |s| {
                s.call.tool = Some("refund".into())
            }),
            (
                "dpop_other_arguments",
                "other arguments",
                "Dpop Misdirected P5",
                "proof.wrong_arguments",
                |s| {
                    s.call.arguments = Some(r#"{"amount":6,"to":"acme"}"#.into());
                },
            ),
            (
                "dpop_tool_without_arguments",
                "a tool without its arguments",
                "Dpop Unbound",
                "claims.wrong",
                |s| {
                    s.claims["keybound"].as_object_mut().map(|c| c.remove("arguments"));
                },
            ),
            (
                "dpop_tool_but_no_body",
                "the tool is covered and the body is not",
                "Dpop Unbound P17",
                "dpop.not_bound",
                |s| {
                    s.call.body = Some(hex::encode(BODY));
                },
            ),
        ],
    );
}

/// Time, nonces and replays.
fn fresh(t: &mut Topic) {
    let base = Scene::of(Key::Ed25519(HOLDERS[0]));
    for (name, comment, iat) in [
        ("dpop_as_old_as_may_be", "30 seconds old", NOW - 30),
        ("dpop_as_early_as_may_be", "5 seconds ahead", NOW + 5),
    ] {
        let mut edge = base.clone();
        edge.claims["iat"] = json!(iat);
        control(t, name, comment, "Dpop P6", false, &edge);
    }
    faults(
        t,
        "dpop_ed25519",
        &base,
        &[
            ("dpop_too_old", "31 seconds old", "Dpop P6", "proof.stale", |s| {
                s.claims["iat"] = json!(NOW - 31)
            }),
            ("dpop_too_early", "6 seconds ahead", "Dpop P6", "proof.future", |s| {
                s.claims["iat"] = json!(NOW + 6)
            }),
            ("dpop_before_1970", "a time below zero", "Dpop T7", "proof.stale", |s| {
                s.claims["iat"] = json!(-1)
            }),
            ("dpop_replayed", "the same proof twice", "Dpop P7 P12", "proof.replayed", |s| s.times = Some(2)),
            ("dpop_memory_full", "no room to remember it", "Dpop P13", "proof.memory_full", |s| {
                s.guard.replay_capacity = Some(0)
            }),
            ("dpop_wanted_nonce", "a nonce that the server wants", "Dpop", "dpop.use_nonce", |s| {
                s.call.nonce = Some("n-1".into())
            }),
        ],
    );
    let mut own = base.clone();
    own.claims["nonce"] = json!("n-1");
    control(t, "dpop_nonce_nobody_wants", "a nonce that nobody asked for", "Dpop", false, &own);
    own.call.nonce = Some("n-1".into());
    control(t, "dpop_nonce_of_the_server", "the nonce that the server wants", "Dpop", false, &own);
    let mut nonce = base.clone();
    nonce.guard.nonce_secret = Some(hex::encode(SECRET));
    nonce.claims["nonce"] = json!(nonce_of(NOW / 60));
    // A client whose clock is a day behind: the nonce dates the proof.
    nonce.claims["iat"] = json!(NOW - 86_400);
    control(
        t,
        "dpop_nonce",
        "a nonce of this minute, from a client whose clock is wrong",
        "Dpop P11",
        false,
        &nonce,
    );
    let mut earlier = nonce.clone();
    earlier.claims["nonce"] = json!(nonce_of(NOW / 60 - 1));
    control(
        t,
        "dpop_nonce_of_the_minute_before",
        "a nonce of the minute before",
        "Dpop P11",
        false,
        &earlier,
    );
    faults(
        t,
        "dpop_nonce",
        &nonce,
        &[
            ("dpop_nonce_missing", "no nonce", "Dpop", "dpop.use_nonce", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("nonce")))
            }),
            ("dpop_nonce_too_old", "a nonce of two minutes ago", "Dpop P11", "dpop.use_nonce", |s| {
                s.claims["nonce"] = json!(nonce_of(NOW / 60 - 2))
            }),
            ("dpop_nonce_too_early", "a nonce of the next minute", "Dpop P11", "dpop.use_nonce", |s| {
                s.claims["nonce"] = json!(nonce_of(NOW / 60 + 1))
            }),
            (
                "dpop_nonce_of_another_secret",
                "a nonce under another secret",
                "Dpop P11",
                "dpop.use_nonce",
                |s| {
                    s.guard.nonce_secret = Some(hex::encode([0x5f; 32]));
                },
            ),
            ("dpop_nonce_no_text", "a nonce that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["nonce"] = json!(7)
            }),
            (
                "dpop_nonce_replayed",
                "the same proof twice, under a nonce",
                "Dpop P7",
                "proof.replayed",
                |s| s.times = Some(2),
            ),
        ],
    );
    clocks(t, &base, &nonce);
    signing(t);
}

/// Clocks of several servers differ, and a clock may be set back: what was once forgotten must not be fresh again.
fn clocks(t: &mut Topic, base: &Scene, nonce: &Scene) {
    let mut other = base.clone();
    other.claims["jti"] = json!("proof-2");
    other.claims["iat"] = json!(NOW + 30);
    let mut scene = base.clone();
    scene.now = NOW + 20;
    control(t, "dpop_later", "a proof 25 seconds old", "Dpop P7", false, &scene);
    scene.before = Some(vec![shown(base, NOW), shown(&other, NOW + 31)]);
    replayed(t, "dpop_later", "dpop_replayed_by_a_clock_set_back", &scene);

    let mut other = nonce.clone();
    other.claims["jti"] = json!("proof-2");
    other.claims["nonce"] = json!(nonce_of(NOW / 60 + 1));
    let end = (NOW / 60 + 2) * 60;
    let mut scene = nonce.clone();
    scene.now = end - 2;
    control(t, "dpop_nonce_later", "a nonce that is good for two more seconds", "Dpop P7", false, &scene);
    scene.before = Some(vec![shown(nonce, end - 120), shown(&other, end + 1)]);
    replayed(t, "dpop_nonce_later", "dpop_nonce_replayed_by_a_clock_set_back", &scene);
    // The first check comes late, and a later one later still: until when it is remembered is a matter of the nonce.
    scene.before = Some(vec![shown(nonce, end - 20), shown(&other, end + 1)]);
    replayed(t, "dpop_nonce_later", "dpop_nonce_replayed_after_a_late_check", &scene);
}

fn shown(scene: &Scene, now: u64) -> Earlier {
    Earlier { headers: vec![scene.proof()], now }
}

fn replayed(t: &mut Topic, control: &str, name: &str, scene: &Scene) {
    let comment = "seen and forgotten, then shown again by a clock that is behind";
    let vector = scene.vector(name, comment, "Dpop P7");
    let control = Some(format!("{control}_control"));
    t.plain(Vector { control, expect: "proof.replayed".into(), link: Some(None), ..vector });
}

/// SPEC 15.4, by a second hand: HMAC from its definition.
fn nonce_of(bucket: u64) -> String {
    let pad = |byte: u8| SECRET.iter().chain([0; 32].iter()).map(|key| key ^ byte).collect::<Vec<u8>>();
    let message = [&b"keybound nonce 1"[..], &bucket.to_be_bytes()].concat();
    let inner = sha256(&[pad(0x36), message].concat());
    let code = sha256(&[pad(0x5c), inner.to_vec()].concat());
    base64url(&[&bucket.to_be_bytes()[..], &code[..16]].concat())
}

/// What a client of ours writes, byte for byte.
fn signing(t: &mut Topic) {
    let id = [0x44; 16];
    let ask = |name: &str, comment: &str, call: Call| Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags("Dpop"),
        operation: "dpop_sign".into(),
        key: Some(hex::encode(HOLDERS[0])),
        proof_id: Some(hex::encode(id)),
        call: Some(call),
        now: Some(NOW),
        ..Vector::default()
    };
    let full = Call {
        method: "POST".into(),
        uri: format!("{AUDIENCE}/mcp?session=1#x"),
        access_token: Some(TOKEN.into()),
        nonce: Some("n-1".into()),
        body: Some(hex::encode(BODY)),
        tool: Some("pay".into()),
        arguments: Some(ARGUMENTS.into()),
    };
    let mut scene = Scene::of(Key::Ed25519(HOLDERS[0])).with_token();
    scene.claims["jti"] = json!(jws::uuid(&id));
    scene.claims["htu"] = json!(format!("{AUDIENCE}/mcp"));
    scene.claims["iat"] = json!(NOW);
    let mut least = scene.clone();
    least.claims.as_object_mut().expect("claims").remove("ath");
    scene.claims["nonce"] = json!("n-1");
    scene.claims["keybound"] = json!({
        "arguments": base64url(&sha256(br#"{"amount":5,"to":"acme"}"#)),
        "body": base64url(&sha256(BODY)),
        "tool": "pay",
    });
    let made = |scene: &Scene| Some(hex::encode(scene.proof()));
    let vector = ask("dpop_sign_everything_control", "all that a proof may cover", full.clone());
    t.plain(Vector { expect: "ok".into(), result: made(&scene), ..vector });
    let plain = Call { method: "POST".into(), uri: format!("{AUDIENCE}/mcp"), ..Call::default() };
    let vector = ask("dpop_sign_the_least_control", "a plain proof", plain);
    t.plain(Vector { expect: "ok".into(), result: made(&least), ..vector });
    for (name, comment, uri) in [
        ("dpop_sign_for_a_path", "a client that does not say whom it calls", "/mcp"),
        ("dpop_sign_for_ftp", "a target that is no http URI", "ftp://tools.example/mcp"),
        ("dpop_sign_for_nothing", "no target", ""),
    ] {
        let vector = ask(name, comment, Call { uri: uri.into(), ..full.clone() });
        let control = Some("dpop_sign_everything_control".into());
        t.plain(Vector { control, expect: "request.bad".into(), link: Some(None), ..vector });
    }
}
