//! Builders for the tests: fixed keys, fixed ids, one time, a small replay memory.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use keybound::{
    AgentId, Arguments, Authority, Chain, Format, Grant, Narrowing, Permit, Proof, ProofId, Refusal, Replay,
    ReplayEntry, ReplayStore, Request, SigningKey, TokenId, Trust, UnixTime,
};
use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicU8, Ordering},
    },
};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const TOOLS: &str = "https://tools.example";
/// The encoding this file of tests is about.
pub(crate) const FORMAT: Format =
    if is_in_jose(env!("CARGO_CRATE_NAME").as_bytes()) { Format::Aat } else { Format::Cwt };

const fn is_in_jose(name: &[u8]) -> bool {
    matches!(name, [.., b'i', b'n', b'_', b'j', b'o', b's', b'e'])
}

pub(crate) const NOW: u64 = 1_700_000_000;

/// Remembers everything.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashSet<([u8; 32], ProofId)>>);

impl ReplayStore for Memory {
    fn remember(&self, entry: &ReplayEntry, _: UnixTime) -> Replay {
        if self.0.lock().unwrap().insert((entry.holder, entry.proof)) { Replay::Fresh } else { Replay::Seen }
    }
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn issuer() -> SigningKey {
    key(1)
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::new(seconds).unwrap()
}

/// An id nobody has had yet.
pub(crate) fn token_id() -> TokenId {
    TokenId::from_bytes([next(); 16])
}

pub(crate) fn proof_id() -> ProofId {
    ProofId::from_bytes([next(); 16])
}

fn next() -> u8 {
    static COUNTER: AtomicU8 = AtomicU8::new(1);
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn tools(json: &str) -> Authority {
    Authority::from_json(json).unwrap()
}

pub(crate) fn agent(instance: &str) -> AgentId {
    AgentId::parse(&format!("spiffe://acme.example/agent/orch/task-7/{instance}")).unwrap()
}

/// Reading any record and paying up to 100, for the holder of `holder`, passed on up to five times.
pub(crate) fn grant(holder: &SigningKey) -> Grant {
    let authority = tools(
        r#"{"records.read": {"id": {"constraint_type": "one_of", "values": ["12345", "12346"]}},
            "pay": {"amount": {"constraint_type": "range", "min": 0, "max": 100}, "note": {"constraint_type": "wildcard", "optional": true}}}"#,
    );
    Grant::new(ISSUER, holder.public_key(), authority)
        .audience([TOOLS])
        .principal("user:ada")
        .agent(agent("a1"))
        .task("task-7")
        .max_depth(5)
        .format(FORMAT)
}

pub(crate) fn root(holder: &SigningKey) -> Chain {
    grant(holder).sign(&issuer(), token_id(), at(NOW)).unwrap()
}

/// Under [`root`], each link for the next of `holders`, narrowing nothing.
pub(crate) fn chain(holders: &[&SigningKey]) -> Chain {
    let mut chain = root(holders[0]);
    for pair in holders.windows(2) {
        chain = chain.delegate(pair[0], Narrowing::to(pair[1].public_key()), token_id(), at(NOW)).unwrap();
    }
    chain
}

pub(crate) fn trust() -> Trust {
    Trust::new([TOOLS], Memory::default()).anchor(ISSUER, &issuer().public_key())
}

pub(crate) fn request(tool: &str, arguments: &str) -> Request {
    Request::new(tool, Arguments::from_json(arguments.as_bytes()).unwrap(), TOOLS).unwrap()
}

/// The whole road from bytes, at `now`.
pub(crate) fn decide(
    chain: &Chain,
    proof: &Proof,
    request: &Request,
    trust: &Trust,
    now: u64,
) -> Result<Permit, Refusal> {
    let now = at(now);
    Chain::parse(chain.as_bytes())?.verify(trust, now)?.authorize(
        request,
        &Proof::parse(proof.as_bytes())?,
        now,
    )
}

/// Proves `tool` with `arguments` by `key` and decides it at once, at the default time.
pub(crate) fn call(chain: &Chain, key: &SigningKey, tool: &str, arguments: &str) -> Result<Permit, Refusal> {
    let request = request(tool, arguments);
    let proof = Proof::sign(key, chain, &request, proof_id(), at(NOW))?;
    decide(chain, &proof, &request, &trust(), NOW)
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    result.unwrap_err().code().as_str()
}
