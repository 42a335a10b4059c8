//! A token before its signature has been checked.

use crate::{
    code::Code,
    id::Digest,
    jose::{Algorithms, Compact, Header},
    json::{TokenNames, names_in},
    key::PublicKey,
    refusal::Refusal,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

/// A compact JWS whose payload is a JSON object with a `jti` (step 2c). Nothing else has been read of it, and that is not to
/// be believed yet.
pub(crate) struct Token {
    /// INVARIANT: three segments.
    text: String,
    hash: Digest,
    digest: Digest,
    payload: Vec<u8>,
    id: String,
    /// Only to look first where the key may be.
    issuer_hint: Option<String>,
}

impl Token {
    /// # Errors
    /// `jose.not_compact`, `jose.encrypted`, `jose.bad_base64`, `json.*`, `claims.missing`.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let compact = Compact::split(text)?;
        let payload = compact.payload()?;
        let TokenNames { id, has_id, issuer } = names_in(&payload)?;
        let refused = if has_id { super::wrong } else { super::missing };
        let id = id.ok_or_else(|| refused("jti"))?.into_owned();
        let issuer_hint = issuer.map(|issuer| issuer.into_owned());
        let (hash, digest) = compact.hashes(text);
        Ok(Self { text: text.to_owned(), hash, digest, payload, id, issuer_hint })
    }

    /// The token as received.
    pub(crate) fn as_text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the token as received, signature and all: its key in caches.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    /// Its `jti`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Its `iss` as anybody may have written it.
    pub(super) fn issuer_hint(&self) -> Option<&str> {
        self.issuer_hint.as_deref()
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// SHA-256 of what is signed (AAT-02 §3.5).
    pub(crate) const fn hash(&self) -> Digest {
        self.hash
    }

    /// The header, step 3a or 4a.
    pub(super) fn check_header(&self) -> Result<(), Refusal> {
        let compact = Compact::split(&self.text)?;
        if compact.header == super::TOKEN_HEADER {
            return Ok(());
        }
        Header::read(compact.header, &["aat+jwt"], Algorithms::ED25519).map(drop)
    }

    /// The signature, over the text as received.
    pub(crate) fn verify(&self, signer: &PublicKey) -> Result<(), Refusal> {
        let compact = Compact::split(&self.text)?;
        signer
            .verify(compact.signing_input().as_bytes(), &compact.signature()?)
            .map_err(|_| Code::BadSignature.into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}
