//! DPoP and access tokens from plain data.

use crate::{
    Failure, JsonInput, MemoryReplayStore, OsRandom,
    grant::{sixteen, small, time},
    trust::limits,
};
use keybound::{
    AccessTokens, Nonces, ProofId, SigningKey,
    dpop::{Call, Guard, Proof},
    jose::{Algorithms, JwkThumbprint, Jwks},
};
use std::fmt;
use zeroize::Zeroizing;

/// An HTTP request, as a language hands it over.
#[derive(Clone)]
pub struct DpopCallData {
    /// The method.
    pub method: String,
    /// The target URI; for a server the path may do.
    pub uri: String,
    /// The access token it carries.
    pub access_token: Option<String>,
    /// The nonce the server gave, or wants.
    pub nonce: Option<String>,
    /// The body, if the proof is to cover it.
    pub body: Option<Vec<u8>>,
    /// The tool, if the proof is to cover it; goes with the arguments.
    pub tool: Option<String>,
    /// The tool's arguments.
    pub arguments: Option<JsonInput>,
}

impl DpopCallData {
    /// The request as the core sees it.
    ///
    /// # Errors
    /// The core's `request.*` and `json.*` codes; [`Failure::Misuse`] when only one of tool and arguments is given.
    pub fn into_call(self) -> Result<Call, Failure> {
        let mut call = Call::new(&self.method, &self.uri)?;
        if let Some(token) = &self.access_token {
            call = call.access_token(token);
        }
        if let Some(nonce) = &self.nonce {
            call = call.nonce(nonce);
        }
        if let Some(body) = &self.body {
            call = call.body(body);
        }
        match (self.tool, self.arguments) {
            (None, None) => Ok(call),
            (Some(tool), Some(arguments)) => Ok(call.tool(&tool, &arguments.into_arguments()?)?),
            (Some(_), None) => Err(Failure::misuse("arguments", "be given together with tool")),
            (None, Some(_)) => Err(Failure::misuse("tool", "be given together with arguments")),
        }
    }

    /// Signs a proof for a request.
    ///
    /// # Errors
    /// What [`Proof::sign`] says; [`Failure::Misuse`] for an id that is not 16 bytes.
    pub fn sign(
        call: &Call,
        key: &SigningKey,
        proof_id: Option<Vec<u8>>,
        now: Option<u64>,
    ) -> Result<String, Failure> {
        let id = match proof_id {
            None => ProofId::generate(&mut OsRandom)?,
            Some(bytes) => ProofId::from_bytes(sixteen(&bytes, "proof id")?),
        };
        Ok(Proof::sign(key, call, id, time(now)?)?.as_str().to_owned())
    }

    /// The key an access token is bound to, as the text of its thumbprint.
    ///
    /// # Errors
    /// [`Failure::Misuse`] when it is no thumbprint.
    pub fn thumbprint(text: Option<&str>) -> Result<Option<JwkThumbprint>, Failure> {
        let parse = |text| {
            JwkThumbprint::parse(text)
                .ok_or_else(|| Failure::misuse("bound to", "be the 43 characters of a JWK thumbprint"))
        };
        text.map(parse).transpose()
    }
}

/// What a server keeps against DPoP proofs, as a language hands it over.
#[derive(Clone)]
pub struct GuardData {
    /// Where clients reach it.
    pub origins: Vec<String>,
    /// Names of algorithms; the default ones when not given.
    pub algorithms: Option<Vec<String>>,
    /// The secret that nonces are made from, 32 bytes; no nonces when not given.
    pub nonce_secret: Option<Vec<u8>>,
    /// Seconds of a bucket of nonces; the default when not given.
    pub nonce_period: Option<u64>,
    /// Whether a proof must cover the body, or the tool and its arguments.
    pub binding_required: bool,
    /// Proofs to remember at most.
    pub replay_capacity: usize,
    /// Limits that differ from the default ones, by name.
    pub limits: Vec<(String, u64)>,
}

impl GuardData {
    /// The guard, with a replay memory of its own.
    ///
    /// # Errors
    /// `request.bad` for an origin that is none; [`Failure::Misuse`] for an unknown algorithm or limit, a secret that is not
    /// 32 bytes, or a period without a secret, from which no nonce would come.
    pub fn into_guard(self) -> Result<Guard, Failure> {
        // The copy that came from the host would outlive the guard.
        let secret = self.nonce_secret.map(Zeroizing::new);
        let mut guard = Guard::new(self.origins, MemoryReplayStore::with_capacity(self.replay_capacity))?
            .algorithms(algorithms(self.algorithms)?)
            .limits(limits(&self.limits)?);
        if let Some(secret) = &secret {
            let secret =
                secret.as_slice().try_into().map_err(|_| Failure::misuse("nonce secret", "be 32 bytes"))?;
            let period = self
                .nonce_period
                .map_or(Ok(Nonces::DEFAULT_PERIOD), |period| small(period, "nonce period"))?;
            guard = guard.nonces(Nonces::new(secret, period));
        } else if self.nonce_period.is_some() {
            return Err(Failure::misuse("nonce secret", "be given together with nonce period"));
        }
        if self.binding_required {
            guard = guard.binding_required();
        }
        Ok(guard)
    }
}

/// What a resource server believes of access tokens, as a language hands it over.
#[derive(Clone, Debug)]
pub struct AccessTokensData {
    /// The issuer.
    pub issuer: String,
    /// The server's own names.
    pub audience: Vec<String>,
    /// The issuer's JWK Set, as JSON text.
    pub jwks: Vec<u8>,
    /// Names of algorithms; the default ones when not given.
    pub algorithms: Option<Vec<String>>,
    /// Whether tokens that are bound to no key may pass.
    pub bearer_allowed: bool,
    /// Limits that differ from the default ones, by name.
    pub limits: Vec<(String, u64)>,
}

impl AccessTokensData {
    /// The rules.
    ///
    /// # Errors
    /// `jose.bad_key_set`, `key.private`, `json.*`; [`Failure::Misuse`] for an unknown algorithm or limit.
    pub fn into_access_tokens(self) -> Result<AccessTokens, Failure> {
        let tokens = AccessTokens::new(&self.issuer, self.audience, Jwks::parse(&self.jwks)?)
            .algorithms(algorithms(self.algorithms)?)
            .limits(limits(&self.limits)?);
        Ok(if self.bearer_allowed { tokens.bearer_allowed() } else { tokens })
    }
}

fn algorithms(names: Option<Vec<String>>) -> Result<Algorithms, Failure> {
    let Some(names) = names else { return Ok(Algorithms::DEFAULT) };
    let mut algorithms = Algorithms::DEFAULT.without_es256();
    let mut has_ed25519 = false;
    for name in &names {
        match name.as_str() {
            "Ed25519" => has_ed25519 = true,
            "EdDSA" => algorithms = algorithms.with_eddsa_name(),
            "ES256" => algorithms = algorithms.with_es256(),
            _ => {
                return Err(Failure::misuse(
                    "algorithms",
                    "hold Ed25519, and of ES256 and EdDSA what is wanted",
                ));
            }
        }
    }
    if has_ed25519 { Ok(algorithms) } else { Err(Failure::misuse("algorithms", "hold Ed25519")) }
}

impl fmt::Debug for DpopCallData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DpopCallData({:?})", self.method)
    }
}

impl fmt::Debug for GuardData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuardData({:?})", self.origins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(nonce_secret: Option<Vec<u8>>, nonce_period: Option<u64>) -> GuardData {
        GuardData {
            origins: vec!["https://a.example".into()],
            algorithms: None,
            nonce_secret,
            nonce_period,
            binding_required: false,
            replay_capacity: 4,
            limits: Vec::new(),
        }
    }

    #[test]
    fn a_period_of_nonces_needs_their_secret() {
        assert!(guard(None, None).into_guard().is_ok());
        assert!(guard(Some(vec![7; 32]), Some(60)).into_guard().is_ok());
        assert!(matches!(guard(None, Some(60)).into_guard(), Err(Failure::Misuse(_))));
        assert!(matches!(guard(Some(vec![7; 31]), None).into_guard(), Err(Failure::Misuse(_))));
    }

    #[test]
    fn secrets_do_not_print() {
        let data = DpopCallData {
            method: "GET".into(),
            uri: "https://a.example/?code=secret".into(),
            access_token: Some("secret".into()),
            nonce: Some("secret".into()),
            body: Some(b"secret".to_vec()),
            tool: None,
            arguments: None,
        };
        let shown = format!("{data:?} {:?} {:?}", guard(Some(vec![115; 32]), None), data.clone().into_call());
        assert!(shown.contains("GET") && !shown.contains("secret") && !shown.contains("115"), "{shown}");
    }
}
