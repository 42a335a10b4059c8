//! Argument maps: their shape, the call, and each rule of narrowing both ways (AAT-02 §3.3, §4.5).

use super::*;
use alloc::{string::ToString, vec};

const ANY: &str = r#"{"constraint_type":"wildcard"}"#;
const MAYBE: &str = r#"{"constraint_type":"wildcard","optional":true}"#;
const STAR_ENTRY: &str = r#""*":{"constraint_type":"wildcard"}"#;

/// One tool `t` with this argument map.
fn tool(map: &str) -> Authority {
    authority(&format!(r#"{{"t":{map}}}"#))
}

fn authority(text: &str) -> Authority {
    Authority::from_json(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

fn code(text: &str) -> Code {
    Authority::from_json(text).expect_err(text).code()
}

fn arguments(text: &str) -> Object {
    match json::parse(text.as_bytes(), 8).unwrap() {
        Value::Object(members) => members,
        other => panic!("{other:?}"),
    }
}

fn exact(value: &str) -> String {
    format!(r#"{{"constraint_type":"exact","value":{value}}}"#)
}

// ── shape ────────────────────────────────────────────────────────────────────

#[test]
fn the_shape_is_tool_argument_constraint() {
    for text in [
        "[]",
        "1",
        "null",
        r#""t""#,
        r#"{"t":1}"#,
        r#"{"t":[]}"#,
        r#"{"t":null}"#,
        r#"{"t":"*"}"#,
        r#"{"":{}}"#,
    ] {
        assert_eq!(code(text), Code::BadAuthority, "{text}");
    }
    assert_eq!(code(r#"{"t":{"a":1}}"#), Code::BadConstraint);
    assert_eq!(code(r#"{"t":{"a":{}}}"#), Code::BadConstraint);
    assert_eq!(code(r#"{"t":{},"t":{}}"#), Code::DuplicateMember);
    assert_eq!(
        code(r#"{"t":{"a":{"constraint_type":"exact","value":9007199254740993}}}"#),
        Code::InexactNumber
    );
    assert!(authority("{}").tools().next().is_none());
    assert!(
        tool(&format!(r#"{{"":{ANY}}}"#)).check("t", &arguments(r#"{"":1}"#), &mut Work::default()).is_ok()
    );
}

#[test]
fn a_refusal_says_where() {
    let refusal =
        Authority::from_json(r#"{"pay":{"sum":{"constraint_type":"range","min":"1"}}}"#).unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.tool(), refusal.argument(), refusal.part()),
        (Code::BadConstraint, Some("pay"), Some("sum"), Some("min"))
    );
    let refusal = Authority::from_json(r#"{"pay":{"*":1}}"#).unwrap_err();
    assert_eq!((refusal.tool(), refusal.argument()), (Some("pay"), Some("*")));
}

#[test]
fn star_takes_a_plain_wildcard_only() {
    for star in [
        "1",
        "null",
        "{}",
        r#"{"constraint_type":"exact","value":1}"#,
        r#"{"constraint_type":"all","constraints":[{"constraint_type":"wildcard"}]}"#,
        r#"{"constraint_type":"wildcard","optional":true}"#,
        r#"{"constraint_type":"wildcard","optional":false}"#,
        r#"{"constraint_type":"wildcard","x":1}"#,
        r#"{"constraint_type":"future"}"#,
    ] {
        assert_eq!(code(&format!(r#"{{"t":{{"*":{star}}}}}"#)), Code::BadStar, "{star}");
        assert_eq!(code(&format!(r#"{{"t":{{"a":{ANY},"*":{star}}}}}"#)), Code::BadStar, "{star}");
    }
}

#[test]
fn the_empty_map_means_star() {
    let empty = tool("{}");
    assert_eq!(empty, tool(&format!("{{{STAR_ENTRY}}}")));
    assert_eq!(empty.to_json(), r#"{"t":{}}"#);
    assert_ne!(empty, tool(&format!(r#"{{"a":{ANY}}}"#)));
    assert_ne!(empty, tool(&format!(r#"{{"a":{ANY},{STAR_ENTRY}}}"#)));
}

#[test]
fn optional_is_a_boolean_on_an_argument_only() {
    for flag in ["0", "1", "null", r#""true""#, "[]"] {
        let text = format!(r#"{{"t":{{"a":{{"constraint_type":"wildcard","optional":{flag}}}}}}}"#);
        let refusal = Authority::from_json(&text).unwrap_err();
        assert_eq!((refusal.code(), refusal.part()), (Code::BadConstraint, Some("optional")), "{flag}");
    }
    let plain = tool(&format!(r#"{{"a":{ANY}}}"#));
    assert_eq!(plain, tool(r#"{"a":{"constraint_type":"wildcard","optional":false}}"#));
    assert_ne!(plain, tool(&format!(r#"{{"a":{MAYBE}}}"#)));
    assert_eq!(plain.to_json(), format!(r#"{{"t":{{"a":{ANY}}}}}"#));
}

#[test]
fn limits_are_kept() {
    let limits = Limits { tools: 2, arguments: 2, name_bytes: 3, ..Limits::default() };
    let read = |text: &str| Authority::from_json_within(text, &limits).map_err(|refusal| refusal.code());
    assert!(read(r#"{"a":{},"b":{}}"#).is_ok());
    assert_eq!(read(r#"{"a":{},"b":{},"c":{}}"#), Err(Code::TooManyTools));
    assert!(read(&format!(r#"{{"t":{{"a":{ANY},"b":{ANY},{STAR_ENTRY}}}}}"#)).is_ok());
    assert_eq!(read(&format!(r#"{{"t":{{"a":{ANY},"b":{ANY},"c":{ANY}}}}}"#)), Err(Code::TooManyArguments));
    assert!(read(&format!(r#"{{"abc":{{"é1":{ANY}}}}}"#)).is_ok());
    assert_eq!(read(r#"{"abcd":{}}"#), Err(Code::TooLarge));
    assert_eq!(read(&format!(r#"{{"t":{{"éé":{ANY}}}}}"#)), Err(Code::TooLarge));
}

#[test]
fn written_and_read_again_is_the_same() {
    let text = format!(
        r#"{{"b":{{}},"a":{{"z":{MAYBE},"y":{{"constraint_type":"subset","allowed":[2,1,{{"k":[]}}]}},{STAR_ENTRY}}}}}"#
    );
    let once = authority(&text);
    assert_eq!(
        once.to_json(),
        format!(
            r#"{{"a":{{{STAR_ENTRY},"y":{{"allowed":[1,2,{{"k":[]}}],"constraint_type":"subset"}},"z":{MAYBE}}},"b":{{}}}}"#
        )
    );
    assert_eq!(authority(&once.to_json()), once);
    assert_eq!(Authority::from_value(&once.to_value(), &Limits::default()), Ok(once.clone()));
    assert_eq!(once.tools().collect::<Vec<_>>(), ["a", "b"]);
}

// ── the call ─────────────────────────────────────────────────────────────────

#[track_caller]
fn call(map: &str, args: &str, expected: Result<(), (Code, &str)>) {
    let answer = tool(map).check("t", &arguments(args), &mut Work::default());
    let answer =
        answer.map_err(|refusal| (refusal.code(), refusal.argument().unwrap_or_default().to_string()));
    assert_eq!(answer, expected.map_err(|(code, name)| (code, name.to_string())), "{map} {args}");
}

#[test]
fn a_tool_that_is_not_named_is_not_granted() {
    let granted = authority(r#"{"fs.read":{},"pay":{}}"#);
    for name in ["fs.rea", "fs.read ", "FS.READ", "fs", "", "*", "fs.read\u{301}"] {
        let refusal = granted.check(name, &Object::default(), &mut Work::default()).unwrap_err();
        assert_eq!(refusal.code(), Code::ToolNotGranted, "{name}");
        assert!(refusal.tool().is_some());
    }
    assert!(granted.check("pay", &Object::default(), &mut Work::default()).is_ok());
    assert!(authority("{}").check("pay", &Object::default(), &mut Work::default()).is_err());
}

#[test]
fn the_world_is_closed() {
    let map = &format!(r#"{{"a":{},"b":{MAYBE}}}"#, exact("1"));
    call(map, r#"{"a":1}"#, Ok(()));
    call(map, r#"{"a":1,"b":null}"#, Ok(()));
    call(map, "{}", Err((Code::ArgumentMissing, "a")));
    call(map, r#"{"b":1}"#, Err((Code::ArgumentMissing, "a")));
    call(map, r#"{"a":2}"#, Err((Code::ArgumentRefused, "a")));
    call(map, r#"{"a":"1"}"#, Err((Code::ArgumentRefused, "a")));
    call(map, r#"{"a":1,"c":1}"#, Err((Code::ArgumentNotGranted, "c")));
    call(map, r#"{"a":1,"*":1}"#, Err((Code::ArgumentNotGranted, "*")));
    call(map, r#"{"a":1,"A":1}"#, Err((Code::ArgumentNotGranted, "A")));
    let optional = r#"{"a":{"constraint_type":"exact","value":1,"optional":true}}"#;
    call(optional, "{}", Ok(()));
    call(optional, r#"{"a":2}"#, Err((Code::ArgumentRefused, "a")));
    call(optional, r#"{"a":null}"#, Err((Code::ArgumentRefused, "a")));
}

#[test]
fn star_admits_what_is_not_named() {
    for map in ["{}", &format!("{{{STAR_ENTRY}}}")] {
        call(map, "{}", Ok(()));
        call(map, r#"{"x":[1],"*":null}"#, Ok(()));
    }
    let map = &format!(r#"{{"a":{},{STAR_ENTRY}}}"#, exact("1"));
    call(map, r#"{"a":1,"*":2,"b":{}}"#, Ok(()));
    call(map, r#"{"a":2,"b":1}"#, Err((Code::ArgumentRefused, "a")));
    call(map, r#"{"b":1}"#, Err((Code::ArgumentMissing, "a")));
}

#[test]
fn a_refused_call_names_the_limit() {
    let map = r#"{"sum":{"constraint_type":"range","max":100}}"#;
    let refusal = tool(map).check("t", &arguments(r#"{"sum":101}"#), &mut Work::default()).unwrap_err();
    assert_eq!(refusal.code(), Code::ArgumentRefused);
    assert_eq!(
        (refusal.tool(), refusal.argument(), refusal.limit()),
        (Some("t"), Some("sum"), Some("at most 100"))
    );
}

// ── narrowing ────────────────────────────────────────────────────────────────

#[track_caller]
fn narrowing(parent: &str, child: &str, expected: Result<(), (Code, &str)>) {
    let answer = tool(child).narrows(&tool(parent));
    let answer = answer.map_err(|refusal| {
        assert_eq!(refusal.tool(), Some("t"));
        assert!(refusal.limit().is_some());
        (refusal.code(), refusal.argument().unwrap_or_default().to_string())
    });
    assert_eq!(answer, expected.map_err(|(code, name)| (code, name.to_string())), "{parent} -> {child}");
}

#[test]
fn tools_may_be_dropped_not_added() {
    let (none, one, two) = (authority("{}"), authority(r#"{"a":{}}"#), authority(r#"{"a":{},"b":{}}"#));
    for (parent, child, may) in [
        (&two, &two, true),
        (&two, &one, true),
        (&two, &none, true),
        (&none, &none, true),
        (&one, &two, false),
        (&none, &one, false),
    ] {
        let answer = child.narrows(parent);
        assert_eq!(answer.is_ok(), may);
        if let Err(refusal) = answer {
            assert_eq!(refusal.code(), Code::ToolAdded);
            assert!(refusal.limit().is_some_and(|limit| limit.starts_with("the tools ")));
        }
    }
    let refusal = two.narrows(&one).unwrap_err();
    assert_eq!((refusal.tool(), refusal.limit()), (Some("b"), Some("the tools a")));
}

#[test]
fn arguments_may_not_be_added() {
    let a = &format!(r#"{{"a":{ANY}}}"#);
    let a_star = &format!(r#"{{"a":{ANY},{STAR_ENTRY}}}"#);
    let ab = &format!(r#"{{"a":{ANY},"b":{ANY}}}"#);
    let ab_maybe = &format!(r#"{{"a":{ANY},"b":{MAYBE}}}"#);
    narrowing(a, a, Ok(()));
    narrowing(a, ab, Err((Code::ArgumentAdded, "b")));
    narrowing(a, ab_maybe, Err((Code::ArgumentAdded, "b")));
    narrowing(a_star, ab, Ok(()));
    narrowing(a_star, ab_maybe, Ok(()));
    narrowing("{}", ab, Ok(()));
}

#[test]
fn star_may_be_dropped_not_added() {
    let a = &format!(r#"{{"a":{ANY}}}"#);
    let a_star = &format!(r#"{{"a":{ANY},{STAR_ENTRY}}}"#);
    let star = &format!("{{{STAR_ENTRY}}}");
    narrowing(a_star, a, Ok(()));
    narrowing(a_star, a_star, Ok(()));
    narrowing("{}", a, Ok(()));
    narrowing("{}", a_star, Ok(()));
    narrowing("{}", "{}", Ok(()));
    narrowing("{}", star, Ok(()));
    narrowing(star, "{}", Ok(()));
    narrowing(a, a_star, Err((Code::ArgumentAdded, "*")));
    narrowing(a, "{}", Err((Code::ArgumentAdded, "*")));
    narrowing(a, star, Err((Code::ArgumentAdded, "*")));
    // Under `*` a named argument must not come back unconstrained.
    narrowing(a_star, "{}", Err((Code::ArgumentAdded, "a")));
    narrowing(a_star, star, Err((Code::ArgumentAdded, "a")));
    narrowing(&format!(r#"{{"a":{MAYBE},{STAR_ENTRY}}}"#), "{}", Err((Code::ArgumentAdded, "a")));
}

#[test]
fn only_an_optional_argument_may_be_given_up() {
    let parent = &format!(r#"{{"a":{ANY},"b":{MAYBE}}}"#);
    narrowing(parent, &format!(r#"{{"a":{ANY}}}"#), Ok(()));
    narrowing(parent, &format!(r#"{{"b":{MAYBE}}}"#), Err((Code::ArgumentMadeOptional, "a")));
    let parent_star = &format!(r#"{{"a":{ANY},"b":{MAYBE},{STAR_ENTRY}}}"#);
    narrowing(parent_star, &format!(r#"{{"a":{ANY}}}"#), Ok(()));
    narrowing(parent_star, &format!(r#"{{"a":{ANY},{STAR_ENTRY}}}"#), Err((Code::ArgumentAdded, "b")));
    narrowing(parent_star, &format!(r#"{{"c":{ANY}}}"#), Err((Code::ArgumentMadeOptional, "a")));
}

#[test]
fn optional_may_become_required_not_the_reverse() {
    let required = &format!(r#"{{"a":{ANY}}}"#);
    let optional = &format!(r#"{{"a":{MAYBE}}}"#);
    narrowing(required, required, Ok(()));
    narrowing(optional, optional, Ok(()));
    narrowing(optional, required, Ok(()));
    narrowing(required, optional, Err((Code::ArgumentMadeOptional, "a")));
}

#[test]
fn constraints_may_narrow_only() {
    let one = &format!(r#"{{"a":{}}}"#, exact("1"));
    let two = &format!(r#"{{"a":{}}}"#, exact("2"));
    let any = &format!(r#"{{"a":{ANY}}}"#);
    narrowing(any, one, Ok(()));
    narrowing(one, any, Err((Code::ConstraintWidened, "a")));
    narrowing(one, two, Err((Code::ConstraintWidened, "a")));
    // What only the parent's `*` covers may be constrained in any way.
    narrowing(
        &format!(r#"{{"a":{},{STAR_ENTRY}}}"#, exact("1")),
        &format!(r#"{{"a":{},"b":{}}}"#, exact("1"), exact("9")),
        Ok(()),
    );
    // `optional` plays no part in comparing constraints.
    let maybe = r#"{"a":{"constraint_type":"exact","value":1,"optional":true}}"#;
    narrowing(maybe, maybe, Ok(()));
    narrowing(maybe, one, Ok(()));
    narrowing(maybe, two, Err((Code::ConstraintWidened, "a")));
    let refusal = tool(two).narrows(&tool(one)).unwrap_err();
    assert_eq!(refusal.limit(), Some("exactly 1"));
}

#[test]
fn labels_are_judged_in_order_over_all_tools() {
    let parent = authority(&format!(r#"{{"a":{{"x":{}}},"b":{{"x":{ANY}}}}}"#, exact("1")));
    let widened = format!(r#""a":{{"x":{}}}"#, exact("2"));
    for (rest, code) in [
        (String::new(), Code::ConstraintWidened),
        (format!(r#","b":{{"x":{MAYBE}}}"#), Code::ArgumentMadeOptional),
        (format!(r#","b":{{"x":{ANY},"y":{ANY}}}"#), Code::ArgumentAdded),
        (r#","c":{}"#.to_string(), Code::ToolAdded),
    ] {
        let child = authority(&format!("{{{widened}{rest}}}"));
        assert_eq!(child.narrows(&parent).unwrap_err().code(), code);
    }
}

/// What a child may do, its parent may do: over all pairs of small maps and all small calls.
#[test]
fn what_narrows_permits_no_more() {
    let rules = [
        None,
        Some(exact("1")),
        Some(ANY.to_string()),
        Some(MAYBE.to_string()),
        Some(r#"{"constraint_type":"exact","value":1,"optional":true}"#.to_string()),
    ];
    let mut maps = vec!["{}".to_string()];
    for a in &rules {
        for b in &rules {
            for star in [false, true] {
                let mut entries: Vec<String> = Vec::new();
                entries.extend(a.as_ref().map(|rule| format!(r#""a":{rule}"#)));
                entries.extend(b.as_ref().map(|rule| format!(r#""b":{rule}"#)));
                entries.extend(star.then(|| STAR_ENTRY.to_string()));
                maps.push(format!("{{{}}}", entries.join(",")));
            }
        }
    }
    let values = ["", "1", "2"];
    let mut calls = Vec::new();
    for a in values {
        for b in values {
            for star in values {
                let pairs = [("a", a), ("b", b), ("*", star)];
                let given: Vec<_> = pairs
                    .iter()
                    .filter(|(_, v)| !v.is_empty())
                    .map(|(n, v)| format!(r#""{n}":{v}"#))
                    .collect();
                calls.push(arguments(&format!("{{{}}}", given.join(","))));
            }
        }
    }
    let authorities: Vec<_> = maps.iter().map(|map| tool(map)).collect();
    for parent in &authorities {
        assert!(parent.narrows(parent).is_ok());
        assert_eq!(parent.narrowed_from(parent), []);
        for child in &authorities {
            let permits = |who: &Authority, call| who.check("t", call, &mut Work::default()).is_ok();
            let fewer = calls.iter().all(|call| !permits(child, call) || permits(parent, call));
            let narrows = child.narrows(parent).is_ok();
            assert!(!narrows || fewer, "{parent:?} -> {child:?}");
            // Whatever is a difference is told.
            let differs = calls.iter().any(|call| permits(child, call) != permits(parent, call));
            assert!(
                !narrows || !differs || !child.narrowed_from(parent).is_empty(),
                "{parent:?} -> {child:?}"
            );
        }
    }
}

#[test]
fn narrowing_is_told_in_words() {
    let parent = authority(&format!(
        r#"{{"drop":{{}},"t":{{"opt":{MAYBE},"gone":{MAYBE},"path":{ANY},"same":{ANY},{STAR_ENTRY}}}}}"#
    ));
    let child = authority(&format!(
        r#"{{"t":{{"opt":{ANY},"path":{},"same":{ANY},"new":{MAYBE},"newer":{}}}}}"#,
        exact("1"),
        exact("2")
    ));
    child.narrows(&parent).unwrap();
    let told: Vec<_> = child.narrowed_from(&parent).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "tool `drop` dropped",
            "argument `gone` of `t` dropped",
            "arguments of `t` closed to those named",
            "argument `opt` of `t` now required",
            "argument `path` of `t` narrowed",
            "argument `newer` of `t` now required",
            "argument `newer` of `t` narrowed",
        ]
    );
    assert_eq!(Narrowed::ToolDropped { tool: "a\nb".into() }.to_string(), "tool `a\\nb` dropped");
    for (narrowed, words) in [
        (Narrowed::Audience, "audience narrowed"),
        (Narrowed::Lifetime, "lifetime shortened"),
        (Narrowed::Depth, "fewer delegations allowed"),
        (Narrowed::Agent, "another agent"),
    ] {
        assert_eq!(narrowed.to_string(), words);
    }
}

/// `count` times `element`.
fn array(count: usize, element: &str) -> Object {
    arguments(&format!(r#"{{"a":[{}]}}"#, vec![element; count].join(",")))
}

/// The argument `a` under one constraint.
fn under(kind: &str, members: &str) -> Authority {
    tool(&format!(r#"{{"a":{{"constraint_type":"{kind}",{members}}}}}"#))
}

#[test]
fn one_call_cannot_cost_without_end() {
    let clauses = vec![r#"{"constraint_type":"subset","allowed":[1]}"#; 60].join(",");
    let own = under("all", &format!(r#""constraints":[{clauses}]"#));
    let mut work = Work::default();
    // 60 clauses, 30,000 elements: 1,800,060 of 2,097,152 steps, and the next link finds too few left.
    assert!(own.check("t", &array(30_000, "1"), &mut work).is_ok());
    let refusal = own.check("t", &array(30_000, "1"), &mut work).unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.part(), refusal.argument()),
        (Code::TooLarge, Some("arguments"), Some("a"))
    );
}

#[test]
fn a_comparison_costs_what_is_compared() {
    let takes = |authority: &Authority, arguments: &Object, steps: u32| {
        for (comparisons, may) in [(steps, true), (steps.saturating_sub(1), steps == 0)] {
            let mut work = Work::new(&Limits { comparisons, ..Limits::default() });
            let answer = authority.check("t", arguments, &mut work);
            assert_eq!(
                answer.is_err_and(|refusal| refusal.code() == Code::TooLarge),
                !may,
                "{} {arguments:?} {steps}",
                authority.to_json()
            );
        }
    };
    let one = under("subset", r#""allowed":[1]"#);
    // The array and its elements.
    takes(&one, &array(10, "1"), 11);
    takes(&one, &array(0, "1"), 1);
    // An element: the object, two names, an array, a number, a text.
    takes(&one, &array(10, r#"{"x":[1],"y":"1"}"#), 61);
    // A look-up among 2 or 3 takes two comparisons, among 4 to 7 three.
    takes(&under("contains", r#""required":[1,2,3]"#), &array(10, "1"), 22);
    takes(&under("subset", r#""allowed":[1,2,3,4]"#), &array(10, "1"), 33);
    takes(&under("contains", r#""required":[]"#), &array(10, "1"), 0);
    // All clauses of all composites.
    let both = r#"{"constraint_type":"any","constraints":[{"constraint_type":"contains","required":[1]},
                   {"constraint_type":"subset","allowed":[1,2]},{"constraint_type":"wildcard"}]}"#;
    takes(&under("all", &format!(r#""constraints":[{both},{both}]"#)), &array(10, "1"), 66);
    // What is compared once, and what is not an array, is bounded by the size of the token.
    takes(&under("not_one_of", r#""excluded":[[1],[1,2]]"#), &array(10, "1"), 0);
    takes(&one, &arguments(r#"{"a":{"x":[1]}}"#), 0);
    takes(&under("exact", r#""value":1"#), &arguments(r#"{"a":1}"#), 0);
}

/// An honest call of some size stays far below the default.
#[test]
fn thousands_of_elements_pass_nine_links() {
    let numbers = (0..30).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let clause = format!(r#"{{"constraint_type":"subset","allowed":[{numbers}]}}"#);
    let own = under("all", &format!(r#""constraints":[{clause},{clause},{clause}]"#));
    let mut work = Work::default();
    for _ in 0..9 {
        assert!(own.check("t", &array(5_000, "7"), &mut work).is_ok());
    }
}
