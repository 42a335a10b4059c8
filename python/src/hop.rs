//! `Hop`.

use pyo3::prelude::*;

/// One link of a lineage.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Hop {
    pub(crate) inner: keybound::Hop,
}

#[pymethods]
impl Hop {
    /// 0 for the root.
    #[getter]
    fn depth(&self) -> u32 {
        self.inner.depth
    }

    /// Thumbprint of the key that signed the link.
    #[getter]
    fn delegator(&self) -> String {
        self.inner.delegator.to_string()
    }

    /// Thumbprint of the key the link is bound to.
    #[getter]
    fn holder(&self) -> String {
        self.inner.holder.to_string()
    }

    /// The token's id, in hexadecimal.
    #[getter]
    fn token_id(&self) -> String {
        self.inner.token_id.to_string()
    }

    /// Seconds since 1970.
    #[getter]
    fn issued_at(&self) -> u64 {
        self.inner.issued_at.as_secs()
    }

    /// Seconds since 1970.
    #[getter]
    fn expires(&self) -> u64 {
        self.inner.expires.as_secs()
    }

    /// The agent id at this link.
    #[getter]
    fn agent(&self) -> Option<&str> {
        self.inner.agent.as_ref().map(keybound::AgentId::as_str)
    }

    /// What this link gave up, in words, such as "tool `pay` dropped".
    #[getter]
    fn narrowed(&self) -> Vec<String> {
        self.inner.narrowed.iter().map(ToString::to_string).collect()
    }

    fn __repr__(&self) -> String {
        format!("<keybound.Hop {} from {} to {}>", self.inner.depth, self.inner.delegator, self.inner.holder)
    }
}
