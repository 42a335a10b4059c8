//! Arguments that several calls share: numbers, times, ids, lists of text, agent ids, JSON.

use crate::{
    agent_id::AgentId,
    refusal::raise,
    value::{json, utf8},
};
use keybound::UnixTime;
use keybound_bindings::{JsonInput, now};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple},
};

/// An `int` that is not a `bool`. Whether it fits is asked by name, so that the answer can say the name.
pub(crate) struct Whole(Option<u64>);

impl Whole {
    /// The number, if it is from 0 to the largest `T`.
    pub(crate) fn fit<T: TryFrom<u64>>(self, name: &str) -> PyResult<T> {
        let fitting = self.0.and_then(|number| T::try_from(number).ok());
        fitting.ok_or_else(|| PyValueError::new_err(format!("argument '{name}': negative or too large")))
    }
}

impl<'py> FromPyObject<'_, 'py> for Whole {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyBool>() || !value.is_instance_of::<PyInt>() {
            return Err(expected("int", &value)?);
        }
        Ok(Self(value.extract().ok()))
    }
}

/// A parameter that is given or left out, and never `None`: it narrows, and a `None` that came from somewhere was meant to be a limit.
pub(crate) struct Given<T>(pub(crate) Option<T>);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Given<T> {
    type Error = T::Error;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> Result<Self, T::Error> {
        T::extract(value).map(|value| Self(Some(value)))
    }
}

/// The time given by the caller, or the host's clock.
pub(crate) fn time(given: Option<Whole>) -> PyResult<UnixTime> {
    match given {
        Some(seconds) => UnixTime::new(seconds.fit("now")?).map_err(raise),
        None => now().map_err(raise),
    }
}

/// One `str`, or a list of them.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl<'py> FromPyObject<'_, 'py> for Texts {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyString>() {
            return Ok(Self(vec![value.extract()?]));
        }
        if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            return value.extract().map(Self);
        }
        Err(expected("str or list of str", &value)?)
    }
}

/// An `AgentId`, or its text.
pub(crate) struct Agent(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Agent {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(agent) = value.cast::<AgentId>() {
            return Ok(Self(agent.get().inner.as_str().to_owned()));
        }
        match value.cast::<PyString>() {
            Ok(text) => Ok(Self(utf8(&text)?.to_owned())),
            Err(_) => Err(expected("AgentId or str", &value)?),
        }
    }
}

/// Arguments or tools: a `dict`, or JSON text as received.
pub(crate) struct Json(pub(crate) JsonInput);

impl<'py> FromPyObject<'_, 'py> for Json {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyDict>() {
            json(&value).map(JsonInput::Value).map(Self)
        } else if let Ok(text) = value.cast::<PyString>() {
            Ok(Self(JsonInput::Json(utf8(&text)?.as_bytes().to_vec())))
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            Ok(Self(JsonInput::Json(bytes.as_bytes().to_vec())))
        } else {
            Err(expected("dict, str or bytes", &value)?)
        }
    }
}

/// pyo3 puts the parameter's name in front of every `TypeError` that leaves an extraction.
pub(crate) fn expected(what: &str, got: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let got = got.get_type().name()?;
    Ok(PyTypeError::new_err(format!("must be {what}, not {got}")))
}
