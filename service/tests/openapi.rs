//! The description at `/openapi.json` says what the service does: the same addresses, the same codes, examples that it understands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod support;

use keybound_service::{Code, attest, audit, http::ROUTES, policy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::World;

/// Addresses that belong to no tenant.
const OF_THE_SERVICE: [(&str, &str); 4] =
    [("get", "/metrics"), ("get", "/livez"), ("get", "/readyz"), ("get", "/openapi.json")];

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const FORM: &str = "application/x-www-form-urlencoded";

fn description() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).unwrap()
}

/// Method, path and description of each operation.
fn operations(description: &Value) -> Vec<(&str, &str, &Value)> {
    let items = description["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in items {
        let here = METHODS.iter().filter_map(|method| Some((*method, path.as_str(), item.get(method)?)));
        found.extend(here);
    }
    found
}

/// Calls `visit` with every object in a document and the way to it.
fn walk<'a>(value: &'a Value, way: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(way, value);
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| walk(member, &format!("{way}/{name}"), visit));
        }
        Value::Array(members) => {
            members.iter().enumerate().for_each(|(at, member)| walk(member, &format!("{way}/{at}"), visit));
        }
        _ => {}
    }
}

/// What a `$ref` leads to, or the value itself.
fn resolved<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().map_or(value, |at| description.pointer(at.trim_start_matches('#')).unwrap())
}

#[test]
fn every_address_is_described_and_nothing_else() {
    let description = description();
    let described: BTreeSet<_> =
        operations(&description).into_iter().map(|(method, path, _)| (method, path)).collect();
    let served: BTreeSet<_> = ROUTES.iter().chain(&OF_THE_SERVICE).copied().collect();
    assert_eq!(described, served);
}

#[test]
fn every_code_is_described_with_its_meaning_and_nothing_else() {
    let mut codes: BTreeMap<&str, &str> = BTreeMap::new();
    codes.extend(Code::ALL.iter().map(|code| (code.as_str(), code.meaning())));
    codes.extend(policy::Code::ALL.iter().map(|code| (code.as_str(), code.meaning())));
    codes.extend(attest::Code::ALL.iter().map(|code| (code.as_str(), code.meaning())));
    codes.extend(keybound::Code::ALL.iter().map(|code| (code.as_str(), code.meaning())));
    let description = description();
    let listed = description["components"]["schemas"]["Code"]["oneOf"].as_array().unwrap();
    let described: BTreeMap<_, _> = listed
        .iter()
        .map(|entry| (entry["const"].as_str().unwrap(), entry["description"].as_str().unwrap()))
        .collect();
    let line = |(code, meaning): (&&str, &&str)| {
        format!("{{ \"const\": {}, \"description\": {} }},\n", Value::from(*code), Value::from(*meaning))
    };
    let missing: String =
        codes.iter().filter(|(code, text)| described.get(*code) != Some(text)).map(line).collect();
    assert!(missing.is_empty(), "missing from components.schemas.Code in service/openapi.json:\n{missing}");
    let unknown: Vec<_> = described.keys().filter(|code| !codes.contains_key(*code)).collect();
    assert!(unknown.is_empty(), "described, but no code: {unknown:?}");
    assert_eq!(listed.len(), described.len(), "a code is described twice");
}

#[test]
fn every_kind_of_record_is_described() {
    let description = description();
    let described: BTreeSet<_> = description["components"]["schemas"]["Operation"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(described, audit::Operation::ALL.iter().map(|operation| operation.as_str()).collect());
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_used() {
    let description = description();
    let mut used = BTreeSet::new();
    walk(&description, "", &mut |way, value| {
        if let Some(at) = value.get("$ref").and_then(Value::as_str) {
            assert!(description.pointer(at.trim_start_matches('#')).is_some(), "{way}: {at}");
            used.insert(at.to_owned());
        }
    });
    for kind in ["schemas", "responses", "headers"] {
        for name in description["components"][kind].as_object().unwrap().keys() {
            let at = format!("#/components/{kind}/{name}");
            assert!(used.contains(&at), "{at} is never used");
        }
    }
}

#[test]
fn every_operation_says_what_it_is_who_may_and_how_it_fails() {
    let description = description();
    let schemes = description["components"]["securitySchemes"].as_object().unwrap();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        let about = format!("{method} {path}");
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{about}: its name is another's");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{about}");
        for scheme in
            operation["security"].as_array().unwrap().iter().flat_map(|any| any.as_object().unwrap())
        {
            assert!(schemes.contains_key(scheme.0), "{about}: {}", scheme.0);
        }
        let is_of_a_tenant = ROUTES.contains(&(method, path));
        let has_form = operation["requestBody"]["content"].get(FORM).is_some();
        let answers = operation["responses"].as_object().unwrap();
        for (status, must) in [
            ("404", is_of_a_tenant),
            ("405", true),
            ("408", is_of_a_tenant),
            ("413", method == "post"),
            ("415", has_form),
            ("500", true),
        ] {
            assert!(!must || answers.contains_key(status), "{about}: {status} is missing");
        }
        let is_fine = |(status, answer): (&String, &Value)| {
            let answer = resolved(&description, answer);
            answer["description"].is_string() && (!status.starts_with('4') || answer["content"].is_object())
        };
        assert!(answers.iter().all(is_fine), "{about}: an answer says too little");
    }
}

/// Request examples by method, path, media type and body.
fn requests(description: &Value) -> Vec<(&str, String, String)> {
    let mut found = Vec::new();
    for (_, path, operation) in operations(description) {
        let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
        for (media, body) in content {
            let examples: Vec<_> = body["examples"].as_object().into_iter().flatten().collect();
            assert!(!examples.is_empty(), "{path}: {media} has no example");
            for (_, example) in examples {
                let value = &example["value"];
                let text = if media == FORM { form(value) } else { value.to_string() };
                found.push((path, media.clone(), text));
            }
        }
    }
    found
}

fn form(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pair = |name: &str, value: &Value| format!("{name}={}", support::encode(&text(value)));
    let members = value.as_object().unwrap().iter();
    let pairs = members.flat_map(|(name, value)| match value {
        Value::Array(values) => values.iter().map(|value| pair(name, value)).collect(),
        one => vec![pair(name, one)],
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The examples are held against what reads them: the service refuses what they ask for, never how they are written.
#[tokio::test]
async fn the_service_can_read_every_example_of_a_request() {
    const UNREAD: [&str; 6] = [
        "request.bad",
        "request.missing_parameter",
        "request.media_type",
        "request.unsupported_grant",
        "request.unsupported_token_type",
        "request.bad_authorization_details",
    ];
    let world = World::new().await;
    let description = description();
    let requests = requests(&description);
    assert!(requests.len() > 10, "{}", requests.len());
    for (path, media, body) in &requests {
        let answer = send(&world, path, media, body.clone()).await;
        let code = if answer.status.is_success() { String::new() } else { answer.code() };
        assert!(!UNREAD.contains(&code.as_str()), "{path}: {body}: {}", answer.text());
    }
    // The control: what is not written like the examples is refused as such.
    for (path, media, body) in [
        ("/launch", "application/json", "{}"),
        ("/token", FORM, "grant_type=password"),
        ("/token", "application/json", "{}"),
        ("/admin/revocations", "application/json", "{\"level\":\"all\",\"id\":\"\"}"),
    ] {
        let code = send(&world, path, media, body.to_owned()).await.code();
        assert!(UNREAD.contains(&code.as_str()), "{path}: {body}: {code}");
    }
}

/// A request by whoever may make it.
async fn send(world: &World, path: &str, media: &str, body: String) -> support::Answer {
    let client = match path {
        "/launch" => Some(("payables", support::ORCHESTRATOR)),
        "/admin/revocations" | "/policy/test" => Some(("root", support::ADMIN)),
        "/audit/uses" => Some(("tools", support::SERVER)),
        _ => None,
    };
    let mut request = axum::http::Request::post(path).header("content-type", media);
    if let Some((client, seed)) = client {
        let session = world.log_in(client, seed).await;
        let proof = world.proof(&session.key, "POST", path, Some(&session.token));
        request = request.header("dpop", proof).header("authorization", format!("DPoP {}", session.token));
    } else if path == "/heartbeat" || path == "/release" {
        let agent = world.agent("close", "task-1", &[]).await;
        let proof = world.proof(&agent.key, "POST", path, Some(&agent.token));
        request = request.header("dpop", proof).header("authorization", format!("DPoP {}", agent.token));
    } else {
        let key = keybound_bindings::generate_key().unwrap();
        request = request.header("dpop", world.proof(&key, "POST", path, None));
    }
    world.send(request.body(axum::body::Body::from(body)).unwrap()).await
}
