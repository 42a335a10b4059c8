//! Tokens as platforms write them: believed when they are for us, and only then.

use crate::world::{US, World, outcome, verified};
use keybound_service::attest::{Algorithm, Algorithms, Code};
use serde_json::{Value, json};

#[tokio::test]
async fn platforms_are_believed_when_they_speak_to_us() {
    let world = World::new().await;
    let rule = world.rule();
    for (path, subject, claim, value) in [
        ("/kubernetes", "system:serviceaccount:agents:runner", "/kubernetes.io/pod/name", "runner-0"),
        ("/github", "repo:octo/agents:ref:refs/heads/main", "repository", "octo/agents"),
        ("/user", "user-1", "tier", "standard"),
    ] {
        let ours = world.mint(path, json!({"audience": US})).await;
        let identity = verified(&rule, &ours, world.now).await;
        assert_eq!(identity.subject(), subject);
        assert_eq!((identity.rule(), identity.issuer()), ("tests", world.url()));
        assert_eq!(identity.claim(claim), Some(&Value::from(value)));
        assert!(identity.expires() > world.now && identity.issued_at().is_some());
        // The token the platform hands out unasked.
        let default = world.mint(path, json!({})).await;
        assert_eq!(outcome(&rule, &default, world.now).await, Err(Code::WrongAudience), "{path}");
        let old = world.mint(path, json!({"audience": US, "expires_in": -1})).await;
        assert_eq!(outcome(&rule, &old, world.now).await, Err(Code::Expired), "{path}");
    }
}

#[tokio::test]
async fn a_deployment_is_named_by_its_environment() {
    let world = World::new().await;
    let token =
        world.mint("/github", json!({"audience": US, "environment": "prod", "repository": "octo/x"})).await;
    let identity = verified(&world.rule(), &token, world.now).await;
    assert_eq!(identity.subject(), "repo:octo/x:environment:prod");
    assert_eq!(identity.claims()["environment"], "prod");
}

#[tokio::test]
async fn every_algorithm_is_taken_unless_the_rule_leaves_it_out() {
    let world = World::new().await;
    for algorithm in Algorithm::ALL {
        let name = algorithm.as_str();
        let token = world.token(json!({"alg": name})).await;
        let alone = world.rule().algorithms(Algorithms::named([name]).unwrap());
        assert_eq!(outcome(&alone, &token, world.now).await, Ok(()), "{name}");
        assert_eq!(outcome(&world.rule(), &token, world.now).await, Ok(()), "{name}");
        let others = Algorithm::ALL.into_iter().filter(|other| *other != algorithm).map(Algorithm::as_str);
        let others = world.rule().algorithms(Algorithms::named(others).unwrap());
        assert_eq!(outcome(&others, &token, world.now).await, Err(Code::WrongAlgorithm), "{name}");
    }
    let old_name = world.token(json!({"alg": "EdDSA"})).await;
    assert_eq!(outcome(&world.rule(), &old_name, world.now).await, Err(Code::WrongAlgorithm));
    let with_name = world.rule().algorithms(Algorithms::default().with_eddsa_name());
    assert_eq!(outcome(&with_name, &old_name, world.now).await, Ok(()));
}

#[tokio::test]
async fn access_tokens_are_taken_where_the_rule_says_so() {
    let world = World::new().await;
    let (plain, lenient) = (world.rule(), world.rule().access_tokens());
    for (typ, by_plain, by_lenient) in [
        (json!("JWT"), Ok(()), Ok(())),
        (json!(null), Ok(()), Ok(())),
        (json!("at+jwt"), Err(Code::WrongType), Ok(())),
        (json!("application/at+jwt"), Err(Code::WrongType), Ok(())),
        (json!("jwt"), Err(Code::WrongType), Err(Code::WrongType)),
        (json!("JOSE"), Err(Code::WrongType), Err(Code::WrongType)),
        (json!("dpop+jwt"), Err(Code::WrongType), Err(Code::WrongType)),
        (json!("logout+jwt"), Err(Code::WrongType), Err(Code::WrongType)),
    ] {
        let token = world.token(json!({"header": {"typ": typ}})).await;
        assert_eq!(outcome(&plain, &token, world.now).await, by_plain, "{typ}");
        assert_eq!(outcome(&lenient, &token, world.now).await, by_lenient, "{typ}");
    }
}

#[tokio::test]
async fn what_is_shown_of_an_identity_is_no_claim() {
    let world = World::new().await;
    let token = world.token(json!({})).await;
    let identity = verified(&world.rule(), &token, world.now).await;
    assert_eq!(format!("{identity:?}"), r#"Verified(under "tests")"#);
    // The name is that of what was signed: another token, another name; the same one, the same.
    let again = verified(&world.rule(), &token, world.now).await;
    assert_eq!(identity.id_hash(), again.id_hash());
    let other = world.token(json!({"claims": {"jti": "2"}})).await;
    assert_ne!(identity.id_hash(), verified(&world.rule(), &other, world.now).await.id_hash());
}
