//! The example that is there to be copied.

use super::tools;
use crate::policy::{Action, Ask, Policy, Principal, TrustRole};
use serde_json::json;

const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policy.toml"));

#[test]
fn it_is_a_policy_that_does_what_it_says() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    assert_eq!(policy.digest().len(), 64);
    let finance = Principal::new("u1", Some("pro"), ["finance"]).unwrap();
    let ask = |principal: &Principal| Ask {
        principal: Some(principal.clone()),
        ..Ask::new(Action::Launch, "monthly-close", "payables")
    };
    assert_eq!(tools(policy.decide(&ask(&finance)).unwrap().tools()), ["pay_invoice", "list_invoices"]);
    let sales = Principal::new("u2", Some("pro"), ["sales"]).unwrap();
    assert_eq!(tools(policy.decide(&ask(&sales)).unwrap().tools()), ["list_invoices"]);
    let free = Principal::new("u3", Some("free"), ["finance"]).unwrap();
    assert_eq!(policy.decide(&ask(&free)).unwrap_err().rule(), "principal.tier");
}

#[test]
fn its_trust_rules_take_what_these_issuers_send() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    let pod = json!({"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:agents:closer",
        "kubernetes.io": {"namespace": "agents", "pod": {"name": "closer-1", "uid": "7c0f6a3e-1f5e-4a68-9a52-1f1f2f3f4f5f"}}});
    let cluster = &policy.trust()[0];
    assert!(cluster.matches(&pod));
    let TrustRole::Agent(issue) = cluster.role() else { panic!("the rule is for agents") };
    let launch = issue.launch(&pod).unwrap();
    assert_eq!((launch.workflow.as_str(), launch.orchestrator.as_str()), ("monthly-close", "prod-cluster"));
    assert_eq!(launch.task, "7c0f6a3e-1f5e-4a68-9a52-1f1f2f3f4f5f");
    let identity = cluster.identity(&pod).unwrap();
    assert!(policy.workflow("monthly-close").unwrap().admits_agent(&identity), "{identity}");
    let build = json!({"sub": "repo:acme/release:environment:production", "repository": "acme/release", "ref": "refs/heads/main", "environment": "production"});
    assert!(policy.trust()[2].matches(&build));
    assert_eq!(policy.trust()[2].role(), &TrustRole::Orchestrator("release".into()));
}
