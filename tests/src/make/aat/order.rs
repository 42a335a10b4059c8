//! Two faults in one presentation: the one of the earlier step is named.

use super::scene::Scene;
use crate::make::scene::{ELSEWHERE, HOLDERS, NOW, STRANGER};
use crate::make::topic::{Answer, Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_order");
    t.note(
        "Order",
        "two faults, of which the earlier step is named: what comes first is part of what is checked",
    );
    root(&mut t);
    child(&mut t);
    proof(&mut t);
    t
}

/// The name, the two steps, the answer and the two faults.
type Row = (&'static str, Answer<'static>, fn(&mut Scene), fn(&mut Scene));

fn family(t: &mut Topic, honest: &Scene, name: &str, rows: &[Row]) {
    let c = t.control(&format!("aat_order_in_a_{name}"), "no fault", "Order", honest, |_| {});
    for (steps, answer, first, second) in rows {
        let vector = format!("aat_order_{}", steps.replace(' ', "_").replace('+', ""));
        let comment = format!("faults of the steps {}", steps.replace(" before ", " and "));
        t.refused(&c, &vector, &comment, "Order", *answer, |s| {
            first(s);
            second(s);
        });
    }
}

fn twice(s: &mut Scene) {
    s.root().seal.begin(r#""x":{"y":1,"y":1}"#);
}

fn no_details(s: &mut Scene) {
    s.root().set("authorization_details", json!([]));
}

fn unknown_constraint() -> Value {
    json!({"pay": {"amount": {"constraint_type": "below", "max": 5}, "to": {"constraint_type": "wildcard"}}})
}

fn root(t: &mut Topic) {
    let rows: [Row; 14] = [
        (
            "2a before 2c",
            at(0, "2a", "bytes.too_large"),
            |s| s.root().set("x", json!("a".repeat(8192))),
            |s| s.root().drop("jti"),
        ),
        (
            "2c before 3a",
            at(0, "2c", "claims.missing"),
            |s| s.root().drop("jti"),
            |s| s.root().seal.header["alg"] = json!("none"),
        ),
        (
            "3a before 3b",
            at(0, "3a", "envelope.wrong_type"),
            |s| s.root().seal.header["typ"] = json!("JWT"),
            |s| s.root().signer = STRANGER,
        ),
        (
            "3b before 3e",
            at(0, "3b", "chain.bad_signature"),
            |s| s.root().signer = STRANGER,
            |s| s.root().set("exp", json!(NOW)),
        ),
        ("3b before 3c", at(0, "3b", "json.duplicate_member"), twice, |s| {
            s.root().set("del_depth", json!(1))
        }),
        (
            "3c before 3d",
            at(0, "3c", "chain.not_a_root"),
            |s| s.root().set("del_depth", json!(1)),
            |s| s.root().set("par_hash", json!("x")),
        ),
        (
            "3d before 3e",
            at(0, "3d", "chain.not_a_root"),
            |s| s.root().set("par_hash", json!("x")),
            |s| s.root().set("exp", json!(NOW)),
        ),
        (
            "3e before 3f",
            at(0, "3e", "time.expired"),
            |s| s.root().set("exp", json!(NOW)),
            |s| s.root().set("iat", json!(NOW + 60)),
        ),
        (
            "3f before 3g",
            at(0, "3f", "time.issued_in_future"),
            |s| s.root().set("iat", json!(NOW + 600)),
            |_| {},
        ),
        (
            "3h before 3i",
            at(0, "3h", "time.bad_lifetime"),
            |s| s.root().set("exp", json!(NOW + 100_000)),
            |s| s.root().drop("del_max_depth"),
        ),
        (
            "3i before 3j",
            at(0, "3i", "claims.missing"),
            |s| s.root().drop("del_max_depth"),
            |s| s.root().set("jti", json!("")),
        ),
        (
            "3j before 3k",
            at(0, "3j", "claims.wrong"),
            |s| s.root().set("jti", json!("")),
            |s| s.root().drop("iss"),
        ),
        ("3k before 3l", at(0, "3k", "claims.missing"), |s| s.root().drop("iss"), |s| s.root().drop("cnf")),
        ("3l before 3m", at(0, "3l", "claims.missing"), |s| s.root().drop("cnf"), no_details),
    ];
    family(t, &Scene::of(1), "root", &rows);
}

fn child(t: &mut Topic) {
    let rows: [Row; 17] = [
        (
            "2c before 3b",
            at(1, "2c", "chain.repeated_token"),
            |s| {
                let id = s.root().get("jti");
                s.leaf().set("jti", id)
            },
            |s| s.root().signer = STRANGER,
        ),
        (
            "3n before 4a",
            at(0, "3n", "constraint.unknown"),
            |s| s.root().tools(unknown_constraint()),
            |s| s.leaf().seal.header["alg"] = json!("none"),
        ),
        (
            "4a before 4b",
            at(1, "4a", "jose.unsigned"),
            |s| s.leaf().seal.header["alg"] = json!("none"),
            |s| s.leaf().signer = STRANGER,
        ),
        (
            "4b before 4b1",
            at(1, "4b", "chain.bad_signature"),
            |s| s.leaf().signer = STRANGER,
            |s| s.leaf().set("jti", json!("")),
        ),
        (
            "4b1 before 4b2",
            at(1, "4b1", "claims.wrong"),
            |s| s.leaf().set("jti", json!("")),
            |s| s.leaf().drop("cnf"),
        ),
        (
            "4b2 before 4b3",
            at(1, "4b2", "claims.missing"),
            |s| s.leaf().drop("cnf"),
            |s| s.leaf().drop("authorization_details"),
        ),
        (
            "4b3 before 4b4",
            at(1, "4b3", "claims.missing"),
            |s| s.leaf().drop("authorization_details"),
            |s| s.leaf().drop("del_depth"),
        ),
        (
            "4b4 before 4b5",
            at(1, "4b4", "claims.missing"),
            |s| s.leaf().drop("del_depth"),
            |s| s.leaf().drop("par_hash"),
        ),
        (
            "4b5 before 4c",
            at(1, "4b5", "claims.missing"),
            |s| s.leaf().drop("par_hash"),
            |s| s.leaf().set("iss", json!("x")),
        ),
        (
            "4c before 4d",
            at(1, "4c", "chain.wrong_issuer"),
            |s| s.leaf().set("iss", json!("x")),
            |s| s.leaf().set("del_depth", json!(5)),
        ),
        (
            "4d before 4g",
            at(1, "4d", "chain.wrong_depth"),
            |s| s.leaf().set("del_depth", json!(5)),
            |s| s.leaf().set("del_max_depth", json!(9)),
        ),
        (
            "4g before 4h",
            at(1, "4g", "chain.max_depth_raised"),
            |s| s.leaf().set("del_max_depth", json!(9)),
            |s| s.leaf().set("exp", json!(NOW + 999)),
        ),
        (
            "4i before 4j",
            at(1, "4i", "time.expired"),
            |s| s.leaf().set("exp", json!(NOW)),
            |s| s.leaf().set("iat", json!(1)),
        ),
        (
            "4j before 4m",
            at(1, "4j", "time.begins_before_parent"),
            |s| s.leaf().set("iat", json!(1)),
            |s| s.leaf().set("del_max_depth", json!(0)),
        ),
        (
            "4m before 4o",
            at(1, "4m", "chain.depth_exceeded"),
            |s| s.leaf().set("del_max_depth", json!(0)),
            |s| s.leaf().tools(unknown_constraint()),
        ),
        (
            "4o before 4p1",
            at(1, "4o", "constraint.unknown"),
            |s| s.leaf().tools(unknown_constraint()),
            |s| s.root().tools(json!({})),
        ),
        (
            "4p1 before 4q",
            at(1, "4p1", "chain.tool_added"),
            |s| s.leaf().tools(json!({"read": {}})),
            |s| s.leaf().set("par_hash", json!("x")),
        ),
    ];
    family(t, &Scene::of(2), "child", &rows);
}

/// The draft lets steps 6 and 7 be mixed; here the proof comes first (SPEC 14.3).
fn proof(t: &mut Topic) {
    let stranger = |s: &mut Scene| s.proof.signer = Some(STRANGER);
    let rows: [Row; 11] = [
        (
            "4q before 7a",
            at(1, "4q", "chain.wrong_parent"),
            |s| s.leaf().set("par_hash", json!("x")),
            |s| s.proof.seal.header["alg"] = json!("none"),
        ),
        (
            "7a before 7b",
            in_step("7a", "jose.symmetric"),
            |s| s.proof.seal.header["alg"] = json!("HS256"),
            stranger,
        ),
        ("7b before 7c", in_step("7b", "proof.bad_signature"), stranger, |s| s.proof.drop("hta")),
        (
            "7c before 7d",
            in_step("7c", "claims.missing"),
            |s| s.proof.drop("hta"),
            |s| s.proof.set("aat_aud", json!(ELSEWHERE)),
        ),
        (
            "7d before 7e",
            in_step("7d", "proof.wrong_audience"),
            |s| s.proof.set("aat_aud", json!(ELSEWHERE)),
            |s| s.proof.set("aat_tool", json!("x")),
        ),
        (
            "7e before 7f",
            in_step("7e", "proof.wrong_tool"),
            |s| s.proof.set("aat_tool", json!("x")),
            |s| s.proof.set("hta", json!({})),
        ),
        (
            "7f before 7g",
            in_step("7f", "proof.wrong_arguments"),
            |s| s.proof.set("hta", json!({})),
            |s| s.proof.set("iat", json!(1)),
        ),
        (
            "7g before 7h",
            in_step("7g", "proof.stale"),
            |s| s.proof.set("iat", json!(1)),
            |s| s.nonce("nonce-of-the-server"),
        ),
        ("7b before 6b", in_step("7b", "proof.bad_signature"), |s| s.call("read", "{}"), stranger),
        (
            "7g before 6c",
            in_step("7g", "proof.stale"),
            |s| s.root().set("aud", json!(ELSEWHERE)),
            |s| s.proof.set("iat", json!(1)),
        ),
        (
            "7b before 6a",
            in_step("7b", "proof.bad_signature"),
            |s| s.leaf().set("authorization_details", json!([])),
            |s| {
                s.proof.signer = Some(HOLDERS[0]);
            },
        ),
    ];
    family(t, &Scene::of(2), "proof", &rows);
}
