//! Chains, proofs and presentations in the shape of draft-niyikiza-oauth-attenuating-agent-tokens-02, "AAT-02" (SPEC 14).
//!
//! The same claims, the same rules and the same codes as in the native encoding; the draft's order, and a refusal that
//! names the draft's step.

mod call;
mod framing;
mod pop;
mod presentation;
mod reading;
mod token;
mod verify;
mod write;

pub(crate) use framing::{is_aat, parse_chain, write_chain};
pub(crate) use pop::{Pop, prepare as prepare_pop};
pub use presentation::Presentation;
pub(crate) use reading::read_link;
pub(crate) use token::Token;
pub(crate) use verify::{check_in_force, verify};
pub(crate) use write::{seconds, unsigned_token};

use crate::{
    jose::claim::{missing, wrong},
    refusal::Refusal,
};

/// The header of a token as we write it: `{"alg":"Ed25519","typ":"aat+jwt"}`.
const TOKEN_HEADER: &str = "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiYWF0K2p3dCJ9";

/// The header of a proof as we write it: `{"alg":"Ed25519","typ":"aat-pop+jwt"}`.
const POP_HEADER: &str = "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiYWF0LXBvcCtqd3QifQ";

/// The `type` of the entry of `authorization_details` that grants tools (AAT-02 §3.3).
const DETAIL_TYPE: &str = "attenuating_agent_token";

/// The additive claim that carries what the draft's proof does not cover; a stock verifier ignores it (SPEC 14.6).
pub(crate) const BINDING: &str = "keybound";

/// Says at which step of AAT-02 §8 something failed.
trait Step<T> {
    fn step(self, label: &'static str) -> Result<T, Refusal>;
}

impl<T, E: Into<Refusal>> Step<T> for Result<T, E> {
    fn step(self, label: &'static str) -> Result<T, Refusal> {
        self.map_err(|fault| fault.into().in_step(label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url::decode;

    #[test]
    fn the_headers_we_recognise_say_what_they_should() {
        assert_eq!(decode(TOKEN_HEADER).unwrap(), br#"{"alg":"Ed25519","typ":"aat+jwt"}"#);
        assert_eq!(decode(POP_HEADER).unwrap(), br#"{"alg":"Ed25519","typ":"aat-pop+jwt"}"#);
    }
}
