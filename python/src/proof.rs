//! `Proof`.

use crate::{
    chain::Chain,
    plain::Whole,
    refusal::{raise, stays_here},
    request::Request,
    signing_key::SigningKey,
};
use keybound_bindings::ProofData;
use pyo3::{prelude::*, types::PyBytes};

/// The leaf holder's signature over one concrete call.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Proof {
    pub(crate) inner: keybound::Proof,
}

#[pymethods]
impl Proof {
    /// Signs `request` with the key `chain` is bound to.
    #[staticmethod]
    #[pyo3(signature = (key, chain, request, *, now=None, proof_id=None))]
    fn sign(
        py: Python<'_>,
        key: &SigningKey,
        chain: &Chain,
        request: &Request,
        now: Option<Whole>,
        proof_id: Option<&[u8]>,
    ) -> PyResult<Self> {
        let data = ProofData {
            now: now.map(|now| now.fit("now")).transpose()?,
            proof_id: proof_id.map(<[u8]>::to_vec),
        };
        let signed = py.detach(|| data.sign(&key.inner, &chain.inner, &request.inner));
        signed.map(|inner| Self { inner }).map_err(raise)
    }

    /// Parses the bytes of `to_bytes`.
    #[staticmethod]
    fn parse(data: &[u8]) -> PyResult<Self> {
        keybound::Proof::parse(data).map(|inner| Self { inner }).map_err(raise)
    }

    /// The proof as it travels.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.as_bytes())
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.Proof>"
    }

    /// Refuses: use `to_bytes`.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("proofs", ": use to_bytes")
    }
}
