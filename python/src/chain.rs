//! `Chain`.

use crate::{
    plain::{Agent, Given, Json, Texts, Whole, time},
    public_key::PublicKey,
    refusal::{raise, stays_here},
    signing_key::SigningKey,
    trust::Trust,
    verified_chain::VerifiedChain,
};
use keybound_bindings::{GrantData, NarrowingData};
use pyo3::{prelude::*, types::PyBytes};

/// Tokens from root to leaf, well-formed and nothing more: signatures are not checked, so it shows nothing.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Chain {
    pub(crate) inner: keybound::Chain,
}

#[pymethods]
impl Chain {
    /// Issues a root: `to` may call `tools` at `audience` for `ttl` seconds.
    #[staticmethod]
    #[pyo3(signature = (key, *, issuer, to, tools, audience, principal=None, agent=None, task=None, ttl=None,
        not_before=None, max_depth=None, now=None, token_id=None, format=None),
        text_signature = "(key, *, issuer, to, tools, audience, principal=None, agent=None, task=None, ttl=300, \
        not_before=None, max_depth=0, now=None, token_id=None, format='cwt')")]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn issue(
        py: Python<'_>,
        key: &SigningKey,
        issuer: &str,
        to: &PublicKey,
        tools: Json,
        audience: Texts,
        principal: Option<String>,
        agent: Option<Agent>,
        task: Option<String>,
        ttl: Option<Whole>,
        not_before: Option<Whole>,
        max_depth: Option<Whole>,
        now: Option<Whole>,
        token_id: Option<&[u8]>,
        format: Option<String>,
    ) -> PyResult<Self> {
        let grant = GrantData {
            issuer: issuer.to_owned(),
            to: to.inner.clone(),
            tools: tools.0,
            audience: audience.0,
            principal,
            agent: agent.map(|agent| agent.0),
            task,
            ttl: fit("ttl", ttl)?,
            not_before: fit("not_before", not_before)?,
            max_depth: fit("max_depth", max_depth)?.unwrap_or_default(),
            now: fit("now", now)?,
            token_id: token_id.map(<[u8]>::to_vec),
            format,
        };
        py.detach(|| grant.sign(&key.inner)).map(|inner| Self { inner }).map_err(raise)
    }

    /// Parses the bytes of `to_bytes`, or of AAT-02 the presentation object or a lone compact token.
    #[staticmethod]
    fn parse(data: &[u8]) -> PyResult<Self> {
        keybound::Chain::parse(data).map(|inner| Self { inner }).map_err(raise)
    }

    /// The encoding it is in: `cwt` or `aat`.
    #[getter]
    fn format(&self) -> &'static str {
        self.inner.format().as_str()
    }

    /// The chain as it travels. Worth nothing without the leaf's private key.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.as_bytes())
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// A longer chain whose leaf is bound to `to` and is equal or narrower in everything.
    #[pyo3(signature = (key, *, to, tools=Given(None), audience=Given(None), agent=Given(None), ttl=Given(None),
        not_before=Given(None), max_depth=Given(None), now=None, token_id=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn delegate(
        &self,
        py: Python<'_>,
        key: &SigningKey,
        to: &PublicKey,
        tools: Given<Json>,
        audience: Given<Texts>,
        agent: Given<Agent>,
        ttl: Given<Whole>,
        not_before: Given<Whole>,
        max_depth: Given<Whole>,
        now: Option<Whole>,
        token_id: Option<&[u8]>,
    ) -> PyResult<Self> {
        let narrowing = NarrowingData {
            to: to.inner.clone(),
            tools: tools.0.map(|tools| tools.0),
            audience: audience.0.map(|audience| audience.0),
            agent: agent.0.map(|agent| agent.0),
            ttl: fit("ttl", ttl.0)?,
            not_before: fit("not_before", not_before.0)?,
            max_depth: fit("max_depth", max_depth.0)?,
            now: fit("now", now)?,
            token_id: token_id.map(<[u8]>::to_vec),
        };
        let delegated = py.detach(|| narrowing.delegate(&self.inner, &key.inner));
        delegated.map(|inner| Self { inner }).map_err(raise)
    }

    /// Checks every signature, time and link up to an anchor of `trust`.
    #[pyo3(signature = (trust, now=None))]
    fn verify(&self, py: Python<'_>, trust: &Trust, now: Option<Whole>) -> PyResult<VerifiedChain> {
        let now = time(now)?;
        let verified = py.detach(|| self.inner.verify(&trust.inner, now));
        verified.map(|inner| VerifiedChain { inner }).map_err(raise)
    }

    fn __repr__(&self) -> String {
        format!("<keybound.Chain of {} tokens>", self.inner.len())
    }

    /// Refuses: use `to_bytes`.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("chains", ": use to_bytes")
    }
}

fn fit(name: &str, given: Option<Whole>) -> PyResult<Option<u64>> {
    given.map(|number| number.fit(name)).transpose()
}
