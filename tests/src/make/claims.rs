//! Claims: what must be there, of which type, and nothing else where nothing else belongs.

use super::scene::{NOW, Scene};
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::public_key;
use crate::forge::token::{AUTHORITY, CALL, confirmation};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("claims");
    t.note(
        "MissingClaim",
        "a claim the rules need is absent; a reader with a default for it decides on its own",
    );
    t.note(
        "WrongClaim",
        "a claim of another type or size; a reader that converts it decides on something else",
    );
    t.note(
        "UnknownMember",
        "a member nobody defined, where members carry authority; ignoring it may ignore a limit",
    );
    t.note("BadKey", "a key under which signatures prove nothing");
    t.note(
        "IgnoredClaim",
        "a claim at the top level that nobody defined; it is ignored and carries no authority",
    );
    tokens(&mut t);
    children(&mut t);
    keys(&mut t);
    proofs(&mut t);
    t
}

fn tokens(t: &mut Topic) {
    let one = Scene::of(1);
    let c = t.control(
        "claims_honest",
        "every claim once, each of its type",
        "MissingClaim WrongClaim",
        &one,
        |_| {},
    );
    for (name, claim) in [("exp", 4), ("iat", 6), ("cti", 7), ("cnf", 8)] {
        let (name, comment) = (format!("{name}_absent"), format!("the token has no `{name}`"));
        t.fault(&c, &name, &comment, "MissingClaim", "claims.missing", Some(0), |s| s.root().drop(claim));
    }
    t.fault(
        &c,
        "iss_absent",
        "the first token has no `iss`, as a child has none",
        "MissingClaim C5",
        "chain.not_a_root",
        Some(0),
        |s| s.root().drop(1),
    );
    t.fault(
        &c,
        "authority_absent",
        "the token has no authority",
        "MissingClaim",
        "claims.missing",
        Some(0),
        |s| {
            let entries =
                s.root().entries().into_iter().filter(|(key, _)| *key != Item::Int(AUTHORITY)).collect();
            s.root().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    for (name, member) in [("tools", 0), ("depth", 1), ("max_depth", 2)] {
        let (name, comment) = (format!("{name}_absent"), format!("the authority has no `{name}`"));
        t.fault(&c, &name, &comment, "MissingClaim", "claims.missing", Some(0), |s| {
            s.root().drop_member(member)
        });
    }
    let wrong = |t: &mut Topic, name: &str, comment: &str, flags: &str, claim: i64, item: Item| {
        t.fault(&c, name, comment, flags, "claims.wrong", Some(0), |s| s.root().set(claim, item));
    };
    let f = "WrongClaim";
    wrong(t, "iss_of_bytes", "the issuer is a byte string", f, 1, Item::bytes(b"https://issuer.example"));
    wrong(t, "iss_empty", "the issuer is an empty text", f, 1, Item::text(""));
    wrong(t, "sub_of_number", "the principal is a number", f, 2, Item::Int(7));
    wrong(t, "sub_empty", "the principal is an empty text", f, 2, Item::text(""));
    wrong(
        t,
        "sub_of_513_bytes",
        "the principal is longer than a name may be",
        "WrongClaim E22",
        2,
        Item::text(&"a".repeat(513)),
    );
    wrong(
        t,
        "aud_of_text",
        "the audience is a text instead of an array",
        f,
        3,
        Item::text(super::scene::AUDIENCE),
    );
    wrong(
        t,
        "aud_empty",
        "the audience is an empty array: nobody, or everybody?",
        "WrongClaim I10",
        3,
        Item::Array(vec![]),
    );
    wrong(t, "aud_of_numbers", "the audience holds a number", f, 3, Item::Array(vec![Item::Int(1)]));
    wrong(t, "aud_of_17", "more audiences than the limit", "WrongClaim E22", 3, {
        Item::Array(Item::set((0..17).map(|n| Item::text(&format!("https://tools-{n}.example")))))
    });
    wrong(t, "exp_of_text", "the expiry is a text", "WrongClaim T7", 4, Item::text("1700000280"));
    wrong(t, "exp_negative", "the expiry is before 1970", "WrongClaim T7", 4, Item::Int(-1));
    wrong(t, "exp_null", "the expiry is null: never?", "WrongClaim T7", 4, Item::Null);
    wrong(
        t,
        "exp_with_fraction",
        "the expiry has half a second",
        "WrongClaim T7",
        4,
        Item::Float(NOW as f64 + 0.5),
    );
    wrong(t, "nbf_of_text", "the beginning is a text", f, 5, Item::text("1700000000"));
    wrong(t, "iat_true", "the time of issue is `true`", f, 6, Item::Bool(true));
    wrong(t, "cti_of_15_bytes", "the id is a byte short", f, 7, Item::bytes([0xa0; 15]));
    wrong(t, "cti_of_17_bytes", "the id is a byte long", f, 7, Item::bytes([0xa0; 17]));
    wrong(t, "cti_of_text", "the id is a text of 16 bytes", f, 7, Item::text("aaaaaaaaaaaaaaaa"));
    wrong(
        t,
        "cnf_of_bytes",
        "the confirmation is the bare key",
        f,
        8,
        Item::bytes(public_key(&super::scene::HOLDERS[0])),
    );
    let wrong = |t: &mut Topic, name: &str, comment: &str, member: i64, item: Item| {
        t.fault(&c, name, comment, f, "claims.wrong", Some(0), |s| s.root().member(member, item));
    };
    wrong(t, "depth_negative", "the depth is -1", 1, Item::Int(-1));
    wrong(t, "depth_of_text", "the depth is a text", 1, Item::text("0"));
    wrong(t, "depth_false", "the depth is `false`", 1, Item::Bool(false));
    wrong(t, "max_depth_of_2_to_32", "the greatest depth does not fit 32 bits", 2, Item::Int(1 << 32));
    wrong(t, "max_depth_null", "the greatest depth is null: no limit?", 2, Item::Null);
    wrong(t, "agent_of_number", "the agent is a number", 3, Item::Int(1));
    wrong(t, "task_empty", "the task is an empty text", 4, Item::text(""));
    t.fault(&c, "agent_not_an_agent_id", "the agent is some other URI", f, "agent.bad_id", Some(0), |s| {
        s.root().member(3, Item::text("https://agents.example/agent/orch-1/t-42/agent-0"));
    });
    t.fault(
        &c,
        "agent_in_capitals",
        "the agent's trust domain has a capital letter",
        "WrongClaim X5",
        "agent.bad_id",
        Some(0),
        |s| {
            s.root().member(3, Item::text("spiffe://Agents.example/agent/orch-1/t-42/agent-0"));
        },
    );
    t.fault(&c, "claims_are_an_array", "the payload is an array", f, "claims.wrong", Some(0), |s| {
        s.root().seal.payload = Some(vec![0x80]);
    });
    t.fault(&c, "claim_key_of_bytes", "a claim's key is a byte string", f, "claims.wrong", Some(0), |s| {
        let mut entries = s.root().entries();
        entries.push((Item::bytes(b"k"), Item::Int(1)));
        s.root().seal.payload = Some(Item::map(entries).encode());
    });
    t.fault(&c, "authority_is_an_array", "the authority is an array", f, "claims.wrong", Some(0), |s| {
        let mut entries = s.root().entries();
        entries
            .iter_mut()
            .filter(|(key, _)| *key == Item::Int(AUTHORITY))
            .for_each(|(_, item)| *item = Item::Array(vec![]));
        s.root().seal.payload = Some(Item::Map(entries).encode());
    });
    t.fault(
        &c,
        "authority_with_unknown_member",
        "the authority holds a member 9",
        "UnknownMember E11 M6",
        "claims.unknown_member",
        Some(0),
        |s| {
            s.root().member(9, Item::Bool(true));
        },
    );
    t.fault(
        &c,
        "authority_with_named_member",
        "the authority holds a member by name",
        "UnknownMember E11 M7",
        "claims.unknown_member",
        Some(0),
        |s| {
            let mut entries: Vec<(Item, Item)> =
                s.root().authority.iter().map(|(key, item)| (Item::Int(*key), item.clone())).collect();
            entries.push((Item::text("allow_unknown"), Item::Bool(true)));
            let authority = Item::map(entries);
            let mut entries = s.root().entries();
            entries
                .iter_mut()
                .filter(|(key, _)| *key == Item::Int(AUTHORITY))
                .for_each(|(_, item)| *item = authority.clone());
            s.root().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    t.control(
        "claim_unknown_by_number",
        "an unknown claim of the private range is ignored",
        "IgnoredClaim E11",
        &one,
        |s| {
            s.root().set(-70_000, Item::text("of no consequence"));
        },
    );
    t.control(
        "claim_unknown_by_name",
        "an unknown claim with a text for a key is ignored",
        "IgnoredClaim E11",
        &one,
        |s| {
            let mut entries = s.root().entries();
            entries.push((Item::text("note"), Item::text("of no consequence")));
            s.root().seal.payload = Some(Item::map(entries).encode());
        },
    );
}

fn children(t: &mut Topic) {
    let c =
        t.control("child_claims_honest", "a child that names no issuer", "WrongClaim", &Scene::of(2), |_| {});
    t.fault(
        &c,
        "child_names_an_issuer",
        "a child names the issuer its parent's holder is not",
        "WrongClaim C9",
        "claims.wrong",
        Some(1),
        |s| {
            s.leaf().set(1, Item::text(super::scene::ISSUER));
        },
    );
    t.fault(
        &c,
        "child_authority_absent",
        "a child without authority",
        "MissingClaim",
        "claims.missing",
        Some(1),
        |s| {
            let entries =
                s.leaf().entries().into_iter().filter(|(key, _)| *key != Item::Int(AUTHORITY)).collect();
            s.leaf().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    t.fault(
        &c,
        "child_with_unknown_member",
        "a child's authority holds a member nobody defined",
        "UnknownMember E11",
        "claims.unknown_member",
        Some(1),
        |s| {
            s.leaf().member(5, Item::Array(vec![]));
        },
    );
}

fn keys(t: &mut Topic) {
    let c = t.control("key_honest", "an Ed25519 key in its three members", "BadKey", &Scene::of(1), |_| {});
    let x = public_key(&super::scene::HOLDERS[0]);
    let key = |members: Vec<(i64, Item)>| Item::claims(vec![(1, Item::claims(members))]);
    let okp = |x: &[u8]| key(vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(x))]);
    let order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    let not_a_point = "0200000000000000000000000000000000000000000000000000000000000000";
    let non_canonical = "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let hex = |text: &str| hex::decode(text).expect("hex");
    for (name, comment, item) in [
        ("key_of_31_bytes", "the key is a byte short", okp(&x[..31])),
        ("key_of_33_bytes", "the key is a byte long", okp(&[&x[..], &[0]].concat())),
        (
            "key_identity",
            "the neutral element: every signature of a kind holds under it",
            okp(&[&[1][..], &[0; 31]].concat()),
        ),
        ("key_of_order_8", "a point of small order", okp(&hex(order_8))),
        ("key_not_a_point", "no point of the curve has these bytes", okp(&hex(not_a_point))),
        ("key_non_canonical", "y is not reduced: a second name for the same key", okp(&hex(non_canonical))),
        (
            "key_of_kind_ec2",
            "the kind says EC2",
            key(vec![(1, Item::Int(2)), (-1, Item::Int(6)), (-2, Item::bytes(x))]),
        ),
        (
            "key_on_x25519",
            "the curve is for key agreement",
            key(vec![(1, Item::Int(1)), (-1, Item::Int(4)), (-2, Item::bytes(x))]),
        ),
        (
            "key_on_ed448",
            "the curve is Ed448",
            key(vec![(1, Item::Int(1)), (-1, Item::Int(7)), (-2, Item::bytes(x))]),
        ),
        ("key_without_x", "kind and curve, and no key", key(vec![(1, Item::Int(1)), (-1, Item::Int(6))])),
        (
            "key_without_kind",
            "curve and key, and no kind",
            key(vec![(-1, Item::Int(6)), (-2, Item::bytes(x))]),
        ),
        (
            "key_of_text",
            "the key is a text",
            key(vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::text("x"))]),
        ),
    ] {
        t.fault(&c, name, comment, "BadKey E6", "key.bad", Some(0), |s| s.root().set(8, item));
    }
    let whole = || vec![(1, Item::Int(1)), (-1, Item::Int(6)), (-2, Item::bytes(x))];
    for (name, comment, member) in [
        (
            "key_with_private_part",
            "the confirmation gives the private key away",
            (-4, Item::bytes(super::scene::HOLDERS[0])),
        ),
        ("key_with_alg", "the key names an algorithm of its own", (3, Item::Int(-8))),
        ("key_with_ops", "the key names what it may be used for", (4, Item::Array(vec![Item::Int(2)]))),
        ("key_with_kid", "the key has an id", (2, Item::bytes(b"1"))),
    ] {
        t.fault(&c, name, comment, "UnknownMember", "claims.unknown_member", Some(0), |s| {
            let mut members = whole();
            members.push(member);
            s.root().set(8, key(members));
        });
    }
    t.fault(
        &c,
        "cnf_of_kid_alone",
        "the confirmation names a key by id",
        "UnknownMember",
        "claims.unknown_member",
        Some(0),
        |s| {
            s.root().set(8, Item::claims(vec![(3, Item::bytes(b"1"))]));
        },
    );
    t.fault(
        &c,
        "cnf_with_kid_besides",
        "the confirmation holds a key and an id",
        "UnknownMember",
        "claims.unknown_member",
        Some(0),
        |s| {
            let Item::Map(mut entries) = confirmation(&x) else { unreachable!("cnf is a map") };
            entries.push((Item::Int(3), Item::bytes(b"1")));
            s.root().set(8, Item::map(entries));
        },
    );
    t.fault(
        &c,
        "cnf_empty",
        "the confirmation is an empty map",
        "MissingClaim",
        "claims.missing",
        Some(0),
        |s| {
            s.root().set(8, Item::Map(vec![]));
        },
    );
}

fn proofs(t: &mut Topic) {
    let mut base = Scene::of(1);
    base.over_http("POST", "https://tools.example/pay", b"{}");
    base.request.nonce = Some(hex::encode([7; 16]));
    let c = t.control(
        "proof_claims_honest",
        "a proof with everything a proof can hold",
        "MissingClaim WrongClaim",
        &base,
        |_| {},
    );
    for (name, claim) in [("aud", 3), ("iat", 6), ("cti", 7), ("call", CALL)] {
        let (name, comment) = (format!("proof_{name}_absent"), format!("the proof has no `{name}`"));
        t.fault(&c, &name, &comment, "MissingClaim", "claims.missing", None, |s| {
            s.proof.claims.push((claim, None))
        });
    }
    for (name, member) in [("tool", 0), ("arguments", 1), ("token", 2)] {
        let (name, comment) = (format!("proof_{name}_absent"), format!("the proof's call has no `{name}`"));
        t.fault(&c, &name, &comment, "MissingClaim", "claims.missing", None, |s| {
            s.proof.call.push((member, None))
        });
    }
    let f = "WrongClaim";
    for (name, comment, claim, item) in [
        (
            "proof_aud_array",
            "the proof's audience is an array",
            3,
            Item::Array(vec![Item::text(super::scene::AUDIENCE)]),
        ),
        ("proof_iat_negative", "the proof's time is before 1970", 6, Item::Int(-1)),
        ("proof_id_of_8_bytes", "the proof's id is short", 7, Item::bytes([1; 8])),
        ("proof_nonce_of_7_bytes", "the nonce is a byte short", 10, Item::bytes([7; 7])),
        ("proof_nonce_of_65_bytes", "the nonce is a byte long", 10, Item::bytes([7; 65])),
        ("proof_nonce_of_text", "the nonce is a text", 10, Item::text("0707070707070707")),
        ("proof_call_array", "the call is an array", CALL, Item::Array(vec![])),
    ] {
        t.fault(&c, name, comment, f, "claims.wrong", None, |s| s.proof.claims.push((claim, Some(item))));
    }
    let http = |body: &[u8]| {
        Item::Array(vec![Item::text("POST"), Item::text("https://tools.example/pay"), Item::bytes(body)])
    };
    for (name, comment, member, item) in [
        ("proof_tool_empty", "the proof names an empty tool", 0, Item::text("")),
        ("proof_arguments_of_31_bytes", "the arguments' digest is a byte short", 1, Item::bytes([0; 31])),
        ("proof_arguments_in_full", "the arguments themselves instead of their digest", 1, Item::text("{}")),
        (
            "proof_token_of_16_bytes",
            "the token's id instead of its digest",
            2,
            Item::bytes(super::scene::token_id(0)),
        ),
        (
            "proof_http_of_two",
            "the HTTP binding has no body digest",
            3,
            Item::Array(vec![Item::text("POST"), Item::text("https://tools.example/pay")]),
        ),
        ("proof_http_body_short", "the body digest is a byte short", 3, http(&[0; 31])),
        (
            "proof_http_method_empty",
            "the method is empty",
            3,
            Item::Array(vec![Item::text(""), Item::text("https://tools.example/pay"), Item::bytes([0; 32])]),
        ),
    ] {
        t.fault(&c, name, comment, f, "claims.wrong", None, |s| s.proof.call.push((member, Some(item))));
    }
    t.fault(
        &c,
        "proof_with_unknown_claim",
        "the proof holds a claim nobody defined",
        "UnknownMember E11",
        "claims.unknown_member",
        None,
        |s| {
            s.proof.claims.push((-70_000, Some(Item::Int(1))));
        },
    );
    t.fault(
        &c,
        "proof_with_expiry",
        "the proof names an end of its own",
        "UnknownMember E11",
        "claims.unknown_member",
        None,
        |s| {
            s.proof.claims.push((4, Some(Item::Int(NOW as i64 + 10_000))));
        },
    );
    t.fault(
        &c,
        "proof_call_with_unknown_member",
        "the call holds a member nobody defined",
        "UnknownMember E11",
        "claims.unknown_member",
        None,
        |s| {
            s.proof.call.push((4, Some(Item::Int(1))));
        },
    );
}
