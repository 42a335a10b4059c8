//! `AgentId`.

use crate::refusal::raise;
use pyo3::prelude::*;

/// One agent instance: `spiffe://trust-domain/agent/{orchestrator}/{task}/{instance}`.
#[pyclass(module = "keybound", frozen, eq, hash)]
#[derive(PartialEq, Hash)]
pub(crate) struct AgentId {
    pub(crate) inner: keybound::AgentId,
}

#[pymethods]
impl AgentId {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        keybound::AgentId::parse(text).map(|inner| Self { inner }).map_err(raise)
    }

    /// Who vouches for the agent.
    #[getter]
    fn trust_domain(&self) -> &str {
        self.inner.trust_domain()
    }

    /// The orchestrator that launched it.
    #[getter]
    fn orchestrator(&self) -> &str {
        self.inner.orchestrator()
    }

    /// The task it was launched for.
    #[getter]
    fn task(&self) -> &str {
        self.inner.task()
    }

    /// The instance.
    #[getter]
    fn instance(&self) -> &str {
        self.inner.instance()
    }

    fn __str__(&self) -> &str {
        self.inner.as_str()
    }

    fn __repr__(&self) -> String {
        format!("<keybound.AgentId {}>", self.inner)
    }
}
