//! Random chains and calls for the property tests, over a universe so small that things meet.

use crate::make::scene::{AUDIENCE, ELSEWHERE, HOLDERS, ISSUER, NOW, agent};
use crate::naive::authority::narrows;
use crate::random::Random;
use serde_json::{Map, Value, json};

const TOOLS: [&str; 3] = ["do", "undo", "*"];
const NAMES: [&str; 4] = ["x", "y", "zz", "*"];

/// A scalar.
fn scalar(random: &mut Random) -> Value {
    match random.below(10) {
        0 => json!(null),
        1 => json!(true),
        2 => json!("a"),
        3 => json!("1"),
        4 => json!(""),
        5 => json!(0.5),
        6 => json!(-1),
        _ => json!(random.below(4)),
    }
}

/// Any value.
fn value(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Array((0..random.below(3)).map(|_| scalar(random)).collect()),
        1 => json!({"k": scalar(random)}),
        2 => json!([[scalar(random)]]),
        _ => scalar(random),
    }
}

fn values(random: &mut Random, least: usize) -> Vec<Value> {
    // Long sets are looked up another way than short ones.
    if random.once_in(12) {
        return (0..20).filter(|_| random.once_in(2)).map(|n| json!(n)).chain([json!(0)]).collect();
    }
    (0..least + random.below(4))
        .map(|_| if random.once_in(5) { value(random) } else { scalar(random) })
        .collect()
}

fn number(random: &mut Random) -> f64 {
    *random.pick(&[-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 1e300])
}

/// A well-formed constraint.
fn constraint(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth == 0 { 7 } else { 9 };
    match random.below(kinds) {
        0 => json!({"constraint_type": "exact", "value": scalar(random)}),
        1 => range(random),
        2 => json!({"constraint_type": "one_of", "values": values(random, 1)}),
        3 => json!({"constraint_type": "not_one_of", "excluded": values(random, 0)}),
        4 => json!({"constraint_type": "contains", "required": values(random, 0)}),
        5 => json!({"constraint_type": "subset", "allowed": values(random, 0)}),
        6 => json!({"constraint_type": "wildcard"}),
        7 => json!({"constraint_type": "all", "constraints": clauses(random, depth)}),
        _ => json!({"constraint_type": "any", "constraints": clauses(random, depth)}),
    }
}

fn clauses(random: &mut Random, depth: usize) -> Vec<Value> {
    (0..=random.below(3)).map(|_| constraint(random, depth - 1)).collect()
}

fn range(random: &mut Random) -> Value {
    let mut range = json!({"constraint_type": "range"});
    let (first, second) = (number(random), number(random));
    if !random.once_in(4) {
        bound(random, &mut range, "min", first.min(second));
    }
    if !random.once_in(4) {
        bound(random, &mut range, "max", first.max(second));
    }
    range
}

fn bound(random: &mut Random, range: &mut Value, side: &str, value: f64) {
    range[side] = json!(value);
    if random.once_in(2) {
        range[format!("{side}_inclusive")] = json!(random.once_in(2));
    }
}

fn rule(random: &mut Random) -> Value {
    let mut rule = constraint(random, 2);
    if random.once_in(3) {
        rule["optional"] = json!(true);
    }
    rule
}

fn arguments(random: &mut Random) -> Value {
    let mut map = Map::new();
    for name in NAMES {
        if name == "*" && random.once_in(4) {
            map.insert(name.into(), json!({"constraint_type": "wildcard"}));
        } else if name != "*" && random.once_in(2) {
            map.insert(name.into(), rule(random));
        }
    }
    Value::Object(map)
}

/// The tools of a root.
pub fn tools(random: &mut Random) -> Value {
    let mut tools = Map::new();
    for tool in TOOLS {
        if !random.once_in(3) {
            tools.insert(tool.into(), arguments(random));
        }
    }
    Value::Object(tools)
}

/// Tools near a parent's: mostly equal or narrower, sometimes wider, sometimes anything.
pub fn child_tools(random: &mut Random, parent: &Value) -> Value {
    if random.once_in(12) {
        return tools(random);
    }
    let mut child = parent.clone();
    let map = child.as_object_mut().expect("tools");
    for tool in TOOLS {
        if random.once_in(6) {
            map.remove(tool);
        }
    }
    for tool in map.values_mut() {
        near_arguments(random, tool);
    }
    if random.once_in(20) {
        map.insert((*random.pick(&TOOLS)).into(), arguments(random));
    }
    child
}

fn near_arguments(random: &mut Random, tool: &mut Value) {
    let map = tool.as_object_mut().expect("an argument map");
    let names: Vec<String> = map.keys().cloned().collect();
    for name in names {
        match random.below(14) {
            0 => {
                map.remove(&name);
            }
            1 if name != "*" => {
                let is_optional = map[&name]["optional"] == json!(true);
                map[&name]["optional"] = json!(!is_optional);
            }
            2..=7 if name != "*" => {
                let optional = map[&name]["optional"].clone();
                let mut near = near(random, &map[&name]);
                if !optional.is_null() {
                    near["optional"] = optional;
                }
                map.insert(name, near);
            }
            _ => {}
        }
    }
    if random.once_in(10) {
        map.insert((*random.pick(&["x", "y", "zz"])).into(), rule(random));
    }
    if random.once_in(25) {
        map.insert("*".into(), json!({"constraint_type": "wildcard"}));
    }
}

/// A constraint near another: narrower more often than wider.
fn near(random: &mut Random, parent: &Value) -> Value {
    if random.once_in(15) {
        return constraint(random, 2);
    }
    let mut child = parent.clone();
    child.as_object_mut().expect("a constraint").remove("optional");
    match child["constraint_type"].as_str().expect("a type") {
        "exact" if random.once_in(8) => child["value"] = scalar(random),
        "range" => return near_range(random, &child),
        "one_of" if random.once_in(3) => {
            let value = random.pick(child["values"].as_array().expect("values")).clone();
            if !value.is_array() && !value.is_object() {
                return json!({"constraint_type": "exact", "value": value});
            }
        }
        "one_of" => shorter(random, &mut child, "values", 1),
        "subset" => shorter(random, &mut child, "allowed", 0),
        "not_one_of" => longer(random, &mut child, "excluded"),
        "contains" => longer(random, &mut child, "required"),
        "wildcard" => return constraint(random, 2),
        "all" => {
            near_clauses(random, &mut child);
            if random.once_in(2) {
                let clause = constraint(random, 1);
                child["constraints"].as_array_mut().expect("clauses").push(clause);
            }
            if random.once_in(6) {
                shorter(random, &mut child, "constraints", 1);
            }
        }
        "any" => {
            near_clauses(random, &mut child);
            if random.once_in(2) {
                shorter(random, &mut child, "constraints", 1);
            }
            if random.once_in(6) {
                let clause = constraint(random, 1);
                child["constraints"].as_array_mut().expect("clauses").push(clause);
            }
        }
        _ => {}
    }
    child
}

fn near_clauses(random: &mut Random, child: &mut Value) {
    for clause in child["constraints"].as_array_mut().expect("clauses") {
        if random.once_in(2) {
            *clause = near(random, clause);
        }
    }
}

fn near_range(random: &mut Random, parent: &Value) -> Value {
    let (min, max) = (parent["min"].as_f64(), parent["max"].as_f64());
    let middle = match (min, max) {
        (Some(min), Some(max)) if max < 1e299 => f64::midpoint(min, max),
        (Some(bound), _) | (None, Some(bound)) => bound,
        (None, None) => 1.0,
    };
    if random.once_in(3) {
        return json!({"constraint_type": "exact", "value": middle});
    }
    let mut child = parent.clone();
    let map = child.as_object_mut().expect("a range");
    for (side, bound, inclusive) in [("min", min, "min_inclusive"), ("max", max, "max_inclusive")] {
        match random.below(7) {
            0 => {
                map.insert(side.into(), json!(middle));
            }
            1 if bound.is_some() => {
                map.insert(inclusive.into(), json!(random.once_in(2)));
            }
            2 if random.once_in(4) => {
                map.remove(side);
                map.remove(inclusive);
            }
            3 if random.once_in(4) => {
                let away = if side == "min" { -5.0 } else { 5.0 };
                map.insert(side.into(), json!(bound.unwrap_or(middle) + away));
            }
            _ => {}
        }
    }
    let ordered = match (child["min"].as_f64(), child["max"].as_f64()) {
        (Some(min), Some(max)) => min <= max,
        _ => true,
    };
    if ordered { child } else { parent.clone() }
}

fn shorter(random: &mut Random, constraint: &mut Value, name: &str, least: usize) {
    let list = constraint[name].as_array_mut().expect("a list");
    if list.len() > least {
        let at = random.below(list.len());
        list.remove(at);
    }
    if random.once_in(8) && name != "constraints" {
        list.push(scalar(random));
    }
}

fn longer(random: &mut Random, constraint: &mut Value, name: &str) {
    let list = constraint[name].as_array_mut().expect("a list");
    list.push(scalar(random));
    if random.once_in(6) {
        let at = random.below(list.len());
        list.remove(at);
    }
}

/// An honest root but for its tools.
pub fn root(random: &mut Random) -> Value {
    let mut root = json!({
        "iss": ISSUER, "sub": "user:alice", "aud": [AUDIENCE], "exp": NOW + 200, "iat": NOW - 50,
        "cti": hex::encode([0xa0; 16]), "holder": hex::encode(HOLDERS[0]), "depth": 0, "max_depth": 3,
        "agent": agent(0), "task": "t-42", "tools": {}
    });
    if random.once_in(4) {
        root["nbf"] = json!(NOW - 10);
    }
    root
}

/// A child near its parent.
fn child(random: &mut Random, parent: &Value, depth: usize) -> Value {
    json!({
        "exp": parent["exp"].as_u64().expect("exp") - random.below(2) as u64,
        "iat": parent["iat"].as_u64().expect("iat") + random.below(2) as u64,
        "cti": hex::encode([0xa0 + depth as u8; 16]), "holder": hex::encode(HOLDERS[depth]),
        "depth": depth, "max_depth": parent["max_depth"], "tools": child_tools(random, &parent["tools"])
    })
}

/// A chain: an honest root, children near their parents, and now and then one rule broken.
pub fn chain(random: &mut Random, length: usize) -> Vec<Value> {
    let mut root = root(random);
    root["tools"] = tools(random);
    if random.once_in(30) {
        spoil(random, &mut root);
    }
    let mut chain = vec![root];
    for depth in 1..length {
        let mut child = child(random, &chain[depth - 1], depth);
        if random.once_in(2) {
            child["agent"] = json!(agent(depth));
        }
        if random.once_in(4) {
            child["sub"] = json!("user:alice");
        }
        if random.once_in(4) {
            child["aud"] = json!([AUDIENCE]);
        }
        if random.once_in(20) {
            spoil(random, &mut child);
        }
        chain.push(child);
    }
    chain
}

/// An honest chain in which one thing was changed, which may or may not matter.
pub fn chain_with_one_fault(random: &mut Random, length: usize) -> Vec<Value> {
    let mut chain = vec![root(random)];
    chain[0]["tools"] = tools(random);
    for depth in 1..length {
        let parent = &chain[depth - 1];
        let mut child = child(random, parent, depth);
        child["tools"] = narrower_tools(random, &parent["tools"]);
        chain.push(child);
    }
    let place = random.below(length);
    if place > 0 && random.once_in(3) {
        let parent = chain[place - 1]["tools"].clone();
        chain[place]["tools"] = child_tools(random, &parent);
        // What stands below follows, or it would be a second fault.
        for below in place + 1..length {
            chain[below]["tools"] = chain[place]["tools"].clone();
        }
    } else {
        spoil(random, &mut chain[place]);
    }
    chain
}

fn narrower_tools(random: &mut Random, parent: &Value) -> Value {
    let mut tries = (0..8).map(|_| child_tools(random, parent));
    tries.find(|child| narrows(parent, child)).unwrap_or_else(|| parent.clone())
}

/// Changes one thing that may or may not matter.
fn spoil(random: &mut Random, token: &mut Value) {
    let is_root = token["depth"] == 0;
    let second = NOW as i64 + random.below(140) as i64 - 70;
    match random.below(13) {
        0 => token["exp"] = json!(second + if random.once_in(2) { 200 } else { 0 }),
        1 => token["iat"] = json!(second),
        2 => token["nbf"] = json!(second),
        3 => token["exp"] = json!(NOW + 100_000),
        4 => token["max_depth"] = json!(random.below(5)),
        5 if !is_root => token["depth"] = json!(1 + random.below(3)),
        6 => token["sub"] = json!("user:bob"),
        7 => token["task"] = json!("t-43"),
        8 => token["agent"] = json!("spiffe://other.example/agent/o/t/i"),
        9 => token["aud"] = json!([ELSEWHERE]),
        10 => token["aud"] = json!([AUDIENCE, ELSEWHERE]),
        11 if !is_root => token["cti"] = json!(hex::encode([0xa0; 16])),
        _ => {
            for name in ["sub", "task", "agent", "aud"] {
                if random.once_in(3) {
                    token.as_object_mut().expect("a token").remove(name);
                }
            }
        }
    }
}

/// A call near what the last link of a chain grants.
pub fn call<'a>(random: &mut Random, chain: &'a [Value]) -> (&'a str, Value) {
    let link = if random.once_in(4) { random.pick(chain) } else { &chain[chain.len() - 1] };
    call_under(random, &link["tools"])
}

/// A call near what some tools grant.
pub fn call_under<'a>(random: &mut Random, tools: &'a Value) -> (&'a str, Value) {
    let granted: Vec<&'a String> = tools.as_object().expect("tools").keys().collect();
    let tool =
        if granted.is_empty() || random.once_in(12) { *random.pick(&TOOLS) } else { *random.pick(&granted) };
    let mut arguments = Map::new();
    if let Some(named) = tools.get(tool).and_then(Value::as_object) {
        for (name, constraint) in named.iter().filter(|(name, _)| *name != "*") {
            if !random.once_in(if constraint["optional"] == json!(true) { 2 } else { 15 }) {
                arguments.insert(name.clone(), value_for(random, constraint));
            }
        }
    }
    if random.once_in(8) {
        arguments.insert((*random.pick(&NAMES)).into(), value(random));
    }
    (tool, Value::Object(arguments))
}

/// A value that a constraint likely accepts.
fn value_for(random: &mut Random, constraint: &Value) -> Value {
    if random.once_in(8) {
        return value(random);
    }
    let list = |name: &str| constraint[name].as_array().expect("a list");
    match constraint["constraint_type"].as_str().expect("a type") {
        "exact" => constraint["value"].clone(),
        "range" => match (constraint["min"].as_f64(), constraint["max"].as_f64()) {
            (Some(min), Some(max)) if max < 1e299 && random.once_in(2) => json!(f64::midpoint(min, max)),
            (Some(bound), _) | (None, Some(bound)) => json!(bound),
            _ => json!(2),
        },
        "one_of" => random.pick(list("values")).clone(),
        "contains" => {
            let mut all = list("required").clone();
            if !all.is_empty() && random.once_in(4) {
                let at = random.below(all.len());
                all.remove(at);
            }
            all.extend(random.once_in(2).then(|| scalar(random)));
            json!(all)
        }
        "subset" => json!(list("allowed").iter().filter(|_| random.once_in(2)).collect::<Vec<_>>()),
        "all" | "any" => {
            let clause = random.pick(list("constraints")).clone();
            value_for(random, &clause)
        }
        _ => value(random),
    }
}
