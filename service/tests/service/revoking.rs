//! What is revoked is refused: by the service at once, by resource servers with the next list; and nothing else is.

use crate::support::{
    SERVER, World,
    client::*,
    server::{ResourceServer, chain},
};
use axum::{body::Body, http::Request};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use futures_core::Stream as _;
use keybound::{AgentId, Narrowing, SigningKey, TokenId, jose::Jwks, revocation::RevokedId};
use keybound_bindings::{OsRandom, generate_key};
use keybound_service::status_list::{Status, StatusListClaims};
use serde_json::json;
use tower::ServiceExt as _;

const TOOLS: &str = "https://tools.example";

/// A sub-agent's chain, made offline by its parent.
fn delegate(parent: &str, key: &SigningKey, to: &SigningKey, world: &World) -> String {
    let id = TokenId::generate(&mut OsRandom).unwrap();
    let child = chain(parent).delegate(key, Narrowing::to(to.public_key()), id, world.now()).unwrap();
    BASE64URL.encode(child.as_bytes())
}

/// D1 to D4, D11: five ways to revoke, and exactly what each of them ends. In every case the same agents stand beside.
#[tokio::test]
async fn each_level_ends_what_it_names() {
    for level in ["token", "agent", "task", "chain", "key"] {
        let world = World::new().await;
        let two = [("resource", TOOLS), ("resource", "https://mail.example")];
        let victim = world.agent("close", "one", &two).await;
        let credentials = victim.answer["credentials"].as_array().unwrap().clone();
        let sibling_token = credentials[1]["access_token"].as_str().unwrap();
        let (key, grand_key) = (generate_key().unwrap(), generate_key().unwrap());
        let child = delegate(&victim.token, &victim.key, &key, &world);
        let grandchild = delegate(&child, &key, &grand_key, &world);
        let (same_task, other_task) =
            (world.agent("close", "one", &[]).await, world.agent("close", "two", &[]).await);
        let server = ResourceServer::new(&world, TOOLS).await;
        let mail = ResourceServer::new(&world, "https://mail.example").await;
        let id = match level {
            "token" => victim.token_id().to_owned(),
            "agent" => victim.id().to_owned(),
            "task" => "one".to_owned(),
            "chain" => server.verify(&victim.token).unwrap().lineage()[0].digest.to_string(),
            _ => victim.key.public_key().to_jwk(),
        };
        let before = server.verify(&grandchild).map(|chain| chain.depth());
        assert_eq!(before, Ok(2));
        assert_eq!(world.revoke(level, &id).await.status, 201, "{level}");
        let record = world.last_record("revocation.added").await;
        assert_eq!((&record["rule"], &record["actor"]), (&json!(level), &json!("root")));
        server.refresh().await.unwrap();
        mail.refresh().await.unwrap();
        let is_wide = level != "token" && level != "chain";
        for (name, token, is_revoked) in [
            ("itself", victim.token.as_str(), true),
            ("its child", &child, true),
            ("its grandchild", &grandchild, true),
            ("an agent of the same task", &same_task.token, level == "task"),
            ("an agent of another task", &other_task.token, false),
        ] {
            assert_eq!(server.verify(token).is_err(), is_revoked, "{level}: {name}");
            if is_revoked {
                assert_eq!(server.verify(token).err(), Some("revocation.revoked"), "{level}: {name}");
            }
            assert_eq!(world.is_active(token).await, !is_revoked, "{level}: {name}");
        }
        assert_eq!(mail.verify(sibling_token).is_err(), is_wide, "{level}: its other token");
        // And so are renewals: of what was revoked, not of what stands beside.
        assert_eq!(world.renew(&victim, &[]).await.refused().1, "revocation.revoked", "{level}");
        world.renew(&other_task, &[]).await.ok();
        // A newer service knows it too.
        assert!(!world.restarted().await.is_active(&victim.token).await, "{level}");
    }
}

/// D2: what an agent had renewed is revoked with it.
#[tokio::test]
async fn an_agents_renewed_tokens_are_revoked_with_it() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[]).await;
    let answer = world.renew(&agent, &[]).await.ok();
    let agent = agent.with(answer);
    assert!(world.is_active(&agent.token).await);
    world.revoke("agent", agent.id()).await.ok();
    assert!(!world.is_active(&agent.token).await);
    assert_eq!(world.renew(&agent, &[]).await.refused().1, "revocation.revoked");
}

/// D11: 199 of 200 go on.
#[tokio::test]
async fn one_instance_of_many_is_revoked() {
    let world = World::new().await;
    let orchestrator = world.orchestrator().await;
    let mut agents = Vec::new();
    for _ in 0..200 {
        let token = world.launch_token(&orchestrator, &json!({ "workflow": "close", "task": "many" })).await;
        let key = generate_key().unwrap();
        let answer = world.register(&key, &token, &[]).await.ok();
        agents.push(Agent::new(key, answer));
    }
    world.revoke("agent", agents[77].id()).await.ok();
    let server = ResourceServer::new(&world, TOOLS).await;
    for (number, agent) in agents.iter().enumerate() {
        assert_eq!(server.verify(&agent.token).is_ok(), number != 77, "{number}");
    }
}

/// D4: every descendant goes with its ancestor, whichever of them is revoked.
#[tokio::test]
async fn any_ancestor_takes_its_descendants_along() {
    for revoked in 0..3 {
        let world = World::new().await;
        let agent = world.agent("close", "one", &[]).await;
        let keys = [generate_key().unwrap(), generate_key().unwrap()];
        let child = delegate(&agent.token, &agent.key, &keys[0], &world);
        let grandchild = delegate(&child, &keys[0], &keys[1], &world);
        let tokens = [&agent.token, &child, &grandchild];
        let server = ResourceServer::new(&world, TOOLS).await;
        let ids: Vec<String> = server
            .verify(&grandchild)
            .unwrap()
            .lineage()
            .iter()
            .map(|hop| hop.token_id.to_string())
            .collect();
        world.revoke("token", &ids[revoked]).await.ok();
        server.refresh().await.unwrap();
        for (depth, token) in tokens.into_iter().enumerate() {
            assert_eq!(server.verify(token).is_ok(), depth < revoked, "{revoked} {depth}");
            assert_eq!(world.is_active(token).await, depth < revoked, "{revoked} {depth}");
        }
    }
}

/// B7, D10: after a release nothing of the agent is good: its tokens, those of its children, what was exchanged for them.
#[tokio::test]
async fn a_release_ends_the_agent_and_all_that_came_of_it() {
    let world = World::new().await;
    let (agent, other) = (world.agent("close", "one", &[]).await, world.agent("close", "one", &[]).await);
    let key = generate_key().unwrap();
    let child = delegate(&agent.token, &agent.key, &key, &world);
    let exchange = |token: &str| {
        [
            ("grant_type", EXCHANGE.to_owned()),
            ("subject_token", token.to_owned()),
            ("subject_token_type", CWT.to_owned()),
            ("requested_token_type", ACCESS.to_owned()),
            ("resource", TOOLS.to_owned()),
        ]
    };
    let mut exchanged = Vec::new();
    for (token, key) in [(&agent.token, &agent.key), (&child, &key)] {
        let form = exchange(token);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = world.token(key, &form).await.ok();
        exchanged.push(answer["access_token"].as_str().unwrap().to_owned());
    }
    let server = ResourceServer::new(&world, TOOLS).await;
    let all = [&agent.token, &child, &exchanged[0], &exchanged[1]];
    for token in all {
        assert!(world.is_active(token).await);
    }
    // Who holds only a delegated token does not end the session of its parent.
    let delegated = Agent { key, token: child.clone(), answer: agent.answer.clone() };
    assert_eq!(
        world.as_agent(&delegated, "/release", &json!({})).await.refused(),
        (400, "token.wrong_subject".into())
    );
    world.as_agent(&agent, "/release", &json!({})).await.ok();
    assert_eq!(world.last_record("agent.released").await["agent"], agent.id());
    server.refresh().await.unwrap();
    for token in all {
        assert!(!world.is_active(token).await);
    }
    for token in [&agent.token, &child] {
        assert_eq!(server.verify(token).err(), Some("revocation.revoked"));
    }
    assert!(world.is_active(&other.token).await && server.verify(&other.token).is_ok());
    assert_eq!(world.as_agent(&agent, "/release", &json!({})).await.refused().1, "revocation.revoked");
}

/// D10: the end of a task leaves no live credential of any agent of it.
#[tokio::test]
async fn the_end_of_a_task_leaves_nothing_alive() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for format in [CWT, AAT, ACCESS] {
        let agent =
            world.agent("close", "one", &[("requested_token_type", format), ("resource", TOOLS)]).await;
        if format == CWT {
            tokens.push(delegate(&agent.token, &agent.key, &generate_key().unwrap(), &world));
        }
        tokens.push(agent.token);
    }
    for token in &tokens {
        assert!(world.is_active(token).await);
    }
    assert_eq!(world.revoke("task", "one").await.ok()["sessions_ended"], 3);
    for token in &tokens {
        assert!(!world.is_active(token).await);
    }
    let orchestrator = world.orchestrator().await;
    let sessions = world.get_as(&orchestrator, "/sessions?task=one").await.ok();
    let states = sessions["sessions"].as_array().unwrap();
    assert!(states.len() == 3 && states.iter().all(|session| session["state"] != "live"), "{sessions}");
}

/// RFC 7009: the holder revokes its own, an orchestrator what it launched; others are refused; what means nothing is revoked.
#[tokio::test]
async fn holders_and_orchestrators_revoke_their_own() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[]).await;
    let movers = world.log_in("movers", crate::support::MOVERS).await;
    let payables = world.orchestrator().await;
    let revoke = async |session: &Session, token: &str| {
        let proof = world.proof(&session.key, "POST", "/revoke", Some(&session.token));
        let headers = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", session.token))];
        world.form("/revoke", &headers, &[("token", token)]).await
    };
    assert_eq!(revoke(&movers, &agent.token).await.refused(), (403, "client.not_allowed".to_owned()));
    assert_eq!(world.last_record("revocation.denied").await["actor"], "movers");
    assert!(world.is_active(&agent.token).await);
    assert_eq!(revoke(&payables, &agent.token).await.status, 200);
    assert!(!world.is_active(&agent.token).await);
    let own = world.agent("close", "one", &[]).await;
    let proof = world.proof(&own.key, "POST", "/revoke", None);
    let revoked = world.form("/revoke", &[("dpop", &proof)], &[("token", &own.token)]).await;
    assert_eq!((revoked.status.as_u16(), revoked.bytes.as_slice()), (200, &b""[..]));
    assert!(!world.is_active(&own.token).await);
    assert_eq!(
        world.form("/revoke", &[], &[("token", &own.token)]).await.refused(),
        (401, "client.missing".to_owned())
    );
    for nonsense in ["x", "a.b.c", own.token.as_str()] {
        assert_eq!(revoke(&payables, nonsense).await.status, 200, "{nonsense}");
    }
}

/// C9: an introspection answers whoever the token is for; to everybody else it does not exist.
#[tokio::test]
async fn introspection_is_for_those_the_token_is_for() {
    let world = World::new().await;
    let launch = json!({ "workflow": "close", "task": "one", "principal": { "id": "user#1" } });
    for (format, kind) in [(CWT, "PoP"), (AAT, "aat"), (ACCESS, "DPoP")] {
        let agent = world.agent_of(&launch, &[("resource", TOOLS), ("requested_token_type", format)]).await;
        let tools = world.log_in("tools", SERVER).await;
        let seen = world.introspect(&tools, &agent.token).await;
        assert_eq!(
            (
                &seen["active"],
                &seen["sub"],
                &seen["act"]["sub"],
                &seen["txn"],
                &seen["aud"],
                &seen["token_type"]
            ),
            (
                &json!(true),
                &json!("user#1"),
                &json!(agent.id()),
                &json!("one"),
                &json!([TOOLS]),
                &json!(kind)
            )
        );
        assert_eq!(seen["cnf"]["jkt"], agent.key.public_key().jwk_thumbprint().to_string());
        assert_eq!(seen["jti"], agent.token_id());
        let mail = world.log_in("mail", crate::support::MAIL).await;
        assert_eq!(world.introspect(&mail, &agent.token).await, json!({ "active": false }));
        assert_eq!(world.last_record("introspection.denied").await["actor"], "mail");
        let orchestrator = world.orchestrator().await;
        let proof = world.proof(&orchestrator.key, "POST", "/introspect", Some(&orchestrator.token));
        let headers = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", orchestrator.token))];
        let refused = world.form("/introspect", &headers, &[("token", &agent.token)]).await;
        assert!(refused.refused().1 == "client.scope_missing" && refused.json()["error"].is_string());
        assert_eq!(
            world.form("/introspect", &[], &[("token", &agent.token)]).await.refused(),
            (401, "client.missing".into())
        );
        for nonsense in ["x", "a.b.c", "AAAA"] {
            assert_eq!(world.introspect(&tools, nonsense).await, json!({ "active": false }));
        }
        let assertion = world.assertion("tools", SERVER);
        let form = [
            ("token", agent.token.as_str()),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ];
        assert_eq!(world.form("/introspect", &[], &form).await.ok()["active"], true);
        world.clock.advance(300);
        assert!(!world.is_active(&agent.token).await);
    }
}

/// The status list: signed with a published key, and right about every access token.
#[tokio::test]
async fn the_status_list_says_which_access_tokens_are_revoked() {
    let world = World::new().await;
    let mut agents = Vec::new();
    for _ in 0..4 {
        agents.push(
            world.agent("close", "one", &[("requested_token_type", ACCESS), ("resource", TOOLS)]).await,
        );
    }
    let read = async |agent: &Agent| {
        let status = &claims(&agent.token)["status"]["status_list"];
        let path = status["uri"].as_str().unwrap().strip_prefix(world.issuer.as_str()).unwrap().to_owned();
        let answer = world.get(&path).await;
        assert_eq!(answer.headers["content-type"], "application/statuslist+jwt");
        let keys = Jwks::parse(&world.get("/.well-known/jwks.json").await.bytes).unwrap();
        let text = answer.text();
        let jws =
            keybound::jose::Jws::open(&text, &["statuslist+jwt"], keybound::jose::Algorithms::DEFAULT, &keys);
        let payload = jws.unwrap().verify(&keybound_bindings::P256).unwrap();
        let claims = StatusListClaims::parse(&payload).unwrap();
        assert_eq!(claims.sub, status["uri"].as_str().unwrap());
        let place = status["idx"].as_u64().unwrap();
        claims.list.get(usize::try_from(place).unwrap()).unwrap()
    };
    for agent in &agents {
        assert_eq!(read(agent).await, Status::VALID);
    }
    world.revoke("token", agents[0].token_id()).await.ok();
    world.revoke("agent", agents[1].id()).await.ok();
    world.as_agent(&agents[2], "/release", &json!({})).await.ok();
    for (number, agent) in agents.iter().enumerate() {
        assert_eq!(read(agent).await, if number < 3 { Status::INVALID } else { Status::VALID }, "{number}");
    }
    world.revoke("task", "one").await.ok();
    assert_eq!(read(&agents[3]).await, Status::INVALID);
    for path in ["/status-lists/x", "/status-lists/-1", "/status-lists/99999999999"] {
        assert_eq!(world.get(path).await.refused(), (404, "request.not_found".to_owned()), "{path}");
    }
}

/// L8: a verifier whose list is too old refuses, until it has a newer one; an older one is not taken.
#[tokio::test]
async fn a_stale_list_refuses_and_an_older_one_is_not_taken() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[]).await;
    let server = ResourceServer::new(&world, TOOLS).await;
    let old = world.get("/revocations").await;
    assert_eq!(old.headers["content-type"], "application/keybound-revocations+cose");
    assert!(server.verify(&agent.token).is_ok());
    world.revoke("agent", agent.id()).await.ok();
    server.refresh().await.unwrap();
    assert_eq!(server.verify(&agent.token).err(), Some("revocation.revoked"));
    let back = server.feed.apply(&old.bytes, world.now()).unwrap_err();
    assert_eq!(back.code().as_str(), "revocation.rollback");
    assert_eq!(server.verify(&agent.token).err(), Some("revocation.revoked"));
    let mut forged = world.get("/revocations").await.bytes;
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(
        server.feed.apply(&forged, world.now()).unwrap_err().code().as_str(),
        "revocation.bad_signature"
    );
    let other = world.agent("close", "one", &[]).await;
    assert!(server.verify(&other.token).is_ok());
    world.clock.advance(31);
    assert_eq!(server.verify(&other.token).err(), Some("revocation.stale"));
    // Asked for what is new since the newest, the service says that nothing is, as of now.
    server.refresh().await.unwrap();
    assert!(server.verify(&other.token).is_ok());
}

/// D6: an entry goes when nothing it covers can be alive any more, from the list and from the table.
#[tokio::test]
async fn an_entry_lasts_as_long_as_what_it_covers() {
    let world = World::new().await;
    let (short, long) = (
        world.agent("close", "one", &[("ttl", "60")]).await,
        world.agent("close", "one", &[("ttl", "600")]).await,
    );
    for agent in [&short, &long] {
        world.revoke("agent", agent.id()).await.ok();
    }
    let server = ResourceServer::new(&world, TOOLS).await;
    let has = |server: &ResourceServer, agent: &Agent| {
        let list = server.feed.list().unwrap();
        list.has(&RevokedId::agent(&AgentId::parse(agent.id()).unwrap()), world.now())
    };
    assert!(has(&server, &short) && has(&server, &long));
    world.clock.advance(200);
    keybound_service::jobs::sweep(&world.app, true).await.unwrap();
    let server = ResourceServer::new(&world, TOOLS).await;
    assert!(!has(&server, &short) && has(&server, &long));
    world.clock.advance(600);
    keybound_service::jobs::sweep(&world.app, true).await.unwrap();
    assert!(world.dump("revocations").await.is_empty());
    let restarted = world.restarted().await;
    let server = ResourceServer::new(&restarted, TOOLS).await;
    assert_eq!(server.feed.list().unwrap().len(), 0);
}

/// L21: two thousand agents are revoked in one burst, and the list that a verifier already had becomes one that knows them all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_revocations_is_taken_and_passed_on() {
    const STORM: usize = 2_000;
    let world = World::new().await;
    let innocent = world.agent("close", "calm", &[]).await;
    let server = ResourceServer::new(&world, TOOLS).await;
    let root = std::sync::Arc::new(world.log_in("root", crate::support::ADMIN).await);
    let agent = |number: usize| format!("spiffe://acme.example/agent/payables/storm/{number}");
    let began = std::time::Instant::now();
    let mut storm = tokio::task::JoinSet::new();
    for worker in 0..20 {
        let (world, root) = (world.clone(), root.clone());
        storm.spawn(async move {
            for number in (worker..STORM).step_by(20) {
                let body = json!({ "level": "agent", "id": agent(number), "reason": "misuse" });
                let answer = world.as_client(&root, "/admin/revocations", &body).await;
                assert_eq!(answer.status, 201, "{answer:?}");
            }
        });
    }
    storm.join_all().await;
    server.refresh().await.unwrap();
    let took = began.elapsed();
    assert!(took.as_secs() < 30, "{took:?}");
    let list = server.feed.list().unwrap();
    for number in 0..STORM {
        let id = AgentId::parse(&agent(number)).unwrap();
        assert!(list.has(&RevokedId::agent(&id), world.now()), "{number}");
    }
    assert!(server.verify(&innocent.token).is_ok());
    // A verifier that begins now gets the same.
    let late = ResourceServer::new(&world, TOOLS).await;
    assert_eq!(late.feed.list().unwrap().digest(), list.digest());
    assert!(world.is_active(&innocent.token).await);
}

/// D5: whoever listens learns of a revocation when it happens, from where they were.
#[tokio::test]
async fn the_stream_tells_of_a_revocation_when_it_happens() {
    let world = World::new().await;
    let agent = world.agent("close", "one", &[]).await;
    let server = ResourceServer::new(&world, TOOLS).await;
    let since = server.feed.list().unwrap().seq();
    let request = Request::get(format!("/revocations/stream?since={since}")).body(Body::empty()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = Box::pin(response.into_body().into_data_stream());
    let mut next = async || {
        let chunk = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
        let chunk =
            tokio::time::timeout(std::time::Duration::from_secs(3), chunk).await.expect("no event in time");
        let text = String::from_utf8(chunk.unwrap().unwrap().to_vec()).unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        BASE64URL.decode(data).unwrap()
    };
    server.feed.apply(&next().await, world.now()).unwrap();
    assert!(server.verify(&agent.token).is_ok());
    let began = std::time::Instant::now();
    world.revoke("agent", agent.id()).await.ok();
    server.feed.apply(&next().await, world.now()).unwrap();
    assert!(began.elapsed().as_secs() < 2);
    assert_eq!(server.verify(&agent.token).err(), Some("revocation.revoked"));
}
