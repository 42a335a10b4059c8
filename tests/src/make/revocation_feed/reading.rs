//! One list or delta by itself: bytes, claims, sets, signature, times.

use super::scene::{AGENT, Draft, END, SEQ, Scene, TOKEN, control, faults, id, strangers};
use crate::forge::cbor::{Item, head, long_int};
use crate::forge::revocations::{LIST, TYPES, header, records};
use crate::make::scene::{ISSUER_KEY, NOW, STRANGER};
use crate::make::topic::Topic;
use std::rc::Rc;

pub(super) fn add(t: &mut Topic) {
    whole(t);
    sets(t);
    delta(t);
}

fn whole(t: &mut Topic) {
    let c = Scene::first();
    control(t, "list_whole", "a whole list, signed and fresh", "List", 8, &c);
    let mut empty = c.clone();
    empty.next.statement.sets = Default::default();
    control(t, "list_empty", "nothing is revoked", "List", 0, &empty);
    let mut end = c.clone();
    end.next.statement.seq = (1 << 53) - 1;
    control(t, "list_last_number", "the largest number there is", "List", 8, &end);
    faults(
        t,
        "list_whole",
        &c,
        &[
            (
                "list_bit_of_signature",
                "one bit of the signature flipped",
                "Forged E1",
                "revocation.bad_signature",
                |s| {
                    s.next.seal.signature = Some(Rc::new(|mut signature| {
                        signature[10] ^= 1;
                        signature
                    }))
                },
            ),
            (
                "list_bit_of_record",
                "one bit of an entry flipped after signing",
                "Forged E1",
                "revocation.bad_signature",
                |s| {
                    s.next.seal.bytes = Some(Rc::new(|bytes| {
                        let place = bytes.windows(16).position(|part| part == id(2)).expect("the entry");
                        bytes
                            .iter()
                            .enumerate()
                            .map(|(at, byte)| if at == place + 15 { byte ^ 1 } else { *byte })
                            .collect()
                    }))
                },
            ),
            (
                "list_signature_cut",
                "a signature of 63 bytes",
                "Forged E2",
                "envelope.signature_length",
                |s| {
                    s.next.seal.signature = Some(Rc::new(|mut signature| {
                        signature.pop();
                        signature
                    }))
                },
            ),
            ("list_wrong_key", "signed by a stranger", "Forged R7", "revocation.bad_signature", |s| {
                s.next.seal.signer = STRANGER
            }),
            (
                "list_issuer_key",
                "signed by the key that issues tokens",
                "Forged R7",
                "revocation.bad_signature",
                |s| s.next.seal.signer = ISSUER_KEY,
            ),
            (
                "list_wrong_issuer",
                "the honest list of another issuer",
                "Forged R7",
                "revocation.wrong_issuer",
                |s| s.next.statement.issuer = "https://other.example".into(),
            ),
            ("list_typ_of_token", "typed as a token", "Forged E5", "envelope.wrong_type", |s| {
                s.next.seal.header = header("application/keybound+cwt")
            }),
            ("list_typ_of_proof", "typed as a proof", "Forged E5", "envelope.wrong_type", |s| {
                s.next.seal.header = header("application/keybound-proof+cwt")
            }),
            ("list_without_typ", "without a type", "Forged E5", "envelope.wrong_type", |s| {
                s.next.seal.header = Item::claims(vec![(1, Item::Int(-19))]).encode()
            }),
            ("list_typed_as_delta", "a whole list typed as a delta", "Forged E5", "claims.missing", |s| {
                s.next.seal.header = header(TYPES[1])
            }),
            ("list_wrong_algorithm", "alg EdDSA", "Forged E4", "envelope.wrong_algorithm", |s| {
                s.next.seal.header =
                    Item::claims(vec![(1, Item::Int(-8)), (16, Item::text(TYPES[0]))]).encode()
            }),
            ("list_other_header", "a key id in the header", "Encoding E11", "envelope.unknown_header", |s| {
                s.next.seal.header =
                    Item::claims(vec![(1, Item::Int(-19)), (4, Item::bytes([1])), (16, Item::text(TYPES[0]))])
                        .encode()
            }),
            (
                "list_unprotected",
                "something in the unprotected map",
                "Encoding E9",
                "envelope.unprotected_header",
                |s| s.next.seal.unprotected = Item::claims(vec![(4, Item::bytes([1]))]),
            ),
            ("list_trailing", "a byte behind the list", "Encoding E13", "bytes.trailing", |s| {
                s.next.seal.bytes = Some(Rc::new(|bytes| [bytes, vec![0]].concat()))
            }),
            ("list_cut", "the last byte is missing", "Encoding E2", "bytes.truncated", |s| {
                s.next.seal.bytes = Some(Rc::new(|bytes| bytes[..bytes.len() - 1].to_vec()))
            }),
            ("list_untagged", "without tag 18", "Encoding E9", "envelope.wrong_tag", |s| {
                s.next.seal.bytes = Some(Rc::new(|bytes| bytes[1..].to_vec()))
            }),
            ("list_no_bytes", "no bytes at all", "Encoding E2", "bytes.truncated", |s| {
                s.next.seal.bytes = Some(Rc::new(|_| Vec::new()))
            }),
            ("list_garbage", "an HTML page", "Encoding E19", "envelope.wrong_tag", |s| {
                s.next.seal.bytes = Some(Rc::new(|_| b"<!doctype html><title>502</title>".to_vec()))
            }),
            (
                "list_long_number",
                "the number in more bytes than it needs",
                "Encoding E9",
                "cbor.not_shortest",
                |s| s.next.member(0, Some(long_int(SEQ, 8))),
            ),
            ("list_number_above_2_53", "a number beyond 2^53-1", "Encoding E16", "cbor.bad_number", |s| {
                s.next.member(0, Some(Item::Int(1 << 53)))
            }),
            ("list_number_negative", "a negative number", "Encoding", "claims.wrong", |s| {
                s.next.member(0, Some(Item::Int(-1)))
            }),
            ("list_number_as_text", "the number as text", "Encoding", "claims.wrong", |s| {
                s.next.member(0, Some(Item::text("7")))
            }),
            (
                "list_unknown_claim",
                "a claim that is not defined",
                "Encoding E11",
                "claims.unknown_member",
                |s| s.next.claim(7, Some(Item::bytes([1; 16]))),
            ),
            (
                "list_unknown_member",
                "a member that is not defined",
                "Encoding E11",
                "claims.unknown_member",
                |s| s.next.member(5, Some(Item::Null)),
            ),
            (
                "list_with_from",
                "a whole list that says where it begins",
                "Encoding E5",
                "claims.unknown_member",
                |s| s.next.member(3, Some(Item::Int(6))),
            ),
            ("list_claim_twice", "the expiry twice", "Encoding E10", "cbor.duplicate_key", |s| {
                let Item::Map(mut entries) = Item::claims(s.next.statement.claims()) else {
                    unreachable!("a map")
                };
                entries.insert(1, entries[1].clone());
                s.next.seal.payload = Some(Item::Map(entries).encode());
            }),
            ("list_without_issuer", "no issuer", "Encoding", "claims.missing", |s| s.next.claim(1, None)),
            ("list_issuer_empty", "an empty issuer", "Encoding", "claims.wrong", |s| {
                s.next.statement.issuer = String::new()
            }),
            ("list_without_expiry", "no expiry", "Encoding", "claims.missing", |s| s.next.claim(4, None)),
            ("list_without_iat", "no time of making", "Encoding", "claims.missing", |s| {
                s.next.claim(6, None)
            }),
            ("list_without_list", "no list", "Encoding", "claims.missing", |s| s.next.claim(LIST, None)),
            ("list_without_number", "no number", "Encoding", "claims.missing", |s| s.next.member(0, None)),
            ("list_without_next_update", "no time of the next list", "Encoding", "claims.missing", |s| {
                s.next.member(1, None)
            }),
            ("list_without_sets", "no sets", "Encoding", "claims.missing", |s| s.next.member(2, None)),
        ],
    );
}

/// A change to the bytes of a set, behind the forge's back.
fn raw(scene: &mut Scene, level: usize, bytes: Vec<u8>) {
    let mut sets: Vec<Item> = scene.next.statement.sets.iter().map(|set| Item::bytes(records(set))).collect();
    sets[level] = Item::bytes(bytes);
    scene.next.member(2, Some(Item::Array(sets)));
}

fn sets(t: &mut Topic) {
    let mut c = Scene::first();
    c.next.statement.sets[TOKEN] =
        vec![(id(0), NOW + 1), (id(1), END), (id(0x7f), END), (id(0xff), 0xffff_ffff)];
    control(t, "sets", "the least and the greatest id, the least and the greatest end", "List", 9, &c);
    faults(
        t,
        "sets",
        &c,
        &[
            ("sets_unsorted", "two entries in the wrong order", "Encoding E9", "cbor.not_sorted", |s| {
                s.next.statement.sets[TOKEN].swap(1, 2)
            }),
            (
                "sets_unsorted_at_the_end",
                "the last two in the wrong order",
                "Encoding E9",
                "cbor.not_sorted",
                |s| s.next.statement.sets[AGENT].swap(0, 1),
            ),
            ("sets_twice", "an entry twice", "Encoding E10", "cbor.duplicate_key", |s| {
                let first = s.next.statement.sets[TOKEN][1];
                s.next.statement.sets[TOKEN].insert(1, first);
            }),
            (
                "sets_twice_with_other_end",
                "an id twice, with two ends",
                "Encoding E10",
                "cbor.duplicate_key",
                |s| s.next.statement.sets[TOKEN].insert(1, (id(1), END + 1)),
            ),
            ("sets_half_a_record", "a set of 30 bytes", "Encoding", "revocation.bad_set", |s| {
                raw(s, TOKEN, [records(&[(id(1), END)]), vec![9; 10]].concat())
            }),
            ("sets_less_than_a_record", "a set of 19 bytes", "Encoding", "revocation.bad_set", |s| {
                raw(s, AGENT, vec![9; 19])
            }),
            ("sets_one_byte_more", "a set of 21 bytes", "Encoding", "revocation.bad_set", |s| {
                raw(s, AGENT, vec![9; 21])
            }),
            (
                "sets_ended_before",
                "an entry that ended when the list was made",
                "Encoding",
                "revocation.bad_set",
                |s| s.next.statement.sets[TOKEN][0].1 = NOW,
            ),
            ("sets_four", "four sets", "Encoding", "claims.wrong", |s| {
                s.next.member(2, Some(Item::Array(vec![Item::bytes([]); 4])))
            }),
            ("sets_six", "six sets", "Encoding", "claims.wrong", |s| {
                s.next.member(2, Some(Item::Array(vec![Item::bytes([]); 6])))
            }),
            ("sets_of_text", "a set as text", "Encoding", "claims.wrong", |s| {
                s.next.member(2, Some(Item::Array(vec![Item::text(""); 5])))
            }),
            ("sets_of_numbers", "a set as a number", "Encoding", "claims.wrong", |s| {
                s.next.member(2, Some(Item::Array(vec![Item::Int(0); 5])))
            }),
            ("sets_as_one_string", "all sets in one byte string", "Encoding", "claims.wrong", |s| {
                s.next.member(2, Some(Item::bytes(records(&[(id(1), END)]))))
            }),
            (
                "sets_longer_than_the_list",
                "a set that claims a gigabyte",
                "Encoding E13",
                "bytes.truncated",
                |s| {
                    let mut claim = Vec::new();
                    head(2, 1 << 30, &mut claim);
                    s.next.member(
                        2,
                        Some(Item::Array([vec![Item::bytes([]); 4], vec![Item::Raw(claim)]].concat())),
                    );
                },
            ),
            ("sets_nested", "a set as an array of records", "Encoding E21", "bytes.too_deep", |s| {
                s.next.member(2, Some(Item::Array(vec![Item::Array(vec![]); 5])))
            }),
        ],
    );
}

fn delta(t: &mut Topic) {
    let mut added = <[Vec<_>; 5]>::default();
    added[TOKEN] = vec![(id(0x15), END)];
    let c = Scene::then(Draft::delta(SEQ, SEQ + 1, NOW, &strangers(), added));
    control(t, "delta", "one more entry, after the list there is", "List", 9, &c);
    faults(
        t,
        "delta",
        &c,
        &[
            (
                "delta_bit_of_signature",
                "one bit of the signature flipped",
                "Forged E1",
                "revocation.bad_signature",
                |s| {
                    s.next.seal.signature = Some(Rc::new(|mut signature| {
                        signature[40] ^= 1;
                        signature
                    }))
                },
            ),
            ("delta_wrong_key", "signed by a stranger", "Forged R7", "revocation.bad_signature", |s| {
                s.next.seal.signer = STRANGER
            }),
            ("delta_wrong_issuer", "another issuer's", "Forged R7", "revocation.wrong_issuer", |s| {
                s.next.statement.issuer = "https://other.example".into()
            }),
            (
                "delta_typed_as_list",
                "a delta typed as a whole list",
                "Forged E5",
                "claims.unknown_member",
                |s| s.next.seal.header = header(TYPES[0]),
            ),
            ("delta_without_from", "no beginning", "Encoding", "claims.missing", |s| s.next.member(3, None)),
            ("delta_without_result", "no digest of the result", "Encoding", "claims.missing", |s| {
                s.next.member(4, None)
            }),
            ("delta_short_result", "a digest of 31 bytes", "Encoding", "claims.wrong", |s| {
                s.next.member(4, Some(Item::bytes([7; 31])))
            }),
            ("delta_backwards", "ends before it begins", "Encoding", "claims.wrong", |s| {
                s.next.member(3, Some(Item::Int(9)))
            }),
            (
                "delta_adds_without_a_step",
                "adds an entry under the same number",
                "Rollback R6",
                "claims.wrong",
                |s| s.next.member(0, Some(Item::Int(7))),
            ),
            ("delta_unsorted", "two new entries in the wrong order", "Encoding E9", "cbor.not_sorted", |s| {
                s.next.statement.sets[TOKEN] = vec![(id(0x16), END), (id(0x15), END)]
            }),
            ("delta_half_a_record", "a set of 10 bytes", "Encoding", "revocation.bad_set", |s| {
                raw(s, TOKEN, vec![9; 10])
            }),
            ("delta_trailing", "a byte behind the delta", "Encoding E13", "bytes.trailing", |s| {
                s.next.seal.bytes = Some(Rc::new(|bytes| [bytes, vec![0]].concat()))
            }),
            ("delta_stale", "a delta that has ended", "Stale R8", "revocation.stale", |s| s.now = NOW + 31),
            ("delta_from_the_future", "a delta of the future", "Stale", "revocation.issued_in_future", |s| {
                s.now = NOW - 31
            }),
        ],
    );
}
