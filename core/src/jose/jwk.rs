//! Keys as JSON (RFC 7517, RFC 8037, RFC 7518 §6.2).

use crate::{
    base64url,
    code::Code,
    id::Digest,
    json::{Members, Node, Value},
    key::PublicKey,
    refusal::Refusal,
};
use alloc::{format, string::String};
use core::fmt;

/// A public key that a JOSE object may be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// `kty` OKP, `crv` Ed25519.
    Ed25519(PublicKey),
    /// `kty` EC, `crv` P-256.
    P256(P256Key),
}

/// The coordinates of a P-256 key. Whether they are a point of the curve is for the host to say that checks signatures
/// with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct P256Key {
    x: [u8; 32],
    y: [u8; 32],
}

impl P256Key {
    /// The affine coordinates, 32 bytes each, big-endian.
    pub const fn from_coordinates(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { x, y }
    }

    /// x.
    pub const fn x(&self) -> &[u8; 32] {
        &self.x
    }

    /// y.
    pub const fn y(&self) -> &[u8; 32] {
        &self.y
    }
}

/// The members that only a private or a shared key has (RFC 7518 §6, the registry's class "Private").
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Key {
    /// Reads a public JWK. Members that do not make the key are ignored.
    ///
    /// # Errors
    /// `json.bad`, `json.duplicate_member`; `key.private` when it holds a private part; `key.wrong_curve` for another
    /// kind of key; `key.bad` for coordinates that are none.
    pub fn from_jwk(json: &[u8]) -> Result<Self, Refusal> {
        Self::from_node(&Node::parse_sound(json)?)
    }

    pub(crate) fn from_node(node: &Node<'_>) -> Result<Self, Refusal> {
        let members = node.as_object().ok_or(Code::BadKey)?;
        if PRIVATE.iter().any(|member| members.has(member)) {
            return Err(Code::PrivateKey.into());
        }
        let text = |name| members.get(name).and_then(Node::as_text);
        match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => {
                PublicKey::from_bytes(&coordinate(members, "x")?).map(Self::Ed25519)
            }
            (Some("EC"), Some("P-256")) => {
                Ok(Self::P256(P256Key { x: coordinate(members, "x")?, y: coordinate(members, "y")? }))
            }
            (Some(_), _) => Err(Code::WrongCurve.into()),
            (None, _) => Err(Code::BadKey.into()),
        }
    }

    /// The required members, in the order of RFC 7638 §3: what the thumbprint is of, and the shortest JWK.
    pub fn to_jwk(&self) -> String {
        match self {
            Self::Ed25519(key) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(key.as_bytes()))
            }
            Self::P256(key) => {
                let [x, y] = [&key.x, &key.y].map(|coordinate| base64url::encode(coordinate));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        }
    }

    /// The same as a value.
    pub(crate) fn to_value(&self) -> Value {
        Value::from_json(self.to_jwk().as_bytes()).unwrap_or(Value::Null)
    }

    /// The SHA-256 JWK Thumbprint (RFC 7638 §3): the key's name in `cnf.jkt`, and in the `iss` of AAT-02.
    pub fn thumbprint(&self) -> JwkThumbprint {
        JwkThumbprint(Digest::of(self.to_jwk().as_bytes()))
    }
}

fn coordinate(members: &Members<'_>, name: &str) -> Result<[u8; 32], Code> {
    let text = members.get(name).and_then(Node::as_text);
    text.and_then(base64url::decode).and_then(|bytes| bytes.try_into().ok()).ok_or(Code::BadKey)
}

impl From<PublicKey> for Key {
    fn from(key: PublicKey) -> Self {
        Self::Ed25519(key)
    }
}

impl PublicKey {
    /// Reads a public JWK on Ed25519.
    ///
    /// # Errors
    /// As [`Key::from_jwk`]; `key.wrong_curve` also for P-256.
    pub fn from_jwk(json: &[u8]) -> Result<Self, Refusal> {
        match Key::from_jwk(json)? {
            Key::Ed25519(key) => Ok(key),
            Key::P256(_) => Err(Code::WrongCurve.into()),
        }
    }

    /// The key as a JWK (RFC 8037 §2): `crv`, `kty` and `x`.
    pub fn to_jwk(&self) -> String {
        Key::from(self.clone()).to_jwk()
    }

    /// The SHA-256 JWK Thumbprint (RFC 7638 §3, RFC 8037 §2).
    pub fn jwk_thumbprint(&self) -> JwkThumbprint {
        Key::from(self.clone()).thumbprint()
    }
}

/// A key's name in JOSE. Prints as base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JwkThumbprint(Digest);

impl JwkThumbprint {
    /// Reads the text of a thumbprint: 43 characters of base64url. Nothing for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = base64url::decode(text)?.try_into().ok()?;
        Some(Self(Digest::from_bytes(bytes)))
    }

    /// The digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The thumbprint as a URI (RFC 9278 §3): the issuer of a token that the key's holder derives (AAT-02 §3.2).
    pub fn to_uri(&self) -> String {
        format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{self}")
    }
}

impl fmt::Display for JwkThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.as_bytes()))
    }
}

impl fmt::Debug for JwkThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwkThumbprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// RFC 8037 appendix A.3, and the P-256 key of RFC 9449 §4.1 with the thumbprint of §6.1.
    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        let ed25519 = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::from_jwk(ed25519).unwrap();
        assert_eq!(key.jwk_thumbprint().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(
            key.to_jwk(),
            r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        );
        let p256 = br#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","use":"sig"}"#;
        let key = Key::from_jwk(p256).unwrap();
        assert_eq!(key.thumbprint().to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn what_is_no_public_key_says_why() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        for (jwk, code) in [
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"AA"}}"#), Code::PrivateKey),
            (r#"{"kty":"oct","k":"AA"}"#.into(), Code::PrivateKey),
            (r#"{"kty":"RSA","n":"AA","e":"AQAB"}"#.into(), Code::WrongCurve),
            (format!(r#"{{"kty":"OKP","crv":"X25519","x":"{x}"}}"#), Code::WrongCurve),
            (format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{x}"}}"#), Code::WrongCurve),
            (format!(r#"{{"kty":"EC","crv":"Ed25519","x":"{x}"}}"#), Code::WrongCurve),
            (r#"{"kty":"OKP","crv":"Ed25519"}"#.into(), Code::BadKey),
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}="}}"#), Code::BadKey),
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, "A".repeat(43)), Code::BadKey),
            (format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}"}}"#), Code::BadKey),
            (r#"{"crv":"Ed25519"}"#.into(), Code::BadKey),
            ("[]".into(), Code::BadKey),
            ("{".into(), Code::BadJson),
            (format!(r#"{{"kty":"OKP","kty":"OKP","crv":"Ed25519","x":"{x}"}}"#), Code::DuplicateMember),
        ] {
            assert_eq!(Key::from_jwk(jwk.as_bytes()).map_err(|refusal| refusal.code()), Err(code), "{jwk}");
        }
    }
}
