//! Renewal: the same agent, less time or fewer tools, never more, never for ever.

use crate::support::{
    World,
    client::*,
    server::{ResourceServer, chain},
};
use keybound::{AgentId, Authority, Narrowing, TokenId, UnixTime};
use keybound_bindings::{OsRandom, generate_key};
use keybound_service::store::AuditFilter;
use serde_json::{Value, json};

const TOOLS: &str = "https://tools.example";

/// B8, B10, B11: the same subject, another id, a later end; the old token is refused; a record each, with the count; three and no
/// more.
#[tokio::test]
async fn a_renewal_is_a_fresh_token_of_the_same_agent() {
    let world = World::new().await;
    for format in [CWT, AAT, ACCESS] {
        let more = [("resource", TOOLS), ("requested_token_type", format)];
        let mut agent = world.agent("close", "run", &more).await;
        let server = ResourceServer::new(&world, TOOLS).await;
        let end = |token: &str| match format {
            ACCESS => server.open(token).map(|token| token.expires().as_secs()),
            _ => server.verify(token).map(|chain| chain.expires().as_secs()),
        };
        for count in 1..=3_u64 {
            world.clock.advance(225);
            server.refresh().await.unwrap();
            let ended_at = end(&agent.token).unwrap();
            let (old, old_id, id) = (agent.token.clone(), agent.token_id().to_owned(), agent.id().to_owned());
            let answer = world.renew(&agent, &[]).await.ok();
            assert_eq!(answer["renewals"], count);
            agent = agent.with(answer);
            assert_eq!(agent.id(), id);
            assert_ne!(agent.token_id(), old_id);
            assert_eq!(end(&agent.token).unwrap(), ended_at + 225, "{format}");
            let record = world.last_record("token.renewed").await;
            assert_eq!(record["parent"], old_id.replace('-', ""));
            assert_eq!(record["token"], agent.token_id().replace('-', ""));
            assert_eq!(record["agent"], id.as_str());
            // The old one is refused: by the service, and by servers once they have the newer list.
            let replay =
                Agent { key: generate_key().unwrap(), token: old.clone(), answer: agent.answer.clone() };
            assert!(!world.is_active(&replay.token).await && world.is_active(&agent.token).await);
            server.refresh().await.unwrap();
            if format != ACCESS {
                assert_eq!(end(&old).err(), Some("revocation.revoked"));
            }
        }
        let refused = world.renew(&agent, &[]).await;
        assert_eq!(refused.refused(), (403, "policy.renewals_exhausted".to_owned()), "{format}");
        assert_eq!(world.last_record("token.denied").await["code"], "policy.renewals_exhausted");
        assert!(world.is_active(&agent.token).await, "what was renewed last lives on to its end");
    }
}

/// B10: n renewals are n records, in which the running count can be seen.
#[tokio::test]
async fn each_renewal_is_recorded_with_the_running_count() {
    let world = World::new().await;
    let mut agent = world.agent("close", "run", &[]).await;
    for _ in 0..3 {
        let answer = world.renew(&agent, &[]).await.ok();
        agent = agent.with(answer);
    }
    let filter = AuditFilter {
        operation: Some("token.renewed".into()),
        agent: Some(agent.id().to_owned()),
        ..AuditFilter::default()
    };
    let page = world.app.store().audit_page("default", &filter, 0, 100).await.unwrap();
    let records: Vec<Value> =
        page.records.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(records.len(), 3);
    for (pair, number) in records.windows(2).zip(1..) {
        assert_eq!(pair[0]["token"], pair[1]["parent"], "{number}");
    }
    let counts: Vec<&Value> = records.iter().map(|record| &record["count"]).collect();
    assert_eq!(counts, [&json!(1), &json!(2), &json!(3)]);
}

/// B12: nothing pushes the end beyond the session's ceiling.
#[tokio::test]
async fn a_session_has_a_hard_end() {
    let text = crate::support::policy().replace("renewals = 3", "renewals = 100");
    let world = World::with_policy(&text).await;
    let mut agent = world.agent("close", "run", &[]).await;
    let started = world.now().as_secs();
    let mut last = 0;
    let refused = loop {
        world.clock.advance(179);
        let answer = world.renew(&agent, &[("ttl", "600")]).await;
        if !answer.status.is_success() {
            break answer;
        }
        agent = agent.with(answer.ok());
        last = chain_end(&world, &agent.token).await;
        assert!(last <= started + 3600, "{last}");
        assert!(agent.answer["session_expires_in"].as_u64().unwrap() <= 3600);
    };
    assert_eq!(refused.refused(), (403, "policy.session_ended".to_owned()));
    assert_eq!(last, started + 3600, "the last token ends with the session");
}

async fn chain_end(world: &World, token: &str) -> u64 {
    let server = ResourceServer::new(world, TOOLS).await;
    server.verify(token).unwrap().expires().as_secs()
}

/// B8: only in time. Whoever is late is refused with another reason than whoever was revoked (L16).
#[tokio::test]
async fn an_expired_token_is_not_renewed() {
    let world = World::new().await;
    let (late, revoked) = (world.agent("close", "run", &[]).await, world.agent("close", "run", &[]).await);
    world.revoke("agent", revoked.id()).await.ok();
    assert_eq!(world.renew(&revoked, &[]).await.refused(), (400, "revocation.revoked".to_owned()));
    world.clock.advance(299);
    let in_time = world.agent("close", "run", &[]).await;
    world.clock.advance(1);
    assert_eq!(world.renew(&late, &[]).await.refused(), (400, "time.expired".to_owned()));
    world.renew(&in_time, &[]).await.ok();
}

/// B9: narrower passes and stays; wider is 403.
#[tokio::test]
async fn what_was_given_up_does_not_come_back() {
    let world = World::new().await;
    let one = json!({ "read_invoice": { "invoice_id": { "constraint_type": "exact", "value": "1" } } });
    let any = json!({ "read_invoice": { "invoice_id": { "constraint_type": "wildcard" } } });
    let details = |tools: &Value| json!([{ "type": "attenuating_agent_token", "tools": tools }]).to_string();
    for format in [CWT, AAT, ACCESS] {
        let both = [("requested_token_type", format)];
        let agent = world.agent("close", "run", &both).await;
        let answer =
            world.renew(&agent, &[("authorization_details", &details(&one)), ("resource", TOOLS)]).await.ok();
        let agent = agent.with(answer);
        assert_eq!(agent.answer["authorization_details"][0]["tools"], one);
        for (name, value, code) in [
            ("authorization_details", details(&any), "policy.outside_ceiling"),
            ("authorization_details", details(&json!({ "pay_invoice": {} })), "policy.outside_ceiling"),
            ("scope", "pay_invoice".to_owned(), "policy.outside_ceiling"),
            ("resource", "https://mail.example".to_owned(), "policy.audience_not_allowed"),
            ("ttl", "601".to_owned(), "policy.ttl_out_of_bounds"),
            ("max_depth", "3".to_owned(), "policy.depth_out_of_bounds"),
        ] {
            let answer = world.renew(&agent, &[(name, &value)]).await;
            assert_eq!(answer.refused(), (403, code.to_owned()), "{format} {name}");
            assert_eq!(world.last_record("token.denied").await["code"], code);
        }
        let again = world.renew(&agent, &[]).await.ok();
        assert_eq!(again["authorization_details"][0]["tools"], one, "{format}");
        assert_eq!(again["resource"], json!([TOOLS]));
    }
    // A renewal is in the form that is shown.
    let agent = world.agent("close", "run", &[]).await;
    let form = [
        ("grant_type", EXCHANGE),
        ("subject_token", agent.token.as_str()),
        ("subject_token_type", CWT),
        ("requested_token_type", AAT),
    ];
    assert_eq!(world.token(&agent.key, &form).await.refused().1, "policy.format_not_allowed");
}

/// A renewal counts once, however many ask at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_token_is_renewed_once_in_a_race() {
    let world = World::new().await;
    let agent = std::sync::Arc::new(world.agent("close", "run", &[]).await);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (world, agent) = (world.clone(), agent.clone());
        tries.spawn(async move {
            let answer = world.renew(&agent, &[]).await;
            (answer.status.as_u16(), answer.json()["code"].as_str().map(str::to_owned))
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
    for (status, code) in answers.into_iter().filter(|(status, _)| *status != 200) {
        let known = ["session.superseded", "revocation.revoked"];
        assert!(known.contains(&code.as_deref().unwrap()), "{status} {code:?}");
    }
}

/// B9, B22: whatever a launch, an agent and its renewals and exchanges ask for, no token is wider than its parent in tools,
/// arguments, audience or depth, and none but a renewal ends later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_path_widens() {
    let world = World::new().await;
    let server = ResourceServer::new(&world, TOOLS).await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut granted, mut refused) = (0, 0);
    for round in 0..150 {
        if round % 5 == 0 {
            world.clock.advance(7);
        }
        let orchestrator = world.orchestrator().await;
        let mut body = json!({ "workflow": "close", "task": format!("run-{round}") });
        if dice.roll(3) > 0 {
            body["tools"] = dice.tools();
        }
        let launched = world.launch(&orchestrator, &body).await;
        if !launched.status.is_success() {
            assert_eq!(launched.status, 403);
            refused += 1;
            continue;
        }
        let launched = launched.json();
        let mut parent = Grant::of(&launched["authorization_details"], 2, u64::MAX);
        let key = generate_key().unwrap();
        let more = dice.wish();
        let answer = world.register(&key, launched["launch_token"].as_str().unwrap(), &borrow(&more)).await;
        if !answer.status.is_success() {
            refused += 1;
            continue;
        }
        let mut agent = Agent::new(key, answer.ok());
        let child = Grant::of_chain(&server, &agent).await;
        child.is_within(&parent);
        parent = child;
        for _ in 0..3 {
            world.clock.advance(11);
            let more = dice.wish();
            if dice.roll(3) == 0 {
                let mut form = vec![
                    ("grant_type", EXCHANGE),
                    ("subject_token", agent.token.as_str()),
                    ("subject_token_type", CWT),
                    ("requested_token_type", ACCESS),
                ];
                form.extend(borrow(&more));
                let answer = world.token(&agent.key, &form).await;
                if answer.status.is_success() {
                    let answer = answer.ok();
                    let said = claims(answer["access_token"].as_str().unwrap());
                    let child = Grant::of(&answer["authorization_details"], 0, said["exp"].as_u64().unwrap());
                    child.is_within(&parent);
                    granted += 1;
                } else {
                    refused += 1;
                }
                continue;
            }
            let answer = world.renew(&agent, &borrow(&more)).await;
            if answer.status.is_success() {
                let answer = answer.ok();
                let id = AgentId::parse(agent.id()).unwrap();
                agent = agent.with(answer);
                assert_eq!(agent.id(), id.as_str());
                let child = Grant::of_chain(&server, &agent).await;
                Grant { ends: u64::MAX, ..parent }.contains(&child);
                parent = child;
                granted += 1;
            } else {
                assert!(matches!(answer.status.as_u16(), 400 | 403), "{answer:?}");
                refused += 1;
            }
        }
    }
    assert!(granted > 40 && refused > 40, "{granted} granted, {refused} refused: the dice are loaded");
}

fn borrow<'a>(more: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    more.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

struct Grant {
    tools: Authority,
    audience: Vec<String>,
    depth: u64,
    ends: u64,
}

impl Grant {
    fn of(details: &Value, depth: u64, ends: u64) -> Self {
        let tools = Authority::from_json(&details[0]["tools"].to_string()).unwrap();
        let audience = serde_json::from_value(details[0]["locations"].clone()).unwrap();
        Self { tools, audience, depth, ends }
    }

    /// By what the chain itself allows: it is delegated as often as it can be.
    async fn of_chain(server: &ResourceServer, agent: &Agent) -> Self {
        server.refresh().await.unwrap();
        let ends = server.verify(&agent.token).unwrap().expires().as_secs();
        let (mut chain, mut depth) = (chain(&agent.token), 0);
        let now = UnixTime::new(ends - 60).unwrap();
        while depth < 5 {
            let id = TokenId::generate(&mut OsRandom).unwrap();
            match chain.delegate(&agent.key, Narrowing::to(agent.key.public_key()), id, now) {
                Ok(child) => (chain, depth) = (child, depth + 1),
                Err(_) => break,
            }
        }
        Self::of(&agent.answer["authorization_details"], depth, ends)
    }

    fn contains(&self, child: &Self) {
        child.is_within(self);
    }

    fn is_within(&self, parent: &Self) {
        assert_eq!(self.tools.narrows(&parent.tools), Ok(()));
        assert!(self.audience.iter().all(|place| parent.audience.contains(place)));
        assert!(self.depth <= parent.depth && self.ends <= parent.ends, "{} {}", self.ends, parent.ends);
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn tools(&mut self) -> Value {
        let mut tools = json!({});
        if self.roll(4) > 0 {
            let id = match self.roll(3) {
                0 => json!({ "constraint_type": "wildcard" }),
                1 => json!({ "constraint_type": "exact", "value": self.roll(3).to_string() }),
                _ => json!({ "constraint_type": "one_of", "values": ["0", "1"] }),
            };
            tools["read_invoice"] = json!({ "invoice_id": id });
        }
        if self.roll(3) == 0 {
            let max = 300 + self.roll(8) * 50;
            tools["pay_invoice"] = json!({ "invoice_id": { "constraint_type": "wildcard" },
                "amount": { "constraint_type": "range", "max": max } });
        }
        if self.roll(12) == 0 {
            tools["delete_all"] = json!({});
        }
        tools
    }

    fn wish(&mut self) -> Vec<(&'static str, String)> {
        let mut wish = Vec::new();
        if self.roll(3) == 0 {
            let tools = self.tools();
            wish.push((
                "authorization_details",
                json!([{ "type": "attenuating_agent_token", "tools": tools }]).to_string(),
            ));
        }
        if self.roll(4) == 0 {
            wish.push((
                "scope",
                ["read_invoice", "pay_invoice", "read_invoice pay_invoice", "x"][self.roll(4) as usize]
                    .to_owned(),
            ));
        }
        let places = [TOOLS, "https://mail.example", "https://evil.example"];
        if self.roll(3) > 0 {
            wish.push((
                "resource",
                places[if self.roll(9) == 0 { 2 } else { self.roll(2) as usize }].to_owned(),
            ));
        }
        if self.roll(3) == 0 {
            wish.push(("ttl", ["59", "60", "300", "600", "601"][self.roll(5) as usize].to_owned()));
        }
        if self.roll(4) == 0 {
            wish.push(("max_depth", self.roll(5).to_string()));
        }
        wish
    }
}
