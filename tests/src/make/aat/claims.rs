//! What each claim must be: there, of its type, written as the draft wants it.

use super::place::{Controls, Place};
use super::scene::{Scene, Token};
use crate::forge::{jws, public_key};
use crate::make::scene::{HOLDERS, NOW};
use crate::make::topic::{Answer, Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_claims");
    t.note("Missing", "a claim that must be there is not; read as a default it would say what nobody signed");
    t.note("Type", "a claim of another type; converted, two readers would read two claims");
    t.note(
        "Integer",
        "a whole number that is not written as one; the draft decides by the text, so that no reader rounds",
    );
    t.note("Size", "a number so large or so small that it may wrap around into one that is admitted");
    t.note("Key", "what stands for the holder's key is none, or more than the public part");
    t.note("Details", "the entry that grants tools is not there, is there twice, or has no tools");
    let c = Controls::new(&mut t, "claims", "Missing Type Integer Size Key Details");
    missing(&mut t, &c);
    types(&mut t, &c);
    integers(&mut t, &c);
    sizes(&mut t, &c);
    keys(&mut t, &c);
    details(&mut t, &c);
    t
}

fn token(place: Place, scene: &mut Scene) -> &mut Token {
    if place == Place::Root { scene.root() } else { scene.leaf() }
}

/// Each claim, where its absence is seen, and where its type: in a root, in a child.
const CLAIMS: [(&str, &str, &str); 9] = [
    ("jti", "2c", "2c"),
    ("iss", "3k", "4b5"),
    ("iat", "3b", "4b5"),
    ("exp", "3b", "4b5"),
    ("cnf", "3l", "4b2"),
    ("del_depth", "3c", "4b4"),
    ("del_max_depth", "3i", "4b4"),
    ("authorization_details", "3m", "4b3"),
    ("par_hash", "", "4b5"),
];

/// The places of a claim with the answer to a fault in it.
fn places<'a>(claim: (&str, &'a str, &'a str), code: &'a str) -> Vec<(Place, Answer<'a>)> {
    let (_, root, child) = claim;
    let both = [(Place::Root, 0, root), (Place::Child, 1, child)];
    let judged = both.into_iter().filter(|(_, _, step)| !step.is_empty());
    judged.map(|(place, link, step)| (place, at(link, step, code))).collect()
}

fn missing(t: &mut Topic, c: &Controls) {
    for claim in CLAIMS {
        let name = claim.0;
        for (place, answer) in places(claim, "claims.missing") {
            let vector = format!("aat_{}_without_{name}", place.name());
            let comment = format!("{}: no {name}", place.name());
            t.refused(c.of(place), &vector, &comment, "Missing", answer, |s| token(place, s).drop(name));
        }
    }
    for (name, value) in [("text", json!("a hash of nothing")), ("null", Value::Null)] {
        let vector = format!("aat_root_with_par_hash_{name}");
        let answer = at(0, "3d", "chain.not_a_root");
        let comment = "a root that names a parent, whatever it calls it";
        t.refused(c.of(Place::Root), &vector, comment, "Type C14", answer, |s| {
            s.root().set("par_hash", value)
        });
    }
}

fn types(t: &mut Topic, c: &Controls) {
    let rows = [
        ("jti", json!(7)),
        ("iss", json!(["https://issuer.example"])),
        ("cnf", json!("key")),
        ("authorization_details", json!({})),
        ("par_hash", json!(7)),
    ];
    for (name, value) in rows {
        let claim = CLAIMS.into_iter().find(|claim| claim.0 == name).expect("a claim");
        for (place, answer) in places(claim, "claims.wrong") {
            let vector = format!("aat_{}_{name}_of_another_type", place.name());
            let comment = format!("{}: {name} is {value}", place.name());
            t.refused(c.of(place), &vector, &comment, "Type M34", answer, |s| {
                token(place, s).set(name, value.clone())
            });
        }
    }
    for (place, answer) in
        [(Place::Root, at(0, "3j", "claims.wrong")), (Place::Child, at(1, "4b1", "claims.wrong"))]
    {
        let vector = format!("aat_{}_jti_empty", place.name());
        let comment = "an id without a character";
        t.refused(c.of(place), &vector, comment, "Type", answer, |s| token(place, s).set("jti", json!("")));
    }
}

/// The integer claims as an honest root, child and proof have them.
const INTEGERS: [(&str, [i64; 2]); 4] = [
    ("iat", [NOW as i64 - 20, NOW as i64 - 19]),
    ("exp", [NOW as i64 + 280, NOW as i64 + 270]),
    ("del_depth", [0, 1]),
    ("del_max_depth", [8, 8]),
];

fn integers(t: &mut Topic, c: &Controls) {
    for (name, [root, child]) in INTEGERS {
        let claim = CLAIMS.into_iter().find(|claim| claim.0 == name).expect("a claim");
        for (place, answer) in places(claim, "claims.wrong") {
            let value = if place == Place::Root { root } else { child };
            for (form, text) in spellings(value) {
                let vector = format!("aat_{}_{name}_{form}", place.name());
                let comment = format!("{}: {name} is written {text}", place.name());
                let (from, to) = (format!("\"{name}\":{value}"), format!("\"{name}\":{text}"));
                t.refused(c.of(place), &vector, &comment, "Integer M34", answer, |s| {
                    token(place, s).rewrite(&from, &to)
                });
            }
        }
    }
    for (form, text) in spellings(NOW as i64).into_iter().chain([("minus_zero", "-0".into())]) {
        let vector = format!("aat_proof_iat_{form}");
        let comment = format!("proof: iat is written {text}");
        let (from, to) = (format!("\"iat\":{NOW}"), format!("\"iat\":{text}"));
        let answer = in_step("7c", "claims.wrong");
        t.refused(c.of(Place::Proof), &vector, &comment, "Integer M34", answer, |s| {
            s.proof.rewrite(&from, &to)
        });
    }
    let rows = [("del_depth", "\"del_depth\":0", "3c"), ("del_max_depth", "\"del_max_depth\":8", "3i")];
    for (name, from, step) in rows {
        let vector = format!("aat_root_{name}_minus_zero");
        let (to, answer) = (format!("\"{name}\":-0"), at(0, step, "claims.wrong"));
        t.refused(c.of(Place::Root), &vector, "a zero with a sign", "Integer", answer, |s| {
            s.root().rewrite(from, &to)
        });
    }
}

/// A whole number written as the draft does not want it.
fn spellings(value: i64) -> Vec<(&'static str, String)> {
    vec![
        ("exponent", format!("{value}e0")),
        ("fraction", format!("{value}.0")),
        ("text", format!("\"{value}\"")),
        ("true", "true".into()),
        ("null", "null".into()),
    ]
}

/// Numbers at which a narrow integer wraps around, or a wide one ends.
fn sizes(t: &mut Topic, c: &Controls) {
    let vast = "99999999999999999999999";
    for (place, name, from, to, answer) in [
        (Place::Root, "exp_vast", "\"exp\":1700000280", vast, at(0, "3h", "time.bad_lifetime")),
        (
            Place::Root,
            "exp_no_double_holds",
            "\"exp\":1700000280",
            "9007199254740993",
            at(0, "3h", "time.bad_lifetime"),
        ),
        (Place::Root, "exp_zero", "\"exp\":1700000280", "0", at(0, "3e", "time.expired")),
        (Place::Root, "exp_negative", "\"exp\":1700000280", "-1", at(0, "3e", "time.expired")),
        (Place::Root, "iat_vast", "\"iat\":1699999980", vast, at(0, "3f", "time.issued_in_future")),
        (Place::Root, "iat_negative", "\"iat\":1699999980", "-1", at(0, "3h", "time.bad_lifetime")),
        (Place::Root, "depth_one", "\"del_depth\":0", "1", at(0, "3c", "chain.not_a_root")),
        (Place::Root, "depth_negative", "\"del_depth\":0", "-1", at(0, "3c", "claims.wrong")),
        (Place::Root, "depth_wrapping", "\"del_depth\":0", "4294967296", at(0, "3c", "chain.not_a_root")),
        (Place::Root, "max_depth_negative", "\"del_max_depth\":8", "-1", at(0, "3i", "claims.wrong")),
        (
            Place::Root,
            "max_depth_wrapping",
            "\"del_max_depth\":8",
            "4294967296",
            at(0, "3i", "chain.depth_exceeded"),
        ),
        (Place::Child, "exp_vast", "\"exp\":1700000270", vast, at(1, "4h", "time.expires_after_parent")),
        (Place::Child, "exp_negative", "\"exp\":1700000270", "-1", at(1, "4i", "time.expired")),
        (Place::Child, "iat_vast", "\"iat\":1699999981", vast, at(1, "4k", "time.issued_in_future")),
        (Place::Child, "iat_negative", "\"iat\":1699999981", "-1", at(1, "4j", "time.begins_before_parent")),
        (Place::Child, "depth_negative", "\"del_depth\":1", "-1", at(1, "4b4", "claims.wrong")),
        (Place::Child, "depth_wrapping", "\"del_depth\":1", "4294967297", at(1, "4d", "chain.wrong_depth")),
        (Place::Child, "max_depth_negative", "\"del_max_depth\":8", "-1", at(1, "4b4", "claims.wrong")),
        (Place::Child, "max_depth_vast", "\"del_max_depth\":8", vast, at(1, "4g", "chain.max_depth_raised")),
    ] {
        let vector = format!("aat_{}_{name}", place.name());
        let to = format!("{}:{to}", from.split_once(':').expect("a member").0);
        let comment = format!("{}: {to}", place.name());
        t.refused(c.of(place), &vector, &comment, "Size T7", answer, |s| token(place, s).rewrite(from, &to));
    }
    for (name, to, code) in
        [("vast", vast, "proof.future"), ("negative", "-1", "proof.stale"), ("zero", "0", "proof.stale")]
    {
        let (from, to) = (format!("\"iat\":{NOW}"), format!("\"iat\":{to}"));
        let answer = in_step("7g", code);
        t.refused(
            c.of(Place::Proof),
            &format!("aat_proof_iat_{name}"),
            &format!("proof: {to}"),
            "Size P6",
            answer,
            |s| {
                s.proof.rewrite(&from, &to);
            },
        );
    }
}

/// Name, comment, code and what stands for the key; the first few are tried in a child, too.
fn no_keys() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let honest = jws::jwk(&public_key(&HOLDERS[0]));
    let with = |member: &str, value: Value| {
        let mut jwk = honest.clone();
        jwk[member] = value;
        jwk
    };
    let without = |member: &str| {
        let mut jwk = honest.clone();
        jwk.as_object_mut().expect("an object").remove(member);
        jwk
    };
    let x = honest["x"].as_str().expect("x");
    let p256 = json!({"kty": "EC", "crv": "P-256", "x": x, "y": x});
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    let mut rsa_private = rsa.clone();
    (rsa_private["p"], rsa_private["q"]) = (json!("AQAB"), json!("AQAB"));
    vec![
        (
            "private",
            "the private part beside the public one",
            "key.private",
            with("d", json!(jws::base64url(&HOLDERS[0]))),
        ),
        ("on_p256", "a key of another kind", "key.wrong_curve", p256),
        (
            "of_small_order",
            "a point that many messages are signed by",
            "key.bad",
            with("x", json!("A".repeat(43))),
        ),
        ("empty", "no members", "key.bad", json!({})),
        ("private_and_empty", "an empty private part", "key.private", with("d", json!(""))),
        ("private_rsa", "the primes of an RSA key", "key.private", rsa_private),
        ("rsa", "an RSA key", "key.wrong_curve", rsa),
        ("shared", "a shared secret", "key.private", json!({"kty": "oct", "k": x})),
        ("on_x25519", "a key that agrees and does not sign", "key.wrong_curve", with("crv", json!("X25519"))),
        ("on_ed448", "the other curve of EdDSA", "key.wrong_curve", with("crv", json!("Ed448"))),
        ("in_small_letters", "names have their case", "key.wrong_curve", with("kty", json!("okp"))),
        ("without_kty", "a key of no kind", "key.bad", without("kty")),
        ("without_crv", "a key on no curve", "key.wrong_curve", without("crv")),
        ("without_x", "a key without a point", "key.bad", without("x")),
        ("cut", "31 bytes", "key.bad", with("x", json!(jws::base64url(&public_key(&HOLDERS[0])[..31])))),
        ("padded", "base64url with padding", "key.bad", with("x", json!(format!("{x}=")))),
        (
            "not_on_the_curve",
            "32 bytes that are no point",
            "key.bad",
            with("x", json!(jws::base64url(&[2; 32]))),
        ),
        ("a_text", "no object", "key.bad", json!(x)),
    ]
}

fn keys(t: &mut Topic, c: &Controls) {
    for (index, (name, comment, code, jwk)) in no_keys().into_iter().enumerate() {
        let root = at(0, "3l", code);
        t.refused(c.of(Place::Root), &format!("aat_root_key_{name}"), comment, "Key E6", root, |s| {
            s.root().jwk(jwk.clone())
        });
        if index < 4 {
            let child = at(1, "4b2", code);
            t.refused(c.of(Place::Child), &format!("aat_child_key_{name}"), comment, "Key E6", child, |s| {
                s.leaf().jwk(jwk)
            });
        }
    }
    let jwk = jws::jwk(&public_key(&HOLDERS[0]));
    let thumbprint = jws::thumbprint(&public_key(&HOLDERS[0]));
    for (name, comment, code, cnf) in [
        ("by_thumbprint", "the key by its hash alone", "claims.missing", json!({"jkt": thumbprint})),
        ("by_key_id", "the key by its id alone", "claims.missing", json!({"kid": "agent-0"})),
        ("in_a_list", "the confirmation in a list", "claims.wrong", json!([{"jwk": jwk}])),
    ] {
        let answer = at(0, "3l", code);
        let vector = format!("aat_root_key_{name}");
        t.refused(c.of(Place::Root), &vector, comment, "Key", answer, |s| s.root().set("cnf", cnf));
    }
    t.control(
        "aat_key_with_more_members",
        "what does not make the key is passed over",
        "Key",
        &Scene::of(2),
        |s| {
            let more =
                json!({"use": "sig", "alg": "EdDSA", "kid": "agent-0", "key_ops": ["verify"], "x5c": []});
            for link in &mut s.links {
                let mut cnf = link.get("cnf");
                cnf["jwk"]
                    .as_object_mut()
                    .expect("an object")
                    .extend(more.as_object().expect("an object").clone());
                cnf["kid"] = json!("agent-0");
                link.set("cnf", cnf);
            }
        },
    );
}

fn details(t: &mut Topic, c: &Controls) {
    let tools = super::scene::honest_tools();
    let entry = jws::entry(&tools);
    let other = json!({"type": "payment", "tools": tools});
    let of = |tools: Value| json!([jws::entry(&tools)]);
    let nameless = |name: &str| json!([{"type": name, "tools": tools}]);
    let wrong = "claims.wrong";
    let rows = [
        ("none", "no entry", wrong, json!([])),
        ("only_others", "an entry of another type only", wrong, json!([other])),
        ("in_capitals", "types have their case", wrong, nameless("Attenuating_Agent_Token")),
        ("twice", "two entries, alike", wrong, json!([entry, entry])),
        (
            "without_tools",
            "an entry without tools",
            "claims.missing",
            json!([{"type": "attenuating_agent_token"}]),
        ),
        ("tools_a_list", "tools by name alone", "authority.bad", of(json!(["pay"]))),
        ("tools_null", "tools that are nothing", "authority.bad", of(Value::Null)),
        ("tool_true", "a tool that is granted by a word", "authority.bad", of(json!({"pay": true}))),
        ("tool_a_list", "arguments by name alone", "authority.bad", of(json!({"pay": ["amount", "to"]}))),
    ];
    for (name, comment, code, value) in rows {
        let root = format!("aat_root_details_{name}");
        let answer = at(0, "3m", code);
        t.refused(c.of(Place::Root), &root, comment, "Details", answer, |s| {
            s.root().set("authorization_details", value.clone());
        });
        // A child may leave the entry out; what it then grants is seen where a call asks for it.
        if !matches!(name, "none" | "only_others" | "in_capitals") {
            let child = format!("aat_child_details_{name}");
            let answer = at(1, "4n", code);
            t.refused(c.of(Place::Child), &child, comment, "Details", answer, |s| {
                s.leaf().set("authorization_details", value);
            });
        }
    }
}
