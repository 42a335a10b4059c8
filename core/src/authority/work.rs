//! What one decision may cost.

use super::constraint::Constraint;
use crate::{Code, Limits, Refusal, json::Value};

/// Steps left for holding arrays against sets, spent by all links of a chain together. Everything else about a call is
/// bounded by the sizes of the token and of the arguments; only this is their product.
#[derive(Debug)]
pub(crate) struct Work(u32);

impl Work {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self(limits.comparisons)
    }

    /// Sets aside what holding `value` against `constraint` may take.
    pub(super) fn spend(&mut self, constraint: &Constraint, value: &Value) -> Result<(), Refusal> {
        let Value::Array(elements) = value else { return Ok(()) };
        let steps =
            u32::try_from(elements.len()).ok().and_then(|elements| elements.checked_mul(constraint.walks()));
        let left = steps.and_then(|steps| self.0.checked_sub(steps));
        self.0 = left.ok_or_else(|| Refusal::new(Code::TooLarge).with_part("arguments"))?;
        Ok(())
    }
}

#[cfg(test)]
impl Default for Work {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}
