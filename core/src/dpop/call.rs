//! The HTTP request that a DPoP proof is for.

use super::uri;
use crate::{
    code::Code,
    id::Digest,
    limits::Limits,
    refusal::Refusal,
    request::{Arguments, HttpBinding},
    wire::read::is_name,
};
use alloc::{borrow::ToOwned, string::String};
use core::fmt;

/// One HTTP request, as the client sends it or as the server received it, with what of it the proof is to cover.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) access_token: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) body: Option<Digest>,
    pub(super) tool: Option<(String, Digest)>,
}

impl Call {
    /// A request of `method` to `target`: for a client the whole URI; for a server that or the path as it was sent, not
    /// decoded and not joined to the `Host` header, since who it is comes from its configuration. DPoP looks at no query and no fragment (RFC 9449 §4.2).
    ///
    /// # Errors
    /// `request.bad` for an empty or overlong method or target.
    pub fn new(method: &str, target: &str) -> Result<Self, Refusal> {
        let target = uri::without_query(target);
        HttpBinding::check(method, target)?;
        let (method, target) = (method.to_owned(), target.to_owned());
        Ok(Self { method, target, access_token: None, nonce: None, body: None, tool: None })
    }

    /// With the access token that the request carries.
    #[must_use]
    pub fn access_token(mut self, token: &str) -> Self {
        self.access_token = Some(token.to_owned());
        self
    }

    /// With a nonce: the one the server gave, or for a server the one it wants.
    #[must_use]
    pub fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.to_owned());
        self
    }

    /// With its body, which DPoP alone does not cover.
    #[must_use]
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(Digest::of(body));
        self
    }

    /// With the tool it calls and the arguments, which DPoP alone does not cover.
    ///
    /// # Errors
    /// `request.bad` for an empty or overlong name.
    pub fn tool(mut self, name: &str, arguments: &Arguments) -> Result<Self, Refusal> {
        if !is_name(name, &Limits::default()) {
            return Err(Refusal::new(Code::BadRequest).with_part("tool"));
        }
        self.tool = Some((name.to_owned(), arguments.digest()));
        Ok(self)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dpop::Call({:?})", self.method)
    }
}
