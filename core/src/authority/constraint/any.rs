//! `any`: at least one clause.

use super::{Budget, Constraint, Members, bad, describe_clauses};
use crate::Refusal;
use crate::json::Value;
use alloc::vec::Vec;
use core::fmt;

/// The argument satisfies at least one clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Any {
    clauses: Vec<Constraint>,
}

impl Any {
    pub(super) const NAME: &'static str = "any";

    /// # Errors
    /// `constraint.bad` when there is no clause.
    pub(crate) fn new(clauses: Vec<Constraint>) -> Result<Self, Refusal> {
        if clauses.is_empty() { Err(bad("constraints")) } else { Ok(Self { clauses }) }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &mut Budget) -> Result<Self, Refusal> {
        Self::new(members.clauses("constraints", budget)?)
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.clauses.iter().any(|clause| clause.accepts(value))
    }

    /// Rule j: for each clause of the child there is a clause here that subsumes it. Fewer
    /// alternatives narrow, more widen.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        child.clauses.iter().all(|clause| self.clauses.iter().any(|own| own.subsumes(clause)))
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        let clauses = self.clauses.iter().map(|clause| clause.to_value(false));
        put("constraints", Value::Array(clauses.collect()));
        Self::NAME
    }

    pub(crate) fn clauses(&self) -> &[Constraint] {
        &self.clauses
    }
}

impl fmt::Display for Any {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any of (")?;
        describe_clauses(&self.clauses, f)?;
        f.write_str(")")
    }
}
