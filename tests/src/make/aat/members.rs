//! Members that stand twice, that nobody knows, that nobody asks for.

use super::place::{Controls, Place};
use super::scene::{Scene, honest_tools};
use crate::forge::jws;
use crate::make::scene::agent;
use crate::make::topic::{Topic, at, beyond};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_members");
    t.note(
        "Repeated",
        "a member twice in one object, at any depth: two readers would take two different ones",
    );
    t.note("Surrogate", "half a pair, which is no text; what it becomes depends on the reader");
    t.note(
        "Unknown",
        "a claim that the draft does not know and that must not lead to a refusal, whatever it holds",
    );
    t.note("Foreign", "an entry of another type: it grants nothing and takes nothing away");
    t.note(
        "IdentityIgnored",
        "sub, txn and client_id at a verifier that asks for no identity: claims like any others",
    );
    t.note("Identity", "sub, txn and client_id at a verifier that asks for them: the root's for good");
    let c = Controls::new(&mut t, "members", "Repeated Surrogate Unknown Foreign Identity IdentityIgnored");
    repeated(&mut t, &c);
    surrogates(&mut t, &c);
    unknown(&mut t);
    foreign(&mut t);
    identity_required(&mut t, &c);
    identity_ignored(&mut t);
    t
}

/// What is repeated: name, comment, where, and what stands there instead; before all others where no place is named.
type Row = (&'static str, &'static str, &'static str, &'static str);

const IN_TOKENS: [Row; 7] = [
    ("claim", "a claim twice, with two values", "", r#""exp":1800000000"#),
    ("claim_alike", "a claim twice, with one value", "", r#""del_max_depth":8"#),
    ("claim_by_escape", "a claim twice, once escaped", "", r#""\u0065xp":1"#),
    ("in_cnf", "two keys", r#"{"jwk":"#, r#"{"jwk":{},"jwk":"#),
    ("in_jwk", "two points", r#""kty":"OKP""#, r#""kty":"OKP","x":"AA""#),
    ("tool", "a tool twice", r#"{"pay":"#, r#"{"pay":{},"pay":"#),
    ("in_a_constraint", "two upper bounds", r#""max":100"#, r#""max":100,"max":1000000"#),
];

const IN_ROOTS: [Row; 3] = [
    ("jti", "two ids", "", r#""jti":"another""#),
    ("in_an_unknown_claim", "deep in what nobody reads", "", r#""x":[{"y":{"z":1,"z":1}}]"#),
    (
        "in_a_foreign_entry",
        "in an entry of another type",
        r#""authorization_details":["#,
        r#""authorization_details":[{"type":"payment","type":"payment"},"#,
    ),
];

const IN_PROOFS: [Row; 3] = [
    ("claim", "a claim twice", "", r#""aat_tool":"read""#),
    ("argument", "an argument twice", r#"{"amount":5"#, r#"{"amount":5,"amount":500"#),
    ("in_an_unknown_claim", "deep in what nobody reads", "", r#""x":[{"y":1,"y":1}]"#),
];

fn repeated(t: &mut Topic, c: &Controls) {
    let code = "json.duplicate_member";
    let all = [
        (Place::Root, &IN_TOKENS[..]),
        (Place::Root, &IN_ROOTS),
        (Place::Child, &IN_TOKENS),
        (Place::Proof, &IN_PROOFS),
    ];
    for (place, rows) in all {
        for (name, comment, from, to) in rows {
            let vector = format!("aat_{}_repeated_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            t.refused(c.of(place), &vector, &comment, "Repeated E10", place.body(code), |s| {
                let seal = place.seal(s);
                if from.is_empty() { seal.begin(to) } else { seal.rewrite(from, to) }
            });
        }
    }
}

fn surrogates(t: &mut Topic, c: &Controls) {
    let code = "json.lone_surrogate";
    for place in Place::ALL {
        for (name, comment, text) in [
            ("in_a_value", "half a pair in a claim that nobody knows", r#""x":"\ud83d""#),
            ("in_a_name", "half a pair as a name", r#""\udc00":1"#),
            ("turned_round", "a pair in the wrong order", r#""x":"\ude00\ud83d""#),
        ] {
            let vector = format!("aat_{}_surrogate_{name}", place.name());
            let comment = format!("{}: {comment}", place.name());
            t.refused(c.of(place), &vector, &comment, "Surrogate E17", place.body(code), |s| {
                place.seal(s).begin(text);
            });
        }
    }
    t.control("aat_surrogate_pairs", "a whole pair, escaped and not", "Surrogate", &Scene::of(2), |s| {
        s.root().set("x", json!("\u{1f600}"));
        s.leaf().seal.begin(r#""x":"\ud83d\ude00""#);
    });
}

fn unknown(t: &mut Topic) {
    for (name, comment, text) in [
        ("a_number_no_double_holds", "a number that loses digits", r#""x":9007199254740993"#),
        ("a_number_beyond_all", "a number that overflows", r#""x":[1e999,-1e999]"#),
        ("a_small_number", "a number that vanishes", r#""x":1e-999"#),
        ("an_object", "an object of objects", r#""x":{"tools":{"read":{}}}"#),
        ("known_names", "names that are almost known", r#""Exp":1,"EXP":1,"exp ":1,"":1"#),
        ("native_names", "claims of the other encoding", r#""cti":"AA","authority":{},"3":4"#),
        ("oauth_names", "claims of other tokens", r#""scope":"admin","act":{"sub":"x"},"nonce":1,"jku":"x""#),
    ] {
        t.control(&format!("aat_unknown_{name}"), comment, "Unknown E11", &Scene::of(2), |s| {
            Place::ALL.iter().for_each(|place| place.seal(s).begin(text));
        });
    }
}

fn foreign(t: &mut Topic) {
    let all = json!([
        7, null, true, "attenuating_agent_token", [], ["type", "attenuating_agent_token"], {},
        {"type": 7}, {"type": ["attenuating_agent_token"]}, {"type": "payment", "tools": {"read": {}}},
        {"type": "ATTENUATING_AGENT_TOKEN", "tools": 7}, {"tools": {"read": {}}}
    ]);
    let among = |own: Value| {
        let mut all = all.as_array().expect("a list").clone();
        all.insert(5, own);
        Value::Array(all)
    };
    let c = t.control(
        "aat_foreign_entries",
        "ours stands among entries of every kind",
        "Foreign",
        &Scene::of(2),
        |s| {
            s.links
                .iter_mut()
                .for_each(|link| link.set("authorization_details", among(jws::entry(&honest_tools()))));
        },
    );
    let answer = at(0, "6b", "call.tool_not_granted");
    t.refused(
        &c,
        "aat_foreign_entry_used",
        "a tool that only an entry of another type names",
        "Foreign M1",
        answer,
        |s| {
            s.call("read", "{}");
        },
    );
    t.control(
        "aat_entry_with_more_members",
        "an entry with members of RFC 9396",
        "Foreign",
        &Scene::of(2),
        |s| {
            let mut entry = jws::entry(&honest_tools());
            entry["locations"] = json!(["https://elsewhere.example"]);
            entry["Tools"] = json!(7);
            s.links.iter_mut().for_each(|link| link.set("authorization_details", json!([entry])));
        },
    );
    t.control(
        "aat_foreign_number",
        "a number no double holds, in an entry of another type",
        "Foreign",
        &Scene::of(1),
        |s| {
            s.root().rewrite(
                "\"authorization_details\":[",
                "\"authorization_details\":[{\"type\":\"payment\",\"n\":9007199254740993},",
            );
        },
    );
}

/// The claims of identity: the wrong ones and what is said of them where identity is asked for.
fn identities() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("sub_number", "claims.wrong", "sub", json!(7)),
        ("sub_empty", "claims.wrong", "sub", json!("")),
        ("sub_null", "claims.wrong", "sub", Value::Null),
        ("sub_overlong", "claims.wrong", "sub", json!("a".repeat(513))),
        ("txn_list", "claims.wrong", "txn", json!(["t-42"])),
        ("txn_empty", "claims.wrong", "txn", json!("")),
        ("client_id_of_oauth", "agent.bad_id", "client_id", json!("https://agents.example/client")),
        ("client_id_number", "claims.wrong", "client_id", json!(7)),
    ]
}

/// What a child says of the root's identity.
fn changes() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("sub_changed", "chain.principal_changed", "sub", json!("user:bob")),
        ("txn_changed", "chain.task_changed", "txn", json!("t-43")),
        (
            "client_id_elsewhere",
            "chain.trust_domain_changed",
            "client_id",
            json!("spiffe://other.example/agent/o/t/i"),
        ),
    ]
}

fn identity_required(t: &mut Topic, c: &Controls) {
    for (name, code, claim, value) in identities() {
        let comment = format!("{claim} is {}, and identity is asked for", shown(&value));
        let root = format!("aat_root_{name}");
        t.refused(c.of(Place::Root), &root, &comment, "Identity C22", beyond(Some(0), code), |s| {
            s.root().set(claim, value.clone());
        });
        let child = format!("aat_child_{name}");
        t.refused(c.of(Place::Child), &child, &comment, "Identity C22", beyond(Some(1), code), |s| {
            s.leaf().set(claim, value)
        });
    }
    for (name, code, claim, value) in changes() {
        let comment = format!("the child says {claim} {value}, and identity is asked for");
        let vector = format!("aat_child_{name}");
        t.refused(c.of(Place::Child), &vector, &comment, "Identity C22", beyond(Some(1), code), |s| {
            s.leaf().set(claim, value)
        });
    }
    for claim in ["sub", "txn", "client_id"] {
        let comment = format!("no {claim}, and identity is asked for");
        let answer = beyond(Some(0), "chain.identity_missing");
        t.refused(
            c.of(Place::Root),
            &format!("aat_root_without_{claim}"),
            &comment,
            "Identity",
            answer,
            |s| s.root().drop(claim),
        );
    }
    t.control(
        "aat_child_names_identity",
        "a child says what its parent says, and who it is",
        "Identity",
        &Scene::of(2),
        |s| {
            s.leaf().set("sub", json!("user:alice"));
            s.leaf().set("txn", json!("t-42"));
            s.leaf().set("client_id", json!(agent(1)));
        },
    );
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.len() > 60 { "very long".into() } else { text }
}

fn identity_ignored(t: &mut Topic) {
    let mut scene = Scene::of(2);
    scene.trust.identity = Some("optional".into());
    let control =
        |t: &mut Topic, name: &str, comment: &str, own: [Option<String>; 3], change: &dyn Fn(&mut Scene)| {
            t.control(name, comment, "IdentityIgnored", &scene, |s| {
                change(s);
                s.identity = Some(own);
            })
        };
    let own = || [Some(agent(0)), Some("user:alice".to_owned()), Some("t-42".to_owned())];
    for (name, _, claim, value) in identities() {
        let comment = format!("{claim} is {}, and nobody asks for it", shown(&value));
        let mut left = own();
        left[place(claim)] = None;
        let root = format!("aat_ignored_root_{name}");
        control(t, &root, &comment, left, &|s| s.root().set(claim, value.clone()));
        let child = format!("aat_ignored_child_{name}");
        control(t, &child, &comment, own(), &|s| s.leaf().set(claim, value.clone()));
    }
    for (name, _, claim, value) in changes() {
        let comment = format!("the child says {claim} {value}, and nobody asks for it");
        control(t, &format!("aat_ignored_child_{name}"), &comment, own(), &|s| {
            s.leaf().set(claim, value.clone())
        });
    }
    control(
        t,
        "aat_ignored_one_by_one",
        "the child says another principal, which is forgotten, and who it is, which is not",
        [Some(agent(1)), Some("user:alice".to_owned()), Some("t-42".to_owned())],
        &|s| {
            s.leaf().set("sub", json!("user:bob"));
            s.leaf().set("client_id", json!(agent(1)));
        },
    );
    control(t, "aat_ignored_everything", "no identity anywhere", [None, None, None], &|s| {
        for claim in ["sub", "txn", "client_id"] {
            s.root().drop(claim);
        }
    });
    control(
        t,
        "aat_ignored_child_alone",
        "identity at the child alone, which cannot say it",
        [None, None, None],
        &|s| {
            for claim in ["sub", "txn", "client_id"] {
                s.root().drop(claim);
            }
            s.leaf().set("sub", json!("user:bob"));
            s.leaf().set("txn", json!("t-43"));
            s.leaf().set("client_id", json!(agent(1)));
        },
    );
    t.control(
        "aat_draft_alone",
        "nothing but what the draft knows",
        "Unknown",
        &Scene::of_the_draft(2),
        |s| {
            s.identity = Some([None, None, None]);
        },
    );
}

fn place(claim: &str) -> usize {
    ["client_id", "sub", "txn"].iter().position(|name| *name == claim).expect("a claim of identity")
}
