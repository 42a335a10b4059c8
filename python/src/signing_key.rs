//! `SigningKey`.

use crate::{
    public_key::PublicKey,
    refusal::{raise, stays_here},
};
use keybound_bindings::{Failure, generate_key};
use pyo3::prelude::*;

/// A private Ed25519 key. It does not print, compare, copy or pickle, and is wiped when dropped.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct SigningKey {
    pub(crate) inner: keybound::SigningKey,
}

#[pymethods]
impl SigningKey {
    /// A fresh key from the operating system's randomness.
    #[staticmethod]
    fn generate() -> PyResult<Self> {
        generate_key().map(|inner| Self { inner }).map_err(raise)
    }

    /// The key that grows from a 32-byte seed (RFC 8032 §5.1.5).
    #[staticmethod]
    fn from_seed(seed: &[u8]) -> PyResult<Self> {
        let seed = seed.try_into().map_err(|_| raise(Failure::misuse("seed", "be 32 bytes")))?;
        Ok(Self { inner: keybound::SigningKey::from_seed(seed) })
    }

    /// The public half.
    #[getter]
    fn public_key(&self) -> PublicKey {
        PublicKey { inner: self.inner.public_key() }
    }

    fn __repr__(&self) -> String {
        format!("<keybound.SigningKey of {}>", self.inner.public_key().thumbprint())
    }

    /// Refuses: a private key leaves the process in no form.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("signing keys", "")
    }
}
