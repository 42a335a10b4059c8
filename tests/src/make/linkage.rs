//! Who signed whom, in which order, how deep.

use super::scene::{HOLDERS, ISSUER_KEY, STRANGER, Scene, token_id};
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::{public_key, sha256};
use crate::vectors::Anchor;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("linkage");
    t.note("Anchor", "the chain hangs on nothing that was configured");
    t.note("Order", "tokens missing, repeated or out of order; each was signed over exactly one parent");
    t.note("Signer", "a token was signed by another key than the one its parent is bound to");
    t.note("Depth", "more delegations than somebody above allowed");
    t.note("Splice", "an honest token under a parent it was not made for");
    anchors(&mut t);
    order(&mut t);
    signers(&mut t);
    depths(&mut t);
    splices(&mut t);
    t
}

fn anchors(t: &mut Topic) {
    let c = t.control(
        "anchor_known",
        "the root names a configured issuer and is signed by its key",
        "Anchor",
        &Scene::of(2),
        |_| {},
    );
    let unknown = "chain.unknown_issuer";
    t.fault(
        &c,
        "issuer_unknown",
        "the root names an issuer nobody configured",
        "Anchor C16",
        unknown,
        Some(0),
        |s| {
            s.root().set(1, Item::text("https://other.example"));
        },
    );
    t.fault(
        &c,
        "issuer_with_slash",
        "the issuer's name with a slash at its end",
        "Anchor C9",
        unknown,
        Some(0),
        |s| {
            s.root().set(1, Item::text("https://issuer.example/"));
        },
    );
    t.fault(
        &c,
        "issuer_in_capitals",
        "the issuer's name in other letters",
        "Anchor X5",
        unknown,
        Some(0),
        |s| {
            s.root().set(1, Item::text("https://Issuer.example"));
        },
    );
    t.fault(
        &c,
        "no_anchor_at_all",
        "a verifier that trusts nobody",
        "Anchor I4 I10",
        unknown,
        Some(0),
        |s| s.trust.anchors.clear(),
    );
    let bad = "chain.bad_signature";
    t.fault(
        &c,
        "root_signed_by_a_stranger",
        "the root names our issuer and is signed by somebody else",
        "Anchor C16 I9",
        bad,
        Some(0),
        |s| {
            s.root().seal.signer = STRANGER;
        },
    );
    t.fault(
        &c,
        "root_signed_by_its_holder",
        "the root names our issuer and is signed by the key it is bound to",
        "Anchor C19 I9",
        bad,
        Some(0),
        |s| {
            s.root().seal.signer = HOLDERS[0];
        },
    );
    t.fault(
        &c,
        "issuer_key_replaced",
        "the verifier has another key for the issuer",
        "Anchor E3",
        bad,
        Some(0),
        |s| {
            s.trust.anchors[0].key = hex::encode(public_key(&STRANGER));
        },
    );
    let two_issuers = |s: &mut Scene| {
        s.trust
            .anchors
            .push(Anchor { issuer: "https://other.example".into(), key: hex::encode(public_key(&STRANGER)) });
    };
    let c = t.control("two_issuers", "a verifier with two issuers", "Anchor", &Scene::of(1), two_issuers);
    t.fault(
        &c,
        "signed_by_the_other_issuer",
        "named after one issuer, signed by the other",
        "Anchor C9",
        bad,
        Some(0),
        |s| s.root().seal.signer = STRANGER,
    );
    t.fault(
        &c,
        "named_after_the_other_issuer",
        "signed by one issuer, named after the other",
        "Anchor C9",
        bad,
        Some(0),
        |s| {
            s.root().set(1, Item::text("https://other.example"));
        },
    );
    t.control(
        "issuer_with_two_keys",
        "a key is being rotated: the older of two still signs",
        "Anchor",
        &Scene::of(1),
        |s| {
            let newer =
                Anchor { issuer: super::scene::ISSUER.into(), key: hex::encode(public_key(&STRANGER)) };
            s.trust.anchors.insert(0, newer);
        },
    );
}

fn order(t: &mut Topic) {
    let c = t.control("order_kept", "three links, root first", "Order", &Scene::of(3), |_| {});
    t.fault(&c, "chain_empty", "an array of no tokens", "Order C1", "chain.empty", None, |s| {
        s.edit_chain(|_| vec![0x80])
    });
    t.fault(
        &c,
        "root_missing",
        "the chain begins with the second token",
        "Order C5 C15",
        "chain.not_a_root",
        Some(0),
        |s| {
            s.rearrange(|tokens| tokens[1..].to_vec());
        },
    );
    t.fault(&c, "leaf_alone", "only the last token is sent", "Order C15", "chain.not_a_root", Some(0), |s| {
        s.rearrange(|tokens| tokens[2..].to_vec())
    });
    t.fault(
        &c,
        "middle_missing",
        "the second of three tokens is left out",
        "Order C3",
        "chain.bad_signature",
        Some(1),
        |s| {
            s.rearrange(|tokens| vec![tokens[0].clone(), tokens[2].clone()]);
        },
    );
    t.fault(&c, "order_reversed", "leaf first", "Order C2", "chain.not_a_root", Some(0), |s| {
        s.rearrange(|tokens| tokens.into_iter().rev().collect())
    });
    t.fault(
        &c,
        "order_swapped",
        "the last two tokens changed places",
        "Order C2",
        "chain.bad_signature",
        Some(1),
        |s| {
            s.rearrange(|tokens| vec![tokens[0].clone(), tokens[2].clone(), tokens[1].clone()]);
        },
    );
    t.fault(
        &c,
        "leaf_repeated",
        "the last token is sent twice",
        "Order C4",
        "chain.bad_signature",
        Some(3),
        |s| {
            s.rearrange(|mut tokens| {
                tokens.push(tokens[2].clone());
                tokens
            });
        },
    );
    t.fault(
        &c,
        "root_repeated",
        "the first token is sent twice",
        "Order C4",
        "chain.bad_signature",
        Some(1),
        |s| {
            s.rearrange(|mut tokens| {
                tokens.insert(0, tokens[0].clone());
                tokens
            });
        },
    );
    t.fault(
        &c,
        "id_repeated",
        "a child has its parent's id",
        "Order C4",
        "chain.repeated_token",
        Some(1),
        |s| s.links[1].set(7, Item::bytes(token_id(0))),
    );
    t.fault(
        &c,
        "id_of_the_root_repeated",
        "a grandchild has the root's id",
        "Order C4",
        "chain.repeated_token",
        Some(2),
        |s| {
            s.links[2].set(7, Item::bytes(token_id(0)));
        },
    );
    let c = t.control("chain_of_nine", "eight delegations", "Depth", &Scene::of(9), |_| {});
    t.fault(
        &c,
        "chain_of_ten",
        "nine delegations, one over the limit",
        "Depth C13",
        "chain.too_long",
        None,
        |s| s.delegate(),
    );
    let c = t.control(
        "chain_within_a_lower_limit",
        "one delegation where one is allowed",
        "Depth",
        &Scene::of(2),
        |s| {
            s.limit("depth", 1);
            s.root().member(2, Item::Int(1));
            s.leaf().member(2, Item::Int(1));
        },
    );
    t.fault(
        &c,
        "chain_above_a_lower_limit",
        "one delegation where none is allowed",
        "Depth C13",
        "chain.too_long",
        None,
        |s| s.limit("depth", 0),
    );
}

fn signers(t: &mut Topic) {
    let c = t.control(
        "each_signed_by_the_holder_before",
        "three links, three signers",
        "Signer",
        &Scene::of(3),
        |_| {},
    );
    let bad = "chain.bad_signature";
    for (name, comment, signer, flags) in [
        (
            "child_signed_by_a_stranger",
            "the second token is signed by a key of nowhere",
            STRANGER,
            "Signer C8",
        ),
        (
            "child_signed_by_the_issuer",
            "the second token is signed by the issuer, which holds nothing",
            ISSUER_KEY,
            "Signer C17 C21",
        ),
        (
            "child_signed_by_itself",
            "the second token is signed by the key it is bound to",
            HOLDERS[1],
            "Signer C19",
        ),
    ] {
        t.fault(&c, name, comment, flags, bad, Some(1), |s| s.links[1].seal.signer = signer);
    }
    t.fault(
        &c,
        "grandchild_signed_by_the_grandparent",
        "the third token is signed by the first holder",
        "Signer C8",
        bad,
        Some(2),
        |s| s.links[2].seal.signer = HOLDERS[0],
    );
    t.fault(
        &c,
        "holder_swapped_after_signing",
        "the root is bound to another key than its child's signer",
        "Signer E3",
        bad,
        Some(1),
        |s| {
            s.root().bind(STRANGER);
        },
    );
    t.fault(
        &c,
        "signature_of_the_sibling",
        "the second token carries the third's signature",
        "Signer E7",
        bad,
        Some(1),
        |s| {
            let third = s.tokens()[2].clone();
            let signature = third[third.len() - 64..].to_vec();
            s.links[1].seal.signature = Some(std::rc::Rc::new(move |_| signature.clone()));
        },
    );
}

fn depths(t: &mut Topic) {
    let c =
        t.control("depth_counts", "each token one deeper than its parent", "Depth", &Scene::of(3), |_| {});
    let wrong = "chain.wrong_depth";
    t.fault(
        &c,
        "depth_not_raised",
        "the third token claims the second's depth",
        "Depth C10",
        wrong,
        Some(2),
        |s| s.links[2].member(1, Item::Int(1)),
    );
    t.fault(&c, "depth_skipped", "the third token claims depth 3", "Depth C10", wrong, Some(2), |s| {
        s.links[2].member(1, Item::Int(3))
    });
    t.fault(
        &c,
        "root_at_depth_1",
        "the root claims to be a child, and names an issuer",
        "Depth C14",
        "chain.not_a_root",
        Some(0),
        |s| s.root().member(1, Item::Int(1)),
    );
    t.fault(
        &c,
        "child_at_depth_0",
        "a child claims to be a root, and names no issuer",
        "Depth C10 C14",
        wrong,
        Some(1),
        |s| s.links[1].member(1, Item::Int(0)),
    );
    t.fault(
        &c,
        "second_root_under_a_root",
        "a whole root stands under another",
        "Depth C14",
        "chain.bad_signature",
        Some(1),
        |s| {
            let mut root = s.links[0].clone();
            root.set(7, Item::bytes([9; 16]));
            s.links[1] = root;
            s.links.truncate(2);
        },
    );
    t.fault(
        &c,
        "root_bound_to_a_parent",
        "the root is signed over some parent's digest",
        "Depth C14",
        "chain.bad_signature",
        Some(0),
        |s| {
            s.root().seal.external = Some(sha256(b"a parent").to_vec());
        },
    );
    t.fault(
        &c,
        "max_depth_raised",
        "a child allows more delegations than its parent",
        "Depth C11",
        "chain.max_depth_raised",
        Some(1),
        |s| {
            s.links[0].member(2, Item::Int(2));
        },
    );
    t.fault(
        &c,
        "root_max_depth_over_the_limit",
        "the root allows more delegations than the verifier",
        "Depth C13",
        "chain.depth_exceeded",
        Some(0),
        |s| {
            s.root().member(2, Item::Int(9));
        },
    );
    let c = t.control("delegated_to_the_end", "as deep as the root allows", "Depth", &Scene::of(2), |s| {
        s.links.iter_mut().for_each(|link| link.member(2, Item::Int(1)));
    });
    t.fault(
        &c,
        "delegated_from_a_terminal_token",
        "the root allows no delegation",
        "Depth C12",
        "chain.depth_exceeded",
        Some(1),
        |s| {
            s.links.iter_mut().for_each(|link| link.member(2, Item::Int(0)));
        },
    );
    t.fault(
        &c,
        "deeper_than_its_own_limit",
        "a child is deeper than the depth it allows itself",
        "Depth C12",
        "chain.depth_exceeded",
        Some(1),
        |s| {
            s.leaf().member(2, Item::Int(0));
        },
    );
    let c = t.control(
        "middle_lowers_the_limit",
        "the middle allows one more delegation",
        "Depth",
        &Scene::of(3),
        |s| {
            s.links[1].member(2, Item::Int(2));
            s.links[2].member(2, Item::Int(2));
        },
    );
    t.fault(
        &c,
        "middle_ends_the_chain",
        "the middle allows no further delegation",
        "Depth C12",
        "chain.depth_exceeded",
        Some(2),
        |s| {
            s.links[1].member(2, Item::Int(1));
            s.links[2].member(2, Item::Int(1));
        },
    );
    t.fault(
        &c,
        "max_depth_raised_below_the_middle",
        "the leaf allows what the root does and the middle does not",
        "Depth C11",
        "chain.max_depth_raised",
        Some(2),
        |s| {
            s.links[2].member(2, Item::Int(3));
        },
    );
}

fn splices(t: &mut Topic) {
    let c = t.control(
        "made_for_this_parent",
        "the child was signed over its parent",
        "Splice",
        &Scene::of(2),
        |_| {},
    );
    let bad = "chain.bad_signature";
    t.fault(
        &c,
        "parent_of_equal_content",
        "the same holder has two roots alike but for their ids; the child belongs to the other",
        "Splice C6 C23",
        bad,
        Some(1),
        |s| {
            let mut other = s.clone();
            other.root().set(7, Item::bytes([0xb0; 16]));
            let spliced = other.tokens()[0].clone();
            s.rearrange(move |tokens| vec![spliced.clone(), tokens[1].clone()]);
        },
    );
    t.fault(
        &c,
        "parent_of_another_task",
        "the same holder has a root for another task; the child is moved there",
        "Splice C6 C23",
        bad,
        Some(1),
        |s| {
            let mut other = s.clone();
            other.root().set(7, Item::bytes([0xb0; 16]));
            other.root().member(4, Item::text("t-43"));
            let spliced = other.tokens()[0].clone();
            s.rearrange(move |tokens| vec![spliced.clone(), tokens[1].clone()]);
        },
    );
    t.fault(
        &c,
        "child_bound_to_nothing",
        "the child was signed without its parent's digest",
        "Splice C7",
        bad,
        Some(1),
        |s| s.leaf().seal.external = Some(vec![]),
    );
    t.fault(
        &c,
        "child_bound_to_the_payload",
        "the child was signed over the digest of its parent's payload alone",
        "Splice C7",
        bad,
        Some(1),
        |s| {
            let payload = Item::Map(s.root().entries()).encode();
            s.leaf().seal.external = Some(sha256(&payload).to_vec());
        },
    );
    t.fault(
        &c,
        "child_bound_to_the_untagged_parent",
        "the child was signed over its parent without the tag",
        "Splice C7",
        bad,
        Some(1),
        |s| {
            s.leaf().seal.external = Some(sha256(&s.tokens()[0][1..]).to_vec());
        },
    );
    let c = t.control(
        "three_made_for_each_other",
        "each was signed over the one before",
        "Splice",
        &Scene::of(3),
        |_| {},
    );
    t.fault(
        &c,
        "grandchild_bound_to_the_root",
        "the third token was signed over the first",
        "Splice C7",
        bad,
        Some(2),
        |s| {
            s.links[2].seal.external = Some(sha256(&s.tokens()[0]).to_vec());
        },
    );
}
