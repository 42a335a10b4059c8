//! Deterministic CBOR or nothing.

use super::scene::{ISSUER, NOW, Scene};
use super::topic::{Control, Topic};
use crate::forge::cbor::{Item, indefinite, long_float, long_head, long_int};
use crate::forge::token::{AUTHORITY, CALL};
use crate::forge::{sha256, tools};
use serde_json::json;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("cbor");
    t.note(
        "NonCanonical",
        "a second encoding of the same data; hashes, caches and revocation by hash would miss it",
    );
    t.note("DuplicateKey", "a map key given twice; two readers may take two different values");
    t.note("Number", "a number that one of the two encodings cannot hold, or a second form of one");
    t.note(
        "ForeignItem",
        "an item of a kind the format does not use; a reader that skips it sees another token",
    );
    let c = t.control("canonical", "everything in its one form", "NonCanonical", &Scene::of(1), |_| {});
    lengths(&mut t, &c);
    order(&mut t, &c);
    numbers(&mut t, &c);
    foreign(&mut t, &c);
    proofs(&mut t, &c);
    t
}

fn lengths(t: &mut Topic, c: &Control) {
    let f = "NonCanonical E9";
    let root = Some(0);
    let exp = NOW + 280;
    t.fault(c, "exp_in_eight_bytes", "four bytes would hold the expiry", f, "cbor.not_shortest", root, |s| {
        s.root().set(4, long_int(exp, 8));
    });
    t.fault(c, "depth_in_two_bytes", "the depth 0 in a byte of its own", f, "cbor.not_shortest", root, |s| {
        s.root().member(1, long_int(0, 1));
    });
    t.fault(
        c,
        "text_length_in_two_bytes",
        "the principal's length in a byte of its own",
        f,
        "cbor.not_shortest",
        root,
        |s| {
            let mut text = Vec::new();
            long_head(3, 10, 1, &mut text);
            text.extend(b"user:alice");
            s.root().set(2, Item::Raw(text));
        },
    );
    t.fault(
        c,
        "map_length_in_two_bytes",
        "the tools' count in a byte of its own",
        f,
        "cbor.not_shortest",
        root,
        |s| {
            let mut map = Vec::new();
            long_head(5, 2, 1, &mut map);
            map.extend(&tools::tools(&super::scene::honest_tools()).encode()[1..]);
            s.root().member(0, Item::Raw(map));
        },
    );
    t.fault(
        c,
        "chain_length_in_two_bytes",
        "the chain's count in a byte of its own",
        f,
        "cbor.not_shortest",
        None,
        |s| {
            s.edit_chain(|chain| [&[0x98, 0x01], &chain[1..]].concat());
        },
    );
    t.fault(
        c,
        "chain_of_indefinite_length",
        "the chain is an array of indefinite length",
        f,
        "cbor.indefinite_length",
        None,
        |s| {
            s.edit_chain(|chain| [&[0x9f], &chain[1..], &[0xff]].concat());
        },
    );
    t.fault(
        c,
        "claims_of_indefinite_length",
        "the claims are a map of indefinite length",
        f,
        "cbor.indefinite_length",
        root,
        |s| {
            let items: Vec<Item> =
                s.root().entries().into_iter().flat_map(|(key, value)| [key, value]).collect();
            s.root().seal.payload = Some(indefinite(5, &items).encode());
        },
    );
    t.fault(
        c,
        "text_of_indefinite_length",
        "the principal comes in chunks",
        f,
        "cbor.indefinite_length",
        root,
        |s| {
            s.root().set(2, indefinite(3, &[Item::text("user:"), Item::text("alice")]));
        },
    );
    t.fault(
        c,
        "set_of_indefinite_length",
        "the members of `one_of` come in an array of indefinite length",
        f,
        "cbor.indefinite_length",
        root,
        |s| {
            let set = indefinite(4, &[Item::Int(2), Item::text("acme"), Item::text("globex")]);
            s.root().member(0, pay_to(set));
        },
    );
}

fn order(t: &mut Topic, c: &Control) {
    let root = Some(0);
    t.fault(
        c,
        "claims_unsorted",
        "the last two claims changed places",
        "NonCanonical E9",
        "cbor.not_sorted",
        root,
        |s| {
            let mut entries = s.root().entries();
            let last = entries.len() - 1;
            entries.swap(last - 1, last);
            s.root().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    t.fault(
        c,
        "claim_twice",
        "two expiries, the later one second",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            let mut entries = s.root().entries();
            let at = entries.iter().position(|(key, _)| *key == Item::Int(4)).expect("exp");
            entries.insert(at + 1, (Item::Int(4), Item::Int(NOW as i64 + 86_000)));
            s.root().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    t.fault(
        c,
        "authority_member_twice",
        "two tools maps in one authority",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            let mut entries: Vec<(Item, Item)> =
                s.root().authority.iter().map(|(key, item)| (Item::Int(*key), item.clone())).collect();
            entries.sort_by_key(|(key, _)| key.encode());
            let again = entries[0].clone();
            entries.insert(1, again);
            replace_authority(s, Item::Map(entries));
        },
    );
    let both = |first: &str, second: &str| {
        let open = |name: &str| (Item::text(name), Item::Map(vec![]));
        Item::Map(vec![open(first), open(second)])
    };
    t.fault(c, "tools_unsorted", "`read` before `pay`", "NonCanonical E9", "cbor.not_sorted", root, |s| {
        s.root().member(0, both("read", "pay"));
    });
    t.fault(c, "tool_twice", "`pay` is granted twice", "DuplicateKey E10", "cbor.duplicate_key", root, |s| {
        s.root().member(0, both("pay", "pay"));
    });
    let pair = |first: &str, second: &str| {
        let free = |name: &str| (Item::text(name), Item::Array(vec![Item::Int(6)]));
        Item::map(vec![(Item::text("pay"), Item::Map(vec![free(first), free(second)]))])
    };
    t.fault(
        c,
        "arguments_unsorted",
        "a longer name before a shorter one",
        "NonCanonical E9",
        "cbor.not_sorted",
        root,
        |s| {
            s.root().member(0, pair("amount", "to"));
        },
    );
    t.fault(
        c,
        "argument_twice",
        "`to` is constrained twice",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            s.root().member(0, pair("to", "to"));
        },
    );
    let one_of = |members: &[&str]| {
        let mut items = vec![Item::Int(2)];
        items.extend(members.iter().map(|member| Item::text(member)));
        pay_to(Item::Array(items))
    };
    t.fault(c, "set_unsorted", "`globex` before `acme`", "NonCanonical E9", "cbor.not_sorted", root, |s| {
        s.root().member(0, one_of(&["globex", "acme"]));
    });
    t.fault(
        c,
        "set_member_twice",
        "`acme` twice in one set",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            s.root().member(0, one_of(&["acme", "acme"]));
        },
    );
    t.fault(
        c,
        "audience_unsorted",
        "a longer audience before a shorter one",
        "NonCanonical E9",
        "cbor.not_sorted",
        root,
        |s| {
            s.root().set(3, Item::Array(vec![Item::text(ISSUER), Item::text(super::scene::AUDIENCE)]));
        },
    );
    t.fault(
        c,
        "audience_twice",
        "the same audience twice",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            let here = Item::text(super::scene::AUDIENCE);
            s.root().set(3, Item::Array(vec![here.clone(), here]));
        },
    );
    t.fault(
        c,
        "key_member_twice",
        "the COSE key holds two public keys",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        root,
        |s| {
            let x = |seed: u8| (Item::Int(-2), Item::bytes(crate::forge::public_key(&[seed; 32])));
            let key =
                Item::Map(vec![(Item::Int(1), Item::Int(1)), (Item::Int(-1), Item::Int(6)), x(2), x(3)]);
            s.root().set(8, Item::Map(vec![(Item::Int(1), key)]));
        },
    );
}

fn numbers(t: &mut Topic, c: &Control) {
    let f = "Number E16";
    let limit = |bound: Item| {
        let range = Item::Array(vec![Item::Int(1), Item::Null, bound]);
        Item::map(vec![(
            Item::text("pay"),
            Item::map(vec![
                (Item::text("amount"), range),
                (Item::text("to"), Item::Array(vec![Item::Int(6)])),
            ]),
        )])
    };
    let half =
        t.control("bound_of_a_half", "a bound of 5.5 as a 16-bit float", "Number", &Scene::of(1), |s| {
            s.root().member(0, limit(Item::Float(5.5)));
        });
    let huge = t.control("bound_of_1e300", "a bound only 64 bits hold", "Number", &Scene::of(1), |s| {
        s.root().member(0, limit(Item::Float(1e300)));
    });
    let top = t.control(
        "bound_of_2_to_53_less_1",
        "the largest integer both encodings hold",
        "Number",
        &Scene::of(1),
        |s| {
            s.root().member(0, limit(Item::Int((1 << 53) - 1)));
        },
    );
    for (control, name, comment, bound, flags) in [
        (&half, "bound_of_a_half_in_64_bits", "16 bits would hold 5.5", long_float(5.5), f),
        (
            &half,
            "bound_integral_as_float",
            "6.0, which is the integer 6",
            Item::Raw(vec![0xf9, 0x46, 0x00]),
            f,
        ),
        (
            &half,
            "bound_not_a_number",
            "NaN compares with nothing",
            Item::Raw(vec![0xf9, 0x7e, 0x00]),
            "Number E15",
        ),
        (&half, "bound_negative_zero", "-0 equals 0 and is not 0", Item::Raw(vec![0xf9, 0x80, 0x00]), f),
        (&huge, "bound_infinite", "infinity is no limit", Item::Raw(vec![0xf9, 0x7c, 0x00]), "Number E15"),
        (
            &huge,
            "bound_infinite_in_64_bits",
            "infinity, written long",
            long_float(f64::INFINITY),
            "Number E15",
        ),
        (&top, "bound_of_2_to_53", "an integer that has a neighbour no double holds", Item::Int(1 << 53), f),
        (&top, "bound_of_minus_2_to_53", "the same below zero", Item::Int(-(1 << 53)), f),
    ] {
        t.fault(control, name, comment, flags, "cbor.bad_number", Some(0), |s| {
            s.root().member(0, limit(bound))
        });
    }
    t.fault(
        c,
        "exp_beyond_2_to_53",
        "an expiry no double holds exactly",
        "Number T7 E16",
        "cbor.bad_number",
        Some(0),
        |s| {
            s.root().set(4, Item::Int(1 << 53));
        },
    );
    t.fault(
        c,
        "exp_as_a_float",
        "the expiry as a 64-bit float",
        "Number T7",
        "cbor.bad_number",
        Some(0),
        |s| {
            s.root().set(4, long_float((NOW + 280) as f64));
        },
    );
    t.fault(
        &top,
        "bound_as_bignum",
        "the bound behind tag 2",
        "ForeignItem E16",
        "cbor.unexpected_item",
        Some(0),
        |s| {
            s.root().member(0, limit(Item::Tag(2, Box::new(Item::bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])))));
        },
    );
}

fn foreign(t: &mut Topic, c: &Control) {
    let f = "ForeignItem";
    let root = Some(0);
    for (name, comment, item) in [
        (
            "exp_behind_tag_1",
            "the expiry as a tagged date",
            Item::Tag(1, Box::new(Item::Int(NOW as i64 + 280))),
        ),
        ("exp_undefined", "the expiry is `undefined`", Item::Raw(vec![0xf7])),
        ("exp_simple_value", "the expiry is an unassigned simple value", Item::Raw(vec![0xf8, 0x40])),
        ("exp_reserved_length", "the expiry's head uses a reserved length", Item::Raw(vec![0x1c])),
    ] {
        t.fault(c, name, comment, f, "cbor.unexpected_item", root, |s| s.root().set(4, item));
    }
    t.fault(
        c,
        "claims_behind_cwt_tag",
        "the payload is tagged 61 inside the envelope",
        f,
        "cbor.unexpected_item",
        root,
        |s| {
            let claims = Item::Map(s.root().entries());
            s.root().seal.payload = Some(Item::Tag(61, Box::new(claims)).encode());
        },
    );
    t.fault(
        c,
        "value_of_bytes",
        "a constraint's value is a byte string, which JSON has not",
        f,
        "cbor.unexpected_item",
        root,
        |s| {
            s.root().member(0, pay_to(Item::Array(vec![Item::Int(2), Item::bytes(b"acme")])));
        },
    );
    t.fault(
        c,
        "principal_not_utf8",
        "the principal's text is not UTF-8",
        "ForeignItem E17",
        "cbor.bad_text",
        root,
        |s| {
            s.root().set(2, Item::Raw([&[0x65][..], b"ali\xff\xfe"].concat()));
        },
    );
    t.fault(
        c,
        "tool_name_not_utf8",
        "a tool's name ends inside a character",
        "ForeignItem E17",
        "cbor.bad_text",
        root,
        |s| {
            s.root().member(0, Item::Map(vec![(Item::Raw(vec![0x63, b'p', b'a', 0xc3]), Item::Map(vec![]))]));
        },
    );
    t.fault(
        c,
        "principal_with_surrogate",
        "the principal's text holds an encoded surrogate",
        "ForeignItem E17",
        "cbor.bad_text",
        root,
        |s| {
            s.root().set(2, Item::Raw(vec![0x63, 0xed, 0xa0, 0x80]));
        },
    );
    t.fault(
        c,
        "text_longer_than_the_payload",
        "the principal's length runs past the end",
        "NonCanonical E13",
        "bytes.truncated",
        root,
        |s| {
            let entries =
                vec![(Item::Int(1), Item::text(ISSUER)), (Item::Int(2), Item::Raw(vec![0x78, 0xff, b'a']))];
            s.root().seal.payload = Some(Item::Map(entries).encode());
        },
    );
    t.fault(
        c,
        "map_larger_than_the_payload",
        "the claims promise 2^32 entries",
        "NonCanonical E13",
        "bytes.truncated",
        root,
        |s| {
            s.root().seal.payload = Some(vec![0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        },
    );
}

fn proofs(t: &mut Topic, c: &Control) {
    let one = Scene::of(1);
    let leaf = one.tokens()[0].clone();
    let call = vec![
        (Item::Int(0), Item::text("pay")),
        (Item::Int(1), Item::bytes(super::scene::arguments_digest(&one.request.arguments))),
        (Item::Int(2), Item::bytes(sha256(&leaf))),
    ];
    t.fault(
        c,
        "proof_call_unsorted",
        "the members of a proof's call changed places",
        "NonCanonical E9",
        "cbor.not_sorted",
        None,
        |s| {
            let mut call = call.clone();
            call.swap(0, 1);
            s.proof.claims.push((CALL, Some(Item::Map(call))));
        },
    );
    t.fault(
        c,
        "proof_tool_twice",
        "a proof names two tools",
        "DuplicateKey E10",
        "cbor.duplicate_key",
        None,
        |s| {
            let mut call = call.clone();
            call.insert(1, (Item::Int(0), Item::text("read")));
            s.proof.claims.push((CALL, Some(Item::Map(call))));
        },
    );
    t.fault(
        c,
        "proof_time_in_eight_bytes",
        "four bytes would hold the proof's time",
        "NonCanonical E9",
        "cbor.not_shortest",
        None,
        |s| {
            s.proof.claims.push((6, Some(long_int(NOW, 8))));
        },
    );
    t.fault(
        c,
        "proof_time_as_a_float",
        "the proof's time has a fraction of nothing",
        "Number",
        "cbor.bad_number",
        None,
        |s| {
            s.proof.claims.push((6, Some(long_float(NOW as f64))));
        },
    );
    t.fault(
        c,
        "proof_of_indefinite_length",
        "the proof's claims are a map of indefinite length",
        "NonCanonical E9",
        "cbor.indefinite_length",
        None,
        |s| {
            s.proof.claims.push((CALL, Some(indefinite(5, &[]))));
        },
    );
}

/// The tools with one argument of `pay` under a constraint.
fn pay_to(constraint: Item) -> Item {
    let amount = tools::constraint(&json!({"constraint_type": "range", "max": 100}));
    Item::map(vec![(
        Item::text("pay"),
        Item::map(vec![(Item::text("amount"), amount), (Item::text("to"), constraint)]),
    )])
}

/// Puts another item where the authority is.
fn replace_authority(scene: &mut Scene, authority: Item) {
    let mut entries = scene.root().entries();
    for (key, value) in &mut entries {
        if *key == Item::Int(AUTHORITY) {
            *value = authority.clone();
        }
    }
    scene.root().seal.payload = Some(Item::Map(entries).encode());
}
