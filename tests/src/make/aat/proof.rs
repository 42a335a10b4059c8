//! The proof: made by the holder, for this call, now, once.

use super::scene::Scene;
use crate::forge::jws;
use crate::make::scene::Scene as Native;
use crate::make::scene::{HOLDERS, ISSUER_KEY, NOW, STRANGER};
use crate::make::topic::{Topic, at, beyond, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_proof");
    t.note("Holder", "the proof was made by somebody who does not hold the leaf's key; without this check a token is a password");
    t.note("Claims", "the proof does not say what it must, or says it in another type");
    t.note(
        "Swap",
        "the proof was made for another token or another call; accepted, one signature would serve for any",
    );
    t.note("Window", "the proof was made too long ago, or in the future");
    t.note("Nonce", "the proof does not carry what the verifier gave out");
    t.note("Replay", "a proof that was used is used again, or could be");
    t.note("Http", "the proof and the request disagree on how the call travels; ours, not the draft's");
    t.note("Format", "a chain of one encoding with the proof of the other, or the one in place of the other");
    holders(&mut t);
    claims(&mut t);
    tokens(&mut t);
    tools(&mut t);
    arguments(&mut t);
    windows(&mut t);
    nonces(&mut t);
    replays(&mut t);
    http(&mut t);
    formats(&mut t);
    t
}

fn holders(t: &mut Topic) {
    let c = t.control(
        "aat_proved_by_the_holder",
        "the leaf's holder signs the call",
        "Holder",
        &Scene::of(3),
        |_| {},
    );
    let answer = in_step("7b", "proof.bad_signature");
    for (name, comment, signer, flags) in [
        ("aat_proved_by_a_stranger", "a key of nowhere", STRANGER, "Holder P2"),
        ("aat_proved_by_the_issuer", "the issuer", ISSUER_KEY, "Holder P2 C21"),
        ("aat_proved_by_the_root_holder", "the root's holder", HOLDERS[0], "Holder P2"),
        ("aat_proved_by_the_parent_holder", "the parent's holder", HOLDERS[1], "Holder P2"),
    ] {
        t.refused(&c, name, comment, flags, answer, |s| s.proof.signer = Some(signer));
    }
    t.refused(&c, "aat_leaf_cut_off", "the leaf is cut off, its proof stays", "Holder P3 M5", answer, |s| {
        let (_, proof) = s.finish();
        s.arrange.add(|tokens| tokens[..2].to_vec());
        s.proof.instead = Some(proof);
    });
    t.control(
        "aat_proof_not_in_jcs",
        "members in another order, numbers spelt out",
        "Holder",
        &Scene::of(1),
        |s| {
            s.proof.seal.payload.add(|payload| {
                let text = String::from_utf8(payload).expect("text");
                let text = text.replace("\"amount\":5", "\"amount\" : 50e-1").replace("acme", "\\u0061cme");
                format!("{{\"x\":null,{}", &text[1..]).into_bytes()
            });
        },
    );
}

fn claims(t: &mut Topic) {
    let c =
        t.control("aat_proof_says_all", "every claim that must be there", "Claims", &Scene::of(1), |_| {});
    for name in ["jti", "iat", "aat_id", "aat_hash", "aat_tool", "hta"] {
        let answer = in_step("7c", "claims.missing");
        t.refused(
            &c,
            &format!("aat_proof_without_{name}"),
            &format!("no {name}"),
            "Claims P1",
            answer,
            |s| s.proof.drop(name),
        );
    }
    let rows = [
        ("jti_number", "jti", json!(7)),
        ("jti_empty", "jti", json!("")),
        ("aat_id_number", "aat_id", json!(7)),
        ("aat_id_empty", "aat_id", json!("")),
        ("aat_hash_null", "aat_hash", Value::Null),
        ("aat_hash_empty", "aat_hash", json!("")),
        ("aat_tool_list", "aat_tool", json!(["pay"])),
        ("aat_tool_empty", "aat_tool", json!("")),
        ("hta_list", "hta", json!([{"amount": 5, "to": "acme"}])),
        ("hta_text", "hta", json!(r#"{"amount":5,"to":"acme"}"#)),
        ("hta_null", "hta", Value::Null),
    ];
    for (name, claim, value) in rows {
        let answer = in_step("7c", "claims.wrong");
        let comment = format!("{claim} is {value}");
        t.refused(&c, &format!("aat_proof_{name}"), &comment, "Claims M34", answer, |s| {
            s.proof.set(claim, value)
        });
    }
}

fn tokens(t: &mut Topic) {
    let two = Scene::of(2);
    let c = t.control("aat_proved_for_this_leaf", "the leaf by its id and its hash", "Swap", &two, |_| {});
    let all = two.tokens();
    let (parent, leaf) = (&all[0], &all[1]);
    let sum = |text: &str| crate::forge::sha256(text.as_bytes());
    let (signed, _) = leaf.rsplit_once('.').expect("a signature");
    let (_, payload) = signed.split_once('.').expect("a payload");
    for (name, comment, claim, value, flags) in [
        ("id_of_the_parent", "the parent's id", "aat_id", two.links[0].get("jti"), "P3"),
        (
            "id_in_capitals",
            "the id in other letters",
            "aat_id",
            json!("A1A1A1A1-A1A1-A1A1-A1A1-A1A1A1A1A1A1"),
            "P3",
        ),
        ("hash_of_the_parent", "the parent's hash", "aat_hash", json!(jws::hash(parent)), "P3"),
        (
            "hash_of_the_payload",
            "the hash of the payload alone",
            "aat_hash",
            json!(jws::base64url(&sum(payload))),
            "C7",
        ),
        (
            "hash_of_the_whole_token",
            "the hash with the signature",
            "aat_hash",
            json!(jws::base64url(&sum(leaf))),
            "C7",
        ),
        ("hash_in_hex", "the hash in hexadecimal", "aat_hash", json!(hex::encode(sum(signed))), "C7"),
        ("hash_padded", "the hash with padding", "aat_hash", json!(jws::hash(leaf) + "="), "C7"),
    ] {
        let name = format!("aat_proved_with_{name}");
        let answer = in_step("7c", "proof.wrong_token");
        t.refused(&c, &name, comment, &format!("Swap {flags}"), answer, |s| s.proof.set(claim, value));
    }
    let answer = in_step("7c", "proof.wrong_token");
    t.refused(
        &c,
        "aat_proved_for_a_sibling",
        "the proof of a wider leaf with the same id and the same holder",
        "Swap P9",
        answer,
        |s| {
            let (_, proof) = s.finish();
            s.leaf().set("exp", json!(NOW + 200));
            s.proof.instead = Some(proof);
        },
    );
}

fn tools(t: &mut Topic) {
    let mut s = Scene::of(1);
    s.call("z\u{e4}hlen", "{}");
    s.root().tools(json!({"z\u{e4}hlen": {}, "pay": {}}));
    let c = t.control("aat_proved_for_this_tool", "proof and request name one tool", "Swap", &s, |_| {});
    for (name, comment, tool) in [
        ("another_tool", "another tool of the leaf", "pay"),
        ("a_tool_in_nfd", "the same letters, composed otherwise", "za\u{308}hlen"),
        ("a_tool_in_capitals", "other letters", "Z\u{c4}HLEN"),
        ("a_tool_with_a_blank", "a blank at the end", "z\u{e4}hlen "),
    ] {
        let answer = in_step("7e", "proof.wrong_tool");
        t.refused(&c, &format!("aat_proved_for_{name}"), comment, "Swap P4", answer, |s| {
            s.proof.set("aat_tool", json!(tool))
        });
    }
}

fn arguments(t: &mut Topic) {
    let mut s = Scene::of(1);
    s.call("do", r#"{"n":9007199254740992,"x":1,"y":[1,2]}"#);
    s.root().tools(json!({"do": {}}));
    let c =
        t.control("aat_proved_for_these_arguments", "proof and request have the same", "Swap", &s, |_| {});
    for (name, comment, flags, arguments) in [
        ("another_value", "another value", "P5", r#"{"n":9007199254740992,"x":2,"y":[1,2]}"#),
        ("an_argument_more", "an argument more", "P5", r#"{"n":9007199254740992,"x":1,"y":[1,2],"z":1}"#),
        ("an_argument_less", "an argument less", "P5", r#"{"n":9007199254740992,"y":[1,2]}"#),
        (
            "an_argument_null",
            "an argument more, which is null",
            "P16",
            r#"{"n":9007199254740992,"x":1,"y":[1,2],"z":null}"#,
        ),
        ("a_value_in_a_text", "a number in a text", "P5 M34", r#"{"n":9007199254740992,"x":"1","y":[1,2]}"#),
        ("a_value_true", "true instead of one", "M34", r#"{"n":9007199254740992,"x":true,"y":[1,2]}"#),
        ("another_order", "an array in another order", "P5", r#"{"n":9007199254740992,"x":1,"y":[2,1]}"#),
        ("nothing", "no arguments", "P5", "{}"),
        ("other_letters", "an argument in other letters", "X5", r#"{"n":9007199254740992,"X":1,"y":[1,2]}"#),
        (
            "a_number_that_rounds",
            "a number that rounds to the one sent",
            "E16 P17",
            r#"{"n":9007199254740993,"x":1,"y":[1,2]}"#,
        ),
    ] {
        let answer = in_step("7f", "proof.wrong_arguments");
        t.refused(&c, &format!("aat_proved_for_{name}"), comment, &format!("Swap {flags}"), answer, |s| {
            s.proof.rewrite(r#"{"n":9007199254740992,"x":1,"y":[1,2]}"#, arguments);
        });
    }
    t.control(
        "aat_proved_in_other_words",
        "another order and other spellings of the same",
        "Swap P5",
        &s,
        |s| {
            s.proof.rewrite(
                r#"{"n":9007199254740992,"x":1,"y":[1,2]}"#,
                r#"{"\u0079":[1.0,2],"n":9.007199254740992e15,"x":1e0}"#,
            );
        },
    );
}

fn windows(t: &mut Topic) {
    let mut s = Scene::of(1);
    let c = t.control("aat_proof_thirty_seconds_old", "as old as it may be", "Window P6", &s, |s| {
        s.proof.set("iat", json!(NOW - 30))
    });
    let stale = in_step("7g", "proof.stale");
    t.refused(&c, "aat_proof_too_old", "a second older", "Window P6", stale, |s| {
        s.proof.set("iat", json!(NOW - 31))
    });
    let c =
        t.control("aat_proof_five_seconds_ahead", "as far ahead as it may be here", "Window P6", &s, |s| {
            s.proof.set("iat", json!(NOW + 5))
        });
    let future = in_step("7g", "proof.future");
    t.refused(&c, "aat_proof_too_far_ahead", "a second further", "Window P6", future, |s| {
        s.proof.set("iat", json!(NOW + 6))
    });
    s.limit("proof_ahead", 30);
    let c = t.control("aat_proof_thirty_seconds_ahead", "the window of the draft", "Window P6", &s, |s| {
        s.proof.set("iat", json!(NOW + 30))
    });
    t.refused(&c, "aat_proof_beyond_the_draft", "a second further", "Window P6", future, |s| {
        s.proof.set("iat", json!(NOW + 31))
    });
}

fn nonces(t: &mut Topic) {
    let mut s = Scene::of(1);
    let c = t.control("aat_nonce_given_back", "the nonce that was given out", "Nonce", &s, |s| {
        s.nonce("nonce-of-the-server")
    });
    let wrong = || in_step("7h", "proof.wrong_nonce");
    t.refused(&c, "aat_nonce_missing", "no nonce", "Nonce P11", wrong(), |s| s.proof.drop("nonce"));
    for (name, comment, value) in [
        ("other", "another nonce", json!("nonce-of-yesterday!")),
        ("longer", "the nonce and more", json!("nonce-of-the-server ")),
        ("number", "no text", json!(7)),
        ("list", "the nonce in a list", json!(["nonce-of-the-server"])),
    ] {
        t.refused(&c, &format!("aat_nonce_{name}"), comment, "Nonce P11", wrong(), |s| {
            s.proof.set("nonce", value)
        });
    }
    s.proof.set("nonce", json!("nobody-asked"));
    t.control("aat_nonce_unasked", "a nonce nobody asked for is not looked at", "Nonce", &s, |_| {});
    s.proof.set("nonce", json!({"a": [7]}));
    t.control("aat_nonce_unasked_and_none", "whatever it is", "Nonce", &s, |_| {});
}

fn replays(t: &mut Topic) {
    let c = t.control("aat_used_once", "a proof is good once", "Replay P15", &Scene::of(1), |_| {});
    let seen = || in_step("7i", "proof.replayed");
    t.refused(&c, "aat_used_twice", "the same call a second time", "Replay P7 P12", seen(), |s| s.times = 2);
    let full = in_step("7i", "proof.memory_full");
    t.refused(
        &c,
        "aat_memory_of_nothing",
        "a verifier that can remember no proof",
        "Replay P13",
        full,
        |s| s.trust.replay_capacity = Some(0),
    );
    let c =
        t.control("aat_id_of_any_shape", "a proof's id need not be a UUID", "Replay", &Scene::of(1), |s| {
            s.proof.set("jti", json!("\u{1f600}"));
        });
    t.refused(
        &c,
        "aat_id_of_any_shape_used_twice",
        "it is remembered like any other",
        "Replay P7",
        seen(),
        |s| s.times = 2,
    );
    let c = t.control("aat_nonce_used_once", "a nonce, once", "Replay", &Scene::of(1), |s| {
        s.nonce("nonce-of-the-server")
    });
    t.refused(
        &c,
        "aat_nonce_used_twice",
        "a nonce does not excuse a second use",
        "Replay P11",
        seen(),
        |s| s.times = 2,
    );
}

fn http(t: &mut Topic) {
    let post = |s: &mut Scene| s.over_http("POST", "https://tools.example/pay", b"{}");
    let c = t.control("aat_bound_to_http", "method, target and body are signed", "Http", &Scene::of(1), post);
    let wrong = || beyond(None, "proof.wrong_http");
    let body = jws::base64url(&crate::forge::sha256(b"{}"));
    let binding = |method: &str, uri: &str, body: &str| json!({"htm": method, "htu": uri, "body": body});
    let uri = "https://tools.example/pay";
    for (name, comment, value) in [
        ("another_method", "another method", binding("PUT", uri, &body)),
        ("another_target", "another target", binding("POST", "https://tools.example/read", &body)),
        ("another_body", "another body", binding("POST", uri, &jws::base64url(&crate::forge::sha256(b"")))),
        ("a_member_more", "a member more", json!({"htm": "POST", "htu": uri, "body": body, "x": 1})),
        ("a_member_less", "no body", json!({"htm": "POST", "htu": uri})),
        ("a_text", "no object", json!("POST")),
    ] {
        t.refused(&c, &format!("aat_bound_to_{name}"), comment, "Http P5", wrong(), |s| {
            s.proof.set("keybound", value)
        });
    }
    t.refused(&c, "aat_bound_to_no_http", "the proof says nothing of it", "Http P5", wrong(), |s| {
        s.proof.drop("keybound")
    });
    let c = t.control("aat_not_over_http", "a call that travels otherwise", "Http", &Scene::of(1), |_| {});
    t.refused(
        &c,
        "aat_bound_to_http_unasked",
        "the proof is for a call over HTTP",
        "Http P5",
        wrong(),
        |s| {
            s.proof.set("keybound", binding("POST", uri, &body));
        },
    );
}

fn formats(t: &mut Topic) {
    let (native, mixed) = (Native::of(1), Scene::of(1));
    let (native_chain, native_proof) = native.finish();
    let (_, proof) = mixed.finish();
    let wrong = "envelope.wrong_type";
    let c = t.control("aat_chain_and_proof", "both in one encoding", "Format", &mixed, |_| {});
    t.refused(
        &c,
        "aat_chain_with_a_native_proof",
        "the proof is in the other",
        "Format E5",
        in_step("7a", wrong),
        |s| {
            s.proof.instead = Some(native_proof.clone());
        },
    );
    t.refused(
        &c,
        "aat_token_as_a_proof",
        "a token in place of the proof",
        "Format P10",
        in_step("7a", wrong),
        |s| {
            s.proof.instead = Some(s.tokens()[0].clone().into_bytes());
        },
    );
    let token = String::from_utf8(proof.clone()).expect("text");
    t.refused(
        &c,
        "aat_proof_as_a_token",
        "a proof in place of the token",
        "Format P10",
        at(0, "3a", wrong),
        |s| {
            s.arrange.add(move |_| vec![token.clone()]);
        },
    );
    for (name, comment, bytes) in
        [("aat_proof_a_word", "a word", &b"none"[..]), ("aat_proof_a_dot", "two empty segments", b".")]
    {
        let answer = in_step("7a", "jose.not_compact");
        t.refused(&c, name, comment, "Format P1", answer, |s| s.proof.instead = Some(bytes.to_vec()));
    }
    let (name, comment) = ("aat_proof_missing", "no bytes at all, which are of no encoding");
    let answer = beyond(None, "bytes.truncated");
    t.refused(&c, name, comment, "Format P1", answer, |s| s.proof.instead = Some(vec![]));
    t.refused(
        &c,
        "aat_chain_replaced_by_a_native_one",
        "the chain is in the other",
        "Format E5",
        beyond(None, wrong),
        |s| {
            s.chain_instead = Some(native_chain);
        },
    );
    t.control("aat_proof_header_with_a_blank_first", "JSON may begin with a blank", "Format", &mixed, |s| {
        s.proof.seal.header_text.add(|text| [b" ", &text[..]].concat());
    });
}
