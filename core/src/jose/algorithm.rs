//! Signature algorithms by name.

use super::Key;
use crate::{code::Code, refusal::Refusal};

/// A signature algorithm that JOSE objects may be signed with here. Both are fully specified (RFC 9864 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// `Ed25519`: checked in core, by the strict rule.
    Ed25519,
    /// `ES256`: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), checked by the host.
    Es256,
}

/// The names of algorithms that one kind of object may carry: an explicit list (RFC 8725 §3.1), never what the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms {
    ed25519: bool,
    es256: bool,
    eddsa: bool,
}

impl Algorithms {
    /// `Ed25519` alone: all that AAT-02 chains and their proofs may use here.
    pub const ED25519: Self = Self { ed25519: true, es256: false, eddsa: false };

    /// `ES256` alone: of the algorithms that SPIFFE's identity documents may use, the one to be had here.
    pub const ES256: Self = Self { ed25519: false, es256: true, eddsa: false };

    /// `Ed25519` and `ES256`: what DPoP proofs and access tokens may use when nothing else is said.
    pub const DEFAULT: Self = Self { ed25519: true, es256: true, eddsa: false };

    /// Also the old name `EdDSA`, which RFC 9864 deprecates, for keys on Ed25519. For clients that know no other.
    #[must_use]
    pub const fn with_eddsa_name(self) -> Self {
        Self { eddsa: true, ..self }
    }

    /// Also `ES256`.
    #[must_use]
    pub const fn with_es256(self) -> Self {
        Self { es256: true, ..self }
    }

    /// Without `ES256`, for hosts that cannot check it.
    #[must_use]
    pub const fn without_es256(self) -> Self {
        Self { es256: false, ..self }
    }

    /// The algorithm called `name`, if the list has it. Names are case-sensitive (RFC 7515 §4.1.1).
    pub(super) fn named(self, name: &str) -> Result<Algorithm, Code> {
        match name {
            "Ed25519" if self.ed25519 => Ok(Algorithm::Ed25519),
            "EdDSA" if self.eddsa => Ok(Algorithm::Ed25519),
            "ES256" if self.es256 => Ok(Algorithm::Es256),
            _ if name.eq_ignore_ascii_case("none") => Err(Code::Unsigned),
            "HS256" | "HS384" | "HS512" => Err(Code::Symmetric),
            _ => Err(Code::WrongAlgorithm),
        }
    }
}

impl Algorithm {
    /// Whether this is the algorithm of that key: one key, one algorithm (RFC 8725 §3.1).
    pub(crate) fn check_fits(self, key: &Key) -> Result<(), Refusal> {
        match (self, key) {
            (Self::Ed25519, Key::Ed25519(_)) | (Self::Es256, Key::P256(_)) => Ok(()),
            _ => Err(Code::WrongKeyType.into()),
        }
    }

    /// The name, as a JWK may carry it.
    pub(super) fn is_called(self, name: &str) -> bool {
        match self {
            Self::Ed25519 => matches!(name, "Ed25519" | "EdDSA"),
            Self::Es256 => name == "ES256",
        }
    }
}
