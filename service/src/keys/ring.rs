//! The keys as the service uses them.

use super::{
    FileSigner, KeyError, KeyFile, Signer, SignerError,
    file::{Entry, State},
};
use crate::audit::Pseudonyms;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{Nonces, PublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Roots of chains, in both encodings: the anchors that verifiers configure.
    Authority,
    /// Access tokens and status lists.
    Access,
    /// Revocation lists.
    Revocation,
    /// Checkpoints of the audit log.
    Audit,
}

impl Purpose {
    /// All there are.
    pub const ALL: &'static [Self] = &[Self::Authority, Self::Access, Self::Revocation, Self::Audit];
}

/// A tenant's keys.
pub struct KeyRing {
    active: BTreeMap<Purpose, Arc<dyn Signer>>,
    published: Vec<Published>,
    /// Makes the pseudonyms of users.
    pub pseudonyms: Pseudonyms,
    /// Makes nonces.
    pub nonces: Nonces,
}

/// A public key that verifiers should know.
#[derive(Clone, Debug)]
pub struct Published {
    /// What it signs.
    pub purpose: Purpose,
    /// The key.
    pub key: PublicKey,
    /// `next`, `active` or `retired`.
    pub state: &'static str,
    /// When it was made.
    pub created: u64,
    /// For a retired key, when it is no longer needed.
    pub until: Option<u64>,
}

impl Published {
    /// How verifiers are configured with it: the key as a JWK and as a COSE_Key, under its JWK thumbprint.
    pub fn to_json(&self) -> Value {
        // RFC 9053 §7.2: an OKP key of exactly kty, crv and x.
        let cose = [&[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20][..], self.key.as_bytes()].concat();
        let jwk: Value = serde_json::from_str(&self.key.to_jwk()).unwrap_or_default();
        json!({
            "kid": self.key.jwk_thumbprint().to_string(),
            "jwk": jwk,
            "cose": BASE64URL.encode(cose),
            "state": self.state,
            "until": self.until,
        })
    }
}

impl KeyRing {
    /// The keys of a file.
    ///
    /// # Errors
    /// [`KeyError::Content`], also when a purpose has not exactly one key that signs.
    pub fn of(file: &KeyFile) -> Result<Self, KeyError> {
        let (mut active, mut published) = (BTreeMap::new(), Vec::new());
        for purpose in Purpose::ALL {
            for entry in file.keys.get(purpose).into_iter().flatten() {
                let signer = signer(entry)?;
                published.push(Published {
                    purpose: *purpose,
                    key: signer.public_key().clone(),
                    state: match entry.state {
                        State::Next => "next",
                        State::Active => "active",
                        State::Retired => "retired",
                    },
                    created: entry.created,
                    until: entry.until,
                });
                let signer: Arc<dyn Signer> = Arc::new(signer);
                if entry.state == State::Active && active.insert(*purpose, signer).is_some() {
                    return Err(KeyError::Content("two keys of one purpose sign"));
                }
            }
        }
        if active.len() != Purpose::ALL.len() {
            return Err(KeyError::Content("a purpose has no key that signs"));
        }
        let nonces = Nonces::new(&*file.nonces.bytes()?, Nonces::DEFAULT_PERIOD);
        Ok(Self { active, published, pseudonyms: Pseudonyms::new(file.pseudonyms.bytes()?), nonces })
    }

    /// Puts another signer, such as a KMS, in the place of the key that signs for a purpose.
    #[must_use]
    pub fn with_signer(mut self, purpose: Purpose, signer: Arc<dyn Signer>) -> Self {
        self.published.retain(|known| known.purpose != purpose);
        let key = signer.public_key().clone();
        self.published.push(Published { purpose, key, state: "active", created: 0, until: None });
        self.active.insert(purpose, signer);
        self
    }

    /// Who signs for a purpose. Core prepares what is signed for its public key, and checks the signature before anything leaves.
    ///
    /// # Errors
    /// [`SignerError`] when nobody does, which [`KeyRing::of`] has ruled out.
    pub fn signer(&self, purpose: Purpose) -> Result<&dyn Signer, SignerError> {
        let signer = self.active.get(&purpose).map(|signer| &**signer);
        signer.ok_or_else(|| SignerError("no key signs for this purpose".to_owned()))
    }

    /// The keys that verifiers should know at `now`, by purpose.
    pub fn published(&self, purpose: Purpose, now: u64) -> impl Iterator<Item = &Published> {
        let known = self.published.iter().filter(move |key| key.purpose == purpose);
        known.filter(move |key| key.until.is_none_or(|until| until > now))
    }
}

fn signer(entry: &Entry) -> Result<FileSigner, KeyError> {
    FileSigner::from_seed(&*entry.seed.bytes()?)
        .map_err(|_| KeyError::Content("a seed is not one of Ed25519"))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.published.len())
    }
}
