//! JWT access tokens (RFC 9068): the plain-OAuth neighbour of a chain.

use crate::{
    code::Code,
    jose::{
        Algorithms, Es256, Es256Check, JwkThumbprint, Jwks, Jws,
        claim::{audience, missing, text, time, wrong},
    },
    json::Members,
    limits::Limits,
    refusal::Refusal,
    time::UnixTime,
    times::Times,
};
use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};
use core::fmt;

/// What a resource server believes of access tokens: one issuer with its keys, and the server's own names. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccessTokens(Arc<Rules>);

#[derive(Clone, Debug)]
struct Rules {
    issuer: String,
    audience: Vec<String>,
    keys: Jwks,
    algorithms: Algorithms,
    limits: Limits,
    requires_binding: bool,
}

impl AccessTokens {
    /// Tokens of `issuer` under its `keys`, for a server known by any of the names in `audience`.
    pub fn new<S: AsRef<str>>(issuer: &str, audience: impl IntoIterator<Item = S>, keys: Jwks) -> Self {
        Self(Arc::new(Rules {
            issuer: issuer.to_owned(),
            audience: audience.into_iter().map(|name| name.as_ref().to_owned()).collect(),
            keys,
            algorithms: Algorithms::DEFAULT,
            limits: Limits::default(),
            requires_binding: true,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Accepts these algorithms; [`Algorithms::DEFAULT`] when not set. RS256, which RFC 9068 §2.1 wants everywhere, is not to be had
    /// here.
    #[must_use]
    pub fn algorithms(self, algorithms: Algorithms) -> Self {
        self.with(|rules| rules.algorithms = algorithms)
    }

    /// Other limits than the default ones: `token_bytes` and `skew` count here.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.with(|rules| rules.limits = limits)
    }

    /// Accepts tokens that are bound to no key. Whoever holds such a token can use it.
    #[must_use]
    pub fn bearer_allowed(self) -> Self {
        self.with(|rules| rules.requires_binding = false)
    }

    /// Reads the header of a token and finds the issuer's keys for it.
    ///
    /// # Errors
    /// `bytes.too_large`, `jose.*`, `envelope.*`; `access_token.unknown_key`.
    pub fn open(&self, token: &str) -> Result<OpenedToken, Refusal> {
        let Rules { algorithms, keys, limits, .. } = &*self.0;
        // §4: with or without the prefix.
        let types = ["at+jwt", "application/at+jwt"];
        let jws = Jws::open_issued(token, &types, *algorithms, keys, limits)?;
        Ok(OpenedToken { rules: self.clone(), jws })
    }
}

/// A token whose signature is still to be checked.
#[derive(Debug)]
pub struct OpenedToken {
    rules: AccessTokens,
    jws: Jws,
}

impl OpenedToken {
    /// The checks that a host has to make: one for each ES256 key that may have signed.
    pub fn es256(&self) -> impl Iterator<Item = &Es256Check> {
        self.jws.es256()
    }

    /// Decides (RFC 9068 §4). The skew is that of native tokens.
    ///
    /// # Errors
    /// `access_token.bad_signature`; `json.*`, `claims.*`; `access_token.wrong_issuer`, `call.not_our_audience`, `time.*`,
    /// `access_token.not_bound`, also where bearers are let in for a token bound to something else than a JWK thumbprint.
    pub fn decide(self, es256: &dyn Es256, now: UnixTime) -> Result<AccessToken, Refusal> {
        let payload = self.jws.verify(es256).map_err(|_| Code::AccessTokenSignature)?;
        judge(&self.rules.0, &Members::parse(&payload)?, &payload, now)
    }
}

fn judge(rules: &Rules, claims: &Members<'_>, payload: &[u8], now: UnixTime) -> Result<AccessToken, Refusal> {
    // §2.2: all of these are required.
    let [issuer, subject, client_id, id] = ["iss", "sub", "client_id", "jti"].map(|name| text(claims, name));
    let (issuer, subject, client_id, id) = (issuer?, subject?, client_id?, id?);
    let audience = audience(claims)?;
    let times = Times {
        issued_at: time(claims, "iat")?.ok_or_else(|| missing("iat"))?,
        not_before: time(claims, "nbf")?,
        expires: time(claims, "exp")?.ok_or_else(|| missing("exp"))?,
    };
    if issuer != rules.issuer {
        return Err(Refusal::new(Code::AccessTokenIssuer).with_difference(&rules.issuer, &issuer));
    }
    if !audience.iter().any(|name| rules.audience.contains(name)) {
        return Err(Code::NotOurAudience.into());
    }
    times.check_foreign(now, &rules.limits)?;
    let bound_to = bound_to(claims)?;
    if bound_to.is_none() && rules.requires_binding {
        return Err(Code::AccessTokenUnbound.into());
    }
    let scope =
        claims.get("scope").map(|node| node.as_text().map(ToOwned::to_owned).ok_or_else(|| wrong("scope")));
    let claims = String::from_utf8_lossy(payload).into_owned();
    let (scope, expires) = (scope.transpose()?, times.expires);
    Ok(AccessToken { issuer, subject, client_id, id, audience, scope, expires, bound_to, claims })
}

/// `cnf.jkt` (RFC 9449 §6.1). A token that is bound to a key in another way (a certificate, a key identifier) is for somebody
/// who can check that, and nobody's bearer token.
fn bound_to(claims: &Members<'_>) -> Result<Option<JwkThumbprint>, Refusal> {
    let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
    let members = confirmation.as_object().ok_or_else(|| wrong("cnf"))?;
    let node = members.get("jkt").ok_or(Code::AccessTokenUnbound)?;
    JwkThumbprint::parse(node.as_text().unwrap_or_default()).map(Some).ok_or_else(|| wrong("cnf"))
}

/// An access token that holds. Bound to a key, it is worth nothing without a DPoP proof by that key.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    issuer: String,
    subject: String,
    client_id: String,
    id: String,
    audience: Vec<String>,
    scope: Option<String>,
    expires: UnixTime,
    bound_to: Option<JwkThumbprint>,
    claims: String,
}

impl AccessToken {
    /// Who issued it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// On whose behalf it is used, or the client itself.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The client it was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Its `jti`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whom it is for.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// Its scopes, separated by blanks.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// When it expires.
    pub const fn expires(&self) -> UnixTime {
        self.expires
    }

    /// The key it is bound to (`cnf.jkt`), for [`crate::dpop::Guard::open`].
    pub const fn bound_to(&self) -> Option<&JwkThumbprint> {
        self.bound_to.as_ref()
    }

    /// All its claims, the JSON as received.
    pub fn claims_json(&self) -> &str {
        &self.claims
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(from {:?})", self.issuer)
    }
}
