//! `RevocationFeed`.

use crate::{
    plain::{Given, Whole, expected, time},
    public_key::PublicKey,
    refusal::{raise, stays_here},
    trust::Limits,
};
use keybound_bindings::{FeedData, RevocationFeed as Feed};
use pyo3::prelude::*;
use std::sync::Arc;

/// What one issuer has revoked, for `Trust(revocation=...)`. Until it has a list, and when its list is too old, every call is refused.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct RevocationFeed {
    pub(crate) inner: Arc<Feed>,
}

#[pymethods]
impl RevocationFeed {
    #[new]
    #[pyo3(signature = (issuer, key, *, limits=Given(None)), text_signature = "(issuer, key, *, limits=...)")]
    fn new(issuer: String, key: Keys, limits: Given<Limits>) -> PyResult<Self> {
        let limits = limits.0.map(Limits::fit).transpose()?.unwrap_or_default();
        let data = FeedData { issuer, keys: key.0, limits };
        data.into_feed().map(|inner| Self { inner }).map_err(raise)
    }

    /// Takes over a whole list or a delta. When it is refused, the list before it stays.
    #[pyo3(signature = (update, now=None))]
    fn apply(&self, py: Python<'_>, update: &[u8], now: Option<Whole>) -> PyResult<()> {
        let now = time(now)?;
        py.detach(|| self.inner.apply(update, now)).map_err(raise)
    }

    /// The issuer whose tokens it is about.
    #[getter]
    fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// The number of the list; None before there is one.
    #[getter]
    fn seq(&self) -> Option<u64> {
        self.inner.list().map(|list| list.seq())
    }

    /// The last second at which the list counts.
    #[getter]
    fn expires(&self) -> Option<u64> {
        self.inner.list().map(|list| list.times().expires.as_secs())
    }

    /// When the next list is due.
    #[getter]
    fn next_update(&self) -> Option<u64> {
        self.inner.list().map(|list| list.times().next_update.as_secs())
    }

    /// How many entries the list has.
    #[getter]
    fn entries(&self) -> Option<usize> {
        self.inner.list().map(|list| list.len())
    }

    /// The largest list or delta it reads, in bytes: the limit `revocation_bytes`.
    #[getter]
    fn max_bytes(&self) -> u32 {
        self.inner.max_bytes()
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.RevocationFeed>"
    }

    /// Refuses: a feed belongs to the process that keeps it fresh.
    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        stays_here("revocation feeds", "")
    }
}

/// One key, or a list of them.
pub(crate) struct Keys(Vec<keybound::PublicKey>);

impl<'py> FromPyObject<'_, 'py> for Keys {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(key) = value.cast::<PublicKey>() {
            return Ok(Self(vec![key.get().inner.clone()]));
        }
        match value.extract::<Vec<Bound<'_, PublicKey>>>() {
            Ok(keys) => Ok(Self(keys.iter().map(|key| key.get().inner.clone()).collect())),
            Err(_) => Err(expected("PublicKey or list of PublicKey", &value)?),
        }
    }
}

/// One feed, or a list of them.
pub(crate) struct Feeds(pub(crate) Vec<Arc<Feed>>);

impl<'py> FromPyObject<'_, 'py> for Feeds {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(feed) = value.cast::<RevocationFeed>() {
            return Ok(Self(vec![feed.get().inner.clone()]));
        }
        match value.extract::<Vec<Bound<'_, RevocationFeed>>>() {
            Ok(feeds) if !feeds.is_empty() => {
                Ok(Self(feeds.iter().map(|feed| feed.get().inner.clone()).collect()))
            }
            // An empty list would revoke nothing, and was meant to hold something.
            _ => Err(expected("RevocationFeed or list of RevocationFeed", &value)?),
        }
    }
}
