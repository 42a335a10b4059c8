//! What an argument may be: the nine constraint types of AAT-02 §3.4 and the one table of
//! which may stand under which.
//!
//! Each type has its file, where what it accepts and what it subsumes stand beside each other.

mod all;
mod any;
mod contains;
mod exact;
mod not_one_of;
mod one_of;
mod range;
mod subset;
#[cfg(test)]
mod tests;
mod wildcard;

use crate::authority::ValueSet;
use crate::json::{DEEPEST, Object, Value};
use crate::{Code, Limits, Refusal};
pub(crate) use all::All;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
pub(crate) use any::Any;
pub(crate) use contains::Contains;
use core::fmt;
pub(crate) use exact::Exact;
pub(crate) use not_one_of::NotOneOf;
pub(crate) use one_of::OneOf;
pub(crate) use range::{Bound, Range};
pub(crate) use subset::Subset;
pub(crate) use wildcard::Wildcard;

/// A well-formed constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    Exact(Exact),
    Range(Range),
    OneOf(OneOf),
    NotOneOf(NotOneOf),
    Contains(Contains),
    Subset(Subset),
    Wildcard(Wildcard),
    All(All),
    Any(Any),
}

/// The member that says which type a constraint is.
const TYPE: &str = "constraint_type";

/// The member that may stand beside it, on an argument's own constraint only.
pub(crate) const OPTIONAL: &str = "optional";

impl Constraint {
    /// Whether the argument may have this value.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Exact(own) => own.accepts(value),
            Self::Range(own) => own.accepts(value),
            Self::OneOf(own) => own.accepts(value),
            Self::NotOneOf(own) => own.accepts(value),
            Self::Contains(own) => own.accepts(value),
            Self::Subset(own) => own.accepts(value),
            Self::Wildcard(own) => own.accepts(value),
            Self::All(own) => own.accepts(value),
            Self::Any(own) => own.accepts(value),
        }
    }

    /// With how many values [`Constraint::accepts`] may compare each element of an array.
    pub(crate) fn comparisons(&self) -> u32 {
        let sum = |clauses: &[Self]| clauses.iter().map(Self::comparisons).fold(0, u32::saturating_add);
        match self {
            Self::Contains(own) => own.required().comparisons(),
            Self::Subset(own) => own.allowed().comparisons(),
            Self::All(own) => sum(own.clauses()),
            Self::Any(own) => sum(own.clauses()),
            _ => 0,
        }
    }

    /// Whether `child` may stand where this constraint stood: the table of AAT-02 §4.5.
    ///
    /// Sound and deliberately conservative. A pair that is not in the table is refused, also
    /// where it happens to be narrower.
    pub(crate) fn subsumes(&self, child: &Self) -> bool {
        match (self, child) {
            (Self::Wildcard(_), _) => true,
            (Self::Exact(own), Self::Exact(child)) => own.subsumes(child),
            (Self::Range(own), Self::Exact(child)) => own.subsumes_exact(child),
            (Self::Range(own), Self::Range(child)) => own.subsumes(child),
            (Self::OneOf(own), Self::Exact(child)) => own.subsumes_exact(child),
            (Self::OneOf(own), Self::OneOf(child)) => own.subsumes(child),
            (Self::NotOneOf(own), Self::NotOneOf(child)) => own.subsumes(child),
            (Self::Contains(own), Self::Contains(child)) => own.subsumes(child),
            (Self::Subset(own), Self::Subset(child)) => own.subsumes(child),
            (Self::All(own), Self::All(child)) => own.subsumes(child),
            (Self::Any(own), Self::Any(child)) => own.subsumes(child),
            _ => false,
        }
    }

    /// The constraint in words, as a limit: `at most 100`.
    pub(crate) fn describe(&self) -> String {
        self.to_string()
    }

    /// Reads the AAT-02 JSON form of an argument's constraint, on which `optional` may stand.
    pub(crate) fn from_value(value: &Value, budget: &mut Budget) -> Result<Self, Refusal> {
        Self::read(value, &[TYPE, OPTIONAL], budget)
    }

    /// Reads a clause of `all` or `any`, on which it may not.
    fn clause(value: &Value, budget: &mut Budget) -> Result<Self, Refusal> {
        Self::read(value, &[TYPE], budget)
    }

    fn read(value: &Value, common: &'static [&'static str], budget: &mut Budget) -> Result<Self, Refusal> {
        let Value::Object(members) = value else {
            return Err(Code::BadConstraint.into());
        };
        let Some(Value::Text(name)) = members.get(TYPE) else {
            return Err(bad(TYPE));
        };
        budget.nest(|budget| {
            let members = Members { members, common };
            Ok(match name.as_str() {
                Exact::NAME => Self::Exact(Exact::from_members(&members)?),
                Range::NAME => Self::Range(Range::from_members(&members)?),
                OneOf::NAME => Self::OneOf(OneOf::from_members(&members, budget)?),
                NotOneOf::NAME => Self::NotOneOf(NotOneOf::from_members(&members, budget)?),
                Contains::NAME => Self::Contains(Contains::from_members(&members, budget)?),
                Subset::NAME => Self::Subset(Subset::from_members(&members, budget)?),
                Wildcard::NAME => Self::Wildcard(Wildcard::from_members(&members)?),
                All::NAME => Self::All(All::from_members(&members, budget)?),
                Any::NAME => Self::Any(Any::from_members(&members, budget)?),
                _ => return Err(Refusal::new(Code::UnknownConstraint).with_part(TYPE)),
            })
        })
    }

    /// The AAT-02 JSON form, without what is a default.
    pub(crate) fn to_value(&self, optional: bool) -> Value {
        let mut members = Vec::new();
        let mut put = |name: &str, value| members.push((name.into(), value));
        let name = match self {
            Self::Exact(own) => own.write(&mut put),
            Self::Range(own) => own.write(&mut put),
            Self::OneOf(own) => own.write(&mut put),
            Self::NotOneOf(own) => own.write(&mut put),
            Self::Contains(own) => own.write(&mut put),
            Self::Subset(own) => own.write(&mut put),
            Self::Wildcard(own) => own.write(&mut put),
            Self::All(own) => own.write(&mut put),
            Self::Any(own) => own.write(&mut put),
        };
        put(TYPE, name.into());
        if optional {
            put(OPTIONAL, true.into());
        }
        Value::Object(Object::of_distinct(members))
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(own) => own.fmt(f),
            Self::Range(own) => own.fmt(f),
            Self::OneOf(own) => own.fmt(f),
            Self::NotOneOf(own) => own.fmt(f),
            Self::Contains(own) => own.fmt(f),
            Self::Subset(own) => own.fmt(f),
            Self::Wildcard(own) => own.fmt(f),
            Self::All(own) => own.fmt(f),
            Self::Any(own) => own.fmt(f),
        }
    }
}

/// Clauses in words, for `all` and `any`.
fn describe_clauses(clauses: &[Constraint], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, clause) in clauses.iter().enumerate() {
        let semicolon = if index == 0 { "" } else { "; " };
        write!(f, "{semicolon}{clause}")?;
    }
    Ok(())
}

/// `constraint.bad`, about this member.
pub(crate) fn bad(member: &'static str) -> Refusal {
    Refusal::new(Code::BadConstraint).with_part(member)
}

/// What is left of the limits for one argument. Both encodings spend from it.
pub(crate) struct Budget {
    depth: u32,
    clauses: u32,
    value_depth: u32,
}

/// The deepest nesting of constraints any limit may ask for, twice what AAT-02 §9.10 recommends;
/// comparing and dropping recurse this far.
const DEEPEST_CONSTRAINT: u32 = 64;

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            depth: limits.constraint_depth.min(DEEPEST_CONSTRAINT),
            clauses: limits.constraint_clauses,
            value_depth: limits.value_depth.min(DEEPEST),
        }
    }

    /// Reads one constraint, one level down.
    ///
    /// # Errors
    /// `constraint.too_complex` when the limits have no room for it.
    pub(crate) fn nest<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let depth = self.depth;
        self.depth = depth.checked_sub(1).ok_or(Code::ConstraintTooComplex)?;
        self.clauses = self.clauses.checked_sub(1).ok_or(Code::ConstraintTooComplex)?;
        let inner = read(self)?;
        self.depth = depth;
        Ok(inner)
    }

    /// How deep a value inside a constraint may nest.
    pub(crate) const fn value_depth(&self) -> u32 {
        self.value_depth
    }
}

/// The members of one constraint object.
struct Members<'a> {
    members: &'a Object,
    /// Members every type has.
    common: &'static [&'static str],
}

impl<'a> Members<'a> {
    /// Refuses members the type does not have: a misspelt bound is an error, not an absent bound.
    fn only(&self, own: &[&str]) -> Result<(), Refusal> {
        let known = |name: &str| self.common.contains(&name) || own.contains(&name);
        match self.members.iter().find(|(name, _)| !known(name)) {
            None => Ok(()),
            Some((OPTIONAL, _)) => Err(bad(OPTIONAL)),
            Some(_) => Err(bad("an unknown member")),
        }
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    fn array(&self, name: &'static str) -> Result<&'a [Value], Refusal> {
        match self.find(name) {
            Some(Value::Array(elements)) => Ok(elements),
            _ => Err(bad(name)),
        }
    }

    /// A set of values, its only own member.
    fn set(&self, name: &'static str, budget: &Budget) -> Result<ValueSet, Refusal> {
        self.only(&[name])?;
        let elements = self.array(name)?;
        if elements.iter().any(|element| element.depth() > budget.value_depth()) {
            return Err(Refusal::new(Code::TooDeep).with_part(name));
        }
        Ok(ValueSet::new(elements.to_vec()))
    }

    /// Clauses, its only own member.
    fn clauses(&self, name: &'static str, budget: &mut Budget) -> Result<Vec<Constraint>, Refusal> {
        self.only(&[name])?;
        self.array(name)?.iter().map(|clause| Constraint::clause(clause, budget)).collect()
    }
}
