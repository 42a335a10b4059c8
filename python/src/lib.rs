//! The Python face of keybound: one file per class, each a window on the core's type of the same name.
//!
//! Nothing here decides anything about a token. Files without a class turn Python values into the
//! core's (`value`, `plain`) and refusals into exceptions (`refusal`).

mod access_tokens;
mod agent_id;
mod chain;
mod dpop;
mod hop;
mod permit;
mod plain;
mod presentation;
mod proof;
mod public_key;
mod refusal;
mod request;
mod revocation_feed;
mod signing_key;
mod trust;
mod value;
mod verified_chain;
mod verifier;

/// The compiled half of the package `keybound`.
#[pyo3::pymodule]
mod _keybound {
    #[pymodule_export]
    use crate::{
        access_tokens::{AccessToken, AccessTokens},
        agent_id::AgentId,
        chain::Chain,
        dpop::{DpopAccepted, DpopCall, DpopGuard},
        hop::Hop,
        permit::Permit,
        presentation::Presentation,
        proof::Proof,
        public_key::PublicKey,
        refusal::{Denied, Malformed, Refusal, Untrusted},
        request::Request,
        revocation_feed::RevocationFeed,
        signing_key::SigningKey,
        trust::Trust,
        verified_chain::VerifiedChain,
        verifier::Verifier,
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
