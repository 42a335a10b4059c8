//! `subset`: an array of allowed values.

use super::{Budget, Members};
use crate::Refusal;
use crate::authority::ValueSet;
use crate::json::Value;
use core::fmt;

/// The argument is an array of nothing but these values; an empty one always passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subset {
    allowed: ValueSet,
}

impl Subset {
    pub(super) const NAME: &'static str = "subset";

    pub(crate) const fn new(allowed: ValueSet) -> Self {
        Self { allowed }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &Budget) -> Result<Self, Refusal> {
        Ok(Self::new(members.set("allowed", budget)?))
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        matches!(value, Value::Array(elements) if elements.iter().all(|element| self.allowed.contains(element)))
    }

    /// Rule h: the child allows nothing else.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        self.allowed.includes(&child.allowed)
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        put("allowed", self.allowed.to_value());
        Self::NAME
    }

    pub(crate) const fn allowed(&self) -> &ValueSet {
        &self.allowed
    }
}

impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.allowed.is_empty() {
            f.write_str("an empty array")
        } else {
            write!(f, "an array of nothing but {}", self.allowed)
        }
    }
}
