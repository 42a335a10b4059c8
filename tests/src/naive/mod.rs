//! A second, deliberately naive model of what a chain permits.
//!
//! Written from the rules alone, over plain JSON trees and linear scans, sharing nothing
//! with the core: when the two disagree, one of them is wrong. It knows no bytes and no
//! signatures; [`crate::forge::token::payload`] writes the tokens it talks about.

pub mod authority;
pub mod chain;
pub mod constraint;

use serde_json::Value;

/// Whether two JSON values are equal as JCS has it: numbers by value, objects without
/// order, arrays with it, nothing converted.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// Whether a value is among some values.
fn among(value: &Value, values: &[Value]) -> bool {
    values.iter().any(|other| equal(value, other))
}

/// Whether each of some values is among others.
fn all_among(values: &[Value], others: &[Value]) -> bool {
    values.iter().all(|value| among(value, others))
}
