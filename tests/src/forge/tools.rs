//! The tools map: from the JSON shape of AAT-02 to CBOR.

use super::cbor::Item;
use serde_json::{Map, Value};

/// A tools map. What is not in the JSON shape at all becomes whatever [`value`] makes of it.
pub fn tools(tools: &Value) -> Item {
    named(object(tools), |arguments| {
        let arguments = object(arguments);
        let alone = arguments.len() == 1 && arguments.contains_key("*");
        if alone { Item::Map(vec![]) } else { named(arguments, rule) }
    })
}

/// One entry of an argument map: a constraint, wrapped in `[9, …]` when optional.
pub fn rule(rule: &Value) -> Item {
    match rule["optional"].as_bool() {
        Some(true) => Item::Array(vec![Item::Int(9), constraint(rule)]),
        _ => constraint(rule),
    }
}

/// One constraint.
pub fn constraint(constraint: &Value) -> Item {
    let members = |name: &str| constraint[name].as_array().cloned().unwrap_or_default();
    let set = |name: &str| Item::set(members(name).iter().map(value));
    let clauses = || members("constraints").iter().map(self::constraint).collect::<Vec<_>>();
    let (number, mut rest) = match constraint["constraint_type"].as_str() {
        Some("exact") => (0, vec![value(&constraint["value"])]),
        Some("range") => (1, vec![bound(constraint, "min"), bound(constraint, "max")]),
        Some("one_of") => (2, set("values")),
        Some("not_one_of") => (3, set("excluded")),
        Some("contains") => (4, set("required")),
        Some("subset") => (5, set("allowed")),
        Some("wildcard") => (6, vec![]),
        Some("all") => (7, clauses()),
        Some("any") => (8, clauses()),
        other => panic!("no such constraint: {other:?}"),
    };
    rest.insert(0, Item::Int(number));
    Item::Array(rest)
}

fn bound(range: &Value, name: &str) -> Item {
    if range[name].is_null() {
        return Item::Null;
    }
    match range[format!("{name}_inclusive")].as_bool() {
        Some(false) => Item::Array(vec![value(&range[name])]),
        _ => value(&range[name]),
    }
}

/// Any JSON value.
pub fn value(json: &Value) -> Item {
    match json {
        Value::Null => Item::Null,
        Value::Bool(value) => Item::Bool(*value),
        Value::Number(number) => Item::number(number.as_f64().expect("a double")),
        Value::String(text) => Item::text(text),
        Value::Array(items) => Item::Array(items.iter().map(value).collect()),
        Value::Object(members) => named(members, value),
    }
}

fn named(members: &Map<String, Value>, item: impl Fn(&Value) -> Item) -> Item {
    Item::map(members.iter().map(|(name, member)| (Item::text(name), item(member))).collect())
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}
