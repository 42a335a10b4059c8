//! Chain and proof in one object, and a chain by itself.

use super::scene::Scene;
use crate::forge::jws;
use crate::make::topic::{Topic, at, beyond, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_presentation");
    t.note("Object", "the object is none, or a member is missing or of another type");
    t.note("Members", "members that nobody knows are passed over; one that stands twice is not");
    t.note("Alone", "a chain without its proof: the object, with or without the rest, or a lone token");
    together(&mut t);
    parts(&mut t);
    alone(&mut t);
    t
}

/// Two links whose chain and proof travel together.
fn scene() -> Scene {
    let mut s = Scene::of(2);
    s.is_together = true;
    s
}

/// Changes the object before it is written.
fn change(s: &mut Scene, change: impl Fn(&mut Value) + 'static) {
    s.text.add(move |text| {
        let mut value = serde_json::from_str(&text).expect("JSON");
        change(&mut value);
        value.to_string()
    });
}

fn together(t: &mut Topic) {
    let c = t.control("aat_presented", "a chain and its proof", "Object Members", &scene(), |_| {});
    t.control("aat_presented_with_more", "members that nobody knows", "Members", &scene(), |s| {
        s.text.add(|text| format!("{{\"_meta\":{{\"n\":1e999,\"tools\":[]}},\"aat_Chain\":7,{}", &text[1..]));
    });
    t.control(
        "aat_presented_in_another_form",
        "another order, blanks and escapes",
        "Object",
        &scene(),
        |s| {
            s.text.add(|text| {
                let value: Value = serde_json::from_str(&text).expect("JSON");
                let chain = serde_json::to_string_pretty(&value["aat_chain"]).expect("JSON");
                format!("\r\n\t {{ \"aat_pop\" : {} , \"\\u0061at_chain\" : {chain} }} ", value["aat_pop"])
            });
        },
    );
    let bad = || beyond(None, "presentation.bad");
    type Change = fn(&mut Value);
    let rows: [(&str, &str, Change); 12] = [
        ("without_proof", "no proof", |v| drop(v.as_object_mut().expect("object").remove("aat_pop"))),
        ("without_chain", "no chain", |v| drop(v.as_object_mut().expect("object").remove("aat_chain"))),
        ("with_proof_null", "a proof that is none", |v| v["aat_pop"] = Value::Null),
        ("with_proof_in_a_list", "a list of proofs", |v| v["aat_pop"] = json!([v["aat_pop"]])),
        ("with_chain_null", "a chain that is none", |v| v["aat_chain"] = Value::Null),
        ("with_chain_a_text", "a lone token instead of a list", |v| {
            v["aat_chain"] = v["aat_chain"][0].clone()
        }),
        ("with_chain_by_number", "tokens by their places", |v| {
            v["aat_chain"] = json!({"0": v["aat_chain"][0], "1": v["aat_chain"][1]})
        }),
        ("with_a_number_among_tokens", "a token that is none", |v| v["aat_chain"][1] = json!(7)),
        ("with_a_token_in_json", "a token in the JSON serialization", |v| {
            v["aat_chain"][1] = json!({"payload": "e30"})
        }),
        ("in_a_list", "the object in a list", |v| *v = json!([v])),
        ("in_the_json_serialization", "a JWS with two signatures", |v| {
            *v = json!({"payload": "e30", "signatures": [{}, {}]})
        }),
        ("in_capitals", "names have their case", |v| {
            *v = json!({"AAT_CHAIN": v["aat_chain"], "AAT_POP": v["aat_pop"]})
        }),
    ];
    for (name, comment, edit) in rows {
        t.refused(&c, &format!("aat_presented_{name}"), comment, "Object P1", bad(), |s| change(s, edit));
    }
    for (name, comment, code, edit) in [
        ("cut", "no JSON", "json.bad", (|text| text[..text.len() - 1].into()) as fn(String) -> String),
        ("with_more_after_it", "more than JSON", "json.bad", |text| text + "{}"),
        ("empty", "nothing", "json.bad", |_| String::new()),
        ("too_deep", "nested three hundred deep", "bytes.too_deep", |text| {
            format!("{{\"x\":{}{},{}", "[".repeat(300), "]".repeat(300), &text[1..])
        }),
        ("with_half_a_surrogate_pair", "no Unicode", "json.lone_surrogate", |text| {
            format!("{{\"x\":\"\\ud800\",{}", &text[1..])
        }),
        ("with_two_chains", "a chain twice", "json.duplicate_member", |text| {
            format!("{{\"aat_chain\":[],{}", &text[1..])
        }),
        ("with_two_proofs", "a proof twice", "json.duplicate_member", |text| {
            format!("{{\"aat_pop\":\"\",{}", &text[1..])
        }),
        ("with_a_repeated_unknown", "deep in what nobody reads", "json.duplicate_member", |text| {
            format!("{{\"_meta\":[{{\"a\":1,\"a\":1}}],{}", &text[1..])
        }),
    ] {
        t.refused(
            &c,
            &format!("aat_presented_{name}"),
            comment,
            "Object Members E10",
            beyond(None, code),
            |s| s.text.add(edit),
        );
    }
}

/// What is in the object is judged as it is outside.
fn parts(t: &mut Topic) {
    let c = t.control("aat_presented_in_order", "root first", "Object", &scene(), |_| {});
    for (name, comment, answer, edit) in [
        (
            "empty_chain",
            "a list of no tokens",
            in_step("1", "chain.empty"),
            (|v| v["aat_chain"] = json!([])) as fn(&mut Value),
        ),
        ("reversed_chain", "leaf first", at(0, "3b", "chain.unknown_issuer"), |v| {
            v["aat_chain"].as_array_mut().expect("list").reverse()
        }),
        ("repeated_token", "the root twice", at(1, "2c", "chain.repeated_token"), |v| {
            v["aat_chain"][1] = v["aat_chain"][0].clone()
        }),
        ("empty_token", "no text", at(1, "2c", "jose.not_compact"), |v| v["aat_chain"][1] = json!("")),
        ("parent_alone", "the leaf is cut off", in_step("7b", "proof.bad_signature"), |v| {
            v["aat_chain"].as_array_mut().expect("list").truncate(1);
        }),
        ("empty_proof", "no text", in_step("7a", "jose.not_compact"), |v| v["aat_pop"] = json!("")),
        (
            "proof_that_is_a_token",
            "the leaf in place of the proof",
            in_step("7a", "envelope.wrong_type"),
            |v| {
                v["aat_pop"] = v["aat_chain"][1].clone();
            },
        ),
    ] {
        t.refused(&c, &format!("aat_presented_{name}"), comment, "Object C2 P10", answer, |s| {
            change(s, edit)
        });
    }
    let c = t.control("aat_presented_once", "good once", "Object", &scene(), |_| {});
    t.refused(
        &c,
        "aat_presented_twice",
        "as it was, a second time",
        "Object P7",
        in_step("7i", "proof.replayed"),
        |s| s.times = 2,
    );
    let answer = in_step("6b", "json.inexact_number");
    t.refused(&c, "aat_presented_for_no_call", "arguments that make no request", "Object E16", answer, |s| {
        s.request.arguments = r#"{"amount":9007199254740993}"#.into();
    });
}

/// `authorize` takes a chain without its proof, in several forms.
fn alone(t: &mut Topic) {
    let c = t.control("aat_chain_alone", "the object with the chain", "Alone", &Scene::of(2), |_| {});
    t.control(
        "aat_chain_with_its_proof",
        "the whole object: the proof beside it is passed over",
        "Alone",
        &Scene::of(2),
        |s| {
            s.text.add(|text| format!("{{\"aat_pop\":\"nothing\",{}", &text[1..]));
        },
    );
    t.control("aat_chain_with_blanks", "blanks around it", "Alone", &Scene::of(2), |s| {
        s.text.add(|text| format!(" \n{text}\n"))
    });
    let lone = t.control("aat_lone_token", "a root by itself", "Alone", &Scene::of(1), |s| {
        let token = s.tokens()[0].clone();
        s.text.add(move |_| token.clone());
    });
    t.control(
        "aat_lone_token_header_with_a_blank_first",
        "JSON may begin with a blank",
        "Alone",
        &Scene::of(1),
        |s| {
            s.root().seal.header_text.add(|text| [b" ", &text[..]].concat());
            let token = s.tokens()[0].clone();
            s.text.add(move |_| token.clone());
        },
    );
    let bad = || beyond(None, "presentation.bad");
    for (name, comment, text) in [
        ("aat_chain_of_nothing", "an object without members", "{}"),
        ("aat_chain_null", "a chain that is none", "{\"aat_chain\":null}"),
        ("aat_chain_under_another_name", "the chain under another name", "{\"chain\":[]}"),
    ] {
        t.refused(&c, name, comment, "Alone", bad(), |s| s.text.add(move |_| text.into()));
    }
    t.refused(&c, "aat_chain_cut", "no JSON", "Alone E2", beyond(None, "json.bad"), |s| {
        s.text.add(|text| text[..text.len() - 1].into())
    });
    t.refused(
        &c,
        "aat_chain_twice",
        "a chain twice",
        "Alone E10",
        beyond(None, "json.duplicate_member"),
        |s| {
            s.text.add(|text| format!("{{\"aat_chain\":[],{}", &text[1..]));
        },
    );
    let answer = at(0, "2c", "jose.not_compact");
    t.refused(&lone, "aat_lone_token_cut", "two segments", "Alone E2", answer, |s| {
        s.text.add(|text| text.rsplit_once('.').expect("a signature").0.into());
    });
    let answer = at(0, "2c", "jose.encrypted");
    t.refused(
        &lone,
        "aat_two_tokens_in_a_row",
        "two tokens joined by a dot have six segments, five with one left out",
        "Alone",
        answer,
        |s| {
            s.text.add(|text| format!("{text}.AA.{}", jws::base64url(b"{}")));
        },
    );
}
