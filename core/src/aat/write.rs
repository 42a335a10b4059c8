//! Tokens as we write them (AAT-02 §3.2, §3.3, §6): the payload in JCS.

use super::{DETAIL_TYPE, TOKEN_HEADER, Token};
use crate::{
    base64url,
    claims::Claims,
    jose::Key,
    json::{Number, Object, Value},
    key::PublicKey,
    time::UnixTime,
};
use alloc::{format, string::String, vec, vec::Vec};

/// What a token's signer signs: header and payload, encoded. A child names its parent and, as its issuer, the key that signs.
pub(crate) fn unsigned_token(claims: &Claims, parent: Option<(&Token, &PublicKey)>) -> String {
    let payload = Value::Object(Object::of_distinct(members(claims, parent))).to_json();
    format!("{TOKEN_HEADER}.{}", base64url::encode(payload.as_bytes()))
}

fn members(claims: &Claims, parent: Option<(&Token, &PublicKey)>) -> Vec<(String, Value)> {
    let object = |members| Value::Object(Object::of_distinct(members));
    let jwk = Key::from(claims.holder.clone()).to_value();
    let detail = vec![("type".into(), DETAIL_TYPE.into()), ("tools".into(), claims.authority.to_value())];
    let mut members: Vec<(String, Value)> = vec![
        ("jti".into(), claims.id.to_text().into()),
        ("iat".into(), seconds(claims.issued_at)),
        ("exp".into(), seconds(claims.expires)),
        ("cnf".into(), object(vec![("jwk".into(), jwk)])),
        ("del_depth".into(), small(claims.depth)),
        ("del_max_depth".into(), small(claims.max_depth)),
        ("authorization_details".into(), Value::Array(vec![object(detail)])),
    ];
    let mut put = |name: &str, value: Option<Value>| members.extend(value.map(|value| (name.into(), value)));
    put("iss", claims.issuer.as_deref().map(Value::from));
    if let Some((parent, signer)) = parent {
        put("iss", Some(signer.jwk_thumbprint().to_uri().into()));
        put("par_hash", Some(base64url::encode(parent.hash().as_bytes()).into()));
    }
    let names = |names: &Vec<String>| Value::Array(names.iter().map(|name| name.as_str().into()).collect());
    put("aud", claims.audience.as_ref().map(names));
    put("nbf", claims.not_before.map(seconds));
    put("sub", claims.principal.as_deref().map(Value::from));
    put("txn", claims.task.as_deref().map(Value::from));
    put("client_id", claims.agent.as_ref().map(|agent| agent.as_str().into()));
    members
}

/// A time, which is at most 2^53-1 by its type.
pub(crate) fn seconds(time: UnixTime) -> Value {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Number::from_integer(seconds).map_or(Value::Null, Value::Number)
}

fn small(depth: u32) -> Value {
    Number::from_integer(depth.into()).map_or(Value::Null, Value::Number)
}
