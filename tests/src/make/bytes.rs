//! Sizes, ends and nesting, before anything is understood.

use super::scene::Scene;
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::token::chain;
use std::rc::Rc;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("bytes");
    t.note(
        "Framing",
        "the input ends too early or too late; a lenient reader would take a part of it for the whole",
    );
    t.note("Oversize", "the input is larger than the verifier wants to read; reading it costs memory before any key is known");
    t.note("Nesting", "items nested deeper than anybody needs; a recursive reader runs out of stack");
    framing(&mut t);
    sizes(&mut t);
    nesting(&mut t);
    t
}

fn framing(t: &mut Topic) {
    let two = Scene::of(2);
    let c = t.control("framing_honest", "two links and a proof, nothing wrong", "Framing", &two, |_| {});
    let f = "Framing E13";
    t.fault(
        &c,
        "chain_absent",
        "no bytes where the chain should be",
        "Framing C1",
        "bytes.truncated",
        None,
        |s| {
            s.edit_chain(|_| vec![]);
        },
    );
    t.fault(
        &c,
        "chain_without_its_last_byte",
        "the last byte of the chain is missing",
        "Framing E19",
        "bytes.truncated",
        Some(1),
        |s| {
            s.edit_chain(|mut chain| {
                chain.pop();
                chain
            });
        },
    );
    t.fault(
        &c,
        "chain_with_a_byte_too_many",
        "a zero byte follows the chain",
        f,
        "bytes.trailing",
        None,
        |s| {
            s.edit_chain(|mut chain| {
                chain.push(0);
                chain
            });
        },
    );
    t.fault(
        &c,
        "chain_promises_three_tokens",
        "the array says three, two are there",
        f,
        "bytes.truncated",
        Some(2),
        |s| {
            s.edit_chain(|mut chain| {
                chain[0] = 0x83;
                chain
            });
        },
    );
    t.fault(
        &c,
        "chain_promises_one_token",
        "the array says one, two are there",
        f,
        "bytes.trailing",
        None,
        |s| {
            s.edit_chain(|mut chain| {
                chain[0] = 0x81;
                chain
            });
        },
    );
    t.fault(
        &c,
        "chain_is_a_map",
        "the tokens hang in a map instead of an array",
        f,
        "cbor.unexpected_item",
        None,
        |s| {
            s.edit_chain(|mut chain| {
                chain[0] = 0xa1;
                chain
            });
        },
    );
    t.fault(
        &c,
        "chain_is_one_bare_token",
        "a token stands where the array of tokens should",
        f,
        "cbor.unexpected_item",
        None,
        |s| {
            s.rearrange(|tokens| tokens[..1].to_vec());
            s.edit_chain(|chain| chain[1..].to_vec());
        },
    );
    t.fault(
        &c,
        "payload_with_a_byte_too_many",
        "a zero byte follows the claims inside the signed payload",
        f,
        "bytes.trailing",
        Some(0),
        |s| {
            let mut payload = Item::Map(s.root().entries()).encode();
            payload.push(0);
            s.root().seal.payload = Some(payload);
        },
    );
    t.fault(
        &c,
        "payload_without_its_last_byte",
        "the claims inside the signed payload end early",
        f,
        "bytes.truncated",
        Some(0),
        |s| {
            let mut payload = Item::Map(s.root().entries()).encode();
            payload.pop();
            s.root().seal.payload = Some(payload);
        },
    );
    t.fault(
        &c,
        "payload_empty",
        "the signed payload is an empty byte string",
        f,
        "bytes.truncated",
        Some(0),
        |s| {
            s.root().seal.payload = Some(vec![]);
        },
    );
    t.fault(
        &c,
        "proof_absent",
        "no bytes where the proof should be",
        "Framing P1",
        "bytes.truncated",
        None,
        |s| {
            s.proof.seal.bytes = Some(Rc::new(|_| vec![]));
        },
    );
    t.fault(
        &c,
        "proof_without_its_last_byte",
        "the last byte of the proof is missing",
        f,
        "bytes.truncated",
        None,
        |s| {
            s.proof.seal.bytes = Some(Rc::new(|mut proof| {
                proof.pop();
                proof
            }));
        },
    );
    t.fault(
        &c,
        "proof_with_a_byte_too_many",
        "a zero byte follows the proof",
        f,
        "bytes.trailing",
        None,
        |s| {
            s.proof.seal.bytes = Some(Rc::new(|mut proof| {
                proof.push(0);
                proof
            }));
        },
    );
}

fn sizes(t: &mut Topic) {
    let one = Scene::of(1);
    let (chain_bytes, proof_bytes) = one.finish();
    let (chain_size, proof_size) = (chain_bytes.len() as u32, proof_bytes.len() as u32);
    let token_size = chain_size - 1;
    let arguments_size = one.request.arguments.len() as u32;
    for (limit, size) in [
        ("chain_bytes", chain_size),
        ("token_bytes", token_size),
        ("proof_bytes", proof_size),
        ("arguments_bytes", arguments_size),
    ] {
        let c = t.control(
            &format!("{limit}_at_the_limit"),
            "exactly as large as allowed",
            "Oversize",
            &one,
            |s| s.limit(limit, size),
        );
        let link = (limit == "token_bytes").then_some(0);
        t.fault(
            &c,
            &format!("{limit}_over_the_limit"),
            "one byte larger than allowed",
            "Oversize E19",
            "bytes.too_large",
            link,
            |s| {
                s.limit(limit, size - 1);
            },
        );
    }
    let c = t.control("chain_of_ordinary_size", "the same root once", "Oversize", &one, |_| {});
    t.fault(
        &c,
        "chain_of_nothing_but_size",
        "34 KiB of tokens signed by a stranger, over the default limit",
        "Oversize E20",
        "bytes.too_large",
        None,
        |s| {
            s.links[0].seal.signer = super::scene::STRANGER;
            let token = s.tokens()[0].clone();
            let copies = 34 * 1024 / token.len();
            s.edit_chain(move |_| chain(&vec![token.clone(); copies]));
        },
    );
}

fn nesting(t: &mut Topic) {
    let mut one = Scene::of(1);
    one.root().tools(serde_json::json!({"pay": {}}));
    let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    let c = t.control(
        "arguments_nested_31_deep",
        "as deep as the limit allows, the object counted",
        "Nesting",
        &one,
        |s| {
            s.arguments(&nested(31));
        },
    );
    t.fault(
        &c,
        "arguments_nested_too_deep",
        "one array deeper",
        "Nesting E21",
        "bytes.too_deep",
        None,
        |s| {
            s.arguments(&nested(32));
        },
    );
    t.fault(
        &c,
        "arguments_nested_ten_thousand_deep",
        "nested to break the stack",
        "Nesting E21",
        "bytes.too_deep",
        None,
        |s| {
            s.request.arguments = nested(10_000);
            s.proof.call.push((1, Some(Item::bytes([0; 32]))));
        },
    );
    let c = t.control(
        "claim_unknown_and_nested",
        "an unknown claim holds a few nested arrays",
        "Nesting E11",
        &one,
        |s| {
            s.root().set(-70_000, Item::Raw(vec![0x81, 0x81, 0x80]));
        },
    );
    t.fault(
        &c,
        "claim_nested_200_deep",
        "an unknown claim holds 200 nested arrays",
        "Nesting E21",
        "bytes.too_deep",
        Some(0),
        |s| {
            let mut bytes = vec![0x81; 200];
            bytes.push(0x80);
            s.root().set(-70_000, Item::Raw(bytes));
        },
    );
    t.fault(
        &c,
        "claim_nested_4000_deep",
        "an unknown claim holds 4,000 nested arrays",
        "Nesting E21",
        "bytes.too_deep",
        Some(0),
        |s| {
            let mut bytes = vec![0x81; 4000];
            bytes.push(0x80);
            s.root().set(-70_000, Item::Raw(bytes));
        },
    );
}
