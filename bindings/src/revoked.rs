//! The simplest view of what is revoked: a fixed set of token ids.

use crate::Failure;
use keybound::{LinkIds, Revocation, Standing, TokenId, UnixTime};
use std::collections::HashSet;

/// Tokens that are revoked by id, each with everything derived from it.
#[derive(Clone, Debug, Default)]
pub struct RevokedTokens(HashSet<TokenId>);

impl RevokedTokens {
    /// The tokens with these 16-byte ids.
    ///
    /// # Errors
    /// [`Failure::Misuse`] when an id is not 16 bytes.
    pub fn from_ids(ids: &[Vec<u8>]) -> Result<Self, Failure> {
        ids.iter()
            .map(|id| id.as_slice().try_into().map(TokenId::from_bytes))
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| Failure::misuse("revoked", "hold token ids of 16 bytes"))
    }
}

impl Revocation for RevokedTokens {
    fn standing(&self, link: &LinkIds<'_>, _: UnixTime) -> Standing {
        if self.0.contains(link.token) { Standing::Revoked } else { Standing::Good }
    }
}
