//! Calls and tools as plain data.

use crate::Failure;
use keybound::{Arguments, Authority, Code, Limits, Refusal, Request, json::Value};
use std::fmt;

/// Arguments or tools, as JSON text or as a value the face has built.
#[derive(Clone)]
pub enum JsonInput {
    /// JSON text, unchanged.
    Json(Vec<u8>),
    /// A value.
    Value(Value),
}

impl JsonInput {
    /// Reads them as a tools map.
    ///
    /// # Errors
    /// The malformed codes of the core.
    pub fn into_authority(self) -> Result<Authority, Failure> {
        Ok(match self {
            Self::Json(text) => {
                Authority::from_json(std::str::from_utf8(&text).map_err(|_| Refusal::from(Code::BadJson))?)?
            }
            Self::Value(value) => Authority::from_value(&value, &Limits::default())?,
        })
    }

    pub(crate) fn into_arguments(self) -> Result<Arguments, Failure> {
        Ok(match self {
            Self::Json(text) => Arguments::from_json(&text)?,
            Self::Value(value) => Arguments::from_value(value)?,
        })
    }
}

/// A call, as a language hands it over.
#[derive(Clone)]
pub struct RequestData {
    /// The tool's name.
    pub tool: String,
    /// Its arguments.
    pub arguments: JsonInput,
    /// The party the call goes to.
    pub audience: String,
    /// HTTP method, when the call travels over HTTP.
    pub method: Option<String>,
    /// HTTP target URI; goes with the method.
    pub uri: Option<String>,
    /// HTTP body; empty when not given.
    pub body: Option<Vec<u8>>,
    /// A nonce the server gave out.
    pub nonce: Option<Vec<u8>>,
}

impl RequestData {
    /// The call as the core decides it.
    ///
    /// # Errors
    /// The core's `request.*`, `json.*` and `bytes.*` codes; [`Failure::Misuse`] when only a part of the HTTP request is given:
    /// half a binding would bind nothing.
    pub fn into_request(self) -> Result<Request, Failure> {
        let request = Request::new(&self.tool, self.arguments.into_arguments()?, &self.audience)?;
        let request = match (self.method, self.uri, self.body) {
            (Some(method), Some(uri), body) => request.over_http(&method, &uri, &body.unwrap_or_default())?,
            (None, None, None) => request,
            (None, _, _) => return Err(Failure::misuse("method", "be given together with uri")),
            (_, None, _) => return Err(Failure::misuse("uri", "be given together with method")),
        };
        Ok(match self.nonce {
            Some(nonce) => request.with_nonce(&nonce)?,
            None => request,
        })
    }
}

impl fmt::Debug for JsonInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonInput")
    }
}

impl fmt::Debug for RequestData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestData({:?})", self.tool)
    }
}
