//! Lists of revocations through the public functions: what is written is read, and what is read is obeyed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod common;

use common::{ISSUER, NOW, agent, at, chain, code, decide, grant, key, proof_id, request, token_id, trust};
use keybound::{
    Chain, Digest, Limits, Permit, Proof, Refusal, SigningKey, TokenId,
    revocation::{Delta, Level, ListTimes, RevocationList, RevocationSource, Revoked, RevokedId, Snapshot},
};

const LISTER: u8 = 50;

fn source() -> RevocationSource {
    RevocationSource::new(ISSUER, &key(LISTER).public_key())
}

fn times(issued_at: u64) -> ListTimes {
    ListTimes { issued_at: at(issued_at), next_update: at(issued_at + 10), expires: at(issued_at + 30) }
}

fn entry(id: u8, until: u64) -> Revoked {
    Revoked { id: RevokedId::token(&TokenId::from_bytes([id; 16])), until: at(until) }
}

fn snapshot(seq: u64, issued_at: u64, entries: &[Revoked]) -> Snapshot {
    Snapshot::new(ISSUER, seq, times(issued_at), entries.iter().copied()).unwrap()
}

fn bytes(snapshot: &Snapshot) -> Vec<u8> {
    snapshot.sign(&key(LISTER)).unwrap().into_bytes()
}

fn delta_bytes(delta: &Delta) -> Vec<u8> {
    delta.sign(&key(LISTER)).unwrap().into_bytes()
}

fn read(bytes: &[u8], known: Option<&RevocationList>) -> Result<RevocationList, Refusal> {
    source().read(bytes, known, at(NOW))
}

/// Decides an honest call by the leaf of a chain of three, under a list that revokes `id`.
fn decide_under(
    id: RevokedId,
    list_issuer: &str,
    chain: &Chain,
    leaf: &SigningKey,
    now: u64,
) -> Result<Permit, Refusal> {
    let entries = [Revoked { id, until: at(NOW + 1000) }];
    let list = Snapshot::new(list_issuer, 1, times(NOW), entries).unwrap().sign(&key(LISTER)).unwrap();
    let source = RevocationSource::new(list_issuer, &key(LISTER).public_key());
    let list = source.read(list.as_bytes(), None, at(NOW)).unwrap();
    let request = request("pay", r#"{"amount": 1}"#);
    let proof = Proof::sign(leaf, chain, &request, proof_id(), at(NOW)).unwrap();
    decide(chain, &proof, &request, &trust().revocation(list), now)
}

#[test]
fn each_level_takes_back_what_it_names_and_nothing_beside_it() {
    let (a, b, c, other) = (key(2), key(3), key(4), key(5));
    let chain = chain(&[&a, &b, &c]);
    let links = {
        let request = request("pay", r#"{"amount": 1}"#);
        let proof = Proof::sign(&c, &chain, &request, proof_id(), at(NOW)).unwrap();
        decide(&chain, &proof, &request, &trust(), NOW).unwrap().lineage().to_vec()
    };
    for (place, hop) in links.iter().enumerate() {
        for id in [RevokedId::token(&hop.token_id), RevokedId::chain(hop.digest)] {
            let refusal = decide_under(id, ISSUER, &chain, &c, NOW).unwrap_err();
            assert_eq!(
                (refusal.code().as_str(), refusal.link()),
                ("revocation.revoked", Some(place)),
                "{id:?}"
            );
        }
    }
    for (place, holder) in [&a, &b, &c].into_iter().enumerate() {
        let refusal =
            decide_under(RevokedId::holder(&holder.public_key()), ISSUER, &chain, &c, NOW).unwrap_err();
        assert_eq!((refusal.code().as_str(), refusal.link()), ("revocation.revoked", Some(place)));
    }
    for id in [RevokedId::agent(&agent("a1")), RevokedId::task("task-7")] {
        let refusal = decide_under(id, ISSUER, &chain, &c, NOW).unwrap_err();
        assert_eq!((refusal.code().as_str(), refusal.link()), ("revocation.revoked", Some(0)), "{id:?}");
    }
    for honest in [
        RevokedId::token(&TokenId::from_bytes([0xee; 16])),
        RevokedId::chain(Digest::of(b"another")),
        RevokedId::agent(&agent("a2")),
        RevokedId::task("task-8"),
        RevokedId::holder(&other.public_key()),
        // The same bytes at another level say nothing.
        RevokedId::from_parts(Level::Key, *links[0].token_id.as_bytes()),
    ] {
        assert!(decide_under(honest, ISSUER, &chain, &c, NOW).is_ok(), "{honest:?}");
    }
}

#[test]
fn no_list_of_the_issuer_and_a_stale_one_refuse() {
    let a = key(2);
    let chain = grant(&a).sign(&common::issuer(), token_id(), at(NOW)).unwrap();
    let nothing = RevokedId::task("another");
    assert!(decide_under(nothing, ISSUER, &chain, &a, NOW + 30).is_ok());
    assert_eq!(code(decide_under(nothing, ISSUER, &chain, &a, NOW + 31)), "revocation.stale");
    assert_eq!(code(decide_under(nothing, "https://other.example", &chain, &a, NOW)), "revocation.stale");
}

#[test]
fn an_entry_counts_until_it_ends_and_then_leaves() {
    let list = read(&bytes(&snapshot(1, NOW, &[entry(1, NOW + 5), entry(2, NOW)])), None).unwrap();
    let id = RevokedId::token(&TokenId::from_bytes([1; 16]));
    assert_eq!(list.len(), 1, "what had ended when the list was made was left out");
    assert!(list.has(&id, at(NOW + 4)) && !list.has(&id, at(NOW + 5)));
    let later = snapshot(2, NOW + 5, &[entry(3, NOW + 100)]);
    let delta = delta_bytes(&later.delta(1, [entry(3, NOW + 100)]).unwrap());
    let list = read(&delta, Some(&list)).unwrap();
    assert_eq!((list.seq(), list.len(), list.digest()), (2, 1, later.digest()));
}

#[test]
fn of_two_entries_with_one_id_the_later_end_stays() {
    let once = snapshot(1, NOW, &[entry(1, NOW + 90), entry(1, NOW + 50), entry(1, NOW + 60)]);
    assert_eq!(once.digest(), snapshot(1, NOW, &[entry(1, NOW + 90)]).digest());
    let list = read(&bytes(&once), None).unwrap();
    for (again, end) in [(NOW + 50, NOW + 90), (NOW + 200, NOW + 200)] {
        let result = snapshot(2, NOW, &[entry(1, end)]);
        let list = read(&delta_bytes(&result.delta(1, [entry(1, again)]).unwrap()), Some(&list)).unwrap();
        assert!(list.has(&entry(1, 0).id, at(end - 1)), "{again}");
        assert!(!list.has(&entry(1, 0).id, at(end)), "{again}");
    }
}

#[test]
fn a_beat_renews_a_list_and_drops_what_has_ended() {
    let list = read(&bytes(&snapshot(4, NOW, &[entry(1, NOW + 5), entry(2, NOW + 500)])), None).unwrap();
    let beat =
        |issued_at, entries: &[Revoked]| delta_bytes(&snapshot(4, issued_at, entries).delta(4, []).unwrap());
    let same = read(&beat(NOW + 1, &[entry(1, NOW + 5), entry(2, NOW + 500)]), Some(&list)).unwrap();
    assert_eq!((same.seq(), same.len(), same.times()), (4, 2, times(NOW + 1)));
    let fewer = read(&beat(NOW + 5, &[entry(2, NOW + 500)]), Some(&same)).unwrap();
    assert_eq!((fewer.seq(), fewer.len()), (4, 1));
    assert_eq!(code(read(&beat(NOW + 1, &[]), Some(&list))), "revocation.wrong_result");
    // A whole list under the same number is the same list, too.
    assert!(read(&bytes(&snapshot(4, NOW + 5, &[entry(2, NOW + 500)])), Some(&same)).is_ok());
    assert_eq!(code(read(&bytes(&snapshot(4, NOW + 5, &[])), Some(&same))), "revocation.conflict");
}

#[test]
fn what_a_delta_gives_is_what_the_whole_list_says() {
    // A generator of numbers with a fixed seed: 2,000 entries over five levels, 40 deltas.
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut known: Vec<Revoked> = Vec::new();
    let mut list = read(&bytes(&snapshot(0, NOW, &[])), None).unwrap();
    for seq in 1..=40_u64 {
        let added: Vec<Revoked> = (0..50)
            .map(|_| {
                let level = Level::ALL[usize::try_from(next() % 5).unwrap()];
                let id = *Digest::of(&(next() % 1500).to_be_bytes()).as_bytes().first_chunk().unwrap();
                Revoked { id: RevokedId::from_parts(level, id), until: at(NOW + 1 + next() % 60) }
            })
            .collect();
        known.extend(&added);
        let whole = snapshot(seq, NOW + seq / 2, &known);
        list = read(&delta_bytes(&whole.delta(seq - 1, added).unwrap()), Some(&list)).unwrap();
        let again = read(&bytes(&whole), None).unwrap();
        assert_eq!((list.digest(), list.len()), (again.digest(), again.len()));
        let counts = |entry: &&Revoked| entry.until > at(NOW + seq / 2);
        for entry in known.iter().filter(counts) {
            assert!(list.has(&entry.id, at(NOW + seq / 2)) && again.has(&entry.id, at(NOW + seq / 2)));
        }
    }
    assert!(list.len() > 500, "{}", list.len());
}

#[test]
fn ids_chosen_to_be_alike_are_found() {
    // 500 ids that differ in their last two bytes only, so every signpost says the same.
    let alike = |n: u16| {
        let mut id = [9; 16];
        id[14..].copy_from_slice(&n.to_be_bytes());
        RevokedId::from_parts(Level::Token, id)
    };
    let entries: Vec<_> = (0..500).map(|n| Revoked { id: alike(n * 2), until: at(NOW + 9) }).collect();
    let list = read(&bytes(&snapshot(1, NOW, &entries)), None).unwrap();
    for n in 0..1000 {
        assert_eq!(list.has(&alike(n), at(NOW)), n % 2 == 0, "{n}");
    }
    assert!(!list.has(&RevokedId::from_parts(Level::Token, [8; 16]), at(NOW)));
    assert!(!list.has(&RevokedId::from_parts(Level::Token, [10; 16]), at(NOW)));
}

#[test]
fn the_order_of_lists_is_kept() {
    let list = read(&bytes(&snapshot(5, NOW, &[entry(1, NOW + 99)])), None).unwrap();
    let whole = |seq, issued_at| read(&bytes(&snapshot(seq, issued_at, &[entry(1, NOW + 99)])), Some(&list));
    assert!(whole(5, NOW).is_ok() && whole(5, NOW + 1).is_ok() && whole(9, NOW).is_ok());
    assert_eq!(code(whole(4, NOW + 1)), "revocation.rollback");
    assert_eq!(code(whole(6, NOW - 1)), "revocation.rollback");
    let delta = |from, to| {
        let result = snapshot(to, NOW, &[entry(1, NOW + 99), entry(2, NOW + 99)]);
        read(&delta_bytes(&result.delta(from, [entry(2, NOW + 99)]).unwrap()), Some(&list))
    };
    assert!(delta(5, 6).is_ok());
    assert_eq!(code(delta(4, 5)), "revocation.rollback");
    assert_eq!(code(delta(3, 4)), "revocation.rollback");
    assert_eq!(code(delta(4, 6)), "revocation.gap");
    assert_eq!(code(delta(6, 7)), "revocation.gap");
    let first = snapshot(1, NOW, &[]).delta(0, []).unwrap();
    assert_eq!(code(read(&delta_bytes(&first), None)), "revocation.gap");
}

#[test]
fn a_writer_refuses_what_a_reader_would() {
    let sign = |times| Snapshot::new(ISSUER, 1, times, []).unwrap().sign(&key(LISTER));
    assert!(sign(times(NOW)).is_ok());
    let ListTimes { issued_at, next_update, expires } = times(NOW);
    for wrong in [
        ListTimes { issued_at, next_update: issued_at, expires },
        ListTimes { issued_at, next_update: at(NOW + 31), expires },
        ListTimes { issued_at, next_update, expires: at(NOW + 3601) },
    ] {
        assert_eq!(code(sign(wrong)), "revocation.bad_lifetime");
    }
    let backwards = snapshot(3, NOW, &[]).delta(4, []).unwrap().sign(&key(LISTER));
    assert_eq!(code(backwards), "claims.wrong");
    let standing = snapshot(3, NOW, &[]).delta(3, [entry(1, NOW + 9)]).unwrap().sign(&key(LISTER));
    assert_eq!(code(standing), "claims.wrong");
    assert_eq!(code(Snapshot::new("", 1, times(NOW), []).unwrap().sign(&key(LISTER))), "claims.wrong");
    assert_eq!(code(snapshot(1 << 53, NOW, &[]).sign(&key(LISTER))), "claims.wrong");
    assert_eq!(code(Snapshot::new(ISSUER, 1, times(NOW), [entry(1, 1 << 32)])), "claims.wrong");
    let prepared = snapshot(1, NOW, &[]).prepare(&key(LISTER).public_key()).unwrap();
    assert_eq!(code(prepared.finish(&[0; 64])), "revocation.bad_signature");
}

#[test]
fn a_host_sets_its_own_limits_and_keys() {
    let whole = bytes(&snapshot(1, NOW, &[entry(1, NOW + 9)]));
    let small = Limits { revocation_bytes: u32::try_from(whole.len()).unwrap() - 1, ..Limits::default() };
    assert_eq!(code(source().limits(small).read(&whole, None, at(NOW))), "bytes.too_large");
    let short = Limits { revocation_lifetime: 29, ..Limits::default() };
    assert_eq!(code(source().limits(short).read(&whole, None, at(NOW))), "revocation.bad_lifetime");
    let other = RevocationSource::new(ISSUER, &key(51).public_key());
    assert_eq!(code(other.clone().read(&whole, None, at(NOW))), "revocation.bad_signature");
    assert!(other.key(&key(LISTER).public_key()).read(&whole, None, at(NOW)).is_ok());
}

#[test]
fn ids_are_kept_as_bytes_and_come_back() {
    for (place, level) in Level::ALL.into_iter().enumerate() {
        let id = RevokedId::from_parts(level, [7; 16]);
        let kept = id.to_bytes();
        assert_eq!((usize::from(kept[0]), &kept[1..]), (place, &[7; 16][..]));
        assert_eq!(RevokedId::from_bytes(&kept).unwrap(), id);
        assert_eq!(Level::named(level.as_str()), Some(level));
    }
    assert_eq!(code(RevokedId::from_bytes(&[5; 17])), "claims.wrong");
    assert_eq!(code(RevokedId::from_bytes(&[0; 16])), "claims.wrong");
    let outliving = Revoked::outliving(RevokedId::task("t"), at(NOW));
    assert_eq!(outliving.until, at(NOW + 60));
}
