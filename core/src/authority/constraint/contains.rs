//! `contains`: an array that holds some values.

use super::{Budget, Members};
use crate::Refusal;
use crate::authority::ValueSet;
use crate::json::Value;
use core::fmt;

/// The argument is an array in which every one of the values occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contains {
    required: ValueSet,
}

impl Contains {
    pub(super) const NAME: &'static str = "contains";

    pub(crate) const fn new(required: ValueSet) -> Self {
        Self { required }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &Budget) -> Result<Self, Refusal> {
        Ok(Self::new(members.set("required", budget)?))
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        matches!(value, Value::Array(elements) if self.required.occurs_in(elements))
    }

    /// Rule g: the child requires all of these.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        child.required.includes(&self.required)
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        put("required", self.required.to_value());
        Self::NAME
    }

    pub(crate) const fn required(&self) -> &ValueSet {
        &self.required
    }
}

impl fmt::Display for Contains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.required.is_empty() {
            f.write_str("an array")
        } else {
            write!(f, "an array with {}", self.required)
        }
    }
}
