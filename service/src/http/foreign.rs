//! Tokens of other issuers: users' and workloads', under the policy's trust rules.

use super::{Context, Fault};
use crate::{
    attest::{self, Evidence, Verified},
    policy::{Principal, TrustRole, TrustRule},
};

/// A foreign token that holds under a rule.
pub(crate) struct Attested {
    /// The rule.
    pub(crate) rule: TrustRule,
    /// What it says.
    pub(crate) verified: Verified,
}

impl Attested {
    /// What is remembered of it with a session: who vouches for whom.
    pub(crate) fn evidence(&self) -> Evidence {
        let none: [&str; 0] = [];
        Evidence::of(&self.verified, &none)
    }
}

impl Context {
    /// Verifies a token under the rules for its issuer. The first rule whose role is wanted and whose claims match counts.
    ///
    /// # Errors
    /// `attest.*`.
    pub(crate) async fn attested(
        &self,
        token: &str,
        is_wanted: impl Fn(&TrustRole) -> bool,
    ) -> Result<Attested, Fault> {
        let policy = self.tenant.policy();
        let candidates = attest::rules_for(&policy.rules, token)?;
        let mut last = Fault::from(attest::Refused::from(attest::Code::NoMatch));
        for candidate in candidates {
            let rule = policy.policy.trust().iter().find(|rule| rule.name() == candidate.name());
            let Some(rule) = rule.filter(|rule| is_wanted(rule.role())) else { continue };
            match attest::verify(candidate, token, self.seconds()).await {
                Ok(verified) if rule.matches(verified.claims()) => {
                    return Ok(Attested { rule: rule.clone(), verified });
                }
                Ok(_) => {}
                Err(refused) => last = refused.into(),
            }
        }
        Err(last)
    }

    /// The user a foreign token is about.
    ///
    /// # Errors
    /// `attest.*`, `policy.*`.
    pub(crate) async fn user(&self, token: &str) -> Result<Principal, Fault> {
        let attested = self.attested(token, |role| matches!(role, TrustRole::User(_))).await?;
        let TrustRole::User(user) = attested.rule.role() else {
            return Err(attest::Refused::from(attest::Code::NoMatch).into());
        };
        Ok(user.principal(attested.verified.claims())?)
    }
}
