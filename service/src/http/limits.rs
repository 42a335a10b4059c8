//! Counting against the limits of the policy.

use super::Context;
use crate::{
    policy::Terms,
    store::{Charged, Step},
};

impl Context {
    /// What a decision costs its user, as a step, if it costs anything.
    pub(crate) fn charges(&self, terms: &Terms, payer: &str) -> Option<Step> {
        // The table holds no user: a pseudonym counts as well.
        let payer = self.keys.ring.pseudonyms.principal(payer);
        let charged = terms.charges().iter().map(|charge| {
            let window = charge.per().window(self.seconds());
            Charged {
                id: format!("{}/{}/{}", charge.category(), payer, window.start()),
                category: charge.category().to_owned(),
                limit: charge.limit().into(),
                ends: window.end(),
                now: self.seconds(),
            }
        });
        let charged: Vec<Charged> = charged.collect();
        (!charged.is_empty()).then_some(Step::Charge(charged))
    }
}
