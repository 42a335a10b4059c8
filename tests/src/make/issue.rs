//! Issuing: the bytes an honest issuer writes, and what it refuses to write.

use super::scene::{AUDIENCE, ELSEWHERE, HOLDERS, ISSUER, ISSUER_KEY, NOW, agent, honest_tools, token_id};
use super::topic::{Topic, flags};
use crate::forge::{public_key, token};
use crate::vectors::Vector;
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("issue");
    t.note(
        "Issued",
        "what an issuer writes, byte for byte; the second writer of the format is the forge of this folder",
    );
    t.note("NotIssued", "what no verifier would accept is not signed in the first place");
    let full = full();
    t.plain(control("issue_everything", "every member of a grant", &full));
    let mut least = full.clone();
    for member in ["sub", "agent", "task", "nbf"] {
        least.as_object_mut().expect("object").remove(member);
    }
    least["aud"] = json!([AUDIENCE]);
    least["max_depth"] = json!(0);
    least["tools"] = json!({"read": {}});
    t.plain(control("issue_the_least", "a grant with nothing that may be left out", &least));
    let mut every = full.clone();
    every["tools"] = every_constraint();
    t.plain(control(
        "issue_every_constraint",
        "each of the nine constraints, and numbers of every size",
        &every,
    ));
    let mut star = full.clone();
    star["tools"] = json!({"t": {"*": {"constraint_type": "wildcard"}}});
    t.plain(control("issue_star_alone", "a map with `*` alone is written as `{}`", &star));

    let base = ask("issue_everything", "", &full);
    let fault = |name: &str, comment: &str, expect: &str, list: &str, change: &dyn Fn(&mut Vector)| {
        let mut vector = base.clone();
        change(&mut vector);
        let (name, comment, expect) = (name.into(), comment.into(), expect.into());
        let control = Some("issue_everything_control".into());
        let flags = flags(&format!("NotIssued {list}"));
        Vector { name, comment, expect, control, flags, link: Some(None), result: None, ..vector }
    };
    let tools = |text: &'static str| move |v: &mut Vector| v.tools = Some(text.into());
    for vector in [
        fault("issue_for_two_days", "a life over the limit", "time.bad_lifetime", "T6", &|v| {
            v.ttl = Some(172_800)
        }),
        fault("issue_for_no_time", "a life of nothing", "time.bad_lifetime", "T7", &|v| v.ttl = Some(0)),
        fault("issue_to_begin_after_the_end", "a beginning after the end", "time.bad_lifetime", "T8", &|v| {
            v.not_before = Some(NOW + 600)
        }),
        fault(
            "issue_too_deep",
            "more delegations than any verifier allows by default",
            "chain.depth_exceeded",
            "C13",
            &|v| v.max_depth = Some(9),
        ),
        fault("issue_to_an_empty_principal", "an empty principal", "claims.wrong", "I10", &|v| {
            v.principal = Some(String::new())
        }),
        fault(
            "issue_to_an_empty_audience",
            "an empty name among the audience",
            "claims.wrong",
            "I10",
            &|v| v.audience = Some(vec![String::new()]),
        ),
        fault(
            "issue_to_no_audience",
            "an empty list of audiences: nobody, or everybody?",
            "claims.wrong",
            "I10",
            &|v| v.audience = Some(vec![]),
        ),
        fault("issue_to_no_agent_id", "an agent that is none", "agent.bad_id", "", &|v| {
            v.agent = Some("agent-0".into())
        }),
        fault("issue_to_a_weak_key", "a holder's key of small order", "key.bad", "E3", &|v| {
            v.to = Some("00".repeat(32))
        }),
        fault("issue_without_issuer", "an empty issuer", "claims.wrong", "", &|v| {
            v.issuer = Some(String::new())
        }),
        fault("issue_tools_not_json", "tools that are no JSON", "json.bad", "E12", &tools("{'read':{}}")),
        fault("issue_tools_array", "a list of tool names", "authority.bad", "E12", &tools(r#"["read"]"#)),
        fault(
            "issue_tool_twice",
            "one tool twice",
            "json.duplicate_member",
            "E10",
            &tools(r#"{"read":{},"read":{}}"#),
        ),
        fault(
            "issue_unknown_constraint",
            "a constraint of no known type",
            "constraint.unknown",
            "M35",
            &tools(r#"{"read":{"path":{"constraint_type":"prefix","value":"/tmp"}}}"#),
        ),
        fault(
            "issue_misspelt_bound",
            "a misspelt bound, which would be none",
            "constraint.bad",
            "E12",
            &tools(r#"{"read":{"n":{"constraint_type":"range","maximum":5}}}"#),
        ),
        fault(
            "issue_bound_twice_inclusive",
            "a flag without its bound",
            "constraint.bad",
            "E12",
            &tools(r#"{"read":{"n":{"constraint_type":"range","min":5,"max_inclusive":true}}}"#),
        ),
        fault(
            "issue_range_upside_down",
            "the least above the most",
            "constraint.bad",
            "E12",
            &tools(r#"{"read":{"n":{"constraint_type":"range","min":5,"max":4}}}"#),
        ),
        fault(
            "issue_constraint_without_type",
            "a constraint without a type",
            "constraint.bad",
            "E12",
            &tools(r#"{"read":{"n":{"value":4}}}"#),
        ),
        fault(
            "issue_optional_in_a_clause",
            "`optional` inside `all`",
            "constraint.bad",
            "E12",
            &tools(
                r#"{"read":{"n":{"constraint_type":"all","constraints":[{"constraint_type":"wildcard","optional":true}]}}}"#,
            ),
        ),
        fault(
            "issue_optional_text",
            "`optional` as a text",
            "constraint.bad",
            "I7",
            &tools(r#"{"read":{"n":{"constraint_type":"wildcard","optional":"true"}}}"#),
        ),
        fault(
            "issue_one_of_nothing",
            "`one_of` nothing",
            "constraint.bad",
            "M23",
            &tools(r#"{"read":{"n":{"constraint_type":"one_of","values":[]}}}"#),
        ),
        fault(
            "issue_all_of_nothing",
            "`all` of nothing",
            "constraint.bad",
            "M23",
            &tools(r#"{"read":{"n":{"constraint_type":"all","constraints":[]}}}"#),
        ),
        fault(
            "issue_exact_array",
            "`exact` an array",
            "constraint.bad",
            "",
            &tools(r#"{"read":{"n":{"constraint_type":"exact","value":[]}}}"#),
        ),
        fault(
            "issue_star_exact",
            "`*` under `exact`",
            "authority.bad_star",
            "M33",
            &tools(r#"{"read":{"*":{"constraint_type":"exact","value":1}}}"#),
        ),
        fault(
            "issue_inexact_bound",
            "a bound no double holds",
            "json.inexact_number",
            "E16",
            &tools(r#"{"read":{"n":{"constraint_type":"range","max":9007199254740993}}}"#),
        ),
    ] {
        t.plain(vector);
    }
    t
}

/// A root with everything, told as JSON.
pub(super) fn full() -> Value {
    json!({
        "iss": ISSUER, "sub": "user:alice", "aud": [AUDIENCE, ELSEWHERE], "exp": NOW + 300, "nbf": NOW + 5, "iat": NOW,
        "cti": hex::encode(token_id(0)), "holder": hex::encode(HOLDERS[0]), "depth": 0, "max_depth": 3,
        "agent": agent(0), "task": "t-42", "tools": honest_tools()
    })
}

/// The question whose honest answer is this token.
fn ask(name: &str, comment: &str, token: &Value) -> Vector {
    let text = |member: &str| token[member].as_str().map(str::to_owned);
    let number = |member: &str| token[member].as_u64();
    let audience = token["aud"].as_array().cloned().unwrap_or_default();
    Vector {
        name: format!("{name}_control"),
        comment: comment.into(),
        flags: flags("Issued"),
        operation: "issue".into(),
        key: Some(hex::encode(ISSUER_KEY)),
        issuer: text("iss"),
        to: Some(hex::encode(public_key(&token::seed(&token["holder"])))),
        tools: Some(token["tools"].to_string()),
        audience: Some(audience.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()),
        principal: text("sub"),
        agent: text("agent"),
        task: text("task"),
        ttl: Some((number("exp").expect("exp") - NOW) as u32),
        not_before: number("nbf"),
        max_depth: number("max_depth").map(|depth| depth as u32),
        token_id: text("cti"),
        now: Some(NOW),
        expect: "ok".into(),
        ..Vector::default()
    }
}

fn control(name: &str, comment: &str, root: &Value) -> Vector {
    let chain = token::chain(&token::tokens(std::slice::from_ref(root), &ISSUER_KEY));
    Vector { result: Some(hex::encode(chain)), ..ask(name, comment, root) }
}

fn every_constraint() -> Value {
    let c = |kind: &str, name: &str, value: Value| json!({"constraint_type": kind, name: value});
    json!({
        "values": {
            "null": c("exact", "value", json!(null)),
            "true": c("exact", "value", json!(true)),
            "text": c("exact", "value", json!("\u{20ac}\u{1f600}\"\\\n")),
            "small": c("exact", "value", json!(-24)),
            "tenth": c("exact", "value", json!(0.1)),
            "half": c("exact", "value", json!(-0.5)),
            "third": c("exact", "value", json!(1.100000023841858)),
            "large": c("exact", "value", json!(9007199254740991_i64)),
            "larger": c("exact", "value", json!(9007199254740992.0)),
            "largest": c("exact", "value", json!(1.7976931348623157e308)),
            "smallest": c("exact", "value", json!(5e-324))
        },
        "constraints": {
            "range": {"constraint_type": "range", "min": -1.5, "min_inclusive": false, "max": 1e21},
            "from": {"constraint_type": "range", "min": 0},
            "number": {"constraint_type": "range"},
            "one_of": c("one_of", "values", json!(["b", "a", "aa", 10, 9, -1, 0.5, null, false])),
            "not_one_of": c("not_one_of", "excluded", json!([])),
            "contains": c("contains", "required", json!([{"b": 1, "a": [2]}, []])),
            "subset": c("subset", "allowed", json!([["x"], "x"])),
            "all": c("all", "constraints", json!([{"constraint_type": "wildcard"}, {"constraint_type": "range", "max": 5, "max_inclusive": false}])),
            "any": {"constraint_type": "any", "optional": true, "constraints": [{"constraint_type": "exact", "value": 2}, {"constraint_type": "exact", "value": 1}]},
            "*": {"constraint_type": "wildcard"}
        },
        "open": {}
    })
}
