//! Trust from plain data.

use crate::{Failure, MemoryReplayStore, RevocationFeed, RevokedTokens, feed::View};
use keybound::{Limits, PublicKey, Trust};
use std::sync::Arc;

/// What a verifier believes, as a language hands it over.
#[derive(Clone, Debug)]
pub struct TrustData {
    /// Issuers with their keys.
    pub anchors: Vec<(String, PublicKey)>,
    /// The names this verifier is known by.
    pub audience: Vec<String>,
    /// Limits that differ from the default ones, by name.
    pub limits: Vec<(String, u64)>,
    /// Ids of revoked tokens, 16 bytes each.
    pub revoked: Vec<Vec<u8>>,
    /// What issuers revoke. With one or more of them, the chains of every other issuer are refused.
    pub revocation: Vec<Arc<RevocationFeed>>,
    /// Proofs to remember at most.
    pub replay_capacity: usize,
    /// Whether a chain must name principal, agent and task.
    pub requires_identity: bool,
    /// Whether a chain must name its audience.
    pub requires_audience: bool,
    /// Whether a proof of AAT-02 must name its audience.
    pub requires_proof_audience: bool,
}

impl TrustData {
    /// The trust, with a replay memory of its own.
    ///
    /// # Errors
    /// [`Failure::Misuse`] for a limit that does not exist or is out of range, or an id that is not 16 bytes.
    pub fn into_trust(self) -> Result<Trust, Failure> {
        let mut trust = Trust::new(self.audience, MemoryReplayStore::with_capacity(self.replay_capacity))
            .limits(limits(&self.limits)?)
            .revocation(View { revoked: RevokedTokens::from_ids(&self.revoked)?, feeds: self.revocation });
        for (issuer, key) in &self.anchors {
            trust = trust.anchor(issuer, key);
        }
        if !self.requires_identity {
            trust = trust.identity_optional();
        }
        if !self.requires_audience {
            trust = trust.audience_optional();
        }
        if !self.requires_proof_audience {
            trust = trust.proof_audience_optional();
        }
        Ok(trust)
    }
}

pub(crate) fn limits(named: &[(String, u64)]) -> Result<Limits, Failure> {
    named.iter().try_fold(Limits::default(), |limits, (name, value)| {
        let value =
            u32::try_from(*value).map_err(|_| Failure::misuse(&format!("limits.{name}"), "be below 2^32"))?;
        limits.with(name, value).ok_or_else(|| {
            Failure::Misuse(format!(
                "limits.{name} does not exist; the limits are {}",
                Limits::NAMES.join(", ")
            ))
        })
    })
}
