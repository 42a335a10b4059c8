//! Any compact JWS under configured keys.

use super::{Algorithms, BadSignature, Compact, Es256, Es256Check, Header, Jwks, Signed};
use crate::{
    code::Code,
    limits::{Limits, exceeds},
    refusal::Refusal,
};
use alloc::vec::Vec;
use core::fmt;

/// A compact JWS of a known type, with the configured keys that may have signed it. Nothing of its payload can be read before
/// one of them has.
pub struct Jws {
    candidates: Vec<Signed>,
    payload: Vec<u8>,
}

/// Keys of a set that are tried for one signature: an issuer that names none of its keys has two while it changes them.
const CANDIDATES: usize = 4;

impl Jws {
    /// Reads the header and finds the keys. `types` are the values of `typ` that are accepted; an empty one stands for none.
    /// The header's own keys (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
    ///
    /// # Errors
    /// `jose.*`, `envelope.wrong_algorithm`, `envelope.wrong_type`, `envelope.signature_length`.
    pub fn open(text: &str, types: &[&str], algorithms: Algorithms, keys: &Jwks) -> Result<Self, Refusal> {
        let compact = Compact::split(text)?;
        let header = Header::read_with(compact.header, types, algorithms, |header, members| {
            // One that cannot be read must not widen the choice to every key.
            let names_a_key = members.has("kid");
            if names_a_key && header.key_id.is_none() { Err(Code::BadHeader.into()) } else { Ok(header) }
        })?;
        let payload = compact.payload()?;
        compact.signature()?;
        let candidates = keys
            .candidates(header.algorithm, header.key_id.as_deref())
            .take(CANDIDATES)
            .map(|key| Signed::new(compact, header.algorithm, key))
            .collect::<Result<_, _>>()?;
        Ok(Self { candidates, payload })
    }

    /// [`Jws::open`] for what an issuer signed: within a limit, and under one of its keys.
    pub(crate) fn open_issued(
        text: &str,
        types: &[&str],
        algorithms: Algorithms,
        keys: &Jwks,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        if exceeds(text.len(), limits.token_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("token"));
        }
        let jws = Self::open(text, types, algorithms, keys)?;
        if jws.candidates.is_empty() { Err(Code::AccessTokenKey.into()) } else { Ok(jws) }
    }

    /// The checks that a host has to make: one for each ES256 key that may have signed.
    pub fn es256(&self) -> impl Iterator<Item = &Es256Check> {
        self.candidates.iter().filter_map(Signed::es256)
    }

    /// The payload, if one of the keys signed it.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(self, es256: &dyn Es256) -> Result<Vec<u8>, BadSignature> {
        let holds = self.candidates.iter().any(|signed| signed.verify(es256).is_ok());
        if holds { Ok(self.payload) } else { Err(BadSignature) }
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jws")
    }
}
