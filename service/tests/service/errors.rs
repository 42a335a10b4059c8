//! Refusals: problem details everywhere but at OAuth endpoints; a code, what to do, a request id that leads to the record; and
//! nothing of what was sent.

use crate::support::{ADMIN, AUDITOR, Answer, SERVER, World, client::*, encode};
use axum::{body::Body, http::Request};
use keybound_bindings::generate_key;
use keybound_service::http::ROUTES;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OAUTH: [&str; 3] = ["/token", "/introspect", "/revoke"];
const FORM: &str = "application/x-www-form-urlencoded";

/// RFC 9457 §3, with our members.
fn check_problem(name: &str, answer: &Answer) {
    assert!(answer.status.is_client_error() || answer.status.is_server_error(), "{name}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{name}");
    let body = answer.json();
    for member in ["type", "title", "code", "fix"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {member}: {body}");
    }
    // What never reached a tenant has no request id, and says none.
    let may_be_without = ["request.method", "request.not_found", "request.too_large", "request.bad"];
    let is_id = |text: &str| text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_named = match body["instance"].as_str() {
        Some(instance) => instance.strip_prefix("urn:keybound:request:").is_some_and(is_id),
        None => may_be_without.contains(&&*answer.code()),
    };
    assert!(is_named, "{name}: {body}");
    assert_eq!(body["status"], answer.status.as_u16(), "{name}");
    assert_eq!(body["type"], format!("urn:keybound:code:{}", answer.code()), "{name}");
    if answer.status == 401 {
        assert!(answer.headers.contains_key("www-authenticate"), "{name}");
    }
}

/// RFC 6749 §5.2.
fn check_oauth(name: &str, answer: &Answer) {
    const ERRORS: [&str; 15] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "invalid_token",
        "insufficient_scope",
        "invalid_dpop_proof",
        "use_dpop_nonce",
        "access_denied",
        "invalid_authorization_details",
        "temporarily_unavailable",
        "server_error",
    ];
    assert!(answer.status.is_client_error(), "{name}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json", "{name}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{name}");
    let body = answer.json();
    assert!(ERRORS.contains(&body["error"].as_str().unwrap()), "{name}: {body}");
    for member in ["error_description", "code", "fix", "request"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {member}: {body}");
    }
    let is_plain =
        |text: &str| text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    assert!(is_plain(body["error_description"].as_str().unwrap()), "{name}");
}

async fn raw(world: &World, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(body)).unwrap()).await
}

/// J1: every refusal of every route, whatever is wrong with the request.
#[tokio::test]
async fn every_refusal_has_its_form() {
    let world = World::new().await;
    let huge = vec![b'a'; 600 * 1024];
    let open = ["/.well-known", "/revocations", "/status-lists", "/audit/checkpoint"];
    for prefix in ["", "/t/other"] {
        for (verb, path) in ROUTES {
            let path = path.replace("{list}", "x").replace("{index}", "0");
            let is_oauth = OAUTH.contains(&path.as_str());
            let check = if is_oauth { check_oauth } else { check_problem };
            let address = format!("{prefix}{path}");
            let verb = verb.to_uppercase();
            let media = if is_oauth { FORM } else { "application/json" };
            if verb == "POST" {
                for (name, media, body) in [
                    ("nothing", media, b"".to_vec()),
                    ("no JSON", media, b"{".to_vec()),
                    ("another type", "text/plain", b"x=1".to_vec()),
                    ("bytes", media, vec![0xff, 0xfe, 0]),
                    ("bearer", media, b"token=x".to_vec()),
                ] {
                    let headers = [
                        ("content-type", media),
                        ("authorization", if name == "bearer" { "Bearer x" } else { "DPoP x" }),
                    ];
                    check(&format!("{address} {name}"), &raw(&world, &verb, &address, &headers, body).await);
                }
                let answer = raw(&world, &verb, &address, &[("content-type", media)], huge.clone()).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.code()),
                    (413, "request.too_large".to_owned()),
                    "{address}"
                );
                check_problem(&address, &answer);
            } else if !open.iter().any(|begin| path.starts_with(begin)) {
                check(&address, &raw(&world, &verb, &address, &[], Vec::new()).await);
            }
            let wrong = if verb == "POST" { "GET" } else { "POST" };
            let answer = raw(&world, wrong, &address, &[], Vec::new()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (405, "request.method".to_owned()),
                "{wrong} {address}"
            );
            assert!(answer.headers.contains_key("allow"), "{address}");
            check_problem(&address, &answer);
        }
    }
    for path in ["/nothing", "/t/nobody/.well-known/keybound", "/token/", "//token", "/status-lists/x"] {
        let answer = raw(&world, "GET", path, &[], Vec::new()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "request.not_found".to_owned()), "{path}");
        check_problem(path, &answer);
    }
    let reader = world.log_in("reader", AUDITOR).await;
    for path in [
        "/audit/events?limit=x",
        "/audit/events?surprise=1",
        "/audit/proof/0?size=-1",
        "/audit/consistency?from=x",
    ] {
        let answer = world.get_as(&reader, path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "request.bad".to_owned()), "{path}");
        check_problem(path, &answer);
    }
    let answer = world.get("/revocations?since=x").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "request.bad".to_owned()));
}

/// RFC 6749 §3.2, RFC 8693 §2.1, RFC 8707 §2: forms.
#[tokio::test]
async fn forms_are_read_as_oauth_has_them() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let form = |token: &str| format!("grant_type={}&launch_token={token}", encode(LAUNCH));
    for (name, media, more, expected) in [
        ("as it is", FORM, "", None),
        ("with a charset", "application/x-www-form-urlencoded; charset=UTF-8", "", None),
        ("in capitals", "Application/X-WWW-Form-URLEncoded", "", None),
        (
            "resource twice",
            FORM,
            "&resource=https%3A%2F%2Ftools.example&resource=https%3A%2F%2Fmail.example",
            None,
        ),
        (
            "audience and resource",
            FORM,
            "&audience=https%3A%2F%2Ftools.example&resource=https%3A%2F%2Ftools.example",
            None,
        ),
        ("an empty parameter", FORM, "&scope=", None),
        ("an unknown parameter", FORM, "&surprise=1", None),
        ("grant_type twice", FORM, "&grant_type=x", Some((400, "request.repeated_parameter"))),
        ("the same twice", FORM, "&ttl=300&ttl=300", Some((400, "request.repeated_parameter"))),
        ("scope twice", FORM, "&scope=a&scope=b", Some((400, "request.repeated_parameter"))),
        ("an unknown one twice", FORM, "&surprise=1&surprise=2", Some((400, "request.repeated_parameter"))),
        ("JSON", "application/json", "", Some((415, "request.media_type"))),
        ("multipart", "multipart/form-data; boundary=x", "", Some((415, "request.media_type"))),
        ("no type", "", "", Some((415, "request.media_type"))),
        ("a relative resource", FORM, "&resource=tools", Some((400, "request.bad_resource"))),
        (
            "a fragment",
            FORM,
            "&resource=https%3A%2F%2Ftools.example%23x",
            Some((400, "request.bad_resource")),
        ),
    ] {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "one" })).await;
        let key = generate_key().unwrap();
        let proof = world.proof(&key, "POST", "/token", None);
        let mut headers = vec![("dpop", proof.as_str())];
        if !media.is_empty() {
            headers.push(("content-type", media));
        }
        let body = format!("{}{more}", form(&token)).into_bytes();
        let answer = raw(&world, "POST", "/token", &headers, body).await;
        match expected {
            None => assert_eq!(answer.status, 200, "{name}: {answer:?}"),
            Some((status, code)) => {
                assert_eq!(answer.refused(), (status, code.to_owned()), "{name}");
                check_oauth(name, &answer);
            }
        }
    }
    let key = generate_key().unwrap();
    for (form, code) in [
        (vec![], "request.missing_parameter"),
        (vec![("grant_type", "")], "request.missing_parameter"),
        (vec![("grant_type", "authorization_code")], "request.unsupported_grant"),
        (vec![("grant_type", LAUNCH)], "request.missing_parameter"),
    ] {
        let answer = world.token(&key, &form).await;
        assert_eq!(answer.refused(), (400, code.to_owned()), "{form:?}");
        check_oauth(code, &answer);
    }
}

/// J2, L16: expired, revoked and out of scope have each their own code; the denied scope is shown, and nothing of the token is.
#[tokio::test]
async fn a_refusal_says_why_and_nothing_of_the_token() {
    let launch = json!({ "workflow": "close", "task": "secret-task", "principal": { "id": "user#secret" } });
    for format in [CWT, AAT, ACCESS] {
        let world = World::new().await;
        let more = [("resource", "https://tools.example"), ("requested_token_type", format)];
        let (expired, revoked, scoped) = (
            world.agent_of(&launch, &[("ttl", "60"), more[0], more[1]]).await,
            world.agent_of(&launch, &more).await,
            world.agent_of(&launch, &more).await,
        );
        world.revoke("agent", revoked.id()).await.ok();
        world.clock.advance(60);
        let mut codes = BTreeSet::new();
        for (agent, wish, code) in [
            (&expired, vec![], "time.expired"),
            (&revoked, vec![], "revocation.revoked"),
            (&scoped, vec![("scope", "read_invoice delete_all")], "policy.outside_ceiling"),
        ] {
            let mut answers = vec![world.renew(agent, &wish).await];
            if code != "policy.outside_ceiling" {
                answers.push(world.as_agent(agent, "/release", &json!({})).await);
                answers.push(world.as_agent(agent, "/heartbeat", &json!({})).await);
            }
            for answer in answers {
                assert_eq!(answer.refused().1, code, "{format}");
                codes.insert(answer.code());
                let body = answer.text();
                assert!(!leaks(&body, &agent.token), "{body}");
                for value in [
                    "secret",
                    agent.id(),
                    agent.token_id(),
                    &agent.key.public_key().jwk_thumbprint().to_string(),
                ] {
                    assert!(!body.contains(value), "{body}");
                }
                if code == "policy.outside_ceiling" {
                    assert_eq!(answer.json()["scope"], "delete_all");
                }
            }
        }
        assert_eq!(codes.len(), 3);
        let last = world.records(0).await;
        let recorded: BTreeSet<&str> = last.iter().filter_map(|record| record["code"].as_str()).collect();
        assert!(codes.iter().all(|code| recorded.contains(code.as_str())));
    }
}

/// Whether any twelve characters of the token are in the text.
fn leaks(text: &str, token: &str) -> bool {
    token.as_bytes().windows(12).any(|part| text.as_bytes().windows(12).any(|window| window == part))
}

/// J2: random changes of a token are refused, and no answer has anything of them in it.
#[tokio::test]
async fn changed_tokens_leak_nothing() {
    let world = World::new().await;
    for format in [CWT, AAT, ACCESS] {
        let agent = world
            .agent("close", "one", &[("requested_token_type", format), ("resource", "https://tools.example")])
            .await;
        for round in 0..60_usize {
            let mut bytes = agent.token.clone().into_bytes();
            let place = round * 7919 % bytes.len();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let changed =
                Agent { key: generate_key().unwrap(), token: changed, answer: agent.answer.clone() };
            for answer in
                [world.renew(&changed, &[]).await, world.as_agent(&changed, "/release", &json!({})).await]
            {
                assert!(answer.status.is_client_error(), "{answer:?}");
                assert!(!leaks(&answer.text(), &changed.token), "{}", answer.text());
            }
        }
        world.renew(&agent, &[]).await.ok();
    }
}

/// J3: the request id of an answer leads to the record with the exact reason.
#[tokio::test]
async fn a_request_id_leads_to_its_record() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let agent = world.agent("close", "one", &[]).await;
    let root = world.log_in("root", ADMIN).await;
    let tools = world.log_in("tools", SERVER).await;
    let refusals = [
        world.launch(&orchestrator, &json!({ "workflow": "empty", "task": "one" })).await,
        world.renew(&agent, &[("scope", "x")]).await,
        world.as_client(&root, "/admin/revocations", &json!({ "level": "x", "id": "y" })).await,
        world.as_client(&tools, "/audit/uses", &json!([])).await,
        world.as_agent(&agent, "/heartbeat", &json!({ "state": "x" })).await,
        world.post("/release", &[], &json!({})).await,
        world.register(&agent.key, "kbl_x", &[]).await,
    ];
    let reader = world.log_in("reader", AUDITOR).await;
    for refusal in refusals {
        let body = refusal.json();
        let id = body["request"]
            .as_str()
            .or(body["instance"].as_str())
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        let found = world.get_as(&reader, &format!("/audit/events?request={id}")).await.ok();
        let records: &Vec<Value> = found["records"].as_array().unwrap();
        assert_eq!(records.len(), 1, "{body}");
        assert_eq!((&records[0]["code"], &records[0]["outcome"]), (&body["code"], &json!("denied")));
        if !body["rule"].is_null() {
            assert_eq!(records[0]["rule"], body["rule"]);
        }
    }
}
