//! `not_one_of`: anything but some values.

use super::{Budget, Members};
use crate::Refusal;
use crate::authority::ValueSet;
use crate::json::Value;
use core::fmt;

/// The argument equals none of the values; whatever else it is, of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotOneOf {
    excluded: ValueSet,
}

impl NotOneOf {
    pub(super) const NAME: &'static str = "not_one_of";

    pub(crate) const fn new(excluded: ValueSet) -> Self {
        Self { excluded }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &Budget) -> Result<Self, Refusal> {
        Ok(Self::new(members.set("excluded", budget)?))
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        !self.excluded.contains(value)
    }

    /// Rule f: the child excludes all of these.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        child.excluded.includes(&self.excluded)
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        put("excluded", self.excluded.to_value());
        Self::NAME
    }

    pub(crate) const fn excluded(&self) -> &ValueSet {
        &self.excluded
    }
}

impl fmt::Display for NotOneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.excluded.is_empty() {
            f.write_str("anything")
        } else {
            write!(f, "anything but {}", self.excluded)
        }
    }
}
