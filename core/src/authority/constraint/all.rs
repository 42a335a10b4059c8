//! `all`: every clause at once.

use super::{Budget, Constraint, Members, bad, describe_clauses};
use crate::Refusal;
use crate::json::Value;
use alloc::vec::Vec;
use core::fmt;

/// The argument satisfies every clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct All {
    clauses: Vec<Constraint>,
}

impl All {
    pub(super) const NAME: &'static str = "all";

    /// # Errors
    /// `constraint.bad` when there is no clause.
    pub(crate) fn new(clauses: Vec<Constraint>) -> Result<Self, Refusal> {
        if clauses.is_empty() { Err(bad("constraints")) } else { Ok(Self { clauses }) }
    }

    pub(super) fn from_members(members: &Members<'_>, budget: &mut Budget) -> Result<Self, Refusal> {
        Self::new(members.clauses("constraints", budget)?)
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.clauses.iter().all(|clause| clause.accepts(value))
    }

    /// Rule i: for each clause here there is a clause of the child that it subsumes. One clause of the
    /// child may serve several; additional ones only narrow.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        self.clauses.iter().all(|own| child.clauses.iter().any(|clause| own.subsumes(clause)))
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

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all of (")?;
        describe_clauses(&self.clauses, f)?;
        f.write_str(")")
    }
}
