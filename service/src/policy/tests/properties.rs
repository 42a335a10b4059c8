//! Random policies with random requests, until more than ten thousand were granted and narrowed: whatever is granted is within what it was granted from (B9, B22).
//!
//! What "within" means is written down here once more, on the JSON, so that a fault in the one rule of containment shows.

use super::{authority, user};
use crate::policy::{Action, Ask, Policy, Terms, TokenFormat, Wish};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeSet;

const AUDIENCES: [&str; 3] = ["https://a.example", "https://b.example", "https://c.example"];
const TOOLS: [&str; 4] = ["list", "pay", "refund", "drop"];

/// The bounds of one workflow.
#[derive(Clone, Debug)]
struct Bounds {
    amount: i64,
    audiences: Vec<&'static str>,
    tools: Vec<&'static str>,
    ttl: (u64, u64, u64),
    depth: u32,
    is_paid_by_finance: bool,
}

impl Bounds {
    fn to_toml(&self) -> String {
        let (min, default, max) = self.ttl;
        let mut text = format!(
            "[clients.o]\nroles = [\"orchestrator\"]\n[workflows.w]\norchestrators = [\"o\"]\naudiences = {:?}\n\
             ttl = {{ min = {min}, default = {default}, max = {max} }}\ndepth = {}\n",
            self.audiences, self.depth
        );
        for tool in &self.tools {
            text.push_str(&format!("[workflows.w.tools.{tool}]\n"));
            if *tool == "pay" && self.is_paid_by_finance {
                text.push_str("groups = [\"finance\"]\n");
            }
            text.push_str(&format!(
                "arguments = {{ n = {{ constraint_type = \"range\", min = 0, max = {} }} }}\n",
                self.amount
            ));
        }
        text
    }
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let ttl = (60_u64..=600, 0_u64..=400, 0_u64..=400)
        .prop_map(|(min, more, most)| (min, min + more, min + more + most));
    let lists = (subsequence(&AUDIENCES[..], 1..=3), subsequence(&TOOLS[..], 1..=4));
    (20_i64..=100, lists, ttl, 0_u32..=5, any::<bool>()).prop_map(
        |(amount, (audiences, tools), ttl, depth, is_paid_by_finance)| Bounds {
            amount,
            audiences,
            tools,
            ttl,
            depth,
            is_paid_by_finance,
        },
    )
}

fn constraint() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0_i64..=20, 0_i64..=30).prop_map(|(min, more)| format!(r#"{{"n": {{"constraint_type": "range", "min": {min}, "max": {}}}}}"#, min + more)),
        3 => (-1_i64..=60).prop_map(|value| format!(r#"{{"n": {{"constraint_type": "exact", "value": {value}}}}}"#)),
        1 => Just(r#"{"n": {"constraint_type": "wildcard"}}"#.to_owned()),
        1 => Just("{}".to_owned()),
        1 => Just(r#"{"m": {"constraint_type": "exact", "value": 1}}"#.to_owned()),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let tool = (select(&TOOLS[..]), constraint());
    let tools = proptest::option::weighted(0.4, proptest::collection::btree_map(tool.0, tool.1, 0..=2));
    let scope = proptest::option::weighted(0.2, subsequence(&TOOLS[..], 0..=2));
    let ttl = proptest::option::weighted(0.4, prop_oneof![4 => 300_u64..=800, 1 => 0_u64..=5000]);
    let audience = prop_oneof![2 => Just(Vec::new()), 1 => subsequence(&AUDIENCES[..], 1..=2)];
    let depth = proptest::option::weighted(0.4, 0_u32..=6);
    let format = proptest::option::weighted(0.3, select(TokenFormat::ALL));
    (tools, scope, audience, ttl, depth, format).prop_map(|(tools, scope, audience, ttl, depth, format)| {
        Wish {
            tools: tools.map(|tools| {
                let members: Vec<String> =
                    tools.iter().map(|(tool, map)| format!("{tool:?}: {map}")).collect();
                authority(&format!("{{{}}}", members.join(",")))
            }),
            scope: scope.map(|scope| scope.into_iter().map(str::to_owned).collect()),
            audience: audience.into_iter().map(str::to_owned).collect(),
            ttl,
            depth,
            format,
        }
    })
}

/// Whether a constraint on a number stays between two bounds. Only a range and an exact number can.
fn stays_between(constraint: &Value, low: f64, high: f64) -> bool {
    let number = |member: &str| constraint[member].as_f64();
    let within = |number: f64| low <= number && number <= high;
    match constraint["constraint_type"].as_str() {
        Some("range") => number("min").is_some_and(within) && number("max").is_some_and(within),
        Some("exact") => number("value").is_some_and(within),
        _ => false,
    }
}

fn is_within(terms: &Terms, parent: &Terms) -> bool {
    let json = |terms: &Terms| serde_json::from_str::<Value>(&terms.tools().to_json()).unwrap();
    let (own, above) = (json(terms), json(parent));
    let tools_within = own.as_object().unwrap().iter().all(|(tool, map)| {
        let Some(ceiling) = above.get(tool) else { return false };
        let names: BTreeSet<&String> = map.as_object().unwrap().keys().collect();
        let bound = &ceiling["n"];
        let (low, high) = match bound["constraint_type"].as_str() {
            Some("range") => (bound["min"].as_f64().unwrap(), bound["max"].as_f64().unwrap()),
            _ => (bound["value"].as_f64().unwrap(), bound["value"].as_f64().unwrap()),
        };
        names.iter().all(|name| *name == "n") && names.len() == 1 && stays_between(&map["n"], low, high)
    });
    tools_within
        && terms.tools().narrows(parent.tools()).is_ok()
        && terms.audience().iter().all(|audience| parent.audience().contains(audience))
        && terms.ttl().max() <= parent.ttl().max()
        && terms.ttl().default() <= parent.ttl().max()
        && terms.ttl().default() >= 60
        && terms.depth() <= parent.depth()
        && terms.formats().iter().all(|format| parent.formats().contains(format))
        && terms.session() <= parent.session()
        && terms.renewals() <= parent.renewals()
        && terms.tools().tools().next().is_some()
        && !terms.audience().is_empty()
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

fn ask(is_in_finance: bool, wish: Wish) -> Ask {
    let groups: &[&str] = if is_in_finance { &["finance"] } else { &[] };
    Ask { principal: user("pro", groups), wish, ..Ask::new(Action::Launch, "w", "o") }
}

#[test]
fn what_is_granted_is_within_what_it_is_granted_from() {
    let (granted, denied, narrowed) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let count = |cell: &Cell<u32>| cell.set(cell.get() + 1);
    let strategy = (bounds(), any::<bool>(), wish(), proptest::collection::vec(wish(), 4));
    let run = runner(35_000).run(&strategy, |(bounds, is_in_finance, first, wishes)| {
        let policy = Policy::parse(&bounds.to_toml()).unwrap();
        let asked = ask(is_in_finance, first);
        let decided = policy.decide(&asked);
        let explained = policy.explain(&asked);
        // Decide is the first rule of the explanation that denies.
        prop_assert_eq!(
            explained.denied_by().map(|finding| finding.rule),
            decided.as_ref().err().map(|denial| denial.rule())
        );
        let Ok(terms) = decided else {
            count(&denied);
            return Ok(());
        };
        count(&granted);
        // The whole ceiling, as it is granted to somebody from finance who asks for nothing in particular.
        let whole = policy.decide(&ask(true, Wish::default())).unwrap();
        prop_assert!(is_within(&terms, &whole), "{:?} {:?}", terms, whole);
        let names: Vec<&str> = terms.tools().tools().collect();
        prop_assert!(names.iter().all(|tool| bounds.tools.contains(tool)));
        prop_assert!(is_in_finance || !bounds.is_paid_by_finance || !names.contains(&"pay"));
        prop_assert!(terms.ttl().max() <= bounds.ttl.2 && terms.depth() <= bounds.depth);
        let mut above = Terms::from_json(&terms.to_json().unwrap()).unwrap();
        prop_assert_eq!(&above, &terms);
        for wish in &wishes {
            if let Ok(lower) = above.narrow(wish) {
                count(&narrowed);
                prop_assert!(
                    is_within(&lower, &above) && is_within(&lower, &whole),
                    "{:?} {:?}",
                    lower,
                    above
                );
                above = lower;
            }
        }
        Ok(())
    });
    run.unwrap();
    let counts = (granted.get(), denied.get(), narrowed.get());
    assert!(
        counts.0 >= 10_000 && counts.1 >= 10_000 && counts.2 >= 10_000,
        "the test looked at too little: {counts:?}"
    );
}

#[test]
fn what_is_left_under_another_policy_is_within_both() {
    let left = Cell::new(0_u32);
    let strategy = (bounds(), bounds(), any::<bool>());
    let run = runner(2_000).run(&strategy, |(first, second, is_in_finance)| {
        let decide = |bounds: &Bounds| {
            Policy::parse(&bounds.to_toml()).unwrap().decide(&ask(is_in_finance, Wish::default()))
        };
        let (Ok(before), Ok(today)) = (decide(&first), decide(&second)) else { return Ok(()) };
        if let Ok(terms) = before.under(&today) {
            left.set(left.get() + 1);
            prop_assert!(is_within(&terms, &before) && is_within(&terms, &today), "{:?}", terms);
        }
        Ok(())
    });
    run.unwrap();
    assert!(left.get() > 200, "the test looked at too little: {}", left.get());
}

proptest! {
    /// Whatever the text is, reading it ends in a policy or in problems.
    #[test]
    fn no_text_is_too_strange(text in "(\\[\\[?[a-z.\"]{1,12}\\]\\]?\n|[a-z]{1,8} = [0-9a-z\"{}\\[\\]=., ]{0,12}\n|.{0,8}){0,6}") {
        let _ = Policy::parse(&text).map_err(|error| assert!(!error.problems().is_empty()));
    }
}
