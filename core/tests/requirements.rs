//! One test per requirement, named after its id; the honest control and the attack side by side.

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
    JwtSvids, Limits, Narrowing, Proof, ReplayStore as _, Request, Trust, dpop,
    jose::{Algorithms, BadSignature, Es256, Es256Check, Jwks, Jws, NoEs256},
};

#[test]
fn a5_a_token_of_agent_a_is_worth_nothing_with_the_key_of_agent_b() {
    let (a, b) = (key(2), key(3));
    let chain = root(&a);
    assert!(call(&chain, &a, "pay", r#"{"amount": 5}"#).is_ok());
    // At home it is refused by name, at the door by its signature.
    assert_eq!(code(call(&chain, &b, "pay", r#"{"amount": 5}"#)), "proof.not_the_holder");
    let request = request("pay", r#"{"amount": 5}"#);
    let unsigned = Proof::prepare(&chain, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(code(unsigned.finish(&[0; 64])), "proof.bad_signature");
    let own = root(&b);
    let proof = Proof::sign(&b, &own, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(code(decide(&chain, &proof, &request, &trust(), NOW)), "proof.bad_signature");
}

#[test]
fn b3_one_record_is_not_the_table_and_reading_is_not_writing() {
    let (a, b) = (key(2), key(3));
    let one = tools(r#"{"records.read": {"id": {"constraint_type": "exact", "value": "12345"}}}"#);
    let chain = root(&a).delegate(&a, Narrowing::to(b.public_key()).tools(one), token_id(), at(NOW)).unwrap();
    assert!(call(&chain, &b, "records.read", r#"{"id": "12345"}"#).is_ok());
    let refusal = call(&chain, &b, "records.read", r#"{"id": "12346"}"#).unwrap_err();
    assert_eq!((refusal.code().as_str(), refusal.link()), ("call.argument_refused", Some(1)));
    assert_eq!(code(call(&chain, &b, "records.write", r#"{"id": "12345"}"#)), "call.tool_not_granted");
}

#[test]
fn b17_a_token_for_server_a_is_refused_by_server_b() {
    let a = key(2);
    let chain = root(&a);
    let elsewhere = "https://other.example";
    let other = Trust::new([elsewhere], Memory::default()).anchor(ISSUER, &issuer().public_key());
    let request =
        Request::new("pay", request("pay", r#"{"amount": 5}"#).arguments().clone(), elsewhere).unwrap();
    let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(code(decide(&chain, &proof, &request, &other, NOW)), "call.audience_not_granted");
    // And a call for the other server is not ours to decide.
    assert_eq!(code(decide(&chain, &proof, &request, &trust(), NOW)), "call.not_our_audience");
}

#[test]
fn b18_the_audience_may_name_one_instance() {
    let a = key(2);
    let (one, two) = ("https://tools.example/instance/1", "https://tools.example/instance/2");
    let chain = grant(&a).audience([one]).sign(&issuer(), token_id(), at(NOW)).unwrap();
    for (instance, expected) in [(one, None), (two, Some("call.audience_not_granted"))] {
        let trust = Trust::new([instance], Memory::default()).anchor(ISSUER, &issuer().public_key());
        let request =
            Request::new("pay", request("pay", r#"{"amount": 5}"#).arguments().clone(), instance).unwrap();
        let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
        let decided = decide(&chain, &proof, &request, &trust, NOW);
        assert_eq!(decided.err().map(|refusal| refusal.code().as_str()), expected);
    }
}

#[test]
fn b22_a_child_cannot_be_wider_in_anything() {
    let (a, b) = (key(2), key(3));
    let to_b = || Narrowing::to(b.public_key());
    let parent = grant(&a).max_depth(2).sign(&issuer(), token_id(), at(NOW)).unwrap();
    for (narrowing, expected) in [
        (to_b().tools(tools(r#"{"delete": {}}"#)), "chain.tool_added"),
        (to_b().tools(tools(r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 101}}}"#)), "chain.constraint_widened"),
        (to_b().tools(tools(r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 9}, "to": {"constraint_type": "wildcard"}}}"#)), "chain.argument_added"),
        (to_b().tools(tools(r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 9, "optional": true}}}"#)), "chain.argument_made_optional"),
        (to_b().audience(["https://other.example"]), "chain.audience_widened"),
        (to_b().lifetime(301), "time.expires_after_parent"),
        (to_b().max_depth(3), "chain.max_depth_raised"),
        (to_b().agent(keybound::AgentId::parse("spiffe://evil.example/agent/o/t/i").unwrap()), "chain.trust_domain_changed"),
    ] {
        let refusal = parent.delegate(&a, narrowing, token_id(), at(NOW)).unwrap_err();
        assert_eq!((refusal.code().as_str(), refusal.link()), (expected, Some(1)));
    }
    let equal = parent.delegate(&a, to_b(), token_id(), at(NOW)).unwrap();
    assert!(call(&equal, &b, "pay", r#"{"amount": 100}"#).is_ok());
}

#[test]
fn c1_and_c3_a_captured_call_cannot_be_used_again_or_for_anything_else() {
    let a = key(2);
    let chain = root(&a);
    let trust = trust();
    let sent = |body: &str| {
        request("pay", r#"{"amount": 5}"#)
            .over_http("POST", "https://tools.example/pay", body.as_bytes())
            .unwrap()
    };
    let request = sent("5");
    let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(code(decide(&chain, &proof, &sent("6"), &trust, NOW)), "proof.wrong_http");
    let args = || keybound::Arguments::from_json(br#"{"amount": 5}"#).unwrap();
    let plain = || Request::new("pay", args(), TOOLS).unwrap();
    for other in [
        plain().over_http("PUT", "https://tools.example/pay", b"5").unwrap(),
        plain().over_http("POST", "https://tools.example/pay2", b"5").unwrap(),
        plain(),
    ] {
        assert_eq!(code(decide(&chain, &proof, &other, &trust, NOW)), "proof.wrong_http");
    }
    assert_eq!(code(decide(&chain, &proof, &request, &trust, NOW + 31)), "proof.stale");
    // Nothing of the above has used the proof up.
    assert!(decide(&chain, &proof, &request, &trust, NOW + 30).is_ok());
    assert_eq!(code(decide(&chain, &proof, &request, &trust, NOW + 30)), "proof.replayed");
}

#[test]
fn c6_nothing_is_remembered_that_could_replace_a_check() {
    let a = key(2);
    let chain = root(&a);
    let trust = trust();
    let verified = keybound::Chain::parse(chain.as_bytes()).unwrap().verify(&trust, at(NOW)).unwrap();
    for amount in ["5", "6"] {
        let request = request("pay", &format!(r#"{{"amount": {amount}}}"#));
        let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
        assert!(verified.authorize(&request, &proof, at(NOW)).is_ok());
    }
    // The second call on a verified chain is checked in full: tool, time and all.
    let request = request("pay", r#"{"amount": 500}"#);
    let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(code(verified.authorize(&request, &proof, at(NOW))), "call.argument_refused");
    assert_eq!(code(verified.authorize(&request, &proof, at(NOW + 400))), "time.expired");
}

#[test]
fn c7_thirty_seconds_of_skew_and_no_more() {
    let a = key(2);
    let ends = NOW + 300;
    let begins = NOW + 100;
    let chain = grant(&a).not_before(at(begins)).sign(&issuer(), token_id(), at(NOW)).unwrap();
    let decided = |now: u64, limits: Limits| {
        let request = request("pay", r#"{"amount": 5}"#);
        let proof = Proof::sign(&a, &chain, &request, proof_id(), at(now)).unwrap();
        decide(&chain, &proof, &request, &trust().limits(limits), now)
    };
    let default = Limits::default();
    match FORMAT {
        // The draft's skew is for `iat` alone.
        keybound::Format::Aat => assert_eq!(code(decided(ends, default)), "time.expired"),
        _ => assert_eq!(decided(ends + 29, default).unwrap().leeway_used(), 30),
    }
    assert_eq!(decided(ends - 1, default).unwrap().leeway_used(), 0);
    assert_eq!(code(decided(ends + 30, default)), "time.expired");
    assert_eq!(code(decided(ends + 31, default)), "time.expired");
    assert_eq!(decided(begins - 29, default).unwrap().leeway_used(), 29);
    assert!(decided(begins - 30, default).is_ok());
    assert_eq!(code(decided(begins - 31, default)), "time.not_yet_valid");
    let strict = Limits { skew: 0, ..default };
    assert_eq!(code(decided(ends, strict)), "time.expired");
    assert!(decided(ends - 1, strict).is_ok());
}

#[test]
fn c11_and_g6_agent_user_and_task_are_distinct_typed_fields() {
    let a = key(2);
    let permit = call(&root(&a), &a, "pay", r#"{"amount": 5}"#).unwrap();
    // A sample policy that refuses on each one alone.
    let allowed = |permit: &keybound::Permit, instance: &str, user: &str, tool: &str| {
        permit.agent().is_some_and(|agent| agent.instance() == instance)
            && permit.principal() == Some(user)
            && permit.tool() == tool
    };
    assert!(allowed(&permit, "a1", "user:ada", "pay"));
    assert!(!allowed(&permit, "a2", "user:ada", "pay"));
    assert!(!allowed(&permit, "a1", "user:bob", "pay"));
    assert!(!allowed(&permit, "a1", "user:ada", "records.read"));
    assert_eq!(permit.task(), Some("task-7"));
}

#[test]
fn g1_each_hop_says_who_authorised_whom_when_and_with_what() {
    let (a, b) = (key(2), key(3));
    let less = tools(r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 10}}}"#);
    let narrowing = Narrowing::to(b.public_key()).tools(less).agent(agent("a2")).lifetime(60);
    let chain = root(&a).delegate(&a, narrowing, token_id(), at(NOW)).unwrap();
    let lineage = call(&chain, &b, "pay", r#"{"amount": 5}"#).unwrap().lineage();
    let [first, second] = lineage.as_slice() else { panic!("two hops") };
    assert_eq!(
        (first.delegator, first.holder),
        (issuer().public_key().thumbprint(), a.public_key().thumbprint())
    );
    assert_eq!((second.delegator, second.holder), (a.public_key().thumbprint(), b.public_key().thumbprint()));
    assert_eq!((second.issued_at, second.expires, second.depth), (at(NOW), at(NOW + 60), 1));
    assert_eq!(second.agent.as_ref().map(keybound::AgentId::instance), Some("a2"));
    assert!(first.narrowed.is_empty());
    let narrowed: Vec<String> = second.narrowed.iter().map(ToString::to_string).collect();
    assert!(narrowed.iter().any(|text| text.contains("records.read")), "{narrowed:?}");
    assert!(narrowed.iter().any(|text| text.contains("amount")), "{narrowed:?}");
}

#[test]
fn g3_g5_and_g8_five_hops_are_made_and_checked_without_asking_anyone() {
    let keys: Vec<_> = (2..8).map(key).collect();
    let chain = chain(&keys.iter().collect::<Vec<_>>());
    let permit = call(&chain, &keys[5], "pay", r#"{"amount": 5}"#).unwrap();
    assert_eq!(permit.lineage().len(), 6);
}

#[test]
fn g4_a_chain_without_a_principal_is_refused_when_one_is_required() {
    let a = key(2);
    let authority = tools(r#"{"pay": {}}"#);
    let chain = keybound::Grant::new(ISSUER, a.public_key(), authority)
        .audience([TOOLS])
        .sign(&issuer(), token_id(), at(NOW))
        .unwrap();
    assert_eq!(code(call(&chain, &a, "pay", "{}")), "chain.identity_missing");
    let request = request("pay", "{}");
    let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW)).unwrap();
    assert_eq!(
        decide(&chain, &proof, &request, &trust().identity_optional(), NOW).unwrap().principal(),
        None
    );
}

#[test]
fn g7_and_l4_depth_five_is_accepted_and_six_refused() {
    let keys: Vec<_> = (2..9).map(key).collect();
    let chain = chain(&keys.iter().take(6).collect::<Vec<_>>());
    assert_eq!(call(&chain, &keys[5], "pay", r#"{"amount": 5}"#).unwrap().lineage().last().unwrap().depth, 5);
    let refusal =
        chain.delegate(&keys[5], Narrowing::to(keys[6].public_key()), token_id(), at(NOW)).unwrap_err();
    assert_eq!((refusal.code().as_str(), refusal.limit()), ("chain.depth_exceeded", Some("5")));
    let strict = trust().limits(Limits { depth: 4, ..Limits::default() });
    // Six tokens are too many; in AAT-02 the root allows more than this verifier does.
    let expected = if FORMAT == keybound::Format::Aat { "chain.depth_exceeded" } else { "chain.too_long" };
    assert_eq!(code(chain.verify(&strict, at(NOW))), expected);
}

#[test]
fn g9_a_refused_call_names_the_hop_that_set_the_limit() {
    let (a, b, c) = (key(2), key(3), key(4));
    let less = tools(r#"{"pay": {"amount": {"constraint_type": "range", "min": 0, "max": 10}}}"#);
    let chain = root(&a)
        .delegate(&a, Narrowing::to(b.public_key()).tools(less), token_id(), at(NOW))
        .and_then(|chain| chain.delegate(&b, Narrowing::to(c.public_key()), token_id(), at(NOW)))
        .unwrap();
    let refusal = call(&chain, &c, "pay", r#"{"amount": 50}"#).unwrap_err();
    assert_eq!((refusal.link(), refusal.tool(), refusal.argument()), (Some(1), Some("pay"), Some("amount")));
    assert!(refusal.limit().is_some_and(|limit| limit.contains("10")), "{refusal}");
    let refusal = call(&chain, &c, "pay", r#"{"amount": 500}"#).unwrap_err();
    assert_eq!(refusal.link(), Some(0));
}

#[test]
fn k2_a_hostile_tool_that_keeps_what_it_received_cannot_use_it_elsewhere() {
    let a = key(2);
    let chain =
        grant(&a).audience([TOOLS, "https://other.example"]).sign(&issuer(), token_id(), at(NOW)).unwrap();
    let here = request("pay", r#"{"amount": 5}"#);
    let received = Proof::sign(&a, &chain, &here, proof_id(), at(NOW)).unwrap();
    let elsewhere = Request::new("pay", here.arguments().clone(), "https://other.example").unwrap();
    let other =
        Trust::new(["https://other.example"], Memory::default()).anchor(ISSUER, &issuer().public_key());
    assert_eq!(code(decide(&chain, &received, &elsewhere, &other, NOW)), "proof.wrong_audience");
    // The agent itself may call there: with a proof of its own.
    let own = Proof::sign(&a, &chain, &elsewhere, proof_id(), at(NOW)).unwrap();
    assert!(decide(&chain, &own, &elsewhere, &other, NOW).is_ok());
}

#[test]
fn k3_what_an_agent_can_print_is_worth_nothing() {
    let (a, thief) = (key(2), key(9));
    let chain = root(&a);
    let printed = format!(
        "{a:?} {chain:?} {:?}",
        Proof::sign(&a, &chain, &request("pay", r#"{"amount": 5}"#), proof_id(), at(NOW)).unwrap()
    );
    for secret in [&[2_u8; 32][..], chain.as_bytes()] {
        assert!(!printed.contains(&hex::encode(secret)));
    }
    // Even with the whole token, the thief has no proof to show.
    assert_eq!(code(call(&chain, &thief, "pay", r#"{"amount": 5}"#)), "proof.not_the_holder");
    assert_eq!(
        code(chain.delegate(&thief, Narrowing::to(thief.public_key()), token_id(), at(NOW))),
        "proof.not_the_holder"
    );
}

#[test]
fn k5_stolen_key_and_token_reach_one_task_until_they_expire() {
    let a = key(2);
    let chain = root(&a);
    assert!(call(&chain, &a, "pay", r#"{"amount": 5}"#).is_ok());
    assert_eq!(code(call(&chain, &a, "admin.create_user", "{}")), "call.tool_not_granted");
    let request = request("pay", r#"{"amount": 5}"#);
    let proof = Proof::sign(&a, &chain, &request, proof_id(), at(NOW + 331)).unwrap();
    assert_eq!(code(decide(&chain, &proof, &request, &trust(), NOW + 331)), "time.expired");
}

#[test]
fn l9_tokens_verify_with_nothing_but_the_anchor() {
    // No issuer, no service, no network: the trust is a name and a public key.
    let a = key(2);
    let anchor = keybound::PublicKey::from_bytes(issuer().public_key().as_bytes()).unwrap();
    let trust = Trust::new([TOOLS], Memory::default()).anchor(ISSUER, &anchor);
    assert!(root(&a).verify(&trust, at(NOW)).is_ok());
}

#[test]
fn the_replay_memory_is_asked_last_and_once() {
    let memory = std::sync::Arc::new(Memory::default());
    let trust = Trust::new([TOOLS], memory.clone()).anchor(ISSUER, &issuer().public_key());
    let a = key(2);
    let chain = root(&a);
    let request = request("pay", r#"{"amount": 500}"#);
    let id = proof_id();
    let proof = Proof::sign(&a, &chain, &request, id, at(NOW)).unwrap();
    assert_eq!(code(decide(&chain, &proof, &request, &trust, NOW)), "call.argument_refused");
    // The refused call left nothing behind.
    let entry = keybound::ReplayEntry { holder: *a.public_key().as_bytes(), proof: id, until: at(NOW + 31) };
    assert_eq!(memory.remember(&entry, at(NOW)), keybound::Replay::Fresh);
}

#[test]
fn keys_that_live_elsewhere_sign_in_three_steps() {
    use ed25519_dalek::Signer as _;
    let outside = |seed: u8, message: &[u8]| {
        ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).sign(message).to_bytes()
    };
    let (a, b) = (key(2), key(3));
    let root = grant(&a).prepare(&issuer().public_key(), token_id(), at(NOW)).unwrap();
    assert_eq!(*root.signer(), issuer().public_key());
    let signature = outside(1, root.to_be_signed());
    let root = root.finish(&signature).unwrap();
    let child = root.prepare_delegation(Narrowing::to(b.public_key()), token_id(), at(NOW)).unwrap();
    let signature = outside(2, child.to_be_signed());
    let child = child.finish(&signature).unwrap();
    let request = request("pay", r#"{"amount": 5}"#);
    let proof = Proof::prepare(&child, &request, proof_id(), at(NOW)).unwrap();
    let signature = outside(3, proof.to_be_signed());
    let proof = proof.finish(&signature).unwrap();
    assert_eq!(decide(&child, &proof, &request, &trust(), NOW).unwrap().lineage().len(), 2);
    // Another key's signature is noticed before anything is sent.
    let child = root.prepare_delegation(Narrowing::to(b.public_key()), token_id(), at(NOW)).unwrap();
    let signature = outside(9, child.to_be_signed());
    assert_eq!(code(child.finish(&signature)), "chain.bad_signature");
}

/// The library side, a standard JOSE library that verifies our tokens, is in `tests/judges`; here the JWS itself is taken apart.
#[test]
fn b4_an_eddsa_jwt_of_ours_is_a_compact_jws_under_the_published_key() {
    let chain = grant(&key(2)).format(keybound::Format::Aat).sign(&issuer(), token_id(), at(NOW)).unwrap();
    let text = std::str::from_utf8(chain.as_bytes()).unwrap();
    let token = text.strip_prefix("{\"aat_chain\":[\"").unwrap().strip_suffix("\"]}").unwrap();
    let published = |key: &str| Jwks::parse(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap();
    let open =
        |keys: &Jwks| Jws::open(token, &["aat+jwt"], Algorithms::ED25519, keys).unwrap().verify(&NoEs256);
    let payload = open(&published(&issuer().public_key().to_jwk())).unwrap();
    assert!(String::from_utf8(payload).unwrap().contains("\"sub\":\"user:ada\""));
    assert!(open(&published(&key(9).public_key().to_jwk())).is_err());
}

/// What a workload shows (JWT-SVID) is read: who it is, from which trust domain. The signature is ES256, so the host checks it.
#[test]
fn c8_a_jwt_svid_names_the_workload_and_only_with_a_good_signature() {
    /// Answers as told, to show that nothing passes without the host's yes.
    struct Host(bool);
    impl Es256 for Host {
        fn verify(&self, _: &Es256Check) -> Result<(), BadSignature> {
            if self.0 { Ok(()) } else { Err(BadSignature) }
        }
    }
    // {"alg":"ES256","typ":"JWT"} and {"aud":["https://issuer.example"],"exp":1700000300,"sub":"spiffe://acme.example/web/1"}
    let svid = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOlsiaHR0cHM6Ly9pc3N1ZXIuZXhhbXBsZSJdLCJleHAiOjE3MDAwMDAzMDAsInN1YiI6InNwaWZmZTovL2FjbWUuZXhhbXBsZS93ZWIvMSJ9.\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let bundle = |used: &str| {
        format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","use":"{used}","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}}]}}"#
        )
    };
    let decided = |domain: &str, audience: &str, used: &str, now: u64, answer: bool| {
        let svids = JwtSvids::new(domain, [audience], bundle(used).as_bytes())?;
        svids.open(svid)?.decide(&Host(answer), at(now))
    };
    let subject = decided("acme.example", ISSUER, "jwt-svid", NOW, true).unwrap();
    assert_eq!((subject.as_str(), subject.agent()), ("spiffe://acme.example/web/1", None));
    for (domain, audience, used, now, answer, expected) in [
        ("acme.example", ISSUER, "jwt-svid", NOW, false, "access_token.bad_signature"),
        ("acme.example", ISSUER, "x509-svid", NOW, true, "access_token.unknown_key"),
        ("acme.example", ISSUER, "sig", NOW, true, "access_token.unknown_key"),
        ("other.example", ISSUER, "jwt-svid", NOW, true, "access_token.wrong_issuer"),
        ("acme.example", TOOLS, "jwt-svid", NOW, true, "call.not_our_audience"),
        ("acme.example", ISSUER, "jwt-svid", NOW + 331, true, "time.expired"),
        ("ACME", ISSUER, "jwt-svid", NOW, true, "claims.wrong"),
    ] {
        assert_eq!(code(decided(domain, audience, used, now, answer)), expected);
    }
}

/// A second suite, chosen by its identifier, for what stock clients send; an unknown one is refused, and so is one that is not the key's.
#[test]
fn l22_a_second_suite_is_selectable_and_an_unknown_one_refused() {
    let guard = |algorithms| dpop::Guard::new([TOOLS], Memory::default()).unwrap().algorithms(algorithms);
    let call = dpop::Call::new("GET", "/").unwrap();
    let header = |alg: &str, jwk: &str| {
        let text = format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{jwk}}}"#);
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let letter =
                |place: usize| char::from(alphabet[usize::try_from(word >> (18 - 6 * place) & 63).unwrap()]);
            out.extend((0..=chunk.len()).map(letter));
        }
        format!("{out}.e30.{}", "A".repeat(86))
    };
    let p256 = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
    let ed25519 = key(2).public_key().to_jwk();
    let open = |algorithms, alg: &str, jwk: &str| guard(algorithms).open(&[&header(alg, jwk)], &call, None);
    assert!(open(Algorithms::DEFAULT, "ES256", p256).unwrap().es256().is_some());
    assert!(open(Algorithms::DEFAULT, "Ed25519", &ed25519).unwrap().es256().is_none());
    for (algorithms, alg, jwk, expected) in [
        (Algorithms::ED25519, "ES256", p256, "envelope.wrong_algorithm"),
        (Algorithms::DEFAULT, "ES999", p256, "envelope.wrong_algorithm"),
        (Algorithms::DEFAULT, "ML-DSA-44", &ed25519, "envelope.wrong_algorithm"),
        (Algorithms::DEFAULT, "ES256", &ed25519, "jose.wrong_key_type"),
    ] {
        assert_eq!(code(open(algorithms, alg, jwk)), expected);
    }
}
