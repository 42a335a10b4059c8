//! `Presentation`.

use crate::{
    chain::Chain,
    proof::Proof,
    refusal::{raise, stays_here},
};
use pyo3::prelude::*;

/// A chain of AAT-02 with its proof, which must not be parted: `{"aat_chain": [...], "aat_pop": "..."}`.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Presentation {
    inner: keybound::Presentation,
}

#[pymethods]
impl Presentation {
    #[new]
    fn new(chain: &Chain, proof: &Proof) -> PyResult<Self> {
        let made = keybound::Presentation::new(chain.inner.clone(), proof.inner.clone());
        made.map(|inner| Self { inner }).map_err(raise)
    }

    /// Reads the JSON object; members it does not know are ignored.
    #[staticmethod]
    fn parse(data: &[u8]) -> PyResult<Self> {
        keybound::Presentation::parse(data).map(|inner| Self { inner }).map_err(raise)
    }

    /// The JSON object, as text.
    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    /// The chain, which nobody has checked.
    #[getter]
    fn chain(&self) -> Chain {
        Chain { inner: self.inner.chain().clone() }
    }

    /// The proof, which nobody has checked.
    #[getter]
    fn proof(&self) -> Proof {
        Proof { inner: self.inner.proof().clone() }
    }

    fn __repr__(&self) -> String {
        format!("<keybound.Presentation of {} tokens>", self.inner.chain().len())
    }

    /// Refuses: use `to_json`.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("presentations", ": use to_json")
    }
}
