//! COSE_Sign1 as this format uses it: one form, nothing optional (RFC 9052 §4.2, SPEC 4).

use super::{from_bytes, scan};
use crate::{code::Code, key::PublicKey, refusal::Refusal};
use alloc::{string::ToString, vec::Vec};
use coset::{
    AsCborValue, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, Label, TaggedCborSerializable,
    cbor::value::Value as Cbor, iana,
};

/// What an envelope holds; the explicit type (RFC 9596) keeps one from passing as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Proof,
}

impl Kind {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Token => "application/keybound+cwt",
            Self::Proof => "application/keybound-proof+cwt",
        }
    }
}

/// COSE header parameter `typ`, RFC 9596 §2.
const TYP: i64 = 16;

/// Tag 18 in its one-byte form, RFC 9052 §2.
const TAG_SIGN1: u8 = 0xd2;

/// An array of four, definite and shortest.
const ARRAY_OF_FOUR: u8 = 0x84;

/// An empty map, definite and shortest.
const EMPTY_MAP: u8 = 0xa0;

/// A well-formed envelope; its signature has not been checked.
#[derive(Clone, Debug)]
pub(crate) struct Envelope(CoseSign1);

impl Envelope {
    /// Splits off the bytes of the envelope that `bytes` begins with, looking only at its frame.
    pub(crate) fn split_from(bytes: &[u8]) -> Result<(&[u8], &[u8]), Code> {
        let rest = match bytes {
            [] => return Err(Code::Truncated),
            [TAG_SIGN1, rest @ ..] => rest,
            _ => return Err(Code::WrongTag),
        };
        let rest = match rest {
            [] => return Err(Code::Truncated),
            [ARRAY_OF_FOUR, rest @ ..] => rest,
            _ => return Err(Code::NotSign1),
        };
        let (_protected, rest) = scan::bytes_item(rest)?;
        let rest = match rest {
            [] => return Err(Code::Truncated),
            [EMPTY_MAP, rest @ ..] => rest,
            // Bytes outside the signature would change the token's hash without breaking it (RFC 9770 §13).
            [0xa1..=0xbf, ..] => return Err(Code::UnprotectedHeader),
            _ => return Err(Code::NotSign1),
        };
        let (_payload, rest) = scan::bytes_item(rest)?;
        let (signature, rest) = scan::bytes_item(rest)?;
        if signature.len() != ed25519_dalek::SIGNATURE_LENGTH {
            return Err(Code::SignatureLength);
        }
        let length = bytes.len().checked_sub(rest.len()).ok_or(Code::Truncated)?;
        bytes.split_at_checked(length).ok_or(Code::Truncated)
    }

    /// Parses exactly one envelope of `kind`.
    pub(crate) fn parse(bytes: &[u8], kind: Kind) -> Result<Self, Code> {
        let (_, rest) = Self::split_from(bytes)?;
        if !rest.is_empty() {
            return Err(Code::TrailingBytes);
        }
        let untagged = bytes.get(1..).ok_or(Code::Truncated)?;
        let (protected, _) = scan::bytes_item(untagged.get(1..).ok_or(Code::Truncated)?)?;
        scan::whole(protected, 2)?;
        let value: Cbor = coset::cbor::de::from_reader(untagged).map_err(|_| Code::NotSign1)?;
        let sign1 = CoseSign1::from_cbor_value(value).map_err(|_| Code::UnknownHeader)?;
        check_header(&sign1.protected.header, kind)?;
        Ok(Self(sign1))
    }

    /// The payload as a CBOR item, nested at most `depth` deep.
    pub(crate) fn payload(&self, depth: u32) -> Result<Cbor, Code> {
        from_bytes(self.0.payload.as_deref().ok_or(Code::NotSign1)?, depth)
    }

    /// Checks the signature over the bytes as received, with `external_aad` (RFC 9052 §4.4).
    pub(crate) fn verify(&self, signer: &PublicKey, external_aad: &[u8]) -> Result<(), Refusal> {
        self.0.verify_signature(external_aad, |signature, message| signer.verify(message, signature))
    }
}

fn check_header(header: &Header, kind: Kind) -> Result<(), Code> {
    // Taken apart in full, so that a parameter coset learns to parse one day cannot slip through.
    let Header { alg, crit, content_type, key_id, iv, partial_iv, counter_signatures, rest } = header;
    if *alg != Some(coset::Algorithm::Assigned(iana::Algorithm::Ed25519)) {
        return Err(Code::WrongAlgorithm);
    }
    let [(Label::Int(TYP), typ)] = rest.as_slice() else {
        let has_type = rest.iter().any(|(label, _)| *label == Label::Int(TYP));
        return Err(if has_type { Code::UnknownHeader } else { Code::WrongType });
    };
    if typ.as_text() != Some(kind.media_type()) {
        return Err(Code::WrongType);
    }
    let nothing_else = crit.is_empty()
        && content_type.is_none()
        && key_id.is_empty()
        && iv.is_empty()
        && partial_iv.is_empty()
        && counter_signatures.is_empty();
    if nothing_else { Ok(()) } else { Err(Code::UnknownHeader) }
}

/// An envelope that waits for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Unsigned {
    sign1: CoseSign1,
    to_be_signed: Vec<u8>,
}

impl Unsigned {
    pub(crate) fn new(kind: Kind, payload: Vec<u8>, external_aad: &[u8]) -> Self {
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::Ed25519)
            .value(TYP, Cbor::Text(kind.media_type().to_string()))
            .build();
        let sign1 = CoseSign1Builder::new().protected(protected).payload(payload).build();
        let to_be_signed = sign1.tbs_data(external_aad);
        Self { sign1, to_be_signed }
    }

    /// The Sig_structure (RFC 9052 §4.4).
    pub(crate) fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    pub(crate) fn finish(self, signature: &[u8; 64]) -> Result<Vec<u8>, Code> {
        let mut sign1 = self.sign1;
        sign1.signature = signature.to_vec();
        sign1.to_tagged_vec().map_err(|_| Code::NotSign1)
    }
}
