//! Proving: the bytes an honest holder writes, and what it refuses to write.

use super::scene::{HOLDERS, ISSUER_KEY, NOW, PROOF_ID, Scene};
use super::topic::{Topic, flags};
use crate::vectors::Vector;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("prove");
    t.note("Proved", "what a holder writes, byte for byte");
    t.note("NotProved", "a proof no verifier would accept is not made in the first place");
    let control = |name: &str, comment: &str, scene: &Scene| Vector {
        name: format!("{name}_control"),
        comment: comment.into(),
        flags: flags("Proved"),
        expect: "ok".into(),
        result: Some(hex::encode(scene.finish().1)),
        ..ask(scene)
    };
    let one = Scene::of(1);
    t.plain(control("prove_the_least", "a call with nothing that may be left out", &one));
    let mut full = Scene::of(2);
    full.over_http("DELETE", "https://tools.example/pay?id=7", b"body");
    full.request.nonce = Some("000102030405060708090a0b0c0d0e0f".into());
    t.plain(control("prove_everything", "HTTP and a nonce, under two links", &full));
    let mut spelt = Scene::of(1);
    spelt.arguments("{\"to\":\"\\u0061cme\", \"amount\":5.00, \"memo\":[1e-7, 1E21, -0, \"\u{1f600}\"]}");
    t.plain(control("prove_arguments_in_their_one_form", "the digest is over the canonical form", &spelt));
    let fault = |name: &str, comment: &str, expect: &str, list: &str, change: &dyn Fn(&mut Vector)| {
        let mut vector = ask(&full);
        change(&mut vector);
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(&format!("NotProved {list}")),
            control: Some("prove_everything_control".into()),
            expect: expect.into(),
            link: Some(None),
            ..vector
        }
    };
    t.plain(fault(
        "prove_with_the_parents_key",
        "the leaf is bound to another key",
        "proof.not_the_holder",
        "P2",
        &|v| v.key = Some(hex::encode(HOLDERS[0])),
    ));
    t.plain(fault(
        "prove_with_the_issuers_key",
        "the issuer holds nothing",
        "proof.not_the_holder",
        "P2",
        &|v| v.key = Some(hex::encode(ISSUER_KEY)),
    ));
    t.plain(fault(
        "prove_inexact_arguments",
        "an argument no double holds",
        "json.inexact_number",
        "E16",
        &|v| {
            v.request.as_mut().expect("a request").arguments = r#"{"amount":9007199254740993}"#.into();
        },
    ));
    t.plain(fault("prove_a_short_nonce", "a nonce of seven bytes", "request.bad", "P11", &|v| {
        v.request.as_mut().expect("a request").nonce = Some("00010203040506".into());
    }));
    t
}

/// The question whose honest answer is the scene's proof.
fn ask(scene: &Scene) -> Vector {
    Vector {
        operation: "prove".into(),
        chain: Some(hex::encode(scene.finish().0)),
        key: Some(hex::encode(scene.links.last().expect("a link").holder)),
        request: Some(scene.request.clone()),
        proof_id: Some(hex::encode(PROOF_ID)),
        now: Some(NOW),
        ..Vector::default()
    }
}
