//! JSON from outside, by core's strict reader: UTF-8, every member once, bounded depth, exact numbers.

use super::{Code, Refused};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keybound::json::{Object, Value};

/// Reads an object.
///
/// # Errors
/// `attest.duplicate_member`; `attest.bad_token` for everything else that is not one.
pub(super) fn object(text: &[u8]) -> Result<Object, Refused> {
    match Value::from_json(text) {
        Ok(Value::Object(members)) => Ok(members),
        Err(refusal) if refusal.code() == keybound::Code::DuplicateMember => {
            Err(Code::DuplicateMember.into())
        }
        _ => Err(Code::BadToken.into()),
    }
}

/// A member that holds text.
pub(super) fn text<'a>(members: &'a Object, name: &str) -> Option<&'a str> {
    if let Some(Value::Text(text)) = members.get(name) { Some(text) } else { None }
}

/// A member that holds a whole number from 0 up.
pub(super) fn whole(members: &Object, name: &str) -> Option<u64> {
    if let Some(Value::Number(number)) = members.get(name) {
        number.as_integer().and_then(|number| u64::try_from(number).ok())
    } else {
        None
    }
}

/// Base64url without padding, in its one form (RFC 7515 §2): no bit to spare.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_text() {
        assert_eq!(bytes("_-8").as_deref(), Some(&[0xff, 0xef][..]));
        for text in ["_-9", "_-8=", "/+8", "_-8\n", "_ -8", "_"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn objects_are_strict() {
        assert_eq!(whole(&object(br#"{"a":1.7e9}"#).unwrap(), "a"), Some(1_700_000_000));
        for (json, code) in [
            (r#"{"a":1,"\u0061":2}"#, Code::DuplicateMember),
            (r#"{"a":[{"b":1,"b":1}]}"#, Code::DuplicateMember),
            ("[]", Code::BadToken),
            ("{", Code::BadToken),
            (r#"{"a":1}x"#, Code::BadToken),
            (r#"{"a":9007199254740993}"#, Code::BadToken),
        ] {
            assert_eq!(object(json.as_bytes()).map_err(Refused::code), Err(code), "{json}");
        }
        for json in [r#"{"a":-1}"#, r#"{"a":1.5}"#, r#"{"a":"1"}"#, "{}"] {
            assert_eq!(whole(&object(json.as_bytes()).unwrap(), "a"), None, "{json}");
        }
    }
}
