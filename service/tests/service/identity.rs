//! Who an agent is: its own id and key from the first moment, which it does not choose and nobody has again.

use crate::support::{ORIGIN, World, client::*};
use keybound::{
    AgentId, ProofId,
    dpop::{Call, Proof},
};
use keybound_bindings::{OsRandom, generate_key};
use keybound_service::store::{Intent, NewSession, Step};
use serde_json::json;
use std::collections::BTreeSet;

/// A1: every spawn has an id and a key of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_spawns_are_thousands_of_identities() {
    const SPAWNS: usize = 2_000;
    let world = World::new().await;
    let orchestrator = std::sync::Arc::new(world.orchestrator().await);
    let mut spawns = tokio::task::JoinSet::new();
    for worker in 0..40 {
        let (world, orchestrator) = (world.clone(), orchestrator.clone());
        spawns.spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..SPAWNS / 40 {
                let launch = json!({ "workflow": "close", "task": format!("task-{}", worker % 4) });
                let token = world.launch_token(&orchestrator, &launch).await;
                let key = generate_key().unwrap();
                let answer = world.register(&key, &token, &[]).await.ok();
                let text = |name: &str| answer[name].as_str().unwrap().to_owned();
                ids.push((text("agent_id"), text("token_id"), key.public_key().jwk_thumbprint().to_string()));
            }
            ids
        });
    }
    let all: Vec<_> = spawns.join_all().await.into_iter().flatten().collect();
    assert_eq!(all.len(), SPAWNS);
    assert_eq!(all.iter().map(|(agent, _, _)| agent).collect::<BTreeSet<_>>().len(), SPAWNS);
    assert_eq!(all.iter().map(|(_, token, _)| token).collect::<BTreeSet<_>>().len(), SPAWNS);
    assert_eq!(all.iter().map(|(_, _, key)| key).collect::<BTreeSet<_>>().len(), SPAWNS);
    // The store knows as many, each under its own key, and no two of one key.
    let sessions = world.dump("sessions").await;
    let column = |name: &str| -> BTreeSet<String> {
        let cells = sessions.iter().flatten().filter(|(column, _)| column == name);
        cells.map(|(_, value)| value.clone()).collect()
    };
    assert_eq!((column("agent").len(), column("holder").len()), (SPAWNS, SPAWNS));
    assert_eq!(world.app.store().sessions_of_task("default", "task-0").await.unwrap().len(), SPAWNS / 4);
}

/// A2, A3: the id has the one shape, its parts are the launch record's, and nothing the agent sends changes them.
#[tokio::test]
async fn the_agent_chooses_no_part_of_its_id() {
    let world = World::new().await;
    let claims = [
        ("task", "mine"),
        ("orchestrator", "movers"),
        ("client_id", "movers"),
        ("workflow", "moving"),
        ("agent_id", "spiffe://acme.example/agent/movers/mine/chosen"),
        ("instance", "chosen"),
        ("principal", "root"),
        ("sub", "root"),
    ];
    for more in [&[][..], &claims] {
        let agent = world.agent("close", "close-7", more).await;
        let id = AgentId::parse(agent.id()).unwrap();
        assert_eq!(
            (id.trust_domain(), id.orchestrator(), id.task()),
            ("acme.example", "payables", "close-7")
        );
        assert_ne!(id.instance(), "chosen");
        let introspected = {
            let tools = world.log_in("tools", crate::support::SERVER).await;
            world.introspect(&tools, &agent.token).await
        };
        assert_eq!(introspected["sub"], agent.id());
        assert_eq!(introspected["txn"], "close-7");
    }
}

/// A2: what would not be a segment of an id is refused at the launch.
#[tokio::test]
async fn a_task_that_cannot_be_in_an_id_is_refused() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let long = "x".repeat(2049);
    for task in [
        "",
        " ",
        "a b",
        "a/b",
        "../x",
        "..",
        ".",
        "a?b",
        "a#b",
        "a%2fb",
        "é",
        "a\n",
        "a\u{0}",
        "a:b",
        "a@b",
        "a,b",
        "a;b",
        "a=b",
        "a+b",
        "\u{202e}x",
        &long,
    ] {
        let answer = world.launch(&orchestrator, &json!({ "workflow": "close", "task": task })).await;
        assert_eq!(answer.refused(), (400, "request.bad".to_owned()), "{task:?}");
    }
    for task in ["close-1", "A.b_c", "0"] {
        world.launch(&orchestrator, &json!({ "workflow": "close", "task": task })).await.ok();
    }
}

/// A4: two runs differ, and a retired instance never comes back.
#[tokio::test]
async fn an_instance_is_never_used_again() {
    let world = World::new().await;
    let (one, two) = (world.agent("close", "run", &[]).await, world.agent("close", "run", &[]).await);
    assert_ne!(one.id(), two.id());
    world.as_agent(&one, "/release", &json!({})).await.ok();
    let refused = world.renew(&one, &[]).await.refused();
    assert_eq!(refused, (400, "revocation.revoked".to_owned()));
    assert_eq!(world.renew(&two, &[]).await.status, 200, "the other run goes on");
    // Even an id that were drawn again would not begin a session.
    let begin = |agent: &str| {
        let session = NewSession {
            agent: agent.to_owned(),
            orchestrator: "payables".into(),
            workflow: "close".into(),
            task: "run".into(),
            principal: None,
            holder: String::new(),
            evidence: String::new(),
            terms: String::new(),
            started: 0,
            ends: 1,
            tokens: Vec::new(),
            latest: 1,
            heartbeat: 0,
        };
        Intent {
            tenant: "default".into(),
            steps: vec![Step::Begin(Box::new(session))],
            events: Vec::new(),
            denied: None,
        }
    };
    let again = world.app.store().write(begin(one.id())).await;
    assert!(!matches!(again, Ok(Ok(_))), "{again:?}");
    let unused = "spiffe://acme.example/agent/payables/run/unused";
    assert!(world.app.store().write(begin(unused)).await.unwrap().is_ok());
}

/// A5: the token of one agent is worth nothing with the key of another, wherever it is shown.
#[tokio::test]
async fn an_agent_cannot_use_the_token_of_another() {
    let world = World::new().await;
    let (victim, thief) = (world.agent("close", "run", &[]).await, world.agent("close", "run", &[]).await);
    let stolen = Agent { key: thief.key, token: victim.token.clone(), answer: victim.answer.clone() };
    assert_eq!(world.renew(&stolen, &[]).await.refused().1, "proof.not_the_holder");
    for path in ["/release", "/heartbeat"] {
        assert_eq!(world.as_agent(&stolen, path, &json!({})).await.refused(), (400, "dpop.wrong_key".into()));
    }
    let form = [("token", victim.token.as_str())];
    let proof = world.proof(&stolen.key, "POST", "/revoke", None);
    let refused = world.form("/revoke", &[("dpop", &proof)], &form).await.refused();
    assert_eq!(refused.1, "proof.not_the_holder");
    assert!(world.is_active(&victim.token).await);
    world.as_agent(&victim, "/heartbeat", &json!({})).await.ok();
    world.renew(&victim, &[]).await.ok();
}

/// A6: the second use of a launch token is refused, and recorded as a security event under the orchestrator's name.
#[tokio::test]
async fn a_launch_token_works_once() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "run" })).await;
    let (agent, thief) = (generate_key().unwrap(), generate_key().unwrap());
    world.register(&agent, &token, &[]).await.ok();
    for key in [&thief, &agent] {
        let answer = world.register(key, &token, &[]).await;
        assert_eq!(answer.refused(), (400, "launch.used".to_owned()));
        assert_eq!(answer.json()["error"], "invalid_grant");
        let record = world.last_record("launch.used_twice").await;
        assert_eq!(
            (&record["orchestrator"], &record["task"], &record["outcome"], &record["code"]),
            (&json!("payables"), &json!("run"), &json!("denied"), &json!("launch.used"))
        );
    }
    let unknown = world.register(&agent, "kbl_nobody-knows-it", &[]).await;
    assert_eq!(unknown.refused().1, "launch.unknown");
    // Whoever reads the log under the orchestrator's name finds both.
    let reader = world.log_in("reader", crate::support::AUDITOR).await;
    let found =
        world.get_as(&reader, "/audit/events?orchestrator=payables&operation=launch.used_twice").await;
    assert_eq!(found.ok()["records"].as_array().unwrap().len(), 2);
}

/// A6: of many that show one launch token at once, one gets an agent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_token_works_once_in_a_race() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "race" })).await;
    let before = world.log_size().await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (world, token) = (world.clone(), token.clone());
        tries.spawn(
            async move { world.register(&generate_key().unwrap(), &token, &[]).await.status.as_u16() },
        );
    }
    let mut answers = tries.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, [vec![200], vec![400; 19]].concat());
    assert_eq!(world.app.store().sessions_of_task("default", "race").await.unwrap().len(), 1);
    let records = world.records(before).await;
    let count = |name: &str| records.iter().filter(|record| record["operation"] == name).count();
    assert_eq!((count("token.issued"), count("launch.used_twice"), records.len()), (1, 19, 20));
}

/// L1: at most thirty seconds, whatever is asked for.
#[tokio::test]
async fn a_launch_token_lives_thirty_seconds_at_most() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let launch = |ttl: u64| json!({ "workflow": "close", "task": "run", "launch_ttl": ttl });
    for ttl in [0, 31, 3600, u64::MAX] {
        let refused = world.launch(&orchestrator, &launch(ttl)).await.refused();
        assert_eq!(refused, (403, "policy.ttl_out_of_bounds".to_owned()), "{ttl}");
    }
    for (ttl, after, expected) in
        [(30, 29, None), (30, 30, Some("launch.expired")), (1, 1, Some("launch.expired"))]
    {
        let orchestrator = world.orchestrator().await;
        let token = world.launch_token(&orchestrator, &launch(ttl)).await;
        world.clock.advance(after);
        let answer = world.register(&generate_key().unwrap(), &token, &[]).await;
        match expected {
            None => assert_eq!(answer.status, 200),
            Some(code) => assert_eq!(answer.refused(), (400, code.to_owned())),
        }
    }
}

/// A7: whoever registers proves the key, freshly: another's signature, an old or foreign nonce and a replay are refused.
#[tokio::test]
async fn registration_is_a_challenge_that_the_key_answers() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let launch = json!({ "workflow": "close", "task": "run" });
    let (key, other) = (generate_key().unwrap(), generate_key().unwrap());
    let with_nonce = |key: &keybound::SigningKey, nonce: Option<&str>, path: &str| {
        let mut call = Call::new("POST", &format!("{ORIGIN}{path}")).unwrap();
        if let Some(nonce) = nonce {
            call = call.nonce(nonce);
        }
        Proof::sign(key, &call, ProofId::generate(&mut OsRandom).unwrap(), world.now())
            .unwrap()
            .as_str()
            .to_owned()
    };
    let fresh = world.nonce().unwrap();
    let honest = with_nonce(&key, Some(&fresh), "/token");
    let foreign = with_nonce(&other, Some(&fresh), "/token");
    let (head, _) = honest.rsplit_once('.').unwrap();
    let (_, signature) = foreign.rsplit_once('.').unwrap();
    let stale = with_nonce(&key, Some(&fresh), "/token");
    for (name, proof, code) in [
        ("another key's signature", format!("{head}.{signature}"), "proof.bad_signature"),
        ("no nonce", with_nonce(&key, None, "/token"), "dpop.use_nonce"),
        ("a nonce of somebody else's", with_nonce(&key, Some("bm90LW91cnM"), "/token"), "dpop.use_nonce"),
        (
            "the other tenant's nonce",
            with_nonce(&key, world.other().nonce().as_deref(), "/token"),
            "dpop.use_nonce",
        ),
        ("another address", with_nonce(&key, Some(&fresh), "/launch"), "dpop.wrong_uri"),
        ("no proof", String::new(), "dpop.missing"),
    ] {
        let token = world.launch_token(&orchestrator, &launch).await;
        let form = [("grant_type", LAUNCH), ("launch_token", token.as_str())];
        let headers = [("dpop", proof.as_str())];
        let headers = if proof.is_empty() { &headers[..0] } else { &headers[..] };
        let answer = world.form("/token", headers, &form).await;
        assert_eq!(answer.refused(), (400, code.to_owned()), "{name}");
        let error = if code == "dpop.use_nonce" { "use_dpop_nonce" } else { "invalid_dpop_proof" };
        assert_eq!(answer.json()["error"], error, "{name}");
        assert!(answer.headers.contains_key("dpop-nonce"), "{name}");
        // The token was not spent: its agent can still register.
        world.register(&key, &token, &[]).await.ok();
    }
    // The honest proof works, once.
    let token = world.launch_token(&orchestrator, &launch).await;
    let form = [("grant_type", LAUNCH), ("launch_token", token.as_str())];
    world.form("/token", &[("dpop", &honest)], &form).await.ok();
    let token = world.launch_token(&orchestrator, &launch).await;
    let form = [("grant_type", LAUNCH), ("launch_token", token.as_str())];
    let replayed = world.form("/token", &[("dpop", &honest)], &form).await;
    assert_eq!(replayed.refused(), (400, "proof.replayed".to_owned()));
    // After a restart, which forgets what was in memory, the database still knows it.
    let again = world.restarted().await.form("/token", &[("dpop", &honest)], &form).await;
    assert_eq!(again.refused(), (400, "proof.replayed".to_owned()));
    // A nonce of long ago.
    world.clock.advance(200);
    let orchestrator = world.orchestrator().await;
    let token = world.launch_token(&orchestrator, &launch).await;
    let form = [("grant_type", LAUNCH), ("launch_token", token.as_str())];
    let late = world.form("/token", &[("dpop", &stale)], &form).await;
    assert_eq!(late.refused(), (400, "dpop.use_nonce".to_owned()));
    world.register(&key, &token, &[]).await.ok();
}

/// A7: `req_cnf` names the key that is proved, or the request fails.
#[tokio::test]
async fn the_key_that_is_named_is_the_key_that_is_proved() {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let (key, other) = (generate_key().unwrap(), generate_key().unwrap());
    let named = |key: &keybound::SigningKey| {
        let jkt = key.public_key().jwk_thumbprint().to_string();
        BASE64URL.encode(json!({ "jkt": jkt }).to_string())
    };
    let jwk: serde_json::Value = serde_json::from_str(&key.public_key().to_jwk()).unwrap();
    let whole = BASE64URL.encode(json!({ "jwk": jwk }).to_string());
    for (confirmation, expected) in [
        (named(&key), None),
        (whole, None),
        (named(&other), Some("request.confirmation_mismatch")),
        ("e30".to_owned(), Some("request.bad")),
        ("not base64".to_owned(), Some("request.bad")),
    ] {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "run" })).await;
        let answer = world.register(&key, &token, &[("req_cnf", &confirmation)]).await;
        match expected {
            None => assert_eq!(answer.status, 200),
            Some(code) => assert_eq!(answer.refused(), (400, code.to_owned())),
        }
    }
}

/// A19: an orchestrator spawns three sub-agents at once, by requests alone, each with a credential of its own.
#[tokio::test]
async fn sub_agents_are_spawned_on_demand() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let spawn = || async {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "fan" })).await;
        let key = generate_key().unwrap();
        let answer = world.register(&key, &token, &[]).await.ok();
        Agent::new(key, answer)
    };
    let (a, b, c) = tokio::join!(spawn(), spawn(), spawn());
    let ids: BTreeSet<&str> = [&a, &b, &c].map(Agent::id).into();
    assert_eq!(ids.len(), 3);
    world.revoke("agent", a.id()).await.ok();
    assert!(!world.is_active(&a.token).await);
    assert!(world.is_active(&b.token).await && world.is_active(&c.token).await);
}
