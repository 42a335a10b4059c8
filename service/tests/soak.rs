//! A hundred agents that come and go for a while: memory and tables stay as they are.
//!
//! `KEYBOUND_SOAK_CYCLES=1000` makes it a thousand cycles of each agent, whatever time that takes.
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

use keybound_service::jobs;
use process::{
    Node,
    client::Caller,
    log::{self, Log},
    place::{Place, Settings, say},
    set::Set,
};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const AGENTS: usize = 100;

/// The tables that must stay flat. The audit log grows, as it should.
const TABLES: [&str; 6] = ["launches", "sessions", "statuses", "used", "charges", "revocations"];

/// What is seen of the service at one moment.
#[derive(Clone, Debug)]
struct Sample {
    after: Duration,
    cycles: u64,
    memory: u64,
    rows: Vec<i64>,
    audit: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_agents_come_and_go() {
    let cycles: Option<u64> = std::env::var("KEYBOUND_SOAK_CYCLES").ok().map(|text| text.parse().unwrap());
    let place = Place::new(&Settings { retention: 5, ..Settings::default() });
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let until = cycles.is_none().then(|| began + Duration::from_secs(30));
    let first = log::checkpoint(&caller).await.unwrap();
    let agents: Vec<_> = (0..AGENTS)
        .map(|number| {
            tokio::spawn(live(caller.clone(), number, cycles.unwrap_or(u64::MAX), until, done.clone()))
        })
        .collect();
    let mut samples = Vec::new();
    while !agents.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        samples.push(look(&place, &node, began, &done).await);
    }
    for agent in agents {
        agent.await.unwrap();
    }
    let took = began.elapsed();
    report(&samples, took);
    let log = Log::read(&caller, &caller.auditor().await.unwrap()).await.unwrap();
    let records = log.verified(&caller, &[first]).await;
    let denied = log
        .records()
        .filter(|record| record["outcome"] == "denied" && record["code"] != "dpop.use_nonce")
        .count();
    assert_eq!(denied, 0, "something was refused");
    say(&format!("soak: the log of {records} records verifies, nothing was refused"));
    assert_flat(&samples);
}

/// One agent after the other: launched, issued, renewed, released.
async fn live(caller: Caller, number: usize, cycles: u64, until: Option<Instant>, done: Arc<AtomicU64>) {
    let task = format!("soak-{number}");
    let mut orchestrator = caller.orchestrator().await.unwrap();
    let mut logged_in = Instant::now();
    for _ in 0..cycles {
        if until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        if logged_in.elapsed() > Duration::from_secs(200) {
            orchestrator = caller.orchestrator().await.unwrap();
            logged_in = Instant::now();
        }
        let agent = caller.agent(&orchestrator, "close", &task).await.unwrap();
        let agent = agent.renewed(caller.renew(&agent).await.unwrap().ok());
        caller.post_as(&agent, "/release", &json!({})).await.unwrap().ok();
        done.fetch_add(1, Ordering::SeqCst);
    }
}

/// An hour in which ten agents come and go every half minute, on a clock that hurries: whatever is over goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_stay_as_they_are_for_an_hour() {
    let world = Set::start(&Settings { retention: 60, ..Settings::default() }).await;
    let mut rows = Vec::new();
    for half_minute in 0..120 {
        world.set(half_minute * 30);
        let orchestrator = world.caller.orchestrator().await.unwrap();
        for number in 0..10 {
            let agent = world.caller.agent(&orchestrator, "close", "hour").await.unwrap();
            // Some are left to expire.
            if number > 2 {
                let agent = agent.renewed(world.caller.renew(&agent).await.unwrap().ok());
                world.caller.post_as(&agent, "/release", &json!({})).await.unwrap().ok();
            }
        }
        jobs::sweep(&world.app, true).await.unwrap();
        rows.push(count(&world.place).await);
    }
    say(&format!(
        "an hour: {TABLES:?} held {:?} rows after 20 minutes, {:?} after 40, {:?} at the end",
        rows[40], rows[80], rows[119]
    ));
    // The feed in memory forgets with them.
    let tenant = world.app.tenant("default").unwrap();
    tenant.feed.prune(world.app.clock().now());
    assert!(tenant.feed.len() < 500, "{} entries", tenant.feed.len());
    for (table, (middle, end)) in TABLES.iter().zip(rows[60].iter().zip(&rows[119])) {
        assert!(*end <= middle + middle / 10 + 5, "{table} grows: {middle}, {end}");
    }
}

async fn count(place: &Place) -> Vec<i64> {
    let mut database = SqliteConnection::connect(&format!("{}?mode=ro", place.url)).await.unwrap();
    let mut rows = Vec::new();
    for table in TABLES {
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        rows.push(count.fetch_one(&mut database).await.unwrap());
    }
    rows
}

async fn look(place: &Place, node: &Node, began: Instant, done: &AtomicU64) -> Sample {
    let mut database = SqliteConnection::connect(&format!("{}?mode=ro", place.url)).await.unwrap();
    let rows = count(place).await;
    let audit = sqlx::query_scalar("SELECT count(*) FROM audit").fetch_one(&mut database).await.unwrap();
    Sample { after: began.elapsed(), cycles: done.load(Ordering::SeqCst), memory: node.memory(), rows, audit }
}

fn report(samples: &[Sample], took: Duration) {
    let cycles = samples.last().unwrap().cycles;
    say(&format!(
        "soak: {AGENTS} agents, {cycles} cycles in {:.1} s, {:.0} a second",
        took.as_secs_f64(),
        cycles as f64 / took.as_secs_f64()
    ));
    for place in [0, samples.len() / 4, samples.len() / 2, samples.len() * 3 / 4, samples.len() - 1] {
        let sample = &samples[place];
        let rows: Vec<String> =
            TABLES.iter().zip(&sample.rows).map(|(table, count)| format!("{table} {count}")).collect();
        say(&format!(
            "  after {:>5.1} s: {:>7} cycles, {:>6} KiB, {}, audit {}",
            sample.after.as_secs_f64(),
            sample.cycles,
            sample.memory,
            rows.join(", "),
            sample.audit
        ));
    }
}

/// Seconds after which the first rows of everything have gone: proofs, tokens and their revocations, and the time they are kept.
const SETTLED: u64 = 420;

/// Between the middle and the end nothing grows. Tables and caches fill first, so tables are compared in a long run alone; the short
/// one has the test with the clock that hurries for them.
fn assert_flat(samples: &[Sample]) {
    let last = samples.last().unwrap();
    let middle = &samples[samples.len() / 2];
    let cycles = last.cycles - middle.cycles;
    let grown = last.memory.saturating_sub(middle.memory);
    // What is remembered of an agent for some minutes takes some KiB, until the memories are full; a leak in each request would take more than that for ever.
    assert!(grown <= 12 * cycles.min(6000) + 8 * 1024, "{grown} KiB more for {cycles} cycles");
    let settled: Vec<&Sample> = samples.iter().filter(|sample| sample.after.as_secs() > SETTLED).collect();
    if let (Some(first), Some(last)) = (settled.first(), settled.last()) {
        for (table, (first, last)) in TABLES.iter().zip(first.rows.iter().zip(&last.rows)) {
            assert!(*last <= first + first / 3 + 100, "{table} grows: {first}, {last}");
        }
    }
}
