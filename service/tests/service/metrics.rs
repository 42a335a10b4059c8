//! What is counted, read by a parser of our own; and that no label says who.

use crate::support::{SERVER, World};
use keybound_service::jobs::sweep;
use serde_json::json;
use std::collections::BTreeMap;

/// A sample's name and labels, and its value.
type Samples = BTreeMap<(String, Vec<(String, String)>), f64>;

/// The text exposition (OpenMetrics 1.0): comments of the four kinds, samples, and the end.
fn parse(text: &str) -> (Samples, BTreeMap<String, String>) {
    let (mut samples, mut types) = (Samples::new(), BTreeMap::new());

    let mut is_over = false;
    for line in text.lines() {
        assert!(!is_over, "after the end: {line}");
        if let Some(comment) = line.strip_prefix("# ") {
            let mut parts = comment.splitn(3, ' ');
            match (parts.next().unwrap(), parts.next(), parts.next()) {
                ("EOF", None, None) => is_over = true,
                ("TYPE", Some(name), Some(kind)) => {
                    assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                    assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "twice: {line}");
                }
                ("HELP" | "UNIT", Some(_), Some(_)) => {}
                _ => panic!("{line}"),
            }
            continue;
        }
        let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
        assert!(
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
            "{line}"
        );
        let (labels, value) = match rest.strip_prefix('{') {
            None => (Vec::new(), rest),
            Some(rest) => {
                let (labels, value) = rest.split_once('}').unwrap();
                let label = |label: &str| {
                    let (name, value) = label.split_once('=').unwrap();
                    let value = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
                    (name.to_owned(), value.to_owned())
                };
                (labels.split(',').map(label).collect(), value)
            }
        };
        let family = ["_total", "_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(name);
        assert!(types.contains_key(family), "no type before it: {line}");
        let value: f64 = value.trim().parse().unwrap();
        assert!(samples.insert((name.to_owned(), labels), value).is_none(), "twice: {line}");
    }
    assert!(is_over, "no end");
    (samples, types)
}

async fn read(world: &World) -> Samples {
    let answer = world.get("/metrics").await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    parse(&answer.text()).0
}

fn of(samples: &Samples, name: &str, label: Option<(&str, &str)>) -> f64 {
    let labels = label.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    samples.get(&(name.to_owned(), labels)).copied().unwrap_or_default()
}

/// J4, J6, J7, L19: each of them is there and moves with what happens.
#[tokio::test]
async fn the_numbers_move_with_what_happens() {
    let world = World::new().await;
    let before = read(&world).await;
    let agent = world.agent("close", "one", &[]).await;
    let silent = world.agent("watched", "one", &[("ttl", "600")]).await;
    let answer = world.renew(&agent, &[]).await.ok();
    let agent = agent.with(answer);
    for _ in 0..3 {
        world.renew(&agent, &[("scope", "x")]).await.refused();
    }
    let tools = world.log_in("tools", SERVER).await;
    world.introspect(&tools, &agent.token).await;
    world.as_agent(&silent, "/heartbeat", &json!({})).await.ok();
    world.revoke("agent", agent.id()).await.ok();
    // A proof of a clock that goes wrong.
    let proof = world.proof(&agent.key, "POST", "/release", Some(&agent.token));
    world.clock.advance(100);
    let late = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", silent.token))];
    world.post("/release", &late, &json!({})).await.refused();
    let tools = world.log_in("tools", SERVER).await;
    let old = world.proof(&tools.key, "POST", "/audit/uses", Some(&tools.token));
    world.clock.advance(100);
    let stale = [("dpop", old.as_str()), ("authorization", &format!("DPoP {}", tools.token))];
    assert_eq!(world.post("/audit/uses", &stale, &json!([])).await.refused().1, "proof.stale");
    sweep(&world.app, true).await.unwrap();
    let after = read(&world).await;
    for (name, label, least) in [
        ("keybound_issuance_seconds_count", None, 6.0),
        ("keybound_token_requests_total", Some(("kind", "granted")), 5.0),
        ("keybound_token_requests_total", Some(("kind", "refused")), 3.0),
        ("keybound_tokens_issued_total", Some(("kind", "launch")), 2.0),
        ("keybound_tokens_issued_total", Some(("kind", "renewal")), 1.0),
        ("keybound_refusals_total", Some(("code", "policy.outside_ceiling")), 3.0),
        ("keybound_refusals_total", Some(("code", "proof.stale")), 1.0),
        ("keybound_clock_skew_total", None, 1.0),
        ("keybound_introspection_seconds_count", None, 1.0),
        ("keybound_signing_seconds_count", None, 3.0),
        ("keybound_store_seconds_count", None, 8.0),
        ("keybound_chain_depth_count", None, 3.0),
        ("keybound_heartbeats_total", None, 1.0),
        ("keybound_heartbeats_missed_total", None, 1.0),
        ("keybound_revocations_total", Some(("kind", "agent")), 1.0),
        ("keybound_revocation_entries", None, 1.0),
    ] {
        let grown = of(&after, name, label) - of(&before, name, label);
        assert!(grown >= least, "{name} {label:?}: {grown}");
    }
    // Histograms are cumulative, and their last bucket is their count.
    let names = after
        .keys()
        .filter_map(|(name, _)| name.strip_suffix("_bucket"))
        .collect::<std::collections::BTreeSet<_>>();
    assert!(names.len() >= 6);
    for name in names {
        let mut buckets: Vec<(f64, f64)> = after
            .iter()
            .filter(|((sample, _), _)| *sample == format!("{name}_bucket"))
            .map(|((_, labels), value)| (labels[0].1.replace("+Inf", "inf").parse().unwrap(), *value))
            .collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{name}");
        let difference = buckets.last().unwrap().1 - of(&after, &format!("{name}_count"), None);
        assert!(difference.abs() < 0.5, "{name}");
    }
}

/// J8: the values of labels are codes and kinds of ours: no id, no name of a client, task, user or tenant.
#[tokio::test]
async fn no_label_says_who() {
    let world = World::new().await;
    let launch = json!({ "workflow": "close", "task": "task-4711", "principal": { "id": "user#4711" } });
    let agent = world.agent_of(&launch, &[]).await;
    for id in ["4711", "x y", "a\"b", "\n"] {
        world.revoke(id, id).await.refused();
        world.renew(&agent, &[("scope", id)]).await.refused();
        world.form("/token", &[], &[("grant_type", id)]).await.refused();
        world.get(&format!("/{}", crate::support::encode(id))).await.refused();
    }
    let text = world.get("/metrics").await.text();
    let (samples, _) = parse(&text);
    let mut seen = 0;
    for (_, labels) in samples.keys() {
        for (name, value) in labels {
            assert!(["kind", "code", "le"].contains(&name.as_str()), "{name}");
            let is_ours = match name.as_str() {
                "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
                _ => value.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.')
                }),
            };
            assert!(is_ours, "{name}={value}");
            seen += 1;
        }
    }
    assert!(seen > 20);
    for id in [agent.id(), agent.token_id(), "4711", "payables", "acme", "default", "close"] {
        assert!(!text.contains(id), "{id}");
    }
}
