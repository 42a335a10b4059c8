//! `VerifiedChain`.

use crate::{
    permit::Permit,
    plain::{Whole, time},
    proof::Proof,
    public_key::PublicKey,
    refusal::{raise, stays_here},
    request::Request,
};
use pyo3::prelude::*;

/// A chain whose every link was checked. Being verified has a date: `authorize` checks times again.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct VerifiedChain {
    pub(crate) inner: keybound::VerifiedChain,
}

#[pymethods]
impl VerifiedChain {
    /// Decides one call, once.
    #[pyo3(signature = (request, proof, now=None))]
    fn authorize(
        &self,
        py: Python<'_>,
        request: &Request,
        proof: &Proof,
        now: Option<Whole>,
    ) -> PyResult<Permit> {
        let now = time(now)?;
        let decided = py.detach(|| self.inner.authorize(&request.inner, &proof.inner, now));
        decided.map(|inner| Permit { inner }).map_err(raise)
    }

    /// The leaf's agent id.
    #[getter]
    fn agent(&self) -> Option<&str> {
        self.inner.agent().map(keybound::AgentId::as_str)
    }

    /// On whose behalf the chain acts; the same at every link.
    #[getter]
    fn principal(&self) -> Option<&str> {
        self.inner.principal()
    }

    /// The task; the same at every link.
    #[getter]
    fn task(&self) -> Option<&str> {
        self.inner.task()
    }

    /// Who issued the root.
    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// The key the leaf is bound to.
    #[getter]
    fn holder(&self) -> PublicKey {
        PublicKey { inner: self.inner.holder().clone() }
    }

    /// How often it was delegated: 0 for a root alone.
    #[getter]
    fn depth(&self) -> usize {
        self.inner.depth()
    }

    /// When the first of its tokens expires, in seconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.inner.expires().as_secs()
    }

    /// What the leaf grants. Every earlier link restricts it too, and only `authorize` decides.
    #[getter]
    fn tools<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.inner.tools_json(),))
    }

    fn __repr__(&self) -> String {
        format!("<keybound.VerifiedChain of depth {}>", self.inner.depth())
    }

    /// Refuses: a belief belongs to the process that checked it.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("verified chains", "")
    }
}
