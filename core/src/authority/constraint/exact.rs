//! `exact`: one scalar.

use super::{Members, bad};
use crate::Refusal;
use crate::json::Value;
use core::fmt;

/// The argument equals this string, number, boolean or null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    value: Value,
}

impl Exact {
    pub(super) const NAME: &'static str = "exact";

    /// # Errors
    /// `constraint.bad` for an array or an object.
    pub(crate) fn new(value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Array(_) | Value::Object(_) => Err(bad("value")),
            scalar => Ok(Self { value: scalar }),
        }
    }

    pub(super) fn from_members(members: &Members<'_>) -> Result<Self, Refusal> {
        members.only(&["value"])?;
        match members.find("value") {
            // Looked at before it is copied: it may be an array of any depth.
            Some(Value::Array(_) | Value::Object(_)) | None => Err(bad("value")),
            Some(scalar) => Self::new(scalar.clone()),
        }
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.value == *value
    }

    /// Rule a: the same value.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        self.value == child.value
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        put("value", self.value.clone());
        Self::NAME
    }

    pub(crate) const fn value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exactly {}", self.value.to_json())
    }
}
