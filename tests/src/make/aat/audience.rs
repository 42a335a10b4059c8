//! Whom a chain and its proof are for.

use super::scene::Scene;
use crate::make::scene::{AUDIENCE, ELSEWHERE};
use crate::make::topic::{Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_audience");
    t.note("Chain", "a token is for somebody else, or says nobody whom it is for");
    t.note("Proof", "the proof is handed to somebody else, or to whoever takes it");
    audiences(&mut t);
    proof_audiences(&mut t);
    t
}

/// 6c: every token that names places names one of ours.
fn audiences(t: &mut Topic) {
    let mut s = Scene::of(2);
    s.trust.audience = vec!["https://tools.example".into(), "urn:tools:2".into()];
    let c = t.control("aat_audience_ours", "the root names us", "Chain", &s, |_| {});
    for (name, comment, root, child) in [
        ("a_text", "a name alone", json!(AUDIENCE), None),
        ("among_others", "one of several", json!([ELSEWHERE, AUDIENCE]), None),
        ("by_another_name", "another of our names", json!("urn:tools:2"), None),
        (
            "by_two_names",
            "one of our names at the root, another at the child",
            json!(AUDIENCE),
            Some(json!(["urn:tools:2"])),
        ),
        (
            "widened",
            "the child names us and others: who is named above is asked above",
            json!(AUDIENCE),
            Some(json!([AUDIENCE, ELSEWHERE])),
        ),
    ] {
        t.control(&format!("aat_audience_{name}"), comment, "Chain", &s, |s| {
            s.root().set("aud", root);
            child.into_iter().for_each(|child| s.leaf().set("aud", child));
        });
    }
    t.control("aat_audience_of_the_child", "the child alone names us", "Chain", &s, |s| {
        s.root().drop("aud");
        s.leaf().set("aud", json!(AUDIENCE));
    });
    let elsewhere = |link| at(link, "6c", "call.audience_not_granted");
    for (name, comment, value) in [
        ("elsewhere", "another place", json!([ELSEWHERE])),
        ("with_slash", "a slash at the end", json!("https://tools.example/")),
        ("in_capitals", "other letters", json!("https://Tools.example")),
        ("nobody", "an empty list: nobody, and not everybody", json!([])),
        ("null", "null: nobody, and not everybody", Value::Null),
        ("a_number", "no name", json!(7)),
        ("an_object", "no name, with ours inside", json!({"aud": AUDIENCE})),
        ("mixed", "ours beside what is no name", json!([AUDIENCE, 7])),
    ] {
        t.refused(&c, &format!("aat_root_audience_{name}"), comment, "Chain I10", elsewhere(0), |s| {
            s.root().set("aud", value.clone())
        });
        if matches!(name, "elsewhere" | "nobody") {
            t.refused(&c, &format!("aat_child_audience_{name}"), comment, "Chain I10", elsewhere(1), |s| {
                s.leaf().set("aud", value)
            });
        }
    }
    let answer = in_step("6c", "call.audience_not_granted");
    t.refused(
        &c,
        "aat_audience_missing",
        "nobody is named, and somebody must be",
        "Chain I10",
        answer,
        |s| s.root().drop("aud"),
    );
    t.control("aat_audience_not_asked_for", "nobody is named, and nobody need be", "Chain", &s, |s| {
        s.trust.audience_required = Some(false);
        s.root().drop("aud");
    });
    let c = t.control("aat_audience_named_unasked", "we are named, and need not be", "Chain", &s, |s| {
        s.trust.audience_required = Some(false)
    });
    t.refused(
        &c,
        "aat_audience_elsewhere_unasked",
        "who is named is always looked at",
        "Chain",
        elsewhere(0),
        |s| {
            s.root().set("aud", json!([ELSEWHERE]));
        },
    );
}

/// 7d: the proof is handed to one of our names.
fn proof_audiences(t: &mut Topic) {
    let mut s = Scene::of(1);
    s.trust.audience = vec!["https://tools.example".into(), "urn:tools:2".into()];
    let c = t.control("aat_proof_for_us", "the proof is for us", "Proof", &s, |_| {});
    t.control("aat_proof_for_another_of_our_names", "any of our names will do", "Proof", &s, |s| {
        s.proof.set("aat_aud", json!("urn:tools:2"));
    });
    let answer = || in_step("7d", "proof.wrong_audience");
    for (name, comment, value) in [
        ("elsewhere", "for another place", json!(ELSEWHERE)),
        ("with_slash", "a slash at the end", json!("https://tools.example/")),
        ("in_capitals", "other letters", json!("https://TOOLS.example")),
        ("a_list", "in a list", json!([AUDIENCE])),
        ("null", "for nobody", Value::Null),
        ("empty", "a name without a character", json!("")),
    ] {
        let name = format!("aat_proof_for_{name}");
        t.refused(&c, &name, comment, "Proof P8", answer(), |s| s.proof.set("aat_aud", value));
    }
    let missing = in_step("7d", "claims.missing");
    t.refused(&c, "aat_proof_for_whoever", "for nobody in particular", "Proof P7 P8", missing, |s| {
        s.proof.drop("aat_aud")
    });
    let c = t.control(
        "aat_proof_for_whoever_is_enough",
        "the same at a verifier that does not ask",
        "Proof",
        &s,
        |s| {
            s.trust.proof_audience_required = Some(false);
            s.proof.drop("aat_aud");
        },
    );
    t.refused(
        &c,
        "aat_proof_for_elsewhere_unasked",
        "who is named is always looked at",
        "Proof P8",
        answer(),
        |s| {
            s.proof.set("aat_aud", json!(ELSEWHERE));
        },
    );
}
