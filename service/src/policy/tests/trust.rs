//! Trust rules: which claims they take, and what they make of them.

use super::{JWKS, outcome, policy};
use crate::policy::{Action, Ask, Policy, TrustKeys, TrustKind, TrustRole, TrustRule};
use serde_json::{Value, json};

/// A rule in front of which the policy of the other tests stands.
fn rule(text: &str) -> TrustRule {
    let policy = Policy::parse(&format!("{}\n{text}", super::CLOSE)).unwrap();
    policy.trust()[0].clone()
}

const CLUSTER: &str = r#"
[[trust]]
name = "cluster"
issuer = "https://k8s.example"
kind = "oidc"
keys = { jwks_uri = "https://k8s.example/jwks" }
audience = "https://issuer.example"
algorithms = ["RS256", "ES256"]
role = "agent"
claims = { sub = "system:serviceaccount:agents:*", "kubernetes.io/namespace" = "agents", level = "3", ok = "true" }
[trust.issue]
workflow = "close"
orchestrator = "cluster-{kubernetes.io/namespace}"
task = "{kubernetes.io/pod/uid}"
principal = "{sub}"
"#;

fn pod() -> Value {
    json!({"iss": "https://k8s.example", "sub": "system:serviceaccount:agents:a", "level": 3, "ok": true,
        "kubernetes.io": {"namespace": "agents", "pod": {"uid": "u-1"}}})
}

#[test]
fn every_claim_must_be_there_and_fit() {
    let rule = rule(CLUSTER);
    assert!(rule.matches(&pod()));
    for (pointer, value) in [
        ("/sub", json!("system:serviceaccount:users:a")),
        ("/sub", json!("x system:serviceaccount:agents:a")),
        ("/sub", json!(null)),
        ("/level", json!(4)),
        ("/level", json!({"3": 3})),
        ("/ok", json!(false)),
        ("/kubernetes.io/namespace", json!("agents2")),
        ("/kubernetes.io", json!({})),
        ("/kubernetes.io", json!("agents")),
    ] {
        let mut claims = pod();
        *claims.pointer_mut(pointer).unwrap() = value;
        assert!(!rule.matches(&claims), "{pointer} {claims}");
    }
    let mut listed = pod();
    listed["level"] = json!([1, 3]);
    listed["more"] = json!("anything");
    assert!(rule.matches(&listed), "one element is enough, and what is not named does not count");
    assert!(!rule.matches(&json!([])) && !rule.matches(&json!({})));
}

#[test]
fn a_workload_becomes_what_the_rule_says() {
    let rule = rule(CLUSTER);
    let TrustRole::Agent(issue) = rule.role() else { panic!("the rule is for agents") };
    let launch = issue.launch(&pod()).unwrap();
    assert_eq!(
        (launch.workflow.as_str(), launch.orchestrator.as_str(), launch.task.as_str()),
        ("close", "cluster-agents", "u-1")
    );
    assert_eq!(
        launch.principal.as_ref().map(|principal| principal.id()),
        Some("system:serviceaccount:agents:a")
    );
    for (pointer, value, code) in [
        ("/kubernetes.io/pod/uid", json!("../x"), "policy.claim_unusable"),
        ("/kubernetes.io/pod/uid", json!(["u-1"]), "policy.claim_unusable"),
        ("/kubernetes.io/pod", json!({}), "policy.claim_missing"),
        ("/kubernetes.io/namespace", json!("a/b"), "policy.claim_unusable"),
        ("/sub", json!("with blank"), "policy.claim_unusable"),
    ] {
        let mut claims = pod();
        *claims.pointer_mut(pointer).unwrap() = value;
        assert_eq!(issue.launch(&claims).unwrap_err().code().as_str(), code, "{pointer}");
    }
    // A template that fills to the name of a client does not speak for it.
    let ask = Ask {
        attested: Some("spiffe://acme.example/ns/agents/a".into()),
        ..Ask::new(Action::Attested, "close", "payables")
    };
    assert_eq!(outcome(&policy().decide(&ask)), Err(("workflow.orchestrator", "policy.not_your_workflow")));
}

#[test]
fn an_identity_names_its_issuer() {
    let oidc = rule(CLUSTER);
    assert_eq!(oidc.identity(&pod()).unwrap(), "https://k8s.example#system:serviceaccount:agents:a");
    assert_eq!(oidc.identity(&json!({})).unwrap_err().code().as_str(), "policy.claim_missing");
    for sub in [json!(""), json!("a b"), json!(7), json!(["a"])] {
        assert_eq!(
            oidc.identity(&json!({"sub": sub})).unwrap_err().code().as_str(),
            "policy.claim_unusable",
            "{sub}"
        );
    }
    let text = CLUSTER
        .replace("https://k8s.example\"\nkind = \"oidc\"", "spiffe://acme.example\"\nkind = \"spiffe\"");
    let svid = rule(&text);
    assert_eq!((svid.kind(), svid.issuer()), (TrustKind::Spiffe, "spiffe://acme.example"));
    assert_eq!(
        svid.identity(&json!({"sub": "spiffe://acme.example/ns/a"})).unwrap(),
        "spiffe://acme.example/ns/a"
    );
    for sub in [
        "spiffe://acme.example",
        "spiffe://acme.example.evil/ns/a",
        "spiffe://other.example/ns/a",
        "https://acme.example/",
    ] {
        assert!(svid.identity(&json!({"sub": sub})).is_err(), "{sub}");
    }
}

#[test]
fn a_user_is_who_the_claims_say() {
    let text = r#"
[[trust]]
name = "staff"
issuer = "https://login.example"
kind = "oidc"
keys = { jwks = 'KEYS' }
audience = "https://issuer.example"
algorithms = ["Ed25519"]
role = "user"
[trust.user]
principal = "{iss}#{sub}"
tier = "plan"
groups = "https:~1~1acme.example~1groups"
"#;
    let rule = rule(&text.replace("KEYS", JWKS));
    assert_eq!((rule.keys(), rule.max_age()), (&TrustKeys::Inline(JWKS.into()), 600));
    let TrustRole::User(user) = rule.role() else { panic!("the rule is for users") };
    let claims = |plan: Value, groups: Value| json!({"iss": "https://login.example", "sub": "7", "plan": plan, "https://acme.example/groups": groups});
    let alice = user.principal(&claims(json!("pro"), json!(["finance", "audit"]))).unwrap();
    assert_eq!((alice.id(), alice.tier()), ("https://login.example#7", Some("pro")));
    assert_eq!(alice.groups().collect::<Vec<_>>(), ["audit", "finance"]);
    assert_eq!(user.principal(&claims(json!(2), json!("finance"))).unwrap().tier(), Some("2"));
    let bare = user.principal(&json!({"iss": "https://login.example", "sub": "7"})).unwrap();
    assert_eq!((bare.tier(), bare.groups().count()), (None, 0));
    for (plan, groups) in [
        (json!(["pro"]), json!([])),
        (json!(null), json!([])),
        (json!("pro"), json!({"finance": true})),
        (json!("pro"), json!([["finance"]])),
        (json!("pro"), json!(["a\nb"])),
    ] {
        let denial = user.principal(&claims(plan, groups)).unwrap_err();
        assert_eq!(denial.code().as_str(), "policy.claim_unusable");
    }
    let denial = user.principal(&json!({"iss": "https://login.example"})).unwrap_err();
    assert_eq!(
        (denial.code().as_str(), denial.rule(), denial.limit()),
        ("policy.claim_missing", "trust.claims", Some("claim `sub`"))
    );
}
