//! The draft's own suite: its rows as vectors of ours. Their oracle is the verdict and the step.

use super::topic::{Topic, flags};
use crate::forge::jws;
use crate::vectors::{Anchor, Request, Trust, Vector, folder};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The file as it was published, without what no runner needs.
#[derive(Deserialize)]
struct Suite {
    params: Params,
    trust_anchors: Vec<TrustAnchor>,
    vectors: Vec<Row>,
}

#[derive(Deserialize)]
struct Params {
    audience: String,
    max_iat_skew: u32,
    max_token_lifetime: u32,
    max_delegation_depth: u32,
    max_constraint_depth: u32,
    pop_window: u32,
}

#[derive(Deserialize)]
struct TrustAnchor {
    iss: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    x: String,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    title: String,
    now: u64,
    tool: String,
    /// The text as it stands: reading it would lose digits that decide.
    args: Box<RawValue>,
    policy: Policy,
    chain: Vec<String>,
    pop: String,
    expected: Expected,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Policy {
    require_pop_aud: bool,
    require_chain_aud: bool,
    nonce: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    verdict: String,
    steps: Vec<String>,
}

/// What the draft's parameters leave open (its appendix B).
const TOKEN_BYTES: u32 = 64 * 1024;
const CHAIN_BYTES: u32 = 256 * 1024;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_02");
    t.note(
        "Published",
        "a row of the suite that AAT-02 publishes, its number in the name; it says whether and at which step, and has no codes",
    );
    let path = folder().join("foreign/aat-02/aat-02.json");
    let text = std::fs::read_to_string(path).expect("the suite");
    let suite: Suite = serde_json::from_str(&text).expect("the suite in its format");
    suite.vectors.iter().for_each(|row| t.plain(vector(&suite, row)));
    t
}

fn vector(suite: &Suite, row: &Row) -> Vector {
    let is_permitted = row.expected.verdict == "PERMIT";
    let number: String = row
        .id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let control = if is_permitted { "_control" } else { "" };
    Vector {
        name: format!("aat_02_{number}{control}"),
        comment: row.title.clone(),
        flags: flags("Published"),
        operation: "authorize".into(),
        trust: Some(trust(suite, &row.policy)),
        chain: Some(hex::encode(jws::chain(&row.chain))),
        proof: Some(hex::encode(&row.pop)),
        request: Some(request(suite, row)),
        now: Some(row.now),
        expect: if is_permitted { "ok" } else { "refused" }.into(),
        steps: (!is_permitted).then(|| row.expected.steps.clone()),
        ..Vector::default()
    }
}

fn trust(suite: &Suite, policy: &Policy) -> Trust {
    let key = |jwk: &Jwk| hex::encode(jws::bytes(&jwk.x));
    let anchors = suite.trust_anchors.iter();
    Trust {
        anchors: anchors.map(|anchor| Anchor { issuer: anchor.iss.clone(), key: key(&anchor.jwk) }).collect(),
        audience: vec![suite.params.audience.clone()],
        identity: Some("optional".into()),
        audience_required: Some(policy.require_chain_aud),
        proof_audience_required: Some(policy.require_pop_aud),
        limits: Some(limits(&suite.params)),
        ..Trust::default()
    }
}

fn limits(params: &Params) -> BTreeMap<String, u32> {
    let limits = [
        ("skew", params.max_iat_skew),
        ("lifetime", params.max_token_lifetime),
        ("depth", params.max_delegation_depth),
        ("constraint_depth", params.max_constraint_depth),
        ("proof_age", params.pop_window),
        ("proof_ahead", params.pop_window),
        ("token_bytes", TOKEN_BYTES),
        ("chain_bytes", CHAIN_BYTES),
    ];
    limits.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn request(suite: &Suite, row: &Row) -> Request {
    Request {
        tool: row.tool.clone(),
        arguments: row.args.get().into(),
        audience: suite.params.audience.clone(),
        nonce: row.policy.nonce.as_ref().map(hex::encode),
        ..Request::default()
    }
}
