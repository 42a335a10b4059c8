//! Who signs: a key in a file, or a machine that keeps its keys to itself.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use keybound::PublicKey;
use std::{fmt, future::Future, pin::Pin};

/// Signs with Ed25519. A KMS or a PKCS#11 token is another implementation of it; what it gives back is checked against its public
/// key before it leaves the service.
pub trait Signer: Send + Sync {
    /// The key that verifies.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` as it is (RFC 8032, no prehash).
    fn sign<'a>(
        &'a self,
        message: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Result<[u8; 64], SignerError>> + Send + 'a>>;
}

/// The signer did not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerError(pub String);

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SignerError {}

/// A key in this process, read from a file.
pub struct FileSigner {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl FileSigner {
    /// The signer of a 32-byte seed (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// [`SignerError`] when the bytes are no seed.
    pub fn from_seed(seed: &[u8]) -> Result<Self, SignerError> {
        let bad = || SignerError("the seed is not one of Ed25519".to_owned());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| bad())?;
        let public = PublicKey::from_bytes(pair.public_key().as_ref()).map_err(|_| bad())?;
        Ok(Self { pair, public })
    }
}

impl Signer for FileSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign<'a>(
        &'a self,
        message: &'a [u8],
    ) -> Pin<Box<dyn Future<Output = Result<[u8; 64], SignerError>> + Send + 'a>> {
        let signature = self.pair.sign(message).as_ref().try_into();
        let signature = signature.map_err(|_| SignerError("the signature has another length".to_owned()));
        Box::pin(std::future::ready(signature))
    }
}

impl fmt::Debug for FileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileSigner(for {})", self.public.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keybound::SigningKey;

    #[tokio::test]
    async fn it_signs_what_core_verifies() {
        let signer = FileSigner::from_seed(&[7; 32]).unwrap();
        assert_eq!(*signer.public_key(), SigningKey::from_seed(&[7; 32]).public_key());
        let signature = signer.sign(b"message").await.unwrap();
        signer.public_key().verify(b"message", &signature).unwrap();
        assert!(signer.public_key().verify(b"other", &signature).is_err());
        assert!(FileSigner::from_seed(&[7; 31]).is_err());
    }
}
