//! The call that is to be decided.

use crate::{
    code::Code,
    id::Digest,
    json::{self, DEEPEST, Object, Value},
    limits::{Limits, exceeds},
    refusal::Refusal,
    wire::read::is_name,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

/// A tool's arguments by name: strict JSON, no member twice, every number one that both encodings hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Arguments {
    members: Object,
    digest: Digest,
    /// Bytes of the canonical form.
    size: usize,
    depth: u32,
}

impl Arguments {
    /// Parses the JSON text of an object, best as it was received: parsing it elsewhere first may lose digits
    /// and repeated members.
    ///
    /// # Errors
    /// `bytes.too_large` when the text or its canonical form is above `arguments_bytes`, `bytes.too_deep`, and the `json.*` codes.
    pub fn from_json(text: &[u8]) -> Result<Self, Refusal> {
        Self::from_json_within(text, &Limits::default())
    }

    /// [`Arguments::from_json`] within other limits than the default ones.
    ///
    /// # Errors
    /// As there.
    pub fn from_json_within(text: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        if exceeds(text.len(), limits.arguments_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("arguments"));
        }
        let arguments = Self::new(json::parse(text, limits.value_depth)?)?;
        arguments.check_within(limits)?;
        Ok(arguments)
    }

    /// Takes an object that is already a value.
    ///
    /// # Errors
    /// `json.not_an_object`, `bytes.too_deep`, `bytes.too_large`.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        let limits = Limits::default();
        if value.depth() > limits.value_depth.min(DEEPEST) {
            return Err(Code::TooDeep.into());
        }
        let arguments = Self::new(value)?;
        arguments.check_within(&limits)?;
        Ok(arguments)
    }

    fn new(value: Value) -> Result<Self, Refusal> {
        let canonical = json::canonical(&value);
        let (digest, size, depth) = (Digest::of(canonical.as_bytes()), canonical.len(), value.depth());
        let Value::Object(members) = value else { return Err(Code::NotAnObject.into()) };
        Ok(Self { members, digest, size, depth })
    }

    /// Holds the arguments against a verifier's limits, which may be narrower than those they were parsed within.
    pub(crate) fn check_within(&self, limits: &Limits) -> Result<(), Refusal> {
        if exceeds(self.size, limits.arguments_bytes) {
            return Err(Refusal::new(Code::TooLarge).with_part("arguments"));
        }
        if self.depth > limits.value_depth {
            return Err(Refusal::new(Code::TooDeep).with_part("arguments"));
        }
        Ok(())
    }

    /// The argument called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// The object in its one form, RFC 8785.
    pub fn canonical(&self) -> String {
        json::canonical(&Value::Object(self.members.clone()))
    }

    /// SHA-256 of [`Arguments::canonical`].
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) const fn members(&self) -> &Object {
        &self.members
    }
}

/// The digest only: arguments are the user's.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arguments({})", self.digest)
    }
}

/// One concrete call: a tool, its arguments, the party it goes to and, where it travels over HTTP, the request
/// that carries it. The caller proves it, the receiver decides it; both build the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    tool: String,
    arguments: Arguments,
    audience: String,
    http: Option<HttpBinding>,
    nonce: Option<Nonce>,
}

impl Request {
    /// A call of `tool` with `arguments` at `audience`.
    ///
    /// Both names are compared as exact text. Take `audience` from configuration, never from what is received.
    ///
    /// # Errors
    /// `request.bad` for an empty name or one above `name_bytes`.
    pub fn new(tool: &str, arguments: Arguments, audience: &str) -> Result<Self, Refusal> {
        let limits = Limits::default();
        for (part, text) in [("tool", tool), ("audience", audience)] {
            if !is_name(text, &limits) {
                return Err(Refusal::new(Code::BadRequest).with_part(part));
            }
        }
        Ok(Self { tool: tool.to_owned(), arguments, audience: audience.to_owned(), http: None, nonce: None })
    }

    /// Binds the call to the HTTP request that carries it. `target` is the target URI without fragment, compared as
    /// exact text; `body` is the content as sent, empty when there is none.
    ///
    /// # Errors
    /// `request.bad` for an empty or overlong method or target, and for a target with a fragment.
    pub fn over_http(mut self, method: &str, target: &str, body: &[u8]) -> Result<Self, Refusal> {
        self.http = Some(HttpBinding::new(method, target, Digest::of(body))?);
        Ok(self)
    }

    /// Carries, or asks for, a nonce that the receiving server gave out.
    ///
    /// # Errors
    /// `request.bad` unless it is 8 to 64 bytes.
    pub fn with_nonce(mut self, nonce: &[u8]) -> Result<Self, Refusal> {
        self.nonce = Some(Nonce::new(nonce)?);
        Ok(self)
    }

    /// The tool's name.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The arguments.
    pub const fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The party the call goes to.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    pub(crate) const fn http(&self) -> Option<&HttpBinding> {
        self.http.as_ref()
    }

    pub(crate) const fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }
}

/// The HTTP request a call travels in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpBinding {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Digest,
}

/// Longest method: the registered ones have at most 17 letters.
const METHOD_BYTES: usize = 32;

/// Longest target URI: RFC 9110 §4.1 asks for at least 8,000 octets to be supported, a proof of 4 KiB cannot hold
/// them; 2,048 is what browsers and proxies agree on.
const TARGET_BYTES: usize = 2048;

impl HttpBinding {
    pub(crate) fn new(method: &str, target: &str, body: Digest) -> Result<Self, Refusal> {
        Self::check(method, target)?;
        Ok(Self { method: method.to_owned(), target: target.to_owned(), body })
    }

    /// Whether there can be a request of `method` to `target`.
    pub(crate) fn check(method: &str, target: &str) -> Result<(), Refusal> {
        for (part, text, most) in [("method", method, METHOD_BYTES), ("uri", target, TARGET_BYTES)] {
            if text.is_empty() || text.len() > most {
                return Err(Refusal::new(Code::BadRequest).with_part(part));
            }
        }
        // A fragment stays with the client (RFC 9110 §7.1): the receiver could not check it.
        if target.contains('#') {
            return Err(Refusal::new(Code::BadRequest).with_part("uri"));
        }
        Ok(())
    }
}

/// A value the receiving server gave out: 8 to 64 bytes, as RFC 9711 §4.1 has it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Nonce(Vec<u8>);

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

impl Nonce {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Refusal> {
        if !(8..=64).contains(&bytes.len()) {
            return Err(Refusal::new(Code::BadRequest).with_part("nonce"));
        }
        Ok(Self(bytes.to_vec()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
