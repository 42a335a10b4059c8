//! `application/x-www-form-urlencoded` as OAuth has it: every parameter once, but for those that may repeat.

use super::Fault;
use crate::code::Code;
use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};

/// The parameters of a request.
#[derive(Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

/// RFC 8693 §2.1 and RFC 8707 §2 let these repeat.
const REPEATABLE: [&str; 2] = ["audience", "resource"];

impl Params {
    /// Reads a body.
    ///
    /// # Errors
    /// `request.media_type`, `request.bad`, `request.repeated_parameter` (RFC 6749 §3.2).
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Fault> {
        let media =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Code::MediaType.into());
        }
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(body).map_err(|_| Fault::from(Code::BadRequest))?;
        for (place, (name, _)) in pairs.iter().enumerate() {
            let is_again = pairs.iter().skip(place.saturating_add(1)).any(|(other, _)| other == name);
            if is_again && !REPEATABLE.contains(&name.as_str()) {
                return Err(Code::RepeatedParameter.into());
            }
        }
        // A parameter without a value counts as not sent (RFC 6749 §3.1).
        Ok(Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `request.missing_parameter`, with its name.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| Fault::from(Code::MissingParameter).about(name))
    }

    /// All values of a parameter that may repeat.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number.
    ///
    /// # Errors
    /// `request.bad`, with the parameter's name.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        let parse = |text: &str| text.parse().map_err(|_| Fault::from(Code::BadRequest).about(name));
        self.get(name).map(parse).transpose()
    }
}
