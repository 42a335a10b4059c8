//! The compact serialization of a JWS.

use crate::{base64url, code::Code, id::Digest};
use alloc::vec::Vec;

/// A compact JWS (RFC 7515 §7.1) taken into its three segments, and no further.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signing_input: &'a str,
}

impl<'a> Compact<'a> {
    /// # Errors
    /// `jose.not_compact`; `jose.encrypted` for the five segments of a JWE and for a JSON serialization.
    pub(crate) fn split(text: &'a str) -> Result<Self, Code> {
        let mut segments = text.split('.');
        match (segments.next(), segments.next(), segments.next(), segments.count()) {
            (Some(header), Some(payload), Some(signature), 0) => {
                let (signing_input, _) = text.rsplit_once('.').ok_or(Code::NotCompact)?;
                Ok(Self { header, payload, signature, signing_input })
            }
            (_, _, Some(_), 2) => Err(Code::Encrypted),
            (Some(first), ..) if first.trim_start().starts_with('{') => Err(Code::Encrypted),
            _ => Err(Code::NotCompact),
        }
    }

    /// What is signed: header and payload as received (RFC 7515 §5.2).
    pub(crate) const fn signing_input(&self) -> &'a str {
        self.signing_input
    }

    /// SHA-256 of what is signed, a token's name in its child's `par_hash` and in proofs (AAT-02 §3.5), and of the whole text.
    pub(crate) fn hashes(&self, text: &str) -> (Digest, Digest) {
        let signed = self.signing_input.len();
        Digest::of_front_and_whole(
            self.signing_input.as_bytes(),
            text.as_bytes().get(signed..).unwrap_or_default(),
        )
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, Code> {
        base64url::decode(self.payload).ok_or(Code::BadBase64)
    }

    pub(crate) fn signature(&self) -> Result<[u8; 64], Code> {
        base64url::decode(self.signature)
            .ok_or(Code::BadBase64)?
            .try_into()
            .map_err(|_| Code::SignatureLength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_segments_or_a_reason() {
        let compact = Compact::split("YQ.Yg.Yw").unwrap();
        assert_eq!((compact.header, compact.signing_input()), ("YQ", "YQ.Yg"));
        assert_eq!(compact.payload().unwrap(), b"b");
        assert_eq!(compact.signature(), Err(Code::SignatureLength));
        for (text, code) in [
            ("", Code::NotCompact),
            ("a", Code::NotCompact),
            ("a.b", Code::NotCompact),
            ("a.b.c.d", Code::NotCompact),
            ("a.b.c.d.e", Code::Encrypted),
            ("a.b.c.d.e.f", Code::NotCompact),
            (r#"{"payload":"a","signature":"b"}"#, Code::Encrypted),
        ] {
            assert_eq!(Compact::split(text).err(), Some(code), "{text}");
        }
    }
}
