//! Who makes a request: a client with an assertion or an access token, or an agent with its chain; and which key proves it.

use super::{Context, Fault, form::Params};
use crate::{
    believe::Believed,
    code::Code,
    hex,
    policy::{Client, Role},
    store::{Step, once_id},
    tenant::fresh,
};
use axum::http::header;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    AgentId, Digest, UnixTime,
    dpop::{Accepted, Call},
    jose::{Algorithms, JwkThumbprint, Jws},
};
use keybound_bindings::P256;
use serde_json::Value;
use std::sync::Arc;

/// The type of assertion of RFC 7523 §2.2.
pub(crate) const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds that a client assertion may live; a stolen one is worth as long.
const ASSERTION_LIFE: u64 = 300;

/// A client that has authenticated.
pub(crate) struct Authenticated {
    /// Its id.
    pub(crate) client: String,
    /// What it may do.
    pub(crate) scope: Scope,
    /// What it may introspect.
    pub(crate) audiences: Vec<String>,
    /// What must be remembered, so that its proof or assertion is not used again on another node.
    pub(crate) once: Option<Step>,
}

/// What a client may do. Each role of the policy is a scope of the same name here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope(String);

/// Role, scope.
const SCOPES: [(Role, &str); 4] = [
    (Role::Orchestrator, "launch"),
    (Role::ResourceServer, "introspect"),
    (Role::Admin, "admin"),
    (Role::Auditor, "audit"),
];

impl Scope {
    /// All that a client's roles give.
    pub(crate) fn of(client: &Client) -> Self {
        let scopes = SCOPES.iter().filter(|(role, _)| client.has(*role)).map(|(_, scope)| *scope);
        Self(scopes.collect::<Vec<_>>().join(" "))
    }

    /// Part of it.
    ///
    /// # Errors
    /// `client.scope_missing` for a scope it does not have.
    pub(crate) fn narrowed(&self, wanted: Option<&str>) -> Result<Self, Fault> {
        let Some(wanted) = wanted else { return Ok(self.clone()) };
        let has_all = wanted.split(' ').all(|scope| self.has(scope));
        if has_all { Ok(Self(wanted.to_owned())) } else { Err(Code::ScopeMissing.into()) }
    }

    /// Whether it has a scope.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.split(' ').any(|known| known == scope)
    }

    /// Separated by blanks.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Context {
    /// Checks the DPoP proof of the request, without an access token, with a nonce of ours where they are in use.
    ///
    /// # Errors
    /// Core's `dpop.*` and `proof.*`.
    pub(crate) fn proof(&self) -> Result<Accepted, Fault> {
        self.check_proof(None, None, true)
    }

    /// Whether a proof came with it.
    pub(crate) fn has_proof(&self) -> bool {
        self.headers.contains_key("dpop")
    }

    fn check_proof(
        &self,
        token: Option<&str>,
        bound_to: Option<&JwkThumbprint>,
        is_strict: bool,
    ) -> Result<Accepted, Fault> {
        let headers: Vec<&str> =
            self.headers.get_all("dpop").iter().map(|value| value.to_str().unwrap_or_default()).collect();
        let mut call = Call::new(self.method.as_str(), &self.path)?;
        if let Some(token) = token {
            call = call.access_token(token);
        }
        let guard = if is_strict { &self.keys.strict_guard } else { &self.keys.guard };
        Ok(guard.open(&headers, &call, bound_to)?.decide(&P256, self.now)?)
    }

    /// The agent that makes the request with its own token in `Authorization: DPoP`, and the proof's name.
    ///
    /// # Errors
    /// `client.missing`, core's.
    pub(crate) async fn holder(&self) -> Result<(Arc<Believed>, Step), Fault> {
        let (scheme, token) = self.authorization().ok_or(Code::ClientMissing)?;
        if !scheme.eq_ignore_ascii_case("dpop") {
            return Err(Code::Unbound.into());
        }
        let believed = self.tenant.believe(&self.resolved(token).await?, &self.every_audience(), self.now);
        let believed = believed.map_err(Fault::of_bearer)?;
        // The proof is for what was sent, a handle or the token itself.
        let accepted = self.check_proof(Some(token), believed.bound_to.as_ref(), false)?;
        Ok((believed, self.once(&accepted)))
    }

    /// The client that makes the request: with an access token in `Authorization`, or with an assertion in the form.
    ///
    /// # Errors
    /// `client.*`, core's.
    pub(crate) fn client(&self, scope: &str, form: Option<&Params>) -> Result<Authenticated, Fault> {
        self.client_with_any(&[scope], form)
    }

    /// The same, with one of several scopes: a proof can be shown only once, so they are asked for together.
    ///
    /// # Errors
    /// `client.*`, core's.
    pub(crate) fn client_with_any(
        &self,
        scopes: &[&str],
        form: Option<&Params>,
    ) -> Result<Authenticated, Fault> {
        let authenticated = match (self.authorization(), form) {
            (Some((scheme, token)), _) => self.client_by_token(scheme, token)?,
            (None, Some(form)) if form.get("client_assertion").is_some() => {
                let (client, once) = self.client_by_assertion(form)?;
                Authenticated {
                    scope: Scope::of(&client),
                    audiences: client.audiences().to_vec(),
                    client: client.id().to_owned(),
                    once: Some(once),
                }
            }
            _ => return Err(Code::ClientMissing.into()),
        };
        if scopes.iter().any(|scope| authenticated.scope.has(scope)) {
            Ok(authenticated)
        } else {
            Err(Fault::from(Code::ScopeMissing).about(scopes.first().copied().unwrap_or_default()))
        }
    }

    fn client_by_token(&self, scheme: &str, token: &str) -> Result<Authenticated, Fault> {
        let believed = self.tenant.believe(token, std::slice::from_ref(&self.tenant.issuer), self.now);
        let believed = believed.map_err(Fault::of_bearer)?;
        let once = match (scheme.to_ascii_lowercase().as_str(), &believed.bound_to) {
            ("dpop", Some(key)) => Some(self.once(&self.check_proof(Some(token), Some(key), false)?)),
            ("bearer", None) => None,
            // A bound token is nobody's bearer token (RFC 9449 §7.2), and the other way round.
            _ => return Err(Code::TokenRefused.into()),
        };
        let policy = self.tenant.policy();
        let id = believed.client.as_deref().unwrap_or_default();
        let client = policy.policy.client(id).ok_or(Code::TokenRefused)?;
        // What the policy has taken away since is gone.
        let may = Scope::of(client);
        let granted = believed.scope.as_deref().unwrap_or_default();
        let scope = granted.split(' ').filter(|scope| may.has(scope)).collect::<Vec<_>>().join(" ");
        Ok(Authenticated {
            client: id.to_owned(),
            scope: Scope(scope),
            audiences: client.audiences().to_vec(),
            once,
        })
    }

    /// `private_key_jwt` (RFC 7523 §2.2 and §3, as rfc7523bis narrows it: for the issuer alone).
    ///
    /// # Errors
    /// `client.refused`, whatever is wrong: nobody learns which clients there are.
    pub(crate) fn client_by_assertion(&self, form: &Params) -> Result<(Client, Step), Fault> {
        if form.need("client_assertion_type")? != ASSERTION {
            return Err(Fault::from(Code::BadRequest).about("client_assertion_type"));
        }
        let text = form.need("client_assertion")?;
        let refused = || Fault::from(Code::ClientRefused);
        let policy = self.tenant.policy();
        let said = unverified_claim(text, "sub").ok_or_else(refused)?;
        if form.get("client_id").is_some_and(|id| id != said) {
            return Err(refused());
        }
        let client = policy.policy.client(&said).ok_or_else(refused)?;
        let keys = client.jwks().ok_or_else(refused)?;
        let algorithms = Algorithms::DEFAULT.with_es256().with_eddsa_name();
        let jws = Jws::open(text, &["", "JWT", "client-authentication+jwt"], algorithms, keys)
            .map_err(|_| refused())?;
        let payload = jws.verify(&P256).map_err(|_| refused())?;
        let claims: Value = serde_json::from_slice(&payload).map_err(|_| refused())?;
        let until = self.check_assertion(&claims, &said).ok_or_else(refused)?;
        let id = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        let once = once_id("assertion", &[said.as_bytes(), id.as_bytes()]);
        Ok((client.clone(), Step::Once { id: once, until }))
    }

    /// Until when the assertion must be remembered, if it holds.
    fn check_assertion(&self, claims: &Value, client: &str) -> Option<u64> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| claims.get(name).and_then(Value::as_u64);
        let now = self.seconds();
        let is_for_us = match claims.get("aud")? {
            Value::String(name) => *name == self.tenant.issuer,
            Value::Array(names) => {
                matches!(names.as_slice(), [Value::String(name)] if *name == self.tenant.issuer)
            }
            _ => false,
        };
        let expires = number("exp")?;
        let is_now = expires > now
            && expires.saturating_sub(now) <= ASSERTION_LIFE
            && number("nbf").is_none_or(|begins| begins <= now.saturating_add(SKEW))
            && number("iat").is_none_or(|issued| issued <= now.saturating_add(SKEW));
        let is_whose = text("iss") == Some(client) && text("sub") == Some(client);
        let has_id = text("jti").is_some_and(|id| (1..=256).contains(&id.len()));
        (is_for_us && is_now && is_whose && has_id).then_some(expires)
    }

    /// The proof, so that no node takes it again.
    pub(crate) fn once(&self, accepted: &Accepted) -> Step {
        let id = once_id("dpop", &[accepted.thumbprint().as_bytes(), accepted.id().as_bytes()]);
        // A proof is good for a minute, or as long as its nonce.
        Step::Once { id, until: self.seconds().saturating_add(180) }
    }

    fn authorization(&self) -> Option<(&str, &str)> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        Some((scheme, token.trim()))
    }

    /// Every party that the policy issues tokens for, and the service itself.
    pub(crate) fn every_audience(&self) -> Vec<String> {
        let policy = self.tenant.policy();
        let mut names = vec![self.tenant.issuer.clone()];
        names.extend(policy.policy.workflows().flat_map(|workflow| workflow.audience().iter().cloned()));
        names
    }
}

/// Seconds that another's clock may be ahead of ours.
const SKEW: u64 = 30;

/// A claim of a JWT whose signature nobody has checked, to find the key to check it with.
fn unverified_claim(jwt: &str, name: &str) -> Option<String> {
    let payload = BASE64URL.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A launch token: the time, so that those of one time stand together in the store, and 256 random bits.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn launch_token(context: &Context) -> Result<String, Fault> {
    let time = u32::try_from(context.seconds()).unwrap_or(u32::MAX).to_be_bytes();
    let secret = fresh::<32>(context.app.random())?;
    Ok(format!("{LAUNCH}{}", BASE64URL.encode([&time[..], &secret].concat())))
}

/// So that scanners for secrets know one.
const LAUNCH: &str = "kbl_";

/// What the store knows a launch token by: its time and its hash.
pub(crate) fn launch_hash(token: &str) -> String {
    let bytes = token.strip_prefix(LAUNCH).and_then(|text| BASE64URL.decode(text).ok()).unwrap_or_default();
    let time = bytes.first_chunk::<4>().map(|time| hex::encode(time)).unwrap_or_default();
    let hash = Digest::of(format!("keybound launch token\0{token}").as_bytes());
    format!("{time}{hash}")
}

/// The id of an agent instance.
///
/// # Errors
/// `request.bad` when orchestrator or task cannot be part of one.
pub(crate) fn agent_id(
    domain: &str,
    orchestrator: &str,
    task: &str,
    instance: &str,
) -> Result<AgentId, Fault> {
    AgentId::parse(&format!("spiffe://{domain}/agent/{orchestrator}/{task}/{instance}"))
        .map_err(|_| Fault::from(Code::BadRequest).about("task"))
}

/// Seconds as a time.
pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::new(seconds).unwrap_or(UnixTime::EPOCH)
}
