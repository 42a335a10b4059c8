//! The tools map in CBOR (SPEC 6): the same authority as the JSON form, in fewer bytes.
//!
//! ```cddl
//! tools        = { * tool-name => argument-map }
//! argument-map = { * argument-name => rule, ? "*" => [6] }   ; {} is open without names
//! rule         = constraint / [9, constraint]                ; 9: optional
//! constraint   = [0, scalar]                                 ; exact
//!              / [1, bound, bound]                           ; range
//!              / [2, + value] / [3, * value]                 ; one_of, not_one_of
//!              / [4, * value] / [5, * value]                 ; contains, subset
//!              / [6]                                         ; wildcard
//!              / [7, + constraint] / [8, + constraint]       ; all, any
//! bound        = null / number / [number]                    ; in brackets: exclusive
//! ```
//!
//! The bytes were scanned before: maps are sorted, numbers have their one form. What is judged here
//! is shape, and the order of sets, so that one meaning has one encoding. Whether a constraint is
//! well-formed is decided by the constructors that the JSON form uses too.

use super::scan::{Item, Kind};
use crate::authority::constraint::{
    All, Any, Bound, Budget, Constraint, Contains, Exact, NotOneOf, OPTIONAL, OneOf, Range, Subset, Wildcard,
    bad,
};
use crate::authority::{ArgumentMap, ArgumentRule, ArgumentRules, Authority, STAR, ValueSet};
use crate::json::{Number, Object, Value};
use crate::{Code, Limits, Refusal, order::by_length};
use alloc::{vec, vec::Vec};
use core::cmp::Ordering;
use coset::cbor::value::Value as Cbor;

const EXACT: u8 = 0;
const RANGE: u8 = 1;
const ONE_OF: u8 = 2;
const NOT_ONE_OF: u8 = 3;
const CONTAINS: u8 = 4;
const SUBSET: u8 = 5;
const WILDCARD: u8 = 6;
const ALL: u8 = 7;
const ANY: u8 = 8;
/// Around the constraint of an argument that may be left out; not a constraint itself.
const MAYBE: u8 = 9;

/// Reads the tools map.
///
/// # Errors
/// Those of [`Authority::from_value`], and `cbor.not_sorted`, `cbor.duplicate_key`,
/// `cbor.bad_number`, `cbor.unexpected_item`.
pub(crate) fn decode(value: &Item<'_>, limits: &Limits) -> Result<Authority, Refusal> {
    let Some(tools) = value.as_map() else {
        return Err(Code::BadAuthority.into());
    };
    let mut authority = Authority::empty();
    for (name, map) in tools {
        let name = name.as_text().ok_or(Code::BadAuthority)?;
        authority.add(name, limits, || read_arguments(map, limits))?;
    }
    Ok(authority)
}

/// Writes the tools map; [`decode`] reads back the same.
pub(crate) fn encode(authority: &Authority) -> Cbor {
    map(&mut authority.entries().iter().map(|(name, map)| (name, arguments(map))))
}

// ── reading ──────────────────────────────────────────────────────────────────

fn read_arguments(value: &Item<'_>, limits: &Limits) -> Result<ArgumentMap, Refusal> {
    let Some(members) = value.as_map() else {
        return Err(Code::BadAuthority.into());
    };
    if members.is_empty() {
        return Ok(ArgumentMap::open());
    }
    let mut named = ArgumentRules::new();
    let mut open = false;
    for (name, value) in members {
        let name = name.as_text().ok_or(Code::BadAuthority)?;
        if name == STAR {
            // Alone it would say what the empty map says.
            let plain = members.len() > 1 && matches!(parts(value), Some((WILDCARD, [])));
            if !plain || open {
                return Err(Refusal::new(Code::BadStar).with_argument(STAR));
            }
            open = true;
        } else {
            named.add(name, limits, |budget| read_rule(value, budget))?;
        }
    }
    ArgumentMap::new(named, open)
}

fn read_rule(value: &Item<'_>, budget: &mut Budget) -> Result<ArgumentRule, Refusal> {
    match parts(value) {
        Some((MAYBE, [inner])) => {
            Ok(ArgumentRule { constraint: read_constraint(inner, budget)?, optional: true })
        }
        _ => Ok(ArgumentRule { constraint: read_constraint(value, budget)?, optional: false }),
    }
}

fn read_constraint(value: &Item<'_>, budget: &mut Budget) -> Result<Constraint, Refusal> {
    let Some(items) = value.as_array() else {
        return Err(Code::BadConstraint.into());
    };
    if items.first().is_none_or(|kind| kind.as_integer().is_none()) {
        return Err(bad("type"));
    }
    let Some((kind, items)) = parts(value) else {
        return Err(Refusal::new(Code::UnknownConstraint).with_part("type"));
    };
    budget.nest(|budget| {
        Ok(match (kind, items) {
            (EXACT, [scalar]) => Constraint::Exact(read_exact(scalar)?),
            (EXACT, _) => return Err(bad("value")),
            (RANGE, [min, max]) => {
                Constraint::Range(Range::new(read_bound(min, "min")?, read_bound(max, "max")?)?)
            }
            (RANGE, _) => return Err(bad("min")),
            (ONE_OF, values) => Constraint::OneOf(OneOf::new(read_set(values, "values", budget)?)?),
            (NOT_ONE_OF, values) => {
                Constraint::NotOneOf(NotOneOf::new(read_set(values, "excluded", budget)?))
            }
            (CONTAINS, values) => Constraint::Contains(Contains::new(read_set(values, "required", budget)?)),
            (SUBSET, values) => Constraint::Subset(Subset::new(read_set(values, "allowed", budget)?)),
            (WILDCARD, []) => Constraint::Wildcard(Wildcard),
            (WILDCARD, _) => return Err(bad("an unknown member")),
            (ALL, clauses) => Constraint::All(All::new(read_clauses(clauses, budget)?)?),
            (ANY, clauses) => Constraint::Any(Any::new(read_clauses(clauses, budget)?)?),
            (MAYBE, _) => return Err(bad(OPTIONAL)),
            _ => return Err(Refusal::new(Code::UnknownConstraint).with_part("type")),
        })
    })
}

/// The type of a constraint and what follows it.
fn parts<'m, 'a>(value: &'m Item<'a>) -> Option<(u8, &'m [Item<'a>])> {
    let (kind, rest) = value.as_array()?.split_first()?;
    Some((u8::try_from(kind.as_integer()?).ok()?, rest))
}

fn read_exact(scalar: &Item<'_>) -> Result<Exact, Refusal> {
    match scalar.kind() {
        Kind::Array(_) | Kind::Map(_) => Err(bad("value")),
        _ => Exact::new(read_value(scalar, 0)?),
    }
}

fn read_bound(bound: &Item<'_>, part: &'static str) -> Result<Option<Bound>, Refusal> {
    let (number, inclusive) = match bound.kind() {
        Kind::Null => return Ok(None),
        Kind::Array(inner) => match inner.as_slice() {
            [number] => (number, false),
            _ => return Err(bad(part)),
        },
        _ => (bound, true),
    };
    match number.kind() {
        Kind::Integer(_) | Kind::Float(_) => Ok(Some(Bound { at: read_number(number)?, inclusive })),
        _ => Err(bad(part)),
    }
}

fn read_set(values: &[Item<'_>], part: &'static str, budget: &Budget) -> Result<ValueSet, Refusal> {
    // No encoding is empty, so the first member is greater than nothing at all.
    let mut last: &[u8] = &[];
    let mut members = Vec::with_capacity(values.len());
    for value in values {
        match value.encoding().cmp(last) {
            Ordering::Greater => last = value.encoding(),
            Ordering::Equal => return Err(Refusal::new(Code::DuplicateKey).with_part(part)),
            Ordering::Less => return Err(Refusal::new(Code::NotSorted).with_part(part)),
        }
        members.push(read_value(value, budget.value_depth()).map_err(|refusal| refusal.with_part(part))?);
    }
    // The order of values is that of their encodings.
    Ok(ValueSet::from_ascending(members))
}

fn read_clauses(clauses: &[Item<'_>], budget: &mut Budget) -> Result<Vec<Constraint>, Refusal> {
    let mut own = Vec::with_capacity(clauses.len());
    for clause in clauses {
        own.push(read_constraint(clause, budget)?);
    }
    Ok(own)
}

/// Reads a JSON value; `room` is how many arrays and maps may still be opened.
fn read_value(value: &Item<'_>, room: u32) -> Result<Value, Refusal> {
    Ok(match value.kind() {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Integer(_) | Kind::Float(_) => Value::Number(read_number(value)?),
        Kind::Text(text) => Value::Text((*text).into()),
        Kind::Array(elements) => {
            let room = room.checked_sub(1).ok_or(Code::TooDeep)?;
            let mut own = Vec::with_capacity(elements.len());
            for element in elements {
                own.push(read_value(element, room)?);
            }
            Value::Array(own)
        }
        Kind::Map(entries) => {
            let room = room.checked_sub(1).ok_or(Code::TooDeep)?;
            let mut members = Vec::with_capacity(entries.len());
            for (name, member) in entries {
                let name = name.as_text().ok_or(Code::UnexpectedItem)?;
                members.push((name.into(), read_value(member, room)?));
            }
            Value::Object(Object::new(members)?)
        }
        Kind::Bytes(_) => return Err(Code::UnexpectedItem.into()),
    })
}

/// A number: the reader has let through each in its one form only.
fn read_number(value: &Item<'_>) -> Result<Number, Refusal> {
    Ok(match value.kind() {
        Kind::Integer(integer) => Number::from_integer(*integer)?,
        Kind::Float(float) => Number::from_f64(*float)?,
        _ => return Err(Code::BadNumber.into()),
    })
}

// ── writing ──────────────────────────────────────────────────────────────────

fn arguments(map: &ArgumentMap) -> Cbor {
    let named = map.named();
    let is_before = |(name, _): &(&str, &ArgumentRule)| by_length(name, STAR).is_lt();
    let star =
        (map.is_open() && !named.is_empty()).then(|| (STAR, constraint(&Constraint::Wildcard(Wildcard))));
    let before = named.iter().take_while(is_before);
    let after = named.iter().skip_while(is_before);
    let encoded = |(name, own)| (name, rule(own));
    self::map(&mut before.map(encoded).chain(star).chain(after.map(encoded)))
}

fn rule(rule: &ArgumentRule) -> Cbor {
    let constraint = constraint(&rule.constraint);
    if rule.optional { Cbor::Array(vec![Cbor::from(MAYBE), constraint]) } else { constraint }
}

fn constraint(constraint: &Constraint) -> Cbor {
    let clauses = |clauses: &[Constraint]| clauses.iter().map(self::constraint).collect();
    let (kind, items): (u8, Vec<Cbor>) = match constraint {
        Constraint::Exact(own) => (EXACT, vec![json(own.value())]),
        Constraint::Range(own) => (RANGE, vec![bound(own.min()), bound(own.max())]),
        Constraint::OneOf(own) => (ONE_OF, set(own.values())),
        Constraint::NotOneOf(own) => (NOT_ONE_OF, set(own.excluded())),
        Constraint::Contains(own) => (CONTAINS, set(own.required())),
        Constraint::Subset(own) => (SUBSET, set(own.allowed())),
        Constraint::Wildcard(_) => (WILDCARD, Vec::new()),
        Constraint::All(own) => (ALL, clauses(own.clauses())),
        Constraint::Any(own) => (ANY, clauses(own.clauses())),
    };
    let mut all = vec![Cbor::from(kind)];
    all.extend(items);
    Cbor::Array(all)
}

fn bound(bound: Option<&Bound>) -> Cbor {
    match bound {
        None => Cbor::Null,
        Some(bound) if bound.inclusive => number(bound.at),
        Some(bound) => Cbor::Array(vec![number(bound.at)]),
    }
}

fn set(values: &ValueSet) -> Vec<Cbor> {
    values.iter().map(json).collect()
}

fn json(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(*value),
        Value::Number(value) => number(*value),
        Value::Text(text) => Cbor::Text(text.clone()),
        Value::Array(elements) => Cbor::Array(elements.iter().map(json).collect()),
        Value::Object(members) => map(&mut members.iter().map(|(name, member)| (name, json(member)))),
    }
}

fn number(number: Number) -> Cbor {
    // The writer picks the shortest float that keeps the value.
    number.as_integer().map_or_else(|| Cbor::Float(number.as_f64()), Cbor::from)
}

/// Entries that are in the order of RFC 8949 §4.2.1, as [`Named`](crate::json::Named) things are.
fn map(entries: &mut dyn Iterator<Item = (&str, Cbor)>) -> Cbor {
    Cbor::Map(entries.map(|(name, value)| (Cbor::Text(name.into()), value)).collect())
}

#[cfg(test)]
mod tests;
