//! A child's tools under its parent's: steps 4p1 to 4p4.

use super::scene::{Scene, honest_tools};
use crate::make::narrowing::{exact, range, rows, short, wildcard};
use crate::make::topic::{Answer, Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_narrowing");
    t.note(
        "Widening",
        "a child grants what its parent does not; accepted, a holder could write itself any authority",
    );
    t.note("UnlistedPair", "a pair of constraints that is not in the draft's table, narrower or not");
    t.note("ClosedWorld", "the map of arguments opens again below a parent that closed it");
    t.note("Optional", "what the parent requires becomes optional, or what it let be left out comes back");
    t.note("NoEntry", "a token that grants nothing: nothing below it can grant anything");
    pairs(&mut t);
    tools(&mut t);
    arguments(&mut t);
    optional(&mut t);
    stars(&mut t);
    steps(&mut t);
    deeper(&mut t);
    entries(&mut t);
    t
}

/// Two links with these tools, and a call of `do`.
fn scene(parent: Value, child: Value, arguments: &str) -> Scene {
    let mut s = Scene::of(2);
    s.call("do", arguments);
    s.root().tools(parent);
    s.leaf().tools(child);
    s
}

fn pairs(t: &mut Topic) {
    for (name, parent, child, value, wider) in rows() {
        let name = format!("aat_narrow_{name}");
        let under = |child: &Value| json!({"do": {"x": child}});
        let honest = scene(under(&parent), under(&child), &json!({"x": value}).to_string());
        let c = t.control(&name, &format!("{parent} over {child}"), "Widening", &honest, |_| {});
        for (fault, child, flags) in wider {
            let comment = format!("{parent} over {child}");
            let answer = at(1, "4p4", "chain.constraint_widened");
            t.refused(&c, &format!("{name}_{fault}"), &comment, flags, answer, |s| {
                s.leaf().tools(under(&child))
            });
        }
    }
}

/// What a child may not have: name, comment, flags, answer, its tools.
type Fault<'a> = (&'a str, &'a str, &'a str, Answer<'a>, Value);

fn family(t: &mut Topic, name: &str, comment: &str, honest: &Scene, faults: Vec<Fault<'_>>) {
    let c = t.control(&format!("aat_{name}"), comment, "Widening", honest, |_| {});
    for (name, comment, flags, answer, tools) in faults {
        t.refused(&c, &format!("aat_{name}"), comment, flags, answer, |s| s.leaf().tools(tools));
    }
}

fn tool_added() -> Answer<'static> {
    at(1, "4p1", "chain.tool_added")
}

fn argument_added() -> Answer<'static> {
    at(1, "4p2", "chain.argument_added")
}

/// 4p2 when it is left out, 4p3 when it is named.
fn made_optional(step: &str) -> Answer<'_> {
    at(1, step, "chain.argument_made_optional")
}

fn free() -> Value {
    wildcard()
}

fn maybe() -> Value {
    short("wildcard", json!({"optional": true}))
}

fn tools(t: &mut Topic) {
    let honest = scene(json!({"do": {}, "undo": {}}), json!({"do": {}}), "{}");
    let faults = vec![
        (
            "tool_added",
            "a tool the parent does not name",
            "Widening M1",
            tool_added(),
            json!({"do": {}, "redo": {}}),
        ),
        (
            "tool_in_other_letters",
            "a tool in other letters",
            "Widening X5",
            tool_added(),
            json!({"do": {}, "Undo": {}}),
        ),
        ("tool_star_added", "a tool called `*`", "Widening M5", tool_added(), json!({"do": {}, "*": {}})),
        (
            "tool_percent_encoded",
            "a tool spelled otherwise",
            "Widening X1",
            tool_added(),
            json!({"do": {}, "und%6f": {}}),
        ),
    ];
    family(t, "tools_dropped", "the child drops one of two tools", &honest, faults);
    let accented = "z\u{e4}hlen";
    let honest = scene(json!({accented: {}, "do": {}}), json!({accented: {}, "do": {}}), "{}");
    let apart = "za\u{308}hlen";
    let faults = vec![(
        "tool_in_nfd",
        "the same letters, composed otherwise",
        "Widening X6",
        tool_added(),
        json!({apart: {}}),
    )];
    family(t, "tool_in_nfc", "a tool beyond ASCII", &honest, faults);
}

fn arguments(t: &mut Topic) {
    let honest = scene(json!({"do": {"x": free()}}), json!({"do": {"x": free()}}), r#"{"x":1}"#);
    let faults = vec![
        (
            "argument_added",
            "an argument a closed parent does not name",
            "ClosedWorld M6",
            argument_added(),
            json!({"do": {"x": free(), "y": free()}}),
        ),
        (
            "argument_added_optional",
            "the same, marked optional",
            "ClosedWorld M6",
            argument_added(),
            json!({"do": {"x": free(), "y": maybe()}}),
        ),
        (
            "argument_renamed",
            "another argument instead",
            "ClosedWorld M6",
            argument_added(),
            json!({"do": {"X": free()}}),
        ),
        (
            "star_added",
            "the child opens what its parent closed",
            "ClosedWorld M7 M33",
            argument_added(),
            json!({"do": {"x": free(), "*": free()}}),
        ),
        (
            "map_opened",
            "a child's `{}` under a closed map",
            "ClosedWorld M6 M7",
            argument_added(),
            json!({"do": {}}),
        ),
        (
            "required_made_optional",
            "the child lets be left out what its parent requires",
            "Optional M32",
            made_optional("4p3"),
            json!({"do": {"x": maybe()}}),
        ),
    ];
    family(t, "arguments_kept", "parent and child name the same argument", &honest, faults);
    let both = json!({"do": {"x": free(), "y": free()}});
    let honest = scene(both.clone(), both, r#"{"x":1,"y":1}"#);
    let faults = vec![(
        "required_argument_dropped",
        "a required argument is not named",
        "Optional M6",
        made_optional("4p2"),
        json!({"do": {"y": free()}}),
    )];
    family(t, "both_arguments_kept", "parent and child require both arguments", &honest, faults);
}

fn optional(t: &mut Topic) {
    let under = |parent: Value, child: Value, arguments| {
        scene(json!({"do": parent}), json!({"do": child}), arguments)
    };
    let rows = [
        (
            "optional_made_required",
            "a child may require what was optional",
            json!({"x": maybe()}),
            json!({"x": free()}),
            r#"{"x":1}"#,
        ),
        ("optional_kept", "and may keep it optional", json!({"x": maybe()}), json!({"x": maybe()}), "{}"),
        (
            "optional_false",
            "false is what absence means",
            json!({"x": free()}),
            json!({"x": short("wildcard", json!({"optional": false}))}),
            r#"{"x":1}"#,
        ),
    ];
    for (name, comment, parent, child, arguments) in rows {
        family(t, name, comment, &under(parent, child, arguments), vec![]);
    }
    let narrow = short("exact", json!({"value": 1, "optional": true}));
    let honest = under(
        json!({"x": short("one_of", json!({"values": [1, 2], "optional": true})), "y": free()}),
        json!({"x": narrow, "y": free()}),
        r#"{"y":1}"#,
    );
    let wide = short("exact", json!({"value": 3, "optional": true}));
    let faults = vec![(
        "optional_widened",
        "what is optional is narrowed like any other",
        "Widening M10",
        at(1, "4p4", "chain.constraint_widened"),
        json!({"do": {"x": wide, "y": free()}}),
    )];
    family(t, "optional_narrowed", "an optional argument narrowed", &honest, faults);
    let honest = under(json!({"x": maybe(), "y": free()}), json!({"y": free()}), r#"{"y":1}"#);
    let c = t.control(
        "aat_optional_given_up",
        "a child may give up an optional argument",
        "Optional",
        &honest,
        |_| {},
    );
    let answer = at(1, "6b", "call.argument_not_granted");
    t.refused(
        &c,
        "aat_given_up_argument_used",
        "what was given up cannot be used",
        "Optional",
        answer,
        |s| {
            s.request.arguments = r#"{"x":1,"y":1}"#.into();
        },
    );
}

fn stars(t: &mut Topic) {
    let one = || exact(json!(1));
    let honest = scene(json!({"do": {}}), json!({"do": {"x": one(), "y": maybe()}}), r#"{"x":1}"#);
    let c = t.control(
        "aat_star_dropped",
        "an open map is closed, new arguments are named",
        "ClosedWorld",
        &honest,
        |_| {},
    );
    let answer = at(1, "6b", "call.argument_not_granted");
    t.refused(&c, "aat_closed_map_used", "what was closed stays closed", "ClosedWorld", answer, |s| {
        s.request.arguments = r#"{"x":1,"z":1}"#.into();
    });
    let open = json!({"do": {"x": maybe(), "*": free()}});
    let child = json!({"do": {"x": short("exact", json!({"value": 1, "optional": true})), "*": free()}});
    let honest = scene(open.clone(), child, r#"{"x":1,"y":1}"#);
    let faults = vec![
        (
            "optional_returns_under_star",
            "left out under `*` an argument comes back without its limit",
            "Optional M33",
            argument_added(),
            json!({"do": {"*": free(), "y": one()}}),
        ),
        (
            "optional_returns_under_open_map",
            "the same under `{}`",
            "Optional M33",
            argument_added(),
            json!({"do": {}}),
        ),
    ];
    family(t, "open_over_open", "open over open, one argument narrowed", &honest, faults);
    family(
        t,
        "open_map_as_star",
        "`{}` and `*` alone are the same",
        &scene(json!({"do": {}}), json!({"do": {"*": free()}}), "{}"),
        vec![],
    );
    family(
        t,
        "star_as_open_map",
        "and the other way round",
        &scene(json!({"do": {"*": free()}}), json!({"do": {}}), "{}"),
        vec![],
    );
    family(
        t,
        "star_beside_names",
        "a name is taken from under `*`",
        &scene(open, json!({"do": {"x": maybe(), "z": one()}}), r#"{"z":1}"#),
        vec![],
    );
}

/// Each rule over all tools before the next: of two faults in two tools the earlier step is named.
fn steps(t: &mut Topic) {
    let parent = json!({"do": {"x": free(), "y": range(json!({"max": 5}))}, "undo": {"x": free()}});
    let honest = scene(parent.clone(), parent, r#"{"x":1,"y":1}"#);
    let wide = || range(json!({"max": 6}));
    let faults = vec![
        (
            "tool_before_argument",
            "4p1 before 4p2: a tool and an argument are added",
            "Widening M1",
            tool_added(),
            json!({"do": {"x": free(), "y": free(), "z": free()}, "redo": {}}),
        ),
        (
            "argument_before_optional",
            "4p2 before 4p3: one argument is made optional, another added",
            "Widening M6",
            argument_added(),
            json!({"do": {"x": maybe(), "y": range(json!({"max": 5})), "z": free()}}),
        ),
        (
            "optional_before_constraint",
            "4p3 before 4p4: one argument is widened, another made optional",
            "Widening M32",
            made_optional("4p3"),
            json!({"do": {"x": maybe(), "y": wide()}}),
        ),
    ];
    family(t, "two_tools", "two tools, as the parent has them", &honest, faults);
}

fn deeper(t: &mut Topic) {
    let mut three = Scene::of(3);
    three.call("do", r#"{"x":2}"#);
    let most = |max: i32| json!({"do": {"x": range(json!({"max": max}))}});
    three.links.iter_mut().zip([100, 10, 5]).for_each(|(link, max)| link.tools(most(max)));
    let c = t.control("aat_three_links_each_narrower", "100, then 10, then 5", "Widening", &three, |_| {});
    for (name, comment, link, max) in [
        ("aat_grandchild_returns_to_the_root", "the grandchild takes back what its parent gave up", 2, 100),
        ("aat_middle_wider_than_root", "the middle is wider, the leaf is not", 1, 1000),
    ] {
        let answer = at(link, "4p4", "chain.constraint_widened");
        t.refused(&c, name, comment, "Widening M8", answer, |s| s.links[link].tools(most(max)));
    }
    let answer = at(2, "4p1", "chain.tool_added");
    t.refused(
        &c,
        "aat_tool_returns_in_the_grandchild",
        "the middle drops a tool, the leaf names it",
        "Widening M1 C20",
        answer,
        |s| {
            let all = json!({"do": {}, "undo": {}});
            s.links[0].tools(all.clone());
            s.links[1].tools(json!({"do": {}}));
            s.links[2].tools(all);
        },
    );
}

/// A child may leave its entry out; a leaf may not, and nothing grows below one that did.
fn entries(t: &mut Topic) {
    let mut three = Scene::of(3);
    three.call("do", "{}");
    three.tools(json!({"do": {}}));
    let c = t.control("aat_each_with_an_entry", "three tokens with tools", "NoEntry", &three, |_| {});
    let not_granted = "call.tool_not_granted";
    for (name, comment, details) in [
        ("of_none", "no entry", json!([])),
        ("of_others", "entries of other types", json!([{"type": "payment", "tools": honest_tools()}, 7])),
    ] {
        let leaf = format!("aat_leaf_{name}");
        let answer = in_step("6a", not_granted);
        t.refused(&c, &leaf, &format!("the leaf has {comment}"), "NoEntry", answer, |s| {
            s.leaf().set("authorization_details", details.clone());
        });
        let middle = format!("aat_middle_{name}");
        let answer = at(2, "4p1", "chain.tool_added");
        t.refused(
            &c,
            &middle,
            &format!("the middle has {comment}, the leaf has tools"),
            "NoEntry M1",
            answer,
            |s| {
                s.links[1].set("authorization_details", details.clone());
            },
        );
        let both = format!("aat_middle_and_leaf_{name}");
        let answer = in_step("6a", not_granted);
        t.refused(&c, &both, &format!("middle and leaf have {comment}"), "NoEntry", answer, |s| {
            s.links[1].set("authorization_details", details.clone());
            s.links[2].set("authorization_details", details.clone());
        });
    }
    let answer = at(2, "6b", not_granted);
    t.refused(&c, "aat_leaf_without_tools", "the leaf's tools are none", "NoEntry", answer, |s| {
        s.leaf().tools(json!({}))
    });
    let answer = at(1, "6b", not_granted);
    t.refused(
        &c,
        "aat_leaf_without_tools_below_none",
        "the middle has no entry, the leaf no tools",
        "NoEntry",
        answer,
        |s| {
            s.links[1].set("authorization_details", json!([]));
            s.leaf().tools(json!({}));
        },
    );
}
