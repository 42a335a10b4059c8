//! A proof's claims: one call, as its maker saw it (SPEC 7).

use super::{
    claim_key::{AUD, CTI, IAT, NONCE},
    read::{bytes, label, map, missing, name, time, unknown, wrong},
    scan::Item,
    to_bytes,
};
use crate::{
    code::Code,
    id::{Digest, ProofId},
    limits::Limits,
    proof::ProofClaims,
    refusal::Refusal,
    request::{HttpBinding, Nonce},
};
use alloc::{borrow::ToOwned, vec, vec::Vec};
use coset::cbor::value::Value as Cbor;

/// The call: a key of the private-use range of RFC 8392 §9.1.
const CALL: i64 = -65538;

// Members of the call.
const TOOL: i64 = 0;
const ARGUMENTS: i64 = 1;
const TOKEN: i64 = 2;
const HTTP: i64 = 3;

/// Reads the claims of a proof. Nothing unknown is let through at any level: a proof lives for seconds and has one reader.
pub(crate) fn decode(value: &Item<'_>, limits: &Limits) -> Result<ProofClaims, Refusal> {
    let (mut audience, mut issued_at, mut id, mut nonce, mut call) = (None, None, None, None, None);
    for (key, value) in map(value, "claims")? {
        match label(key) {
            Some(AUD) => audience = Some(name(value, "aud", limits)?.to_owned()),
            Some(IAT) => issued_at = Some(time(value, "iat")?),
            Some(CTI) => id = Some(ProofId::from_bytes(bytes(value, "cti")?)),
            Some(NONCE) => {
                let bytes = value.as_bytes().ok_or_else(|| wrong("nonce"))?;
                nonce = Some(Nonce::new(bytes).map_err(|_| wrong("nonce"))?);
            }
            Some(CALL) => call = Some(Call::decode(value, limits)?),
            _ => return Err(unknown("claims")),
        }
    }
    let Call { tool, arguments, token, http } = call.ok_or_else(|| missing("call"))?;
    Ok(ProofClaims {
        audience: audience.ok_or_else(|| missing("aud"))?,
        issued_at: issued_at.ok_or_else(|| missing("iat"))?,
        id: id.ok_or_else(|| missing("cti"))?,
        nonce,
        tool,
        arguments,
        token,
        http,
    })
}

/// Writes the claims of a proof; [`decode`] reads back the same.
pub(crate) fn encode(claims: &ProofClaims) -> Result<Vec<u8>, Code> {
    let digest = |digest: &Digest| Cbor::Bytes(digest.as_bytes().to_vec());
    let mut call = vec![
        (Cbor::from(TOOL), Cbor::Text(claims.tool.clone())),
        (Cbor::from(ARGUMENTS), digest(&claims.arguments)),
        (Cbor::from(TOKEN), digest(&claims.token)),
    ];
    if let Some(http) = &claims.http {
        let parts =
            vec![Cbor::Text(http.method.clone()), Cbor::Text(http.target.clone()), digest(&http.body)];
        call.push((Cbor::from(HTTP), Cbor::Array(parts)));
    }
    let mut entries = vec![
        (Cbor::from(AUD), Cbor::Text(claims.audience.clone())),
        (Cbor::from(IAT), Cbor::from(claims.issued_at.as_secs())),
        (Cbor::from(CTI), Cbor::Bytes(claims.id.as_bytes().to_vec())),
    ];
    if let Some(nonce) = &claims.nonce {
        entries.push((Cbor::from(NONCE), Cbor::Bytes(nonce.as_bytes().to_vec())));
    }
    entries.push((Cbor::from(CALL), Cbor::Map(call)));
    to_bytes(&Cbor::Map(entries))
}

struct Call {
    tool: alloc::string::String,
    arguments: Digest,
    token: Digest,
    http: Option<HttpBinding>,
}

impl Call {
    fn decode(value: &Item<'_>, limits: &Limits) -> Result<Self, Refusal> {
        let (mut tool, mut arguments, mut token, mut http) = (None, None, None, None);
        for (key, value) in map(value, "call")? {
            match label(key) {
                Some(TOOL) => tool = Some(name(value, "tool", limits)?.to_owned()),
                Some(ARGUMENTS) => arguments = Some(Digest::from_bytes(bytes(value, "arguments")?)),
                Some(TOKEN) => token = Some(Digest::from_bytes(bytes(value, "token")?)),
                Some(HTTP) => http = Some(http_binding(value)?),
                _ => return Err(unknown("call")),
            }
        }
        Ok(Self {
            tool: tool.ok_or_else(|| missing("tool"))?,
            arguments: arguments.ok_or_else(|| missing("arguments"))?,
            token: token.ok_or_else(|| missing("token"))?,
            http,
        })
    }
}

fn http_binding(value: &Item<'_>) -> Result<HttpBinding, Refusal> {
    let Some([method, target, body]) = value.as_array() else { return Err(wrong("http")) };
    let (method, target) = method.as_text().zip(target.as_text()).ok_or_else(|| wrong("http"))?;
    HttpBinding::new(method, target, Digest::from_bytes(bytes(body, "http")?)).map_err(|_| wrong("http"))
}
