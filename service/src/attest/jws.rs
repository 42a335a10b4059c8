//! The outside of a token: a compact JWS (RFC 7515 §7.1), read and not yet believed.

use super::{
    Code, Refused,
    json::{bytes, object, text},
};
use keybound::json::{Object, Value};

/// The longest token that is read. 16 KiB: identity tokens with group lists stay below; HTTP servers take no larger header.
const MAX_BYTES: usize = 16 * 1024;

/// A token taken apart. Its claims are what somebody says, until the signature is checked.
pub(super) struct Jws<'a> {
    pub(super) algorithm: String,
    /// `typ`, empty when there is none.
    pub(super) typ: String,
    /// May only choose among keys that are configured.
    pub(super) key_id: Option<String>,
    pub(super) claims: Object,
    /// What is signed: header and payload as received.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads a token. Keys its header brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not looked at (RFC 8725 §3.10).
    ///
    /// # Errors
    /// `attest.too_large`, `attest.bad_token`, `attest.duplicate_member`.
    pub(super) fn read(token: &'a str) -> Result<Self, Refused> {
        if token.len() > MAX_BYTES {
            return Err(Code::TooLarge.into());
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Code::BadToken)?;
        let (header, payload) = signed.split_once('.').ok_or(Code::BadToken)?;
        // A dot too many is no base64url.
        let [header, payload, signature] = [header, payload, signature].map(bytes);
        let (header, payload) = (header.ok_or(Code::BadToken)?, payload.ok_or(Code::BadToken)?);
        let signature = signature.ok_or(Code::BadToken)?;
        let (header, claims) = (object(&header)?, object(&payload)?);
        check_payload_is_plain(&header)?;
        let said = |name| match header.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Code::BadToken),
        };
        Ok(Self {
            algorithm: said("alg")?.ok_or(Code::WrongAlgorithm)?,
            typ: said("typ")?.unwrap_or_default(),
            key_id: said("kid")?,
            claims,
            signed,
            signature,
        })
    }
}

/// The payload is the claims themselves: encoded (RFC 7797 §7 forbids tokens the option), not compressed, not another token inside
/// (RFC 7519 §5.2). No extension is understood here, so a list of those that must be cannot be met (RFC 7515 §4.1.11).
fn check_payload_is_plain(header: &Object) -> Result<(), Refused> {
    let is_encoded = header.get("b64").is_none_or(|b64| *b64 == Value::Bool(true));
    let content = text(header, "cty").unwrap_or_default();
    let is_nested = header.get("cty").is_some_and(|cty| !matches!(cty, Value::Text(_)))
        || content.to_ascii_lowercase().ends_with("jwt");
    if !is_encoded || is_nested || header.get("crit").is_some() || header.get("zip").is_some() {
        return Err(Code::BadToken.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    fn code(header: &str, payload: &str) -> Option<Code> {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        Jws::read(&format!("{header}.{payload}.AA")).err().map(Refused::code)
    }

    #[test]
    fn headers_ask_for_nothing_that_is_not_known() {
        assert_eq!(code(r#"{"alg":"RS256"}"#, "{}"), None);
        for (header, expected) in [
            (
                r#"{"alg":"RS256","typ":"JWT","kid":"a","cty":"json","b64":true,"jku":"https://evil.example"}"#,
                None,
            ),
            (r#"{"alg":"RS256","alg":"none"}"#, Some(Code::DuplicateMember)),
            (r#"{"alg":"RS256","jwk":{"kty":"RSA","kty":"oct"}}"#, Some(Code::DuplicateMember)),
            (r#"{"typ":"JWT"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"alg":5}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","kid":1}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","typ":null}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","crit":[]}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","b64":false}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","zip":"DEF"}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","cty":"JWT"}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","cty":"application/at+jwt"}"#, Some(Code::BadToken)),
            (r#"{"alg":"RS256","cty":7}"#, Some(Code::BadToken)),
            ("[]", Some(Code::BadToken)),
        ] {
            assert_eq!(code(header, "{}"), expected, "{header}");
        }
        assert_eq!(code(r#"{"alg":"RS256"}"#, "1"), Some(Code::BadToken));
    }

    #[test]
    fn three_segments_in_base64url() {
        for token in [
            "",
            "a",
            "e30.e30",
            "e30.e30.AA.AA",
            "e30.e30.AA.AA.AA",
            "{}",
            "e30=.e30.AA",
            " e30.e30.AA",
            "e31.e30.AA",
        ] {
            assert_eq!(Jws::read(token).err().map(Refused::code), Some(Code::BadToken), "{token}");
        }
        let long = format!("e30.{}.AA", "A".repeat(MAX_BYTES));
        assert_eq!(Jws::read(&long).err().map(Refused::code), Some(Code::TooLarge));
    }
}
