//! Explanations: every rule, in order, with what it says.

use super::{launch, policy, user};
use crate::policy::{Ask, Verdict};

const RULES: [&str; 15] = [
    "workflow.known",
    "workflow.orchestrator",
    "agent.identity",
    "obo.allowed",
    "principal.required",
    "principal.tier",
    "principal.group",
    "ceiling.tools",
    "ceiling.arguments",
    "tool.entitled",
    "ceiling.empty",
    "ceiling.audience",
    "ttl.bounds",
    "depth.bounds",
    "format.allowed",
];

fn names(explained: &crate::policy::Explanation) -> Vec<&str> {
    explained.rules.iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_is_there_and_more_than_the_first_denial_shows() {
    let explained = policy().explain(&launch());
    assert_eq!(names(&explained), RULES);
    assert!(explained.allowed && explained.denied_by().is_none() && explained.terms.is_some());
    let mut ask = Ask { principal: user("free", &[]), ..launch() };
    ask.wish.scope = Some(vec!["pay".into()]);
    ask.wish.ttl = Some(601);
    let explained = policy().explain(&ask);
    assert_eq!(names(&explained), RULES);
    assert!(!explained.allowed && explained.terms.is_none());
    let denies = explained.rules.iter().filter(|finding| finding.verdict == Verdict::Denies);
    assert_eq!(
        denies.map(|finding| finding.rule).collect::<Vec<_>>(),
        ["principal.tier", "tool.entitled", "ceiling.empty", "ttl.bounds"]
    );
}

#[test]
fn without_a_workflow_nothing_else_is_judged() {
    let explained = policy().explain(&Ask { workflow: "x".into(), ..launch() });
    assert_eq!(names(&explained), RULES);
    assert!(explained.rules.iter().skip(1).all(|finding| finding.verdict == Verdict::Skipped));
}

#[test]
fn it_is_json() {
    let explained = policy().explain(&launch());
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&explained).unwrap()).unwrap();
    assert_eq!(json["allowed"], true);
    assert_eq!(json["policy"], policy().digest());
    assert_eq!(json["rules"][0]["rule"], "workflow.known");
    assert_eq!(json["rules"][0]["verdict"], "holds");
    assert_eq!(json["terms"]["tools"]["pay"]["amount"]["max"], 500);
    let denied = policy().explain(&Ask { principal: None, ..launch() });
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&denied).unwrap()).unwrap();
    assert_eq!(
        (&json["rules"][4]["verdict"], &json["rules"][4]["code"]),
        (&"denies".into(), &"policy.principal_missing".into())
    );
    assert!(json.get("terms").is_none());
}
