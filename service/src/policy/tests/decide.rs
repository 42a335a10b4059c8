//! One test for each rule: denied, and the nearest request that is not.

use super::{authority, launch, outcome, policy, tools, user};
use crate::policy::{Action, Ask, Kind, Policy, Principal, TokenFormat};

/// What is changed, how, and the rule and the code that must deny it then, or none.
type Row<'a> = (&'a str, fn(&mut Ask), Option<(&'static str, &'static str)>);

/// Holds requests that differ from [`launch`] in one thing against the policy.
fn hold(table: &[Row<'_>]) {
    let policy = policy();
    assert_eq!(outcome(&policy.decide(&launch())), Ok(()), "the honest request");
    for (what, change, expected) in table {
        let mut ask = launch();
        change(&mut ask);
        let decided = policy.decide(&ask);
        assert_eq!(outcome(&decided).err(), *expected, "{what}");
        let explained = policy.explain(&ask);
        assert_eq!(
            explained.denied_by().map(|finding| (finding.rule, finding.code.unwrap())),
            *expected,
            "{what}"
        );
        assert_eq!(explained.allowed, decided.is_ok(), "{what}");
    }
}

#[test]
fn the_workflow_is_known() {
    hold(&[
        ("unknown", |ask| ask.workflow = "clos".into(), Some(("workflow.known", "policy.unknown_workflow"))),
        (
            "another case",
            |ask| ask.workflow = "Close".into(),
            Some(("workflow.known", "policy.unknown_workflow")),
        ),
    ]);
    let denial = Policy::empty().decide(&launch()).unwrap_err();
    assert_eq!((denial.code().as_str(), denial.kind()), ("policy.unknown_workflow", Kind::Invalid));
    assert_eq!(outcome(&Policy::parse("").unwrap().decide(&launch())).unwrap_err().0, "workflow.known");
}

#[test]
fn the_orchestrator_may_launch_it() {
    const NO: Option<(&str, &str)> = Some(("workflow.orchestrator", "policy.not_your_workflow"));
    hold(&[
        ("another client", |ask| ask.orchestrator = "other".into(), NO),
        ("no client", |ask| ask.orchestrator = "mallory".into(), NO),
        ("a client of another role", |ask| ask.orchestrator = "tools".into(), NO),
        ("nobody may", |ask| ask.workflow = "nobody".into(), NO),
        ("renewing for another", |ask| (ask.action, ask.orchestrator) = (Action::Renew, "other".into()), NO),
        ("renewing", |ask| ask.action = Action::Renew, None),
        (
            "exchanging for another",
            |ask| (ask.action, ask.orchestrator) = (Action::Exchange, "other".into()),
            NO,
        ),
        (
            "an attested identity is no client",
            |ask| {
                (ask.orchestrator, ask.attested) =
                    ("prod-cluster".into(), Some("spiffe://acme.example/ns/agents/a".into()));
            },
            NO,
        ),
        (
            "an attested identity does not help another client",
            |ask| {
                (ask.orchestrator, ask.attested) =
                    ("other".into(), Some("spiffe://acme.example/ns/agents/a".into()))
            },
            NO,
        ),
    ]);
}

/// I5.
#[test]
fn the_attested_identity_fits() {
    const NO: Option<(&str, &str)> = Some(("agent.identity", "policy.agent_not_allowed"));
    fn attest(ask: &mut Ask, action: Action, identity: Option<&str>) {
        (ask.action, ask.orchestrator) = (action, "prod-cluster".into());
        ask.attested = identity.map(str::to_owned);
    }
    hold(&[
        ("fits", |ask| attest(ask, Action::Attested, Some("spiffe://acme.example/ns/agents/sa/a")), None),
        (
            "another namespace",
            |ask| attest(ask, Action::Attested, Some("spiffe://acme.example/ns/users/sa/a")),
            NO,
        ),
        (
            "another trust domain",
            |ask| attest(ask, Action::Attested, Some("spiffe://evil.example/ns/agents/a")),
            NO,
        ),
        ("none", |ask| attest(ask, Action::Attested, None), NO),
        ("renewing", |ask| attest(ask, Action::Renew, Some("spiffe://acme.example/ns/agents/a")), None),
        ("renewing with another", |ask| attest(ask, Action::Renew, Some("spiffe://acme.example/ns/x")), NO),
        (
            "in the name of a client",
            |ask| {
                attest(ask, Action::Attested, Some("spiffe://acme.example/ns/agents/a"));
                ask.orchestrator = "payables".into();
            },
            Some(("workflow.orchestrator", "policy.not_your_workflow")),
        ),
        (
            "a workflow without agents",
            |ask| {
                attest(ask, Action::Attested, Some("spiffe://acme.example/ns/agents/a"));
                ask.workflow = "open".into();
            },
            NO,
        ),
    ]);
}

/// H2.
#[test]
fn a_users_token_is_exchanged_where_the_workflow_says_so() {
    hold(&[
        ("may", |ask| ask.action = Action::OnBehalfOf, None),
        (
            "may not",
            |ask| (ask.action, ask.workflow) = (Action::OnBehalfOf, "open".into()),
            Some(("obo.allowed", "policy.on_behalf_of_not_allowed")),
        ),
        ("launching the same", |ask| ask.workflow = "open".into(), None),
        ("launching without a user", |ask| (ask.workflow, ask.principal) = ("anyone".into(), None), None),
        (
            "for nobody",
            |ask| (ask.action, ask.workflow, ask.principal) = (Action::OnBehalfOf, "anyone".into(), None),
            Some(("principal.required", "policy.principal_missing")),
        ),
        (
            "without a user",
            |ask| (ask.action, ask.principal) = (Action::OnBehalfOf, None),
            Some(("principal.required", "policy.principal_missing")),
        ),
    ]);
}

/// I1.
#[test]
fn the_user_may_trigger_it() {
    const TIER: Option<(&str, &str)> = Some(("principal.tier", "policy.principal_not_allowed"));
    const GROUP: Option<(&str, &str)> = Some(("principal.group", "policy.principal_not_allowed"));
    hold(&[
        ("none", |ask| ask.principal = None, Some(("principal.required", "policy.principal_missing"))),
        ("none where none is needed", |ask| (ask.principal, ask.workflow) = (None, "open".into()), None),
        ("free", |ask| ask.principal = user("free", &["finance"]), TIER),
        ("another case", |ask| ask.principal = user("Pro", &["finance"]), TIER),
        ("no tier", |ask| ask.principal = Some(Principal::new("a", None, ["finance"]).unwrap()), TIER),
        ("a group called pro", |ask| ask.principal = user("free", &["pro"]), TIER),
        (
            "free where any will do",
            |ask| (ask.principal, ask.workflow) = (user("free", &[]), "open".into()),
            None,
        ),
        (
            "one group",
            |ask| (ask.principal, ask.workflow) = (user("free", &["x", "audit"]), "team".into()),
            None,
        ),
        ("no group", |ask| (ask.principal, ask.workflow) = (user("pro", &["x"]), "team".into()), GROUP),
        (
            "no user where a group is needed",
            |ask| (ask.principal, ask.workflow) = (None, "team".into()),
            Some(("principal.required", "policy.principal_missing")),
        ),
    ]);
}

/// I3 and B2.
#[test]
fn tools_are_declared() {
    const NO: Option<(&str, &str)> = Some(("ceiling.tools", "policy.tool_not_declared"));
    hold(&[
        ("by tools", |ask| ask.wish.tools = Some(authority(r#"{"list": {}, "drop": {}}"#)), NO),
        ("by scope", |ask| ask.wish.scope = Some(vec!["list".into(), "drop".into()]), NO),
        ("a prefix", |ask| ask.wish.scope = Some(vec!["lis".into()]), NO),
        ("another case", |ask| ask.wish.scope = Some(vec!["LIST".into()]), NO),
        ("declared", |ask| ask.wish.scope = Some(vec!["list".into()]), None),
        (
            "a scope beside the tools",
            |ask| {
                ask.wish.tools = Some(authority(r#"{"list": {}}"#));
                ask.wish.scope = Some(vec!["refund".into()]);
            },
            Some(("ceiling.tools", "policy.outside_ceiling")),
        ),
    ]);
    let mut ask = launch();
    ask.wish.scope = Some(vec!["drop\n".into()]);
    let denial = policy().decide(&ask).unwrap_err();
    assert_eq!((denial.scope(), denial.limit()), (Some(r"drop\u{a}"), Some("the tools pay, list, refund")));
}

/// B2, B3, B14, I7.
#[test]
fn arguments_are_within_the_ceiling() {
    const NO: Option<(&str, &str)> = Some(("ceiling.arguments", "policy.outside_ceiling"));
    hold(&[
        (
            "one record and less money: never declared like that",
            |ask| {
                ask.wish.tools = Some(authority(
                    r#"{"pay": {"amount": {"constraint_type": "range", "min": 1, "max": 20}, "id": {"constraint_type": "exact", "value": "12345"}}}"#,
                ))
            },
            None,
        ),
        (
            "all of it",
            |ask| {
                ask.wish.tools = Some(authority(
                    r#"{"pay": {"amount": {"constraint_type": "range", "max": 500}, "id": {"constraint_type": "wildcard"}}}"#,
                ))
            },
            None,
        ),
        (
            "too much",
            |ask| {
                ask.wish.tools = Some(authority(
                    r#"{"pay": {"amount": {"constraint_type": "range", "max": 501}, "id": {"constraint_type": "wildcard"}}}"#,
                ))
            },
            NO,
        ),
        ("anything", |ask| ask.wish.tools = Some(authority(r#"{"pay": {}}"#)), NO),
        (
            "one argument more",
            |ask| {
                ask.wish.tools = Some(authority(
                    r#"{"pay": {"amount": {"constraint_type": "range", "max": 5}, "id": {"constraint_type": "wildcard"}, "to": {"constraint_type": "wildcard"}}}"#,
                ))
            },
            NO,
        ),
        (
            "an argument made optional",
            |ask| {
                ask.wish.tools = Some(authority(
                    r#"{"refund": {"id": {"constraint_type": "wildcard", "optional": true}}}"#,
                ))
            },
            NO,
        ),
    ]);
    let mut ask = launch();
    ask.wish.tools = Some(authority(
        r#"{"pay": {"amount": {"constraint_type": "range", "max": 501}, "id": {"constraint_type": "wildcard"}}}"#,
    ));
    let denial = policy().decide(&ask).unwrap_err();
    assert_eq!((denial.tool(), denial.argument()), (Some("pay"), Some("amount")));
    assert!(denial.limit().is_some_and(|limit| limit.contains("500")), "{denial}");
}

/// H5.
#[test]
fn tools_by_name_need_the_user_to_be_entitled_and_others_are_left_out() {
    const NO: Option<(&str, &str)> = Some(("tool.entitled", "policy.not_entitled"));
    hold(&[
        (
            "in no group",
            |ask| (ask.principal, ask.wish.scope) = (user("pro", &["sales"]), Some(vec!["pay".into()])),
            NO,
        ),
        ("in the group", |ask| ask.wish.scope = Some(vec!["pay".into()]), None),
        (
            "by tools",
            |ask| {
                ask.principal = user("pro", &[]);
                ask.wish.tools = Some(authority(r#"{"refund": {"id": {"constraint_type": "wildcard"}}}"#));
            },
            NO,
        ),
        (
            "no user",
            |ask| {
                (ask.principal, ask.workflow, ask.wish.scope) =
                    (None, "open".into(), Some(vec!["pay".into()]))
            },
            NO,
        ),
        (
            "what anybody may",
            |ask| (ask.principal, ask.wish.scope) = (user("pro", &[]), Some(vec!["list".into()])),
            None,
        ),
    ]);
    let granted = |ask: &Ask| policy().decide(ask).map(|terms| tools(terms.tools()).join(" "));
    assert_eq!(granted(&launch()).unwrap(), "pay list refund");
    assert_eq!(granted(&Ask { principal: user("pro", &["sales"]), ..launch() }).unwrap(), "list");
    assert_eq!(granted(&Ask { principal: None, workflow: "open".into(), ..launch() }).unwrap(), "list");
    // The tier of a tool counts beside its group.
    let text = super::CLOSE.replace(
        "tiers = [\"pro\"]\n[workflows.close.tools.list",
        "tiers = [\"pro\", \"free\"]\n[workflows.close.tools.list",
    );
    let free = Ask { principal: user("free", &["finance"]), ..launch() };
    let terms = Policy::parse(&text).unwrap().decide(&free).unwrap();
    assert_eq!(tools(terms.tools()), ["pay", "list"]);
}

/// B2: an empty ceiling denies all, and so does an empty request.
#[test]
fn nothing_is_not_granted() {
    const NO: Option<(&str, &str)> = Some(("ceiling.empty", "policy.empty"));
    hold(&[
        ("no tools declared", |ask| ask.workflow = "nothing".into(), NO),
        ("an empty scope", |ask| ask.wish.scope = Some(vec![]), NO),
        ("empty tools", |ask| ask.wish.tools = Some(authority("{}")), NO),
    ]);
    // All tools are for others.
    let text = super::CLOSE.replace("[workflows.open.tools.list.arguments]\n", "");
    let decided =
        Policy::parse(&text).unwrap().decide(&Ask { principal: None, workflow: "open".into(), ..launch() });
    assert_eq!(outcome(&decided).err(), NO);
}

/// B17.
#[test]
fn audiences_are_within_the_ceiling() {
    const NO: Option<(&str, &str)> = Some(("ceiling.audience", "policy.audience_not_allowed"));
    hold(&[
        ("one", |ask| ask.wish.audience = vec!["https://b.example".into()], None),
        (
            "another",
            |ask| ask.wish.audience = vec!["https://b.example".into(), "https://c.example".into()],
            NO,
        ),
        ("a path more", |ask| ask.wish.audience = vec!["https://b.example/".into()], NO),
        ("nowhere", |ask| ask.workflow = "nowhere".into(), NO),
    ]);
    let mut ask = launch();
    assert_eq!(policy().decide(&ask).unwrap().audience(), ["https://a.example", "https://b.example"]);
    ask.wish.audience = vec!["https://b.example".into(); 2];
    assert_eq!(policy().decide(&ask).unwrap().audience(), ["https://b.example"]);
}

/// B5, B6, I4, L2.
#[test]
fn the_time_to_live_is_within_its_bounds() {
    const NO: Option<(&str, &str)> = Some(("ttl.bounds", "policy.ttl_out_of_bounds"));
    hold(&[
        ("600", |ask| ask.wish.ttl = Some(600), None),
        ("601", |ask| ask.wish.ttl = Some(601), NO),
        ("60", |ask| ask.wish.ttl = Some(60), None),
        ("59", |ask| ask.wish.ttl = Some(59), NO),
        ("0", |ask| ask.wish.ttl = Some(0), NO),
        ("for ever", |ask| ask.wish.ttl = Some(u64::MAX), NO),
    ]);
    let mut ask = launch();
    assert_eq!(policy().decide(&ask).unwrap().ttl().default(), 300);
    ask.wish.ttl = Some(601);
    assert_eq!(policy().decide(&ask).unwrap_err().limit(), Some("60 to 600 seconds"));
    ask.wish.ttl = Some(120);
    let ttl = policy().decide(&ask).unwrap().ttl();
    assert_eq!((ttl.default(), ttl.max()), (120, 120));
}

/// G7, L4.
#[test]
fn delegations_are_within_their_bound() {
    const NO: Option<(&str, &str)> = Some(("depth.bounds", "policy.depth_out_of_bounds"));
    hold(&[
        ("as many", |ask| ask.wish.depth = Some(2), None),
        ("one more", |ask| ask.wish.depth = Some(3), NO),
        ("one where there is none", |ask| (ask.workflow, ask.wish.depth) = ("open".into(), Some(1)), NO),
    ]);
    assert_eq!(policy().decide(&launch()).unwrap().depth(), 2);
}

#[test]
fn the_format_is_allowed() {
    const NO: Option<(&str, &str)> = Some(("format.allowed", "policy.format_not_allowed"));
    hold(&[
        ("allowed", |ask| ask.wish.format = Some(TokenFormat::Aat), None),
        ("not", |ask| ask.wish.format = Some(TokenFormat::AccessToken), NO),
        (
            "where none is left out",
            |ask| (ask.workflow, ask.wish.format) = ("open".into(), Some(TokenFormat::AccessToken)),
            None,
        ),
    ]);
}

#[test]
fn terms_are_those_of_the_workflow() {
    let policy = policy();
    let terms = policy.decide(&launch()).unwrap();
    assert_eq!(
        (terms.workflow(), terms.rule().as_str(), terms.policy()),
        ("close", "workflows.close", policy.digest())
    );
    assert_eq!((terms.session(), terms.renewals(), terms.heartbeat(), terms.launch_ttl()), (3600, 3, 30, 20));
    assert_eq!((terms.formats(), terms.on_behalf_of()), (&[TokenFormat::Cwt, TokenFormat::Aat][..], true));
    let open = policy.decide(&Ask { workflow: "open".into(), ..launch() }).unwrap();
    assert_eq!((open.session(), open.renewals(), open.heartbeat(), open.launch_ttl()), (3600, 12, 0, 30));
    assert_eq!((open.ttl().min(), open.ttl().default(), open.ttl().max(), open.depth()), (60, 300, 600, 0));
    assert_eq!((open.formats(), open.on_behalf_of()), (TokenFormat::ALL, false));
}

/// I2: what is begun costs once for each category, whatever the number of its tools; what goes on costs nothing.
#[test]
fn charges_are_for_the_categories_that_are_granted() {
    let policy = policy();
    let charged = |ask: &Ask| {
        let terms = policy.decide(ask).unwrap();
        terms
            .charges()
            .iter()
            .map(|charge| (charge.category().to_owned(), charge.limit(), charge.per().seconds()))
            .collect::<Vec<_>>()
    };
    let payments = vec![("payments".to_owned(), 10, 86_400)];
    assert_eq!(charged(&launch()), payments);
    assert_eq!(charged(&Ask { action: Action::OnBehalfOf, ..launch() }), payments);
    let attested = Some("spiffe://acme.example/ns/agents/a".to_owned());
    assert_eq!(
        charged(&Ask { action: Action::Attested, orchestrator: "x".into(), attested, ..launch() }),
        payments
    );
    for action in [Action::Renew, Action::Exchange] {
        assert_eq!(charged(&Ask { action, ..launch() }), []);
    }
    let mut ask = launch();
    ask.wish.scope = Some(vec!["list".into()]);
    assert_eq!(charged(&ask), [], "no tool of the category");
    assert_eq!(charged(&Ask { principal: user("pro", &[]), ..launch() }), [], "none that the user may have");
}

#[test]
fn nothing_of_the_user_is_in_a_denial_or_a_debug_print() {
    let mut ask = Ask { principal: user("secret-tier", &["secret-group"]), ..launch() };
    ask.wish.audience = vec!["https://secret.example".into()];
    for workflow in ["close", "team", "open"] {
        ask.workflow = workflow.into();
        let denial = policy().decide(&ask).unwrap_err();
        let text = format!("{denial} {denial:?} {:?}", ask.principal);
        assert!(!text.contains("secret") && !text.contains("alice"), "{text}");
    }
}

#[test]
fn a_principal_is_written_as_one() {
    assert!(Principal::new("https://idp.example#u|1", Some("pro plus"), ["Finance Team"]).is_ok());
    for (id, tier, group) in
        [("", "t", "g"), ("a b", "t", "g"), ("é", "t", "g"), ("a", "", "g"), ("a", "t", "g\n")]
    {
        let denial = Principal::new(id, Some(tier), [group]).unwrap_err();
        assert_eq!(denial.code().as_str(), "policy.bad_principal");
    }
}
