//! A set of keys, as an issuer publishes it.

use super::{Algorithm, Key};
use crate::{code::Code, json::Node, refusal::Refusal};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The keys of an issuer (RFC 7517 §5) that signatures may be checked with here. Configured, never fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key_id: Option<String>,
    key: Key,
}

impl Jwks {
    /// Reads a JWK Set. Keys of other kinds, for other uses or other algorithms are passed over, as §5 wants it; a private key
    /// is refused: it was published by mistake.
    ///
    /// # Errors
    /// `jose.bad_key_set`, `key.private`; `json.bad`, `json.duplicate_member`.
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        Self::read(json, |used| used.is_none_or(|used| used == "sig"))
    }

    /// Reads a JWK Set of which only the keys for one `use` count, such as `jwt-svid` in a SPIFFE bundle.
    ///
    /// # Errors
    /// As [`Jwks::parse`].
    pub fn parse_for(json: &[u8], wanted: &str) -> Result<Self, Refusal> {
        Self::read(json, |used| used == Some(wanted))
    }

    fn read(json: &[u8], is_for_us: impl Fn(Option<&str>) -> bool) -> Result<Self, Refusal> {
        let node = Node::parse_sound(json)?;
        let keys = node.as_object().and_then(|set| set.get("keys")).and_then(Node::as_array);
        let mut entries = Vec::new();
        for node in keys.ok_or(Code::BadKeySet)? {
            match Key::from_node(node) {
                Ok(key) if may_verify(node, &key, &is_for_us) => {
                    let key_id = node.as_object().and_then(|jwk| jwk.get("kid")).and_then(Node::as_text);
                    entries.push(Entry { key_id: key_id.map(ToOwned::to_owned), key });
                }
                Err(refusal) if refusal.code() == Code::PrivateKey && !is_shared(node) => {
                    return Err(refusal);
                }
                _ => {}
            }
        }
        Ok(Self(entries))
    }

    /// The keys that may have made a signature: those of the algorithm; when the header names a key, that one alone.
    pub(crate) fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        key_id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Key> {
        self.0
            .iter()
            .filter(move |entry| key_id.is_none() || entry.key_id.as_deref() == key_id)
            .map(|entry| &entry.key)
            .filter(move |key| algorithm.check_fits(key).is_ok())
    }
}

/// A shared secret, which belongs into no set of public keys either, but is nobody's signing key.
fn is_shared(node: &Node<'_>) -> bool {
    node.as_object().and_then(|jwk| jwk.get("kty")).and_then(Node::as_text) == Some("oct")
}

/// Whether a key may be used for checking signatures, as far as it says so itself (RFC 7517 §4.2 to §4.4).
fn may_verify(node: &Node<'_>, key: &Key, is_for_us: &dyn Fn(Option<&str>) -> bool) -> bool {
    let Some(jwk) = node.as_object() else { return false };
    let algorithm = match key {
        Key::Ed25519(_) => Algorithm::Ed25519,
        Key::P256(_) => Algorithm::Es256,
    };
    let says = |name: &str, fits: &dyn Fn(&Node<'_>) -> bool| jwk.get(name).is_none_or(fits);
    is_for_us(jwk.get("use").map(|node| node.as_text().unwrap_or_default()))
        && says("key_ops", &|node| {
            node.as_array()
                .is_some_and(|operations| operations.iter().any(|node| node.as_text() == Some("verify")))
        })
        && says("alg", &|node| node.as_text().is_some_and(|name| algorithm.is_called(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

    fn count(jwk: &str, algorithm: Algorithm, key_id: Option<&str>) -> Result<usize, Code> {
        let set =
            Jwks::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).map_err(|refusal| refusal.code())?;
        Ok(set.candidates(algorithm, key_id).count())
    }

    #[test]
    fn a_key_is_used_for_what_it_is_for() {
        for (more, found) in [
            ("", 1),
            (r#","use":"sig","alg":"Ed25519","key_ops":["verify"]"#, 1),
            (r#","alg":"EdDSA""#, 1),
            (r#","use":"enc""#, 0),
            (r#","alg":"ES256""#, 0),
            (r#","key_ops":["sign"]"#, 0),
            (r#","key_ops":"verify""#, 0),
        ] {
            assert_eq!(count(&format!("{{{ED}{more}}}"), Algorithm::Ed25519, None), Ok(found), "{more}");
        }
        assert_eq!(count(&format!("{{{ED}}}"), Algorithm::Es256, None), Ok(0));
        assert_eq!(count(&format!(r#"{{{ED},"kid":"a"}}"#), Algorithm::Ed25519, Some("a")), Ok(1));
        assert_eq!(count(&format!(r#"{{{ED},"kid":"a"}}"#), Algorithm::Ed25519, Some("b")), Ok(0));
        assert_eq!(count(&format!("{{{ED}}}"), Algorithm::Ed25519, Some("a")), Ok(0));
    }

    #[test]
    fn unknown_keys_are_passed_over_and_private_ones_refused() {
        assert_eq!(
            count(r#"{"kty":"RSA","n":"AA","e":"AQAB"},{},{"kty":"oct","k":"AA"}"#, Algorithm::Ed25519, None),
            Ok(0)
        );
        assert_eq!(count(&format!(r#"{{{ED},"d":"AA"}}"#), Algorithm::Ed25519, None), Err(Code::PrivateKey));
        for text in ["[]", "{}", r#"{"keys":{}}"#] {
            assert_eq!(Jwks::parse(text.as_bytes()).map_err(|refusal| refusal.code()), Err(Code::BadKeySet));
        }
    }
}
