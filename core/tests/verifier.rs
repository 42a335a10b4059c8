//! The verifier and its cache: it saves signature checks and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod common;

use common::*;
use keybound::{
    CachedLink, Digest, Limits, LinkCache, LinkIds, Narrowing, NoCache, Proof, Revocation, Standing, TokenId,
    Trust, UnixTime, Verifier,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// Remembers everything and counts how often it was told something new.
#[derive(Default)]
struct Cache(Mutex<(HashMap<Digest, CachedLink>, usize)>);

impl LinkCache for Cache {
    fn get(&self, token: &Digest) -> Option<CachedLink> {
        self.0.lock().unwrap().0.get(token).cloned()
    }

    fn put(&self, link: CachedLink) {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        state.0.insert(link.digest(), link);
    }
}

impl Cache {
    fn checks(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

#[test]
fn chains_with_the_same_prefix_share_the_work() {
    let (a, b, c) = (key(2), key(3), key(4));
    let cache = Arc::new(Cache::default());
    let verifier = Verifier::new(trust(), cache.clone());
    let root = root(&a);
    let decide = |chain: &keybound::Chain, holder| {
        let request = request("pay", r#"{"amount": 5}"#);
        let proof = Proof::sign(holder, chain, &request, proof_id(), at(NOW)).unwrap();
        verifier.authorize(chain.as_bytes(), proof.as_bytes(), &request, at(NOW)).unwrap()
    };
    let _ = decide(&root, &a);
    assert_eq!(cache.checks(), 1);
    let _ = decide(&root, &a);
    assert_eq!(cache.checks(), 1);
    for (holder, checks) in [(&b, 2), (&c, 3)] {
        let child = root.delegate(&a, Narrowing::to(holder.public_key()), token_id(), at(NOW)).unwrap();
        let _ = decide(&child, holder);
        let _ = decide(&child, holder);
        assert_eq!(cache.checks(), checks);
    }
}

#[test]
fn time_revocation_and_constraints_are_checked_for_links_it_knows() {
    #[derive(Default)]
    struct Switch(AtomicBool, Mutex<Option<TokenId>>);
    impl Revocation for Switch {
        fn standing(&self, link: &LinkIds<'_>, _: UnixTime) -> Standing {
            let is_revoked = self.0.load(Ordering::Relaxed) && *self.1.lock().unwrap() == Some(*link.token);
            if is_revoked { Standing::Revoked } else { Standing::Good }
        }
    }
    let (a, b) = (key(2), key(3));
    let switch = Arc::new(Switch::default());
    let id = token_id();
    *switch.1.lock().unwrap() = Some(id);
    let verifier = Verifier::new(trust().revocation(switch.clone()), Cache::default());
    let root = grant(&a).sign(&issuer(), id, at(NOW)).unwrap();
    let chain = root.delegate(&a, Narrowing::to(b.public_key()), token_id(), at(NOW)).unwrap();
    let decide = |amount: u32, now: u64| {
        let request = request("pay", &format!(r#"{{"amount": {amount}}}"#));
        let proof = Proof::sign(&b, &chain, &request, proof_id(), at(now)).unwrap();
        verifier.authorize(chain.as_bytes(), proof.as_bytes(), &request, at(now))
    };
    assert!(decide(5, NOW).is_ok());
    assert_eq!(code(decide(500, NOW)), "call.argument_refused");
    assert_eq!(code(decide(5, NOW + 331)), "time.expired");
    switch.0.store(true, Ordering::Relaxed);
    let refusal = decide(5, NOW).unwrap_err();
    assert_eq!((refusal.code().as_str(), refusal.link()), ("revocation.revoked", Some(0)));
}

#[test]
fn a_known_link_does_not_vouch_for_itself_under_another_parent_or_anchor() {
    let (a, b) = (key(2), key(3));
    let cache = Arc::new(Cache::default());
    let verifier = Verifier::new(trust(), cache.clone());
    let request = request("pay", r#"{"amount": 5}"#);
    let (one, two) = (root(&a), root(&a));
    let child = one.delegate(&a, Narrowing::to(b.public_key()), token_id(), at(NOW)).unwrap();
    let proof = Proof::sign(&b, &child, &request, proof_id(), at(NOW)).unwrap();
    assert!(verifier.authorize(child.as_bytes(), proof.as_bytes(), &request, at(NOW)).is_ok());
    // The same child, spliced under a sibling of its parent that is bound to the same key.
    let token = &child.as_bytes()[one.as_bytes().len()..];
    let spliced = [&[0x82], &two.as_bytes()[1..], token].concat();
    let refusal = verifier.authorize(&spliced, proof.as_bytes(), &request, at(NOW)).unwrap_err();
    assert_eq!((refusal.code().as_str(), refusal.link()), ("chain.bad_signature", Some(1)));
    // A verifier with another anchor, sharing the cache.
    let other = Trust::new([TOOLS], Memory::default()).anchor(ISSUER, &key(77).public_key());
    let refused =
        Verifier::new(other, cache).authorize(child.as_bytes(), proof.as_bytes(), &request, at(NOW));
    assert_eq!(code(refused), "chain.bad_signature");
}

#[test]
fn a_shared_cache_does_not_carry_a_link_past_narrower_limits() {
    let a = key(2);
    let cache = Arc::new(Cache::default());
    let chain = root(&a);
    let request = request("pay", r#"{"amount": 5}"#);
    let decide = |trust: Trust| {
        let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
        Verifier::new(trust, cache.clone()).authorize(chain.as_bytes(), proof.as_bytes(), &request, at(NOW))
    };
    assert!(decide(trust()).is_ok());
    assert_eq!(
        code(decide(trust().limits(Limits { tools: 1, ..Limits::default() }))),
        "authority.too_many_tools"
    );
}

#[test]
fn both_roads_apply_the_verifiers_limits() {
    let a = key(2);
    let chain = root(&a);
    let request = request("pay", r#"{"amount": 5}"#);
    for (limits, expected) in [
        (Limits { tools: 1, ..Limits::default() }, "authority.too_many_tools"),
        (Limits { token_bytes: 64, ..Limits::default() }, "bytes.too_large"),
        (Limits { proof_bytes: 64, ..Limits::default() }, "bytes.too_large"),
        (Limits { arguments_bytes: 4, ..Limits::default() }, "bytes.too_large"),
        (Limits { lifetime: 60, ..Limits::default() }, "time.bad_lifetime"),
    ] {
        let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
        let trust = trust().limits(limits);
        assert_eq!(code(decide(&chain, &proof, &request, &trust, NOW)), expected);
        let short =
            Verifier::new(trust, NoCache).authorize(chain.as_bytes(), proof.as_bytes(), &request, at(NOW));
        assert_eq!(code(short), expected);
    }
}

#[test]
fn refused_calls_and_heavy_tokens_are_not_remembered() {
    let (a, b) = (key(2), key(3));
    let cache = Arc::new(Cache::default());
    let verifier = Verifier::new(trust(), cache.clone());
    let chain = root(&a);
    let decide = |chain: &keybound::Chain, amount: u32, holder| {
        let request = request("pay", &format!(r#"{{"amount": {amount}}}"#));
        let proof = Proof::sign(holder, chain, &request, proof_id(), at(NOW)).unwrap();
        verifier.authorize(chain.as_bytes(), proof.as_bytes(), &request, at(NOW))
    };
    assert_eq!(code(decide(&chain, 500, &a)), "call.argument_refused");
    assert_eq!(cache.checks(), 0);
    assert!(decide(&chain, 5, &a).is_ok());
    assert_eq!(cache.checks(), 1);
    let note =
        format!(r#"{{"constraint_type": "exact", "value": "{}", "optional": true}}"#, "x".repeat(2048));
    let heavy = format!(
        r#"{{"pay": {{"amount": {{"constraint_type": "range", "min": 0, "max": 9}}, "note": {note}}}}}"#
    );
    let child =
        chain.delegate(&a, Narrowing::to(b.public_key()).tools(tools(&heavy)), token_id(), at(NOW)).unwrap();
    assert!(decide(&child, 5, &b).is_ok());
    assert_eq!(cache.checks(), 1);
}
