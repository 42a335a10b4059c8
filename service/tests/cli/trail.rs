//! `revoke` and `audit trail`, beside a service.

use crate::{command::beside, support::World, support::client::Agent};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{AgentId, Chain, Narrowing, TokenId, revocation::RevokedId};
use keybound_bindings::generate_key;
use serde_json::json;

async fn an_agent(world: &World, task: &str) -> Agent {
    world.agent("close", task, &[("resource", "https://tools.example")]).await
}

#[tokio::test]
async fn what_is_revoked_on_the_database_is_refused_by_the_service() {
    let world = World::new().await;
    // The command has the machine's clock, and what it revokes ends by it.
    world.clock.set(keybound_bindings::now().unwrap().as_secs());
    let (by_agent, by_task, by_token, stays) = (
        an_agent(&world, "one").await,
        an_agent(&world, "two").await,
        an_agent(&world, "three").await,
        an_agent(&world, "four").await,
    );
    let revoke = |arguments: &[&str]| beside(&world, &[&["revoke", "--json"], arguments].concat()).json();
    let first = revoke(&["--agent", by_agent.id(), "--reason", "misuse"]);
    assert_eq!((&first["level"], &first["sessions_ended"]), (&json!("agent"), &json!(1)));
    let second = revoke(&["--task", "two"]);
    assert!(second["revocation_seq"].as_u64() > first["revocation_seq"].as_u64());
    let third = revoke(&["--token", by_token.token_id()]);
    let record = world.last_record("revocation.added").await;
    assert_eq!((&record["actor"], &record["rule"]), (&json!("operator"), &json!("token")));
    keybound_service::follow::catch_up(&world.app).await.unwrap();
    assert_eq!(world.app.tenant("default").unwrap().feed.seq(), third["revocation_seq"].as_u64().unwrap());
    for agent in [&by_agent, &by_task, &by_token] {
        assert!(!world.is_active(&agent.token).await);
    }
    assert!(world.is_active(&stays.token).await);

    // The other two levels, for people: the number of the list is in the line.
    let jwk = by_agent.key.public_key().to_jwk();
    let said = beside(&world, &["revoke", "--key", &jwk]).ok();
    assert!(said.starts_with("revoked the key: list "), "{said}");
    let chain = keybound::Digest::of(b"a token").to_string();
    beside(&world, &["revoke", "--chain", &chain, "--reason", "key_compromise"]).ok();
    keybound_service::follow::catch_up(&world.app).await.unwrap();
    let feed = &world.app.tenant("default").unwrap().feed;
    assert!(feed.has(&RevokedId::holder(&by_agent.key.public_key()), world.now()));
    assert!(feed.has(&RevokedId::chain(keybound::Digest::of(b"a token")), world.now()));
    // Another tenant has lists of its own.
    assert!(world.app.tenant("other").unwrap().feed.is_empty());
    beside(&world, &["audit", "verify"]).ok();
}

#[tokio::test]
async fn what_cannot_be_named_is_not_revoked() {
    let world = World::new().await;
    let size = world.log_size().await;
    for arguments in [
        ["--agent", "spiffe://acme.example/nobody"],
        ["--token", "7"],
        ["--chain", "abcd"],
        ["--task", ""],
        ["--key", r#"{"kty":"EC","crv":"P-256"}"#],
        ["--key", "not a key"],
    ] {
        beside(&world, &[&["revoke"], &arguments[..]].concat()).failed(1);
    }
    assert_eq!(world.log_size().await, size);
}

/// E12: from the id of one token to instance, task, orchestrator, user and everything around it.
#[tokio::test]
async fn one_token_leads_to_the_whole_tree() {
    let world = World::new().await;
    let launch = json!({ "workflow": "close", "task": "close-7", "principal": { "id": "ann@example.com" } });
    let agent = world.agent_of(&launch, &[("resource", "https://tools.example")]).await;
    let unrelated = an_agent(&world, "unrelated").await;
    world.clock.advance(200);
    let renewed = world.renew(&agent, &[]).await.ok();
    let first = agent.token_id().to_owned();
    let agent = agent.with(renewed);

    // The agent delegates twice without asking anybody; the last in line calls a tool, whose server reports it.
    let (middle, last) = (generate_key().unwrap(), generate_key().unwrap());
    let root = Chain::parse(&BASE64URL.decode(&agent.token).unwrap()).unwrap();
    let id = |byte| TokenId::from_bytes([byte; 16]);
    let one = root.delegate(&agent.key, Narrowing::to(middle.public_key()), id(7), world.now()).unwrap();
    let two = one.delegate(&middle, Narrowing::to(last.public_key()), id(8), world.now()).unwrap();
    let tools = world.log_in("tools", crate::support::SERVER).await;
    let uses = json!([{
        "token": BASE64URL.encode(two.as_bytes()), "tool": "read_invoice", "audience": "https://tools.example", "permitted": true,
    }]);
    world.as_client(&tools, "/audit/uses", &uses).await.ok();
    beside(&world, &["revoke", "--token", &id(7).to_text(), "--reason", "misuse"]).ok();

    let by_task = beside(&world, &["audit", "trail", "--task", "close-7"]).ok();
    for part in [
        "task close-7, workflow close, orchestrator payables, for p_",
        "launch.created",
        "token.issued",
        "token.renewed",
        "token.delegated offline 07070707",
        "use.reported  08080808",
        "revocation.added  07070707",
        "by operator",
    ] {
        assert!(by_task.contains(part), "{part}: {by_task}");
    }
    let depth = |part: &str| {
        let line = by_task.lines().find(|line| line.contains(part)).unwrap();
        line.len() - line.get(9..).unwrap().trim_start().len()
    };
    assert!(
        depth("launch.created") < depth("token.issued") && depth("token.issued") < depth("token.renewed")
    );
    assert!(depth("token.renewed") < depth("token.delegated offline 07070707"));
    assert!(depth("offline 07070707") < depth("use.reported"), "{by_task}");
    // Every way in shows the same tree: the task, the instance, its first and its last token, and one that only the lineage names.
    let agent_id = agent.id().to_owned();
    for arguments in [
        ["--agent", &agent_id],
        ["--token", &first],
        ["--token", agent.token_id()],
        ["--token", &id(8).to_text()],
        ["--token", &id(8).to_string()],
        ["--token", &id(7).to_string()],
    ] {
        assert_eq!(
            beside(&world, &[&["audit", "trail"], &arguments[..]].concat()).ok(),
            by_task,
            "{arguments:?}"
        );
    }
    let records = beside(&world, &["audit", "trail", "--task", "close-7", "--json"]).json();
    assert!(
        records["records"].as_array().unwrap().iter().any(|record| record["operation"] == "use.reported")
    );
    // Nobody's name is in it, and no other task.
    let instance = AgentId::parse(unrelated.id()).unwrap().instance().to_owned();
    assert!(!by_task.contains("ann@") && !by_task.contains(&instance));
    assert!(beside(&world, &["audit", "trail", "--task", "close-8"]).failed(1).contains("no record"));
    assert!(
        beside(&world, &["audit", "trail", "--token", &id(9).to_string()]).failed(1).contains("no record")
    );
}
