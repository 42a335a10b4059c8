//! What a rule may be, and which rules a token is judged by.

use crate::world::{US, World};
use keybound_service::attest::{Code, Kind, Refused, Rule, Source, rules_for};
use serde_json::json;

fn oidc(issuer: &str) -> Kind {
    Kind::Oidc { issuer: issuer.to_owned() }
}

fn spiffe(trust_domain: &str) -> Kind {
    Kind::Spiffe { trust_domain: trust_domain.to_owned() }
}

fn at(uri: &str) -> Source {
    Source::JwksUri { uri: uri.to_owned(), roots: None }
}

fn inline(text: &str) -> Source {
    Source::Inline(text.to_owned())
}

const NO_KEYS: &str = r#"{"keys":[]}"#;
const ISSUER: &str = "https://issuer.example";

#[test]
fn a_rule_that_cannot_hold_is_none() {
    let discovery = || Source::Discovery { roots: None };
    let roots =
        |pem: &str| Source::JwksUri { uri: "https://a.example/k".to_owned(), roots: Some(pem.to_owned()) };
    for (name, kind, source, sound) in [
        ("over TLS", oidc(ISSUER), at("https://issuer.example/jwks"), true),
        ("on this machine", oidc(ISSUER), at("http://127.0.0.1:1/jwks"), true),
        ("on this machine, by name", oidc(ISSUER), at("http://localhost:1/jwks"), true),
        ("in the open", oidc(ISSUER), at("http://issuer.example/jwks"), false),
        ("in the open, nearby", oidc(ISSUER), at("http://192.168.0.1/jwks"), false),
        ("a name like this machine's", oidc(ISSUER), at("http://localhost.example/jwks"), false),
        ("a file", oidc(ISSUER), at("file:///etc/jwks"), false),
        ("no URL", oidc(ISSUER), at("jwks"), false),
        ("with a password", oidc(ISSUER), at("https://u:p@issuer.example/jwks"), false),
        ("discovered", oidc(ISSUER), discovery(), true),
        ("discovered in the open", oidc("http://issuer.example"), discovery(), false),
        ("discovered under no URL", oidc("issuer"), discovery(), false),
        ("a domain that is discovered", spiffe("test.example"), discovery(), false),
        ("inline", oidc("any text"), inline(NO_KEYS), true),
        ("inline, and no key set", oidc(ISSUER), inline("[]"), false),
        ("inline, and private", oidc(ISSUER), inline(r#"{"keys":[{"kty":"OKP","d":"AA"}]}"#), false),
        ("nobody", oidc(""), inline(NO_KEYS), false),
        ("a domain", spiffe("test.example"), inline(NO_KEYS), true),
        ("a domain with its scheme", spiffe("spiffe://test.example"), inline(NO_KEYS), false),
        ("a domain with a path", spiffe("test.example/a"), inline(NO_KEYS), false),
        ("a domain in capitals", spiffe("Test.example"), inline(NO_KEYS), false),
        ("no domain", spiffe(""), inline(NO_KEYS), false),
        ("roots that are none", oidc(ISSUER), roots("-----BEGIN NOTHING-----"), false),
    ] {
        let made = Rule::new("r", kind, source, US).map(|_| ()).map_err(Refused::code);
        assert_eq!(made, if sound { Ok(()) } else { Err(Code::BadRule) }, "{name}");
    }
    for (name, audience) in [("", US), ("r", "")] {
        let made = Rule::new(name, oidc(ISSUER), inline(NO_KEYS), audience).map(|_| ());
        assert_eq!(made.map_err(Refused::code), Err(Code::BadRule));
    }
}

#[tokio::test]
async fn a_token_is_judged_by_the_rules_for_whom_it_names() {
    let world = World::new().await;
    let rule = |name, kind| Rule::new(name, kind, inline(NO_KEYS), US).unwrap();
    let rules = [
        rule("a", oidc(world.url())),
        rule("b", oidc(ISSUER)),
        rule("c", oidc(world.url())),
        rule("d", spiffe("test.example")),
        rule("e", spiffe("other.example")),
    ];
    let sub = |text: &str| json!({"claims": {"iss": null, "sub": text}});
    for (token, names) in [
        (world.token(json!({})).await, &["a", "c"][..]),
        (world.token(json!({"claims": {"iss": ISSUER}})).await, &["b"]),
        (world.mint("/spiffe", json!({})).await, &["d"]),
        (world.token(sub("spiffe://other.example/x")).await, &["e"]),
        // One that names both may be either: each rule looks for itself.
        (world.token(json!({"claims": {"sub": "spiffe://test.example/x"}})).await, &["a", "c", "d"]),
    ] {
        let found: Vec<_> = rules_for(&rules, &token).unwrap().iter().map(|rule| rule.name()).collect();
        assert_eq!(found, names);
    }
    for token in [
        world.token(json!({"claims": {"iss": "https://nobody.example"}})).await,
        world.token(sub("spiffe://nobody.example/x")).await,
        world.token(sub("spiffe://test.example/x?y")).await,
        world.token(json!({"claims": {"iss": null}})).await,
    ] {
        assert_eq!(rules_for(&rules, &token).unwrap_err().code(), Code::UnknownIssuer);
    }
    assert_eq!(rules_for(&rules, "x").unwrap_err().code(), Code::BadToken);
}
