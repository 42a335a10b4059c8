//! Who signed whom, in which order, how deep, how large; and which parent a token belongs to.

use super::scene::Scene;
use crate::forge::{jws, public_key};
use crate::make::scene::{HOLDERS, ISSUER, ISSUER_KEY, STRANGER, Seed, agent, token_id};
use crate::make::topic::{Topic, at, beyond, in_step};
use crate::vectors::Anchor;
use serde_json::json;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_chain");
    t.note("Limit", "more tokens or more bytes than a verifier wants to look at");
    t.note("Anchor", "the root hangs on nothing that was configured, or on another issuer than it says");
    t.note("Order", "tokens missing, repeated or out of order");
    t.note("Signer", "a token was signed by another key than its parent's holder, or says so");
    t.note("Depth", "more delegations than somebody above allowed");
    t.note("Splice", "an honest token under a parent it was not made for");
    t.note("Revoked", "a token that somebody withdrew, by the 16 bytes of its id");
    sizes(&mut t);
    anchors(&mut t);
    several_anchors(&mut t);
    order(&mut t);
    signers(&mut t);
    issuers(&mut t);
    depths(&mut t);
    splices(&mut t);
    revoked(&mut t);
    t
}

fn sizes(t: &mut Topic) {
    let (one, mut two) = (Scene::of(1), Scene::of(2));
    two.leaf().set("client_id", json!(agent(1)));
    let lengths: Vec<usize> = two.tokens().iter().map(String::len).collect();
    let (root, child, sum) = (lengths[0], lengths[1], lengths[0] + lengths[1]);
    assert!(child > root, "the child decides");
    let large = "bytes.too_large";
    let c = t.control("aat_token_as_large_as_allowed", "to the byte", "Limit", &two, |s| {
        s.limit("token_bytes", child)
    });
    t.refused(&c, "aat_child_too_large", "a byte more", "Limit E19", at(1, "2a", large), |s| {
        s.limit("token_bytes", child - 1)
    });
    let c = t.control("aat_root_as_large_as_allowed", "to the byte", "Limit", &one, |s| {
        s.limit("token_bytes", root)
    });
    t.refused(&c, "aat_root_too_large", "a byte more", "Limit E19", at(0, "2a", large), |s| {
        s.limit("token_bytes", root - 1)
    });
    let c = t.control("aat_chain_as_large_as_allowed", "all tokens, to the byte", "Limit", &two, |s| {
        s.limit("chain_bytes", sum)
    });
    t.refused(&c, "aat_chain_too_large", "a byte more", "Limit E20", in_step("2b", large), |s| {
        s.limit("chain_bytes", sum - 1)
    });
    t.refused(&c, "aat_chain_empty", "a list of no tokens", "Limit C1", in_step("1", "chain.empty"), |s| {
        s.arrange.add(|_| vec![]);
    });
}

fn key(seed: Seed) -> String {
    hex::encode(public_key(&seed))
}

fn anchors(t: &mut Topic) {
    let c = t.control("aat_anchor_known", "an issuer and its key", "Anchor", &Scene::of(1), |_| {});
    let mut row =
        |name: &str, comment: &str, flags: &str, step: &str, code: &str, change: &dyn Fn(&mut Scene)| {
            t.refused(&c, name, comment, &format!("Anchor {flags}"), at(0, step, code), change);
        };
    let wrong = "chain.wrong_issuer";
    let issuer = |name: &'static str| move |s: &mut Scene| s.root().set("iss", json!(name));
    row("aat_issuer_other", "our key, another issuer", "C9", "3k", wrong, &issuer("https://other.example"));
    row("aat_issuer_with_slash", "a slash at its end", "C9", "3k", wrong, &issuer("https://issuer.example/"));
    row("aat_issuer_in_capitals", "other letters", "X5", "3k", wrong, &issuer("https://Issuer.example"));
    row("aat_issuer_empty", "a name without a character", "C9", "3k", wrong, &issuer(""));
    row("aat_issuer_no_uri", "a name that is no URI", "C9", "3k", wrong, &issuer("issuer"));
    row("aat_issuer_a_thumbprint", "the issuer as a child would name it", "C9 C17", "3k", wrong, &|s| {
        s.root().set("iss", json!(jws::issuer_of(&public_key(&ISSUER_KEY))));
    });
    let bad = "chain.bad_signature";
    row("aat_root_signed_by_a_stranger", "our issuer, a key of nowhere", "C16 I9", "3b", bad, &|s| {
        s.root().signer = STRANGER
    });
    row("aat_root_signed_by_its_holder", "our issuer, the root's own key", "C19 I9", "3b", bad, &|s| {
        s.root().signer = HOLDERS[0]
    });
    row("aat_issuer_key_replaced", "the verifier has another key for the issuer", "E3", "3b", bad, &|s| {
        s.trust.anchors[0].key = key(STRANGER);
    });
    let unknown = "chain.unknown_issuer";
    row("aat_issuer_and_key_unknown", "a stranger in his own name", "C16", "3b", unknown, &|s| {
        s.root().signer = STRANGER;
        s.root().set("iss", json!("https://other.example"));
    });
    row("aat_no_anchor_at_all", "a verifier that trusts nobody", "I4 I10", "3b", unknown, &|s| {
        s.trust.anchors.clear()
    });
}

fn several_anchors(t: &mut Topic) {
    let other = "https://other.example";
    let anchor = |issuer: &str, seed: Seed| Anchor { issuer: issuer.into(), key: key(seed) };
    let two_issuers = |s: &mut Scene| s.trust.anchors.push(anchor(other, STRANGER));
    let c = t.control("aat_two_issuers", "a verifier with two issuers", "Anchor", &Scene::of(1), two_issuers);
    let wrong = at(0, "3k", "chain.wrong_issuer");
    t.refused(
        &c,
        "aat_signed_by_the_other_issuer",
        "named after one, signed by the other",
        "Anchor C9",
        wrong,
        |s| {
            s.root().signer = STRANGER;
        },
    );
    t.refused(
        &c,
        "aat_named_after_the_other_issuer",
        "signed by one, named after the other",
        "Anchor C9",
        wrong,
        |s| {
            s.root().set("iss", json!(other));
        },
    );
    // Four keys of others are asked; a stranger must not make us ask hundreds.
    let six_issuers = |s: &mut Scene| {
        s.trust.anchors.extend((1..5).map(|n| anchor(&format!("https://{n}.example"), [0x70 + n; 32])));
        two_issuers(s);
    };
    let c = t.control("aat_six_issuers", "a verifier with six issuers", "Anchor", &Scene::of(1), six_issuers);
    t.refused(
        &c,
        "aat_signed_by_the_sixth_issuer",
        "named after the first, signed by a key that is not asked for it",
        "Anchor C9",
        at(0, "3b", "chain.bad_signature"),
        |s| s.root().signer = STRANGER,
    );
    t.control("aat_the_sixth_issuer", "the last of six issuers", "Anchor", &Scene::of(1), |s| {
        six_issuers(s);
        s.root().signer = STRANGER;
        s.root().set("iss", json!(other));
    });
    t.control("aat_the_other_issuer", "the second of two issuers", "Anchor", &Scene::of(1), |s| {
        two_issuers(s);
        s.root().signer = STRANGER;
        s.root().set("iss", json!(other));
    });
    for (name, comment, place) in
        [("first", "the newer key of two signs", 1), ("second", "the older key of two signs", 0)]
    {
        t.control(&format!("aat_issuer_with_two_keys_{name}"), comment, "Anchor", &Scene::of(1), |s| {
            s.trust.anchors.insert(place, anchor(ISSUER, STRANGER));
        });
    }
    for (name, issuer) in [("first", ISSUER), ("second", other)] {
        let comment = "one key under two issuers: either may be named";
        t.control(&format!("aat_key_of_two_issuers_{name}"), comment, "Anchor", &Scene::of(1), |s| {
            s.trust.anchors.push(anchor(other, ISSUER_KEY));
            s.root().set("iss", json!(issuer));
        });
    }
}

fn order(t: &mut Topic) {
    let c = t.control("aat_order_kept", "three tokens, root first", "Order", &Scene::of(3), |_| {});
    type Arrange = fn(Vec<String>) -> Vec<String>;
    let stranger = at(0, "3b", "chain.unknown_issuer");
    let child = at(1, "4b", "chain.bad_signature");
    let repeated = |link| at(link, "2c", "chain.repeated_token");
    let rows: [(&str, &str, &str, _, Arrange); 7] = [
        ("aat_root_missing", "the chain begins with the second", "C5 C15", stranger, |t| t[1..].to_vec()),
        ("aat_leaf_alone", "only the last is sent", "C15", stranger, |t| t[2..].to_vec()),
        ("aat_middle_missing", "the second is left out", "C3", child, |t| vec![t[0].clone(), t[2].clone()]),
        ("aat_order_reversed", "leaf first", "C2", stranger, |t| t.into_iter().rev().collect()),
        ("aat_order_swapped", "the last two changed places", "C2", child, |t| {
            vec![t[0].clone(), t[2].clone(), t[1].clone()]
        }),
        ("aat_leaf_repeated", "the last is sent twice", "C4", repeated(3), |t| [&t[..], &t[2..]].concat()),
        ("aat_root_repeated", "the first is sent twice", "C4", repeated(1), |t| [&t[..1], &t[..]].concat()),
    ];
    for (name, comment, flags, answer, arrange) in rows {
        t.refused(&c, name, comment, &format!("Order {flags}"), answer, |s| s.arrange.add(arrange));
    }
    let root_id = || json!(jws::uuid(&token_id(0)));
    t.refused(&c, "aat_id_of_the_parent", "a child has its parent's id", "Order C4", repeated(1), |s| {
        s.links[1].set("jti", root_id());
    });
    t.refused(&c, "aat_id_of_the_root", "a grandchild has the root's id", "Order C4", repeated(2), |s| {
        s.links[2].set("jti", root_id());
    });
    t.refused(
        &c,
        "aat_id_of_the_root_escaped",
        "the same, written otherwise",
        "Order C4",
        repeated(2),
        |s| {
            s.links[2].set("jti", root_id());
            s.links[2].rewrite("\"jti\":\"a0", "\"jti\":\"\\u00610");
        },
    );
    t.control(
        "aat_ids_in_other_letters",
        "ids are texts: two in other letters are two",
        "Order",
        &Scene::of(2),
        |s| {
            let id = s.root().get("jti").as_str().expect("an id").to_uppercase();
            s.leaf().set("jti", json!(id));
        },
    );
    t.control("aat_ids_of_any_shape", "an id need not be a UUID", "Order", &Scene::of(2), |s| {
        s.root().set("jti", json!("1"));
        s.leaf().set("jti", json!("\u{e9}\u{1f600} 2"));
    });
    let c = t.control(
        "aat_anchor_holds_a_root",
        "an anchor's key holds what another issued",
        "Order",
        &Scene::of(2),
        |s| {
            let anchor = Anchor { issuer: "https://other.example".into(), key: key(HOLDERS[0]) };
            s.trust.anchors.push(anchor);
        },
    );
    let answer = at(0, "3c", "chain.not_a_root");
    t.refused(
        &c,
        "aat_child_of_an_anchor_alone",
        "a child presented as a root",
        "Order C15 C17",
        answer,
        |s| {
            s.arrange.add(|tokens| tokens[1..].to_vec());
        },
    );
}

fn signers(t: &mut Topic) {
    let c = t.control(
        "aat_each_signed_by_the_holder_before",
        "three tokens, three signers",
        "Signer",
        &Scene::of(3),
        |_| {},
    );
    let bad = |link| at(link, "4b", "chain.bad_signature");
    for (name, comment, link, signer, flags) in [
        ("aat_child_signed_by_a_stranger", "a key of nowhere", 1, STRANGER, "C8"),
        ("aat_child_signed_by_the_issuer", "the issuer, which holds nothing", 1, ISSUER_KEY, "C17 C21"),
        ("aat_child_signed_by_itself", "the key it is bound to", 1, HOLDERS[1], "C19"),
        ("aat_grandchild_signed_by_the_grandparent", "the holder of the root", 2, HOLDERS[0], "C8"),
    ] {
        t.refused(&c, name, comment, &format!("Signer {flags}"), bad(link), |s| {
            s.links[link].signer = signer
        });
    }
    t.refused(
        &c,
        "aat_child_in_a_strangers_name",
        "signed by a stranger, who says so",
        "Signer C8 C9",
        bad(1),
        |s| {
            s.links[1].signer = STRANGER;
            s.links[1].set("iss", json!(jws::issuer_of(&public_key(&STRANGER))));
        },
    );
    t.refused(
        &c,
        "aat_holder_replaced",
        "the root is bound to another key than its child's signer",
        "Signer E3",
        bad(1),
        |s| {
            s.root().bind(STRANGER);
        },
    );
}

/// 4c: the signature is the parent's holder's, and the name is not.
fn issuers(t: &mut Topic) {
    let c = t.control(
        "aat_child_names_its_signer",
        "by the thumbprint of the signing key",
        "Signer",
        &Scene::of(2),
        |_| {},
    );
    let digits = jws::thumbprint(&public_key(&HOLDERS[0]));
    let urn = |hash: &str, digits: &str| format!("urn:ietf:params:oauth:jwk-thumbprint:{hash}:{digits}");
    for (name, comment, issuer) in [
        ("itself", "the key it is bound to", jws::issuer_of(&public_key(&HOLDERS[1]))),
        ("the_root_issuer", "the issuer of the root", ISSUER.to_owned()),
        ("the_root_issuers_key", "the key of the root's issuer", jws::issuer_of(&public_key(&ISSUER_KEY))),
        ("digits_alone", "the digits without their scheme", digits.clone()),
        ("another_hash", "the digits under another hash", urn("sha-512", &digits)),
        ("in_capitals", "a URN in other letters", urn("SHA-256", &digits)),
        ("padded", "the digits with padding", urn("sha-256", &format!("{digits}="))),
        ("empty", "a name without a character", String::new()),
    ] {
        let name = format!("aat_child_names_{name}");
        let answer = at(1, "4c", "chain.wrong_issuer");
        t.refused(&c, &name, comment, "Signer C9", answer, |s| s.leaf().set("iss", json!(issuer)));
    }
}

fn depths(t: &mut Topic) {
    let c = t.control(
        "aat_depth_counts",
        "each token one deeper than its parent",
        "Depth",
        &Scene::of(3),
        |_| {},
    );
    for (name, comment, link, depth) in [
        ("aat_depth_not_raised", "the third claims the second's depth", 2, 1),
        ("aat_depth_skipped", "the third claims depth 3", 2, 3),
        ("aat_child_at_depth_0", "a child claims to be a root", 1, 0),
    ] {
        let answer = at(link, "4d", "chain.wrong_depth");
        t.refused(&c, name, comment, "Depth C10", answer, |s| s.links[link].set("del_depth", json!(depth)));
    }
    let most = |s: &mut Scene, all: &[u32]| {
        s.links.iter_mut().zip(all).for_each(|(link, most)| link.set("del_max_depth", json!(most)));
    };
    let raised = |link| at(link, "4g", "chain.max_depth_raised");
    t.refused(
        &c,
        "aat_max_depth_raised",
        "a child allows more than its parent",
        "Depth C11",
        raised(1),
        |s| most(s, &[2, 3, 3]),
    );
    t.refused(
        &c,
        "aat_max_depth_raised_again",
        "the leaf allows what only the root does",
        "Depth C11",
        raised(2),
        |s| {
            most(s, &[3, 2, 3]);
        },
    );
    let over = |link, step| at(link, step, "chain.depth_exceeded");
    t.refused(
        &c,
        "aat_root_max_depth_over_the_limit",
        "the root allows more than the verifier",
        "Depth C13",
        over(0, "3i"),
        |s| {
            most(s, &[9, 9, 9]);
        },
    );
    t.refused(
        &c,
        "aat_verifier_allows_fewer",
        "a verifier with a lower limit",
        "Depth C13",
        over(0, "3i"),
        |s| s.limit("depth", 7),
    );
    let c =
        t.control("aat_delegated_to_the_end", "as deep as the root allows", "Depth", &Scene::of(2), |s| {
            most(s, &[1, 1])
        });
    t.refused(
        &c,
        "aat_delegated_from_a_terminal",
        "the root allows no delegation",
        "Depth C12",
        over(1, "4e"),
        |s| most(s, &[0, 0]),
    );
    t.refused(
        &c,
        "aat_deeper_than_its_own_limit",
        "a child below its own end",
        "Depth C12",
        over(1, "4m"),
        |s| most(s, &[1, 0]),
    );
    let c =
        t.control("aat_middle_lowers_the_limit", "the middle allows one more", "Depth", &Scene::of(3), |s| {
            most(s, &[8, 2, 2])
        });
    t.refused(
        &c,
        "aat_middle_ends_the_chain",
        "the middle allows no more",
        "Depth C12",
        over(2, "4e"),
        |s| most(s, &[8, 1, 1]),
    );
    let mut nine = Scene::of(9);
    nine.call("do", "{}");
    nine.tools(json!({"do": {}}));
    let c = t.control("aat_chain_of_nine", "eight delegations", "Depth", &nine, |_| {});
    t.refused(&c, "aat_chain_of_ten", "nine delegations", "Depth C13", over(9, "4e"), |s| {
        s.delegate();
        s.leaf().tools(json!({"do": {}}));
    });
}

fn splices(t: &mut Topic) {
    let c =
        t.control("aat_made_for_this_parent", "the child names its parent", "Splice", &Scene::of(2), |_| {});
    let wrong = || at(1, "4q", "chain.wrong_parent");
    for (name, comment, claim, value) in [
        ("aat_parent_of_equal_content", "a root alike but for its id", "jti", json!(jws::uuid(&[0xb0; 16]))),
        ("aat_parent_of_another_task", "a root alike but for its task", "txn", json!("t-43")),
        (
            "aat_parent_that_lives_longer",
            "a root alike but for its end",
            "exp",
            json!(crate::make::scene::NOW + 290),
        ),
    ] {
        let comment = format!("the child belongs to {comment}");
        t.refused(&c, name, &comment, "Splice C6 C23", wrong(), |s| {
            let mut other = s.clone();
            other.root().set(claim, value);
            let spliced = other.tokens()[0].clone();
            s.arrange.add(move |tokens| vec![spliced.clone(), tokens[1].clone()]);
        });
    }
    let root = c_tokens()[0].clone();
    let (signed, _) = root.rsplit_once('.').expect("a signature");
    let (_, payload) = signed.split_once('.').expect("a payload");
    let sum = |text: &str| crate::forge::sha256(text.as_bytes());
    for (name, comment, value) in [
        ("the_payload", "the hash of its parent's payload alone", jws::base64url(&sum(payload))),
        (
            "the_claims",
            "the hash of its parent's claims alone",
            jws::base64url(&crate::forge::sha256(&jws::bytes(payload))),
        ),
        ("the_whole_token", "the hash of its parent with the signature", jws::base64url(&sum(&root))),
        ("digits_in_hex", "the right hash in hexadecimal", hex::encode(sum(signed))),
        ("padded", "the right hash with padding", format!("{}=", jws::hash(&root))),
        ("nothing", "an empty hash", String::new()),
    ] {
        let name = format!("aat_child_bound_to_{name}");
        t.refused(&c, &name, comment, "Splice C7", wrong(), |s| s.leaf().set("par_hash", json!(value)));
    }
    let c = t.control("aat_each_made_for_its_parent", "three tokens", "Splice", &Scene::of(3), |_| {});
    let answer = at(2, "4q", "chain.wrong_parent");
    t.refused(
        &c,
        "aat_grandchild_bound_to_the_root",
        "the third names the first",
        "Splice C7",
        answer,
        |s| {
            s.leaf().set("par_hash", json!(jws::hash(&root)));
        },
    );
}

fn c_tokens() -> Vec<String> {
    Scene::of(2).tokens()
}

fn revoked(t: &mut Topic) {
    let c = t.control(
        "aat_another_token_revoked",
        "a token that is not in the chain",
        "Revoked",
        &Scene::of(2),
        |s| {
            s.trust.revoked = Some(vec![hex::encode([0xff; 16])]);
        },
    );
    for (name, link, flags) in [("aat_root_revoked", 0, "Revoked R2"), ("aat_leaf_revoked", 1, "Revoked R1")]
    {
        let answer = beyond(Some(link), "revocation.revoked");
        t.refused(&c, name, "by the bytes of its UUID", flags, answer, |s| {
            s.trust.revoked = Some(vec![hex::encode(token_id(link))]);
        });
    }
    let answer = beyond(Some(1), "revocation.revoked");
    t.refused(
        &c,
        "aat_leaf_revoked_by_hash",
        "an id that is no UUID: the first bytes of its SHA-256",
        "Revoked R1",
        answer,
        |s| {
            s.leaf().set("jti", json!("leaf"));
            s.trust.revoked = Some(vec![hex::encode(&crate::forge::sha256(b"leaf")[..16])]);
        },
    );
}
