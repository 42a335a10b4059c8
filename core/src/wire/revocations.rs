//! The claims of lists of revocations and of deltas to them (SPEC 17).

use super::{
    claim_key::{EXP, IAT, ISS},
    envelope::{Envelope, Kind},
    read::{bytes, label, map, missing, name, time, unknown, unsigned, wrong},
    scan::Item,
    to_bytes,
};
use crate::{
    code::Code,
    id::Digest,
    limits::Limits,
    refusal::Refusal,
    revocation::{Level, ListTimes, Sets, Since, Statement, read_set},
    time::UnixTime,
};
use alloc::{string::ToString, vec, vec::Vec};
use coset::cbor::value::Value as Cbor;

/// The list: a key of the private-use range of RFC 8392 §9.1.
const LIST: i64 = -65539;

// Members of the list.
const SEQ: i64 = 0;
const NEXT_UPDATE: i64 = 1;
const SETS: i64 = 2;
const FROM: i64 = 3;
const RESULT: i64 = 4;

/// Nesting of the payload: claims, list, sets.
const DEPTH: u32 = 3;

/// Reads the claims. Nothing unknown is let through at any level, as in a proof.
pub(crate) fn decode<'a>(envelope: &'a Envelope, limits: &Limits) -> Result<Statement<'a>, Refusal> {
    let (mut issuer, mut expires, mut issued_at, mut list) = (None, None, None, None);
    let payload = envelope.payload(DEPTH)?;
    for (key, value) in map(&payload, "claims")? {
        match label(key) {
            Some(ISS) => issuer = Some(name(value, "iss", limits)?),
            Some(EXP) => expires = Some(time(value, "exp")?),
            Some(IAT) => issued_at = Some(time(value, "iat")?),
            Some(LIST) => list = Some(List::decode(value, issued_at)?),
            _ => return Err(unknown("claims")),
        }
    }
    let issued_at = issued_at.ok_or_else(|| missing("iat"))?;
    let list = list.ok_or_else(|| missing("list"))?;
    Ok(Statement {
        issuer: issuer.ok_or_else(|| missing("iss"))?,
        seq: list.seq.ok_or_else(|| missing("number"))?,
        times: ListTimes {
            issued_at,
            next_update: list.next_update.ok_or_else(|| missing("next update"))?,
            expires: expires.ok_or_else(|| missing("exp"))?,
        },
        sets: list.sets.ok_or_else(|| missing("sets"))?,
        since: match (envelope.kind(), list.from, list.result) {
            (Kind::Delta, Some(seq), Some(digest)) => Some(Since { seq, digest }),
            (Kind::Delta, None, _) => return Err(missing("from")),
            (Kind::Delta, _, None) => return Err(missing("result")),
            (_, None, None) => None,
            _ => return Err(unknown("list")),
        },
    })
}

/// Writes the claims; [`decode`] reads back the same.
pub(crate) fn encode(statement: &Statement<'_>) -> Result<Vec<u8>, Code> {
    let sets = statement.sets.map(|set| Cbor::Bytes(set.as_flattened().to_vec()));
    let mut list = vec![
        (Cbor::from(SEQ), Cbor::from(statement.seq)),
        (Cbor::from(NEXT_UPDATE), Cbor::from(statement.times.next_update.as_secs())),
        (Cbor::from(SETS), Cbor::Array(sets.into())),
    ];
    if let Some(since) = statement.since {
        list.push((Cbor::from(FROM), Cbor::from(since.seq)));
        list.push((Cbor::from(RESULT), Cbor::Bytes(since.digest.as_bytes().to_vec())));
    }
    to_bytes(&Cbor::Map(vec![
        (Cbor::from(ISS), Cbor::Text(statement.issuer.to_string())),
        (Cbor::from(EXP), Cbor::from(statement.times.expires.as_secs())),
        (Cbor::from(IAT), Cbor::from(statement.times.issued_at.as_secs())),
        (Cbor::from(LIST), Cbor::Map(list)),
    ]))
}

/// The members of the list claim.
#[derive(Default)]
struct List<'a> {
    seq: Option<u64>,
    next_update: Option<UnixTime>,
    sets: Option<Sets<'a>>,
    from: Option<u64>,
    result: Option<Digest>,
}

impl<'a> List<'a> {
    /// Keys ascend, so when the list was made is known by now, if it is to be.
    fn decode(value: &Item<'a>, issued_at: Option<UnixTime>) -> Result<Self, Refusal> {
        let issued_at = issued_at.ok_or_else(|| missing("iat"))?;
        let mut list = Self::default();
        for (key, value) in map(value, "list")? {
            match label(key) {
                Some(SEQ) => list.seq = Some(unsigned(value, "number")?),
                Some(NEXT_UPDATE) => list.next_update = Some(time(value, "next update")?),
                Some(SETS) => list.sets = Some(sets(value, issued_at)?),
                Some(FROM) => list.from = Some(unsigned(value, "from")?),
                Some(RESULT) => list.result = Some(Digest::from_bytes(bytes(value, "result")?)),
                _ => return Err(unknown("list")),
            }
        }
        Ok(list)
    }
}

/// Five byte strings of records.
fn sets<'a>(value: &Item<'a>, issued_at: UnixTime) -> Result<Sets<'a>, Refusal> {
    let items = value.as_array().unwrap_or_default();
    let mut sets = Sets::default();
    if items.len() != sets.len() {
        return Err(wrong("sets"));
    }
    for ((set, item), level) in sets.iter_mut().zip(items).zip(Level::ALL) {
        let bytes = item.as_bytes().ok_or_else(|| wrong("sets"))?;
        *set = read_set(bytes, issued_at).map_err(|code| Refusal::new(code).with_part(level.as_str()))?;
    }
    Ok(sets)
}
