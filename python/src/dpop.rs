//! `DpopCall`, `DpopGuard` and `DpopAccepted`.

use crate::{
    plain::{Given, Json, Texts, Whole, time},
    refusal::{raise, stays_here},
    signing_key::SigningKey,
    trust::Limits,
};
use keybound::dpop;
use keybound_bindings::{DEFAULT_REPLAY_CAPACITY, DpopCallData, GuardData, P256};
use pyo3::prelude::*;

/// One HTTP request, as the client sends it or as the server received it, with what of it the proof is to cover.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct DpopCall {
    inner: dpop::Call,
}

#[pymethods]
impl DpopCall {
    #[new]
    #[pyo3(signature = (method, uri, *, access_token=Given(None), nonce=Given(None), body=Given(None), tool=Given(None),
        arguments=Given(None)))]
    fn new(
        method: String,
        uri: String,
        access_token: Given<String>,
        nonce: Given<String>,
        body: Given<&[u8]>,
        tool: Given<String>,
        arguments: Given<Json>,
    ) -> PyResult<Self> {
        let (access_token, nonce, body, tool) = (access_token.0, nonce.0, body.0.map(<[u8]>::to_vec), tool.0);
        let arguments = arguments.0.map(|arguments| arguments.0);
        let data = DpopCallData { method, uri, access_token, nonce, body, tool, arguments };
        data.into_call().map(|inner| Self { inner }).map_err(raise)
    }

    /// The value of the `DPoP` header for this request, signed by `key`.
    #[pyo3(signature = (key, *, now=None, proof_id=None))]
    fn sign(
        &self,
        py: Python<'_>,
        key: &SigningKey,
        now: Option<Whole>,
        proof_id: Option<&[u8]>,
    ) -> PyResult<String> {
        let now = now.map(|now| now.fit("now")).transpose()?;
        let id = proof_id.map(<[u8]>::to_vec);
        py.detach(|| DpopCallData::sign(&self.inner, &key.inner, id, now)).map_err(raise)
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.DpopCall>"
    }
}

/// What a server keeps: its public origins, what it accepts, its memory against replays. Share one among threads.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct DpopGuard {
    inner: dpop::Guard,
}

#[pymethods]
impl DpopGuard {
    #[new]
    #[pyo3(signature = (origins, *, algorithms=Given(None), nonce_secret=Given(None), nonce_period=Given(None), binding_required=false,
        replay_capacity=None, limits=Given(None)),
        text_signature = "(origins, *, algorithms=..., nonce_secret=..., nonce_period=60, \
        binding_required=False, replay_capacity=65536, limits=...)")]
    fn new(
        origins: Texts,
        algorithms: Given<Vec<String>>,
        nonce_secret: Given<&[u8]>,
        nonce_period: Given<Whole>,
        binding_required: bool,
        replay_capacity: Option<Whole>,
        limits: Given<Limits>,
    ) -> PyResult<Self> {
        let data = GuardData {
            origins: origins.0,
            algorithms: algorithms.0,
            nonce_secret: nonce_secret.0.map(<[u8]>::to_vec),
            nonce_period: nonce_period.0.map(|period| period.fit("nonce_period")).transpose()?,
            binding_required,
            replay_capacity: replay_capacity
                .map_or(Ok(DEFAULT_REPLAY_CAPACITY), |capacity| capacity.fit("replay_capacity"))?,
            limits: limits.0.map(Limits::fit).transpose()?.unwrap_or_default(),
        };
        data.into_guard().map(|inner| Self { inner }).map_err(raise)
    }

    /// Checks the proof of a request. `headers` are the values of all its `DPoP` headers; `bound_to` is the thumbprint that the access
    /// token names.
    #[pyo3(signature = (headers, call, *, bound_to=Given(None), now=None),
        text_signature = "($self, headers, call, *, bound_to=..., now=None)")]
    fn check(
        &self,
        py: Python<'_>,
        headers: Texts,
        call: &DpopCall,
        bound_to: Given<&str>,
        now: Option<Whole>,
    ) -> PyResult<DpopAccepted> {
        let (now, bound_to) = (time(now)?, DpopCallData::thumbprint(bound_to.0).map_err(raise)?);
        let headers: Vec<&str> = headers.0.iter().map(String::as_str).collect();
        let decided =
            py.detach(|| self.inner.open(&headers, &call.inner, bound_to.as_ref())?.decide(&P256, now));
        decided.map(|inner| DpopAccepted { inner }).map_err(raise)
    }

    /// The nonce for the `DPoP-Nonce` header of an answer; None when nonces are not in use.
    #[pyo3(signature = (now=None))]
    fn fresh_nonce(&self, now: Option<Whole>) -> PyResult<Option<String>> {
        Ok(self.inner.fresh_nonce(time(now)?))
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.DpopGuard>"
    }
}

/// Evidence that a DPoP proof was checked, and holds.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct DpopAccepted {
    inner: dpop::Accepted,
}

#[pymethods]
impl DpopAccepted {
    /// The JWK thumbprint of the key that signed it: what an access token is to be bound to.
    #[getter]
    fn thumbprint(&self) -> String {
        self.inner.thumbprint().to_string()
    }

    /// The public JWK of that key, as JSON text.
    #[getter]
    fn jwk(&self) -> String {
        self.inner.key().to_jwk()
    }

    /// The proof's `jti`.
    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    /// Whether it covers all the server said of the request beyond method and URI.
    #[getter]
    fn is_bound(&self) -> bool {
        self.inner.is_bound()
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.DpopAccepted>"
    }

    /// Refuses: evidence belongs to the process that checked.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("accepted proofs", "")
    }
}
