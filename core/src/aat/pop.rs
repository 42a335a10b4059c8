//! The proof of one call: the PoP JWT of AAT-02 §7.2.

use super::{BINDING, POP_HEADER, Step, Token, missing, wrong};
use crate::{
    base64url,
    code::Code,
    id::ProofId,
    jose::{Algorithms, Compact, Header, claim},
    json::{Members, Node, Object, Value},
    key::PublicKey,
    limits::Limits,
    link::Link,
    proof::check_window,
    refusal::Refusal,
    request::{HttpBinding, Request},
    time::UnixTime,
    trust::Trust,
};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

/// A proof of three segments (step 7a); nothing has been read of it.
#[derive(Clone)]
pub(crate) struct Pop(String);

/// What remains of a proof that is for the call: its id and its time.
pub(crate) struct Shown {
    pub(crate) id: ProofId,
    pub(crate) issued_at: UnixTime,
}

/// Bytes a proof may have: it carries the arguments whole, in base64url and with JSON's escapes.
pub(super) fn most_bytes(limits: &Limits) -> u64 {
    u64::from(limits.arguments_bytes).saturating_mul(2).saturating_add(limits.proof_bytes.into())
}

impl Pop {
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        if u64::try_from(bytes.len()).map_or(true, |size| size > most_bytes(limits)) {
            return Err(Refusal::new(Code::TooLarge).with_part("proof")).step("7a");
        }
        let text = core::str::from_utf8(bytes).map_err(|_| Code::NotCompact).step("7a")?;
        Compact::split(text).step("7a")?;
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_text(&self) -> &str {
        &self.0
    }

    /// Steps 7a and 7b: who is asking. The claims are given to `then` once the signature holds.
    pub(super) fn open<T>(
        &self,
        holder: &PublicKey,
        then: impl FnOnce(&Members<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let compact = Compact::split(&self.0).step("7a")?;
        if compact.header != POP_HEADER {
            Header::read(compact.header, &["aat-pop+jwt"], Algorithms::ED25519).step("7a")?;
        }
        let signature = compact.signature().step("7b")?;
        holder
            .verify(compact.signing_input().as_bytes(), &signature)
            .map_err(|_| Code::BadProofSignature)
            .step("7b")?;
        let payload = compact.payload().step("7b")?;
        then(&Members::parse(&payload).step("7b")?)
    }
}

/// Steps 7c to 7h: the proof is for this call, under this leaf, now.
pub(super) fn check_is_for(
    claims: &Members<'_>,
    leaf: &Link,
    request: &Request,
    trust: &Trust,
    now: UnixTime,
) -> Result<Shown, Refusal> {
    let text = |name| claim::text(claims, name);
    // Every claim that must be there is, before any is compared.
    let (id, issued_at) = (text("jti").step("7c")?, claim::past_or_future(claims, "iat").step("7c")?);
    let (token, hash, tool) =
        (text("aat_id").step("7c")?, text("aat_hash").step("7c")?, text("aat_tool").step("7c")?);
    let arguments = claims.get("hta").ok_or_else(|| missing("hta")).step("7c")?;
    if arguments.as_object().is_none() {
        return Err(wrong("hta")).step("7c");
    }
    if Some(token.as_str()) != leaf.aat_id() || hash != base64url::encode(leaf.digest().as_bytes()) {
        return Err(Code::WrongToken).step("7c");
    }
    check_audience(claims.get("aat_aud"), trust).step("7d")?;
    if tool != request.tool() {
        return Err(Code::WrongTool).step("7e");
    }
    // A number that a double does not hold as written equals none that a request can have.
    let same =
        arguments.to_value().is_ok_and(|value| value.as_object() == Some(request.arguments().members()));
    if !same {
        return Err(Code::WrongArguments).step("7f");
    }
    check_http(claims.get(BINDING), request.http())?;
    check_window(issued_at, now, trust.the_limits()).step("7g")?;
    check_nonce(claims.get("nonce"), request).step("7h")?;
    Ok(Shown { id: ProofId::from_text(&id), issued_at })
}

fn check_audience(node: Option<&Node<'_>>, trust: &Trust) -> Result<(), Refusal> {
    match node {
        None if trust.requires_proof_audience() => Err(missing("aat_aud")),
        None => Ok(()),
        Some(node) if node.as_text().is_some_and(|name| trust.is_our_name(name)) => Ok(()),
        Some(_) => Err(Code::WrongAudience.into()),
    }
}

/// Not the draft's: what one side says of the HTTP request and the other does not is a difference like any other.
fn check_http(node: Option<&Node<'_>>, http: Option<&HttpBinding>) -> Result<(), Refusal> {
    let same = match (node, http) {
        (None, None) => true,
        (Some(node), Some(http)) => node.to_value() == Ok(http_value(http)),
        _ => false,
    };
    if same { Ok(()) } else { Err(Code::WrongHttp.into()) }
}

/// A nonce that nobody asked for is not looked at (step 7h).
fn check_nonce(node: Option<&Node<'_>>, request: &Request) -> Result<(), Refusal> {
    let Some(wanted) = request.nonce() else { return Ok(()) };
    let same = node.and_then(Node::as_text).is_some_and(|nonce| nonce.as_bytes() == wanted.as_bytes());
    if same { Ok(()) } else { Err(Code::WrongNonce.into()) }
}

/// What the draft's proof does not cover: method, target and body of the HTTP request, named as DPoP names them.
fn http_value(http: &HttpBinding) -> Value {
    let text = Value::text_member;
    Value::Object(Object::of_distinct(vec![
        text("htm", &http.method),
        text("htu", &http.target),
        text("body", &base64url::encode(http.body.as_bytes())),
    ]))
}

/// What the leaf's holder signs for a call (AAT-02 §7.2): header and payload, encoded. The payload is JCS as a whole.
///
/// # Errors
/// `request.bad` when the nonce is no text.
pub(crate) fn prepare(
    leaf: &Token,
    request: &Request,
    id: ProofId,
    now: UnixTime,
) -> Result<String, Refusal> {
    let text = Value::text_member;
    let mut members: Vec<(String, Value)> = vec![
        text("jti", &id.to_text()),
        text("aat_id", leaf.id()),
        text("aat_hash", &base64url::encode(leaf.hash().as_bytes())),
        text("aat_tool", request.tool()),
        text("aat_aud", request.audience()),
        ("hta".into(), Value::Object(request.arguments().members().clone())),
        ("iat".into(), super::write::seconds(now)),
    ];
    if let Some(nonce) = request.nonce() {
        let bad = |_| Refusal::new(Code::BadRequest).with_part("nonce");
        members.push(text("nonce", core::str::from_utf8(nonce.as_bytes()).map_err(bad)?));
    }
    if let Some(http) = request.http() {
        members.push((BINDING.into(), http_value(http)));
    }
    let payload = Value::Object(Object::of_distinct(members)).to_json();
    Ok(format!("{POP_HEADER}.{}", base64url::encode(payload.as_bytes())))
}
