//! Which constraint may stand under which: the table of AAT-02 §4.5, cell by cell.

use super::*;

/// For each type several constraints, so that every cell is tried with more than one pair.
fn samples() -> Vec<(&'static str, Vec<Constraint>)> {
    let of = |shorts: &[&str]| shorts.iter().map(|short| constraint(short)).collect::<Vec<_>>();
    Vec::from([
        (
            "exact",
            of(&[
                r#"exact "value":1"#,
                r#"exact "value":"a""#,
                r#"exact "value":true"#,
                r#"exact "value":null"#,
            ]),
        ),
        ("range", of(&["range", r#"range "min":0,"max":5"#, r#"range "min":1,"max":1"#])),
        (
            "one_of",
            of(&[
                r#"one_of "values":[1]"#,
                r#"one_of "values":[1,"a",true,null]"#,
                r#"one_of "values":["b"]"#,
            ]),
        ),
        (
            "not_one_of",
            of(&[
                r#"not_one_of "excluded":[]"#,
                r#"not_one_of "excluded":[1]"#,
                r#"not_one_of "excluded":["z",1]"#,
            ]),
        ),
        (
            "contains",
            of(&[r#"contains "required":[]"#, r#"contains "required":[1]"#, r#"contains "required":[1,2]"#]),
        ),
        ("subset", of(&[r#"subset "allowed":[]"#, r#"subset "allowed":[1]"#, r#"subset "allowed":[1,2]"#])),
        ("wildcard", of(&["wildcard"])),
        (
            "all",
            Vec::from([
                composite("all", &["wildcard"]),
                composite("all", &[r#"exact "value":1"#]),
                composite("all", &[r#"range "min":0"#, r#"range "max":5"#]),
            ]),
        ),
        (
            "any",
            Vec::from([
                composite("any", &["wildcard"]),
                composite("any", &[r#"exact "value":1"#]),
                composite("any", &[r#"range "min":0"#, r#"one_of "values":["a"]"#]),
            ]),
        ),
    ])
}

/// The pairs with a letter or a tick in AAT-02 §4.5; all others are invalid.
fn may_hold(parent: &str, child: &str) -> bool {
    parent == "wildcard"
        || parent == child
        || matches!((parent, child), ("range", "exact") | ("one_of", "exact"))
}

#[test]
fn all_81_cells() {
    let (mut valid, mut invalid) = (0, 0);
    for (parent_type, parents) in samples() {
        for (child_type, children) in samples() {
            let held = parents.iter().any(|p| children.iter().any(|c| p.subsumes(c)));
            assert_eq!(held, may_hold(parent_type, child_type), "{parent_type} over {child_type}");
            *(if held { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert_eq!((valid, invalid), (19, 62));
}

#[test]
fn what_is_subsumed_accepts_no_more() {
    let all: Vec<Constraint> = samples().into_iter().flat_map(|(_, constraints)| constraints).collect();
    let extra = ["2", "5", "6", "-1", "[1,2]", "[2]", "[3]", "[1,1]", r#""a""#, r#""b""#, r#""z""#];
    let values: Vec<_> = VALUES.iter().chain(&extra).map(|text| value(text)).collect();
    for parent in &all {
        assert!(parent.subsumes(parent), "{parent} is within itself");
        for child in &all {
            if parent.subsumes(child) {
                for value in &values {
                    assert!(
                        !child.accepts(value) || parent.accepts(value),
                        "{parent} over {child}: {value:?}"
                    );
                }
                for grandchild in &all {
                    assert!(
                        !child.subsumes(grandchild) || parent.subsumes(grandchild),
                        "{parent} {child} {grandchild}"
                    );
                }
            }
        }
    }
}

/// Parent, child, whether the child may stand there.
#[track_caller]
fn cell(parent: &str, child: &str, may: bool) {
    assert_eq!(constraint(parent).subsumes(&constraint(child)), may, "{parent} over {child}");
}

#[test]
fn rule_a_exact_over_exact() {
    cell(r#"exact "value":1"#, r#"exact "value":1.0"#, true);
    cell(r#"exact "value":0"#, r#"exact "value":-0"#, true);
    cell(r#"exact "value":null"#, r#"exact "value":null"#, true);
    let values = ["1", r#""1""#, "true", "null", "0", "false", r#""""#];
    for parent in values {
        for child in values {
            cell(
                &format!(r#"exact "value":{parent}"#),
                &format!(r#"exact "value":{child}"#),
                parent == child,
            );
        }
    }
}

#[test]
fn rule_b_range_over_exact() {
    let parent = r#"range "min":1,"min_inclusive":false,"max":5"#;
    for (child, may) in [
        ("5", true),
        ("1.0001", true),
        ("1", false),
        ("5.0001", false),
        (r#""3""#, false),
        ("true", false),
        ("null", false),
    ] {
        cell(parent, &format!(r#"exact "value":{child}"#), may);
    }
    cell("range", r#"exact "value":1e300"#, true);
    cell("range", r#"exact "value":"1""#, false);
    cell("range", r#"exact "value":true"#, false);
    cell(r#"range "max":5,"max_inclusive":false"#, r#"exact "value":5"#, false);
    cell(r#"range "min":1,"max":1,"min_inclusive":false"#, r#"exact "value":1"#, false);
}

#[test]
fn rule_c_range_over_range_on_each_side() {
    for (side, flag, tighter, wider) in
        [("min", "min_inclusive", "4", "2"), ("max", "max_inclusive", "2", "4")]
    {
        let open = format!(r#"range "{side}":3,"{flag}":false"#);
        let closed = format!(r#"range "{side}":3"#);
        let spelled = format!(r#"range "{side}":3,"{flag}":true"#);
        let tight = format!(r#"range "{side}":{tighter}"#);
        let wide = format!(r#"range "{side}":{wider}"#);
        let wide_open = format!(r#"range "{side}":{wider},"{flag}":false"#);
        let tight_open = format!(r#"range "{side}":{tighter},"{flag}":false"#);
        for (parent, child, may) in [
            (&closed, &closed, true),
            (&closed, &spelled, true),
            (&spelled, &closed, true),
            (&open, &open, true),
            (&closed, &open, true),
            (&open, &closed, false),
            (&open, &spelled, false),
            (&closed, &tight, true),
            (&open, &tight, true),
            (&open, &tight_open, true),
            (&closed, &wide, false),
            (&closed, &wide_open, false),
            (&open, &wide, false),
        ] {
            cell(parent, child, may);
        }
        let free = String::from("range");
        cell(&closed, &free, false);
        cell(&open, &free, false);
        cell(&free, &closed, true);
        cell(&free, &open, true);
        cell(&free, &free, true);
    }
    // A bound on the other side is no bound on this one.
    cell(r#"range "min":0"#, r#"range "max":5"#, false);
    cell(r#"range "max":5"#, r#"range "min":0"#, false);
    cell(r#"range "min":0"#, r#"range "min":0,"max":5"#, true);
    cell(r#"range "min":0,"max":5"#, r#"range "min":0"#, false);
    cell(r#"range "min":0,"max":5"#, r#"range "max":5"#, false);
    cell(r#"range "min":0,"max":5"#, r#"range "min":5,"max":5"#, true);
    // An empty child above the parent's bound is still not written within it.
    cell(r#"range "max":5"#, r#"range "min":9,"max":9,"max_inclusive":false"#, false);
}

#[test]
fn rules_d_to_h_compare_sets() {
    for (parent, child, may) in [
        (r#"one_of "values":[1,"a",null]"#, r#"exact "value":1.0"#, true),
        (r#"one_of "values":[1,"a",null]"#, r#"exact "value":null"#, true),
        (r#"one_of "values":[1,"a",null]"#, r#"exact "value":"1""#, false),
        (r#"one_of "values":[1,"a",null]"#, r#"exact "value":true"#, false),
        (r#"one_of "values":["a","b"]"#, r#"one_of "values":["b","b","a"]"#, true),
        (r#"one_of "values":["a","b"]"#, r#"one_of "values":["b"]"#, true),
        (r#"one_of "values":["a","b"]"#, r#"one_of "values":["a","c"]"#, false),
        (r#"one_of "values":[[1,2]]"#, r#"one_of "values":[[2,1]]"#, false),
        (r#"one_of "values":[{"a":1,"b":2}]"#, r#"one_of "values":[{"b":2,"a":1}]"#, true),
        (r#"not_one_of "excluded":["a"]"#, r#"not_one_of "excluded":["b","a"]"#, true),
        (r#"not_one_of "excluded":["a"]"#, r#"not_one_of "excluded":["a","a"]"#, true),
        (r#"not_one_of "excluded":["a","b"]"#, r#"not_one_of "excluded":["a"]"#, false),
        (r#"not_one_of "excluded":["a"]"#, r#"not_one_of "excluded":[]"#, false),
        (r#"not_one_of "excluded":[]"#, r#"not_one_of "excluded":[]"#, true),
        (r#"not_one_of "excluded":[1]"#, r#"not_one_of "excluded":["1"]"#, false),
        (r#"contains "required":[1]"#, r#"contains "required":[2,1]"#, true),
        (r#"contains "required":[1,2]"#, r#"contains "required":[1]"#, false),
        (r#"contains "required":[]"#, r#"contains "required":[]"#, true),
        (r#"contains "required":[1]"#, r#"contains "required":[]"#, false),
        (r#"contains "required":[1]"#, r#"contains "required":[[1]]"#, false),
        (r#"subset "allowed":[1,2]"#, r#"subset "allowed":[2,2]"#, true),
        (r#"subset "allowed":[1,2]"#, r#"subset "allowed":[]"#, true),
        (r#"subset "allowed":[]"#, r#"subset "allowed":[]"#, true),
        (r#"subset "allowed":[]"#, r#"subset "allowed":[1]"#, false),
        (r#"subset "allowed":[1,2]"#, r#"subset "allowed":[1,3]"#, false),
        (r#"subset "allowed":[1]"#, r#"subset "allowed":["1"]"#, false),
    ] {
        cell(parent, child, may);
    }
}

#[test]
fn rule_i_every_parent_clause_needs_a_child_clause() {
    let low = r#"range "min":1"#;
    let high = r#"range "max":9"#;
    for (parent, child, may) in [
        (&["wildcard", "wildcard"][..], &[r#"exact "value":5"#][..], true),
        (&[low, high], &[r#"exact "value":5"#], true),
        (&[low, high], &[r#"exact "value":10"#], false),
        (&[low, high], &[high, low], true),
        (&[low, high], &[low, high, r#"one_of "values":[3]"#], true),
        (&[low, high], &[low], false),
        (&[low, high], &[high], false),
        (&[low, high], &[r#"range "min":1,"max":9"#], true),
        (&[low, high], &[r#"range "min":2"#, r#"range "max":10"#], false),
        (&[low], &["wildcard"], false),
        (&["wildcard"], &[low], true),
        (&[r#"not_one_of "excluded":["x"]"#, "wildcard"], &[r#"not_one_of "excluded":["x","y"]"#], true),
    ] {
        assert_eq!(composite("all", parent).subsumes(&composite("all", child)), may, "{parent:?} {child:?}");
    }
}

#[test]
fn rule_j_every_child_clause_needs_a_parent_clause() {
    let set = r#"one_of "values":["a","b"]"#;
    let c = r#"exact "value":"c""#;
    for (parent, child, may) in [
        (&[set, c][..], &[r#"exact "value":"a""#][..], true),
        (&[set, c], &[c], true),
        (&[set, c], &[c, set], true),
        (&[set, c], &[c, c, c], true),
        (&[set, c], &[r#"exact "value":"d""#], false),
        (&[set, c], &[c, r#"exact "value":"d""#], false),
        (&[set, c], &[r#"one_of "values":["a","c"]"#], false),
        (&[set], &[set, c], false),
        (&["wildcard"], &[set, c], true),
        (&[set, c], &["wildcard"], false),
        (&[r#"range "min":1"#], &[r#"range "min":1,"max":2"#, r#"exact "value":7"#], true),
    ] {
        assert_eq!(composite("any", parent).subsumes(&composite("any", child)), may, "{parent:?} {child:?}");
    }
}

#[test]
fn clauses_nest_through_both_composites() {
    let wrap = |outer, inner, clauses: &[&str]| {
        read(&format!(
            r#"{{"constraint_type":"{outer}","constraints":[{}]}}"#,
            composite_json(inner, clauses)
        ))
        .unwrap()
    };
    let (five, six) = (r#"exact "value":5"#, r#"exact "value":6"#);
    let parent = wrap("all", "any", &[five, six]);
    assert!(parent.subsumes(&wrap("all", "any", &[five])));
    assert!(!parent.subsumes(&wrap("all", "any", &[r#"exact "value":7"#])));
    assert!(!parent.subsumes(&wrap("all", "all", &[five])));
    assert!(!parent.subsumes(&wrap("any", "any", &[five])));
    let parent = wrap("any", "all", &["wildcard"]);
    assert!(parent.subsumes(&wrap("any", "all", &[five, six])));
    assert!(!parent.subsumes(&wrap("any", "any", &[five])));
}

#[test]
fn narrower_in_meaning_but_not_in_the_table() {
    let any = composite("any", &[r#"exact "value":5"#, r#"range "min":9"#]);
    assert!(!any.subsumes(&constraint(r#"exact "value":5"#)));
    assert!(!any.subsumes(&composite("all", &[r#"exact "value":5"#])));
    let all = composite("all", &[r#"range "min":1"#]);
    assert!(!all.subsumes(&constraint(r#"range "min":2"#)));
    assert!(!all.subsumes(&constraint(r#"exact "value":2"#)));
    for (parent, child) in [
        (r#"exact "value":5"#, r#"one_of "values":[5]"#),
        (r#"exact "value":5"#, r#"range "min":5,"max":5"#),
        (r#"range "min":1"#, r#"one_of "values":[2]"#),
        (r#"one_of "values":[1,2]"#, r#"range "min":1,"max":1"#),
        (r#"one_of "values":["a","b"]"#, r#"not_one_of "excluded":["a"]"#),
        (r#"not_one_of "excluded":["a"]"#, r#"exact "value":"b""#),
        (r#"not_one_of "excluded":["a"]"#, r#"one_of "values":["b"]"#),
        (r#"not_one_of "excluded":[]"#, "wildcard"),
        (r#"subset "allowed":[1]"#, r#"contains "required":[1]"#),
        (r#"contains "required":[]"#, r#"subset "allowed":[1]"#),
    ] {
        cell(parent, child, false);
    }
}

#[test]
fn comparing_large_constraints_is_not_quadratic() {
    // As much as a token can hold, arranged for the worst: every pair of clauses, long sets.
    let ints = |from: usize, to: usize| (from..to).map(|n| format!("{n}")).collect::<Vec<_>>().join(",");
    let clause = |n: usize| format!(r#"one_of "values":[{}]"#, ints(n, n + 40));
    let parents: Vec<_> = (0..60).map(|n| clause(n * 2)).collect();
    let children: Vec<_> = (0..60).map(|n| clause(n * 2 + 1)).collect();
    let list = |clauses: &[String]| composite("any", &clauses.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!list(&parents).subsumes(&list(&children)));
    let large = constraint(&format!(r#"one_of "values":[{}]"#, ints(0, 4000)));
    assert!(large.subsumes(&large));
}
