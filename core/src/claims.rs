//! What a token says, whatever encoding it says it in.

use crate::{
    agent::AgentId, authority::Authority, id::TokenId, key::PublicKey, time::UnixTime, times::Times,
};
use alloc::{string::String, vec::Vec};

/// One token's statement. A child leaves out what it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Root only; a child's issuer is the holder of its parent.
    pub(crate) issuer: Option<String>,
    pub(crate) principal: Option<String>,
    /// Absent when the token does not restrict where it may be used; never empty.
    pub(crate) audience: Option<Vec<String>>,
    pub(crate) expires: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) issued_at: UnixTime,
    pub(crate) id: TokenId,
    pub(crate) holder: PublicKey,
    pub(crate) authority: Authority,
    pub(crate) depth: u32,
    pub(crate) max_depth: u32,
    pub(crate) agent: Option<AgentId>,
    pub(crate) task: Option<String>,
}

impl Claims {
    pub(crate) const fn times(&self) -> Times {
        Times { issued_at: self.issued_at, not_before: self.not_before, expires: self.expires }
    }

    pub(crate) const fn depths(&self) -> Depths {
        Depths { own: self.depth, most: self.max_depth }
    }
}

/// A token's place in its chain, and how far down the chain may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depths {
    pub(crate) own: u32,
    pub(crate) most: u32,
}
