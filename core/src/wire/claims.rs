//! A token's claims as a CWT claims set (RFC 8392, SPEC 5).
//!
//! Claims at the top level that are not in the table are ignored: a later profile may add some, and none of them
//! carries authority. Inside the authority, the confirmation and the key nothing unknown is let through.

use super::{
    authority,
    claim_key::{AUD, CNF, CTI, EXP, IAT, ISS, NBF, SUB},
    read::{bytes, is_name, label, map, missing, name, small, time, unknown, wrong},
    scan::Item,
    to_bytes,
};
use crate::{
    agent::AgentId,
    claims::Claims,
    code::Code,
    id::TokenId,
    key::PublicKey,
    limits::{Limits, exceeds},
    order::by_length,
    refusal::Refusal,
};
use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use coset::{
    cbor::value::Value as Cbor,
    iana::{self, EnumI64 as _},
};

/// The authority: the first key of the private-use range of RFC 8392 §9.1.
const AUTHORITY: i64 = -65537;

// Members of the authority.
const TOOLS: i64 = 0;
const DEPTH: i64 = 1;
const MAX_DEPTH: i64 = 2;
const AGENT: i64 = 3;
const TASK: i64 = 4;

/// Member of `cnf`: COSE_Key, RFC 8747 §3.1.
const CNF_KEY: i64 = 1;

/// Reads the claims of a token.
pub(crate) fn decode(value: &Item<'_>, limits: &Limits) -> Result<Claims, Refusal> {
    let (mut issuer, mut principal, mut audience) = (None, None, None);
    let (mut expires, mut not_before, mut issued_at) = (None, None, None);
    let (mut id, mut holder, mut grant) = (None, None, None);
    for (key, value) in map(value, "claims")? {
        match label(key) {
            Some(ISS) => issuer = Some(name(value, "iss", limits)?.to_owned()),
            Some(SUB) => principal = Some(name(value, "sub", limits)?.to_owned()),
            Some(AUD) => audience = Some(audiences(value, limits)?),
            Some(EXP) => expires = Some(time(value, "exp")?),
            Some(NBF) => not_before = Some(time(value, "nbf")?),
            Some(IAT) => issued_at = Some(time(value, "iat")?),
            Some(CTI) => id = Some(TokenId::from_bytes(bytes(value, "cti")?)),
            Some(CNF) => holder = Some(confirmation(value)?),
            Some(AUTHORITY) => grant = Some(Grant::decode(value, limits)?),
            Some(_) => {}
            None if key.as_text().is_some() => {}
            None => return Err(wrong("claim key")),
        }
    }
    let Grant { authority, depth, max_depth, agent, task } = grant.ok_or_else(|| missing("authority"))?;
    Ok(Claims {
        issuer,
        principal,
        audience,
        expires: expires.ok_or_else(|| missing("exp"))?,
        not_before,
        issued_at: issued_at.ok_or_else(|| missing("iat"))?,
        id: id.ok_or_else(|| missing("cti"))?,
        holder: holder.ok_or_else(|| missing("cnf"))?,
        authority,
        depth,
        max_depth,
        agent,
        task,
    })
}

/// Writes the claims of a token; [`decode`] reads back the same.
pub(crate) fn encode(claims: &Claims) -> Result<Vec<u8>, Code> {
    let mut entries = Vec::new();
    let mut put = |key: i64, value: Cbor| entries.push((Cbor::from(key), value));
    if let Some(issuer) = &claims.issuer {
        put(ISS, Cbor::Text(issuer.clone()));
    }
    if let Some(principal) = &claims.principal {
        put(SUB, Cbor::Text(principal.clone()));
    }
    if let Some(audience) = &claims.audience {
        put(AUD, Cbor::Array(audience.iter().cloned().map(Cbor::Text).collect()));
    }
    put(EXP, Cbor::from(claims.expires.as_secs()));
    if let Some(not_before) = claims.not_before {
        put(NBF, Cbor::from(not_before.as_secs()));
    }
    put(IAT, Cbor::from(claims.issued_at.as_secs()));
    put(CTI, Cbor::Bytes(claims.id.as_bytes().to_vec()));
    put(CNF, Cbor::Map(vec![(Cbor::from(CNF_KEY), cose_key(&claims.holder))]));
    put(AUTHORITY, grant(claims));
    to_bytes(&Cbor::Map(entries))
}

/// The members of the authority claim.
struct Grant {
    authority: crate::Authority,
    depth: u32,
    max_depth: u32,
    agent: Option<AgentId>,
    task: Option<String>,
}

impl Grant {
    fn decode(value: &Item<'_>, limits: &Limits) -> Result<Self, Refusal> {
        let (mut tools, mut depth, mut max_depth, mut agent, mut task) = (None, None, None, None, None);
        for (key, value) in map(value, "authority")? {
            match label(key) {
                Some(TOOLS) => tools = Some(authority::decode(value, limits)?),
                Some(DEPTH) => depth = Some(small(value, "depth")?),
                Some(MAX_DEPTH) => max_depth = Some(small(value, "max depth")?),
                Some(AGENT) => agent = Some(AgentId::parse(value.as_text().ok_or_else(|| wrong("agent"))?)?),
                Some(TASK) => task = Some(name(value, "task", limits)?.to_owned()),
                _ => return Err(unknown("authority")),
            }
        }
        Ok(Self {
            authority: tools.ok_or_else(|| missing("tools"))?,
            depth: depth.ok_or_else(|| missing("depth"))?,
            max_depth: max_depth.ok_or_else(|| missing("max depth"))?,
            agent,
            task,
        })
    }
}

fn grant(claims: &Claims) -> Cbor {
    let mut members = vec![
        (Cbor::from(TOOLS), authority::encode(&claims.authority)),
        (Cbor::from(DEPTH), Cbor::from(claims.depth)),
        (Cbor::from(MAX_DEPTH), Cbor::from(claims.max_depth)),
    ];
    if let Some(agent) = &claims.agent {
        members.push((Cbor::from(AGENT), Cbor::Text(agent.as_str().to_string())));
    }
    if let Some(task) = &claims.task {
        members.push((Cbor::from(TASK), Cbor::Text(task.clone())));
    }
    Cbor::Map(members)
}

/// A list even of one, each once, in the order of their encodings.
fn audiences(value: &Item<'_>, limits: &Limits) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().ok_or_else(|| wrong("aud"))?;
    let names: Vec<String> =
        list.iter().map(|one| name(one, "aud", limits).map(ToOwned::to_owned)).collect::<Result<_, _>>()?;
    check_audiences(&names, limits)?;
    for pair in names.windows(2) {
        if let [first, second] = pair {
            match by_length(first, second) {
                core::cmp::Ordering::Less => {}
                core::cmp::Ordering::Equal => return Err(Refusal::new(Code::DuplicateKey).with_part("aud")),
                core::cmp::Ordering::Greater => return Err(Refusal::new(Code::NotSorted).with_part("aud")),
            }
        }
    }
    Ok(names)
}

/// What both the reader and the builder ask of an audience list.
pub(crate) fn check_audiences(names: &[String], limits: &Limits) -> Result<(), Refusal> {
    let fits = !names.is_empty()
        && !exceeds(names.len(), limits.audiences)
        && names.iter().all(|name| is_name(name, limits));
    if fits { Ok(()) } else { Err(wrong("aud")) }
}

/// `{1: COSE_Key}`, nothing else.
fn confirmation(value: &Item<'_>) -> Result<PublicKey, Refusal> {
    match map(value, "cnf")? {
        [(key, value)] if label(key) == Some(CNF_KEY) => public_key(value),
        [] => Err(missing("cnf")),
        _ => Err(unknown("cnf")),
    }
}

/// An OKP COSE_Key of exactly kty, crv and x (RFC 9053 §7.2); a private part is an unknown member like any other.
fn public_key(value: &Item<'_>) -> Result<PublicKey, Refusal> {
    let (mut kty, mut crv, mut x) = (None, None, None);
    for (key, value) in map(value, "cnf")? {
        match label(key) {
            Some(1) => kty = label(value),
            Some(-1) => crv = label(value),
            Some(-2) => x = value.as_bytes(),
            _ => return Err(unknown("cnf")),
        }
    }
    let is_ed25519 =
        kty == Some(iana::KeyType::OKP.to_i64()) && crv == Some(iana::EllipticCurve::Ed25519.to_i64());
    match x {
        Some(x) if is_ed25519 => PublicKey::from_bytes(x).map_err(|refusal| refusal.with_part("cnf")),
        _ => Err(Refusal::new(Code::BadKey).with_part("cnf")),
    }
}

fn cose_key(key: &PublicKey) -> Cbor {
    Cbor::Map(vec![
        (Cbor::from(1), Cbor::from(iana::KeyType::OKP.to_i64())),
        (Cbor::from(-1), Cbor::from(iana::EllipticCurve::Ed25519.to_i64())),
        (Cbor::from(-2), Cbor::Bytes(key.as_bytes().to_vec())),
    ])
}
