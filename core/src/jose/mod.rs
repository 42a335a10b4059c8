//! What the JSON encodings share: compact JWS, headers, keys (RFC 7515, 7517, 7638, 8037).
//!
//! Ed25519 is checked here. ES256, which stock DPoP clients and many issuers use, is checked by the host: core reads,
//! applies every rule and hands out one question, an [`Es256Check`]; a host answers it with the library it has
//! (WebCrypto at the edge, a crate in a service).

mod algorithm;
pub(crate) mod claim;
mod compact;
mod compacted;
mod es256;
mod header;
mod jwk;
mod jwks;
mod jws;
mod signed;

pub use algorithm::{Algorithm, Algorithms};
pub(crate) use compact::Compact;
pub use compacted::Compacted;
pub use es256::{BadSignature, Es256, Es256Check, NoEs256};
pub(crate) use header::Header;
pub use jwk::{JwkThumbprint, Key, P256Key};
pub use jwks::Jwks;
pub use jws::Jws;
pub(crate) use signed::Signed;
