//! A session goes on where it began (requirement A18).

use crate::world::{US, World, verified};
use keybound_service::attest::{Code, Evidence, Refused, Rule};
use serde_json::{Value, json};

const CHOSEN: [&str; 2] = ["/kubernetes.io/namespace", "/kubernetes.io/pod/uid"];

async fn evidence(world: &World, rule: &Rule, shape: Value) -> Evidence {
    let mut shape = shape;
    shape["audience"] = json!([US]);
    let token = world.mint("/kubernetes", shape).await;
    Evidence::of(&verified(rule, &token, world.now).await, &CHOSEN)
}

#[tokio::test]
async fn a_fresh_token_of_the_same_pod_is_the_same_evidence_and_nothing_else_is() {
    let world = World::new().await;
    let rule = world.rule();
    let recorded = Evidence::from_bytes(evidence(&world, &rule, json!({})).await.to_bytes());
    for (name, shape, same) in [
        ("the next token", json!({"expires_in": 900, "claims": {"jti": "2"}}), true),
        ("under the other key", json!({"alg": "ES256"}), true),
        ("another pod", json!({"pod_uid": "c0ffee00-0e6d-4c5e-b2b2-0c1f6a0e7d55"}), false),
        ("another namespace", json!({"namespace": "other"}), false),
        ("another account", json!({"service_account": "other"}), false),
        ("no pod", json!({"claims": {"kubernetes.io": {"namespace": "agents"}}}), false),
    ] {
        let presented = evidence(&world, &rule, shape).await;
        let outcome = recorded.check(presented).map_err(Refused::code);
        assert_eq!(outcome, if same { Ok(()) } else { Err(Code::OtherEvidence) }, "{name}");
    }
    let renamed = Rule::new("another", world.oidc(), world.source(), US).unwrap();
    assert!(recorded.check(evidence(&world, &renamed, json!({})).await).is_err());
    assert_eq!(format!("{recorded:?}"), "Evidence");
}

#[tokio::test]
async fn claims_are_told_apart_by_name_value_and_absence() {
    let world = World::new().await;
    let rule = world.rule();
    let mut seen = Vec::new();
    // `payload` keeps the null, which an issuer may well send.
    for claims in [
        "",
        r#","a":null"#,
        r#","a":"""#,
        r#","a":"x""#,
        r#","a":["x"]"#,
        r#","a":1"#,
        r#","a":"1""#,
        r#","b":"x""#,
    ] {
        let head = json!({"iss": world.url(), "sub": "s", "aud": US, "exp": world.now + 60}).to_string();
        let payload = format!("{}{claims}}}", head.strip_suffix('}').unwrap());
        let token = world.mint("/token", json!({"payload": payload})).await;
        let identity = verified(&rule, &token, world.now).await;
        let evidence = Evidence::of(&identity, &["a", "b"]);
        assert_eq!(evidence, Evidence::of(&identity, &["b", "a", "a"]), "{claims}");
        assert!(!seen.contains(&evidence), "{claims}");
        seen.push(evidence);
    }
}
