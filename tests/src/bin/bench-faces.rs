//! The decision that `bindings/js/bench/warm.mjs` and `python/bench/decide.py` time, without a face: the line the others are
//! held against, and a raw strict signature check from the key's bytes beside it.

use ed25519_dalek::{Signer as _, VerifyingKey};
use keybound::{
    AgentId, Arguments, Authority, Chain, Grant, Narrowing, Proof, ProofId, Request, SigningKey, TokenId,
    Trust, UnixTime, Verifier,
};
use keybound_bindings::{MemoryLinkCache, MemoryReplayStore, OsRandom, generate_key};
use std::{hint::black_box, time::Instant};

const AUDIENCE: &str = "https://tools.example";
const ARGUMENTS: &[u8] = br#"{"amount":5,"to":"bob"}"#;
const ROUNDS: usize = 1500;
const SETTLING: usize = 500;

fn main() {
    let keys: Vec<SigningKey> = (0..9).map(|_| generate_key().expect("randomness")).collect();
    let trust = Trust::new([AUDIENCE], MemoryReplayStore::with_capacity(1_000_000))
        .anchor("issuer", &keys[0].public_key());
    println!("raw: strict signature check from the key's bytes: {:.1} us", raw());
    for links in [1, 3, 8] {
        let chain = chain_of(&keys, links);
        let decide = |capacity| {
            decide(
                &Verifier::new(trust.clone(), MemoryLinkCache::with_capacity(capacity)),
                &chain,
                &keys[links],
            )
        };
        println!(
            "rust: chain of {links}, proof included: {:.1} us; links known: {:.1} us",
            decide(0),
            decide(4096)
        );
    }
}

fn now() -> UnixTime {
    UnixTime::new(1_800_000_000).expect("a time")
}

fn request() -> Request {
    Request::new("pay", Arguments::from_json(ARGUMENTS).expect("arguments"), AUDIENCE).expect("a request")
}

fn chain_of(keys: &[SigningKey], links: usize) -> Chain {
    let id = || TokenId::generate(&mut OsRandom).expect("randomness");
    let tools = r#"{"pay":{"amount":{"constraint_type":"range","max":100},"to":{"constraint_type":"one_of","values":["alice","bob"]}}}"#;
    let mut chain = Grant::new("issuer", keys[1].public_key(), Authority::from_json(tools).expect("tools"))
        .audience([AUDIENCE])
        .principal("user:7")
        .agent(AgentId::parse("spiffe://example.org/agent/orch/task/one").expect("an agent id"))
        .task("task")
        .max_depth(8)
        .sign(&keys[0], id(), now())
        .expect("a root");
    for link in 1..links {
        let narrowing = Narrowing::to(keys[link + 1].public_key());
        chain = chain.delegate(&keys[link], narrowing, id(), now()).expect("a child");
    }
    chain
}

fn decide(verifier: &Verifier<MemoryLinkCache>, chain: &Chain, holder: &SigningKey) -> f64 {
    let request_made = request();
    median(|| {
        let id = ProofId::generate(&mut OsRandom).expect("randomness");
        let proof = Proof::sign(holder, chain, &request_made, id, now()).expect("a proof");
        let started = Instant::now();
        let permit = verifier.authorize(chain.as_bytes(), proof.as_bytes(), &request(), now());
        let took = started.elapsed();
        assert!(permit.is_ok());
        took.as_secs_f64()
    })
}

fn raw() -> f64 {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let (bytes, message) = (key.verifying_key().to_bytes(), [7; 300]);
    let signature = key.sign(&message);
    median(|| {
        let started = Instant::now();
        let checked = VerifyingKey::from_bytes(black_box(&bytes))
            .and_then(|key| key.verify_strict(black_box(&message), &signature));
        let took = started.elapsed();
        assert!(checked.is_ok());
        took.as_secs_f64()
    })
}

/// The median of many single calls, in microseconds.
fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| run()).skip(SETTLING).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2] * 1e6
}
