//! `one_of`: one of several values.

use super::{Budget, Exact, Members, bad};
use crate::Refusal;
use crate::authority::ValueSet;
use crate::json::Value;
use core::fmt;

/// The argument equals one of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneOf {
    values: ValueSet,
}

impl OneOf {
    pub(super) const NAME: &'static str = "one_of";

    /// # Errors
    /// `constraint.bad` when there is none: to grant no value at all, drop the tool.
    pub(crate) fn new(values: ValueSet) -> Result<Self, Refusal> {
        if values.is_empty() { Err(bad("values")) } else { Ok(Self { values }) }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &Budget) -> Result<Self, Refusal> {
        Self::new(members.set("values", budget)?)
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.values.contains(value)
    }

    /// Rule d: the child's value is one of these.
    pub(super) fn subsumes_exact(&self, child: &Exact) -> bool {
        self.accepts(child.value())
    }

    /// Rule e: every value of the child is one of these.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        self.values.includes(&child.values)
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        put("values", self.values.to_value());
        Self::NAME
    }

    pub(crate) const fn values(&self) -> &ValueSet {
        &self.values
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.values)
    }
}
