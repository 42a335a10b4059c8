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

use super::to_bytes;
use crate::authority::constraint::{
    All, Any, Bound, Budget, Constraint, Contains, Exact, NotOneOf, OPTIONAL, OneOf, Range, Subset, Wildcard,
    bad,
};
use crate::authority::{ArgumentMap, ArgumentRule, ArgumentRules, Authority, STAR, ValueSet};
use crate::json::{Number, Value};
use crate::{Code, Limits, Refusal};
use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};
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
pub(crate) fn decode(value: &Cbor, limits: &Limits) -> Result<Authority, Refusal> {
    let Cbor::Map(tools) = value else {
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
    sorted_map(authority.entries().iter().map(|(name, map)| (name, arguments(map))))
}

// ── reading ──────────────────────────────────────────────────────────────────

fn read_arguments(value: &Cbor, limits: &Limits) -> Result<ArgumentMap, Refusal> {
    let Cbor::Map(members) = value else {
        return Err(Code::BadAuthority.into());
    };
    if members.is_empty() {
        return Ok(ArgumentMap::open());
    }
    let mut named = ArgumentRules::default();
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

fn read_rule(value: &Cbor, budget: &mut Budget) -> Result<ArgumentRule, Refusal> {
    match parts(value) {
        Some((MAYBE, [inner])) => {
            Ok(ArgumentRule { constraint: read_constraint(inner, budget)?, optional: true })
        }
        _ => Ok(ArgumentRule { constraint: read_constraint(value, budget)?, optional: false }),
    }
}

fn read_constraint(value: &Cbor, budget: &mut Budget) -> Result<Constraint, Refusal> {
    let Cbor::Array(items) = value else {
        return Err(Code::BadConstraint.into());
    };
    if !matches!(items.first(), Some(Cbor::Integer(_))) {
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
fn parts(value: &Cbor) -> Option<(u8, &[Cbor])> {
    let Cbor::Array(items) = value else { return None };
    let (kind, rest) = items.split_first()?;
    Some((u8::try_from(kind.as_integer()?).ok()?, rest))
}

fn read_exact(scalar: &Cbor) -> Result<Exact, Refusal> {
    match scalar {
        Cbor::Array(_) | Cbor::Map(_) => Err(bad("value")),
        scalar => Exact::new(read_value(scalar, 0)?),
    }
}

fn read_bound(bound: &Cbor, part: &'static str) -> Result<Option<Bound>, Refusal> {
    let (number, inclusive) = match bound {
        Cbor::Null => return Ok(None),
        Cbor::Array(inner) => match inner.as_slice() {
            [number] => (number, false),
            _ => return Err(bad(part)),
        },
        number => (number, true),
    };
    match number {
        Cbor::Integer(_) | Cbor::Float(_) => Ok(Some(Bound { at: read_number(number)?, inclusive })),
        _ => Err(bad(part)),
    }
}

fn read_set(values: &[Cbor], part: &'static str, budget: &Budget) -> Result<ValueSet, Refusal> {
    let (mut last, mut next) = (Vec::new(), Vec::new());
    let mut members = Vec::with_capacity(values.len());
    for value in values {
        members.push(read_value(value, budget.value_depth()).map_err(|refusal| refusal.with_part(part))?);
        next.clear();
        coset::cbor::ser::into_writer(value, &mut next).map_err(|_| Code::UnexpectedItem)?;
        // No encoding is empty, so the first member is greater than nothing at all.
        match next.cmp(&last) {
            Ordering::Greater => core::mem::swap(&mut last, &mut next),
            Ordering::Equal => return Err(Refusal::new(Code::DuplicateKey).with_part(part)),
            Ordering::Less => return Err(Refusal::new(Code::NotSorted).with_part(part)),
        }
    }
    Ok(ValueSet::new(members))
}

fn read_clauses(clauses: &[Cbor], budget: &mut Budget) -> Result<Vec<Constraint>, Refusal> {
    clauses.iter().map(|clause| read_constraint(clause, budget)).collect()
}

/// Reads a JSON value; `room` is how many arrays and maps may still be opened.
fn read_value(value: &Cbor, room: u32) -> Result<Value, Refusal> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(value) => Value::Bool(*value),
        Cbor::Integer(_) | Cbor::Float(_) => Value::Number(read_number(value)?),
        Cbor::Text(text) => Value::Text(text.clone()),
        Cbor::Array(elements) => {
            let room = room.checked_sub(1).ok_or(Code::TooDeep)?;
            Value::Array(elements.iter().map(|element| read_value(element, room)).collect::<Result<_, _>>()?)
        }
        Cbor::Map(entries) => {
            let room = room.checked_sub(1).ok_or(Code::TooDeep)?;
            let mut members = BTreeMap::new();
            for (name, member) in entries {
                let Cbor::Text(name) = name else {
                    return Err(Code::UnexpectedItem.into());
                };
                if members.insert(name.clone(), read_value(member, room)?).is_some() {
                    return Err(Code::DuplicateKey.into());
                }
            }
            Value::Object(members)
        }
        _ => return Err(Code::UnexpectedItem.into()),
    })
}

/// A number in its one form: an integer within ±(2^53-1), or a float that is not one of those.
fn read_number(value: &Cbor) -> Result<Number, Refusal> {
    let number = match value {
        Cbor::Integer(integer) => {
            let integer = i64::try_from(*integer).map_err(|_| Code::BadNumber)?;
            Number::from_integer(integer).ok().filter(|number| number.as_integer().is_some())
        }
        Cbor::Float(float) => Number::from_f64(*float).ok().filter(|number| number.as_integer().is_none()),
        _ => None,
    };
    number.ok_or_else(|| Code::BadNumber.into())
}

// ── writing ──────────────────────────────────────────────────────────────────

fn arguments(map: &ArgumentMap) -> Cbor {
    let star = String::from(STAR);
    let open = map.is_open() && !map.named().is_empty();
    let star = open.then(|| (&star, constraint(&Constraint::Wildcard(Wildcard))));
    sorted_map(map.named().iter().map(|(name, own)| (name, rule(own))).chain(star))
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
    let mut members: Vec<_> = values.iter().map(json).collect();
    members.sort_by_cached_key(encoding);
    members
}

fn json(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(*value),
        Value::Number(value) => number(*value),
        Value::Text(text) => Cbor::Text(text.clone()),
        Value::Array(elements) => Cbor::Array(elements.iter().map(json).collect()),
        Value::Object(members) => sorted_map(members.iter().map(|(name, member)| (name, json(member)))),
    }
}

fn number(number: Number) -> Cbor {
    // The writer picks the shortest float that keeps the value.
    number.as_integer().map_or_else(|| Cbor::Float(number.as_f64()), Cbor::from)
}

/// A map in the order of RFC 8949 §4.2.1: bytewise, by the encodings of the keys.
fn sorted_map<'a>(entries: impl Iterator<Item = (&'a String, Cbor)>) -> Cbor {
    let mut entries: Vec<_> = entries.map(|(name, value)| (Cbor::Text(name.clone()), value)).collect();
    entries.sort_by_cached_key(|(name, _)| encoding(name));
    Cbor::Map(entries)
}

fn encoding(value: &Cbor) -> Vec<u8> {
    // Writing to memory does not fail; if it did, a reader would refuse the order.
    to_bytes(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::from_bytes;
    use super::*;
    use alloc::{format, string::ToString};

    fn read(hex: &str) -> Result<Authority, Refusal> {
        let bytes = hex::decode(hex.replace(' ', "")).unwrap();
        decode(&from_bytes(&bytes, 64).unwrap(), &Limits::default())
    }

    /// Argument `a` of tool `t` with this rule.
    fn rule(hex: &str) -> Result<Authority, Refusal> {
        read(&format!("a1 6174 a1 6161 {hex}"))
    }

    #[track_caller]
    fn same(rule_hex: &str, rule_json: &str) {
        let expected = Authority::from_json(&format!(r#"{{"t":{{"a":{rule_json}}}}}"#)).unwrap();
        assert_eq!(rule(rule_hex).unwrap(), expected, "{rule_json}");
        let bytes = to_bytes(&encode(&expected)).unwrap();
        assert_eq!(hex::encode(bytes), format!("a16174a16161{}", rule_hex.replace(' ', "")), "{rule_json}");
    }

    #[test]
    fn every_type_in_both_encodings() {
        for (hex, json) in [
            ("82 00 01", r#"{"constraint_type":"exact","value":1.0}"#),
            ("82 00 f6", r#"{"constraint_type":"exact","value":null}"#),
            ("82 00 6178", r#"{"constraint_type":"exact","value":"x"}"#),
            ("82 00 f93e00", r#"{"constraint_type":"exact","value":1.5}"#),
            ("82 00 fa5a000000", r#"{"constraint_type":"exact","value":9007199254740992}"#),
            ("82 00 3b001ffffffffffffe", r#"{"constraint_type":"exact","value":-9007199254740991}"#),
            ("83 01 f6 f6", r#"{"constraint_type":"range"}"#),
            ("83 01 00 8118 64", r#"{"constraint_type":"range","min":0,"max":100,"max_inclusive":false}"#),
            ("83 01 8120 f6", r#"{"constraint_type":"range","min":-1,"min_inclusive":false}"#),
            ("84 02 0a 6162 626161", r#"{"constraint_type":"one_of","values":["aa","b",10]}"#),
            ("81 03", r#"{"constraint_type":"not_one_of","excluded":[]}"#),
            ("83 03 f4 f6", r#"{"constraint_type":"not_one_of","excluded":[null,false]}"#),
            ("81 04", r#"{"constraint_type":"contains","required":[]}"#),
            ("82 04 820201", r#"{"constraint_type":"contains","required":[[2,1]]}"#),
            ("81 05", r#"{"constraint_type":"subset","allowed":[]}"#),
            ("82 05 a2 6162 01 626161 02", r#"{"constraint_type":"subset","allowed":[{"aa":2,"b":1}]}"#),
            ("81 06", r#"{"constraint_type":"wildcard"}"#),
            ("82 09 81 06", r#"{"constraint_type":"wildcard","optional":true}"#),
            (
                "83 07 82 08 81 06 83 01 01 f6",
                r#"{"constraint_type":"all","constraints":[
                    {"constraint_type":"any","constraints":[{"constraint_type":"wildcard"}]},
                    {"constraint_type":"range","min":1}]}"#,
            ),
        ] {
            same(hex, json);
        }
    }

    #[test]
    fn one_form_per_meaning_of_maps() {
        for (hex, json) in [
            ("a0", "{}"),
            ("a1 6174 a0", r#"{"t":{"*":{"constraint_type":"wildcard"}}}"#),
            (
                "a1 6174 a2 612a 8106 6161 8106",
                r#"{"t":{"a":{"constraint_type":"wildcard"},"*":{"constraint_type":"wildcard"}}}"#,
            ),
            (
                "a2 6162 a2 60 8106 626161 8106 626161 a0",
                r#"{"aa":{},"b":{"":{"constraint_type":"wildcard"},"aa":{"constraint_type":"wildcard"}}}"#,
            ),
        ] {
            let authority = Authority::from_json(json).unwrap();
            assert_eq!(read(hex).unwrap(), authority, "{json}");
            assert_eq!(hex::encode(to_bytes(&encode(&authority)).unwrap()), hex.replace(' ', ""));
        }
        for star in ["8106", "820906", "82098106", "8107", "820600", "f6", "06", "80", "820001"] {
            let alone = read(&format!("a1 6174 a1 612a {star}")).unwrap_err();
            assert_eq!((alone.code(), alone.argument()), (Code::BadStar, Some("*")), "{star}");
            let beside = read(&format!("a1 6174 a2 612a {star} 6161 8106")).map_err(|refusal| refusal.code());
            assert_eq!(beside.is_ok(), star == "8106", "{star}");
            assert!(beside.is_ok() || beside == Err(Code::BadStar), "{star}");
        }
    }

    #[test]
    fn sets_are_sorted_and_unique() {
        for kind in 2..=5 {
            for (members, code) in [
                ("83{k} 01 02", None),
                ("83{k} 18ff 20", None),
                ("83{k} 6162 626161", None),
                ("83{k} 02 01", Some(Code::NotSorted)),
                ("83{k} 626161 6162", Some(Code::NotSorted)),
                ("83{k} 01 01", Some(Code::DuplicateKey)),
                ("83{k} a0 a0", Some(Code::DuplicateKey)),
                ("84{k} 01 02 01", Some(Code::NotSorted)),
                ("83{k} f4 80", Some(Code::NotSorted)),
            ] {
                let hex = members.replace("{k}", &format!("{kind:02x}"));
                assert_eq!(rule(&hex).err().map(|refusal| refusal.code()), code, "{hex}");
            }
        }
    }

    #[test]
    fn malformed_is_refused() {
        for (hex, code) in [
            // Not a constraint.
            ("06", Code::BadConstraint),
            ("f6", Code::BadConstraint),
            ("80", Code::BadConstraint),
            ("81f6", Code::BadConstraint),
            ("816106", Code::BadConstraint),
            ("a0", Code::BadConstraint),
            ("818106", Code::BadConstraint),
            // Types that are not known.
            ("810a", Code::UnknownConstraint),
            ("8120", Code::UnknownConstraint),
            ("811901 00", Code::UnknownConstraint),
            ("82 07 810a", Code::UnknownConstraint),
            // Arity.
            ("8100", Code::BadConstraint),
            ("83000102", Code::BadConstraint),
            ("8101", Code::BadConstraint),
            ("8201f6", Code::BadConstraint),
            ("8401f6f6f6", Code::BadConstraint),
            ("8102", Code::BadConstraint),
            ("820600", Code::BadConstraint),
            ("8107", Code::BadConstraint),
            ("8108", Code::BadConstraint),
            ("82078107", Code::BadConstraint),
            // exact
            ("82 00 80", Code::BadConstraint),
            ("82 00 a0", Code::BadConstraint),
            ("82 00 4100", Code::UnexpectedItem),
            // range
            ("83 01 02 01", Code::BadConstraint),
            ("83 01 6131 f6", Code::BadConstraint),
            ("83 01 f5 f6", Code::BadConstraint),
            ("83 01 80 f6", Code::BadConstraint),
            ("83 01 820102 f6", Code::BadConstraint),
            ("83 01 81f6 f6", Code::BadConstraint),
            ("83 01 f6 818101", Code::BadConstraint),
            // optional elsewhere than on the argument, or twice
            ("8109", Code::BadConstraint),
            ("83 09 8106 8106", Code::BadConstraint),
            ("82 09 82 09 8106", Code::BadConstraint),
            ("82 07 82 09 8106", Code::BadConstraint),
            ("82 09 06", Code::BadConstraint),
            // values
            ("82 02 4161", Code::UnexpectedItem),
            ("82 02 a1 01 02", Code::UnexpectedItem),
        ] {
            let refusal = rule(hex).expect_err(hex);
            assert_eq!(refusal.code(), code, "{hex}");
            assert_eq!((refusal.tool(), refusal.argument()), (Some("t"), Some("a")), "{hex}");
        }
        for hex in
            ["80", "01", "f6", "a1 01 a0", "a1 6174 80", "a1 6174 f6", "a1 6174 a1 01 8106", "a1 60 a0"]
        {
            assert_eq!(read(hex).unwrap_err().code(), Code::BadAuthority, "{hex}");
        }
    }

    /// What the scanner refuses first, this refuses too.
    #[test]
    fn numbers_have_one_form_here_as_well() {
        let try_value = |value| {
            let rule = Cbor::Array(vec![Cbor::from(EXACT), value]);
            let map = Cbor::Map(vec![(Cbor::from("a"), rule)]);
            decode(&Cbor::Map(vec![(Cbor::from("t"), map)]), &Limits::default())
                .map_err(|refusal| refusal.code())
        };
        for float in [0.0, -0.0, 1.0, -5.0, 9007199254740991.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(try_value(Cbor::Float(float)), Err(Code::BadNumber), "{float}");
        }
        for float in [0.5, -1e300, 9007199254740992.0, 5e-324] {
            assert!(try_value(Cbor::Float(float)).is_ok(), "{float}");
        }
        for integer in [9007199254740992_i64, -9007199254740992, i64::MAX, i64::MIN] {
            assert_eq!(try_value(Cbor::from(integer)), Err(Code::BadNumber), "{integer}");
        }
        assert_eq!(try_value(Cbor::from(u64::MAX)), Err(Code::BadNumber));
        assert_eq!(try_value(Cbor::Tag(1, Cbor::Null.into())), Err(Code::UnexpectedItem));
        let twice =
            Cbor::Map(vec![(Cbor::from("t"), Cbor::Map(vec![])), (Cbor::from("t"), Cbor::Map(vec![]))]);
        assert_eq!(decode(&twice, &Limits::default()).unwrap_err().code(), Code::DuplicateKey);
    }

    #[test]
    fn limits_are_those_of_the_json_form() {
        let limits = Limits {
            tools: 1,
            arguments: 1,
            constraint_depth: 2,
            constraint_clauses: 3,
            value_depth: 1,
            name_bytes: 2,
            ..Limits::default()
        };
        let read = |hex: &str| {
            let bytes = hex::decode(hex.replace(' ', "")).unwrap();
            decode(&from_bytes(&bytes, 64).unwrap(), &limits).err().map(|refusal| refusal.code())
        };
        for (hex, code) in [
            ("a1 626161 a0", None),
            ("a1 63616161 a0", Some(Code::TooLarge)),
            ("a2 6161 a0 6162 a0", Some(Code::TooManyTools)),
            ("a1 6174 a2 612a 8106 6161 8106", None),
            ("a1 6174 a2 6161 8106 6162 8106", Some(Code::TooManyArguments)),
            ("a1 6174 a1 63616161 8106", Some(Code::TooLarge)),
            ("a1 6174 a1 6161 83 07 8106 8106", None),
            ("a1 6174 a1 6161 84 07 8106 8106 8106", Some(Code::ConstraintTooComplex)),
            ("a1 6174 a1 6161 82 07 82 07 8106", Some(Code::ConstraintTooComplex)),
            ("a1 6174 a1 6161 82 02 8101", None),
            ("a1 6174 a1 6161 82 02 818101", Some(Code::TooDeep)),
        ] {
            assert_eq!(read(hex), code, "{hex}");
        }
    }

    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap() % sides
        }

        fn number(&mut self) -> String {
            match self.roll(6) {
                0 => self.roll(30).to_string(),
                1 => format!("-{}", self.roll(100_000)),
                2 => format!("{}.5", self.roll(1000)),
                3 => format!("{}e{}", self.roll(1000), self.roll(40)),
                4 => [
                    "9007199254740991",
                    "9007199254740992",
                    "5e-324",
                    "0.1",
                    "1.7976931348623157e308",
                    "0.00006103515625",
                    "65504",
                    "0.000000059604644775390625",
                ][self.roll(8)]
                .to_string(),
                _ => format!("0.{}1", self.roll(100_000)),
            }
        }

        fn value(&mut self, room: usize) -> String {
            match self.roll(if room == 0 { 4 } else { 6 }) {
                0 => ["null", "true", "false"][self.roll(3)].to_string(),
                1 => self.number(),
                2 => format!("\"{}\"", ["", "a", "b", "aa", "é", "😀", "\u{fb33}"][self.roll(7)]),
                3 => format!("\"{}\"", "x".repeat(self.roll(300))),
                4 => format!("[{}]", self.values(room - 1, 0)),
                _ => {
                    let names = ["a", "b", "aa", "é", "\u{fb33}", "😀"];
                    let members: Vec<_> =
                        names.iter().filter(|_| self.roll(2) == 0).map(|n| format!("\"{n}\":")).collect();
                    let members: Vec<_> = members.into_iter().map(|n| n + &self.value(room - 1)).collect();
                    format!("{{{}}}", members.join(","))
                }
            }
        }

        fn values(&mut self, room: usize, least: usize) -> String {
            let count = least + self.roll(5);
            (0..count).map(|_| self.value(room)).collect::<Vec<_>>().join(",")
        }

        fn constraint(&mut self, room: usize, optional: &str) -> String {
            let (name, members) = match self.roll(if room == 0 { 7 } else { 9 }) {
                0 => ("exact", format!(r#","value":{}"#, self.value(0))),
                1 => ("range", format!(r#","min":{},"min_inclusive":{}"#, self.number(), self.roll(2) == 0)),
                2 => ("one_of", format!(r#","values":[{}]"#, self.values(3, 1))),
                3 => ("not_one_of", format!(r#","excluded":[{}]"#, self.values(3, 0))),
                4 => ("contains", format!(r#","required":[{}]"#, self.values(3, 0))),
                5 => ("subset", format!(r#","allowed":[{}]"#, self.values(3, 0))),
                6 => ("wildcard", String::new()),
                composite => {
                    let count = 1 + self.roll(3);
                    let clauses: Vec<_> = (0..count).map(|_| self.constraint(room - 1, "")).collect();
                    let name = if composite == 7 { "all" } else { "any" };
                    (name, format!(r#","constraints":[{}]"#, clauses.join(",")))
                }
            };
            format!(r#"{{"constraint_type":"{name}"{members}{optional}}}"#)
        }

        fn authority(&mut self) -> String {
            let mut tools = Vec::new();
            for tool in ["t", "tt", "é", "a-longer-name-that-needs-two-bytes"] {
                let mut arguments = Vec::new();
                for argument in ["", "b", "aa", "😀"] {
                    if self.roll(2) == 0 {
                        let optional = ["", r#","optional":true"#][self.roll(2)];
                        arguments.push(format!(r#""{argument}":{}"#, self.constraint(3, optional)));
                    }
                }
                if self.roll(3) == 0 {
                    arguments.push(r#""*":{"constraint_type":"wildcard"}"#.to_string());
                }
                if self.roll(4) != 0 {
                    tools.push(format!(r#""{tool}":{{{}}}"#, arguments.join(",")));
                }
            }
            format!("{{{}}}", tools.join(","))
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_and_what_is_decoded_has_those_bytes() {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let (mut whole, mut mutants) = (0, 0);
        for _ in 0..3000 {
            let text = dice.authority();
            let authority = match Authority::from_json(&text) {
                Ok(authority) => authority,
                // The dice may write a range or number that does not exist.
                Err(refusal) => {
                    assert!(
                        matches!(refusal.code(), Code::InexactNumber | Code::ConstraintTooComplex),
                        "{refusal}: {text}"
                    );
                    continue;
                }
            };
            let bytes = to_bytes(&encode(&authority)).unwrap();
            // Through the scanner: what we write is deterministic.
            let cbor =
                from_bytes(&bytes, 64).unwrap_or_else(|code| panic!("{code:?} {}", hex::encode(&bytes)));
            assert_eq!(decode(&cbor, &Limits::default()).unwrap(), authority, "{text}");
            assert_eq!(Authority::from_json(&authority.to_json()).unwrap(), authority);
            whole += 1;

            // Any other item in place of one byte: refused, or read as what has exactly these bytes.
            let mut changed = bytes.clone();
            let at = dice.roll(changed.len());
            changed[at] = u8::try_from(dice.roll(256)).unwrap();
            if let Ok(cbor) = from_bytes(&changed, 64)
                && let Ok(other) = decode(&cbor, &Limits::default())
            {
                assert_eq!(to_bytes(&encode(&other)).unwrap(), changed);
                mutants += 1;
            }
        }
        assert!(whole > 2500 && mutants > 100, "{whole} {mutants}");
    }
}
