//! Terms as a ceiling: what is asked for under them, what is left of them, how long they last.

use super::{CLOSE, authority, launch, outcome, policy, tools};
use crate::policy::{Ask, BadTerms, Policy, Terms, TokenFormat, Wish};

fn granted() -> Terms {
    policy().decide(&launch()).unwrap()
}

fn wish(change: impl FnOnce(&mut Wish)) -> Wish {
    let mut wish = Wish::default();
    change(&mut wish);
    wish
}

/// B9: each thing may be had as it is or lower, never higher.
#[test]
fn a_ceiling_only_gets_lower() {
    let mut ask = launch();
    ask.wish.scope = Some(vec!["list".into(), "refund".into()]);
    ask.wish.audience = vec!["https://a.example".into()];
    (ask.wish.ttl, ask.wish.depth, ask.wish.format) = (Some(200), Some(1), Some(TokenFormat::Cwt));
    let launched = policy().decide(&ask).unwrap();
    assert_eq!(tools(launched.tools()), ["list", "refund"]);
    for (what, wish, expected) in [
        ("all", Wish::default(), None),
        ("fewer tools", wish(|wish| wish.scope = Some(vec!["list".into()])), None),
        (
            "narrower",
            wish(|wish| {
                wish.tools =
                    Some(authority(r#"{"refund": {"id": {"constraint_type": "exact", "value": "1"}}}"#))
            }),
            None,
        ),
        (
            "declared, but not launched",
            wish(|wish| wish.scope = Some(vec!["pay".into()])),
            Some(("ceiling.tools", "policy.outside_ceiling")),
        ),
        (
            "undeclared",
            wish(|wish| wish.tools = Some(authority(r#"{"drop": {}}"#))),
            Some(("ceiling.tools", "policy.outside_ceiling")),
        ),
        (
            "wider",
            wish(|wish| wish.tools = Some(authority(r#"{"refund": {}}"#))),
            Some(("ceiling.arguments", "policy.outside_ceiling")),
        ),
        ("nothing", wish(|wish| wish.scope = Some(vec![])), Some(("ceiling.empty", "policy.empty"))),
        ("its audience", wish(|wish| wish.audience = vec!["https://a.example".into()]), None),
        (
            "the workflow's audience",
            wish(|wish| wish.audience = vec!["https://b.example".into()]),
            Some(("ceiling.audience", "policy.audience_not_allowed")),
        ),
        ("as long", wish(|wish| wish.ttl = Some(200)), None),
        ("longer", wish(|wish| wish.ttl = Some(201)), Some(("ttl.bounds", "policy.ttl_out_of_bounds"))),
        (
            "shorter than any",
            wish(|wish| wish.ttl = Some(59)),
            Some(("ttl.bounds", "policy.ttl_out_of_bounds")),
        ),
        ("as deep", wish(|wish| wish.depth = Some(1)), None),
        ("deeper", wish(|wish| wish.depth = Some(2)), Some(("depth.bounds", "policy.depth_out_of_bounds"))),
        ("its format", wish(|wish| wish.format = Some(TokenFormat::Cwt)), None),
        (
            "the workflow's format",
            wish(|wish| wish.format = Some(TokenFormat::Aat)),
            Some(("format.allowed", "policy.format_not_allowed")),
        ),
    ] {
        assert_eq!(outcome(&launched.narrow(&wish)).err(), expected, "{what}");
    }
    let same = launched.narrow(&Wish::default()).unwrap();
    assert_eq!(
        (same.tools(), same.audience(), same.ttl()),
        (launched.tools(), launched.audience(), launched.ttl())
    );
    assert!(!launched.charges().is_empty() && same.charges().is_empty(), "counted once");
}

/// B6: what the launch left open is still open.
#[test]
fn a_time_to_live_that_nobody_fixed_is_free_within_its_bounds() {
    let terms = granted();
    assert_eq!(terms.ttl().default(), 300);
    assert_eq!(terms.narrow(&wish(|wish| wish.ttl = Some(600))).unwrap().ttl().default(), 600);
    assert_eq!(
        outcome(&terms.narrow(&wish(|wish| wish.ttl = Some(601)))).unwrap_err().1,
        "policy.ttl_out_of_bounds"
    );
}

/// B11: with limit 3 the fourth is refused.
#[test]
fn renewals_end() {
    let terms = granted();
    for (done, allowed) in [(0, true), (2, true), (3, false), (u32::MAX, false)] {
        assert_eq!(terms.may_renew(done).is_ok(), allowed, "{done}");
    }
    let denial = terms.may_renew(3).unwrap_err();
    assert_eq!((denial.code().as_str(), denial.limit()), ("policy.renewals_exhausted", Some("3 renewals")));
}

/// B12: nothing outlives the session, and L2: nothing lives shorter than a minute.
#[test]
fn sessions_end() {
    let terms = granted();
    for (now, seconds) in [
        (1000, Some(300)),
        (1000 + 3300, Some(300)),
        (1000 + 3301, Some(299)),
        (1000 + 3540, Some(60)),
        (1000 + 3541, None),
        (1000 + 3600, None),
        (u64::MAX, None),
        (0, Some(300)),
    ] {
        let lifetime = terms.lifetime(1000, now);
        assert_eq!(lifetime.as_ref().ok().copied(), seconds, "{now}");
        if let Err(denial) = lifetime {
            assert_eq!(denial.code().as_str(), "policy.session_ended");
        }
    }
}

/// I8: a policy that changed counts from the next decision on.
#[test]
fn what_the_policy_grants_today_limits_what_it_granted_before() {
    let before = granted();
    let after = |from: &str, to: &str| {
        assert!(CLOSE.contains(from), "{from}");
        before.under(&Policy::parse(&CLOSE.replace(from, to)).unwrap().decide(&launch()).unwrap())
    };
    assert_eq!(before.under(&before), Ok(before.clone()));
    let lower = after("max = 500 }", "max = 5 }").unwrap();
    assert!(lower.tools().to_json().contains(r#""max":5}"#), "{}", lower.tools().to_json());
    let higher = after("max = 500 }", "max = 5000 }").unwrap();
    assert_eq!(higher.tools(), before.tools());
    let fewer =
        after("[workflows.close.tools.list.arguments]", "[workflows.close.tools.show.arguments]").unwrap();
    assert_eq!(tools(fewer.tools()), ["pay", "refund"]);
    let other = after(
        "amount = { constraint_type = \"range\", max = 500 }, id",
        "amount = { constraint_type = \"range\", min = 5 }, id",
    )
    .unwrap();
    assert_eq!(tools(other.tools()), ["list", "refund"], "neither is within the other");
    assert_eq!(after("max = 600", "max = 400").unwrap().ttl().max(), 400);
    assert_eq!(after("max = 600", "max = 900").unwrap().ttl().max(), 600);
    assert_eq!(after("renewals = 3", "renewals = 1").unwrap().renewals(), 1);
    assert_eq!(after("depth = 2", "depth = 5").unwrap().depth(), 2);
    assert_eq!(
        after("\"https://a.example\", \"https://b.example\"", "\"https://b.example\", \"https://c.example\"")
            .unwrap()
            .audience(),
        ["https://b.example"]
    );
    assert!(!after("on_behalf_of = true", "on_behalf_of = false").unwrap().on_behalf_of());
    let none = after("\"https://a.example\", \"https://b.example\"", "\"https://c.example\"");
    assert_eq!(outcome(&none), Err(("policy.changed", "policy.audience_not_allowed")));
    let none = after("formats = [\"cwt\", \"aat\"]", "formats = [\"at+jwt\"]");
    assert_eq!(outcome(&none), Err(("policy.changed", "policy.format_not_allowed")));
    let none = after(
        "ttl = { default = 300, min = 60, max = 600 }",
        "ttl = { default = 700, min = 700, max = 800 }",
    );
    assert_eq!(outcome(&none), Err(("policy.changed", "policy.ttl_out_of_bounds")));
    let open = policy().decide(&Ask { workflow: "open".into(), ..launch() }).unwrap();
    assert_eq!(outcome(&before.under(&open)), Err(("policy.changed", "policy.unknown_workflow")));
}

#[test]
fn stored_terms_come_back_as_they_were_or_not_at_all() {
    let terms = granted();
    let json = terms.to_json().unwrap();
    assert_eq!(Terms::from_json(&json), Ok(terms));
    for (from, to) in [
        (r#""depth":2"#, r#""depth":6"#),
        (r#""max":600"#, r#""max":3601"#),
        (r#""min":60"#, r#""min":59"#),
        (r#""default":300"#, r#""default":601"#),
        (r#""session":3600"#, r#""session":599"#),
        (r#""session":3600"#, r#""session":86401"#),
        (r#""renewals":3"#, r#""renewals":1441"#),
        (r#""launch_ttl":20"#, r#""launch_ttl":31"#),
        (r#""launch_ttl":20"#, r#""launch_ttl":0"#),
        (r#""formats":["cwt","aat"]"#, r#""formats":[]"#),
        (r#""formats":["cwt","aat"]"#, r#""formats":["jwt"]"#),
        (r#""audience":["https://a.example","https://b.example"]"#, r#""audience":[]"#),
        (r#""workflow":"close""#, r#""workflow":"Close""#),
        (r#""depth":2"#, r#""depth":2,"more":1"#),
        (r#""depth":2,"#, ""),
        (r#""constraint_type":"range""#, r#""constraint_type":"rang""#),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(Terms::from_json(&json.replace(from, to)), Err(BadTerms), "{to}");
    }
    assert_eq!(Terms::from_json(&json.replace(&granted().tools().to_json(), "{}")), Err(BadTerms));
    assert_eq!(Terms::from_json(""), Err(BadTerms));
}
