//! COSE_Sign1 as this format uses it: one form, nothing optional (RFC 9052 §4.2, SPEC 4).

use super::{
    read::label,
    scan::{Item, bytes_item},
};
use crate::{code::Code, key::PublicKey, refusal::Refusal};
use alloc::{string::ToString, vec::Vec};
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader, SignatureContext,
    TaggedCborSerializable,
    cbor::value::Value as Cbor,
    iana::{self, EnumI64 as _},
    sig_structure_data,
};

/// What an envelope holds; the explicit type (RFC 9596) keeps one from passing as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Proof,
    Snapshot,
    Delta,
}

impl Kind {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Token => "application/keybound+cwt",
            Self::Proof => "application/keybound-proof+cwt",
            Self::Snapshot => "application/keybound-revocations+cose",
            Self::Delta => "application/keybound-revocations-delta+cose",
        }
    }

    /// The one protected header of this kind, encoded: `{1: -19, 16: media type}`.
    const fn protected(self) -> &'static [u8] {
        match self {
            Self::Token => b"\xa2\x01\x32\x10\x78\x18application/keybound+cwt",
            Self::Proof => b"\xa2\x01\x32\x10\x78\x1eapplication/keybound-proof+cwt",
            Self::Snapshot => b"\xa2\x01\x32\x10\x78\x25application/keybound-revocations+cose",
            Self::Delta => b"\xa2\x01\x32\x10\x78\x2bapplication/keybound-revocations-delta+cose",
        }
    }

    fn header(self) -> Header {
        HeaderBuilder::new()
            .algorithm(iana::Algorithm::Ed25519)
            .value(TYP, Cbor::Text(self.media_type().to_string()))
            .build()
    }
}

/// COSE header parameter `alg`, RFC 9052 §3.1.
const ALG: i64 = 1;

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
pub(crate) struct Envelope {
    /// Whose protected header it has, to the byte.
    kind: Kind,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Envelope {
    /// Splits off the bytes of the envelope that `bytes` begins with, looking only at its frame.
    pub(crate) fn split_from(bytes: &[u8]) -> Result<(&[u8], &[u8]), Code> {
        let (_, rest) = Frame::read(bytes)?;
        let length = bytes.len().checked_sub(rest.len()).ok_or(Code::Truncated)?;
        bytes.split_at_checked(length).ok_or(Code::Truncated)
    }

    /// Parses exactly one envelope of `kind`.
    pub(crate) fn parse(bytes: &[u8], kind: Kind) -> Result<Self, Code> {
        Self::parse_one_of(bytes, &[kind])
    }

    /// Parses exactly one envelope of one of these kinds.
    pub(crate) fn parse_one_of(bytes: &[u8], kinds: &[Kind]) -> Result<Self, Code> {
        let (frame, rest) = Frame::read(bytes)?;
        if !rest.is_empty() {
            return Err(Code::TrailingBytes);
        }
        // One form is right, so it is recognised by its bytes; only a wrong one is taken apart, to say what is wrong.
        let Some(&kind) = kinds.iter().find(|kind| frame.protected == kind.protected()) else {
            return Err(fault_in(frame.protected, kinds));
        };
        Ok(Self { kind, payload: frame.payload.to_vec(), signature: frame.signature.to_vec() })
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// The payload's bytes, for a reader that keeps them.
    pub(crate) fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    pub(crate) fn payload_bytes(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as one item, nested at most `depth` deep.
    pub(crate) fn payload(&self, depth: u32) -> Result<Item<'_>, Code> {
        Item::whole(&self.payload, depth)
    }

    /// Checks the signature over the bytes as received, with `external_aad` (RFC 9052 §4.4).
    pub(crate) fn verify(&self, signer: &PublicKey, external_aad: &[u8]) -> Result<(), Refusal> {
        let protected = ProtectedHeader {
            original_data: Some(self.kind.protected().to_vec()),
            header: Header::default(),
        };
        let message =
            sig_structure_data(SignatureContext::CoseSign1, protected, None, external_aad, &self.payload);
        signer.verify(&message, &self.signature)
    }
}

/// The four parts of an envelope, as they lie in the bytes.
struct Frame<'a> {
    protected: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Code> {
        let rest = expect(bytes, TAG_SIGN1, Code::WrongTag)?;
        let is_tag = matches!(rest, [0xc0..=0xdb, ..]);
        let rest = expect(rest, ARRAY_OF_FOUR, if is_tag { Code::WrongTag } else { Code::NotSign1 })?;
        let (protected, rest) = bytes_item(rest)?;
        // Bytes outside the signature would change the token's hash without breaking it (RFC 9770 §13).
        let is_map = matches!(rest, [0xa0..=0xbf, ..]);
        let rest = expect(rest, EMPTY_MAP, if is_map { Code::UnprotectedHeader } else { Code::NotSign1 })?;
        let (payload, rest) = bytes_item(rest)?;
        let (signature, rest) = bytes_item(rest)?;
        if signature.len() != ed25519_dalek::SIGNATURE_LENGTH {
            return Err(Code::SignatureLength);
        }
        Ok((Self { protected, payload, signature }, rest))
    }
}

fn expect(bytes: &[u8], first: u8, otherwise: Code) -> Result<&[u8], Code> {
    match bytes.split_first() {
        None => Err(Code::Truncated),
        Some((byte, rest)) if *byte == first => Ok(rest),
        Some(_) => Err(otherwise),
    }
}

/// What is wrong with a protected header that is not the one it should be.
fn fault_in(protected: &[u8], kinds: &[Kind]) -> Code {
    let header = match Item::whole(protected, HEADER_DEPTH) {
        Ok(header) => header,
        Err(code) => return code,
    };
    let entries = header.as_map().unwrap_or_default();
    let value =
        |wanted: i64| entries.iter().find(|(key, _)| label(key) == Some(wanted)).map(|(_, value)| value);
    if value(ALG).and_then(Item::as_integer) != Some(iana::Algorithm::Ed25519.to_i64()) {
        Code::WrongAlgorithm
    } else if !kinds.iter().any(|kind| value(TYP).and_then(Item::as_text) == Some(kind.media_type())) {
        Code::WrongType
    } else {
        Code::UnknownHeader
    }
}

/// Nesting inside a protected header: the map, and a `crit` list.
const HEADER_DEPTH: u32 = 2;

/// An envelope that waits for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Unsigned {
    sign1: CoseSign1,
    to_be_signed: Vec<u8>,
}

impl Unsigned {
    pub(crate) fn new(kind: Kind, payload: Vec<u8>, external_aad: &[u8]) -> Self {
        let sign1 = CoseSign1Builder::new().protected(kind.header()).payload(payload).build();
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

#[cfg(test)]
mod tests {
    use super::*;
    use coset::CborSerializable as _;

    #[test]
    fn the_header_we_recognise_is_the_header_coset_writes() {
        for kind in [Kind::Token, Kind::Proof, Kind::Snapshot, Kind::Delta] {
            assert_eq!(kind.header().to_vec().unwrap(), kind.protected());
            assert_eq!(Header::from_slice(kind.protected()).unwrap(), kind.header());
        }
    }

    #[test]
    fn coset_reads_what_we_write_and_signs_what_we_check() {
        let unsigned = Unsigned::new(Kind::Token, alloc::vec![0xa0], b"parent");
        let to_be_signed = unsigned.to_be_signed().to_vec();
        let bytes = unsigned.finish(&[7; 64]).unwrap();
        let sign1 = CoseSign1::from_tagged_slice(&bytes).unwrap();
        assert_eq!(sign1.tbs_data(b"parent"), to_be_signed);
        let ours = Envelope::parse(&bytes, Kind::Token).unwrap();
        assert_eq!((Some(&ours.payload), &ours.signature), (sign1.payload.as_ref(), &sign1.signature));
    }
}
