//! COSE_Sign1 in the one form that is used.

use super::scene::Scene;
use super::topic::{Control, Topic};
use crate::forge::cbor::Item;
use crate::forge::token::token_header;
use std::rc::Rc;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("envelope");
    t.note("Envelope", "not the one COSE_Sign1 form; a second form of the same token has a second hash");
    t.note("AlgorithmConfusion", "the header names another algorithm than the key's; a verifier that follows it can be led to a weaker check");
    t.note("TypeConfusion", "one kind of signed object is passed as another");
    t.note("HeaderParameter", "a header parameter nobody defined here; unsigned ones change the hash, signed ones may ask for a meaning we do not give");
    t.note("Signature", "the signature is not the one that was made");
    let c = t.control(
        "sealed_honestly",
        "one link, one proof, sealed as they should be",
        "Envelope",
        &Scene::of(1),
        |_| {},
    );
    tags(&mut t, &c);
    headers(&mut t, &c);
    signatures(&mut t, &c);
    proofs(&mut t, &c);
    t
}

/// Adds a fault in the bytes of the root.
fn in_bytes(
    t: &mut Topic,
    c: &Control,
    name: &str,
    comment: &str,
    code: &str,
    edit: impl Fn(Vec<u8>) -> Vec<u8> + 'static,
) {
    t.fault(c, name, comment, "Envelope E14", code, Some(0), |s| s.root().seal.bytes = Some(Rc::new(edit)));
}

/// Adds a fault in the parts of the root's envelope.
fn in_parts(
    t: &mut Topic,
    c: &Control,
    name: &str,
    comment: &str,
    code: &str,
    edit: impl Fn(&mut Vec<Item>) + 'static,
) {
    t.fault(c, name, comment, "Envelope E14", code, Some(0), |s| {
        s.root().seal.parts = Some(Rc::new(move |mut parts| {
            edit(&mut parts);
            parts
        }));
    });
}

/// Adds a fault in the root's protected header, which is signed all the same.
fn in_header(
    t: &mut Topic,
    c: &Control,
    name: &str,
    comment: &str,
    flags: &str,
    code: &str,
    header: Vec<(i64, Item)>,
) {
    t.fault(c, name, comment, flags, code, Some(0), |s| s.root().seal.header = Item::claims(header).encode());
}

fn tags(t: &mut Topic, c: &Control) {
    let wrong = "envelope.wrong_tag";
    in_bytes(t, c, "token_untagged", "the four parts without tag 18", wrong, |token| token[1..].to_vec());
    in_bytes(t, c, "token_tagged_twice", "tag 18 around tag 18", wrong, |token| {
        [&[0xd2], &token[..]].concat()
    });
    in_bytes(t, c, "token_tagged_as_cwt", "tag 61 around the token", wrong, |token| {
        [&[0xd8, 61], &token[..]].concat()
    });
    in_bytes(t, c, "token_tagged_as_sign", "tag 98, COSE_Sign, instead of 18", wrong, |token| {
        [&[0xd8, 98], &token[1..]].concat()
    });
    in_bytes(t, c, "token_tagged_as_mac0", "tag 17, COSE_Mac0, instead of 18", wrong, |mut token| {
        token[0] = 0xd1;
        token
    });
    in_bytes(t, c, "token_tag_in_two_bytes", "tag 18 in a byte of its own", wrong, |token| {
        [&[0xd8, 18], &token[1..]].concat()
    });
    in_bytes(t, c, "token_in_a_byte_string", "the token is wrapped in a byte string", wrong, |token| {
        Item::bytes(token).encode()
    });
    let shape = "envelope.not_sign1";
    in_parts(t, c, "token_of_three_parts", "no signature at all", shape, |parts| parts.truncate(3));
    in_parts(t, c, "token_of_five_parts", "an item after the signature", shape, |parts| {
        parts.push(Item::Null)
    });
    in_parts(t, c, "token_detached", "the payload is nil", shape, |parts| parts[2] = Item::Null);
    in_parts(t, c, "token_payload_text", "the payload is a text", shape, |parts| {
        parts[2] = Item::text("claims")
    });
    in_parts(t, c, "token_payload_bare_map", "the payload is a map and no byte string", shape, |parts| {
        parts[2] = Item::Map(vec![])
    });
    in_parts(
        t,
        c,
        "token_header_bare_map",
        "the protected header is a map and no byte string",
        shape,
        |parts| parts[0] = Item::Map(vec![]),
    );
    in_parts(t, c, "token_unprotected_nil", "the unprotected header is nil", shape, |parts| {
        parts[1] = Item::Null
    });
    in_parts(t, c, "token_signature_text", "the signature is a text", shape, |parts| {
        parts[3] = Item::text("signature")
    });
}

fn headers(t: &mut Topic, c: &Control) {
    let typ = || (16, Item::text("application/keybound+cwt"));
    let alg = || (1, Item::Int(-19));
    let confused = "AlgorithmConfusion E5";
    let wrong = "envelope.wrong_algorithm";
    in_header(
        t,
        c,
        "alg_absent",
        "the header names no algorithm",
        "AlgorithmConfusion E4",
        wrong,
        vec![typ()],
    );
    in_header(
        t,
        c,
        "alg_none",
        "algorithm 0, which is reserved",
        "AlgorithmConfusion E4",
        wrong,
        vec![(1, Item::Int(0)), typ()],
    );
    in_header(
        t,
        c,
        "alg_eddsa",
        "-8, EdDSA with any curve",
        confused,
        wrong,
        vec![(1, Item::Int(-8)), typ()],
    );
    in_header(t, c, "alg_es256", "-7, ECDSA", confused, wrong, vec![(1, Item::Int(-7)), typ()]);
    in_header(
        t,
        c,
        "alg_hmac",
        "5, a MAC keyed with the public key",
        confused,
        wrong,
        vec![(1, Item::Int(5)), typ()],
    );
    in_header(
        t,
        c,
        "alg_unknown",
        "an algorithm nobody registered",
        "AlgorithmConfusion E6",
        wrong,
        vec![(1, Item::Int(-70_000)), typ()],
    );
    in_header(
        t,
        c,
        "alg_by_name",
        "the algorithm as a text",
        confused,
        wrong,
        vec![(1, Item::text("Ed25519")), typ()],
    );
    let kind = "TypeConfusion E14";
    let other = "envelope.wrong_type";
    in_header(t, c, "typ_absent", "the header names no type", kind, other, vec![alg()]);
    in_header(
        t,
        c,
        "typ_of_a_proof",
        "a token sealed as a proof",
        "TypeConfusion P10",
        other,
        vec![alg(), (16, Item::text("application/keybound-proof+cwt"))],
    );
    in_header(
        t,
        c,
        "typ_of_any_cwt",
        "a token sealed as some CWT",
        kind,
        other,
        vec![alg(), (16, Item::text("application/cwt"))],
    );
    in_header(
        t,
        c,
        "typ_in_capitals",
        "the type in other letters",
        kind,
        other,
        vec![alg(), (16, Item::text("application/Keybound+cwt"))],
    );
    in_header(
        t,
        c,
        "typ_by_number",
        "the type as a content format",
        kind,
        other,
        vec![alg(), (16, Item::Int(61))],
    );
    let extra = "HeaderParameter E11";
    let unknown = "envelope.unknown_header";
    in_header(
        t,
        c,
        "header_with_kid",
        "a key id in the protected header",
        extra,
        unknown,
        vec![alg(), (4, Item::bytes(b"1")), typ()],
    );
    in_header(
        t,
        c,
        "header_with_empty_kid",
        "an empty key id in the protected header",
        extra,
        unknown,
        vec![alg(), (4, Item::bytes(b"")), typ()],
    );
    in_header(
        t,
        c,
        "header_with_crit",
        "a critical parameter nobody knows",
        extra,
        unknown,
        vec![alg(), (2, Item::Array(vec![Item::Int(-70_000)])), typ(), (-70_000, Item::Int(1))],
    );
    in_header(
        t,
        c,
        "header_with_empty_crit",
        "an empty list of critical parameters",
        extra,
        unknown,
        vec![alg(), (2, Item::Array(vec![])), typ()],
    );
    in_header(
        t,
        c,
        "header_with_content_type",
        "a content type beside the type",
        extra,
        unknown,
        vec![alg(), (3, Item::Int(61)), typ()],
    );
    in_header(
        t,
        c,
        "header_with_private_parameter",
        "a parameter from the private range",
        extra,
        unknown,
        vec![alg(), typ(), (-70_000, Item::Int(1))],
    );
    t.fault(c, "header_empty", "no header at all", extra, wrong, Some(0), |s| {
        s.root().seal.header = vec![0xa0]
    });
    t.fault(
        c,
        "header_of_no_bytes",
        "an empty byte string instead of a header",
        extra,
        "bytes.truncated",
        Some(0),
        |s| s.root().seal.header = vec![],
    );
    t.fault(
        c,
        "header_unsorted",
        "the type before the algorithm",
        "Envelope E9",
        "cbor.not_sorted",
        Some(0),
        |s| {
            s.root().seal.header =
                Item::Map(vec![(Item::Int(16), typ().1), (Item::Int(1), Item::Int(-19))]).encode();
        },
    );
    t.fault(
        c,
        "header_alg_twice",
        "two algorithms, ours first",
        "AlgorithmConfusion E10",
        "cbor.duplicate_key",
        Some(0),
        |s| {
            s.root().seal.header = Item::Map(vec![
                (Item::Int(1), Item::Int(-19)),
                (Item::Int(1), Item::Int(-7)),
                (Item::Int(16), typ().1),
            ])
            .encode();
        },
    );
    t.fault(
        c,
        "header_with_a_byte_too_many",
        "a zero byte follows the protected header",
        "Envelope E13",
        "bytes.trailing",
        Some(0),
        |s| {
            s.root().seal.header.push(0);
        },
    );
    t.fault(
        c,
        "header_is_an_array",
        "the protected header is an array, which names no algorithm",
        "Envelope E14",
        "envelope.wrong_algorithm",
        Some(0),
        |s| {
            s.root().seal.header = vec![0x80];
        },
    );
    t.fault(
        c,
        "unprotected_kid",
        "a key id outside the signature",
        "HeaderParameter E11",
        "envelope.unprotected_header",
        Some(0),
        |s| {
            s.root().seal.unprotected = Item::claims(vec![(4, Item::bytes(b"1"))]);
        },
    );
    t.fault(
        c,
        "unprotected_alg",
        "the algorithm once more, outside the signature",
        "AlgorithmConfusion E5",
        "envelope.unprotected_header",
        Some(0),
        |s| {
            s.root().seal.unprotected = Item::claims(vec![alg()]);
        },
    );
}

fn signatures(t: &mut Topic, c: &Control) {
    for (name, comment, length) in [
        ("signature_empty", "no bytes in the signature", 0),
        ("signature_of_63_bytes", "the signature lost its last byte", 63),
        ("signature_of_65_bytes", "the signature gained a byte", 65),
    ] {
        t.fault(c, name, comment, "Signature E2", "envelope.signature_length", Some(0), |s| {
            s.root().seal.signature = Some(Rc::new(move |mut signature| {
                signature.resize(length, 0);
                signature
            }));
        });
    }
    let bad = "chain.bad_signature";
    t.fault(c, "signature_bit_flipped", "one bit of R", "Signature E1", bad, Some(0), |s| {
        s.root().seal.signature = Some(Rc::new(|mut signature| {
            signature[0] ^= 1;
            signature
        }));
    });
    t.fault(c, "signature_of_zeros", "64 zero bytes", "Signature E2", bad, Some(0), |s| {
        s.root().seal.signature = Some(Rc::new(|_| vec![0; 64]));
    });
    t.fault(
        c,
        "signature_with_larger_s",
        "S plus the group order: the same equation, other bytes",
        "Signature E1",
        bad,
        Some(0),
        |s| {
            s.root().seal.signature = Some(Rc::new(add_order));
        },
    );
    t.fault(
        c,
        "signature_over_another_context",
        "signed as `Signature` and not as `Signature1`",
        "Signature E5",
        bad,
        Some(0),
        |s| {
            let payload = Item::Map(s.root().entries()).encode();
            let structure = vec![
                Item::text("Signature"),
                Item::bytes(token_header()),
                Item::bytes([]),
                Item::bytes(payload),
            ];
            let signature =
                crate::forge::sign(&s.root().seal.signer, &Item::Array(structure).encode()).to_vec();
            s.root().seal.signature = Some(Rc::new(move |_| signature.clone()));
        },
    );
    t.fault(
        c,
        "signature_over_the_payload_alone",
        "signed without the COSE structure",
        "Signature E5",
        bad,
        Some(0),
        |s| {
            let payload = Item::Map(s.root().entries()).encode();
            let signature = crate::forge::sign(&s.root().seal.signer, &payload).to_vec();
            s.root().seal.signature = Some(Rc::new(move |_| signature.clone()));
        },
    );
    t.fault(
        c,
        "payload_changed_after_signing",
        "a later expiry put in after signing",
        "Signature E1 E8",
        bad,
        Some(0),
        |s| {
            let mut later = s.root().clone();
            later.set(4, Item::Int(super::scene::NOW as i64 + 3000));
            let payload = Item::Map(later.entries()).encode();
            s.root().seal.parts = Some(Rc::new(move |mut parts| {
                parts[2] = Item::bytes(&payload);
                parts
            }));
        },
    );
}

fn proofs(t: &mut Topic, c: &Control) {
    t.fault(
        c,
        "proof_sealed_as_a_token",
        "the proof's header names the token's type",
        "TypeConfusion P10",
        "envelope.wrong_type",
        None,
        |s| {
            s.proof.seal.header = token_header();
        },
    );
    t.fault(
        c,
        "proof_is_the_token",
        "the leaf token is sent as its own proof",
        "TypeConfusion P10",
        "envelope.wrong_type",
        None,
        |s| {
            let token = s.tokens()[0].clone();
            s.proof.seal.bytes = Some(Rc::new(move |_| token.clone()));
        },
    );
    t.fault(
        c,
        "token_is_a_proof",
        "the proof is sent as the chain's only token",
        "TypeConfusion P10",
        "envelope.wrong_type",
        Some(0),
        |s| {
            let (_, proof) = s.finish();
            s.rearrange(move |_| vec![proof.clone()]);
        },
    );
    t.fault(
        c,
        "proof_untagged",
        "the proof without tag 18",
        "Envelope E14",
        "envelope.wrong_tag",
        None,
        |s| {
            s.proof.seal.bytes = Some(Rc::new(|proof| proof[1..].to_vec()));
        },
    );
    t.fault(
        c,
        "proof_with_unprotected_kid",
        "a key id outside the proof's signature",
        "HeaderParameter E11",
        "envelope.unprotected_header",
        None,
        |s| {
            s.proof.seal.unprotected = Item::claims(vec![(4, Item::bytes(b"1"))]);
        },
    );
    t.fault(
        c,
        "proof_alg_es256",
        "the proof's header names ECDSA",
        "AlgorithmConfusion E5",
        "envelope.wrong_algorithm",
        None,
        |s| {
            s.proof.seal.header =
                Item::claims(vec![(1, Item::Int(-7)), (16, Item::text("application/keybound-proof+cwt"))])
                    .encode();
        },
    );
    t.fault(
        c,
        "proof_header_with_kid",
        "a key id in the proof's protected header",
        "HeaderParameter E11",
        "envelope.unknown_header",
        None,
        |s| {
            let typ = Item::text("application/keybound-proof+cwt");
            s.proof.seal.header =
                Item::claims(vec![(1, Item::Int(-19)), (4, Item::bytes(b"1")), (16, typ)]).encode();
        },
    );
    t.fault(
        c,
        "proof_signature_of_63_bytes",
        "the proof's signature lost its last byte",
        "Signature E2",
        "envelope.signature_length",
        None,
        |s| {
            s.proof.seal.signature = Some(Rc::new(|mut signature| {
                signature.pop();
                signature
            }));
        },
    );
}

/// Adds the group order to the second half of a signature.
fn add_order(mut signature: Vec<u8>) -> Vec<u8> {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = hex::decode(ORDER).expect("hex");
    let mut carry = 0_u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    signature
}
