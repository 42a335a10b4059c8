//! `Permit`.

use crate::{hop::Hop, refusal::stays_here};
use pyo3::prelude::*;

/// Evidence that one call was decided, and decided yes.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Permit {
    pub(crate) inner: keybound::Permit,
}

#[pymethods]
impl Permit {
    /// The agent id of the caller.
    #[getter]
    fn agent(&self) -> Option<&str> {
        self.inner.agent().map(keybound::AgentId::as_str)
    }

    /// On whose behalf.
    #[getter]
    fn principal(&self) -> Option<&str> {
        self.inner.principal()
    }

    /// For which task.
    #[getter]
    fn task(&self) -> Option<&str> {
        self.inner.task()
    }

    /// The tool that may be called.
    #[getter]
    fn tool(&self) -> &str {
        self.inner.tool()
    }

    /// Where.
    #[getter]
    fn audience(&self) -> &str {
        self.inner.audience()
    }

    /// Who issued the root.
    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// Thumbprint of the key that signed the call.
    #[getter]
    fn holder(&self) -> String {
        self.inner.holder().thumbprint().to_string()
    }

    /// When the first token of the chain expires, in seconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.inner.expires().as_secs()
    }

    /// Seconds of clock tolerance this decision needed; 0 when clocks agree.
    #[getter]
    fn leeway_used(&self) -> u64 {
        self.inner.leeway_used()
    }

    /// Who handed what to whom, from the root on.
    #[getter]
    fn lineage(&self) -> Vec<Hop> {
        self.inner.lineage().into_iter().map(|inner| Hop { inner }).collect()
    }

    fn __repr__(&self) -> String {
        format!("<keybound.Permit for {:?} at {:?}>", self.inner.tool(), self.inner.audience())
    }

    /// Refuses: a permit belongs to the process that decided.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("permits", "")
    }
}
