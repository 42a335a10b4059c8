//! DPoP and access tokens as data, and what the product makes of them.

use crate::run::{Outcome, array, text, time};
use crate::vectors::Vector;
use keybound::{AccessTokens, Arguments, Limits, Nonces, ProofId, PublicKey, Refusal, SigningKey, UnixTime};
use keybound::{dpop, jose::Algorithms, jose::JwkThumbprint, jose::Jwks};
use keybound_bindings::{MemoryReplayStore, P256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a server that checks DPoP proofs is configured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Guard {
    pub origins: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce_period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_capacity: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<BTreeMap<String, u32>>,
}

/// An HTTP request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Call {
    pub method: String,
    pub uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

/// A proof for the same call that the same guard was shown earlier.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Earlier {
    pub headers: Vec<String>,
    pub now: u64,
}

/// How a server that checks access tokens is configured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Tokens {
    pub issuer: String,
    pub audience: Vec<String>,
    pub jwks: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_allowed: Option<bool>,
}

/// What an accepted proof, an access token or a list of revocations must say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_bound: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<usize>,
}

/// Runs a vector of one of the operations `dpop`, `dpop_sign`, `access_token` and `public_jwk`.
pub fn run(vector: &Vector) -> Outcome {
    match vector.operation.as_str() {
        "dpop" => check(vector),
        "dpop_sign" => made(sign(vector)),
        "access_token" => token(vector),
        "public_jwk" => {
            let key = PublicKey::from_jwk(text(&vector.text).as_bytes());
            made(key.map(|key| key.jwk_thumbprint().to_string()))
        }
        other => panic!("no such operation: {other}"),
    }
}

fn made(result: Result<String, Refusal>) -> Outcome {
    result.map_or_else(Outcome::from, |result| Outcome::ok(Some(result)))
}

/// Presents what came before, then the request as often as the vector says; all but the last must be accepted.
fn check(vector: &Vector) -> Outcome {
    let guard = match guard(vector) {
        Ok(guard) => guard,
        Err(refusal) => return refusal.into(),
    };
    let headers = vector.headers.as_deref().unwrap_or_default();
    let now = vector.now.expect("a time");
    let earlier = vector.before.iter().flatten().map(|earlier| (earlier.headers.as_slice(), earlier.now));
    let again = (1..vector.times.unwrap_or(1)).map(|_| (headers, now));
    for (headers, now) in earlier.chain(again) {
        if let Err(refusal) = accept(&guard, vector, headers, now) {
            return Outcome { code: format!("refused early: {refusal:?}"), ..Outcome::ok(None) };
        }
    }
    accept(&guard, vector, headers, now).map_or_else(Outcome::from, |accepted| Outcome {
        facts: Some(Facts {
            thumbprint: Some(accepted.thumbprint().to_string()),
            is_bound: Some(accepted.is_bound()),
            id: Some(accepted.id().to_owned()),
            ..Facts::default()
        }),
        ..Outcome::ok(None)
    })
}

fn accept(
    guard: &dpop::Guard,
    vector: &Vector,
    headers: &[String],
    now: u64,
) -> Result<dpop::Accepted, Refusal> {
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let bound_to = vector.bound_to.as_deref().and_then(JwkThumbprint::parse);
    guard.open(&headers, &call(vector)?, bound_to.as_ref())?.decide(&P256, UnixTime::new(now)?)
}

fn guard(vector: &Vector) -> Result<dpop::Guard, Refusal> {
    let data = vector.guard.as_ref().expect("a guard");
    let replay = MemoryReplayStore::with_capacity(data.replay_capacity.unwrap_or(16));
    let mut guard =
        dpop::Guard::new(&data.origins, replay)?.algorithms(algorithms(data.algorithms.as_deref()));
    if let Some(secret) = &data.nonce_secret {
        let secret = hex::decode(secret).expect("hex").try_into().expect("32 bytes");
        guard = guard.nonces(Nonces::new(&secret, data.nonce_period.unwrap_or(Nonces::DEFAULT_PERIOD)));
    }
    if data.binding_required == Some(true) {
        guard = guard.binding_required();
    }
    let named = data.limits.clone().unwrap_or_default();
    let limits = named
        .iter()
        .fold(Limits::default(), |limits, (name, value)| limits.with(name, *value).expect("a limit"));
    Ok(guard.limits(limits))
}

fn algorithms(names: Option<&[String]>) -> Algorithms {
    let Some(names) = names else { return Algorithms::DEFAULT };
    names.iter().fold(Algorithms::ED25519, |algorithms, name| match name.as_str() {
        "Ed25519" => algorithms,
        "ES256" => algorithms.with_es256(),
        "EdDSA" => algorithms.with_eddsa_name(),
        other => panic!("no such algorithm: {other}"),
    })
}

fn call(vector: &Vector) -> Result<dpop::Call, Refusal> {
    let data = vector.call.as_ref().expect("a call");
    let mut call = dpop::Call::new(&data.method, &data.uri)?;
    if let Some(token) = &data.access_token {
        call = call.access_token(token);
    }
    if let Some(nonce) = &data.nonce {
        call = call.nonce(nonce);
    }
    if let Some(body) = &data.body {
        call = call.body(&hex::decode(body).expect("hex"));
    }
    if let (Some(tool), Some(arguments)) = (&data.tool, &data.arguments) {
        call = call.tool(tool, &Arguments::from_json(arguments.as_bytes())?)?;
    }
    Ok(call)
}

fn sign(vector: &Vector) -> Result<String, Refusal> {
    let key = SigningKey::from_seed(&array(&vector.key));
    let proof = dpop::Proof::sign(
        &key,
        &call(vector)?,
        ProofId::from_bytes(array(&vector.proof_id)),
        time(vector.now),
    )?;
    Ok(hex::encode(proof.as_str()))
}

fn token(vector: &Vector) -> Outcome {
    accept_token(vector).map_or_else(Outcome::from, |token| Outcome {
        facts: Some(Facts {
            id: Some(token.id().to_owned()),
            subject: Some(token.subject().to_owned()),
            client_id: Some(token.client_id().to_owned()),
            bound_to: token.bound_to().map(ToString::to_string),
            expires: Some(token.expires().as_secs()),
            ..Facts::default()
        }),
        ..Outcome::ok(None)
    })
}

fn accept_token(vector: &Vector) -> Result<keybound::AccessToken, Refusal> {
    let data = vector.access_tokens.as_ref().expect("access tokens");
    let mut tokens = AccessTokens::new(&data.issuer, &data.audience, Jwks::parse(data.jwks.as_bytes())?)
        .algorithms(algorithms(data.algorithms.as_deref()));
    if data.bearer_allowed == Some(true) {
        tokens = tokens.bearer_allowed();
    }
    tokens.open(text(&vector.text))?.decide(&P256, time(vector.now))
}
