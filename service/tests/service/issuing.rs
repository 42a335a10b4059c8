//! What is issued: for this task, within the ceiling, in each form, as a resource server meets it.

use crate::support::{MAIL, SERVER, World, client::*, server::ResourceServer};
use keybound_bindings::generate_key;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TOOLS: &str = "https://tools.example";

fn details(tools: &Value) -> String {
    json!([{ "type": "attenuating_agent_token", "tools": tools }]).to_string()
}

/// The launch of `close` with these tools at most.
fn launch(tools: &Value) -> Value {
    json!({ "workflow": "close", "task": "run", "tools": tools })
}

/// B1: two runs of one workflow get different scopes, and nothing was deployed in between.
#[tokio::test]
async fn each_run_gets_what_its_task_needs() {
    let world = World::new().await;
    let mut granted = Vec::new();
    for invoice in ["12345", "67890"] {
        let tools =
            json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": invoice } } });
        let agent = world.agent_of(&launch(&tools), &[]).await;
        assert_eq!(agent.answer["authorization_details"][0]["tools"], tools);
        assert_eq!(agent.answer["scope"], "read_invoice");
        granted.push(agent.answer["authorization_details"].clone());
    }
    assert_ne!(granted[0], granted[1]);
}

/// B2: outside of the ceiling is 403 with the rule's name and a record; inside passes; an empty ceiling denies everything.
#[tokio::test]
async fn the_ceiling_is_the_most_there_is() {
    let world = World::new().await;
    let pay = |max: u64| {
        json!({ "pay_invoice": { "invoice_id": { "constraint_type": "wildcard" },
            "amount": { "constraint_type": "range", "max": max } } })
    };
    for (body, expected) in [
        (launch(&pay(500)), None),
        (launch(&pay(100)), None),
        (launch(&pay(501)), Some((403, "policy.outside_ceiling", "ceiling.arguments"))),
        (launch(&json!({ "delete_all": {} })), Some((403, "policy.tool_not_declared", "ceiling.tools"))),
        (launch(&json!({})), Some((403, "policy.empty", "ceiling.empty"))),
        (
            json!({ "workflow": "close", "task": "run", "audience": ["https://evil.example"] }),
            Some((403, "policy.audience_not_allowed", "ceiling.audience")),
        ),
        (
            json!({ "workflow": "close", "task": "run", "max_depth": 3 }),
            Some((403, "policy.depth_out_of_bounds", "depth.bounds")),
        ),
        (json!({ "workflow": "empty", "task": "run" }), Some((403, "policy.empty", "ceiling.empty"))),
        (
            json!({ "workflow": "nowhere", "task": "run" }),
            Some((403, "policy.audience_not_allowed", "ceiling.audience")),
        ),
        (
            json!({ "workflow": "moving", "task": "run" }),
            Some((403, "policy.not_your_workflow", "workflow.orchestrator")),
        ),
        (
            json!({ "workflow": "nothing", "task": "run" }),
            Some((400, "policy.unknown_workflow", "workflow.known")),
        ),
    ] {
        let orchestrator = world.orchestrator().await;
        let before = world.log_size().await;
        let answer = world.launch(&orchestrator, &body).await;
        let Some((status, code, rule)) = expected else {
            answer.ok();
            world.last_record("launch.created").await;
            continue;
        };
        assert_eq!(answer.refused(), (status, code.to_owned()), "{body}");
        assert_eq!(answer.json()["rule"], rule, "{body}");
        let record = world.last_record("launch.denied").await;
        assert_eq!(
            (&record["code"], &record["rule"], &record["actor"]),
            (&json!(code), &json!(rule), &json!("payables"))
        );
        assert_eq!(world.log_size().await, before + 1);
    }
}

/// B2, I7: the agent itself stays within what its launch fixed, and may take less.
#[tokio::test]
async fn the_agent_stays_within_its_launch() {
    let world = World::new().await;
    let fixed =
        json!({ "read_invoice": { "invoice_id": { "constraint_type": "one_of", "values": ["1", "2"] } } });
    let one = json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": "1" } } });
    let three = json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": "3" } } });
    let pay = json!({ "pay_invoice": {} });
    let orchestrator = world.orchestrator().await;
    for (tools, code) in
        [(&one, None), (&three, Some("policy.outside_ceiling")), (&pay, Some("policy.outside_ceiling"))]
    {
        let token = world.launch_token(&orchestrator, &launch(&fixed)).await;
        let more = [("authorization_details", details(tools))];
        let more = more.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = world.register(&generate_key().unwrap(), &token, &more).await;
        match code {
            None => assert_eq!(answer.ok()["authorization_details"][0]["tools"], *tools),
            Some(code) => {
                assert_eq!(answer.refused(), (403, code.to_owned()));
                assert_eq!(answer.json()["error"], "invalid_scope");
                world.last_record("token.denied").await;
            }
        }
    }
    let token = world.launch_token(&orchestrator, &launch(&fixed)).await;
    let answer = world.register(&generate_key().unwrap(), &token, &[("scope", "pay_invoice")]).await;
    assert_eq!(
        (answer.refused(), answer.json()["scope"].clone()),
        ((403, "policy.outside_ceiling".into()), json!("pay_invoice"))
    );
}

/// B3, B17, A5, and all three forms: what a resource server with the published keys lets an agent do, and what not.
#[tokio::test]
async fn a_resource_server_believes_the_token_for_its_record_alone() {
    let world = World::new().await;
    let tools = json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": "12345" } } });
    let (server, mail) =
        (ResourceServer::new(&world, TOOLS).await, ResourceServer::new(&world, "https://mail.example").await);
    let this = json!({ "invoice_id": "12345" });
    for format in [CWT, AAT] {
        let launch =
            json!({ "workflow": "close", "task": "run", "tools": tools, "principal": { "id": "user#1" } });
        let agent = world.agent_of(&launch, &[("resource", TOOLS), ("requested_token_type", format)]).await;
        let permit = server.call(&agent.token, &agent.key, "read_invoice", &this).unwrap();
        assert_eq!(permit.agent().unwrap().as_str(), agent.id());
        assert_eq!(
            (permit.principal(), permit.task(), permit.issuer()),
            (Some("user#1"), Some("run"), &*world.issuer)
        );
        mail.refresh().await.unwrap();
        for (server, key, tool, arguments, code) in [
            (&server, &agent.key, "read_invoice", json!({ "invoice_id": "12346" }), "call.argument_refused"),
            (&server, &agent.key, "pay_invoice", this.clone(), "call.tool_not_granted"),
            (&server, &generate_key().unwrap(), "read_invoice", this.clone(), "proof.not_the_holder"),
            (&mail, &agent.key, "read_invoice", this.clone(), "call.audience_not_granted"),
        ] {
            let refused = server.call(&agent.token, key, tool, &arguments).err();
            assert_eq!(refused, Some(code), "{format} {tool} {arguments}");
        }
        world.clock.advance(330);
        server.refresh().await.unwrap();
        assert_eq!(server.call(&agent.token, &agent.key, "read_invoice", &this).err(), Some("time.expired"));
    }
}

/// The access token of RFC 9068, under the published keys.
#[tokio::test]
async fn an_access_token_is_for_one_server_and_one_key() {
    let world = World::new().await;
    let launch = json!({ "workflow": "close", "task": "run", "principal": { "id": "user#1" } });
    let agent = world.agent_of(&launch, &[("resource", TOOLS), ("requested_token_type", ACCESS)]).await;
    assert_eq!(
        (&agent.answer["token_type"], &agent.answer["issued_token_type"]),
        (&json!("DPoP"), &json!(ACCESS))
    );
    let server = ResourceServer::new(&world, TOOLS).await;
    let token = server.open(&agent.token).unwrap();
    assert_eq!((token.subject(), token.client_id(), token.issuer()), ("user#1", agent.id(), &*world.issuer));
    assert_eq!(token.audience(), [TOOLS]);
    assert_eq!(*token.bound_to().unwrap(), agent.key.public_key().jwk_thumbprint());
    assert_eq!(token.scope(), Some("pay_invoice read_invoice"));
    let said = claims(&agent.token);
    assert_eq!(said["act"]["sub"], agent.id());
    let mail = ResourceServer::new(&world, "https://mail.example").await;
    assert_eq!(mail.open(&agent.token).err(), Some("call.not_our_audience"));
    let mut forged: Vec<&str> = agent.token.split('.').collect();
    let body = forged[1].replace(&forged[1][10..12], "AA");
    forged[1] = &body;
    assert!(server.open(&forged.join(".")).is_err());
}

/// B5, B6, L2: five minutes when nobody says; within the bounds of the workflow; never beyond 60 to 3600 seconds.
#[tokio::test]
async fn the_time_to_live_is_within_bounds() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    for (ttl, expected) in [
        (None, Ok(300)),
        (Some("60"), Ok(60)),
        (Some("600"), Ok(600)),
        (Some("601"), Err((403, "policy.ttl_out_of_bounds"))),
        (Some("59"), Err((403, "policy.ttl_out_of_bounds"))),
        (Some("0"), Err((403, "policy.ttl_out_of_bounds"))),
        (Some("3601"), Err((403, "policy.ttl_out_of_bounds"))),
        (Some("18446744073709551616"), Err((400, "request.bad"))),
        (Some("-1"), Err((400, "request.bad"))),
        (Some("1e2"), Err((400, "request.bad"))),
    ] {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "run" })).await;
        let more: Vec<_> =
            ttl.map(|ttl| ("ttl", ttl)).into_iter().chain([("requested_token_type", ACCESS)]).collect();
        let answer = world.register(&generate_key().unwrap(), &token, &more).await;
        match expected {
            Ok(seconds) => {
                let answer = answer.ok();
                let claims = claims(answer["access_token"].as_str().unwrap());
                let lives = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
                assert_eq!((lives, answer["expires_in"].as_u64()), (seconds, Some(seconds)), "{ttl:?}");
                assert_eq!(answer["renew_in"], seconds * 3 / 4);
            }
            Err((status, code)) => assert_eq!(answer.refused(), (status, code.to_owned()), "{ttl:?}"),
        }
    }
    let launches = [(60, 201), (600, 201), (59, 403), (601, 403), (3601, 403)];
    for (ttl, status) in launches {
        let body = json!({ "workflow": "close", "task": "run", "ttl": ttl });
        assert_eq!(world.launch(&orchestrator, &body).await.status, status, "{ttl}");
    }
    // What a launch fixed, its agent does not lengthen.
    let token =
        world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "run", "ttl": 120 })).await;
    let key = generate_key().unwrap();
    let refused = world.register(&key, &token, &[("ttl", "121")]).await.refused();
    assert_eq!(refused, (403, "policy.ttl_out_of_bounds".to_owned()));
    assert_eq!(world.register(&key, &token, &[]).await.ok()["expires_in"], 120);
    // No policy can widen 60 to 3600.
    for (bounds, is_sound) in [
        ("min = 60, default = 300, max = 3600", true),
        ("min = 59, default = 300, max = 600", false),
        ("min = 60, default = 300, max = 3601", false),
    ] {
        let text = format!("[workflows.x]\nttl = {{ {bounds} }}\n");
        assert_eq!(keybound_service::policy::Policy::parse(&text).is_ok(), is_sound, "{bounds}");
    }
}

/// B14: a scope that nobody declared is issued when the ceiling covers it.
#[tokio::test]
async fn a_scope_nobody_registered_is_issued_within_the_ceiling() {
    let world = World::new().await;
    let tools = json!({ "read_invoice": { "invoice_id": {
        "constraint_type": "one_of", "values": ["2026-11-24/a", "never seen before"] } } });
    let agent = world.agent_of(&launch(&tools), &[]).await;
    let server = ResourceServer::new(&world, TOOLS).await;
    let call = |id: &str| server.call(&agent.token, &agent.key, "read_invoice", &json!({ "invoice_id": id }));
    assert!(call("never seen before").is_ok());
    assert!(call("another").is_err());
}

/// B20, B21: several resources in one request are several credentials, each for its own server, with its own id and record.
#[tokio::test]
async fn one_request_gives_a_credential_for_each_resource() {
    let world = World::new().await;
    let before = world.log_size().await;
    let places = [TOOLS, "https://mail.example"];
    for format in [CWT, AAT, ACCESS] {
        let more = [("resource", places[0]), ("resource", places[1]), ("requested_token_type", format)];
        let agent = world.agent("close", "run", &more).await;
        let credentials = agent.answer["credentials"].as_array().unwrap();
        assert_eq!(credentials.len(), 2);
        let ids: BTreeSet<&str> = credentials.iter().map(|one| one["token_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2);
        for (credential, place) in credentials.iter().zip(places) {
            assert_eq!(credential["resource"], json!([place]));
            let token = credential["access_token"].as_str().unwrap();
            for server in places {
                let known = ResourceServer::new(&world, server).await;
                let believed = match format {
                    ACCESS => known.open(token).is_ok(),
                    _ => known.call(token, &agent.key, "read_invoice", &json!({ "invoice_id": "1" })).is_ok(),
                };
                assert_eq!(believed, server == place, "{format} {place} at {server}");
            }
        }
        for (client, seed, place) in [("tools", SERVER, places[0]), ("mail", MAIL, places[1])] {
            let session = world.log_in(client, seed).await;
            for credential in credentials {
                let seen = world.introspect(&session, credential["access_token"].as_str().unwrap()).await;
                assert_eq!(seen["active"], credential["resource"][0] == place);
            }
        }
    }
    let records = world.records(before).await;
    let issued: Vec<_> = records.iter().filter(|record| record["grant"] == "launch").collect();
    assert_eq!(issued.len(), 6);
}

/// B20: several details in one request, each with its own tools and place; one too many or one outside refuses them all.
#[tokio::test]
async fn one_request_gives_a_credential_for_each_detail() {
    let world = World::new().await;
    let detail = |tool: &str, place: &str| json!({ "type": "attenuating_agent_token", "tools": { tool: { "*": { "constraint_type": "wildcard" } } }, "locations": [place] });
    let exact = |id: &str, place: &str| {
        json!({ "type": "attenuating_agent_token", "locations": [place],
            "tools": { "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": id } } } })
    };
    let many: Vec<Value> = (0..64).map(|number| exact(&number.to_string(), TOOLS)).collect();
    let agent = world.agent("close", "run", &[("authorization_details", &json!(many).to_string())]).await;
    let credentials = agent.answer["credentials"].as_array().unwrap();
    let ids: BTreeSet<&str> = credentials.iter().map(|one| one["token_id"].as_str().unwrap()).collect();
    assert_eq!((credentials.len(), ids.len()), (64, 64));
    let server = ResourceServer::new(&world, TOOLS).await;
    for (number, credential) in credentials.iter().enumerate().step_by(16) {
        let token = credential["access_token"].as_str().unwrap();
        let call = |id: usize| {
            server.call(token, &agent.key, "read_invoice", &json!({ "invoice_id": id.to_string() }))
        };
        assert!(call(number).is_ok() && call(number + 1).is_err());
    }
    let orchestrator = world.orchestrator().await;
    let too_many: Vec<Value> = (0..65).map(|number| exact(&number.to_string(), TOOLS)).collect();
    let evil = vec![exact("1", TOOLS), exact("1", "https://evil.example")];
    let undeclared = vec![exact("1", TOOLS), detail("delete_all", TOOLS)];
    let foreign = vec![json!({ "type": "payment_initiation" })];
    for (details, status, code) in [
        (json!(too_many), 400, "request.bad_authorization_details"),
        (json!(foreign), 400, "request.bad_authorization_details"),
        (json!([]), 400, "request.bad_authorization_details"),
        (json!(evil), 403, "policy.audience_not_allowed"),
        (json!(undeclared), 403, "policy.outside_ceiling"),
    ] {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "all" })).await;
        let more = [("authorization_details", details.to_string())];
        let more = more.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = world.register(&generate_key().unwrap(), &token, &more).await;
        assert_eq!(answer.refused(), (status, code.to_owned()));
    }
    assert!(world.app.store().sessions_of_task("default", "all").await.unwrap().is_empty());
}

/// B22: an exchanged access token has what its chain has, or less, and ends no later.
#[tokio::test]
async fn an_exchange_gives_no_more_than_the_chain_has() {
    let world = World::new().await;
    let tools = json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": "1" } } });
    let agent = world.agent_of(&launch(&tools), &[]).await;
    let form = |more: &[(&'static str, &'static str)]| {
        let kind = agent.answer["issued_token_type"].as_str().unwrap();
        let mut form = vec![
            ("grant_type", EXCHANGE),
            ("subject_token", agent.token.as_str()),
            ("subject_token_type", kind),
            ("requested_token_type", ACCESS),
        ];
        form.extend_from_slice(more);
        form
    };
    world.clock.advance(200);
    let answer = world.token(&agent.key, &form(&[("resource", TOOLS)])).await.ok();
    assert_eq!((answer["expires_in"].as_u64(), &answer["resource"]), (Some(100), &json!([TOOLS])));
    assert_eq!(answer["authorization_details"][0]["tools"], tools);
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(ResourceServer::new(&world, TOOLS).await.open(token).unwrap().audience(), [TOOLS]);
    let record = world.last_record("token.exchanged").await;
    assert_eq!(record["parent"], agent.token_id().replace('-', ""));
    for (more, status, code) in [
        (&[][..], 400, "request.missing_parameter"),
        (&[("resource", TOOLS), ("resource", "https://mail.example")], 400, "request.missing_parameter"),
        (&[("resource", "https://evil.example")], 403, "policy.audience_not_allowed"),
        (&[("resource", TOOLS), ("scope", "pay_invoice")], 403, "policy.outside_ceiling"),
        (&[("resource", TOOLS), ("ttl", "601")], 403, "policy.ttl_out_of_bounds"),
        (&[("resource", "not a uri")], 400, "request.bad_resource"),
    ] {
        assert_eq!(
            world.token(&agent.key, &form(more)).await.refused(),
            (status, code.to_owned()),
            "{more:?}"
        );
    }
    let thief = generate_key().unwrap();
    assert_eq!(world.token(&thief, &form(&[("resource", TOOLS)])).await.refused().1, "proof.not_the_holder");
}
