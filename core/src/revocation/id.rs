//! What can be revoked, and by which 16 bytes.

use crate::{
    agent::AgentId,
    code::Code,
    id::{Digest, TokenId},
    key::{PublicKey, Thumbprint},
    limits::Limits,
    refusal::Refusal,
    time::UnixTime,
};
use core::fmt;

/// What an entry of a list takes back. The order is that of the sets in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A token, by its id.
    Token,
    /// A link of a chain, by its digest.
    Chain,
    /// Whatever an agent holds.
    Agent,
    /// Whatever serves a task.
    Task,
    /// Whatever is bound to a key.
    Key,
}

impl Level {
    /// Every level, in the order of the sets in a list.
    pub const ALL: [Self; 5] = [Self::Token, Self::Chain, Self::Agent, Self::Task, Self::Key];

    /// The name, the same everywhere: `token`, `chain`, `agent`, `task`, `key`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Chain => "chain",
            Self::Agent => "agent",
            Self::Task => "task",
            Self::Key => "key",
        }
    }

    /// The level of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// Its place among the sets of a list, and its byte in [`RevokedId::to_bytes`].
    pub(super) const fn place(self) -> u8 {
        match self {
            Self::Token => 0,
            Self::Chain => 1,
            Self::Agent => 2,
            Self::Task => 3,
            Self::Key => 4,
        }
    }
}

/// The 16 bytes something is revoked by, and at which level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevokedId {
    level: Level,
    id: [u8; 16],
}

impl RevokedId {
    /// One token and everything below it: the token's id as it is.
    pub const fn token(id: &TokenId) -> Self {
        Self { level: Level::Token, id: *id.as_bytes() }
    }

    /// One link and everything below it: the first bytes of its digest.
    pub const fn chain(digest: Digest) -> Self {
        Self { level: Level::Chain, id: front(digest.as_bytes()) }
    }

    /// Every link at which this agent acts, and everything below it: the first bytes of SHA-256 of its id as text.
    pub fn agent(id: &AgentId) -> Self {
        Self { level: Level::Agent, id: front(Digest::of(id.as_str().as_bytes()).as_bytes()) }
    }

    /// Every chain that serves this task: the first bytes of SHA-256 of its name.
    pub fn task(name: &str) -> Self {
        Self { level: Level::Task, id: front(Digest::of(name.as_bytes()).as_bytes()) }
    }

    /// Every link bound to this key, and everything below it: the first bytes of its thumbprint (RFC 9679).
    pub fn holder(key: &PublicKey) -> Self {
        Self::thumbprint(&key.thumbprint())
    }

    /// The same for a key of which only the thumbprint was kept.
    pub const fn thumbprint(thumbprint: &Thumbprint) -> Self {
        Self { level: Level::Key, id: front(thumbprint.as_bytes()) }
    }

    /// The id in a level and 16 bytes, as a database may have kept them.
    pub const fn from_parts(level: Level, id: [u8; 16]) -> Self {
        Self { level, id }
    }

    /// What is revoked.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// By which bytes.
    pub const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// A byte for the level, then the id: a stable form to keep.
    pub fn to_bytes(&self) -> [u8; 17] {
        let mut bytes = [self.level.place(); 17];
        let [_, id @ ..] = &mut bytes;
        *id = self.id;
        bytes
    }

    /// Reads [`RevokedId::to_bytes`] back.
    ///
    /// # Errors
    /// `claims.wrong` for another length or level.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        let wrong = || Refusal::new(Code::WrongClaim).with_part("revoked id");
        let [place, id @ ..] = *<&[u8; 17]>::try_from(bytes).map_err(|_| wrong())?;
        let level = Level::ALL.into_iter().find(|level| level.place() == place).ok_or_else(wrong)?;
        Ok(Self { level, id })
    }
}

/// The first 16 bytes of a hash. 128 bits: whoever could make two things share them would only revoke their own.
const fn front(hash: &[u8; 32]) -> [u8; 16] {
    let (front, _) = hash.split_at(16);
    match front.first_chunk() {
        Some(front) => *front,
        None => [0; 16],
    }
}

impl fmt::Debug for RevokedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevokedId({} {})", self.level.as_str(), TokenId::from_bytes(self.id))
    }
}

/// An entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revoked {
    /// What is revoked.
    pub id: RevokedId,
    /// From this time on the entry does not count and leaves the list: nothing it could stop is accepted any more.
    pub until: UnixTime,
}

impl Revoked {
    /// An entry that outlives tokens which expire at `expires`.
    ///
    /// A verifier whose clock is behind by the skew, and who tolerates as much again, accepts a token for twice the skew after its
    /// expiry: an entry must not leave the list before.
    pub fn outliving(id: RevokedId, expires: UnixTime) -> Self {
        let skew = Limits::default().skew;
        Self { id, until: expires.plus(skew).plus(skew) }
    }
}
