//! Signature algorithms by name.

use super::{Code, Refused};

/// An algorithm a foreign token may be signed with (RFC 7518 §3.1, RFC 9864 §2.2). None of them is symmetric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519, checked by the strict rule of core.
    Ed25519,
}

impl Algorithm {
    /// Every algorithm there is here.
    pub const ALL: [Self; 7] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Es256, Self::Es384, Self::Ed25519];

    /// Its name in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Whether a JWK's `alg` names it. The old name counts here: it says what the key is for, not what a token may carry.
    pub(super) fn is_called(self, name: &str) -> bool {
        name == self.as_str() || (self == Self::Ed25519 && name == "EdDSA")
    }
}

/// What one rule takes: an explicit list (RFC 8725 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms {
    listed: Vec<Algorithm>,
    eddsa_name: bool,
}

impl Default for Algorithms {
    /// All of [`Algorithm::ALL`], each under its own name.
    fn default() -> Self {
        Self { listed: Algorithm::ALL.to_vec(), eddsa_name: false }
    }
}

impl Algorithms {
    /// These alone, by their names. `EdDSA` is none of them: see [`Algorithms::with_eddsa_name`].
    ///
    /// # Errors
    /// `attest.bad_rule` for another name, and for none at all.
    pub fn named<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, Refused> {
        let find = |name: S| Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name.as_ref());
        let listed: Option<Vec<_>> = names.into_iter().map(find).collect();
        match listed {
            Some(listed) if !listed.is_empty() => Ok(Self { listed, eddsa_name: false }),
            _ => Err(Refused::because(Code::BadRule, "an algorithm that is not known here, or none")),
        }
    }

    /// Also the name `EdDSA`, which RFC 9864 deprecates, for Ed25519. For issuers that know no other.
    #[must_use]
    pub fn with_eddsa_name(self) -> Self {
        Self { eddsa_name: true, ..self }
    }

    /// Without Ed25519, which JWT-SVIDs may not be signed with (JWT-SVID §2.1).
    pub(super) fn for_svids(mut self) -> Self {
        self.listed.retain(|algorithm| *algorithm != Algorithm::Ed25519);
        self
    }

    /// The algorithm of a token's `alg`, case-sensitive (RFC 7515 §4.1.1).
    pub(super) fn get(&self, name: &str) -> Result<Algorithm, Refused> {
        let name = if self.eddsa_name && name == "EdDSA" { "Ed25519" } else { name };
        let found = self.listed.iter().find(|algorithm| algorithm.as_str() == name);
        found.copied().ok_or(Code::WrongAlgorithm.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_names_are_taken_and_each_to_the_letter() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithms::default().get(algorithm.as_str()), Ok(algorithm));
        }
        let narrow = Algorithms::named(["ES256", "Ed25519"]).unwrap();
        assert_eq!(narrow.get("ES256"), Ok(Algorithm::Es256));
        for name in ["RS256", "none", "None", "HS256", "es256", "ES256 ", "", "EdDSA", "ES256K", "ES512"] {
            assert_eq!(narrow.get(name).map_err(Refused::code), Err(Code::WrongAlgorithm), "{name}");
        }
        assert_eq!(narrow.clone().with_eddsa_name().get("EdDSA"), Ok(Algorithm::Ed25519));
        assert!(Algorithms::named(["ES256"]).unwrap().with_eddsa_name().get("EdDSA").is_err());
        assert!(narrow.with_eddsa_name().for_svids().get("EdDSA").is_err());
    }

    #[test]
    fn a_rule_names_what_exists() {
        for names in [&["HS256"][..], &["ES256", "none"], &["EdDSA"], &[]] {
            assert_eq!(Algorithms::named(names).map_err(Refused::code), Err(Code::BadRule), "{names:?}");
        }
    }
}
