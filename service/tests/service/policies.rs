//! The policy decides at issuance, on who asks, for whom, and what: and a change of it counts from the next request on.

use crate::support::{ADMIN, World, policy};
use keybound_bindings::generate_key;
use keybound_service::follow::{publish_policy_file, set_policy};
use serde_json::{Value, json};

/// I1, I3, I4, I10, H5: one table of users, actions and scopes.
#[tokio::test]
async fn user_action_and_scope_decide_together() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let user = |tier: &str, groups: &[&str]| json!({ "id": "user#1", "tier": tier, "groups": groups });
    let pay = json!({ "pay_invoice": { "invoice_id": { "constraint_type": "wildcard" } } });
    let read = json!({ "read_invoice": {} });
    let drift = json!({ "drop_table": {} });
    for (name, workflow, principal, tools, expected) in [
        ("tier pro", "tiered", user("pro", &[]), None, None),
        (
            "tier free",
            "tiered",
            user("free", &[]),
            None,
            Some((403, "policy.principal_not_allowed", "principal.tier")),
        ),
        (
            "no tier",
            "tiered",
            json!({ "id": "user#1" }),
            None,
            Some((403, "policy.principal_not_allowed", "principal.tier")),
        ),
        (
            "nobody",
            "tiered",
            Value::Null,
            None,
            Some((400, "policy.principal_missing", "principal.required")),
        ),
        ("nobody needed", "close", Value::Null, None, None),
        ("entitled", "tiered", user("pro", &["finance"]), Some(&pay), None),
        (
            "not entitled",
            "tiered",
            user("pro", &["staff"]),
            Some(&pay),
            Some((403, "policy.not_entitled", "tool.entitled")),
        ),
        ("entitled to less", "tiered", user("pro", &["staff"]), Some(&read), None),
        (
            "undeclared",
            "tiered",
            user("pro", &["finance"]),
            Some(&drift),
            Some((403, "policy.tool_not_declared", "ceiling.tools")),
        ),
        (
            "bad name",
            "tiered",
            json!({ "id": "a b", "tier": "pro" }),
            None,
            Some((400, "policy.bad_principal", "")),
        ),
    ] {
        let mut body = json!({ "workflow": workflow, "task": "one" });
        if !principal.is_null() {
            body["principal"] = principal;
        }
        if let Some(tools) = tools {
            body["tools"] = tools.clone();
        }
        let answer = world.launch(&orchestrator, &body).await;
        let Some((status, code, rule)) = expected else {
            answer.ok();
            assert_eq!(
                world.last_record("launch.created").await["rule"],
                format!("workflows.{workflow}"),
                "{name}"
            );
            continue;
        };
        assert_eq!(answer.refused(), (status, code.to_owned()), "{name}");
        if !rule.is_empty() {
            assert_eq!(answer.json()["rule"], rule, "{name}");
        }
        let record = world.last_record("launch.denied").await;
        assert_eq!(record["code"], code, "{name}");
        assert_eq!(record["policy"], world.app.tenant("default").unwrap().policy().policy.digest());
        if name == "undeclared" {
            // What nobody declared may be anybody's text: it is there as a pseudonym.
            assert_ne!(record["tools_requested"], json!(["drop_table"]));
            assert_eq!(answer.json()["tool"], "drop_table");
        }
    }
}

/// I2: ten a day, also when fifty ask at once; the next day begins at midnight, UTC; another user has ten of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_of_ten_lets_ten_pass() {
    const DAY: u64 = 86_400;
    let world = World::new().await;
    let burst = async |user: &str| {
        let session = std::sync::Arc::new(world.orchestrator().await);
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (world, session) = (world.clone(), session.clone());
            let body = json!({ "workflow": "limited", "task": format!("one-{number}"), "principal": { "id": user } });
            tries.spawn(async move { world.launch(&session, &body).await });
        }
        let answers = tries.join_all().await;
        let (passed, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        for answer in &refused {
            assert_eq!(answer.refused(), (429, "policy.rate_limited".to_owned()));
            let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert_eq!(wait, DAY - world.now().as_secs() % DAY);
            assert_eq!(answer.json()["limit"], "ten");
        }
        passed.len()
    };
    assert_eq!(burst("user#1").await, 10);
    assert_eq!(burst("user#1").await, 0);
    assert_eq!(burst("user#2").await, 10);
    // Without a user the orchestrator is counted.
    let session = world.orchestrator().await;
    for number in 0..11 {
        let answer = world.launch(&session, &json!({ "workflow": "limited", "task": "one" })).await;
        assert_eq!(answer.status == 201, number < 10, "{number}");
    }
    let midnight = (world.now().as_secs() / DAY + 1) * DAY;
    world.clock.set(midnight - 1);
    assert_eq!(burst("user#1").await, 0);
    world.clock.set(midnight);
    assert_eq!(burst("user#1").await, 10);
    // A restart forgets nothing.
    let restarted = world.restarted().await;
    let session = restarted.orchestrator().await;
    let body = json!({ "workflow": "limited", "task": "one", "principal": { "id": "user#1" } });
    assert_eq!(restarted.launch(&session, &body).await.refused(), (429, "policy.rate_limited".to_owned()));
}

/// I8: another policy counts from the next request on, without a restart; for what lives already, at its next renewal; and a text
/// with a mistake changes nothing.
#[tokio::test]
async fn a_changed_policy_counts_at_once() {
    let world = World::new().await;
    let tenant = world.app.tenant("default").unwrap().clone();
    let orchestrator = world.orchestrator().await;
    let launch = json!({ "workflow": "close", "task": "one", "tools": { "pay_invoice": {
        "invoice_id": { "constraint_type": "wildcard" }, "amount": { "constraint_type": "range", "max": 500 } } } });
    let living = world.agent("close", "one", &[]).await;
    let modest_tools = json!({ "pay_invoice": {
        "invoice_id": { "constraint_type": "wildcard" }, "amount": { "constraint_type": "range", "max": 100 } } });
    let modest =
        world.agent_of(&json!({ "workflow": "close", "task": "one", "tools": modest_tools }), &[]).await;
    let token = world.launch_token(&orchestrator, &launch).await;
    let narrower = policy().replace("max = 500 }}", "max = 100 }}").replace("max = 500 }", "max = 100 }");
    assert_ne!(narrower, policy());
    std::fs::write(world.folder.join("policy.toml"), &narrower).unwrap();
    publish_policy_file(&world.app, &tenant).await.unwrap();
    let record = world.last_record("policy.changed").await;
    assert_eq!((&record["actor"], record["policy"].as_str().map(str::len)), (&json!("operator"), Some(64)));
    assert_eq!(
        world.launch(&orchestrator, &launch).await.refused(),
        (403, "policy.outside_ceiling".to_owned())
    );
    // What was promised before keeps to what it was, until it is renewed under today's policy.
    world.register(&generate_key().unwrap(), &token, &[]).await.ok();
    assert_eq!(world.renew(&living, &[]).await.refused(), (403, "policy.outside_ceiling".to_owned()));
    assert_eq!(world.renew(&modest, &[]).await.ok()["authorization_details"][0]["tools"], modest_tools);
    for wrong in ["workflows = 7", &narrower.replace("[workflows.close]", "[workflows.close]\nsurprise = 1")]
    {
        std::fs::write(world.folder.join("policy.toml"), wrong).unwrap();
        assert!(publish_policy_file(&world.app, &tenant).await.is_err());
        assert_eq!(world.last_record("policy.denied").await["actor"], "operator");
    }
    assert_eq!(
        world.launch(&orchestrator, &launch).await.refused(),
        (403, "policy.outside_ceiling".to_owned())
    );
    set_policy(&world.app, &tenant, format!("{}\n# again\n", policy()), "root").await.unwrap();
    world.launch(&orchestrator, &launch).await.ok();
    // A client that the policy no longer has is nobody, whatever token it still holds.
    let without =
        policy().replace("[clients.payables]", "[clients.others]").replace("[\"payables\"]", "[\"others\"]");
    set_policy(&world.app, &tenant, without, "root").await.unwrap();
    assert_eq!(
        world.launch(&orchestrator, &launch).await.refused(),
        (401, "client.token_refused".to_owned())
    );
}

/// I8: what follows the files of a running service sees an edit within a second or two.
#[tokio::test]
async fn an_edited_file_is_followed() {
    let world = World::new().await;
    let following = tokio::spawn(keybound_service::follow::follow_files(world.app.clone()));
    let version = world.app.tenant("default").unwrap().policy_version();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    std::fs::write(world.folder.join("policy.toml"), format!("{}\n# edited\n", policy())).unwrap();
    let began = std::time::Instant::now();
    while world.app.tenant("default").unwrap().policy_version() == version {
        assert!(began.elapsed().as_secs() < 5);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    following.abort();
}

/// I5, E11: a decision is explained rule by rule, nothing is issued, and the one that denies is the one that a launch names.
#[tokio::test]
async fn a_decision_is_explained_without_issuing() {
    let world = World::new().await;
    let root = world.log_in("root", ADMIN).await;
    let size = world.log_size().await;
    let ask = async |more: Value| {
        let mut question = json!({ "workflow": "tiered", "orchestrator": "payables", "principal": { "id": "u#1", "tier": "pro" } });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.as_client(&root, "/policy/test", &question).await
    };
    let yes = ask(json!({})).await.ok();
    assert_eq!(
        (&yes["allowed"], &yes["policy"]),
        (&json!(true), &json!(world.app.tenant("default").unwrap().policy().policy.digest()))
    );
    for (more, rule, code) in [
        (json!({ "workflow": "nothing" }), "workflow.known", "policy.unknown_workflow"),
        (json!({ "orchestrator": "movers" }), "workflow.orchestrator", "policy.not_your_workflow"),
        (
            json!({ "principal": { "id": "u#1", "tier": "free" } }),
            "principal.tier",
            "policy.principal_not_allowed",
        ),
        (json!({ "tools": { "drop_table": {} } }), "ceiling.tools", "policy.tool_not_declared"),
        (json!({ "audience": ["https://evil.example"] }), "ceiling.audience", "policy.audience_not_allowed"),
        (json!({ "ttl": 3600 }), "ttl.bounds", "policy.ttl_out_of_bounds"),
        (json!({ "max_depth": 1 }), "depth.bounds", "policy.depth_out_of_bounds"),
        (
            json!({ "action": "attested", "orchestrator": "mesh", "attested": "spiffe://evil.example/x" }),
            "agent.identity",
            "policy.agent_not_allowed",
        ),
        (json!({ "action": "on_behalf_of" }), "obo.allowed", "policy.on_behalf_of_not_allowed"),
    ] {
        let no = ask(more.clone()).await.ok();
        assert_eq!(no["allowed"], false, "{more}");
        let denies = no["rules"].as_array().unwrap().iter().find(|rule| rule["verdict"] == "denies").unwrap();
        assert_eq!((&denies["rule"], &denies["code"]), (&json!(rule), &json!(code)), "{more}");
    }
    for wrong in [json!({ "action": "dance" }), json!({ "surprise": 1 }), json!({ "format": "xml" })] {
        assert_eq!(ask(wrong).await.refused(), (400, "request.bad".to_owned()));
    }
    assert_eq!(world.log_size().await, size);
    assert!(world.dump("launches").await.is_empty());
}
