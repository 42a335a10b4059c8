//! What a token grants, whether it is well-formed, and what a call gets through with.

use super::scene::Scene;
use crate::make::narrowing::{all, any, contains, exact, not_one_of, one_of, range, short, subset, wildcard};
use crate::make::topic::{Control, Topic, at, in_step};
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_capability");
    t.note("Constraint", "a constraint that is none, of a tool that nobody calls: what cannot be read must not be read as nothing");
    t.note("Depth", "more, or more deeply nested, than the verifier looks at");
    t.note(
        "Number",
        "a number that a double does not hold as it is written: two readers would compare two numbers",
    );
    t.note("Call", "a call outside what the leaf grants");
    t.note("Value", "values that look alike and are two, or look different and are one");
    t.note("Name", "names that look alike and are two");
    malformed(&mut t);
    nesting(&mut t);
    numbers(&mut t);
    calls(&mut t);
    values(&mut t);
    names(&mut t);
    no_requests(&mut t);
    t
}

/// Two links that grant `do`, which is called, and `idle`, which is not.
fn idle(constraint: &Value) -> Value {
    json!({"do": {}, "idle": {"x": constraint}})
}

fn malformed(t: &mut Topic) {
    let mut two = Scene::of(2);
    two.call("do", "{}");
    two.tools(idle(&wildcard()));
    let c = t.control("aat_idle_tool", "a tool that is not called", "Constraint", &two, |_| {});
    let (bad, unknown) = ("constraint.bad", "constraint.unknown");
    let rows = [
        ("unknown_type", "no known type", "M35", unknown, short("prefix", json!({"value": "/tmp"}))),
        ("type_in_capitals", "types have their case", "M35", unknown, short("Exact", json!({"value": 1}))),
        ("without_type", "no type", "M35", bad, json!({"value": 1})),
        ("type_a_number", "a type that is no text", "M34", bad, json!({"constraint_type": 0, "value": 1})),
        ("a_text", "a constraint that is no object", "E12", bad, json!("wildcard")),
        ("misspelt_bound", "a bound by another name", "E12", bad, short("range", json!({"maximum": 5}))),
        (
            "member_of_another_type",
            "a member of another type",
            "E12",
            bad,
            short("exact", json!({"value": 1, "values": [1]})),
        ),
        (
            "flag_without_bound",
            "a flag without its bound",
            "E12",
            bad,
            range(json!({"min": 5, "max_inclusive": true})),
        ),
        ("flag_a_number", "a flag that is none", "M34", bad, range(json!({"min": 5, "min_inclusive": 1}))),
        ("bound_a_text", "a bound in a text", "M34", bad, range(json!({"min": "5"}))),
        ("upside_down", "the least above the most", "E12", bad, range(json!({"min": 6, "max": 5}))),
        ("exact_of_an_array", "only scalars may be exact", "E12", bad, exact(json!([1]))),
        ("exact_of_nothing", "no value", "E12", bad, short("exact", json!({}))),
        ("one_of_nothing", "a choice of nothing", "M23", bad, one_of(json!([]))),
        ("one_of_a_text", "a choice that is no list", "E12", bad, one_of(json!("a"))),
        ("all_of_nothing", "an empty all", "M23", bad, all(vec![])),
        ("any_of_nothing", "an empty any", "M23", bad, any(vec![])),
        ("empty_any_inside", "an empty any inside an all", "M23", bad, all(vec![wildcard(), any(vec![])])),
        (
            "unknown_type_inside",
            "no known type inside an any",
            "M35",
            unknown,
            any(vec![wildcard(), short("cidr", json!({}))]),
        ),
        (
            "optional_inside",
            "optional inside an all",
            "M32",
            bad,
            all(vec![short("wildcard", json!({"optional": true}))]),
        ),
        ("optional_a_text", "optional by a text", "M34", bad, short("wildcard", json!({"optional": "true"}))),
        (
            "wildcard_with_a_value",
            "a wildcard with a value",
            "E12",
            bad,
            short("wildcard", json!({"value": 1})),
        ),
    ];
    for (index, (name, comment, flag, code, constraint)) in rows.into_iter().enumerate() {
        let flags = format!("Constraint {flag}");
        let root = format!("aat_root_constraint_{name}");
        t.refused(&c, &root, comment, &flags, at(0, "3n", code), |s| s.root().tools(idle(&constraint)));
        // The rule is one; that a child is held to it is shown by some.
        if index % 4 == 0 {
            let child = format!("aat_child_constraint_{name}");
            t.refused(&c, &child, comment, &flags, at(1, "4o", code), |s| s.leaf().tools(idle(&constraint)));
        }
    }
    t.refused(
        &c,
        "aat_tool_without_name",
        "a tool whose name is empty",
        "Name M34",
        at(0, "3n", "authority.bad"),
        |s| s.root().tools(json!({"do": {}, "idle": {"x": wildcard()}, "": {}})),
    );
    for (name, comment, star) in [
        ("exact", "`*` is no wildcard", exact(json!(1))),
        ("optional", "`*` is optional", short("wildcard", json!({"optional": true}))),
        ("not_optional", "`*` says that it is not optional", short("wildcard", json!({"optional": false}))),
    ] {
        let tools = json!({"do": {}, "idle": {"*": star}});
        let root = at(0, "3n", "authority.bad_star");
        t.refused(&c, &format!("aat_root_star_{name}"), comment, "Constraint M33", root, |s| {
            s.root().tools(tools.clone())
        });
        let child = at(1, "4o", "authority.bad_star");
        t.refused(&c, &format!("aat_child_star_{name}"), comment, "Constraint M33", child, |s| {
            s.leaf().tools(tools)
        });
    }
}

/// A wildcard at some depth, counting the wildcard itself.
fn deep(depth: usize) -> Value {
    (1..depth)
        .fold(wildcard(), |inner, level| if level % 2 == 0 { all(vec![inner]) } else { any(vec![inner]) })
}

fn nesting(t: &mut Topic) {
    let mut two = Scene::of(2);
    two.call("do", "{}");
    two.limit("constraint_depth", 2);
    let c =
        t.control("aat_nested_as_deep_as_allowed", "an all of a wildcard is two deep", "Depth", &two, |s| {
            s.tools(idle(&deep(2)))
        });
    let complex = "constraint.too_complex";
    t.refused(&c, "aat_root_nested_too_deep", "three deep", "Depth E21", at(0, "3n", complex), |s| {
        s.tools(idle(&deep(3)))
    });
    let c = t.control(
        "aat_root_of_a_wildcard",
        "a child may nest what its parent leaves free",
        "Depth",
        &two,
        |s| {
            s.tools(idle(&wildcard()));
            s.leaf().tools(idle(&deep(2)));
        },
    );
    t.refused(&c, "aat_child_nested_too_deep", "three deep", "Depth E21", at(1, "4o", complex), |s| {
        s.leaf().tools(idle(&deep(3)))
    });
    let wide = json!({"do": {}, "idle": {"x": all(vec![wildcard(), wildcard()]), "y": wildcard()}});
    let c =
        t.control("aat_as_many_as_allowed", "two tools, two arguments, three clauses", "Depth", &two, |s| {
            s.tools(wide);
            s.limit("tools", 2);
            s.limit("arguments", 2);
            s.limit("constraint_clauses", 3);
        });
    for (name, limit, most, code) in [
        ("aat_too_many_tools", "tools", 1, "authority.too_many_tools"),
        ("aat_too_many_arguments", "arguments", 1, "authority.too_many_arguments"),
        ("aat_too_many_clauses", "constraint_clauses", 2, complex),
    ] {
        let comment = format!("one of the {limit} too many");
        t.refused(&c, name, &comment, "Depth E22", at(0, "3n", code), |s| s.limit(limit, most));
    }
    t.control("aat_nested_as_deep_as_the_draft_recommends", "32 deep", "Depth", &two, |s| {
        s.limit("constraint_depth", 32);
        s.tools(idle(&deep(32)));
    });
}

fn numbers(t: &mut Topic) {
    let mut two = Scene::of(2);
    two.call("do", "{}");
    two.tools(json!({"do": {}, "idle": {"x": one_of(json!([77]))}}));
    let c = t.control("aat_idle_number", "a number that survives", "Number", &two, |_| {});
    let code = "json.inexact_number";
    for (name, comment, number) in [
        ("odd_above_2_53", "one more than a double holds", "9007199254740993"),
        ("of_many_digits", "a digit too many", "1.00000000000000001"),
        ("beyond_all", "a number that overflows", "1e999"),
        ("inside_a_value", "inside an object", "{\"a\":[9007199254740993]}"),
        ("below_all", "a number that vanishes", "1e-999"),
    ] {
        let root = format!("aat_root_number_{name}");
        t.refused(&c, &root, comment, "Number E16", at(0, "3n", code), |s| {
            s.root().rewrite("[77]", &format!("[{number}]"))
        });
        if name != "below_all" {
            let child = format!("aat_child_number_{name}");
            t.refused(&c, &child, comment, "Number E16", at(1, "4o", code), |s| {
                s.leaf().rewrite("[77]", &format!("[{number}]"))
            });
        }
    }
    for (name, number) in [
        ("large", "9007199254740994"),
        ("in_tenths", "0.1"),
        ("power_of_ten", "1e20"),
        ("spelt_out", "100.00e-1"),
    ] {
        t.control(&format!("aat_number_{name}"), &format!("{number} survives"), "Number", &two, |s| {
            s.links.iter_mut().for_each(|link| link.rewrite("[77]", &format!("[{number}]")));
        });
    }
}

/// One link whose tool `do` takes `x` under a constraint.
fn under(constraint: &Value, value: &str) -> Scene {
    let mut s = Scene::of(1);
    s.call("do", &format!("{{\"x\":{value}}}"));
    s.root().tools(json!({"do": {"x": constraint}}));
    s
}

fn calls(t: &mut Topic) {
    let c = t.control("aat_call_granted", "a tool with its arguments", "Call", &Scene::of(2), |_| {});
    let granted = |code| at(0, "6b", code);
    for (name, comment, flags, code, tool, arguments) in [
        ("tool_not_granted", "another tool", "P4", "call.tool_not_granted", "read", "{}"),
        (
            "tool_in_capitals",
            "a tool in other letters",
            "X5",
            "call.tool_not_granted",
            "Pay",
            r#"{"amount":5,"to":"acme"}"#,
        ),
        (
            "argument_added",
            "an argument that is not named",
            "M6",
            "call.argument_not_granted",
            "pay",
            r#"{"amount":5,"to":"acme","memo":1}"#,
        ),
        (
            "argument_called_star",
            "an argument called `*`",
            "M33",
            "call.argument_not_granted",
            "pay",
            r#"{"*":1,"amount":5,"to":"acme"}"#,
        ),
        (
            "argument_missing",
            "an argument that is required",
            "P16",
            "call.argument_missing",
            "pay",
            r#"{"amount":5}"#,
        ),
        (
            "argument_null",
            "null is a value, and not absence",
            "P16",
            "call.argument_refused",
            "pay",
            r#"{"amount":5,"to":null}"#,
        ),
        (
            "argument_refused",
            "more than is allowed",
            "M8",
            "call.argument_refused",
            "pay",
            r#"{"amount":101,"to":"acme"}"#,
        ),
        (
            "argument_as_text",
            "a number in a text",
            "M34",
            "call.argument_refused",
            "pay",
            r#"{"amount":"5","to":"acme"}"#,
        ),
        (
            "arguments_in_capitals",
            "an argument in other letters",
            "X5",
            "call.argument_not_granted",
            "pay",
            r#"{"Amount":5,"amount":5,"to":"acme"}"#,
        ),
    ] {
        t.refused(&c, &format!("aat_call_{name}"), comment, &format!("Call {flags}"), granted(code), |s| {
            s.call(tool, arguments)
        });
    }
    let open = json!({"do": {"x": short("exact", json!({"value": 1, "optional": true})), "*": wildcard()}});
    let mut s = Scene::of(1);
    s.call("do", r#"{"*":9,"y":[{}]}"#);
    s.root().tools(open);
    let c = t.control(
        "aat_call_of_an_open_map",
        "what is not named is free, also one called `*`",
        "Call",
        &s,
        |_| {},
    );
    t.refused(
        &c,
        "aat_call_of_a_named_argument",
        "what is named is not",
        "Call",
        granted("call.argument_refused"),
        |s| {
            s.call("do", r#"{"x":2}"#);
        },
    );
    let c = t.control(
        "aat_call_in_the_range",
        "within exclusive bounds",
        "Call",
        &under(&range(json!({"min": 5, "max": 6, "min_inclusive": false})), "6"),
        |_| {},
    );
    t.refused(
        &c,
        "aat_call_at_an_exclusive_bound",
        "at a bound that is exclusive",
        "Call M9",
        granted("call.argument_refused"),
        |s| {
            s.call("do", r#"{"x":5}"#);
        },
    );
    let closed = range(json!({"min": 5, "max": 5, "max_inclusive": false}));
    t.refused(
        &c,
        "aat_call_of_an_empty_range",
        "a range that holds nothing is well-formed",
        "Call",
        granted("call.argument_refused"),
        |s| {
            s.root().tools(json!({"do": {"x": closed}}));
            s.call("do", r#"{"x":5}"#);
        },
    );
}

/// Equality is that of RFC 8785: name, constraint, values that pass, values that do not.
type Row = (&'static str, Value, &'static [&'static str], &'static [&'static str]);

fn values(t: &mut Topic) {
    let rows: [Row; 12] = [
        ("one", exact(json!(1)), &["1", "1.0", "1e0", "10e-1"], &["\"1\"", "true", "1.5", "null", "[1]"]),
        ("zero", exact(json!(0)), &["0", "-0", "0.0", "0e9", "-0.0"], &["false", "null", "\"\"", "1e-300"]),
        ("half", exact(json!(0.5)), &["0.5", "5e-1"], &["\"0.5\"", "0.25"]),
        ("null", exact(Value::Null), &["null"], &["0", "\"null\"", "false"]),
        (
            "accented",
            exact(json!("\u{e9}")),
            &["\"\u{e9}\"", "\"\\u00e9\""],
            &["\"e\u{301}\"", "\"e\"", "\"\u{c9}\""],
        ),
        (
            "path",
            exact(json!("/srv/a")),
            &["\"\\/srv\\/a\""],
            &["\"/srv/../srv/a\"", "\"/srv//a\"", "\"/srv%2fa\""],
        ),
        (
            "object",
            one_of(json!([{"a": 1, "b": [1, 2]}])),
            &["{\"b\":[1.0,2],\"a\":1}"],
            &["{\"a\":1,\"b\":[2,1]}", "{\"a\":1}"],
        ),
        ("excluded", not_one_of(json!([1, "rm"])), &["2", "\"1\"", "[1]", "null"], &["1.0", "\"rm\""]),
        (
            "required",
            contains(json!(["a", 1])),
            &["[1.0,\"b\",\"a\",\"a\"]"],
            &["[\"a\"]", "[1]", "\"a1\"", "{\"a\":1}"],
        ),
        ("allowed", subset(json!(["a", 1])), &["[]", "[1,1.0,\"a\"]"], &["[true]", "[\"a\",\"b\"]", "\"a\""]),
        (
            "tenths",
            range(json!({"min": 0.1, "max": 0.3})),
            &["0.1", "0.3", "3e-1"],
            &["0.30000000000000004", "\"0.2\"", "true"],
        ),
        (
            "any",
            any(vec![exact(json!("a")), range(json!({"min": 5}))]),
            &["\"a\"", "1e20"],
            &["4", "\"b\"", "null"],
        ),
    ];
    for (name, constraint, good, bad) in rows {
        let mut control: Option<Control<Scene>> = None;
        for (index, value) in good.iter().enumerate() {
            let name = format!("aat_value_{name}_{index}");
            control = Some(t.control(
                &name,
                &format!("{constraint} accepts {value}"),
                "Value",
                &under(&constraint, value),
                |_| {},
            ));
        }
        let control = control.expect("a value that passes");
        for (index, value) in bad.iter().enumerate() {
            let name = format!("aat_value_{name}_not_{index}");
            let answer = at(0, "6b", "call.argument_refused");
            let comment = format!("{constraint} refuses {value}");
            t.refused(&control, &name, &comment, "Value M34", answer, |s| {
                s.call("do", &format!("{{\"x\":{value}}}"))
            });
        }
    }
}

fn names(t: &mut Topic) {
    let tool = "outils:\u{e9}crire/\u{1f600}";
    let mut s = Scene::of(1);
    s.call(tool, "{\"\u{e9}\":1}");
    s.root().tools(json!({tool: {"\u{e9}": wildcard()}}));
    let c = t.control("aat_names_beyond_ascii", "a tool and an argument beyond ASCII", "Name", &s, |_| {});
    let granted = |code| at(0, "6b", code);
    let apart = "outils:e\u{301}crire/\u{1f600}";
    t.refused(
        &c,
        "aat_tool_called_in_nfd",
        "composed otherwise",
        "Name X6",
        granted("call.tool_not_granted"),
        |s| {
            s.request.tool = apart.into();
        },
    );
    t.refused(
        &c,
        "aat_argument_called_in_nfd",
        "composed otherwise",
        "Name X6",
        granted("call.argument_not_granted"),
        |s| {
            s.request.arguments = "{\"e\u{301}\":1}".into();
        },
    );
    let mut s = Scene::of(1);
    s.call("read\u{0}", "{\"a\\u0000\":1}");
    s.root().tools(json!({"read\u{0}": {"a\u{0}": wildcard()}}));
    let c = t.control("aat_names_with_a_zero", "a zero does not end a name", "Name E18", &s, |_| {});
    t.refused(
        &c,
        "aat_tool_cut_at_the_zero",
        "nor does it begin one",
        "Name E18",
        granted("call.tool_not_granted"),
        |s| {
            s.request.tool = "read".into();
        },
    );
    let mut s = Scene::of(1);
    s.call("pay\u{430}", "{}");
    s.root().tools(json!({"pay\u{430}": {}, "read": {}}));
    let c = t.control("aat_name_of_another_script", "a letter of another script", "Name", &s, |_| {});
    t.refused(
        &c,
        "aat_name_that_looks_alike",
        "the letter that looks like it",
        "Name X4",
        granted("call.tool_not_granted"),
        |s| {
            s.request.tool = "paya".into();
        },
    );
}

/// Arguments that make no request: the call fails in step 6b before it is sent anywhere.
fn no_requests(t: &mut Topic) {
    let mut s = Scene::of(1);
    s.call("do", r#"{"x":9007199254740994}"#);
    s.root().tools(json!({"do": {}}));
    let c = t.control(
        "aat_call_with_a_large_number",
        "a number that survives, under no constraint",
        "Number",
        &s,
        |_| {},
    );
    for (name, comment, code, arguments) in [
        (
            "a_number_no_double_holds",
            "it loses digits, also where nobody constrains it",
            "json.inexact_number",
            r#"{"x":9007199254740993}"#,
        ),
        ("such_a_number_inside", "the same inside an array", "json.inexact_number", r#"{"x":[{"y":1e999}]}"#),
        ("a_repeated_name", "an argument twice", "json.duplicate_member", r#"{"x":1,"x":1}"#),
        ("half_a_surrogate_pair", "no text", "json.lone_surrogate", r#"{"x":"\ud800"}"#),
        ("a_list", "arguments without names", "json.not_an_object", "[1]"),
    ] {
        t.refused(&c, &format!("aat_call_with_{name}"), comment, "Number E16", in_step("6b", code), |s| {
            s.request.arguments = arguments.into();
        });
    }
}
