//! Headers, signatures and segments.

use super::place::{Controls, Place};
use super::scene::{Scene, Seal};
use crate::forge::{jws, public_key};
use crate::make::scene::STRANGER;
use crate::make::topic::{Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_envelope");
    t.note(
        "Header",
        "the header asks for what is not understood here, or for a weaker check; whoever listens lets the sender choose how he is checked",
    );
    t.note(
        "HeaderIgnored",
        "what a header may say and nobody listens to; a verifier that refuses it refuses honest tokens",
    );
    t.note("Signature", "what was signed is not what is sent");
    t.note(
        "Segments",
        "a second text for the same bytes would be a second name, since hashes are over the text",
    );
    t.note("Payload", "the payload is no JSON object that could be read");
    let c = Controls::new(&mut t, "envelope", "Header Signature Segments Payload");
    headers(&mut t, &c);
    header_texts(&mut t, &c);
    ignored(&mut t);
    keys_from_headers(&mut t, &c);
    signatures(&mut t, &c);
    encodings(&mut t, &c);
    forms(&mut t, &c);
    payloads(&mut t, &c);
    t
}

fn alg(seal: &mut Seal, name: &str) {
    seal.header["alg"] = json!(name);
}

fn typ(seal: &mut Seal, name: &str) {
    seal.header["typ"] = json!(name);
}

fn without(value: &mut Value, member: &str) {
    value.as_object_mut().expect("an object").remove(member);
}

fn other_kind(seal: &mut Seal) {
    let is_proof = seal.header["typ"] == "aat-pop+jwt";
    typ(seal, if is_proof { "aat+jwt" } else { "aat-pop+jwt" });
}

/// Name, comment, flags, code, fault.
type Row = (&'static str, &'static str, &'static str, &'static str, fn(&mut Seal));

const HEADERS: [Row; 21] = [
    ("alg_none", "the algorithm is none", "Header E4", "jose.unsigned", |s| alg(s, "none")),
    ("alg_none_in_capitals", "the algorithm is nOnE", "Header E4", "jose.unsigned", |s| alg(s, "nOnE")),
    ("alg_hs256", "the algorithm needs a shared secret", "Header E5", "jose.symmetric", |s| alg(s, "HS256")),
    ("alg_eddsa", "the name that RFC 9864 deprecates", "Header E6", "envelope.wrong_algorithm", |s| {
        alg(s, "EdDSA")
    }),
    ("alg_es256", "an algorithm of another key", "Header E5", "envelope.wrong_algorithm", |s| {
        alg(s, "ES256")
    }),
    ("alg_in_small_letters", "names have their case", "Header E6", "envelope.wrong_algorithm", |s| {
        alg(s, "ed25519")
    }),
    ("alg_a_list", "two algorithms", "Header E6", "envelope.wrong_algorithm", |s| {
        s.header["alg"] = json!(["Ed25519"])
    }),
    ("alg_missing", "no algorithm", "Header E6", "envelope.wrong_algorithm", |s| {
        without(&mut s.header, "alg")
    }),
    ("typ_missing", "no type", "Header E14", "envelope.wrong_type", |s| without(&mut s.header, "typ")),
    ("typ_of_any_jwt", "the type of just any token", "Header E14", "envelope.wrong_type", |s| typ(s, "JWT")),
    (
        "typ_of_the_other_kind",
        "a token typed as a proof, a proof as a token",
        "Header E5 P10",
        "envelope.wrong_type",
        other_kind,
    ),
    ("typ_in_capitals", "the type in other letters", "Header E14", "envelope.wrong_type", |s| {
        let name = s.header["typ"].as_str().expect("a type").to_uppercase();
        typ(s, &name);
    }),
    ("typ_in_full", "the type as a whole media type", "Header E14", "envelope.wrong_type", |s| {
        let name = format!("application/{}", s.header["typ"].as_str().expect("a type"));
        typ(s, &name);
    }),
    (
        "crit_of_a_claim",
        "an extension that nobody here understands",
        "Header E11",
        "jose.unknown_critical",
        |s| {
            s.header["crit"] = json!(["exp"]);
            s.header["exp"] = json!(1);
        },
    ),
    ("crit_of_nothing", "a list that RFC 7515 wants filled", "Header E11", "jose.unknown_critical", |s| {
        s.header["crit"] = json!([]);
    }),
    ("crit_of_alg", "a list of what is no extension", "Header E11", "jose.unknown_critical", |s| {
        s.header["crit"] = json!(["alg"]);
    }),
    ("b64_false", "a payload that is said not to be encoded", "Header E8", "jose.unencoded", |s| {
        s.header["b64"] = json!(false);
    }),
    ("b64_false_and_critical", "the same, and it must be understood", "Header E8", "jose.unencoded", |s| {
        s.header["b64"] = json!(false);
        s.header["crit"] = json!(["b64"]);
    }),
    ("zip", "a payload that is said to be compressed", "Header E8", "jose.compressed", |s| {
        s.header["zip"] = json!("DEF")
    }),
    ("cty_jwt", "a payload that is said to be a token", "Header E5", "jose.nested", |s| {
        s.header["cty"] = json!("JWT")
    }),
    ("cty_of_a_token", "the same by a media type", "Header E5", "jose.nested", |s| {
        s.header["cty"] = json!("application/at+jwt");
    }),
];

fn headers(t: &mut Topic, c: &Controls) {
    for (name, comment, flags, code, change) in HEADERS {
        for place in Place::ALL {
            let name = format!("aat_{}_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            t.refused(c.of(place), &name, &comment, flags, place.header(code), |s| change(place.seal(s)));
        }
    }
}

/// Headers that no [`Value`] can hold.
fn header_texts(t: &mut Topic, c: &Controls) {
    let rows: [(&str, &str, &str, &str, &str); 6] = [
        ("repeated", "a member twice, alike", "Header E10", r#"{"alg""#, r#"{"alg":"Ed25519","alg""#),
        (
            "repeated_in_jwk",
            "a member twice, inside another",
            "Header E10",
            r#"{"#,
            r#"{"jwk":{"a":1,"a":1},"#,
        ),
        (
            "repeated_by_escape",
            "a member twice, once escaped",
            "Header E10",
            r#"{"alg""#,
            r#"{"\u0061lg":"none","alg""#,
        ),
        ("half_a_surrogate_pair", "no Unicode", "Header E17", r#"{"#, r#"{"x":"\ud800","#),
        ("cut", "no JSON", "Header E2", "}", ""),
        ("with_more_after_it", "more than JSON", "Header E13", "}", "}{}"),
    ];
    for place in Place::ALL {
        for (name, comment, flags, from, to) in rows {
            let name = format!("aat_{}_header_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            let answer = place.header("jose.bad_header");
            t.refused(c.of(place), &name, &comment, flags, answer, |s| {
                place.seal(s).rewrite_header(from, to)
            });
        }
    }
    let (root, answer) = (Place::Root, at(0, "3a", "jose.bad_header"));
    t.refused(c.of(root), "aat_root_header_an_array", "the header is a list", "Header E8", answer, |s| {
        s.root().seal.header = json!(["Ed25519", "aat+jwt"]);
    });
}

fn ignored(t: &mut Topic) {
    let jwk = jws::jwk(&public_key(&STRANGER));
    for (name, comment, member, value) in [
        ("kid", "a key id that nobody knows", "kid", json!("nobody")),
        ("kid_number", "a key id that is none", "kid", json!(7)),
        ("jwk", "the key of a stranger", "jwk", jwk),
        ("jku", "an address to fetch keys from", "jku", json!("https://elsewhere.example/keys")),
        ("x5c", "certificates that are none", "x5c", json!([1])),
        ("x5u", "an address to fetch certificates from", "x5u", json!("https://elsewhere.example/certs")),
        (
            "unknown",
            "a member of no meaning, with a number no double holds",
            "ext",
            json!({"deep": [1, {"a": null}]}),
        ),
        ("b64_true", "a payload that is encoded, as it is", "b64", json!(true)),
        ("cty_json", "a payload that is JSON, as it is", "cty", json!("json")),
    ] {
        t.control(&format!("aat_header_{name}"), comment, "HeaderIgnored", &Scene::of(2), |s| {
            Place::ALL.iter().for_each(|place| place.seal(s).header[member] = value.clone());
        });
    }
    t.control(
        "aat_header_with_a_blank_first",
        "a blank before the object, so that the text begins with another letter",
        "HeaderIgnored",
        &Scene::of(2),
        |s| {
            for place in [Place::Root, Place::Child] {
                place.seal(s).header_text.add(|text| [b" ", &text[..]].concat());
            }
        },
    );
    t.control(
        "aat_header_not_in_jcs",
        "members in another order, with blanks",
        "HeaderIgnored",
        &Scene::of(2),
        |s| {
            for (place, kind) in [(Place::Root, "aat"), (Place::Child, "aat"), (Place::Proof, "aat-pop")] {
                let text = format!("{{ \"typ\" : \"{kind}+jwt\" , \"alg\" : \"Ed25519\" }} ");
                place.seal(s).header_text.add(move |_| text.clone().into_bytes());
            }
        },
    );
}

/// A key that comes along is not looked at, least of all to check a signature with.
fn keys_from_headers(t: &mut Topic, c: &Controls) {
    let jwk = jws::jwk(&public_key(&STRANGER));
    for (place, code) in [
        (Place::Root, "chain.bad_signature"),
        (Place::Child, "chain.bad_signature"),
        (Place::Proof, "proof.bad_signature"),
    ] {
        let name = format!("aat_{}_signed_by_its_jwk", place.name());
        let comment = format!("{}: signed by a stranger whose key the header brings along", place.name());
        t.refused(c.of(place), &name, &comment, "Header E3 I9", place.body(code), |s| {
            place.seal(s).header["jwk"] = jwk.clone();
            match place {
                Place::Root => s.root().signer = STRANGER,
                Place::Child => s.leaf().signer = STRANGER,
                Place::Proof => s.proof.signer = Some(STRANGER),
            }
        });
    }
}

type Bytes = fn(Vec<u8>) -> Vec<u8>;
type Text = fn(String) -> String;

fn signatures(t: &mut Topic, c: &Controls) {
    let rows: [(&str, &str, &str, Bytes); 4] = [
        ("bit_flipped", "one bit of the signature", "Signature E1", |mut signature| {
            signature[40] ^= 0x10;
            signature
        }),
        ("signature_cut", "the signature's last byte is missing", "Signature E2", |signature| {
            signature[..63].to_vec()
        }),
        ("signature_empty", "no signature", "Signature E2", |_| vec![]),
        ("signature_longer", "a byte more than a signature", "Signature E13", |signature| {
            [signature, vec![0]].concat()
        }),
    ];
    for place in Place::ALL {
        for (name, comment, flags, edit) in rows {
            let code = match (place, name) {
                (Place::Proof, "bit_flipped") => "proof.bad_signature",
                (_, "bit_flipped") => "chain.bad_signature",
                _ => "envelope.signature_length",
            };
            let name = format!("aat_{}_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            t.refused(c.of(place), &name, &comment, flags, place.body(code), |s| {
                place.seal(s).signature.add(edit)
            });
        }
        let code = if place == Place::Proof { "proof.bad_signature" } else { "chain.bad_signature" };
        let name = format!("aat_{}_changed_after_signing", place.name());
        let comment = format!("{}: another time is put in after signing", place.name());
        t.refused(c.of(place), &name, &comment, "Signature E1 E8", place.body(code), |s| {
            place.seal(s).segments.add(|segments| {
                let payload = String::from_utf8(jws::bytes(&segments[1])).expect("text");
                let changed = payload.replace("\"iat\":1", "\"iat\":2");
                vec![segments[0].clone(), jws::base64url(changed.as_bytes()), segments[2].clone()]
            });
        });
    }
    let answer = at(1, "4b", "chain.bad_signature");
    t.refused(
        c.of(Place::Child),
        "aat_signature_of_the_parent",
        "the child carries its parent's",
        "Signature E7",
        answer,
        |s| {
            s.arrange.add(|tokens| {
                let (_, signature) = tokens[0].rsplit_once('.').expect("a signature");
                let (signed, _) = tokens[1].rsplit_once('.').expect("a signature");
                vec![tokens[0].clone(), format!("{signed}.{signature}")]
            });
        },
    );
    let answer = at(0, "3b", "chain.bad_signature");
    let payload_alone = "the signature is over the payload alone";
    t.refused(c.of(Place::Root), "aat_payload_signed_alone", payload_alone, "Signature E5", answer, |s| {
        s.root().seal.segments.add(|segments| {
            let key = crate::make::scene::ISSUER_KEY;
            let signature = crate::forge::sign(&key, segments[1].as_bytes());
            vec![segments[0].clone(), segments[1].clone(), jws::base64url(&signature)]
        });
    });
}

/// Base64url in another than its one form. Header and payload are signed in the form in which they are sent.
fn encodings(t: &mut Topic, c: &Controls) {
    let bad = "jose.bad_base64";
    let rows: [(&str, &str, Text); 5] = [
        ("padded", "padding", padded),
        ("with_a_blank", "a blank at the end", |text| text + " "),
        ("with_a_line_break", "a line break inside", |text| [&text[..4], "\n", &text[4..]].concat()),
        ("in_the_other_alphabet", "a letter of the other alphabet", |text| {
            [&text[..4], "+", &text[5..]].concat()
        }),
        ("with_bits_left", "bits that belong to no byte", left_over),
    ];
    for place in Place::ALL {
        for (name, comment, edit) in rows {
            // A child's segments are a root's; two rows show that they are looked at.
            if place == Place::Child && !matches!(name, "padded" | "with_bits_left") {
                continue;
            }
            let full = |segment: &str| format!("aat_{}_{segment}_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            let (header, payload) = (full("header"), full("payload"));
            t.refused(c.of(place), &header, &comment, "Segments E9", place.header(bad), |s| {
                place.seal(s).rewrite_header("}", ",\"kid\":\"1234\"}");
                place.seal(s).signed.add(move |[header, payload]| [edit(header), payload]);
            });
            t.refused(c.of(place), &payload, &comment, "Segments E9", place.payload(bad), |s| {
                place.seal(s).payload.add(until_bits_are_left);
                place.seal(s).signed.add(move |[header, payload]| [header, edit(payload)]);
            });
            t.refused(c.of(place), &full("signature"), &comment, "Segments E9", place.body(bad), |s| {
                place.seal(s).segments.add(move |segments| {
                    vec![segments[0].clone(), segments[1].clone(), edit(segments[2].clone())]
                });
            });
        }
    }
}

fn padded(text: String) -> String {
    let missing = 4 - text.len() % 4;
    text + &"=".repeat(missing)
}

/// Sets a bit that belongs to no byte.
fn left_over(text: String) -> String {
    assert!(!text.len().is_multiple_of(4), "a text with bits left over");
    let (rest, last) = text.split_at(text.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    assert_eq!(jws::bytes(&format!("{rest}{next}")), jws::bytes(&text), "another text of the same bytes");
    format!("{rest}{next}")
}

/// Blanks at the end, as many as leave bits over in base64url.
fn until_bits_are_left(mut payload: Vec<u8>) -> Vec<u8> {
    while payload.len() % 3 != 1 {
        payload.push(b' ');
    }
    payload
}

fn forms(t: &mut Topic, c: &Controls) {
    let rows: [(&str, &str, &str, Text); 5] = [
        ("of_two_segments", "the signature is left out", "jose.not_compact", |text| {
            text.rsplit_once('.').expect("a signature").0.into()
        }),
        ("of_four_segments", "something stands after the signature", "jose.not_compact", |text| text + ".AA"),
        ("of_five_segments", "an encrypted token", "jose.encrypted", |text| text + ".AA.AA"),
        ("in_json", "the JSON serialization", "jose.encrypted", |text| {
            let parts: Vec<&str> = text.split('.').collect();
            json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string()
        }),
        ("of_one_segment", "a payload alone", "jose.not_compact", |text| {
            text.split('.').nth(1).expect("a payload").into()
        }),
    ];
    for place in Place::ALL {
        for (name, comment, code, edit) in rows {
            let name = format!("aat_{}_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            t.refused(c.of(place), &name, &comment, "Segments E13", place.form(code), |s| {
                place.seal(s).text.add(edit)
            });
        }
    }
    let answer = at(0, "2c", "jose.not_compact");
    t.refused(c.of(Place::Root), "aat_root_empty", "no text at all", "Segments E2", answer, |s| {
        s.arrange.add(|_| vec![String::new()]);
    });
    let answer = in_step("7a", "jose.not_compact");
    t.refused(
        c.of(Place::Proof),
        "aat_proof_of_dots",
        "three dots where two belong",
        "Segments P1",
        answer,
        |s| {
            s.proof.seal.text.add(|text| text.replacen('.', "..", 1));
        },
    );
}

fn payloads(t: &mut Topic, c: &Controls) {
    let deep = format!("{{\"deep\":{}{},", "[".repeat(300), "]".repeat(300));
    let add = |text: &'static str| move |payload: Vec<u8>| [text.as_bytes(), &payload].concat();
    for place in Place::ALL {
        let mut row =
            |name: &str, comment: &str, flags: &str, code: &str, edit: Box<dyn Fn(Vec<u8>) -> Vec<u8>>| {
                let name = format!("aat_{}_payload_{name}", place.name());
                let comment = format!("{}: {comment}", place.name());
                t.refused(c.of(place), &name, &comment, flags, place.payload(code), |s| {
                    place.seal(s).payload.add(edit)
                });
            };
        row("cut", "no JSON", "Payload E2", "json.bad", Box::new(|p| p[..p.len() - 1].to_vec()));
        row(
            "with_more_after_it",
            "more than JSON",
            "Payload E13",
            "json.bad",
            Box::new(|p| [p, b"{}".to_vec()].concat()),
        );
        row(
            "with_nan",
            "a number that JSON does not have",
            "Payload E15",
            "json.bad",
            Box::new(|p| {
                let text = String::from_utf8(p).expect("text");
                text.replacen("\"iat\":", "\"x\":NaN,\"iat\":", 1).into_bytes()
            }),
        );
        row("with_a_mark", "a byte order mark", "Payload E9", "json.bad", Box::new(add("\u{feff}")));
        row(
            "not_in_utf8",
            "no text",
            "Payload E17",
            "json.bad",
            Box::new(|p| {
                let at = p.iter().position(|byte| *byte == b'-').expect("a hyphen");
                [&p[..at], b"\xff", &p[at + 1..]].concat()
            }),
        );
        row(
            "a_list",
            "a list of claims",
            "Payload E8",
            "json.not_an_object",
            Box::new(|p| [b"[", &p[..], b"]"].concat()),
        );
        let deep = deep.clone();
        let nested = move |payload: Vec<u8>| [deep.as_bytes(), &payload[1..]].concat();
        row(
            "too_deep",
            "a claim nested three hundred deep",
            "Payload E21",
            "bytes.too_deep",
            Box::new(nested),
        );
    }
    t.control(
        "aat_payload_not_in_jcs",
        "members in another order, with blanks and escapes",
        "Payload",
        &Scene::of(2),
        |s| {
            for place in Place::ALL {
                place.seal(s).payload.add(|payload| {
                    let text = String::from_utf8(payload).expect("text");
                    format!(
                        " {{ {} }}\n",
                        text[1..text.len() - 1].replace("\"jti\":\"", "\"\\u006ati\" : \"")
                    )
                    .into_bytes()
                });
            }
        },
    );
}
