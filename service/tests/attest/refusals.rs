//! One honest token, and one fault at a time.

use crate::world::{US, World, outcome};
use keybound_service::attest::{Code, Refused, Rule, verify};
use serde_json::{Value, json};

async fn judge(world: &World, rule: &Rule, rows: &[(&str, Value, Result<(), Code>)]) {
    for (name, ask, expected) in rows {
        let token = world.token(ask.clone()).await;
        assert_eq!(outcome(rule, &token, world.now).await, *expected, "{name}");
    }
}

fn claims(claims: Value) -> Value {
    json!({"claims": claims})
}

fn header(header: Value) -> Value {
    json!({"header": header})
}

#[tokio::test]
async fn the_audience_is_ours() {
    let world = World::new().await;
    let wrong = Err(Code::WrongAudience);
    let rows = [
        ("ours", claims(json!({"aud": US})), Ok(())),
        ("ours among others", claims(json!({"aud": ["a", US]})), Ok(())),
        ("another", claims(json!({"aud": "https://other.example"})), wrong),
        ("others", claims(json!({"aud": ["a", "b"]})), wrong),
        ("nobody", claims(json!({"aud": []})), wrong),
        ("none", claims(json!({"aud": null})), wrong),
        ("ours and more", claims(json!({"aud": format!("{US}/")})), wrong),
        ("ours in capitals", claims(json!({"aud": US.to_uppercase()})), wrong),
        ("the client", claims(json!({"aud": "web-app", "azp": US})), wrong),
        ("a number", claims(json!({"aud": 7})), Err(Code::BadClaim)),
        ("a list with a number", claims(json!({"aud": [US, 7]})), Err(Code::BadClaim)),
        ("a list in a list", claims(json!({"aud": [[US]]})), Err(Code::BadClaim)),
    ];
    judge(&world, &world.rule(), &rows).await;
}

#[tokio::test]
async fn times_are_kept() {
    let world = World::new().await;
    let now = world.now;
    let rows = [
        ("a second left", claims(json!({"exp": now + 1})), Ok(())),
        ("this second", claims(json!({"exp": now})), Err(Code::Expired)),
        ("a second ago", claims(json!({"exp": now - 1})), Err(Code::Expired)),
        ("no end", claims(json!({"exp": null})), Err(Code::BadClaim)),
        ("the end as text", claims(json!({"exp": "4102444800"})), Err(Code::BadClaim)),
        ("the end in part", claims(json!({"exp": 4_102_444_800.5})), Err(Code::BadClaim)),
        ("the end below zero", claims(json!({"exp": -1})), Err(Code::BadClaim)),
        ("issued 30 seconds from now", claims(json!({"iat": now + 30})), Ok(())),
        ("issued 31 seconds from now", claims(json!({"iat": now + 31})), Err(Code::NotYetValid)),
        ("issued as text", claims(json!({"iat": "0"})), Err(Code::BadClaim)),
        ("not issued", claims(json!({"iat": null})), Ok(())),
        ("valid in 30 seconds", claims(json!({"nbf": now + 30})), Ok(())),
        ("valid in 31 seconds", claims(json!({"nbf": now + 31})), Err(Code::NotYetValid)),
        ("valid as text", claims(json!({"nbf": "0"})), Err(Code::BadClaim)),
        ("issued an age ago", claims(json!({"iat": 0})), Ok(())),
    ];
    judge(&world, &world.rule(), &rows).await;
    let rows = [
        ("as old as may be", claims(json!({"iat": now - 600})), Ok(())),
        ("older", claims(json!({"iat": now - 601})), Err(Code::TooOld)),
        ("of no age", claims(json!({"iat": null})), Err(Code::BadClaim)),
        ("from ahead", claims(json!({"iat": now + 30})), Ok(())),
    ];
    judge(&world, &world.rule().max_age(600), &rows).await;
}

#[tokio::test]
async fn the_issuer_and_the_subject_are_named() {
    let world = World::new().await;
    let url = world.url();
    let unknown = Err(Code::UnknownIssuer);
    let rows = [
        ("ours", claims(json!({"iss": url})), Ok(())),
        ("another", claims(json!({"iss": "https://other.example"})), unknown),
        ("with a slash", claims(json!({"iss": format!("{url}/")})), unknown),
        ("in capitals", claims(json!({"iss": url.to_uppercase()})), unknown),
        ("none", claims(json!({"iss": null})), Err(Code::BadClaim)),
        ("a list", claims(json!({"iss": [url]})), Err(Code::BadClaim)),
        ("nobody", claims(json!({"sub": null})), Err(Code::BadClaim)),
        ("an empty name", claims(json!({"sub": ""})), Err(Code::BadClaim)),
        ("a number", claims(json!({"sub": 7})), Err(Code::BadClaim)),
        ("a long name", claims(json!({"sub": "s".repeat(2048)})), Ok(())),
        ("a longer one", claims(json!({"sub": "s".repeat(2049)})), Err(Code::BadClaim)),
    ];
    judge(&world, &world.rule(), &rows).await;
    let other = World::new().await;
    let foreign = other.token(json!({})).await;
    assert_eq!(outcome(&other.rule(), &foreign, world.now).await, Ok(()));
    assert_eq!(outcome(&world.rule(), &foreign, world.now).await, unknown);
}

#[tokio::test]
async fn an_algorithm_is_not_talked_into() {
    let world = World::new().await;
    let rows = [
        ("RS256", json!({"alg": "RS256"}), Ok(())),
        ("the public key as a secret", json!({"alg": "HS256"}), Err(Code::WrongAlgorithm)),
        ("unsigned", json!({"alg": "none"}), Err(Code::WrongAlgorithm)),
        ("unsigned, in capitals", json!({"alg": "None", "signed_with": "none"}), Err(Code::WrongAlgorithm)),
        ("the secret under RS256", json!({"alg": "RS256", "signed_with": "HS256"}), Err(Code::BadSignature)),
        ("nothing under RS256", json!({"alg": "RS256", "signed_with": "none"}), Err(Code::BadSignature)),
        ("PS256 under RS256", json!({"alg": "RS256", "signed_with": "PS256"}), Err(Code::BadSignature)),
        ("RS384 under RS256", json!({"alg": "RS256", "signed_with": "RS384"}), Err(Code::BadSignature)),
        (
            "ES256 under the RSA key",
            json!({"alg": "RS256", "signed_with": "ES256", "kid": "rsa-1"}),
            Err(Code::BadSignature),
        ),
        (
            "RS256 under the P-256 key",
            json!({"alg": "ES256", "signed_with": "RS256", "kid": "p256-1"}),
            Err(Code::BadSignature),
        ),
        // The key named is not one that makes such signatures.
        ("ES256 that names the RSA key", json!({"alg": "ES256", "kid": "rsa-1"}), Err(Code::UnknownKey)),
        ("RS256 that names the P-256 key", json!({"alg": "RS256", "kid": "p256-1"}), Err(Code::UnknownKey)),
        ("ES384 that names the P-256 key", json!({"alg": "ES384", "kid": "p256-1"}), Err(Code::UnknownKey)),
        ("a key nobody has", json!({"kid": "rsa-9"}), Err(Code::UnknownKey)),
        ("no key named, and one that fits", header(json!({"kid": null})), Ok(())),
        ("a key named by a number", header(json!({"kid": 1})), Err(Code::BadToken)),
        ("critical extensions", header(json!({"crit": ["exp"]})), Err(Code::BadToken)),
        ("compressed", header(json!({"zip": "DEF"})), Err(Code::BadToken)),
    ];
    judge(&world, &world.rule(), &rows).await;
}

/// Keys that a token brings or points to are not looked at, neither to believe it nor to refuse it.
#[tokio::test]
async fn keys_come_from_no_token() {
    let (world, evil) = (World::new().await, World::new().await);
    let jwks: Value = serde_json::from_str(&evil.get("/jwks").await).unwrap();
    let before = evil.fetched("jwks").await;
    let links = json!({
        "jwk": jwks["keys"][0],
        "jku": format!("{}/jwks", evil.url()),
        "x5u": format!("{}/jwks", evil.url()),
        "x5c": ["AA=="],
    });
    let rule = world.rule();
    let forged = json!({"header": links, "claims": {"iss": world.url()}});
    assert_eq!(outcome(&rule, &evil.token(forged).await, world.now).await, Err(Code::BadSignature));
    assert_eq!(outcome(&rule, &world.token(header(links)).await, world.now).await, Ok(()));
    let stranger = json!({"kid": "evil", "header": {"jku": format!("{}/jwks", evil.url())}, "claims": {"iss": world.url()}});
    assert_eq!(outcome(&rule, &evil.token(stranger).await, world.now).await, Err(Code::UnknownKey));
    assert_eq!(evil.fetched("jwks").await, before);
}

#[tokio::test]
async fn a_member_is_written_once() {
    let world = World::new().await;
    let (url, now) = (world.url(), world.now);
    let payload = |more: &str| {
        let start = format!(r#"{{"iss":"{url}","sub":"s","aud":"{US}","exp":{}"#, now + 60);
        json!({"payload": format!("{start}{more}}}")})
    };
    let twice = Err(Code::DuplicateMember);
    let rows = [
        ("once", payload(r#","a":{"b":1,"c":{"b":1}}"#), Ok(())),
        ("twice", payload(r#","sub":"t""#), twice),
        ("twice in disguise", payload(r#","s\u0075b":"t""#), twice),
        ("twice further in", payload(r#","a":[{"b":1,"b":2}]"#), twice),
        ("no JSON", json!({"payload": "{"}), Err(Code::BadToken)),
        ("no object", json!({"payload": "[]"}), Err(Code::BadToken)),
        ("more behind it", payload("}{"), Err(Code::BadToken)),
        ("too deep", payload(&format!(r#","a":{}{}"#, "[".repeat(32), "]".repeat(32))), Err(Code::BadToken)),
    ];
    judge(&world, &world.rule(), &rows).await;
}

#[tokio::test]
async fn bytes_are_those_that_were_signed() {
    let world = World::new().await;
    let rule = world.rule();
    let large = world.token(claims(json!({"groups": "g".repeat(10 * 1024)}))).await;
    assert_eq!(outcome(&rule, &large, world.now).await, Ok(()));
    let huge = world.token(claims(json!({"groups": "g".repeat(12 * 1024)}))).await;
    assert_eq!(outcome(&rule, &huge, world.now).await, Err(Code::TooLarge));

    let token = world.token(json!({"alg": "ES256"})).await;
    let other = world.token(json!({"alg": "ES256", "claims": {"sub": "else"}})).await;
    let [parts, others] = [&token, &other].map(|token| token.split('.').collect::<Vec<_>>());
    for (name, text, expected) in [
        ("honest", token.clone(), Ok(())),
        ("another payload", [parts[0], others[1], parts[2]].join("."), Err(Code::BadSignature)),
        ("another signature", [parts[0], parts[1], others[2]].join("."), Err(Code::BadSignature)),
        ("no signature", [parts[0], parts[1], ""].join("."), Err(Code::BadSignature)),
        (
            "half a signature",
            [parts[0], parts[1], parts[2].get(..40).unwrap()].join("."),
            Err(Code::BadSignature),
        ),
        ("padding", format!("{token}=="), Err(Code::BadToken)),
        ("a line end", format!("{token}\n"), Err(Code::BadToken)),
        ("a fourth part", format!("{token}.AA"), Err(Code::BadToken)),
        ("two parts", [parts[0], parts[1]].join("."), Err(Code::BadToken)),
        ("a scheme before it", format!("Bearer {token}"), Err(Code::BadToken)),
        ("nothing", String::new(), Err(Code::BadToken)),
        ("the JSON serialization", json!({"payload": parts[1]}).to_string(), Err(Code::BadToken)),
    ] {
        assert_eq!(outcome(&rule, &text, world.now).await, expected, "{name}");
    }
}

/// What goes to a log holds a code and our own words.
#[tokio::test]
async fn refusals_tell_nothing_of_the_token() {
    let world = World::new().await;
    let token = world.token(claims(json!({"aud": "very-secret", "sub": "very-secret"}))).await;
    let refused: Refused = verify(&world.rule(), &token, world.now).await.unwrap_err();
    assert_eq!(refused.to_string(), "the token is not for this service");
    assert_eq!(format!("{refused:?}"), "Refused { code: WrongAudience, reason: None }");
}
