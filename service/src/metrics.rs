//! What is counted. No label holds an identifier: the values are codes, kinds and names of tables.

use crate::{audit::Grant, code::Cause, state::App};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// One label, `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

/// One label, `code`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCode {
    code: String,
}

/// Counters, gauges and histograms.
pub struct Metrics {
    registry: Mutex<Registry>,
    token: Histogram,
    token_answers: Family<Kind, Counter>,
    introspection: Histogram,
    signing: Histogram,
    storing: Histogram,
    commit: Histogram,
    refused: Family<ByCode, Counter>,
    issued: Family<Kind, Counter>,
    depth: Histogram,
    heartbeats: Counter,
    silent: Counter,
    expired: Counter,
    revoked: Family<Kind, Counter>,
    visible: Histogram,
    skew: Counter,
    entries: Gauge,
    waiting: Gauge,
    pruned: Counter,
}

/// Bounds for what takes from half a millisecond to seconds.
const LATENCIES: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0, 5.0];
/// Bounds for propagation, which is promised within thirty seconds.
const PROPAGATION: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];

impl Metrics {
    /// All of them at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("keybound");
        let latency = || Histogram::new(LATENCIES);
        let seconds = |registry: &mut Registry, name: &str, help: &str, histogram: Histogram| {
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
            histogram
        };
        let token = seconds(&mut registry, "issuance", "Time to answer a token request", latency());
        let introspection =
            seconds(&mut registry, "introspection", "Time to answer an introspection", latency());
        let signing = seconds(&mut registry, "signing", "Time to make and sign a token", latency());
        let storing = seconds(&mut registry, "store", "Time until a change is durable", latency());
        let commit = seconds(
            &mut registry,
            "commit",
            "Time of one transaction, with all the changes in it",
            latency(),
        );
        let visible = seconds(
            &mut registry,
            "revocation_propagation",
            "Time from a revocation to its being known to this node",
            Histogram::new(PROPAGATION),
        );
        let depth = Histogram::new([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        registry.register("chain_depth", "Delegations that issued tokens allow", depth.clone());
        Self {
            token_answers: family(&mut registry, "token_requests", "Token requests by outcome"),
            refused: family(&mut registry, "refusals", "Refusals by code"),
            issued: family(&mut registry, "tokens_issued", "Tokens by grant"),
            revoked: family(&mut registry, "revocations", "Revocations by level"),
            heartbeats: counter(&mut registry, "heartbeats", "Heartbeats"),
            silent: counter(&mut registry, "heartbeats_missed", "Agents ended for their silence"),
            expired: counter(
                &mut registry,
                "sessions_expired",
                "Sessions that ended because their tokens expired",
            ),
            skew: counter(
                &mut registry,
                "clock_skew",
                "Requests dated outside of the window of this node's clock",
            ),
            pruned: counter(&mut registry, "rows_pruned", "Rows deleted because they were over"),
            entries: gauge(&mut registry, "revocation_entries", "Entries in the revocation lists"),
            waiting: gauge(
                &mut registry,
                "audit_queue",
                "Changes that wait to be made durable with their audit records",
            ),
            registry: Mutex::new(registry),
            token,
            introspection,
            signing,
            storing,
            commit,
            depth,
            visible,
        }
    }

    /// A token request was answered.
    pub fn token(&self, took: Duration, is_granted: bool) {
        self.token.observe(took.as_secs_f64());
        let kind = if is_granted { "granted" } else { "refused" };
        self.token_answers.get_or_create(&Kind { kind: kind.to_owned() }).inc();
    }

    /// An introspection was answered.
    pub fn introspected(&self, took: Duration) {
        self.introspection.observe(took.as_secs_f64());
    }

    /// A token was made.
    pub fn signed(&self, took: Duration) {
        self.signing.observe(took.as_secs_f64());
    }

    /// A change became durable.
    pub fn stored(&self, took: Duration) {
        self.storing.observe(took.as_secs_f64());
    }

    /// A transaction was committed.
    pub fn committed(&self, took: Duration) {
        self.commit.observe(took.as_secs_f64());
    }

    /// Something was refused.
    pub fn refused(&self, cause: Cause) {
        self.refused.get_or_create(&ByCode { code: cause.as_str().to_owned() }).inc();
        let is_skew = matches!(cause, Cause::Core(keybound::Code::StaleProof | keybound::Code::FutureProof));
        if is_skew {
            self.skew.inc();
        }
    }

    /// A token was issued that may be passed on `depth` times.
    pub fn issued(&self, grant: Grant, depth: u32) {
        self.issued.get_or_create(&Kind { kind: grant.as_str().to_owned() }).inc();
        self.depth.observe(f64::from(depth));
    }

    /// An agent was heard.
    pub fn heartbeat(&self) {
        self.heartbeats.inc();
    }

    /// An agent was silent for too long.
    pub fn missed(&self) {
        self.silent.inc();
    }

    /// A session's tokens have all expired.
    pub fn ended(&self) {
        self.expired.inc();
    }

    /// Something was revoked.
    pub fn revoked(&self, level: &str) {
        self.revoked.get_or_create(&Kind { kind: level.to_owned() }).inc();
    }

    /// This node learned of a revocation of another one.
    pub fn revocation_visible(&self, seconds: u64) {
        self.visible.observe(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)));
    }

    /// Rows were deleted.
    pub fn pruned(&self, rows: u64) {
        self.pruned.inc_by(rows);
    }

    /// Takes the values that are looked up rather than counted.
    pub fn gauges(&self, app: &App) {
        let entries: usize = app.tenants().map(|tenant| tenant.feed.len()).sum();
        self.entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(app.store().waiting()).unwrap_or(i64::MAX));
    }

    /// The text exposition.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` never fails.
        let _ = encode(&mut out, &self.registry.lock().unwrap_or_else(PoisonError::into_inner));
        out
    }
}

fn family<L>(registry: &mut Registry, name: &str, help: &str) -> Family<L, Counter>
where
    L: Clone + std::hash::Hash + Eq + EncodeLabelSet + fmt::Debug + Send + Sync + 'static,
{
    let family = Family::<L, Counter>::default();
    registry.register(name, help, family.clone());
    family
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter: Counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge: Gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
