//! What an issuer and a holder write in AAT-02, byte for byte, and what they refuse to write.

use super::scene::Scene;
use crate::forge::{jws, public_key};
use crate::make::scene::{AUDIENCE, HOLDERS, ISSUER, ISSUER_KEY, NOW, PROOF_ID, STRANGER, agent, token_id};
use crate::make::topic::{Topic, flags};
use crate::vectors::Vector;
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_issue");
    t.note("Issued", "what an issuer writes; the second writer of the format is the forge of this folder");
    t.note("Delegated", "what a holder writes below its token");
    t.note("Proved", "what a holder signs for a call");
    t.note("NotMade", "what no verifier would accept is not signed in the first place");
    issued(&mut t);
    not_issued(&mut t);
    delegated(&mut t);
    proved(&mut t);
    t
}

fn tools() -> Value {
    json!({
        "pay": {
            "amount": {"constraint_type": "range", "max": 100, "min": 0.5},
            "memo": {"constraint_type": "wildcard", "optional": true},
            "to": {"constraint_type": "one_of", "values": ["acme", "globex"]}
        },
        "z\u{e4}hlen": {}
    })
}

/// Every claim of a root that may be there.
fn full() -> Value {
    json!({
        "iss": ISSUER, "sub": "user:alice", "aud": [AUDIENCE, "https://tools2.example"],
        "iat": NOW, "nbf": NOW + 5, "exp": NOW + 300, "cti": hex::encode(token_id(0)),
        "holder": hex::encode(HOLDERS[0]), "depth": 0, "max_depth": 3,
        "agent": agent(0), "task": "t-42", "tools": tools()
    })
}

fn made(name: &str, comment: &str, flag: &str, result: Vec<u8>, vector: Vector) -> Vector {
    Vector {
        name: format!("aat_{name}_control"),
        comment: comment.into(),
        flags: flags(flag),
        expect: "ok".into(),
        result: Some(hex::encode(result)),
        ..vector
    }
}

/// A chain told in the naive model's words, as it travels.
fn chain(tokens: &[Value]) -> Vec<u8> {
    jws::chain(&jws::tokens(tokens, &ISSUER_KEY)).into_bytes()
}

fn text(token: &Value, member: &str) -> Option<String> {
    token[member].as_str().map(str::to_owned)
}

/// The question whose honest answer is this root.
fn ask(root: &Value) -> Vector {
    let number = |member: &str| root[member].as_u64();
    let names =
        root["aud"].as_array().map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)));
    Vector {
        operation: "issue".into(),
        format: Some("aat".into()),
        key: Some(hex::encode(ISSUER_KEY)),
        issuer: text(root, "iss"),
        to: Some(hex::encode(public_key(&HOLDERS[0]))),
        tools: Some(root["tools"].to_string()),
        audience: names.map(Iterator::collect),
        principal: text(root, "sub"),
        agent: text(root, "agent"),
        task: text(root, "task"),
        ttl: number("exp").and_then(|exp| u32::try_from(exp - NOW).ok()),
        not_before: number("nbf"),
        max_depth: number("max_depth").and_then(|depth| u32::try_from(depth).ok()),
        token_id: text(root, "cti"),
        now: Some(NOW),
        ..Vector::default()
    }
}

fn issued(t: &mut Topic) {
    let mut least = full();
    for member in ["sub", "agent", "task", "nbf"] {
        least.as_object_mut().expect("object").remove(member);
    }
    least["aud"] = json!([AUDIENCE]);
    least["tools"] = json!({"read": {}});
    least["max_depth"] = json!(0);
    let mut every = full();
    every["tools"] = every_constraint();
    for (name, comment, root) in [
        ("issue_everything", "every member of a grant", full()),
        ("issue_the_least", "nothing that may be left out", least),
        ("issue_every_constraint", "each of the nine constraints, and numbers of every size", every),
    ] {
        t.plain(made(name, comment, "Issued", chain(std::slice::from_ref(&root)), ask(&root)));
    }
}

/// Sets hold one value or two of one length, so that no order of sets is taught here.
fn every_constraint() -> Value {
    let short = |kind: &str, member: &str, value: Value| json!({"constraint_type": kind, member: value});
    let both = json!([
        short("exact", "value", json!(1e21)),
        short("wildcard", "constraint_type", json!("wildcard"))
    ]);
    json!({"t": {
        "a": short("exact", "value", json!(-1e-7)),
        "b": {"constraint_type": "range", "max": 9007199254740992_i64, "max_inclusive": false, "min": -0.1},
        "c": short("one_of", "values", json!(["a", "b"])),
        "d": short("not_one_of", "excluded", json!([])),
        "e": short("contains", "required", json!([{"b": [1, "\u{e9}"], "a": null}])),
        "f": short("subset", "allowed", json!(["\u{1f600}\u{0}"])),
        "g": short("all", "constraints", both.clone()),
        "h": {"constraint_type": "any", "constraints": both, "optional": true},
        "*": {"constraint_type": "wildcard"}
    }})
}

fn fault(
    of: &str,
    name: &str,
    comment: &str,
    expect: &str,
    link: Option<usize>,
    list: &str,
    vector: Vector,
) -> Vector {
    Vector {
        name: format!("aat_{name}"),
        comment: comment.into(),
        flags: flags(&format!("NotMade {list}")),
        control: Some(format!("aat_{of}_control")),
        expect: expect.into(),
        link: Some(link),
        ..vector
    }
}

fn not_issued(t: &mut Topic) {
    let base = || ask(&full());
    let of = "issue_everything";
    for vector in [
        fault(
            of,
            "issue_for_two_days",
            "a life over the limit",
            "time.bad_lifetime",
            None,
            "T6",
            Vector { ttl: Some(172_800), ..base() },
        ),
        fault(
            of,
            "issue_too_deep",
            "too many delegations",
            "chain.depth_exceeded",
            None,
            "C13",
            Vector { max_depth: Some(9), ..base() },
        ),
        fault(
            of,
            "issue_to_nobody",
            "an empty audience",
            "claims.wrong",
            None,
            "I10",
            Vector { audience: Some(vec![]), ..base() },
        ),
        fault(
            of,
            "issue_to_a_weak_key",
            "a key of small order",
            "key.bad",
            None,
            "E3",
            Vector { to: Some("00".repeat(32)), ..base() },
        ),
        fault(
            of,
            "issue_an_empty_any",
            "an empty any",
            "constraint.bad",
            None,
            "M23",
            Vector {
                tools: Some(r#"{"t":{"a":{"constraint_type":"any","constraints":[]}}}"#.into()),
                ..base()
            },
        ),
    ] {
        t.plain(vector);
    }
}

/// The question of who passes a chain on: only to another key, with nothing narrower.
fn pass_on(parents: &[Value], key: [u8; 32], to: [u8; 32], now: u64) -> Vector {
    Vector {
        operation: "delegate".into(),
        chain: Some(hex::encode(chain(parents))),
        key: Some(hex::encode(key)),
        to: Some(hex::encode(public_key(&to))),
        token_id: Some(hex::encode(token_id(parents.len()))),
        now: Some(now),
        ..Vector::default()
    }
}

fn delegated(t: &mut Topic) {
    let root = full();
    let same = json!({
        "exp": NOW + 300, "iat": NOW + 10, "cti": hex::encode(token_id(1)), "holder": hex::encode(HOLDERS[1]),
        "depth": 1, "max_depth": 3, "tools": tools()
    });
    let mut narrow = same.clone();
    for (member, value) in [
        ("exp", json!(NOW + 70)),
        ("nbf", json!(NOW + 15)),
        ("aud", json!([AUDIENCE])),
        ("agent", json!(agent(1))),
        ("max_depth", json!(2)),
        (
            "tools",
            json!({"pay": {
                "amount": {"constraint_type": "exact", "value": 7},
                "to": {"constraint_type": "one_of", "values": ["acme"]}
            }}),
        ),
    ] {
        narrow[member] = value;
    }
    let first = || pass_on(std::slice::from_ref(&root), HOLDERS[0], HOLDERS[1], NOW + 10);
    let everything = || Vector {
        tools: Some(narrow["tools"].to_string()),
        audience: Some(vec![AUDIENCE.into()]),
        agent: Some(agent(1)),
        ttl: Some(60),
        not_before: Some(NOW + 15),
        max_depth: Some(2),
        ..first()
    };
    let both = [root.clone(), same.clone()];
    t.plain(made("delegate_nothing_narrower", "only another key", "Delegated", chain(&both), first()));
    let mut early = same.clone();
    early["iat"] = json!(NOW);
    let behind = Vector { now: Some(NOW - 20), ..first() };
    let comment = "a clock behind the issuer's: the child is issued with its parent";
    t.plain(made(
        "delegate_with_a_clock_behind",
        comment,
        "Delegated",
        chain(&[root.clone(), early]),
        behind,
    ));
    t.plain(made(
        "delegate_everything_narrower",
        "every member of a narrowing",
        "Delegated",
        chain(&[root.clone(), narrow.clone()]),
        everything(),
    ));
    let mut third = same.clone();
    (third["cti"], third["holder"], third["depth"]) =
        (json!(hex::encode(token_id(2))), json!(hex::encode(HOLDERS[2])), json!(2));
    let again = pass_on(&both, HOLDERS[1], HOLDERS[2], NOW + 10);
    t.plain(made(
        "delegate_again",
        "a third token",
        "Delegated",
        chain(&[root.clone(), same.clone(), third]),
        again,
    ));
    let lone = Vector {
        chain: Some(hex::encode(&jws::tokens(std::slice::from_ref(&root), &ISSUER_KEY)[0])),
        ..first()
    };
    t.plain(made(
        "delegate_a_lone_token",
        "a root by itself becomes a chain",
        "Delegated",
        chain(&both),
        lone,
    ));
    let of = "delegate_everything_narrower";
    let tools = |tools: Value| Vector { tools: Some(tools.to_string()), ..everything() };
    let mut terminal = root.clone();
    terminal["max_depth"] = json!(0);
    for vector in [
        fault(
            of,
            "delegate_with_a_strangers_key",
            "not the holder's key",
            "proof.not_the_holder",
            None,
            "C8",
            Vector { key: Some(hex::encode(STRANGER)), ..everything() },
        ),
        fault(
            of,
            "delegate_an_expired_parent",
            "the parent has ended",
            "time.expired",
            Some(0),
            "T2",
            Vector { now: Some(NOW + 300), ..everything() },
        ),
        fault(
            of,
            "delegate_beyond_the_parents_end",
            "a longer life",
            "time.expires_after_parent",
            Some(1),
            "T3",
            Vector { ttl: Some(291), ..everything() },
        ),
        fault(
            of,
            "delegate_a_new_tool",
            "a tool more",
            "chain.tool_added",
            Some(1),
            "M1",
            tools(json!({"read": {}})),
        ),
        fault(
            of,
            "delegate_a_wider_range",
            "a wider range",
            "chain.constraint_widened",
            Some(1),
            "M8",
            tools(json!({"pay": {
                "amount": {"constraint_type": "range", "max": 101, "min": 0.5},
                "to": {"constraint_type": "exact", "value": "acme"}
            }})),
        ),
        fault(
            of,
            "delegate_elsewhere",
            "another audience: ours is the stricter rule",
            "chain.audience_widened",
            Some(1),
            "C22",
            Vector { audience: Some(vec!["https://elsewhere.example".into()]), ..everything() },
        ),
        fault(
            of,
            "delegate_a_terminal_token",
            "the parent allows no delegation",
            "chain.depth_exceeded",
            Some(1),
            "C12",
            Vector { max_depth: None, ..pass_on(&[terminal], HOLDERS[0], HOLDERS[1], NOW + 10) },
        ),
    ] {
        t.plain(vector);
    }
}

fn proved(t: &mut Topic) {
    let ask = |s: &Scene| Vector {
        operation: "prove".into(),
        chain: Some(hex::encode(s.finish().0)),
        key: Some(hex::encode(s.links.last().expect("a token").holder)),
        request: Some(s.request.clone()),
        proof_id: Some(hex::encode(PROOF_ID)),
        now: Some(NOW),
        ..Vector::default()
    };
    let one = Scene::of(1);
    let mut everything = Scene::of(2);
    everything.over_http("DELETE", "https://tools.example/pay?id=7", b"body");
    everything.nonce("nonce-of-the-s\u{e9}rver");
    let mut spelt = Scene::of(1);
    spelt.request.arguments =
        "{\"to\":\"\\u0061cme\", \"amount\":5.00, \"memo\":[1e-7, 1E21, -0, \"\u{1f600}\"]}".into();
    let mut token = Scene::of(1);
    token.root().set("jti", json!("\u{e9}"));
    for (name, comment, s) in [
        ("prove_the_least", "nothing that may be left out", &one),
        ("prove_everything", "HTTP and a nonce, under two tokens", &everything),
        ("prove_arguments_in_their_one_form", "the payload is JCS as a whole", &spelt),
        ("prove_under_an_id_of_any_shape", "the id is said as it stands", &token),
    ] {
        t.plain(made(name, comment, "Proved", s.finish().1, ask(s)));
    }
    let of = "prove_everything";
    let request = |change: &dyn Fn(&mut crate::vectors::Request)| {
        let mut request = everything.request.clone();
        change(&mut request);
        Vector { request: Some(request), ..ask(&everything) }
    };
    let parent = Vector { key: Some(hex::encode(HOLDERS[0])), ..ask(&everything) };
    t.plain(fault(
        of,
        "prove_with_the_parents_key",
        "another key",
        "proof.not_the_holder",
        None,
        "P2",
        parent,
    ));
    let inexact = request(&|request| request.arguments = r#"{"amount":9007199254740993}"#.into());
    t.plain(fault(
        of,
        "prove_inexact_arguments",
        "a number no double holds",
        "json.inexact_number",
        None,
        "E16",
        inexact,
    ));
    let nonce = request(&|request| request.nonce = Some("ff".repeat(16)));
    t.plain(fault(
        of,
        "prove_a_nonce_that_is_no_text",
        "bytes that JSON cannot hold",
        "request.bad",
        None,
        "P11",
        nonce,
    ));
}
