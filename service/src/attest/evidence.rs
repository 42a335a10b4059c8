//! What of an attestation is remembered with a session (requirement A18).

use super::{Code, Refused, Verified};
use keybound::{Digest, json::Value};
use std::fmt;

/// One SHA-256 over rule, issuer, subject and chosen claims. A session is renewed with the same evidence, or not at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Evidence([u8; 32]);

/// Keeps this hash apart from every other one over JSON.
const DOMAIN: &str = "keybound attestation evidence 1";

impl Evidence {
    /// The evidence in an attestation: who vouches for whom under which rule, and these claims (see [`Verified::claim`]). Choose
    /// claims that stay for the life of a workload, such as a pod's uid, not those of one token, such as `exp`. One that is not there
    /// is remembered as not there.
    pub fn of<S: AsRef<str>>(verified: &Verified, claims: &[S]) -> Self {
        let mut names: Vec<&str> = claims.iter().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        let chosen = names.into_iter().map(|name| {
            let claim = verified.claim(name).map(|claim| {
                let json = claim.to_string();
                Value::from_json(json.as_bytes()).unwrap_or(Value::Text(json))
            });
            // An array of one or of none, so that null and nothing are two things.
            Value::Array(vec![name.into(), Value::Array(claim.into_iter().collect())])
        });
        let whole = Value::Array(vec![
            DOMAIN.into(),
            verified.rule().into(),
            verified.issuer().into(),
            verified.subject().into(),
            Value::Array(chosen.collect()),
        ]);
        // RFC 8785: equal values, equal bytes.
        Self(*Digest::of(whole.to_json().as_bytes()).as_bytes())
    }

    /// Evidence as it was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storing.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Whether what is presented now is what was recorded.
    ///
    /// # Errors
    /// `attest.other_evidence`.
    pub fn check(self, presented: Self) -> Result<(), Refused> {
        if self == presented { Ok(()) } else { Err(Code::OtherEvidence.into()) }
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evidence")
    }
}
