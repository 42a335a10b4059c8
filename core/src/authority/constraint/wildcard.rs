//! `wildcard`: anything.

use super::Members;
use crate::Refusal;
use crate::json::Value;
use core::fmt;

/// The argument may be anything, also null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard;

impl Wildcard {
    pub(super) const NAME: &'static str = "wildcard";

    pub(super) fn from_members(members: &Members<'_>) -> Result<Self, Refusal> {
        members.only(&[])?;
        Ok(Self)
    }

    pub(super) const fn accepts(&self, _: &Value) -> bool {
        true
    }

    pub(super) fn write(&self, _: &mut dyn FnMut(&str, Value)) -> &'static str {
        Self::NAME
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
}
