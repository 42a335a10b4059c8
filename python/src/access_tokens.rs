//! `AccessTokens` and `AccessToken`.

use crate::{
    plain::{Given, Texts, Whole, time},
    refusal::{raise, stays_here},
    trust::Limits,
};
use keybound_bindings::{AccessTokensData, P256};
use pyo3::prelude::*;

/// What a resource server believes of JWT access tokens (RFC 9068): one issuer with its keys, and the server's own names.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct AccessTokens {
    inner: keybound::AccessTokens,
}

#[pymethods]
impl AccessTokens {
    #[new]
    #[pyo3(signature = (issuer, audience, jwks, *, algorithms=Given(None), bearer_allowed=false, limits=Given(None)),
        text_signature = "(issuer, audience, jwks, *, algorithms=..., bearer_allowed=False, limits=...)")]
    fn new(
        issuer: String,
        audience: Texts,
        jwks: String,
        algorithms: Given<Vec<String>>,
        bearer_allowed: bool,
        limits: Given<Limits>,
    ) -> PyResult<Self> {
        let data = AccessTokensData {
            issuer,
            audience: audience.0,
            jwks: jwks.into_bytes(),
            algorithms: algorithms.0,
            bearer_allowed,
            limits: limits.0.map(Limits::fit).transpose()?.unwrap_or_default(),
        };
        data.into_access_tokens().map(|inner| Self { inner }).map_err(raise)
    }

    /// Checks a token.
    #[pyo3(signature = (token, now=None))]
    fn check(&self, py: Python<'_>, token: &str, now: Option<Whole>) -> PyResult<AccessToken> {
        let now = time(now)?;
        let decided = py.detach(|| self.inner.open(token)?.decide(&P256, now));
        decided.map(|inner| AccessToken { inner }).map_err(raise)
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.AccessTokens>"
    }
}

/// An access token that holds.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct AccessToken {
    inner: keybound::AccessToken,
}

#[pymethods]
impl AccessToken {
    /// Who issued it.
    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// On whose behalf it is used, or the client itself.
    #[getter]
    fn subject(&self) -> &str {
        self.inner.subject()
    }

    /// The client it was issued to.
    #[getter]
    fn client_id(&self) -> &str {
        self.inner.client_id()
    }

    /// Its `jti`.
    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    /// Whom it is for.
    #[getter]
    fn audience(&self) -> Vec<&str> {
        self.inner.audience().iter().map(String::as_str).collect()
    }

    /// Its scopes, separated by blanks.
    #[getter]
    fn scope(&self) -> Option<&str> {
        self.inner.scope()
    }

    /// When it expires, in seconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.inner.expires().as_secs()
    }

    /// The JWK thumbprint of the key it is bound to, for `DpopGuard.check`.
    #[getter]
    fn bound_to(&self) -> Option<String> {
        self.inner.bound_to().map(ToString::to_string)
    }

    /// All its claims.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.inner.claims_json(),))
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.AccessToken>"
    }

    /// Refuses: a belief belongs to the process that checked it.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("access tokens", "")
    }
}
