//! The proof: made by the holder, for this call, now.

use super::scene::{AUDIENCE, ELSEWHERE, HOLDERS, ISSUER_KEY, NOW, STRANGER, Scene, arguments_digest};
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::sha256;
use std::rc::Rc;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("proof");
    t.note("Holder", "the proof was made by somebody who does not hold the leaf's key; without this check a token is a password");
    t.note("Swap", "the proof was made for another call; accepted, one signature would serve for any");
    t.note("Window", "the proof was made too long ago, or in the future");
    t.note("Binding", "the proof and the request disagree on how the call travels");
    holders(&mut t);
    swaps(&mut t);
    windows(&mut t);
    http(&mut t);
    nonces(&mut t);
    t
}

fn holders(t: &mut Topic) {
    let c = t.control(
        "proved_by_the_holder",
        "the leaf's holder signs the call",
        "Holder",
        &Scene::of(3),
        |_| {},
    );
    let bad = "proof.bad_signature";
    for (name, comment, signer, flags) in [
        ("proved_by_a_stranger", "a key of nowhere signs the call", STRANGER, "Holder P2"),
        ("proved_by_the_issuer", "the issuer signs the call", ISSUER_KEY, "Holder P2 C21"),
        ("proved_by_the_root_holder", "the root's holder signs for the leaf", HOLDERS[0], "Holder P2"),
        ("proved_by_the_parent_holder", "the parent's holder signs for the leaf", HOLDERS[1], "Holder P2"),
    ] {
        t.fault(&c, name, comment, flags, bad, None, |s| s.proof.signer = Some(signer));
    }
    t.fault(&c, "proof_bit_flipped", "one bit of the proof's signature", "Holder E1", bad, None, |s| {
        s.proof.seal.signature = Some(Rc::new(|mut signature| {
            signature[40] ^= 0x10;
            signature
        }));
    });
    t.fault(
        &c,
        "proof_bound_to_the_leaf_by_aad",
        "the proof is signed with external data, as tokens are",
        "Holder E5",
        bad,
        None,
        |s| {
            let leaf = s.tokens()[2].clone();
            s.proof.seal.external = Some(sha256(&leaf).to_vec());
        },
    );
    t.fault(
        &c,
        "proof_changed_after_signing",
        "another tool is put in after signing",
        "Holder E1 E8",
        bad,
        None,
        |s| {
            s.proof.seal.parts = Some(Rc::new(|mut parts| {
                let Item::Bytes(payload) = &mut parts[2] else { unreachable!("payload") };
                let at = payload.windows(3).position(|bytes| bytes == b"pay").expect("the tool");
                payload[at] = b'q';
                parts
            }));
        },
    );
    t.fault(
        &c,
        "leaf_cut_off",
        "the leaf is cut off so that its parent's authority counts, with the leaf's proof",
        "Holder P3 M5",
        bad,
        None,
        |s| {
            let (_, proof) = s.finish();
            s.rearrange(|tokens| tokens[..2].to_vec());
            s.proof.seal.bytes = Some(Rc::new(move |_| proof.clone()));
        },
    );
}

fn swaps(t: &mut Topic) {
    let c =
        t.control("proved_for_this_call", "proof and request say the same", "Swap", &Scene::of(2), |_| {});
    let token = "proof.wrong_token";
    t.fault(&c, "proof_for_the_parent", "the proof names the parent token", "Swap P3", token, None, |s| {
        let parent = s.tokens()[0].clone();
        s.proof.call.push((2, Some(Item::bytes(sha256(&parent)))));
    });
    t.fault(
        &c,
        "proof_for_a_sibling",
        "the same holder has a wider sibling with the same id; the proof names that",
        "Swap P9",
        token,
        None,
        |s| {
            let mut sibling = s.clone();
            sibling.leaf().set(4, Item::Int(NOW as i64 + 200));
            let other = sibling.tokens()[1].clone();
            s.proof.call.push((2, Some(Item::bytes(sha256(&other)))));
        },
    );
    t.fault(
        &c,
        "proof_for_the_untagged_token",
        "the proof's digest leaves the tag out",
        "Swap P3 C7",
        token,
        None,
        |s| {
            let leaf = s.tokens()[1].clone();
            s.proof.call.push((2, Some(Item::bytes(sha256(&leaf[1..])))));
        },
    );
    t.fault(
        &c,
        "proof_for_the_whole_chain",
        "the proof's digest covers the chain",
        "Swap P3",
        token,
        None,
        |s| {
            let (chain, _) = s.finish();
            s.proof.call.push((2, Some(Item::bytes(sha256(&chain)))));
        },
    );
    t.fault(
        &c,
        "proof_for_another_tool",
        "the proof names `read`, the call is `pay`",
        "Swap P4",
        "proof.wrong_tool",
        None,
        |s| {
            s.proof.call.push((0, Some(Item::text("read"))));
        },
    );
    t.fault(
        &c,
        "proof_for_the_tool_in_another_case",
        "the proof names `Pay`",
        "Swap P4 X5",
        "proof.wrong_tool",
        None,
        |s| s.proof.call.push((0, Some(Item::text("Pay")))),
    );
    t.fault(
        &c,
        "proof_for_another_audience",
        "the proof names another party",
        "Swap P7 P8",
        "proof.wrong_audience",
        None,
        |s| {
            s.proof.claims.push((3, Some(Item::text(ELSEWHERE))));
        },
    );
    let both = t.control(
        "proved_for_one_of_our_names",
        "we go by two names, call and proof by the same",
        "Swap",
        &Scene::of(2),
        |s| {
            s.trust.audience.push(ELSEWHERE.into());
            s.root().set(3, crate::forge::token::audience([AUDIENCE, ELSEWHERE]));
        },
    );
    t.fault(
        &both,
        "proof_for_our_other_name",
        "the call goes to one of our names, the proof to the other",
        "Swap P8",
        "proof.wrong_audience",
        None,
        |s| {
            s.proof.claims.push((3, Some(Item::text(ELSEWHERE))));
        },
    );
    let arguments = "proof.wrong_arguments";
    for (name, comment, signed, flags) in [
        ("argument_changed", "a smaller amount was signed", r#"{"amount":4,"to":"acme"}"#, "Swap P5"),
        ("argument_added_after_signing", "`to` was not signed", r#"{"amount":5}"#, "Swap P5"),
        (
            "argument_dropped_after_signing",
            "a memo was signed and is not sent",
            r#"{"amount":5,"memo":"x","to":"acme"}"#,
            "Swap P5",
        ),
        (
            "argument_null_signed",
            "a null memo was signed and none is sent",
            r#"{"amount":5,"memo":null,"to":"acme"}"#,
            "Swap P16",
        ),
        (
            "argument_as_text_signed",
            "the amount was signed as a text",
            r#"{"amount":"5","to":"acme"}"#,
            "Swap P5",
        ),
        (
            "argument_as_array_signed",
            "the amount was signed in an array",
            r#"{"amount":[5],"to":"acme"}"#,
            "Swap P5",
        ),
        (
            "argument_case_signed",
            "the recipient was signed in other letters",
            r#"{"amount":5,"to":"Acme"}"#,
            "Swap P5 X5",
        ),
    ] {
        t.fault(&c, name, comment, flags, arguments, None, |s| {
            s.proof.call.push((1, Some(Item::bytes(arguments_digest(signed)))))
        });
    }
    t.fault(
        &c,
        "arguments_digest_of_the_text_sent",
        "the digest is of the text as sent, not of its canonical form",
        "Swap P17",
        arguments,
        None,
        |s| {
            s.arguments(r#"{ "amount": 5, "to": "acme" }"#);
            s.proof.call.push((1, Some(Item::bytes(sha256(br#"{ "amount": 5, "to": "acme" }"#)))));
        },
    );
    t.control(
        "arguments_reordered",
        "order and blanks of the arguments are of no consequence",
        "Swap P5 P17",
        &Scene::of(2),
        |s| {
            s.arguments("{\"to\" : \"acme\",\n \"amount\" : 5.0e0}");
        },
    );
}

fn windows(t: &mut Topic) {
    let two = Scene::of(2);
    let made = |s: &mut Scene, seconds: i64| s.proof.claims.push((6, Some(Item::Int(NOW as i64 + seconds))));
    let c =
        t.control("proved_30_seconds_ago", "as old as a proof may be", "Window P6", &two, |s| made(s, -30));
    t.fault(&c, "proved_31_seconds_ago", "a second older", "Window P6", "proof.stale", None, |s| {
        made(s, -31)
    });
    t.fault(&c, "proved_in_1970", "the proof's time is 0", "Window P6", "proof.stale", None, |s| {
        made(s, -(NOW as i64))
    });
    let c = t.control("proved_5_seconds_ahead", "as far ahead as a proof may be", "Window P6", &two, |s| {
        made(s, 5)
    });
    t.fault(&c, "proved_6_seconds_ahead", "a second further", "Window P6", "proof.future", None, |s| {
        made(s, 6)
    });
    t.fault(
        &c,
        "proved_at_the_end_of_numbers",
        "the proof's time is 2^53-1",
        "Window P6 T7",
        "proof.future",
        None,
        |s| {
            s.proof.claims.push((6, Some(Item::Int((1 << 53) - 1))));
        },
    );
    let c =
        t.control("window_of_a_second", "a verifier with a window of one second", "Window P6", &two, |s| {
            s.limit("proof_age", 1);
            s.limit("proof_ahead", 0);
            made(s, -1);
        });
    t.fault(
        &c,
        "window_missed_by_a_second",
        "two seconds old where one is allowed",
        "Window P6",
        "proof.stale",
        None,
        |s| made(s, -2),
    );
    t.fault(
        &c,
        "window_not_reached_yet",
        "a second ahead where none is allowed",
        "Window P6",
        "proof.future",
        None,
        |s| made(s, 1),
    );
}

fn http(t: &mut Topic) {
    const URI: &str = "https://tools.example/pay?dry=no";
    let mut base = Scene::of(2);
    base.over_http("POST", URI, b"{\"amount\":5}");
    let c = t.control("http_bound", "method, target and body are what was signed", "Binding", &base, |_| {});
    let binding = |method: &str, uri: &str, body: &[u8]| {
        (3, Some(Item::Array(vec![Item::text(method), Item::text(uri), Item::bytes(sha256(body))])))
    };
    let wrong = "proof.wrong_http";
    for (name, comment, signed, flags) in [
        ("http_method_changed", "signed for PUT", binding("PUT", URI, b"{\"amount\":5}"), "Binding P4"),
        (
            "http_method_in_lower_case",
            "signed for `post`",
            binding("post", URI, b"{\"amount\":5}"),
            "Binding X5",
        ),
        (
            "http_path_changed",
            "signed for another path",
            binding("POST", "https://tools.example/read?dry=no", b"{\"amount\":5}"),
            "Binding P4",
        ),
        (
            "http_query_changed",
            "signed for another query",
            binding("POST", "https://tools.example/pay?dry=yes", b"{\"amount\":5}"),
            "Binding P5",
        ),
        (
            "http_host_changed",
            "signed for another host",
            binding("POST", "https://tools.evil/pay?dry=no", b"{\"amount\":5}"),
            "Binding P8",
        ),
        (
            "http_scheme_changed",
            "signed for http",
            binding("POST", "http://tools.example/pay?dry=no", b"{\"amount\":5}"),
            "Binding P8",
        ),
        (
            "http_body_changed",
            "signed over another body",
            binding("POST", URI, b"{\"amount\":4}"),
            "Binding P5",
        ),
        ("http_body_absent", "signed over no body", binding("POST", URI, b""), "Binding P5"),
        ("http_not_signed", "signed for no HTTP request at all", (3, None), "Binding P8"),
    ] {
        t.fault(&c, name, comment, flags, wrong, None, |s| s.proof.call.push(signed));
    }
    let c = t.control("http_without_body", "a GET with an empty body", "Binding", &Scene::of(2), |s| {
        s.over_http("GET", "https://tools.example/", b"")
    });
    t.fault(&c, "http_body_added", "a body is sent where none was signed", "Binding P5", wrong, None, |s| {
        s.proof.request = Some(s.request.clone());
        s.over_http("GET", "https://tools.example/", b"x");
    });
    let c = t.control(
        "http_absent_on_both_sides",
        "a call that does not travel over HTTP",
        "Binding",
        &Scene::of(2),
        |_| {},
    );
    t.fault(
        &c,
        "http_signed_and_not_sent",
        "signed for an HTTP request, presented without",
        "Binding P8",
        wrong,
        None,
        |s| {
            s.proof.call.push(binding("POST", URI, b""));
        },
    );
}

fn nonces(t: &mut Topic) {
    let mut base = Scene::of(2);
    base.request.nonce = Some("00112233445566778899aabbccddeeff".into());
    let c = t.control(
        "nonce_as_given",
        "the proof carries the nonce the server gave",
        "Binding P11",
        &base,
        |_| {},
    );
    let wrong = "proof.wrong_nonce";
    t.fault(
        &c,
        "nonce_of_another_time",
        "the proof carries another nonce",
        "Binding P11",
        wrong,
        None,
        |s| s.proof.claims.push((10, Some(Item::bytes([7; 16])))),
    );
    t.fault(
        &c,
        "nonce_cut_short",
        "the proof carries the beginning of the nonce",
        "Binding P11",
        wrong,
        None,
        |s| {
            s.proof.claims.push((10, Some(Item::bytes(hex::decode("0011223344556677").expect("hex")))));
        },
    );
    t.fault(
        &c,
        "nonce_left_out",
        "a nonce was asked for, the proof carries none",
        "Binding P11",
        wrong,
        None,
        |s| s.proof.claims.push((10, None)),
    );
    let c = t.control("nonce_not_asked_for", "no nonce on either side", "Binding", &Scene::of(2), |_| {});
    t.fault(
        &c,
        "nonce_nobody_asked_for",
        "no nonce was asked for, the proof carries one",
        "Binding P11",
        wrong,
        None,
        |s| s.proof.claims.push((10, Some(Item::bytes([7; 16])))),
    );
}
