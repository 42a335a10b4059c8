//! The shape of tools, arguments and constraints; always for every token and every tool,
//! called or not.

use super::scene::{Scene, honest_tools};
use super::topic::Topic;
use crate::forge::cbor::Item;
use crate::forge::tools;
use serde_json::json;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("authority");
    t.note(
        "Shape",
        "not tool, argument, constraint; a reader that skips what it does not understand grants it",
    );
    t.note("Star", "the entry for all other arguments says something else than `any value`");
    t.note(
        "UnknownConstraint",
        "a constraint of a kind nobody knows, on a tool nobody calls; it must be refused, not skipped",
    );
    t.note(
        "BadConstraint",
        "a constraint with other members than its kind has; a misspelt limit is no limit",
    );
    t.note("Complexity", "more tools, arguments or clauses than the limit; comparing them costs time");
    shapes(&mut t);
    constraints(&mut t);
    limits(&mut t);
    t
}

/// Tools with the call's tool free and one argument of another tool under `item`.
fn unused(item: Item) -> Item {
    let free = tools::tools(&honest_tools()["pay"].as_object().map(|pay| json!({"pay": pay})).expect("pay"));
    let Item::Map(mut entries) = free else { unreachable!("tools are a map") };
    entries.push((Item::text("read"), Item::map(vec![(Item::text("path"), item)])));
    Item::map(entries)
}

fn list(items: Vec<Item>) -> Item {
    Item::Array(items)
}

fn shapes(t: &mut Topic) {
    let c = t.control(
        "shape_honest",
        "two tools, their arguments under constraints",
        "Shape",
        &Scene::of(1),
        |_| {},
    );
    let pay = |arguments: Item| Item::map(vec![(Item::text("pay"), arguments)]);
    let any = || list(vec![Item::Int(6)]);
    for (name, comment, item) in [
        ("tools_are_an_array", "a list of tool names instead of a map", list(vec![Item::text("pay")])),
        ("tools_are_true", "`true` instead of tools: everything?", Item::Bool(true)),
        ("tools_are_null", "null instead of tools", Item::Null),
        (
            "tool_name_is_a_number",
            "a tool's name is a number",
            Item::map(vec![(Item::Int(1), Item::Map(vec![]))]),
        ),
        (
            "tool_name_is_empty",
            "a tool's name is empty",
            Item::map(vec![(Item::text(""), Item::Map(vec![]))]),
        ),
        ("arguments_are_an_array", "a tool's arguments are a list", pay(list(vec![]))),
        ("arguments_are_null", "a tool's arguments are null: any?", pay(Item::Null)),
        (
            "argument_name_is_a_number",
            "an argument's name is a number",
            pay(Item::map(vec![(Item::Int(1), any())])),
        ),
    ] {
        t.fault(&c, name, comment, "Shape", "authority.bad", Some(0), |s| s.root().member(0, item));
    }
    for (name, comment, item) in [
        (
            "tool_name_of_513_bytes",
            "a tool's name is longer than a name may be",
            Item::map(vec![(Item::text(&"t".repeat(513)), Item::Map(vec![]))]),
        ),
        (
            "argument_name_of_513_bytes",
            "an argument's name is longer than a name may be",
            pay(Item::map(vec![(Item::text(&"a".repeat(513)), any())])),
        ),
    ] {
        t.fault(&c, name, comment, "Complexity E22", "bytes.too_large", Some(0), |s| {
            s.root().member(0, item)
        });
    }
    let mut open = Scene::of(1);
    open.root().tools(json!({"pay": {"amount": {"constraint_type": "range", "max": 100}, "*": {"constraint_type": "wildcard"}}}));
    let c = t.control("star_beside_a_name", "all other arguments are free", "Star", &open, |_| {});
    let amount =
        || (Item::text("amount"), tools::constraint(&json!({"constraint_type": "range", "max": 100})));
    for (name, comment, item) in [
        (
            "star_alone",
            "`*` alone, for which `{}` is the one form",
            Item::map(vec![(Item::text("*"), any())]),
        ),
        (
            "star_exact",
            "`*` under `exact`",
            Item::map(vec![amount(), (Item::text("*"), list(vec![Item::Int(0), Item::Int(1)]))]),
        ),
        (
            "star_optional",
            "`*` marked optional",
            Item::map(vec![amount(), (Item::text("*"), list(vec![Item::Int(9), any()]))]),
        ),
        (
            "star_of_all",
            "`*` under `all` of one wildcard",
            Item::map(vec![amount(), (Item::text("*"), list(vec![Item::Int(7), any()]))]),
        ),
    ] {
        t.fault(&c, name, comment, "Star M33", "authority.bad_star", Some(0), |s| {
            s.root().member(0, pay(item))
        });
    }
}

fn constraints(t: &mut Topic) {
    let c = t.control(
        "constraint_on_an_unused_tool",
        "a wildcard on an argument of a tool that is not called",
        "UnknownConstraint BadConstraint",
        &Scene::of(1),
        |s| {
            s.root().member(0, unused(list(vec![Item::Int(6)])));
        },
    );
    let int = Item::Int;
    for (name, comment, item) in [
        ("constraint_10", "a number after the last constraint", list(vec![int(10), int(1)])),
        ("constraint_minus_1", "a negative number", list(vec![int(-1)])),
        ("constraint_regex", "a pattern, which is no core constraint", list(vec![int(16), Item::text(".*")])),
    ] {
        t.fault(&c, name, comment, "UnknownConstraint M35", "constraint.unknown", Some(0), |s| {
            s.root().member(0, unused(item))
        });
    }
    let any = || list(vec![int(6)]);
    for (name, comment, item) in [
        ("constraint_by_name", "`wildcard` by name", list(vec![Item::text("wildcard")])),
        (
            "constraint_9_in_a_clause",
            "`optional` inside `all`",
            list(vec![int(7), list(vec![int(9), list(vec![int(6)])])]),
        ),
        (
            "constraint_optional_twice",
            "`optional` inside `optional`",
            list(vec![int(9), list(vec![int(9), list(vec![int(6)])])]),
        ),
        ("constraint_empty_array", "a constraint without even a kind", list(vec![])),
        ("constraint_is_a_map", "a constraint as a map", Item::Map(vec![(int(6), Item::Bool(true))])),
        ("constraint_is_true", "`true` instead of a constraint", Item::Bool(true)),
        ("optional_of_nothing", "`optional` without a constraint", list(vec![int(9)])),
        ("optional_of_two", "`optional` with two constraints", list(vec![int(9), any(), any()])),
        ("exact_without_value", "`exact` nothing", list(vec![int(0)])),
        ("exact_of_two", "`exact` two values", list(vec![int(0), int(1), int(2)])),
        ("exact_of_array", "`exact` an array", list(vec![int(0), list(vec![int(1)])])),
        ("exact_of_object", "`exact` an object", list(vec![int(0), Item::Map(vec![])])),
        ("range_of_one", "`range` with one bound and no null", list(vec![int(1), int(0)])),
        ("range_of_three", "`range` with a third bound", list(vec![int(1), int(0), int(1), int(2)])),
        ("range_upside_down", "the least is above the most", list(vec![int(1), int(5), int(4)])),
        ("range_of_text", "a bound is a text", list(vec![int(1), Item::Null, Item::text("100")])),
        ("range_of_true", "a bound is a boolean", list(vec![int(1), Item::Null, Item::Bool(true)])),
        (
            "range_exclusive_of_two",
            "an exclusive bound of two numbers",
            list(vec![int(1), Item::Null, list(vec![int(1), int(2)])]),
        ),
        (
            "range_exclusive_of_null",
            "an exclusive bound of nothing",
            list(vec![int(1), Item::Null, list(vec![Item::Null])]),
        ),
        ("one_of_nothing", "`one_of` nothing", list(vec![int(2)])),
        ("wildcard_with_value", "`wildcard` with a member", list(vec![int(6), int(1)])),
        ("all_of_nothing", "`all` of no clause: true by logic", list(vec![int(7)])),
        ("any_of_nothing", "`any` of no clause: false by logic", list(vec![int(8)])),
        ("all_of_a_number", "a clause is a number", list(vec![int(7), int(6)])),
    ] {
        let flags = if name.ends_with("of_nothing") { "BadConstraint M23" } else { "BadConstraint E12" };
        t.fault(&c, name, comment, flags, "constraint.bad", Some(0), |s| s.root().member(0, unused(item)));
    }
    let mut two = Scene::of(2);
    two.links.iter_mut().for_each(|link| link.member(0, unused(list(vec![int(6)]))));
    let c =
        t.control("child_constraint_on_an_unused_tool", "the same in a child", "BadConstraint", &two, |_| {});
    t.fault(
        &c,
        "child_any_of_nothing",
        "a child's clause list is empty on a tool nobody calls",
        "BadConstraint M23",
        "constraint.bad",
        Some(1),
        |s| {
            s.leaf().member(0, unused(list(vec![int(8)])));
        },
    );
    t.fault(
        &c,
        "child_constraint_unknown",
        "a child's unknown constraint on a tool nobody calls",
        "UnknownConstraint M35",
        "constraint.unknown",
        Some(1),
        |s| {
            s.leaf().member(0, unused(list(vec![int(12)])));
        },
    );
}

fn limits(t: &mut Topic) {
    let many = |count: usize| {
        let mut all: serde_json::Map<_, _> =
            (1..count).map(|n| (format!("tool-{n:02}"), json!({}))).collect();
        all.insert("pay".into(), json!({}));
        json!(all)
    };
    let c = t.control("tools_64", "as many tools as the limit allows", "Complexity", &Scene::of(1), |s| {
        s.root().tools(many(64))
    });
    t.fault(&c, "tools_65", "one tool more", "Complexity E22", "authority.too_many_tools", Some(0), |s| {
        s.root().tools(many(65))
    });
    let named = |count: usize| {
        let free = json!({"constraint_type": "wildcard", "optional": true});
        let mut all: serde_json::Map<_, _> = (2..count).map(|n| (format!("x{n:02}"), free.clone())).collect();
        all.insert("amount".into(), free.clone());
        all.insert("to".into(), free);
        json!({"pay": all})
    };
    let c = t.control(
        "arguments_32",
        "as many arguments as the limit allows",
        "Complexity",
        &Scene::of(1),
        |s| s.root().tools(named(32)),
    );
    t.fault(
        &c,
        "arguments_33",
        "one argument more",
        "Complexity E22",
        "authority.too_many_arguments",
        Some(0),
        |s| s.root().tools(named(33)),
    );
    let nested = |depth: usize| {
        let inner = json!({"constraint_type": "wildcard"});
        let constraint =
            (1..depth).fold(inner, |inner, _| json!({"constraint_type": "all", "constraints": [inner]}));
        json!({"pay": {"amount": constraint, "to": {"constraint_type": "wildcard"}}})
    };
    let c = t.control(
        "constraint_8_deep",
        "clauses nested as deep as the limit allows",
        "Complexity",
        &Scene::of(1),
        |s| s.root().tools(nested(8)),
    );
    t.fault(
        &c,
        "constraint_9_deep",
        "one level deeper",
        "Complexity E21",
        "constraint.too_complex",
        Some(0),
        |s| s.root().tools(nested(9)),
    );
    let wide = |clauses: usize| {
        let clause = |n: usize| json!({"constraint_type": "exact", "value": n});
        let any: Vec<_> = (0..clauses - 1).map(clause).collect();
        json!({"pay": {"amount": {"constraint_type": "any", "constraints": any}, "to": {"constraint_type": "wildcard"}}})
    };
    let c = t.control(
        "constraint_of_64_clauses",
        "as many clauses as the limit allows, the outer one counted",
        "Complexity",
        &Scene::of(1),
        |s| s.root().tools(wide(64)),
    );
    t.fault(
        &c,
        "constraint_of_65_clauses",
        "one clause more",
        "Complexity E22",
        "constraint.too_complex",
        Some(0),
        |s| s.root().tools(wide(65)),
    );
    let c = t.control(
        "tools_within_a_lower_limit",
        "two tools where two are allowed",
        "Complexity",
        &Scene::of(1),
        |s| s.limit("tools", 2),
    );
    t.fault(
        &c,
        "tools_above_a_lower_limit",
        "two tools where one is allowed",
        "Complexity E22",
        "authority.too_many_tools",
        Some(0),
        |s| s.limit("tools", 1),
    );
}
