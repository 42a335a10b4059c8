//! How clients log in: `private_key_jwt` for the issuer alone, once, while it is fresh; tokens bound to a key; no secrets.

use crate::support::{ISSUER, ORCHESTRATOR, SERVER, World, client::*, policy::jwks};
use keybound_bindings::generate_key;
use keybound_service::http::ROUTES;
use serde_json::{Value, json};

async fn try_log_in(world: &World, assertion: &str) -> crate::support::Answer {
    let key = generate_key().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ];
    world.token(&key, &form).await
}

/// RFC 7523 §3 as rfc7523bis narrows it.
#[tokio::test]
async fn an_assertion_is_for_the_issuer_alone_and_fresh() {
    let world = World::new().await;
    let (key, now) = (key_of(ORCHESTRATOR), world.now().as_secs());
    type Change = fn(&mut Value, u64);
    let cases: [(&str, bool, Change); 19] = [
        ("as it is", true, |_, _| {}),
        ("a list of one", true, |claims, _| claims["aud"] = json!([ISSUER])),
        ("no times but exp", true, |claims, _| {
            claims.as_object_mut().unwrap().remove("iat");
        }),
        ("the token endpoint", false, |claims, _| claims["aud"] = json!(format!("{ISSUER}/token"))),
        ("two audiences", false, |claims, _| claims["aud"] = json!([ISSUER, "https://other.example"])),
        ("twice us", false, |claims, _| claims["aud"] = json!([ISSUER, ISSUER])),
        ("with a slash", false, |claims, _| claims["aud"] = json!(format!("{ISSUER}/"))),
        ("the other tenant", false, |claims, _| claims["aud"] = json!(format!("{ISSUER}/t/other"))),
        ("nobody", false, |claims, _| {
            claims.as_object_mut().unwrap().remove("aud");
        }),
        ("expired", false, |claims, now| claims["exp"] = json!(now)),
        ("without end", false, |claims, _| {
            claims.as_object_mut().unwrap().remove("exp");
        }),
        ("too long a life", false, |claims, now| claims["exp"] = json!(now + 301)),
        ("not yet", false, |claims, now| claims["nbf"] = json!(now + 31)),
        ("of the future", false, |claims, now| claims["iat"] = json!(now + 31)),
        ("another issuer", false, |claims, _| claims["iss"] = json!("movers")),
        ("another subject", false, |claims, _| claims["sub"] = json!("movers")),
        ("another client", false, |claims, _| {
            (claims["iss"], claims["sub"]) = (json!("movers"), json!("movers"))
        }),
        ("an unknown client", false, |claims, _| (claims["iss"], claims["sub"]) = (json!("x"), json!("x"))),
        ("without id", false, |claims, _| {
            claims.as_object_mut().unwrap().remove("jti");
        }),
    ];
    for (name, is_honest, change) in cases {
        let assertion = assertion_with("payables", &key, now, |claims| change(claims, now));
        let answer = try_log_in(&world, &assertion).await;
        if is_honest {
            answer.ok();
            continue;
        }
        assert_eq!(answer.refused(), (401, "client.refused".to_owned()), "{name}");
        assert_eq!(answer.json()["error"], "invalid_client", "{name}");
        assert_eq!(world.last_record("client.denied").await["code"], "client.refused", "{name}");
    }
    let of_another_key = assertion("payables", &key_of(SERVER), now);
    assert_eq!(try_log_in(&world, &of_another_key).await.refused(), (401, "client.refused".to_owned()));
}

/// An assertion works once: also when it is shown to a service that was started again.
#[tokio::test]
async fn an_assertion_works_once() {
    let world = World::new().await;
    let assertion = world.assertion("payables", ORCHESTRATOR);
    try_log_in(&world, &assertion).await.ok();
    for world in [world.clone(), world.restarted().await] {
        let replayed = try_log_in(&world, &assertion).await;
        assert_eq!(replayed.refused(), (401, "proof.replayed".to_owned()));
    }
}

/// An assertion that opened the way to an introspection or a revocation opens no other.
#[tokio::test]
async fn an_assertion_works_once_at_any_endpoint() {
    let world = World::new().await;
    let agent = world.agent("close", "run", &[]).await;
    for (path, client, seed) in [("/introspect", "tools", SERVER), ("/revoke", "payables", ORCHESTRATOR)] {
        let assertion = world.assertion(client, seed);
        let form = [
            ("token", agent.token.as_str()),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ];
        world.form(path, &[], &form).await.ok();
        assert_eq!(
            world.form(path, &[], &form).await.refused(),
            (401, "proof.replayed".to_owned()),
            "{path}"
        );
        assert_eq!(
            try_log_in(&world, &assertion).await.refused(),
            (401, "proof.replayed".to_owned()),
            "{path}"
        );
    }
}

/// RFC 9449 §7.2: a bound token is nobody's bearer token; a request has one proof, and that is its own.
#[tokio::test]
async fn a_bound_token_needs_the_proof_of_its_key() {
    let world = World::new().await;
    let session = world.orchestrator().await;
    let body = json!({ "workflow": "close", "task": "run" });
    let proof = world.proof(&session.key, "POST", "/launch", Some(&session.token));
    let dpop = format!("DPoP {}", session.token);
    let bearer = format!("Bearer {}", session.token);
    let of_another_key = world.proof(&generate_key().unwrap(), "POST", "/launch", Some(&session.token));
    let of_another_token = world.proof(&session.key, "POST", "/launch", Some("x"));
    let of_no_token = world.proof(&session.key, "POST", "/launch", None);
    let of_another_path = world.proof(&session.key, "POST", "/token", Some(&session.token));
    let of_another_method = world.proof(&session.key, "GET", "/launch", Some(&session.token));
    for (name, headers, status, code) in [
        ("as bearer", vec![("authorization", bearer.as_str())], 401, "client.token_refused"),
        (
            "as bearer with proof",
            vec![("authorization", &bearer), ("dpop", &proof)],
            401,
            "client.token_refused",
        ),
        ("no proof", vec![("authorization", &dpop)], 400, "dpop.missing"),
        (
            "two proofs",
            vec![("authorization", &dpop), ("dpop", &proof), ("dpop", &proof)],
            400,
            "dpop.repeated",
        ),
        ("another key", vec![("authorization", &dpop), ("dpop", &of_another_key)], 400, "dpop.wrong_key"),
        (
            "another token",
            vec![("authorization", &dpop), ("dpop", &of_another_token)],
            400,
            "dpop.wrong_access_token",
        ),
        ("no token", vec![("authorization", &dpop), ("dpop", &of_no_token)], 400, "dpop.wrong_access_token"),
        ("another path", vec![("authorization", &dpop), ("dpop", &of_another_path)], 400, "dpop.wrong_uri"),
        (
            "another method",
            vec![("authorization", &dpop), ("dpop", &of_another_method)],
            400,
            "dpop.wrong_method",
        ),
        ("nobody", vec![], 401, "client.missing"),
    ] {
        let before = world.log_size().await;
        let answer = world.post("/launch", &headers, &body).await;
        assert_eq!(answer.refused(), (status, code.to_owned()), "{name}");
        assert_eq!(world.log_size().await, before + 1, "{name}");
    }
    let headers = [("authorization", dpop.as_str()), ("dpop", &proof)];
    world.post("/launch", &headers, &body).await.ok();
    assert_eq!(world.post("/launch", &headers, &body).await.refused(), (400, "proof.replayed".to_owned()));
}

/// At the token endpoint too a request has one proof.
#[tokio::test]
async fn two_proofs_are_none() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "run" })).await;
    let key = generate_key().unwrap();
    let (one, two) = (world.proof(&key, "POST", "/token", None), world.proof(&key, "POST", "/token", None));
    let form = [("grant_type", LAUNCH), ("launch_token", token.as_str())];
    for headers in
        [vec![("dpop", one.as_str()), ("dpop", two.as_str())], vec![("dpop", &format!("{one}, {two}"))]]
    {
        let answer = world.form("/token", &headers, &form).await;
        assert_eq!(answer.refused(), (400, "dpop.repeated".to_owned()));
    }
    world.form("/token", &[("dpop", &one)], &form).await.ok();
}

/// Where a policy lets a client have bearer tokens, its token is one, and no other client's is.
#[tokio::test]
async fn bearer_tokens_are_for_those_the_policy_names() {
    let text = format!(
        "{}\n[clients.old]\nroles = [\"orchestrator\"]\nbearer = true\njwks = '{}'\n",
        crate::support::policy(),
        jwks(110)
    );
    let world = World::with_policy(&text).await;
    for (client, seed, expected) in [("old", 110, None), ("payables", ORCHESTRATOR, Some("client.unbound"))] {
        let assertion = world.assertion(client, seed);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ];
        let answer = world.form("/token", &[], &form).await;
        match expected {
            None => assert_eq!(answer.ok()["token_type"], "Bearer"),
            Some(code) => assert_eq!(answer.refused().1, code),
        }
    }
}

/// A client does what its roles are for; a token may be for less.
#[tokio::test]
async fn a_role_is_for_its_own_endpoints() {
    let world = World::new().await;
    let body = json!({});
    for (client, seed) in [("payables", ORCHESTRATOR), ("tools", SERVER), ("reader", crate::support::AUDITOR)]
    {
        let session = world.log_in(client, seed).await;
        for (path, who) in [
            ("/launch", "payables"),
            ("/audit/uses", "tools"),
            ("/admin/revocations", "root"),
            ("/policy/test", "root"),
        ] {
            let refused = world.as_client(&session, path, &body).await.refused();
            if who == client {
                assert_eq!(refused, (400, "request.bad".to_owned()), "{client} {path}");
            } else {
                assert_eq!(refused, (403, "client.scope_missing".to_owned()), "{client} {path}");
            }
        }
        for path in ["/audit/events", "/audit/proof/0", "/audit/consistency"] {
            let answer = world.get_as(&session, path).await;
            if client != "reader" {
                assert_eq!(answer.refused(), (403, "client.scope_missing".to_owned()), "{client} {path}");
            }
        }
    }
    let (key, assertion) = (generate_key().unwrap(), world.assertion("payables", ORCHESTRATOR));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion.as_str()),
        ("scope", "admin"),
    ];
    assert_eq!(world.token(&key, &form).await.refused(), (403, "client.scope_missing".to_owned()));
}

/// A16, A17: no grant, parameter or table is one of passwords or shared secrets; what names one is refused.
#[tokio::test]
async fn there_are_no_passwords_and_no_client_secrets() {
    let world = World::new().await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.ok();
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert_eq!(*methods, [json!("private_key_jwt"), json!("none")]);
    assert!(!metadata["grant_types_supported"].as_array().unwrap().contains(&json!("password")));
    let key = generate_key().unwrap();
    let basic = [
        ("authorization", "Basic cGF5YWJsZXM6aHVudGVyMg=="),
        ("dpop", &world.proof(&key, "POST", "/token", None)),
    ];
    let password = [("grant_type", "password"), ("username", "payables"), ("password", "hunter2")];
    assert_eq!(
        world.form("/token", &basic[1..], &password).await.refused(),
        (400, "request.unsupported_grant".to_owned())
    );
    let secret =
        [("grant_type", "client_credentials"), ("client_id", "payables"), ("client_secret", "hunter2")];
    for headers in [&basic[..], &basic[1..]] {
        let refused = world.form("/token", headers, &secret).await;
        assert!(matches!(refused.status.as_u16(), 400 | 401), "{refused:?}");
        assert!(refused.json()["access_token"].is_null());
    }
    for (verb, path) in ROUTES.iter().filter(|(verb, path)| *verb == "post" && *path != "/token") {
        let answer = world.post(path, &basic[..1], &json!({})).await;
        assert!(answer.status.is_client_error(), "{verb} {path}: {answer:?}");
    }
    // The description knows no such field, in any request or answer.
    let described = world.get("/openapi.json").await.text().to_lowercase();
    for name in [
        "\"password\"",
        "\"username\"",
        "\"client_secret\"",
        "client_secret_basic",
        "client_secret_post",
        "\"basic\"",
    ] {
        assert!(!described.contains(name), "{name}");
    }
    let policy = format!(
        "{}\n[clients.old]\nroles = [\"orchestrator\"]\nclient_secret = \"hunter2\"\n",
        crate::support::policy()
    );
    assert!(keybound_service::policy::Policy::parse(&policy).is_err());
    assert!(keybound_service::policy::Policy::parse(&crate::support::policy()).is_ok());
}
