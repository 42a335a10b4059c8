//! The nine constraints on a real call, and the closed world around them.

use super::scene::Scene;
use super::topic::Topic;
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("constraints");
    t.note("Constraint", "an argument outside what the token allows");
    t.note("TypeConfusion", "a value of another type that a lenient comparison takes for the same");
    t.note("ClosedWorld", "an argument nobody allowed, or a required one left out");
    t.note("ToolNotGranted", "a tool the token does not name");
    t.note("Equality", "two spellings of one value; they must be equal, or an honest call fails");
    t.note(
        "Work",
        "a call that costs more comparisons than the limit; a long array against a long set is their product",
    );
    each(&mut t);
    work(&mut t);
    closed_world(&mut t);
    names(&mut t);
    t
}

/// A root whose tool `do` takes `x` under a constraint, called with `value` as JSON text.
fn scene(constraint: &Value, value: &str) -> Scene {
    let mut s = Scene::of(1);
    s.root().tools(json!({"do": {"x": constraint}}));
    s.request.tool = "do".into();
    s.arguments(&format!("{{\"x\":{value}}}"));
    s
}

/// A constraint, a value it accepts, and values it refuses.
type Row<'a> = (&'a str, Value, &'a str, &'a [(&'a str, &'a str)]);

fn each(t: &mut Topic) {
    let c = |kind: &str, rest: Value| {
        let mut all = json!({"constraint_type": kind});
        all.as_object_mut().expect("object").extend(rest.as_object().expect("object").clone());
        all
    };
    let rows: Vec<Row<'_>> = vec![
        (
            "exact_number",
            c("exact", json!({"value": 5})),
            "5",
            &[("other", "6"), ("text", "\"5\""), ("true", "true"), ("null", "null"), ("in_array", "[5]")],
        ),
        ("exact_number_as_5_0", c("exact", json!({"value": 5})), "5.0", &[]),
        ("exact_number_as_5e0", c("exact", json!({"value": 5})), "5e0", &[]),
        (
            "exact_zero_as_minus_zero",
            c("exact", json!({"value": 0})),
            "-0",
            &[("false", "false"), ("empty", "\"\"")],
        ),
        (
            "exact_text",
            c("exact", json!({"value": "acme"})),
            "\"acme\"",
            &[
                ("case", "\"Acme\""),
                ("blank", "\"acme \""),
                ("look_alike", "\"\\u0430cme\""),
                ("nul", "\"acme\\u0000\""),
                ("in_array", "[\"acme\"]"),
            ],
        ),
        ("exact_text_escaped", c("exact", json!({"value": "acme"})), "\"\\u0061cme\"", &[]),
        (
            "exact_text_composed",
            c("exact", json!({"value": "\u{e9}"})),
            "\"\u{e9}\"",
            &[("decomposed", "\"e\u{301}\"")],
        ),
        ("exact_true", c("exact", json!({"value": true})), "true", &[("one", "1"), ("text", "\"true\"")]),
        (
            "exact_null",
            c("exact", json!({"value": null})),
            "null",
            &[("false", "false"), ("zero", "0"), ("empty", "\"\"")],
        ),
        (
            "range_closed",
            c("range", json!({"min": 1, "max": 10})),
            "10",
            &[
                ("above", "10.000001"),
                ("below", "0"),
                ("text", "\"5\""),
                ("true", "true"),
                ("null", "null"),
                ("array", "[5]"),
            ],
        ),
        (
            "range_open",
            c("range", json!({"min": 1, "min_inclusive": false, "max": 10, "max_inclusive": false})),
            "9.999999",
            &[("at_max", "10"), ("at_min", "1")],
        ),
        ("range_from", c("range", json!({"min": -1.5})), "1e300", &[("below", "-1.6")]),
        ("range_without_bounds", c("range", json!({})), "-7", &[("text", "\"-7\"")]),
        (
            "one_of",
            c("one_of", json!({"values": ["a", 1, null, true]})),
            "null",
            &[("other", "\"b\""), ("text_1", "\"1\""), ("false", "false"), ("prefix", "\"\"")],
        ),
        (
            "not_one_of",
            c("not_one_of", json!({"excluded": ["rm", 0]})),
            "\"ls\"",
            &[("excluded", "\"rm\""), ("excluded_zero", "0.0")],
        ),
        ("not_one_of_nothing", c("not_one_of", json!({"excluded": []})), "[{}]", &[]),
        (
            "contains",
            c("contains", json!({"required": ["a", 1]})),
            "[1,\"b\",\"a\",\"a\"]",
            &[
                ("one_missing", "[\"a\"]"),
                ("text_1", "[\"a\",\"1\"]"),
                ("bare", "\"a\""),
                ("object", "{\"a\":1}"),
                ("empty", "[]"),
            ],
        ),
        ("contains_nothing", c("contains", json!({"required": []})), "[]", &[("null", "null")]),
        (
            "subset",
            c("subset", json!({"allowed": ["a", "b"]})),
            "[\"b\",\"b\"]",
            &[("one_other", "[\"a\",\"c\"]"), ("bare", "\"a\""), ("nested", "[[\"a\"]]"), ("object", "{}")],
        ),
        ("subset_empty", c("subset", json!({"allowed": ["a"]})), "[]", &[("null", "null")]),
        ("subset_of_nothing", c("subset", json!({"allowed": []})), "[]", &[("one", "[null]")]),
        (
            "subset_of_objects",
            c("subset", json!({"allowed": [{"k": 1, "l": 2}]})),
            "[{\"l\":2,\"k\":1.0}]",
            &[("member_more", "[{\"k\":1,\"l\":2,\"m\":3}]"), ("member_less", "[{\"k\":1}]")],
        ),
        ("wildcard", c("wildcard", json!({})), "{\"any\":[null]}", &[]),
        (
            "all",
            c(
                "all",
                json!({"constraints": [{"constraint_type": "range", "min": 0}, {"constraint_type": "not_one_of", "excluded": [5]}]}),
            ),
            "4",
            &[("first", "-1"), ("second", "5")],
        ),
        (
            "any",
            c(
                "any",
                json!({"constraints": [{"constraint_type": "exact", "value": "x"}, {"constraint_type": "range", "max": 1}]}),
            ),
            "1",
            &[("neither", "2"), ("neither_text", "\"y\"")],
        ),
        (
            "all_of_any",
            c(
                "all",
                json!({"constraints": [{"constraint_type": "any", "constraints": [{"constraint_type": "exact", "value": 1}, {"constraint_type": "exact", "value": 2}]}, {"constraint_type": "exact", "value": 2}]}),
            ),
            "2",
            &[("one_clause", "1")],
        ),
    ];
    for (name, constraint, honest, faults) in rows {
        let name = &format!("check_{name}");
        let flag = if faults.is_empty() { "Equality P17" } else { "Constraint" };
        let control = t.control(
            name,
            &format!("{constraint} accepts {honest}"),
            flag,
            &scene(&constraint, honest),
            |_| {},
        );
        for (fault, value) in faults {
            let flags = if *fault == "case" {
                "TypeConfusion X5"
            } else if *fault == "look_alike" {
                "TypeConfusion X4"
            } else if *fault == "decomposed" {
                "TypeConfusion X6"
            } else {
                "Constraint TypeConfusion M34"
            };
            let comment = format!("{constraint} does not accept {}", value.escape_debug());
            t.fault(
                &control,
                &format!("{name}_{fault}"),
                &comment,
                flags,
                "call.argument_refused",
                Some(0),
                |s| {
                    s.arguments(&format!("{{\"x\":{value}}}"));
                },
            );
        }
    }
}

fn closed_world(t: &mut Topic) {
    let free = json!({"constraint_type": "wildcard"});
    let maybe = json!({"constraint_type": "exact", "value": 1, "optional": true});
    let c = |t: &mut Topic, name: &str, comment: &str, tools: Value, arguments: &str| {
        let mut s = Scene::of(1);
        s.root().tools(tools);
        s.request.tool = "do".into();
        s.arguments(arguments);
        t.control(name, comment, "ClosedWorld", &s, |_| {})
    };
    let closed =
        c(t, "closed_map", "the one argument that is named", json!({"do": {"x": free}}), r#"{"x":1}"#);
    let unnamed = "call.argument_not_granted";
    t.fault(
        &closed,
        "argument_unnamed",
        "an argument the map does not name",
        "ClosedWorld M6",
        unnamed,
        Some(0),
        |s| s.arguments(r#"{"x":1,"y":1}"#),
    );
    t.fault(
        &closed,
        "argument_unnamed_null",
        "an argument the map does not name, null",
        "ClosedWorld P16",
        unnamed,
        Some(0),
        |s| s.arguments(r#"{"x":1,"y":null}"#),
    );
    t.fault(
        &closed,
        "argument_named_star",
        "an argument called `*`",
        "ClosedWorld M33",
        unnamed,
        Some(0),
        |s| s.arguments(r#"{"x":1,"*":1}"#),
    );
    t.fault(
        &closed,
        "argument_in_another_case",
        "`X` is not `x`",
        "ClosedWorld X5",
        "call.argument_not_granted",
        Some(0),
        |s| s.arguments(r#"{"x":1,"X":1}"#),
    );
    t.fault(
        &closed,
        "argument_missing",
        "the required argument is left out",
        "ClosedWorld P16",
        "call.argument_missing",
        Some(0),
        |s| s.arguments("{}"),
    );
    let optional =
        c(t, "optional_left_out", "an optional argument is left out", json!({"do": {"x": maybe}}), "{}");
    t.fault(
        &optional,
        "optional_wrong",
        "an optional argument is there and outside its constraint",
        "ClosedWorld",
        "call.argument_refused",
        Some(0),
        |s| s.arguments(r#"{"x":2}"#),
    );
    t.fault(
        &optional,
        "optional_null",
        "an optional argument is null, which is not absent",
        "ClosedWorld P16",
        "call.argument_refused",
        Some(0),
        |s| s.arguments(r#"{"x":null}"#),
    );
    c(
        t,
        "optional_given",
        "an optional argument within its constraint",
        json!({"do": {"x": maybe}}),
        r#"{"x":1}"#,
    );
    let star = json!({"do": {"x": maybe, "*": free}});
    let open =
        c(t, "star_admits_the_rest", "`*` admits what is not named", star.clone(), r#"{"y":[],"*":1}"#);
    t.fault(
        &open,
        "star_does_not_admit_the_named",
        "a named argument keeps its constraint beside `*`",
        "ClosedWorld M33",
        "call.argument_refused",
        Some(0),
        |s| s.arguments(r#"{"x":2,"y":1}"#),
    );
    let required = c(
        t,
        "star_and_a_required_name",
        "`*` and a required argument",
        json!({"do": {"x": free, "*": free}}),
        r#"{"x":1}"#,
    );
    t.fault(
        &required,
        "star_does_not_stand_in",
        "`*` does not stand in for a required argument",
        "ClosedWorld",
        "call.argument_missing",
        Some(0),
        |s| s.arguments(r#"{"y":1}"#),
    );
    c(t, "open_map", "an empty map takes any arguments", json!({"do": {}}), r#"{"a":1,"b":{"c":[]}}"#);
}

fn work(t: &mut Topic) {
    let letters: Vec<String> = (b'a'..=b'z').map(|letter| char::from(letter).to_string()).collect();
    let constraint = json!({"constraint_type": "subset", "allowed": letters});
    let many = format!("[{}]", vec!["\"a\""; 200].join(","));
    let call = scene(&constraint, &many);
    let c = t.control("work_within_the_limit", "200 elements against a set of 26", "Work", &call, |s| {
        s.limit("comparisons", 100_000);
    });
    t.fault(
        &c,
        "work_above_the_limit",
        "the same where less is allowed",
        "Work E21 E22",
        "bytes.too_large",
        Some(0),
        |s| {
            s.limit("comparisons", 100);
        },
    );
    let mut long = Scene::of(9);
    long.request = call.request.clone();
    long.links.iter_mut().for_each(|link| link.tools(json!({"do": {"x": constraint}})));
    t.control("work_of_nine_links", "the same under nine links, within the default", "Work", &long, |_| {});
}

fn names(t: &mut Topic) {
    let mut s = Scene::of(1);
    s.root().tools(json!({"fs.read": {}, "*": {"never": {"constraint_type": "wildcard"}}}));
    s.request.tool = "fs.read".into();
    s.arguments("{}");
    let c =
        t.control("tool_by_its_exact_name", "the tool as the token spells it", "ToolNotGranted", &s, |_| {});
    for (name, comment, tool, flags) in [
        ("tool_other", "a tool that is not granted", "fs.write", "ToolNotGranted M1"),
        ("tool_in_another_case", "the tool in other letters", "FS.read", "ToolNotGranted X5"),
        ("tool_prefix", "the beginning of a granted tool's name", "fs", "ToolNotGranted"),
        ("tool_with_blank", "a blank after the name", "fs.read ", "ToolNotGranted X3"),
        ("tool_with_nul", "a NUL after the name", "fs.read\0", "ToolNotGranted E18"),
        ("tool_look_alike", "a Cyrillic letter in the name", "fs.re\u{430}d", "ToolNotGranted X4"),
        (
            "tool_star_is_no_pattern",
            "a tool called `*` grants only a tool called `*`",
            "anything",
            "ToolNotGranted M5 I11",
        ),
    ] {
        t.fault(&c, name, comment, flags, "call.tool_not_granted", Some(0), |s| s.request.tool = tool.into());
    }
    let mut two = Scene::of(2);
    two.leaf().tools(json!({"pay": super::scene::honest_tools()["pay"]}));
    let c = t.control("tool_kept_by_the_child", "the tool both links grant", "ToolNotGranted", &two, |_| {});
    t.fault(
        &c,
        "tool_dropped_by_the_child",
        "the root grants it, the leaf does not",
        "ToolNotGranted M1",
        "call.tool_not_granted",
        Some(1),
        |s| {
            s.request.tool = "read".into();
            s.arguments(r#"{"path":"/"}"#);
        },
    );
    let mut none = Scene::of(1);
    none.root().tools(json!({"pay": {}}));
    let c = t.control("one_tool", "the one tool granted", "ToolNotGranted", &none, |_| {});
    t.fault(
        &c,
        "no_tools_at_all",
        "an empty tools map grants nothing",
        "ToolNotGranted I10",
        "call.tool_not_granted",
        Some(0),
        |s| s.root().tools(json!({})),
    );
}
