//! `range`: a number between bounds.

use super::{Exact, Members, bad};
use crate::Refusal;
use crate::json::{Number, Value};
use core::cmp::Ordering;
use core::fmt;

/// The argument is a number within the bounds; without bounds, any number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    min: Option<Bound>,
    max: Option<Bound>,
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) at: Number,
    /// Whether the bound itself is within the range.
    pub(crate) inclusive: bool,
}

impl Range {
    pub(super) const NAME: &'static str = "range";

    /// # Errors
    /// `constraint.bad` when the bounds are in the wrong order. Equal bounds are well-formed,
    /// also exclusive ones, which accept nothing.
    pub(crate) fn new(min: Option<Bound>, max: Option<Bound>) -> Result<Self, Refusal> {
        match (&min, &max) {
            (Some(low), Some(high)) if low.at > high.at => Err(bad("min")),
            _ => Ok(Self { min, max }),
        }
    }

    pub(super) fn from_members(members: &Members<'_>) -> Result<Self, Refusal> {
        members.only(&["min", "max", "min_inclusive", "max_inclusive"])?;
        Self::new(read_bound(members, "min", "min_inclusive")?, read_bound(members, "max", "max_inclusive")?)
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        matches!(value, Value::Number(number) if self.admits(*number))
    }

    fn admits(&self, number: Number) -> bool {
        let within = |bound: &Option<Bound>, inside| match bound {
            None => true,
            Some(bound) => match number.cmp(&bound.at) {
                Ordering::Equal => bound.inclusive,
                side => side == inside,
            },
        };
        within(&self.min, Ordering::Greater) && within(&self.max, Ordering::Less)
    }

    /// Rule b: the child's value is a number that the range accepts.
    pub(super) fn subsumes_exact(&self, child: &Exact) -> bool {
        self.accepts(child.value())
    }

    /// Rule c: on each side where this range is bounded, the child is at least as tightly.
    pub(super) fn subsumes(&self, child: &Self) -> bool {
        no_wider(self.min.as_ref(), child.min.as_ref(), Ordering::Greater)
            && no_wider(self.max.as_ref(), child.max.as_ref(), Ordering::Less)
    }

    pub(super) fn write(&self, put: &mut dyn FnMut(&str, Value)) -> &'static str {
        let mut put_bound = |bound: &Option<Bound>, name, flag| {
            if let Some(bound) = bound {
                put(name, bound.at.into());
                if !bound.inclusive {
                    put(flag, false.into());
                }
            }
        };
        put_bound(&self.min, "min", "min_inclusive");
        put_bound(&self.max, "max", "max_inclusive");
        Self::NAME
    }

    pub(crate) const fn min(&self) -> Option<&Bound> {
        self.min.as_ref()
    }

    pub(crate) const fn max(&self) -> Option<&Bound> {
        self.max.as_ref()
    }
}

fn read_bound(
    members: &Members<'_>,
    name: &'static str,
    flag: &'static str,
) -> Result<Option<Bound>, Refusal> {
    let at = match members.find(name) {
        None => None,
        Some(Value::Number(number)) => Some(*number),
        Some(_) => return Err(bad(name)),
    };
    let inclusive = match (members.find(flag), at) {
        (None, _) => true,
        (Some(Value::Bool(inclusive)), Some(_)) => *inclusive,
        // Not a boolean, or a flag without its bound.
        _ => return Err(bad(flag)),
    };
    Ok(at.map(|at| Bound { at, inclusive }))
}

fn no_wider(parent: Option<&Bound>, child: Option<&Bound>, inside: Ordering) -> bool {
    match (parent, child) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(parent), Some(child)) => match child.at.cmp(&parent.at) {
            Ordering::Equal => parent.inclusive || !child.inclusive,
            side => side == inside,
        },
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let low = |bound: &Bound| if bound.inclusive { "at least" } else { "more than" };
        let high = |bound: &Bound| if bound.inclusive { "at most" } else { "less than" };
        match (&self.min, &self.max) {
            (None, None) => f.write_str("any number"),
            (Some(min), None) => write!(f, "{} {}", low(min), min.at),
            (None, Some(max)) => write!(f, "{} {}", high(max), max.at),
            (Some(min), Some(max)) => {
                write!(f, "{} {} and {} {}", low(min), min.at, high(max), max.at)
            }
        }
    }
}
