//! `PublicKey`.

use crate::refusal::{raise, stays_here};
use pyo3::{prelude::*, types::PyBytes};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// An Ed25519 public key that can hold authority: on the curve, canonical, not of small order.
#[pyclass(module = "keybound", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct PublicKey {
    pub(crate) inner: keybound::PublicKey,
}

#[pymethods]
impl PublicKey {
    #[new]
    fn new(data: &[u8]) -> PyResult<Self> {
        keybound::PublicKey::from_bytes(data).map(|inner| Self { inner }).map_err(raise)
    }

    /// The 32 bytes of RFC 8032 §5.1.2.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.as_bytes())
    }

    /// The SHA-256 COSE Key Thumbprint (RFC 9679) in base64url: a holder's name in logs.
    #[getter]
    fn thumbprint(&self) -> String {
        self.inner.thumbprint().to_string()
    }

    /// The key of a public JWK on Ed25519 (RFC 8037 §2), as JSON text.
    #[staticmethod]
    fn from_jwk(jwk: &str) -> PyResult<Self> {
        keybound::PublicKey::from_jwk(jwk.as_bytes()).map(|inner| Self { inner }).map_err(raise)
    }

    /// The public JWK, as JSON text: `crv`, `kty` and `x`.
    fn to_jwk(&self) -> String {
        self.inner.to_jwk()
    }

    /// The SHA-256 JWK Thumbprint (RFC 7638) in base64url: the key's name in `cnf.jkt`.
    #[getter]
    fn jwk_thumbprint(&self) -> String {
        self.inner.jwk_thumbprint().to_string()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.inner.as_bytes().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<keybound.PublicKey {}>", self.inner.thumbprint())
    }

    /// Refuses: use `to_bytes`.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("public keys", ": use to_bytes")
    }
}
