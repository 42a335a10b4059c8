//! A child's authority under its parent's: equal or narrower, never wider.

use super::scene::Scene;
use super::topic::Topic;
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("narrowing");
    t.note(
        "Widening",
        "a child grants what its parent does not; accepted, a holder could write itself any authority",
    );
    t.note(
        "UnlistedPair",
        "a pair of constraints that is not in the table, narrower or not; a guess here is a hole later",
    );
    t.note("ClosedWorld", "the map of arguments opens again below a parent that closed it");
    t.note("Optional", "what the parent requires becomes optional, or what it let be left out comes back");
    pairs(&mut t);
    maps(&mut t);
    deeper(&mut t);
    t
}

/// A constraint from its short form.
pub(super) fn short(kind: &str, rest: Value) -> Value {
    let mut all = json!({"constraint_type": kind});
    all.as_object_mut().expect("object").extend(rest.as_object().expect("object").clone());
    all
}

pub(super) fn exact(value: Value) -> Value {
    short("exact", json!({"value": value}))
}
pub(super) fn range(rest: Value) -> Value {
    short("range", rest)
}
pub(super) fn one_of(values: Value) -> Value {
    short("one_of", json!({"values": values}))
}
pub(super) fn not_one_of(values: Value) -> Value {
    short("not_one_of", json!({"excluded": values}))
}
pub(super) fn contains(values: Value) -> Value {
    short("contains", json!({"required": values}))
}
pub(super) fn subset(values: Value) -> Value {
    short("subset", json!({"allowed": values}))
}
pub(super) fn wildcard() -> Value {
    short("wildcard", json!({}))
}
pub(super) fn all(clauses: Vec<Value>) -> Value {
    short("all", json!({"constraints": clauses}))
}
pub(super) fn any(clauses: Vec<Value>) -> Value {
    short("any", json!({"constraints": clauses}))
}

/// Two links whose tool `do` takes `x` under one constraint each, called with a value both accept.
fn scene(parent: &Value, child: &Value, value: &Value) -> Scene {
    let mut s = Scene::of(2);
    s.request.tool = "do".into();
    s.arguments(&json!({"x": value}).to_string());
    s.root().tools(json!({"do": {"x": parent}}));
    s.leaf().tools(json!({"do": {"x": child}}));
    s
}

/// Name, parent, honest child, a value both accept, and the children that are wider.
pub(super) type Row = (&'static str, Value, Value, Value, Vec<(&'static str, Value, &'static str)>);

/// The pairs, for both encodings.
pub(super) fn rows() -> Vec<Row> {
    let w = "Widening";
    let u = "UnlistedPair";
    vec![
        (
            "exact",
            exact(json!(5)),
            exact(json!(5)),
            json!(5),
            vec![
                ("changed", exact(json!(6)), "Widening M10"),
                ("to_text", exact(json!("5")), "Widening M34"),
                ("to_one_of", one_of(json!([5])), u),
                ("to_range", range(json!({"min": 5, "max": 5})), u),
                ("to_wildcard", wildcard(), "Widening M5"),
                ("to_all", all(vec![exact(json!(5))]), u),
                ("to_any", any(vec![exact(json!(5))]), "UnlistedPair M22"),
                ("to_not_one_of", not_one_of(json!([])), w),
            ],
        ),
        (
            "range",
            range(json!({"min": 0, "max": 100})),
            range(json!({"min": 1, "max": 99.5})),
            json!(50),
            vec![
                ("max_raised", range(json!({"min": 0, "max": 101})), "Widening M8"),
                ("min_lowered", range(json!({"min": -1, "max": 100})), "Widening M8"),
                ("max_dropped", range(json!({"min": 0})), "Widening M9"),
                ("min_dropped", range(json!({"max": 100})), "Widening M9"),
                ("to_one_of", one_of(json!([1, 2])), "UnlistedPair M8"),
                ("to_exact_outside", exact(json!(101)), "Widening M10"),
                ("to_exact_text", exact(json!("50")), "Widening M34"),
                ("to_wildcard", wildcard(), "Widening M5"),
                ("to_any", any(vec![range(json!({"min": 1, "max": 2}))]), "UnlistedPair M22"),
            ],
        ),
        ("range_to_exact", range(json!({"min": 0, "max": 100})), exact(json!(100)), json!(100), vec![]),
        (
            "range_exclusive",
            range(json!({"max": 100, "max_inclusive": false, "min": 0, "min_inclusive": false})),
            range(json!({"max": 100, "max_inclusive": false, "min": 0, "min_inclusive": false})),
            json!(50),
            vec![
                (
                    "max_made_inclusive",
                    range(json!({"max": 100, "min": 0, "min_inclusive": false})),
                    "Widening M9",
                ),
                (
                    "min_made_inclusive",
                    range(json!({"max": 100, "max_inclusive": false, "min": 0})),
                    "Widening M9",
                ),
                ("to_exact_at_the_bound", exact(json!(100)), "Widening M9"),
            ],
        ),
        (
            "range_inclusive_to_exclusive",
            range(json!({"max": 100})),
            range(json!({"max": 100, "max_inclusive": false})),
            json!(99),
            vec![],
        ),
        (
            "range_one_sided",
            range(json!({"max": 100})),
            range(json!({"max": 100, "min": -5})),
            json!(1),
            vec![],
        ),
        (
            "one_of",
            one_of(json!(["a", "b", 1])),
            one_of(json!(["a", 1])),
            json!("a"),
            vec![
                ("value_added", one_of(json!(["a", "c"])), "Widening M2"),
                ("value_as_text", one_of(json!(["a", "1"])), "Widening M34"),
                ("value_as_true", one_of(json!(["a", true])), "Widening M34"),
                ("to_not_one_of", not_one_of(json!(["z"])), "Widening M3"),
                ("to_exact_outside", exact(json!("c")), "Widening M10"),
                ("to_wildcard", wildcard(), "Widening M5"),
                ("to_range", range(json!({"min": 1, "max": 1})), u),
                ("to_all", all(vec![one_of(json!(["a"]))]), u),
            ],
        ),
        ("one_of_to_exact", one_of(json!(["a", "b"])), exact(json!("b")), json!("b"), vec![]),
        (
            "not_one_of",
            not_one_of(json!(["rm", "dd"])),
            not_one_of(json!(["rm", "dd", "mv"])),
            json!("ls"),
            vec![
                ("exclusion_dropped", not_one_of(json!(["rm"])), "Widening M4"),
                ("exclusion_changed", not_one_of(json!(["rm", "DD"])), "Widening M4 M24"),
                ("to_one_of", one_of(json!(["ls"])), "UnlistedPair M24"),
                ("to_exact", exact(json!("ls")), u),
                ("to_wildcard", wildcard(), "Widening M5"),
            ],
        ),
        (
            "contains",
            contains(json!(["a"])),
            contains(json!(["a", "b"])),
            json!(["a", "b"]),
            vec![
                ("requirement_dropped", contains(json!([])), "Widening M4"),
                ("requirement_changed", contains(json!(["b"])), w),
                ("to_subset", subset(json!(["a"])), u),
                ("to_wildcard", wildcard(), "Widening M5"),
            ],
        ),
        (
            "subset",
            subset(json!(["a", "b"])),
            subset(json!(["a"])),
            json!(["a"]),
            vec![
                ("element_added", subset(json!(["a", "c"])), "Widening M2"),
                ("to_contains", contains(json!(["a"])), u),
                ("to_exact", exact(json!("a")), u),
                ("to_wildcard", wildcard(), "Widening M5"),
            ],
        ),
        ("wildcard_to_exact", wildcard(), exact(json!(1)), json!(1), vec![]),
        (
            "wildcard_to_any",
            wildcard(),
            any(vec![exact(json!(1)), range(json!({"min": 5}))]),
            json!(6),
            vec![],
        ),
        ("wildcard_to_wildcard", wildcard(), wildcard(), json!(null), vec![]),
        (
            "all",
            all(vec![range(json!({"min": 0})), not_one_of(json!([5]))]),
            all(vec![not_one_of(json!([5, 6])), range(json!({"min": 1})), range(json!({"max": 9}))]),
            json!(7),
            vec![
                ("clause_dropped", all(vec![range(json!({"min": 0}))]), "Widening M20"),
                ("clause_widened", all(vec![range(json!({"min": -1})), not_one_of(json!([5]))]), w),
                ("unwrapped", range(json!({"min": 0})), "UnlistedPair M20"),
                ("to_any", any(vec![range(json!({"min": 0})), not_one_of(json!([5]))]), "Widening M22"),
                ("to_wildcard", wildcard(), "Widening M5"),
            ],
        ),
        (
            "all_clause_reused",
            all(vec![wildcard(), range(json!({"min": 0}))]),
            all(vec![exact(json!(5))]),
            json!(5),
            vec![("clause_matches_one_only", all(vec![exact(json!(-5))]), "Widening M21")],
        ),
        (
            "any",
            any(vec![one_of(json!(["a", "b"])), exact(json!("c"))]),
            any(vec![exact(json!("a"))]),
            json!("a"),
            vec![
                ("clause_added", any(vec![exact(json!("a")), exact(json!("d"))]), "Widening M22"),
                ("clause_widened", any(vec![one_of(json!(["a", "d"]))]), "Widening M22"),
                ("unwrapped", exact(json!("a")), "UnlistedPair M22"),
                ("to_all", all(vec![exact(json!("a"))]), u),
                ("wildcard_added", any(vec![exact(json!("a")), wildcard()]), "Widening M5"),
            ],
        ),
        (
            "any_nested",
            any(vec![all(vec![range(json!({"min": 0})), range(json!({"max": 9}))])]),
            any(vec![all(vec![range(json!({"min": 1})), range(json!({"max": 8}))])]),
            json!(5),
            vec![("inner_clause_dropped", any(vec![all(vec![range(json!({"min": 1}))])]), "Widening M20")],
        ),
    ]
}

fn pairs(t: &mut Topic) {
    for (name, parent, child, value, wider) in rows() {
        let name = &format!("narrow_{name}");
        let control = t.control(
            name,
            &format!("{parent} over {child}"),
            "Widening",
            &scene(&parent, &child, &value),
            |_| {},
        );
        for (fault, child, flags) in wider {
            let comment = format!("{parent} over {child}");
            t.fault(
                &control,
                &format!("{name}_{fault}"),
                &comment,
                flags,
                "chain.constraint_widened",
                Some(1),
                |s| {
                    s.leaf().tools(json!({"do": {"x": child}}));
                },
            );
        }
    }
}

fn maps(t: &mut Topic) {
    let free = wildcard();
    let maybe = short("wildcard", json!({"optional": true}));
    let both = |parent: Value, child: Value, arguments: &str| {
        let mut s = Scene::of(2);
        s.request.tool = "do".into();
        s.arguments(arguments);
        s.root().tools(parent);
        s.leaf().tools(child);
        s
    };
    let tools = |t: &mut Topic, name: &str, comment: &str, parent: Value, child: Value, arguments: &str| {
        t.control(name, comment, "Widening", &both(parent, child, arguments), |_| {})
    };
    let added = "chain.argument_added";
    let c = tools(
        t,
        "tools_dropped",
        "the child drops one of two tools",
        json!({"do": {}, "undo": {}}),
        json!({"do": {}}),
        "{}",
    );
    t.fault(
        &c,
        "tool_added",
        "the child names a tool its parent does not",
        "Widening M1",
        "chain.tool_added",
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {}, "redo": {}}));
        },
    );
    t.fault(
        &c,
        "tool_renamed",
        "the child spells a tool in other letters",
        "Widening X5",
        "chain.tool_added",
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {}, "Undo": {}}));
        },
    );
    t.fault(
        &c,
        "tool_star_added",
        "the child names a tool `*`",
        "Widening M5",
        "chain.tool_added",
        Some(1),
        |s| s.leaf().tools(json!({"do": {}, "*": {}})),
    );
    let c = tools(
        t,
        "arguments_kept",
        "parent and child name the same argument",
        json!({"do": {"x": free}}),
        json!({"do": {"x": free}}),
        r#"{"x":1}"#,
    );
    t.fault(
        &c,
        "argument_added",
        "the child admits an argument its closed parent does not name",
        "ClosedWorld M6",
        added,
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {"x": free, "y": free}}));
        },
    );
    t.fault(
        &c,
        "argument_added_optional",
        "the same, marked optional",
        "ClosedWorld M6",
        added,
        Some(1),
        |s| s.leaf().tools(json!({"do": {"x": free, "y": maybe}})),
    );
    t.fault(
        &c,
        "star_added",
        "the child opens what its parent closed",
        "ClosedWorld M7 M33",
        added,
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {"x": free, "*": free}}));
        },
    );
    t.fault(
        &c,
        "map_opened",
        "the child's `{}` opens what its parent closed",
        "ClosedWorld M6 M7",
        added,
        Some(1),
        |s| s.leaf().tools(json!({"do": {}})),
    );
    t.fault(
        &c,
        "required_made_optional",
        "the child lets be left out what its parent requires",
        "Optional M32",
        "chain.argument_made_optional",
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {"x": maybe}}));
        },
    );
    let c = tools(
        t,
        "both_required_arguments_kept",
        "parent and child require both arguments",
        json!({"do": {"x": free, "y": free}}),
        json!({"do": {"x": free, "y": free}}),
        r#"{"x":1,"y":1}"#,
    );
    t.fault(
        &c,
        "required_argument_dropped",
        "the child does not name an argument that its parent requires",
        "Optional M6",
        "chain.argument_made_optional",
        Some(1),
        |s| s.leaf().tools(json!({"do": {"y": free}})),
    );
    tools(
        t,
        "optional_made_required",
        "a child may require what was optional",
        json!({"do": {"x": maybe}}),
        json!({"do": {"x": free}}),
        r#"{"x":1}"#,
    );
    let c = tools(
        t,
        "optional_given_up",
        "a child may give up an optional argument",
        json!({"do": {"x": maybe, "y": free}}),
        json!({"do": {"y": free}}),
        r#"{"y":1}"#,
    );
    t.fault(
        &c,
        "given_up_argument_used",
        "what the child gave up cannot be used",
        "Optional",
        "call.argument_not_granted",
        Some(1),
        |s| s.arguments(r#"{"x":1,"y":1}"#),
    );
    let c = tools(
        t,
        "star_dropped",
        "the child closes an open map and names new arguments",
        json!({"do": {}}),
        json!({"do": {"x": exact(json!(1)), "y": maybe}}),
        r#"{"x":1}"#,
    );
    t.fault(
        &c,
        "star_dropped_argument_used",
        "what the child closed stays closed",
        "ClosedWorld",
        "call.argument_not_granted",
        Some(1),
        |s| s.arguments(r#"{"x":1,"z":1}"#),
    );
    let c = tools(
        t,
        "open_over_open",
        "open over open, one argument narrowed",
        json!({"do": {"x": maybe, "*": free}}),
        json!({"do": {"x": short("exact", json!({"value": 1, "optional": true})), "*": free}}),
        r#"{"x":1,"y":1}"#,
    );
    t.fault(
        &c,
        "optional_returns_under_star",
        "an optional argument left out comes back without its limit under `*`",
        "Optional M33",
        added,
        Some(1),
        |s| {
            s.leaf().tools(json!({"do": {"*": free, "y": exact(json!(1))}}));
        },
    );
    t.fault(
        &c,
        "optional_returns_under_open_map",
        "the same under `{}`",
        "Optional M33",
        added,
        Some(1),
        |s| s.leaf().tools(json!({"do": {}})),
    );
    tools(
        t,
        "nothing_narrowed",
        "the same tools under a new key",
        json!({"do": {"x": free}}),
        json!({"do": {"x": free}}),
        r#"{"x":1}"#,
    );
    let c = tools(
        t,
        "nothing_left",
        "a middle link may grant nothing but what is called",
        json!({"do": {}, "undo": {}}),
        json!({"do": {}, "undo": {}}),
        "{}",
    );
    t.fault(
        &c,
        "all_tools_dropped",
        "a child without tools permits nothing",
        "Widening",
        "call.tool_not_granted",
        Some(1),
        |s| s.leaf().tools(json!({})),
    );
}

fn deeper(t: &mut Topic) {
    let mut three = Scene::of(3);
    three.request.tool = "do".into();
    three.arguments(r#"{"x":2}"#);
    for (link, max) in three.links.iter_mut().zip([100, 10, 5]) {
        link.tools(json!({"do": {"x": range(json!({"max": max}))}}));
    }
    let c = t.control("three_links_each_narrower", "100, then 10, then 5", "Widening", &three, |_| {});
    t.fault(
        &c,
        "grandchild_returns_to_the_root",
        "the grandchild takes back what its parent gave up",
        "Widening M8",
        "chain.constraint_widened",
        Some(2),
        |s| {
            s.leaf().tools(json!({"do": {"x": range(json!({"max": 100}))}}));
        },
    );
    t.fault(
        &c,
        "middle_wider_than_root",
        "the middle is wider, the leaf is not",
        "Widening M8",
        "chain.constraint_widened",
        Some(1),
        |s| {
            s.links[1].tools(json!({"do": {"x": range(json!({"max": 1000}))}}));
        },
    );
    t.fault(
        &c,
        "tool_returns_in_the_grandchild",
        "the middle drops a tool, the leaf names it",
        "Widening M1 C20",
        "chain.tool_added",
        Some(2),
        |s| {
            s.links[0].tools(json!({"do": {}, "undo": {}}));
            s.links[1].tools(json!({"do": {}}));
            s.links[2].tools(json!({"do": {}, "undo": {}}));
        },
    );
    let mut nine = Scene::of(9);
    nine.request.tool = "do".into();
    nine.arguments(r#"{"x":0}"#);
    for (depth, link) in nine.links.iter_mut().enumerate() {
        link.tools(json!({"do": {"x": range(json!({"max": 10 - depth}))}}));
    }
    let c = t.control(
        "nine_links_each_narrower",
        "as long as a chain may be by default",
        "Widening",
        &nine,
        |_| {},
    );
    t.fault(
        &c,
        "ninth_link_wider",
        "only the last of nine is wider",
        "Widening M8",
        "chain.constraint_widened",
        Some(8),
        |s| {
            s.leaf().tools(json!({"do": {"x": range(json!({"max": 3.5}))}}));
        },
    );
}
