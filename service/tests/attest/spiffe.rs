//! JWT-SVIDs under the bundle of their trust domain.

use crate::world::{US, World, outcome, verified};
use keybound::{JwtSvids, UnixTime};
use keybound_bindings::P256;
use keybound_service::attest::{Algorithms, Code, Kind, Rule, Source};
use serde_json::json;

fn domain() -> Kind {
    Kind::Spiffe { trust_domain: "test.example".to_owned() }
}

fn rule(world: &World) -> Rule {
    let source = Source::JwksUri { uri: format!("{}/spiffe-bundle", world.url()), roots: None };
    Rule::new("spire", domain(), source, US).unwrap()
}

#[tokio::test]
async fn an_svid_of_the_domain_is_believed() {
    let world = World::new().await;
    let rule = rule(&world);
    for algorithm in ["ES256", "ES384", "RS256", "RS384", "RS512", "PS256"] {
        let svid = world.mint("/spiffe", json!({"audience": [US], "alg": algorithm})).await;
        let identity = verified(&rule, &svid, world.now).await;
        assert_eq!(identity.subject(), "spiffe://test.example/ns/agents/sa/runner");
        assert_eq!(identity.issuer(), "spiffe://test.example");
    }
    let svid = world.mint("/spiffe", json!({"audience": [US], "alg": "Ed25519"})).await;
    assert_eq!(outcome(&rule, &svid, world.now).await, Err(Code::WrongAlgorithm));
    let insists = self::rule(&world).algorithms(Algorithms::named(["Ed25519", "ES256"]).unwrap());
    assert_eq!(outcome(&insists, &svid, world.now).await, Err(Code::WrongAlgorithm));
}

/// Each fault beside the honest one; core's own reading of JWT-SVIDs, with another library for the curve, agrees.
#[tokio::test]
async fn an_svid_has_one_fault_at_a_time() {
    let world = World::new().await;
    let rule = rule(&world);
    let bundle = world.get("/spiffe-bundle").await;
    let core = JwtSvids::new("test.example", [US], bundle.as_bytes()).unwrap();
    let sub = |text: &str| json!({"claims": {"sub": text}});
    for (name, shape, expected) in [
        ("honest", json!({}), Ok(())),
        (
            "with an issuer, which is nothing to it",
            json!({"claims": {"iss": "https://spire.example"}}),
            Ok(()),
        ),
        ("another domain", json!({"trust_domain": "other.example"}), Err(Code::WrongTrustDomain)),
        ("a domain below", json!({"trust_domain": "a.test.example"}), Err(Code::WrongTrustDomain)),
        ("a query", json!({"path": "/a?b"}), Err(Code::BadSubject)),
        ("a fragment", json!({"path": "/a#b"}), Err(Code::BadSubject)),
        ("an encoding", json!({"path": "/%61"}), Err(Code::BadSubject)),
        ("no path", json!({"path": ""}), Err(Code::BadSubject)),
        ("a slash at the end", json!({"path": "/a/"}), Err(Code::BadSubject)),
        ("a step up", json!({"path": "/a/../b"}), Err(Code::BadSubject)),
        ("a port", json!({"trust_domain": "test.example:8443"}), Err(Code::BadSubject)),
        ("a user", json!({"trust_domain": "u@test.example"}), Err(Code::BadSubject)),
        ("in capitals", json!({"trust_domain": "TEST.example"}), Err(Code::BadSubject)),
        ("another scheme", sub("https://test.example/a"), Err(Code::BadSubject)),
        ("a service account", sub("system:serviceaccount:a:b"), Err(Code::BadSubject)),
        ("nobody", json!({"claims": {"sub": null}}), Err(Code::BadClaim)),
        ("another audience", json!({"audience": ["spiffe://test.example/other"]}), Err(Code::WrongAudience)),
        ("no audience", json!({"claims": {"aud": null}}), Err(Code::WrongAudience)),
        ("expired", json!({"claims": {"exp": world.now - 60}}), Err(Code::Expired)),
        ("without end", json!({"claims": {"exp": null}}), Err(Code::BadClaim)),
    ] {
        let mut shape = shape;
        if shape.get("audience").is_none() {
            shape["audience"] = json!([US]);
        }
        let svid = world.mint("/spiffe", shape).await;
        assert_eq!(outcome(&rule, &svid, world.now).await, expected, "{name}");
        let now = UnixTime::new(world.now).unwrap();
        let decided = core.open(&svid).and_then(|opened| opened.decide(&P256, now));
        assert_eq!(decided.is_ok(), expected.is_ok(), "{name}: {decided:?}");
    }
}

#[tokio::test]
async fn types_are_those_of_svids() {
    let world = World::new().await;
    let rule = rule(&world).access_tokens();
    for (typ, expected) in [
        (json!(null), Ok(())),
        (json!("JWT"), Ok(())),
        (json!("JOSE"), Ok(())),
        (json!("at+jwt"), Err(Code::WrongType)),
        (json!("wit+jwt"), Err(Code::WrongType)),
    ] {
        let ask =
            json!({"alg": "ES256", "header": {"typ": typ}, "claims": {"sub": "spiffe://test.example/a"}});
        assert_eq!(outcome(&rule, &world.token(ask).await, world.now).await, expected, "{typ}");
    }
}

/// A key is for one use: those of an OIDC issuer make no SVIDs, and the other way round.
#[tokio::test]
async fn keys_are_not_lent() {
    let world = World::new().await;
    let svid = world.mint("/spiffe", json!({"audience": [US]})).await;
    let token = world.token(json!({})).await;
    let crossed = Rule::new("spire", domain(), world.source(), US).unwrap();
    assert_eq!(outcome(&crossed, &svid, world.now).await, Err(Code::UnknownKey));
    let source = Source::JwksUri { uri: format!("{}/spiffe-bundle", world.url()), roots: None };
    let crossed = Rule::new("oidc", world.oidc(), source, US).unwrap();
    assert_eq!(outcome(&crossed, &token, world.now).await, Err(Code::UnknownKey));
    assert_eq!(outcome(&rule(&world), &svid, world.now).await, Ok(()));
    assert_eq!(outcome(&world.rule(), &token, world.now).await, Ok(()));
}

/// Who serves an old bundle again wants withdrawn keys back (SPIFFE bundle §4.1.1).
#[tokio::test]
async fn a_bundle_does_not_go_back() {
    let world = World::new().await;
    let rule = rule(&world);
    let svid = world.mint("/spiffe", json!({"audience": [US], "claims": {"exp": world.now + 9999}})).await;
    world.post("/publish", json!({"sequence": 7})).await;
    assert_eq!(outcome(&rule, &svid, world.now).await, Ok(()));
    world.post("/rotate?drop=1", json!({})).await;
    world.post("/publish", json!({"sequence": 6})).await;
    let later = world.now + 300;
    assert_eq!(outcome(&rule, &svid, later).await, Ok(()));
    assert_eq!(rule.health().failure, Some("the bundle is an earlier one than the last"));
    world.post("/publish", json!({"sequence": 8})).await;
    assert_eq!(outcome(&rule, &svid, later + 10).await, Err(Code::UnknownKey));
    assert_eq!(rule.health().failure, None);
    // A day on, what was known is forgotten: a domain that was set up anew begins again at one.
    world.post("/publish", json!({"sequence": 1})).await;
    let (tomorrow, next) = (later + 10 + 86_401, json!({"exp": later + 200_000}));
    let svid = world.mint("/spiffe", json!({"audience": [US], "claims": next})).await;
    assert_eq!(outcome(&rule, &svid, tomorrow).await, Ok(()));
}

/// An empty bundle revokes everything (SPIFFE bundle §4.1.3).
#[tokio::test]
async fn an_empty_bundle_believes_nobody() {
    let world = World::new().await;
    let svid = world.mint("/spiffe", json!({"audience": [US]})).await;
    for (bundle, expected) in
        [(world.get("/spiffe-bundle").await, Ok(())), (r#"{"keys":[]}"#.to_owned(), Err(Code::UnknownKey))]
    {
        let rule = Rule::new("spire", domain(), Source::Inline(bundle), US).unwrap();
        assert_eq!(outcome(&rule, &svid, world.now).await, expected);
    }
}
