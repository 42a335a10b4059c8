//! One constraint: what it accepts (AAT-02 section 7), what it subsumes (section 9).

use super::{all_among, among, equal};
use serde_json::Value;

fn kind(constraint: &Value) -> &str {
    constraint["constraint_type"].as_str().expect("a constraint type")
}

fn list<'a>(constraint: &'a Value, name: &str) -> &'a [Value] {
    constraint[name].as_array().expect("a list")
}

/// Whether the constraint accepts the value of an argument.
pub fn accepts(constraint: &Value, value: &Value) -> bool {
    match kind(constraint) {
        "exact" => equal(&constraint["value"], value),
        "range" => value.as_f64().is_some_and(|number| within(constraint, number)),
        "one_of" => among(value, list(constraint, "values")),
        "not_one_of" => !among(value, list(constraint, "excluded")),
        "contains" => value.as_array().is_some_and(|items| all_among(list(constraint, "required"), items)),
        "subset" => value.as_array().is_some_and(|items| all_among(items, list(constraint, "allowed"))),
        "wildcard" => true,
        "all" => list(constraint, "constraints").iter().all(|clause| accepts(clause, value)),
        "any" => list(constraint, "constraints").iter().any(|clause| accepts(clause, value)),
        other => panic!("no such constraint: {other}"),
    }
}

fn within(range: &Value, number: f64) -> bool {
    let above = match (range["min"].as_f64(), range["min_inclusive"].as_bool()) {
        (None, _) => true,
        (Some(min), Some(false)) => number > min,
        (Some(min), _) => number >= min,
    };
    let below = match (range["max"].as_f64(), range["max_inclusive"].as_bool()) {
        (None, _) => true,
        (Some(max), Some(false)) => number < max,
        (Some(max), _) => number <= max,
    };
    above && below
}

/// Whether a child's constraint is one its parent's allows.
pub fn subsumes(parent: &Value, child: &Value) -> bool {
    match (kind(parent), kind(child)) {
        ("wildcard", _) => true,
        ("range", "exact") => child["value"].is_number() && accepts(parent, &child["value"]),
        ("one_of", "exact") => among(&child["value"], list(parent, "values")),
        (parent, child) if parent != child => false,
        ("exact", _) => equal(&parent["value"], &child["value"]),
        ("range", _) => tighter(parent, child, "min", 1.0) && tighter(parent, child, "max", -1.0),
        ("one_of", _) => all_among(list(child, "values"), list(parent, "values")),
        ("not_one_of", _) => all_among(list(parent, "excluded"), list(child, "excluded")),
        ("contains", _) => all_among(list(parent, "required"), list(child, "required")),
        ("subset", _) => all_among(list(child, "allowed"), list(parent, "allowed")),
        ("all", _) => list(parent, "constraints")
            .iter()
            .all(|p| list(child, "constraints").iter().any(|c| subsumes(p, c))),
        ("any", _) => list(child, "constraints")
            .iter()
            .all(|c| list(parent, "constraints").iter().any(|p| subsumes(p, c))),
        (other, _) => panic!("no such constraint: {other}"),
    }
}

/// Whether the child's bound on one side is at least as tight as its parent's. `up` is 1
/// where tighter means larger, -1 where it means smaller.
fn tighter(parent: &Value, child: &Value, side: &str, up: f64) -> bool {
    let inclusive = format!("{side}_inclusive");
    let Some(limit) = parent[side].as_f64() else { return true };
    let Some(bound) = child[side].as_f64() else { return false };
    if bound == limit {
        return parent[&inclusive].as_bool() != Some(false) || child[&inclusive].as_bool() == Some(false);
    }
    bound * up > limit * up
}
