//! `Trust`.

use crate::{
    plain::{Given, Texts, Whole, expected},
    public_key::PublicKey,
    refusal::raise,
    revocation_feed::Feeds,
};
use keybound_bindings::{DEFAULT_REPLAY_CAPACITY, Failure, TrustData};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};

/// Whom a verifier believes, who it is, and what it remembers.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Trust {
    pub(crate) inner: keybound::Trust,
}

#[pymethods]
impl Trust {
    #[new]
    #[pyo3(signature = (anchors, audience, *, limits=Given(None), revoked=Given(None), revocation=Given(None),
        replay_capacity=None,
        identity="required", audience_required=true, proof_audience_required=true),
        text_signature = "(anchors, audience, *, limits=..., revoked=..., revocation=..., replay_capacity=65536, \
        identity='required', audience_required=True, proof_audience_required=True)")]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        anchors: Anchors,
        audience: Texts,
        limits: Given<Limits>,
        revoked: Given<Vec<Bound<'_, PyBytes>>>,
        revocation: Given<Feeds>,
        replay_capacity: Option<Whole>,
        identity: &str,
        audience_required: bool,
        proof_audience_required: bool,
    ) -> PyResult<Self> {
        let requires_identity = match identity {
            "required" => true,
            "optional" => false,
            _ => return Err(raise(Failure::misuse("identity", "be 'required' or 'optional'"))),
        };
        let data = TrustData {
            anchors: anchors.0,
            audience: audience.0,
            limits: limits.0.map(Limits::fit).transpose()?.unwrap_or_default(),
            revoked: revoked.0.unwrap_or_default().iter().map(|id| id.as_bytes().to_vec()).collect(),
            revocation: revocation.0.map(|feeds| feeds.0).unwrap_or_default(),
            replay_capacity: replay_capacity
                .map_or(Ok(DEFAULT_REPLAY_CAPACITY), |capacity| capacity.fit("replay_capacity"))?,
            requires_identity,
            requires_audience: audience_required,
            requires_proof_audience: proof_audience_required,
        };
        data.into_trust().map(|inner| Self { inner }).map_err(raise)
    }

    fn __repr__(&self) -> &'static str {
        "<keybound.Trust>"
    }
}

/// A dict from issuer to key or keys.
struct Anchors(Vec<(String, keybound::PublicKey)>);

impl<'py> FromPyObject<'_, 'py> for Anchors {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mut anchors = Vec::new();
        for (issuer, keys) in items(&value)? {
            let keys = match keys.cast::<PublicKey>() {
                Ok(key) => vec![key.clone()],
                Err(_) => match keys.extract::<Vec<Bound<'_, PublicKey>>>() {
                    Ok(keys) => keys,
                    Err(_) => return Err(expected("PublicKey or list of PublicKey for each issuer", &keys)?),
                },
            };
            anchors.extend(keys.iter().map(|key| (issuer.clone(), key.get().inner.clone())));
        }
        Ok(Self(anchors))
    }
}

/// A dict from limit to number.
pub(crate) struct Limits(Vec<(String, Whole)>);

impl Limits {
    pub(crate) fn fit(self) -> PyResult<Vec<(String, u64)>> {
        self.0.into_iter().map(|(name, value)| Ok((name, value.fit("limits")?))).collect()
    }
}

impl<'py> FromPyObject<'_, 'py> for Limits {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let items = items(&value)?;
        items.into_iter().map(|(name, value)| Ok((name, value.extract()?))).collect::<PyResult<_>>().map(Self)
    }
}

/// The items of a dict whose keys are text.
fn items<'py>(value: &Bound<'py, PyAny>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let Ok(dict) = value.cast::<PyDict>() else { return Err(expected("dict", value)?) };
    let pairs = dict.items().iter().map(|pair| {
        let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = pair.extract()?;
        match name.cast::<PyString>() {
            Ok(text) => Ok((text.extract()?, value)),
            Err(_) => Err(expected("dict with str keys", &name)?),
        }
    });
    pairs.collect()
}
