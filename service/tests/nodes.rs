//! Three nodes on one PostgreSQL: what one does is in force on the others, and what one has taken nobody takes again.
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

mod process;

use keybound::{AgentId, revocation::RevokedId};
use keybound_bindings::generate_key;
use process::{
    Node,
    client::{Caller, Holder, holder},
    load,
    log::{self, Log},
    place::{Place, Settings, policy, postgres, say},
    until,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

const WITHIN: Duration = Duration::from_secs(1);

struct Three {
    nodes: Vec<Node>,
    callers: Vec<Caller>,
    place: Place,
}

/// Three nodes that start at once and find neither keys nor policy in the database.
async fn three(test: &str) -> Option<Three> {
    let server = postgres(test)?;
    let place = Arc::new(Place::on(&server, &Settings::default()).await);
    let start = || {
        let place = place.clone();
        tokio::task::spawn_blocking(move || Node::start(&place))
    };
    let starting = [start(), start(), start()];
    let mut nodes = Vec::new();
    for node in starting {
        nodes.push(node.await.unwrap());
    }
    let callers = nodes.iter().map(|node| Caller::of(&node.base)).collect();
    Some(Three { nodes, callers, place: Arc::into_inner(place).unwrap() })
}

impl Three {
    /// The log, read at one node, whole.
    async fn log(&self) -> Log {
        let caller = self.callers.last().unwrap();
        Log::read(caller, &caller.auditor().await.unwrap()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_is_in_force_on_every_node_within_a_second() {
    let Some(three) = three("revocations across nodes").await else { return };
    let [a, b, c] = [&three.callers[0], &three.callers[1], &three.callers[2]];
    let orchestrator = a.orchestrator().await.unwrap();
    let admin = a.admin().await.unwrap();
    let servers = [b.server().await.unwrap(), c.server().await.unwrap()];
    let mut slowest = [Duration::ZERO; 2];
    for _ in 0..20 {
        let agent = a.agent(&orchestrator, "close", "revoked").await.unwrap();
        for (node, server) in [b, c].into_iter().zip(&servers) {
            assert_eq!(node.is_active(server, &agent.token).await.unwrap().ok()["active"], true);
        }
        let wanted = json!({ "level": "agent", "id": agent.agent() });
        a.post_as(&admin, "/admin/revocations", &wanted).await.unwrap().ok();
        let began = Instant::now();
        let id = RevokedId::agent(&AgentId::parse(agent.agent()).unwrap());
        let waits = [b, c].into_iter().zip(&servers).map(|(node, server)| {
            let (token, agent) = (agent.token.clone(), agent.clone());
            async move {
                until("the token is refused", WITHIN, || async {
                    node.is_active(server, &token).await.unwrap().ok()["active"] == false
                })
                .await;
                assert!(
                    log::revoked(node).await.unwrap().has(&id, log::time()),
                    "the signed list does not have it"
                );
                // The renewal that would bring it back is refused there, too.
                assert_eq!(node.renew(&agent).await.unwrap().code(), "revocation.revoked");
                began.elapsed()
            }
        });
        let waits: Vec<_> = waits.collect();
        for (slowest, wait) in slowest.iter_mut().zip(futures(waits).await) {
            *slowest = (*slowest).max(wait);
        }
    }
    assert!(slowest.iter().all(|slowest| *slowest < WITHIN), "{slowest:?}");
    say(&format!(
        "revocation on node A in force (refused, listed, not renewed): slowest of 20 on B {:?}, on C {:?}",
        slowest[0], slowest[1]
    ));
}

/// All of them at once.
async fn futures<F: Future + Send>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in all.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if outputs.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs.into_iter().map(Option::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_policy_is_in_force_on_every_node_and_so_is_taking_it_back() {
    let Some(three) = three("policies across nodes").await else { return };
    let [a, b, c] = [&three.callers[0], &three.callers[1], &three.callers[2]];
    let orchestrator = a.orchestrator().await.unwrap();
    let (before, without) = (policy(), policy().replace("[workflows.watched", "[workflows.other"));
    assert_eq!(c.launch(&orchestrator, "watched", "p").await.unwrap().status, 201);
    let mut slowest = Duration::ZERO;
    for (text, status) in [(&without, 400), (&before, 201), (&without, 400), (&before, 201)] {
        let beside = three.place.policy_file().with_extension("new");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(&beside, three.place.policy_file()).unwrap();
        // Files are looked at twice a second; from the first node that has it on, the others have a second.
        until("the edit is read", Duration::from_secs(2), || async {
            let launched = futures(
                vec![a, b, c].into_iter().map(|node| node.launch(&orchestrator, "watched", "p")).collect(),
            )
            .await;
            launched.into_iter().any(|answer| answer.unwrap().status == status)
        })
        .await;
        let began = Instant::now();
        for node in [a, b, c] {
            until("the policy is in force", WITHIN, || async {
                node.launch(&orchestrator, "watched", "p").await.unwrap().status == status
            })
            .await;
        }
        slowest = slowest.max(began.elapsed());
    }
    let log = three.log().await;
    let changes = log.of("policy.changed", 0).len();
    // Each node reads the file; one writes it, or two that read it in the same instant.
    assert!((5..=15).contains(&changes), "{changes}");
    say(&format!(
        "policy: on all three nodes {slowest:?} after the first has it; 4 edits and the first text made {changes} records"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_node_ends_a_silent_agent_once() {
    let Some(mut three) = three("sweeping by one node").await else { return };
    let [a, b] = [&three.callers[0], &three.callers[1]];
    let orchestrator = a.orchestrator().await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(a.agent(&orchestrator, "watched", "silent").await.unwrap());
    }
    let alive = b.agent(&orchestrator, "watched", "alive").await.unwrap();
    let ended = |agent: &Holder, log: &Log| {
        log.of("agent.heartbeat_missed", 0).iter().filter(|record| record["agent"] == agent.agent()).count()
    };
    // The control: who beats lives.
    let beat = |nodes: Vec<Caller>, alive: Holder, rounds: usize| async move {
        for round in 0..rounds {
            nodes[round % nodes.len()].post_as(&alive, "/heartbeat", &json!({})).await.unwrap().ok();
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    beat(three.callers.clone(), alive.clone(), 14).await;
    let log = three.log().await;
    for agent in &silent {
        assert_eq!(ended(agent, &log), 1, "{} did not end once", agent.agent());
    }
    assert_eq!(ended(&alive, &log), 0);

    // Whoever leads, one after the other is killed: the last one leads.
    let more = three.callers[2].agent(&orchestrator, "watched", "silent").await.unwrap();
    let nodes: Vec<Node> = three.nodes.drain(..2).collect();
    nodes.into_iter().for_each(Node::kill);
    three.callers.drain(..2);
    beat(three.callers.clone(), alive.clone(), 14).await;
    let log = three.log().await;
    assert_eq!(ended(&more, &log), 1);
    assert_eq!(ended(&alive, &log), 0);
    let list = log::revoked(&three.callers[0]).await.unwrap();
    for agent in silent.iter().chain([&more]) {
        assert!(list.has(&RevokedId::agent(&AgentId::parse(agent.agent()).unwrap()), log::time()));
    }
    say(
        "silent agents: 6 of 6 ended with one record each, the last by a node that took the lead after two were killed",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_when_nodes_are_killed_under_load() {
    let Some(mut three) = three("killing nodes under load").await else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let mut checkpoints = vec![log::checkpoint(&three.callers[0]).await.unwrap()];
    let mut workers = Vec::new();
    let callers = three.callers.clone();
    // Some go to the node that is killed, some to one that stays, and some to one after the other.
    for (client, nodes) in
        [vec![0], vec![1], vec![2], vec![0, 1], vec![1, 2], vec![2, 0], vec![1, 2]].iter().enumerate()
    {
        let nodes: Vec<Caller> = nodes.iter().map(|node: &usize| callers[*node].clone()).collect();
        workers.push(tokio::spawn(load::work(nodes, format!("kill-c{client}"), stop.clone())));
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    checkpoints.push(log::checkpoint(&callers[1]).await.unwrap());
    three.nodes.remove(0).kill();
    three.callers.remove(0);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    checkpoints.push(log::checkpoint(&callers[2]).await.unwrap());
    stop.store(true, Ordering::SeqCst);
    let promises = load::gather(workers).await;
    let stayed =
        promises.iter().filter(|promised| promised.agents.iter().all(|agent| !agent.is_in_doubt)).count();
    assert!(stayed >= 4, "clients of the nodes that live were cut off, too");
    let log = three.log().await;
    let records = log.verified(&three.callers[0], &checkpoints).await;
    for caller in &three.callers {
        load::check(caller, &log, 0, &promises).await.unwrap();
    }
    load::check_launch_tokens(&three.callers[0], &promises, 5).await.unwrap();
    let agents = load::assert_no_agent_twice(&log);
    let answers: usize = promises.iter().map(load::Promises::count).sum();
    assert!(answers > 50, "{answers}");
    say(&format!(
        "a node of three killed under load: {answers} answers kept, {records} records of three nodes in one chain, {agents} agents"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_may_be_used_once_is_used_once_on_all_nodes_together() {
    let Some(three) = three("races between nodes").await else { return };
    let [a, b, c] = [&three.callers[0], &three.callers[1], &three.callers[2]];
    let orchestrator = a.orchestrator().await.unwrap();
    let mut won = HashSet::new();
    for _ in 0..20 {
        // One launch, three keys at three nodes.
        let launched = a.launch(&orchestrator, "close", "race").await.unwrap().ok();
        let token = launched["launch_token"].as_str().unwrap();
        let keys = [(); 3].map(|()| generate_key().unwrap());
        let takes = [a, b, c].into_iter().zip(&keys).map(|(node, key)| node.take(key, token));
        let answers: Vec<_> = futures(takes.collect()).await.into_iter().map(Result::unwrap).collect();
        let place = only_winner(&answers, |answer| answer.code() == "launch.used");
        won.insert(place);
        let agent = holder(Arc::new(keys.into_iter().nth(place).unwrap()), answers[place].ok());
        // One request with one proof, at three nodes.
        let sent = a.with_token(
            &orchestrator,
            Method::POST,
            "/launch",
            &json!({ "workflow": "close", "task": "race" }),
        );
        at_once(&[a, b, c], &sent).await;
        // One renewal.
        let form = renewal(&agent);
        at_once(&[a, b, c], &a.form(&agent.key, "/token", &form_of(&form))).await;
    }
    say(&format!("races of three nodes: 60 of 60 won by exactly one, by {} of the nodes", won.len()));
}

/// The one that was granted, where every other was refused as it should be.
fn only_winner(
    answers: &[process::client::Answer],
    is_refused: impl Fn(&process::client::Answer) -> bool,
) -> usize {
    let winners: Vec<usize> =
        (0..answers.len()).filter(|place| answers[*place].status.is_success()).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    let others = answers.iter().filter(|answer| !answer.status.is_success());
    others.for_each(|answer| assert!(is_refused(answer), "{answer:?}"));
    winners[0]
}

async fn at_once(nodes: &[&Caller], sent: &process::client::Sent) {
    let sends = nodes.iter().map(|node| node.send(sent)).collect();
    let answers: Vec<_> = futures(sends).await.into_iter().map(Result::unwrap).collect();
    // A renewal that comes second may also meet a token that is no longer the session's.
    let refused = ["proof.replayed", "dpop.replayed", "revocation.revoked", "session.superseded"];
    only_winner(&answers, |answer| refused.contains(&answer.code().as_str()));
}

fn renewal(agent: &Holder) -> [(&'static str, String); 4] {
    let kind = agent.answer["issued_token_type"].as_str().unwrap().to_owned();
    [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
        ("subject_token", agent.token.clone()),
        ("subject_token_type", kind.clone()),
        ("requested_token_type", kind),
    ]
}

fn form_of<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_that_one_node_took_no_other_takes() {
    let Some(three) = three("replays at other nodes").await else { return };
    let [a, b, c] = [&three.callers[0], &three.callers[1], &three.callers[2]];
    // Each node is asked once, so that its nonce is known; nonces are the same everywhere.
    let orchestrator = a.orchestrator().await.unwrap();
    let admin = a.admin().await.unwrap();
    let mut agents = Vec::new();
    for _ in 0..4 {
        agents.push(a.agent(&orchestrator, "watched", "replay").await.unwrap());
    }
    let other = a.agent(&orchestrator, "close", "replay").await.unwrap();
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", other.token.as_str()),
        ("subject_token_type", other.answer["issued_token_type"].as_str().unwrap()),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("resource", process::place::AUDIENCE),
    ];
    let unknown = json!({ "level": "task", "id": "nobody" });
    let beat = json!({ "state": "idle" });
    let renewal = renewal(&agents[0]);
    let post = |who: &Holder, path: &str, body: &Value| a.with_token(who, Method::POST, path, body);
    let sent = [
        ("launch", post(&orchestrator, "/launch", &json!({ "workflow": "close", "task": "replay" }))),
        ("admin revocation", post(&admin, "/admin/revocations", &unknown)),
        ("heartbeat", post(&agents[1], "/heartbeat", &beat)),
        ("access token", a.form(&other.key, "/token", &exchange)),
        ("renewal", a.form(&agents[0].key, "/token", &form_of(&renewal))),
        ("revoke", a.form(&agents[2].key, "/revoke", &[("token", &agents[2].token)])),
        ("release", post(&agents[3], "/release", &json!({}))),
    ];
    let effects = |log: &Log| log.records().filter(|record| record["outcome"] == "allowed").count();
    let mut refused = Vec::new();
    for (what, sent) in &sent {
        let first = a.send(sent).await.unwrap();
        assert!(first.status.is_success(), "{what}: {first:?}");
        let before = effects(&three.log().await);
        for node in [b, c, a] {
            let again = node.send(sent).await.unwrap();
            // RFC 7009 §2.2: what is revoked already is answered as revoked, and nothing happens.
            let is_harmless = *what == "revoke" && again.status.is_success();
            assert!(!again.status.is_success() || is_harmless, "{what} was done again: {again:?}");
            if !is_harmless {
                refused.push(format!("{what}: {}", again.code()));
            }
        }
        // The log itself is read with two logins of an auditor in between, which are two records.
        let after = effects(&three.log().await);
        assert_eq!(after, before + 1, "{what} had another effect");
    }
    refused.dedup();
    say(&format!("replayed at other nodes: {}", refused.join(", ")));
}
