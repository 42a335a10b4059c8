//! What the five operations cost, beside a raw strict signature check made in the same run.
//!
//! `cargo bench -p keybound-tests --bench core`; the table at the end has the medians and how
//! many raw checks each is worth.

use criterion::{BatchSize, Criterion};
use ed25519_dalek::{Signature, VerifyingKey};
use keybound::{
    AgentId, Arguments, Authority, Chain, Digest, Format, Grant, Narrowing, NoCache, Permit, Proof, ProofId,
    PublicKey, Refusal, Replay, ReplayEntry, ReplayStore, Request, SigningKey, TokenId, Trust, UnixTime,
    Verifier, dpop,
    jose::NoEs256,
    revocation::{Level, ListTimes, RevocationSource, Revoked, RevokedId, Snapshot},
};
use keybound_bindings::MemoryLinkCache;
use keybound_tests::forge::{public_key, sign};
use keybound_tests::make::scene::{
    AUDIENCE, HOLDERS, ISSUER, ISSUER_KEY, NOW, PROOF_ID, STRANGER, Scene, agent, honest_tools, token_id,
};
use std::hint::black_box;
use std::path::Path;

/// Lets every proof be used again: what is measured is the decision, not the memory.
struct Forgetful;

impl ReplayStore for Forgetful {
    fn remember(&self, _: &ReplayEntry, _: UnixTime) -> Replay {
        Replay::Fresh
    }
}

fn now() -> UnixTime {
    UnixTime::new(NOW).expect("a time")
}

fn key_of(seed: &[u8; 32]) -> PublicKey {
    PublicKey::from_bytes(&public_key(seed)).expect("a key")
}

fn trust() -> Trust {
    Trust::new([AUDIENCE], Forgetful).anchor(ISSUER, &key_of(&ISSUER_KEY))
}

fn request() -> Request {
    let arguments = Arguments::from_json(br#"{"amount":5,"to":"acme"}"#).expect("arguments");
    Request::new("pay", arguments, AUDIENCE).expect("a request")
}

fn authority() -> Authority {
    Authority::from_json(&honest_tools().to_string()).expect("tools")
}

fn raw(c: &mut Criterion) {
    let message = vec![7; 400];
    let bytes = public_key(&ISSUER_KEY);
    let signature = Signature::from_bytes(&sign(&ISSUER_KEY, &message));
    let key = VerifyingKey::from_bytes(&bytes).expect("a key");
    c.bench_function("raw_strict_cold", |b| {
        b.iter(|| {
            VerifyingKey::from_bytes(black_box(&bytes))
                .expect("a key")
                .verify_strict(black_box(&message), &signature)
                .is_ok()
        });
    });
    c.bench_function("raw_strict_warm", |b| {
        b.iter(|| key.verify_strict(black_box(&message), &signature).is_ok())
    });
}

fn writing(c: &mut Criterion) {
    let issuer = SigningKey::from_seed(&ISSUER_KEY);
    let holder = SigningKey::from_seed(&HOLDERS[0]);
    let grant = Grant::new(ISSUER, key_of(&HOLDERS[0]), authority())
        .audience([AUDIENCE])
        .principal("user:alice")
        .max_depth(8);
    let chain = Chain::parse(&Scene::of(1).finish().0).expect("a chain");
    let narrowing = Narrowing::to(key_of(&HOLDERS[1])).tools(authority()).lifetime(60);
    let request = request();
    c.bench_function("mint", |b| {
        b.iter_batched(
            || grant.clone(),
            |grant| grant.sign(&issuer, TokenId::from_bytes(token_id(0)), now()).is_ok(),
            BatchSize::SmallInput,
        );
    });
    c.bench_function("delegate", |b| {
        b.iter_batched(
            || narrowing.clone(),
            |narrowing| chain.delegate(&holder, narrowing, TokenId::from_bytes(token_id(1)), now()).is_ok(),
            BatchSize::SmallInput,
        );
    });
    c.bench_function("prove", |b| {
        b.iter(|| {
            Proof::sign(&holder, &chain, black_box(&request), ProofId::from_bytes(PROOF_ID), now()).is_ok()
        });
    });
}

fn deciding(c: &mut Criterion) {
    let request = request();
    for length in [1, 3, 8] {
        let (chain, proof) = Scene::of(length).finish();
        let cold = Verifier::new(trust(), NoCache);
        let warm = Verifier::new(trust(), MemoryLinkCache::with_capacity(64));
        permitted(warm.authorize(&chain, &proof, &request, now()));
        c.bench_function(&format!("decide_{length}_cold"), |b| {
            b.iter(|| permitted(cold.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
        c.bench_function(&format!("decide_{length}_cached"), |b| {
            b.iter(|| permitted(warm.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
        let verified = Chain::parse(&chain).expect("a chain").verify(&trust(), now()).expect("believed");
        let proof = Proof::parse(&proof).expect("a proof");
        c.bench_function(&format!("decide_{length}_verified"), |b| {
            b.iter(|| permitted(verified.authorize(&request, black_box(&proof), now())));
        });
    }
}

/// A million entries, a fifth of them at each level, none of which is met; and more.
fn a_million(seq: u64, more: Option<Revoked>) -> Snapshot {
    let times = ListTimes { issued_at: now(), next_update: later(10), expires: later(30) };
    let entries = (0..1_000_000_u32).zip(Level::ALL.iter().cycle()).map(|(n, level)| {
        let id = *Digest::of(&n.to_be_bytes()).as_bytes().first_chunk().expect("16 bytes");
        Revoked { id: RevokedId::from_parts(*level, id), until: later(600) }
    });
    Snapshot::new(ISSUER, seq, times, entries.chain(more)).expect("a list")
}

fn later(seconds: u64) -> UnixTime {
    UnixTime::new(NOW + seconds).expect("a time")
}

/// The decisions of [`deciding`] under a million entries, the look-ups by themselves, and what taking over a list costs.
fn revoking(c: &mut Criterion) {
    let key = SigningKey::from_seed(&HOLDERS[8]);
    let source = RevocationSource::new(ISSUER, &key.public_key());
    let first = a_million(1, None).sign(&key).expect("a list");
    let list = source.read(first.as_bytes(), None, now()).expect("a list");
    let request = request();
    for length in [1, 3, 8] {
        let (chain, proof) = Scene::of(length).finish();
        let cold = Verifier::new(trust().revocation(list.clone()), NoCache);
        let warm = Verifier::new(trust().revocation(list.clone()), MemoryLinkCache::with_capacity(64));
        permitted(warm.authorize(&chain, &proof, &request, now()));
        c.bench_function(&format!("decide_{length}_cold_1m_revoked"), |b| {
            b.iter(|| permitted(cold.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
        c.bench_function(&format!("decide_{length}_cached_1m_revoked"), |b| {
            b.iter(|| permitted(warm.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
    }
    let mut n = 0_u32;
    c.bench_function("revoked_lookup_1m", |b| {
        b.iter(|| {
            // Another id each time, so that the processor cannot know where to look.
            n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut id = [0; 16];
            id[..4].copy_from_slice(&n.to_be_bytes());
            list.has(black_box(&RevokedId::from_parts(Level::Token, id)), now())
        });
    });
    let added = Revoked { id: RevokedId::task("one more"), until: later(600) };
    let next = a_million(2, Some(added));
    let whole = next.sign(&key).expect("a list");
    let delta = next.delta(1, [added]).expect("a delta").sign(&key).expect("a delta");
    let read = |bytes: &[u8], known| source.read(bytes, known, now()).expect("believed");
    let mut slow = c.benchmark_group("revocations");
    slow.sample_size(10);
    slow.bench_function("read_whole_1m", |b| b.iter(|| read(whole.as_bytes(), None)));
    slow.bench_function("read_delta_1m", |b| b.iter(|| read(delta.as_bytes(), Some(&list))));
    slow.finish();
}

/// The same authority in the JWS of AAT-02: a chain of `length` tokens and a proof by its leaf.
fn aat(length: usize) -> (Vec<u8>, Vec<u8>) {
    let grant = Grant::new(ISSUER, key_of(&HOLDERS[0]), authority())
        .audience([AUDIENCE])
        .principal("user:alice")
        .agent(AgentId::parse(&agent(0)).expect("an agent id"))
        .task("t-42")
        .max_depth(8)
        .format(Format::Aat);
    let issuer = SigningKey::from_seed(&ISSUER_KEY);
    let mut chain = grant.sign(&issuer, TokenId::from_bytes(token_id(0)), now()).expect("a root");
    for depth in 1..length {
        let holder = SigningKey::from_seed(&HOLDERS[depth - 1]);
        let narrowing = Narrowing::to(key_of(&HOLDERS[depth])).tools(authority());
        chain =
            chain.delegate(&holder, narrowing, TokenId::from_bytes(token_id(depth)), now()).expect("a child");
    }
    let holder = SigningKey::from_seed(&HOLDERS[length - 1]);
    let proof =
        Proof::sign(&holder, &chain, &request(), ProofId::from_bytes(PROOF_ID), now()).expect("a proof");
    (chain.as_bytes().to_vec(), proof.as_bytes().to_vec())
}

/// Everything a decision on AAT-02 takes, JSON, base64url and hashing included.
fn deciding_aat(c: &mut Criterion) {
    let request = request();
    for length in [1, 3, 8] {
        let (chain, proof) = aat(length);
        let cold = Verifier::new(trust(), NoCache);
        let warm = Verifier::new(trust(), MemoryLinkCache::with_capacity(64));
        permitted(warm.authorize(&chain, &proof, &request, now()));
        c.bench_function(&format!("decide_aat_{length}_cold"), |b| {
            b.iter(|| permitted(cold.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
        c.bench_function(&format!("decide_aat_{length}_cached"), |b| {
            b.iter(|| permitted(warm.authorize(black_box(&chain), black_box(&proof), &request, now())));
        });
    }
}

/// One DPoP proof, checked by a guard that remembers nothing.
fn dpop(c: &mut Criterion) {
    let key = SigningKey::from_seed(&HOLDERS[0]);
    let call = dpop::Call::new("POST", "https://tools.example/mcp").expect("a call").body(b"{}");
    let proof = dpop::Proof::sign(&key, &call, ProofId::from_bytes(PROOF_ID), now()).expect("a proof");
    let guard = dpop::Guard::new(["https://tools.example"], Forgetful).expect("a guard");
    let check = || guard.open(&[proof.as_str()], &call, None)?.decide(&NoEs256, now());
    drop(check().expect("accepted"));
    c.bench_function("dpop_check", |b| b.iter(|| check().is_ok()));
}

fn permitted(answer: Result<Permit, Refusal>) {
    drop(answer.expect("permitted"));
}

fn refusing(c: &mut Criterion) {
    let request = request();
    let mut stranger = Scene::of(9);
    stranger.root().seal.signer = STRANGER;
    stranger.root().set(1, keybound_tests::forge::cbor::Item::text("https://other.example"));
    for link in &mut stranger.links {
        link.set(-70_000, keybound_tests::forge::cbor::Item::bytes(vec![0; 28_600]));
    }
    let (chain, proof) = stranger.finish();
    assert!((250 << 10..=256 << 10).contains(&chain.len()), "{} bytes", chain.len());
    let limits =
        keybound::Limits { chain_bytes: 256 << 10, token_bytes: 64 << 10, ..keybound::Limits::default() };
    let roomy = Verifier::new(trust().limits(limits), NoCache);
    refused(&roomy.authorize(&chain, &proof, &request, now()), "chain.unknown_issuer");
    c.bench_function("refuse_unknown_root_256k", |b| {
        b.iter(|| roomy.authorize(black_box(&chain), &proof, &request, now()).is_err());
    });
    let (small, proof) = Scene::of(1).finish();
    let usual = Verifier::new(trust(), NoCache);
    refused(&usual.authorize(&chain, &proof, &request, now()), "bytes.too_large");
    c.bench_function("refuse_256k_over_the_limit", |b| {
        b.iter(|| usual.authorize(black_box(&chain), &proof, &request, now()).is_err());
    });
    let mut wrong = Scene::of(1);
    wrong.proof.signer = Some(STRANGER);
    let forged = wrong.finish().1;
    let warm = Verifier::new(trust(), MemoryLinkCache::with_capacity(8));
    permitted(warm.authorize(&small, &proof, &request, now()));
    refused(&warm.authorize(&small, &forged, &request, now()), "proof.bad_signature");
    c.bench_function("refuse_wrong_key_proof_cached", |b| {
        b.iter(|| warm.authorize(&small, black_box(&forged), &request, now()).is_err());
    });
}

fn refused(answer: &Result<Permit, Refusal>, code: &str) {
    assert_eq!(answer.as_ref().map(|_| ()).map_err(|refusal| refusal.code().as_str()), Err(code));
}

/// Constraints by themselves: what a decision costs beyond its one signature, at the largest
/// size the limits allow.
fn constraints(c: &mut Criterion) {
    let clause = |n: usize| serde_json::json!({"constraint_type": "exact", "value": n});
    let any: Vec<_> = (0..63).map(clause).collect();
    let tools =
        serde_json::json!({"pay": {"amount": {"constraint_type": "any", "constraints": any}}}).to_string();
    c.bench_function("constraints_read_63_clauses", |b| {
        b.iter(|| Authority::from_json(black_box(&tools)).is_ok())
    });
    let text = br#"{"amount":62,"to":"acme","memo":[1,2,{"a":"b"}]}"#;
    c.bench_function("arguments_read", |b| b.iter(|| Arguments::from_json(black_box(text)).is_ok()));
    let root = Chain::parse(&Scene::of(1).finish().0).expect("a chain");
    let to = key_of(&HOLDERS[1]);
    let wider = Authority::from_json(r#"{"pay":{}}"#).expect("tools");
    c.bench_function("constraints_compare_and_refuse", |b| {
        b.iter_batched(
            || Narrowing::to(to.clone()).tools(wider.clone()),
            |narrowing| root.prepare_delegation(narrowing, TokenId::from_bytes(token_id(1)), now()).is_err(),
            BatchSize::SmallInput,
        );
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(60).without_plots();
    raw(&mut criterion);
    writing(&mut criterion);
    deciding(&mut criterion);
    revoking(&mut criterion);
    deciding_aat(&mut criterion);
    dpop(&mut criterion);
    refusing(&mut criterion);
    constraints(&mut criterion);
    criterion.final_summary();
    if std::env::args().any(|argument| argument == "--bench") {
        summary();
    }
}

/// Medians and their worth in raw checks, from what criterion left behind.
fn summary() {
    let home = std::env::var_os("CRITERION_HOME").map_or_else(|| target().join("criterion"), Into::into);
    let median = |name: &str| {
        let text = std::fs::read_to_string(home.join(name).join("new/estimates.json")).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()?["median"]["point_estimate"].as_f64()
    };
    let Some(unit) = median("raw_strict_cold") else { return };
    println!("\n{:<34} {:>12} {:>14}", "median", "µs", "raw checks");
    for name in NAMES {
        if let Some(nanoseconds) = median(name) {
            println!("{name:<34} {:>12.2} {:>14.3}", nanoseconds / 1000.0, nanoseconds / unit);
        }
    }
    for length in [1, 3, 8] {
        if let Some(nanoseconds) = median(&format!("decide_{length}_cold")) {
            let share = nanoseconds / unit / (f64::from(length) + 1.0);
            println!("decide_{length}_cold: {share:.3} of ({length}+1) raw checks, budget 1.08");
        }
        if let (Some(plain), Some(revoked)) =
            (median(&format!("decide_{length}_cold")), median(&format!("decide_{length}_cold_1m_revoked")))
        {
            let more = 100.0 * (revoked / plain - 1.0);
            println!("decide_{length}_cold_1m_revoked: {more:+.2} % of the decision, budget 2");
        }
        if let Some(nanoseconds) = median(&format!("decide_{length}_cached")) {
            println!("decide_{length}_cached: {:.3} raw checks, budget 1.15", nanoseconds / unit);
        }
        if let Some(nanoseconds) = median(&format!("decide_aat_{length}_cold")) {
            let share = nanoseconds / unit / (f64::from(length) + 1.0);
            println!("decide_aat_{length}_cold: {share:.3} of ({length}+1) raw checks, budget 1.3");
        }
    }
}

const NAMES: [&str; 36] = [
    "raw_strict_cold",
    "raw_strict_warm",
    "mint",
    "delegate",
    "prove",
    "decide_1_cold",
    "decide_3_cold",
    "decide_8_cold",
    "decide_1_cached",
    "decide_3_cached",
    "decide_8_cached",
    "decide_1_verified",
    "decide_3_verified",
    "decide_8_verified",
    "decide_1_cold_1m_revoked",
    "decide_3_cold_1m_revoked",
    "decide_8_cold_1m_revoked",
    "decide_1_cached_1m_revoked",
    "decide_3_cached_1m_revoked",
    "decide_8_cached_1m_revoked",
    "revoked_lookup_1m",
    "revocations/read_whole_1m",
    "revocations/read_delta_1m",
    "decide_aat_1_cold",
    "decide_aat_3_cold",
    "decide_aat_8_cold",
    "decide_aat_1_cached",
    "decide_aat_3_cached",
    "decide_aat_8_cached",
    "dpop_check",
    "refuse_unknown_root_256k",
    "refuse_256k_over_the_limit",
    "refuse_wrong_key_proof_cached",
    "constraints_compare_and_refuse",
    "constraints_read_63_clauses",
    "arguments_read",
];

/// The target folder this very binary lies in: `<target>/release/deps/core-…`.
fn target() -> std::path::PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(3).unwrap_or(Path::new("target")).to_owned()
}
