//! Fixed-size identifiers: tokens, proofs, digests. Randomness comes in as an argument.

use crate::time::UnixTime;
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

#[cfg(feature = "jose")]
mod text {
    use super::{Digest, ProofId, TokenId};
    use alloc::string::String;
    use core::fmt::Write as _;

    /// Where the text of a UUID has hyphens (RFC 9562 §4).
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];

    /// 16 bytes as the text of a UUID: lower-case, hyphenated.
    fn uuid(bytes: &[u8; 16]) -> String {
        let mut out = String::with_capacity(36);
        for byte in bytes {
            if HYPHENS.contains(&out.len()) {
                out.push('-');
            }
            // Writing to a `String` never fails.
            let _ = write!(out, "{byte:02x}");
        }
        out
    }

    /// The 16 bytes an id in text stands for: those of the UUID, if it is written as [`uuid`] writes it, or else the first of
    /// its SHA-256. Two texts never share an id but by a collision.
    fn sixteen(text: &str) -> [u8; 16] {
        parse(text).unwrap_or_else(|| {
            let digest = Digest::of(text.as_bytes());
            digest.as_bytes().first_chunk().copied().unwrap_or_default()
        })
    }

    fn parse(text: &str) -> Option<[u8; 16]> {
        let has_hyphens = HYPHENS.iter().all(|place| text.as_bytes().get(*place) == Some(&b'-'));
        if text.len() != 36 || !has_hyphens {
            return None;
        }
        // A hyphen elsewhere is no digit, and one digit too few.
        let mut digits = text.bytes().filter(|byte| *byte != b'-').map(|byte| match byte {
            b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
            b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
            _ => None,
        });
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = digits.next()?? << 4 | digits.next()??;
        }
        Some(bytes)
    }

    macro_rules! in_text {
        ($name:ident) => {
            impl $name {
                /// The id of a `jti`: a UUID in lower case stands for its 16 bytes, any other text for the first 16 bytes of its
                /// SHA-256.
                pub fn from_text(text: &str) -> Self {
                    Self(sixteen(text))
                }

                /// The id as a `jti`: a UUID in lower case (AAT-02 §3.2).
                pub fn to_text(&self) -> String {
                    uuid(&self.0)
                }
            }
        };
    }

    in_text!(TokenId);
    in_text!(ProofId);
}

impl TokenId {
    /// A fresh UUIDv7 (RFC 9562 §5.7), which AAT-02 §3.2 recommends: the time in milliseconds, here of whole seconds, then
    /// 74 random bits.
    ///
    /// # Errors
    /// What `random` says when it has no bytes to give.
    pub fn generate_v7<R: Random>(random: &mut R, now: UnixTime) -> Result<Self, R::Error> {
        let Self(mut bytes) = Self::generate(random)?;
        let millis = now.as_secs().saturating_mul(1000).to_be_bytes();
        let [_, _, time @ ..] = millis;
        if let Some(front) = bytes.first_chunk_mut() {
            *front = time;
        }
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        *version = 0x70 | (*version & 0x0f);
        *variant = 0x80 | (*variant & 0x3f);
        Ok(Self(bytes))
    }
}

impl Digest {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 of `front`, and of `front` with `back` behind it, in one pass.
    #[cfg(feature = "jose")]
    pub(crate) fn of_front_and_whole(front: &[u8], back: &[u8]) -> (Self, Self) {
        let hasher = Sha256::new_with_prefix(front);
        (Self(hasher.clone().finalize().into()), Self(hasher.chain_update(back).finalize().into()))
    }
}

#[cfg(all(test, feature = "jose"))]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_stands_for_its_bytes_and_any_other_text_for_its_hash() {
        let text = "019471f8-0000-7000-8000-0000000000a1";
        let id = TokenId::from_text(text);
        assert_eq!(id.as_bytes()[..3], [0x01, 0x94, 0x71]);
        assert_eq!(id.to_text(), text);
        for other in [
            "019471F8-0000-7000-8000-0000000000a1",
            "019471f800007000800000000000 00a1",
            "019471f80000700080000000000000a1",
            "019471f8-00007-000-8000-0000000000a1",
            "-019471f8-0000-7000-8000-0000000000a1",
            "a",
            "",
        ] {
            assert_ne!(TokenId::from_text(other), id, "{other}");
            assert_eq!(
                TokenId::from_text(other).as_bytes()[..],
                Digest::of(other.as_bytes()).as_bytes()[..16]
            );
        }
    }

    #[test]
    fn version_7_has_its_version_and_its_time() {
        struct Ones;
        impl Random for Ones {
            type Error = ();
            fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ()> {
                bytes.fill(0xff);
                Ok(())
            }
        }
        let now = UnixTime::new(1_645_557_742).unwrap();
        let id = TokenId::generate_v7(&mut Ones, now).unwrap();
        // RFC 9562 appendix A.6 has the same second.
        assert_eq!(id.to_text(), "017f22e2-79b0-7fff-bfff-ffffffffffff");
    }
}
