//! Fixed-size identifiers: tokens, proofs, digests. Randomness comes in as an argument.

use core::fmt;
use sha2::{Digest as _, Sha256};

/// A source of random bytes that the host supplies, such as the operating system's.
pub trait Random {
    /// Why no bytes could be had.
    type Error;

    /// Fills all of `bytes` with unpredictable bytes.
    ///
    /// # Errors
    /// Whatever the source says; nothing of `bytes` may be used then.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error>;
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);

        impl $name {
            /// Wraps the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $size]) -> Self { Self(bytes) }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $size] { &self.0 }
        }

        /// Lower-case hexadecimal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

macro_rules! drawn {
    ($name:ident) => {
        impl $name {
            /// A fresh identifier from `random`.
            ///
            /// # Errors
            /// What `random` says when it has no bytes to give.
            pub fn generate<R: Random>(random: &mut R) -> Result<Self, R::Error> {
                let mut bytes = [0; 16];
                random.fill(&mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

identifier! {
    /// The id of one token, CWT claim `cti` (RFC 8392 §3.1.7), always 16 bytes. Unique by being random.
    TokenId, 16
}
identifier! {
    /// The id of one proof, always 16 random bytes; a verifier remembers it for as long as the proof could be replayed.
    ProofId, 16
}
identifier! {
    /// A SHA-256 digest.
    Digest, 32
}
drawn!(TokenId);
drawn!(ProofId);

impl Digest {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}
