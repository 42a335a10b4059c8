//! A call under a list.

use super::scene::{AGENT, CHAIN, Draft, END, KEY, LISTER, SEQ, TASK, TOKEN, feed, feed_with, id, strangers};
use crate::forge::cbor::Item;
use crate::forge::revocations::Sets;
use crate::forge::{public_key, sha256};
use crate::make::scene::{HOLDERS, ISSUER, NOW, STRANGER, Scene, agent, token_id};
use crate::make::topic::{Control, Topic};

/// The first 16 bytes of a hash.
fn front(hash: [u8; 32]) -> [u8; 16] {
    hash[..16].try_into().expect("16 bytes")
}

/// SHA-256 of the COSE_Key of a seed's public key (RFC 9679).
fn thumbprint(seed: &[u8; 32]) -> [u8; 16] {
    let key = vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(public_key(seed)))];
    front(sha256(&Item::claims(key).encode()))
}

/// The entries of the control and one more.
fn with(level: usize, id: [u8; 16], until: u64) -> Sets {
    let mut sets = strangers();
    sets[level].push((id, until));
    sets[level].sort_unstable();
    sets
}

fn under(scene: &mut Scene, sets: Sets) {
    scene.trust.revocation = Some(vec![feed_with(&[Draft::whole(SEQ, NOW - 2, sets)])]);
}

pub(super) fn add(t: &mut Topic) {
    let c = t.control(
        "call_under_a_list",
        "the list names others at every level",
        "Revoked",
        &Scene::of(3),
        |s| {
            under(s, strangers());
        },
    );
    levels(t, &c);
    freshness(t, &c);
    issuers(t, &c);
    deltas(t);
    mixed(t);
}

fn levels(t: &mut Topic, c: &Control) {
    for (depth, place, flags) in
        [(0, "root", "Revoked R2"), (1, "middle", "Revoked R2"), (2, "leaf", "Revoked R1")]
    {
        let digest = front(sha256(&Scene::of(3).tokens()[depth]));
        for (level, what, id) in [
            (TOKEN, "token", token_id(depth)),
            (CHAIN, "chain", digest),
            (AGENT, "agent", front(sha256(agent(depth).as_bytes()))),
            (KEY, "key", thumbprint(&HOLDERS[depth])),
        ] {
            let (name, comment) =
                (format!("{what}_of_{place}_revoked"), format!("the {what} of the {place} is on the list"));
            t.fault(c, &name, &comment, flags, "revocation.revoked", Some(depth), |s| {
                under(s, with(level, id, END))
            });
        }
    }
    let task = front(sha256(b"t-42"));
    t.fault(c, "task_revoked", "the task is on the list", "Revoked R2", "revocation.revoked", Some(0), |s| {
        under(s, with(TASK, task, END))
    });
    // An agent that a link does not name is its parent's.
    let unnamed = |scene: &mut Scene| {
        scene.links[1].drop_member(3);
        scene.links[2].drop_member(3);
        under(scene, strangers());
    };
    let silent = t.control(
        "call_by_an_agent_named_above",
        "only the root names the agent",
        "Revoked",
        &Scene::of(3),
        unnamed,
    );
    t.fault(
        &silent,
        "agent_named_above_revoked",
        "and that agent is on the list",
        "Revoked R2",
        "revocation.revoked",
        Some(0),
        |s| under(s, with(AGENT, front(sha256(agent(0).as_bytes())), END)),
    );
    // The right bytes at the wrong level revoke nothing.
    t.control(
        "ids_at_other_levels",
        "the ids of this chain, each at another level",
        "Revoked",
        &Scene::of(3),
        |s| {
            let mut sets = strangers();
            sets[CHAIN].push((token_id(0), END));
            sets[TASK].push((front(sha256(agent(0).as_bytes())), END));
            sets[AGENT].push((task, END));
            sets[TOKEN].push((thumbprint(&HOLDERS[0]), END));
            sets[KEY].push((front(sha256(&Scene::of(3).tokens()[0])), END));
            sets.iter_mut().for_each(|set| set.sort_unstable());
            under(s, sets);
        },
    );
    t.control(
        "token_and_fixed_list",
        "a feed beside a fixed list of tokens",
        "Revoked",
        &Scene::of(3),
        |s| {
            under(s, strangers());
            s.trust.revoked = Some(vec![hex::encode(id(9))]);
        },
    );
    t.fault(
        c,
        "fixed_list_counts_beside_a_feed",
        "the fixed list names the root",
        "Revoked R2",
        "revocation.revoked",
        Some(0),
        |s| s.trust.revoked = Some(vec![hex::encode(token_id(0))]),
    );
}

fn freshness(t: &mut Topic, c: &Control) {
    t.fault(
        c,
        "call_without_a_list",
        "the feed has no list yet",
        "Stale R9",
        "revocation.stale",
        Some(0),
        |s| s.trust.revocation = Some(vec![feed()]),
    );
    let last = t.control(
        "call_at_the_end_of_the_list",
        "the last second of the list",
        "Stale",
        &Scene::of(3),
        |s| {
            under(s, strangers());
            s.now = NOW + 28;
        },
    );
    t.fault(
        &last,
        "call_under_a_stale_list",
        "the second after it",
        "Stale R8",
        "revocation.stale",
        Some(0),
        |s| s.now = NOW + 29,
    );
    let ended = t.control(
        "entry_has_ended",
        "the root is on the list, and the entry has ended",
        "Revoked",
        &Scene::of(3),
        |s| {
            under(s, with(TOKEN, token_id(0), NOW));
        },
    );
    t.fault(
        &ended,
        "entry_ends_next_second",
        "the entry ends a second later",
        "Revoked",
        "revocation.revoked",
        Some(0),
        |s| under(s, with(TOKEN, token_id(0), NOW + 1)),
    );
}

fn issuers(t: &mut Topic, c: &Control) {
    let other = |sets: Sets| {
        let mut draft = Draft::whole(SEQ, NOW - 2, sets);
        draft.statement.issuer = "https://other.example".into();
        draft.seal.signer = STRANGER;
        let mut feed = feed_with(&[draft]);
        feed.issuer = "https://other.example".into();
        feed.keys = vec![hex::encode(public_key(&STRANGER))];
        feed
    };
    t.control(
        "other_issuer_revokes",
        "another issuer's list names the root, ours does not",
        "Revoked R7",
        &Scene::of(3),
        |s| {
            under(s, strangers());
            s.trust.revocation.get_or_insert_default().push(other(with(TOKEN, token_id(0), END)));
        },
    );
    t.fault(
        c,
        "only_another_issuer",
        "there is a list, but of another issuer",
        "Stale R9",
        "revocation.stale",
        Some(0),
        |s| s.trust.revocation = Some(vec![other(strangers())]),
    );
    t.fault(
        c,
        "second_feed_revokes",
        "of two feeds of the issuer the second names the root",
        "Revoked R2",
        "revocation.revoked",
        Some(0),
        |s| {
            let mut second = Draft::whole(3, NOW - 1, with(TOKEN, token_id(0), END));
            second.seal.signer = LISTER;
            assert_eq!(second.statement.issuer, ISSUER);
            s.trust.revocation.get_or_insert_default().push(feed_with(&[second]));
        },
    );
    t.fault(
        c,
        "second_feed_without_a_list",
        "of two feeds of the issuer the second has no list",
        "Stale R9",
        "revocation.stale",
        Some(0),
        |s| {
            s.trust.revocation.get_or_insert_default().push(feed());
        },
    );
}

fn deltas(t: &mut Topic) {
    let first = || Draft::whole(SEQ, NOW - 2, strangers());
    let add = |level: usize, id: [u8; 16]| {
        let mut sets = Sets::default();
        sets[level] = vec![(id, END)];
        sets
    };
    let c = t.control("call_after_a_delta", "a delta named another token", "Revoked", &Scene::of(3), |s| {
        let delta = Draft::delta(SEQ, SEQ + 1, NOW - 1, &strangers(), add(TOKEN, id(0x77)));
        s.trust.revocation = Some(vec![feed_with(&[first(), delta])]);
    });
    for (name, comment, level, id, link) in [
        ("delta_revokes_the_leaf", "a delta named the leaf", TOKEN, token_id(2), 2),
        ("delta_revokes_the_root", "a delta named the root", TOKEN, token_id(0), 0),
        ("delta_revokes_the_task", "a delta named the task", TASK, front(sha256(b"t-42")), 0),
        ("delta_revokes_a_key", "a delta named the key of the middle", KEY, thumbprint(&HOLDERS[1]), 1),
    ] {
        t.fault(&c, name, comment, "Revoked R1", "revocation.revoked", Some(link), |s| {
            let delta = Draft::delta(SEQ, SEQ + 1, NOW - 1, &strangers(), add(level, id));
            s.trust.revocation = Some(vec![feed_with(&[first(), delta])]);
        });
    }
    let beat =
        t.control("call_after_a_beat", "the list ended, a beat renewed it", "Stale", &Scene::of(3), |s| {
            let beat = Draft::delta(SEQ, SEQ, NOW + 25, &strangers(), Sets::default());
            s.trust.revocation = Some(vec![feed_with(&[first(), beat])]);
            s.now = NOW + 40;
            s.proof.claims.push((6, Some(Item::Int(i64::try_from(NOW).expect("small") + 40))));
        });
    t.fault(
        &beat,
        "call_without_the_beat",
        "nothing renewed it",
        "Stale R8",
        "revocation.stale",
        Some(0),
        |s| s.trust.revocation = Some(vec![feed_with(&[first()])]),
    );
}

/// Enough entries that a search has something to search.
fn mixed(t: &mut Topic) {
    // 400 ids in no order that repeats, and 100 that differ in their last byte only.
    let spread = (0..400_u64).map(|n| front(sha256(&n.to_be_bytes())));
    let alike = (0..100_u8).map(|n| {
        let mut id = [0xa0; 16];
        id[15] = n;
        id
    });
    let mut many: Vec<_> = spread.chain(alike).map(|id| (id, END)).collect();
    many.sort_unstable();
    let c = t.control(
        "call_under_many_entries",
        "five hundred entries, none of them ours",
        "Revoked R10",
        &Scene::of(2),
        |s| {
            let mut sets = strangers();
            sets[TOKEN] = many.clone();
            under(s, sets);
        },
    );
    t.fault(
        &c,
        "one_of_many_entries",
        "and ours, beside a hundred that begin alike",
        "Revoked R1 R10",
        "revocation.revoked",
        Some(0),
        |s| {
            let mut sets = strangers();
            sets[TOKEN] = many.clone();
            sets[TOKEN].push((token_id(0), END));
            sets[TOKEN].sort_unstable();
            under(s, sets);
        },
    );
}
