//! `Verifier`.

use crate::{
    permit::Permit,
    plain::{Whole, time},
    refusal::raise,
    request::Request,
    trust::Trust,
};
use keybound_bindings::{DEFAULT_CACHE_CAPACITY, HostVerifier, MemoryLinkCache};
use pyo3::prelude::*;

/// Bytes to decision in one call, remembering links it has already checked. Share one among threads.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Verifier {
    pub(crate) inner: HostVerifier,
}

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(signature = (trust, *, cache_capacity=None), text_signature = "(trust, *, cache_capacity=4096)")]
    fn new(trust: &Trust, cache_capacity: Option<Whole>) -> PyResult<Self> {
        let capacity =
            cache_capacity.map_or(Ok(DEFAULT_CACHE_CAPACITY), |capacity| capacity.fit("cache_capacity"))?;
        Ok(Self { inner: HostVerifier::new(trust.inner.clone(), MemoryLinkCache::with_capacity(capacity)) })
    }

    /// Parses, verifies and decides one call.
    #[pyo3(signature = (chain, proof, request, now=None))]
    fn authorize(
        &self,
        py: Python<'_>,
        chain: &[u8],
        proof: &[u8],
        request: &Request,
        now: Option<Whole>,
    ) -> PyResult<Permit> {
        let now = time(now)?;
        let decided = py.detach(|| self.inner.authorize(chain, proof, &request.inner, now));
        decided.map(|inner| Permit { inner }).map_err(raise)
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.Verifier>"
    }
}
