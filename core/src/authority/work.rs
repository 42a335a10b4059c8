//! What one decision may cost.

use super::constraint::Constraint;
use crate::{Code, Limits, Refusal, json::Value};

/// Comparisons left for holding arrays against sets, spent by all links of a chain together.
///
/// Comparing two values ends with the smaller one, so all else about a call is bounded by the size of the tokens: `exact`,
/// `one_of` and `not_one_of` compare an argument with what the token holds, once. `contains` and `subset` do so for each
/// element of an array: only they cost the product of what the holder and the issuer wrote.
#[derive(Debug)]
pub(crate) struct Work(u32);

impl Work {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self(limits.comparisons)
    }

    /// Sets aside what holding `value` against `constraint` may take: every value and name in the array against a value or
    /// a name of each member that a look-up meets.
    pub(super) fn spend(&mut self, constraint: &Constraint, value: &Value) -> Result<(), Refusal> {
        let each = constraint.comparisons();
        if each > 0 && matches!(value, Value::Array(_)) {
            let all = value.size().checked_mul(each);
            let left = all.and_then(|all| self.0.checked_sub(all));
            self.0 = left.ok_or_else(|| Refusal::new(Code::TooLarge).with_part("arguments"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Default for Work {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}
