//! The protected header of a JWS.

use super::{Algorithm, Algorithms};
use crate::{
    base64url,
    code::Code,
    json::{Members, Node},
    refusal::Refusal,
};
use alloc::{borrow::ToOwned, string::String};

/// What a header says, as far as anybody here listens. Keys it brings along (`jwk`, `jku`, `x5c`, `x5u`) are not among it:
/// they never choose a key, but for the `jwk` of a DPoP proof, which [`Header::read_with`] hands to the one who asks.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    /// May only help to choose among keys that are configured.
    pub(crate) key_id: Option<String>,
}

impl Header {
    /// Reads a header of one of these types, signed with one of these algorithms. An empty type stands for none.
    ///
    /// # Errors
    /// `jose.bad_base64`, `jose.bad_header`, `jose.unsigned`, `jose.symmetric`, `envelope.wrong_algorithm`,
    /// `envelope.wrong_type`, `jose.unknown_critical`, `jose.unencoded`, `jose.compressed`, `jose.nested`.
    pub(crate) fn read(segment: &str, types: &[&str], algorithms: Algorithms) -> Result<Self, Refusal> {
        Self::read_with(segment, types, algorithms, |header, _| Ok(header))
    }

    /// The same, with the members for somebody who needs one more.
    pub(crate) fn read_with<T>(
        segment: &str,
        types: &[&str],
        algorithms: Algorithms,
        more: impl FnOnce(Self, &Members<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let bytes = base64url::decode(segment).ok_or(Code::BadBase64)?;
        // RFC 7515 §4: member names are unique. Half a surrogate pair is no text either.
        let members = Members::parse(&bytes).map_err(|_| Code::BadHeader)?;
        let text = |name| members.get(name).and_then(Node::as_text);
        let algorithm = algorithms.named(text("alg").ok_or(Code::WrongAlgorithm)?)?;
        let typ = members.get("typ").map_or(Some(""), Node::as_text);
        if !typ.is_some_and(|typ| types.contains(&typ)) {
            return Err(Code::WrongType.into());
        }
        check_payload_is_plain(&members)?;
        // No extension is understood here, so a list of those that must be cannot be met (RFC 7515 §4.1.11).
        if members.has("crit") {
            return Err(Code::UnknownCritical.into());
        }
        more(Self { algorithm, key_id: text("kid").map(ToOwned::to_owned) }, &members)
    }
}

/// The payload is the claims themselves: encoded (RFC 7797 §7 forbids tokens the option), not compressed and not
/// another token inside (RFC 7519 §5.2).
fn check_payload_is_plain(members: &Members<'_>) -> Result<(), Code> {
    if members.get("b64").is_some_and(|b64| !matches!(b64, Node::Bool(true))) {
        return Err(Code::Unencoded);
    }
    if members.has("zip") {
        return Err(Code::Compressed);
    }
    let content = members.get("cty").map(|content| content.as_text().unwrap_or_default());
    let is_token = |kind: &str| {
        let kind = kind.strip_prefix("application/").unwrap_or(kind);
        kind.eq_ignore_ascii_case("JWT")
            || kind.rsplit('+').next().is_some_and(|end| end.eq_ignore_ascii_case("jwt"))
    };
    if content.is_some_and(is_token) { Err(Code::Nested) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(header: &str) -> Option<Code> {
        let read = Header::read(&base64url::encode(header.as_bytes()), &["aat+jwt"], Algorithms::DEFAULT);
        read.err().map(|refusal| refusal.code())
    }

    #[test]
    fn each_fault_has_its_own_code() {
        for (header, expected) in [
            (r#"{"alg":"Ed25519","typ":"aat+jwt"}"#, None),
            (
                r#"{"alg":"ES256","typ":"aat+jwt","kid":"a","jwk":{},"jku":"https://x","x5c":[1],"x5u":"y"}"#,
                None,
            ),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","b64":true,"cty":"json"}"#, None),
            (r#"{"alg":"none","typ":"aat+jwt"}"#, Some(Code::Unsigned)),
            (r#"{"alg":"nOnE","typ":"aat+jwt"}"#, Some(Code::Unsigned)),
            (r#"{"alg":"HS256","typ":"aat+jwt"}"#, Some(Code::Symmetric)),
            (r#"{"alg":"EdDSA","typ":"aat+jwt"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"alg":"ed25519","typ":"aat+jwt"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"alg":"RS256","typ":"aat+jwt"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"alg":["Ed25519"],"typ":"aat+jwt"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"typ":"aat+jwt"}"#, Some(Code::WrongAlgorithm)),
            (r#"{"alg":"Ed25519"}"#, Some(Code::WrongType)),
            (r#"{"alg":"Ed25519","typ":"JWT"}"#, Some(Code::WrongType)),
            (r#"{"alg":"Ed25519","typ":"AAT+JWT"}"#, Some(Code::WrongType)),
            (r#"{"alg":"Ed25519","typ":"application/aat+jwt"}"#, Some(Code::WrongType)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","crit":["exp"],"exp":1}"#, Some(Code::UnknownCritical)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","crit":[]}"#, Some(Code::UnknownCritical)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","b64":false,"crit":["b64"]}"#, Some(Code::Unencoded)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","b64":false}"#, Some(Code::Unencoded)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","zip":"DEF"}"#, Some(Code::Compressed)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","cty":"JWT"}"#, Some(Code::Nested)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","cty":"application/at+jwt"}"#, Some(Code::Nested)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","alg":"Ed25519"}"#, Some(Code::BadHeader)),
            (r#"{"alg":"Ed25519","typ":"aat+jwt","x":"\ud800"}"#, Some(Code::BadHeader)),
            (r#"["alg"]"#, Some(Code::BadHeader)),
            ("{", Some(Code::BadHeader)),
            ("", Some(Code::BadHeader)),
        ] {
            assert_eq!(code(header), expected, "{header}");
        }
        let padded = Header::read("e30=", &["aat+jwt"], Algorithms::DEFAULT);
        assert_eq!(padded.map(drop).map_err(|refusal| refusal.code()), Err(Code::BadBase64));
    }

    #[test]
    fn names_beyond_the_list_need_its_leave() {
        let header =
            |alg: &str| base64url::encode(alloc::format!(r#"{{"alg":"{alg}","typ":"t"}}"#).as_bytes());
        let read =
            |alg, algorithms| Header::read(&header(alg), &["t"], algorithms).map(|header| header.algorithm);
        assert_eq!(read("EdDSA", Algorithms::ED25519.with_eddsa_name()), Ok(Algorithm::Ed25519));
        assert_eq!(read("ES256", Algorithms::DEFAULT), Ok(Algorithm::Es256));
        for (alg, algorithms) in [
            ("ES256", Algorithms::ED25519),
            ("ES256", Algorithms::DEFAULT.without_es256()),
            ("EdDSA", Algorithms::DEFAULT),
        ] {
            assert_eq!(read(alg, algorithms).map_err(|refusal| refusal.code()), Err(Code::WrongAlgorithm));
        }
    }
}
