//! What the Python, Node and Wasm faces share, so that none of them has an opinion.
//!
//! Here live the host's clock and randomness, the memories a verifier needs, and plain data that a language can
//! fill in. No rule about tokens: those are in `keybound`, and everything here ends in a call to it.

#[cfg(feature = "jose")]
mod dpop;
#[cfg(feature = "jose")]
mod es256;
mod failure;
mod feed;
mod grant;
mod host;
mod links;
mod number;
mod replay;
mod request;
mod revoked;
mod trust;

#[cfg(feature = "jose")]
pub use dpop::{AccessTokensData, DpopCallData, GuardData};
#[cfg(feature = "p256")]
pub use es256::P256;
#[cfg(feature = "jose")]
pub use es256::Told;
pub use failure::{Failure, RefusalData};
pub use feed::{FeedData, RevocationFeed};
pub use grant::{GrantData, NarrowingData, ProofData};
pub use host::{OsRandom, generate_key, now};
pub use keybound;
pub use links::MemoryLinkCache;
pub use number::whole;
pub use replay::MemoryReplayStore;
pub use request::{JsonInput, RequestData};
pub use revoked::RevokedTokens;
pub use trust::TrustData;

/// The verifier of every face: shared between threads, with its links remembered in memory.
pub type HostVerifier = keybound::Verifier<MemoryLinkCache>;

/// Links a verifier remembers when nobody says otherwise: 1 to 2 KB each for ordinary tokens, so under 8 MB. Only tokens of permitted calls
/// and of at most 2 KiB are remembered.
pub const DEFAULT_CACHE_CAPACITY: usize = 4096;

/// Proofs a verifier remembers when nobody says otherwise: 36 seconds of 1,800 calls a second, about 10 MB.
pub const DEFAULT_REPLAY_CAPACITY: usize = 65_536;
