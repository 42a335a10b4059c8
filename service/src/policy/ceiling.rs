//! The tools of a workflow as authority: TOML on the way in, AAT-02 on the way out.

use crate::policy::problem::{Place, Problems};
use keybound::json::{Number, Object, Value};
use keybound::{Authority, Limits, Refusal};
use toml::de::DeValue;

/// Reads the `arguments` of each of these tools from the tree. Each tool is checked by itself, so that each problem has its place.
pub(super) fn read<'t>(
    tools: impl Iterator<Item = &'t str>,
    place: &Place,
    problems: &mut Problems<'_>,
) -> Option<Authority> {
    let mut members = Some(Vec::new());
    for tool in tools {
        let arguments = read_arguments(tool, &place.key(tool).key("arguments"), problems);
        match (&mut members, arguments) {
            (Some(members), Some(arguments)) => members.push((tool.to_owned(), arguments)),
            _ => members = None,
        }
    }
    match authority(members?) {
        Ok(authority) => Some(authority),
        Err(refusal) => {
            problems.add(place, &refusal.to_string());
            None
        }
    }
}

fn read_arguments(tool: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Value> {
    let Some(written) = problems.document().value(place) else {
        problems.add(place, "missing: name the arguments, or write {} to admit any");
        return None;
    };
    let read = value(written)
        .map_err(str::to_owned)
        .and_then(|value| check(tool, &value).map_err(|refusal| in_words(&refusal)).map(|()| value));
    match read {
        Ok(value) => Some(value),
        Err(what) => {
            problems.add(place, &what);
            None
        }
    }
}

fn check(tool: &str, arguments: &Value) -> Result<(), Refusal> {
    authority(vec![(tool.to_owned(), arguments.clone())]).map(drop)
}

fn authority(members: Vec<(String, Value)>) -> Result<Authority, Refusal> {
    Authority::from_value(&Value::Object(Object::new(members)?), &Limits::default())
}

fn in_words(refusal: &Refusal) -> String {
    format!("{refusal}; {}", refusal.code().fix())
}

/// Those of `authority`'s tools that `keep` wants.
///
/// # Errors
/// None in practice: a part of an authority is one. Whoever calls denies then.
pub(super) fn restrict(authority: &Authority, keep: impl Fn(&str) -> bool) -> Result<Authority, Refusal> {
    if authority.tools().all(&keep) {
        return Ok(authority.clone());
    }
    let Value::Object(tools) = authority.to_value() else { return Authority::from_json("{}") };
    let kept = tools.iter().filter(|(tool, _)| keep(tool));
    self::authority(kept.map(|(tool, map)| (tool.to_owned(), map.clone())).collect())
}

/// What both grant, tool by tool: the narrower of the two, or nothing where neither is.
///
/// # Errors
/// As [`restrict`].
pub(super) fn meet(first: &Authority, second: &Authority) -> Result<Authority, Refusal> {
    let only = |authority: &Authority, tool: &str| restrict(authority, |name| name == tool);
    let mut members = Vec::new();
    for tool in first.tools().filter(|tool| second.tools().any(|other| other == *tool)) {
        let (own, other) = (only(first, tool)?, only(second, tool)?);
        let narrower = if own.narrows(&other).is_ok() {
            own
        } else if other.narrows(&own).is_ok() {
            other
        } else {
            continue;
        };
        if let Value::Object(map) = narrower.to_value() {
            members.extend(map.iter().map(|(tool, map)| (tool.to_owned(), map.clone())));
        }
    }
    authority(members)
}

/// A TOML value as the JSON value it means. Numbers are judged as they are written: a ceiling is exact or refused.
fn value(written: &DeValue<'_>) -> Result<Value, &'static str> {
    const INEXACT: &str = "a number that JSON does not carry exactly";
    match written {
        DeValue::String(text) => Ok(Value::Text(text.to_string())),
        DeValue::Boolean(is) => Ok(Value::Bool(*is)),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| INEXACT)?;
            Number::from_integer(number).map(Value::Number).map_err(|_| INEXACT)
        }
        DeValue::Float(float) => {
            let text = float.as_str();
            Number::parse(text.strip_prefix('+').unwrap_or(text)).map(Value::Number).map_err(|_| INEXACT)
        }
        DeValue::Datetime(_) => Err("a date: write it as text, which is how arguments carry one"),
        DeValue::Array(elements) => elements
            .iter()
            .map(|element| value(element.get_ref()))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        DeValue::Table(table) => {
            let members =
                table.iter().map(|(key, member)| Ok((key.get_ref().to_string(), value(member.get_ref())?)));
            let members = members.collect::<Result<Vec<_>, &'static str>>()?;
            Object::new(members).map(Value::Object).map_err(|_| "a key that occurs twice")
        }
    }
}
