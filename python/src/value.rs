//! Python values as the core's JSON values: `None`, `bool`, `int`, `float`, `str`, `list`, `tuple`, `dict`.

use crate::refusal::raise;
use keybound::{
    Code, Limits, Refusal,
    json::{Number, Object, Value},
};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};

/// `value` as JSON. A `TypeError` for what JSON has no word for, a refusal for what it cannot hold.
pub(crate) fn json(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    Reader { items: Limits::default().arguments_bytes }.value(value, DEPTH)
}

/// `text` as UTF-8; a refusal when it holds a lone surrogate, which Python admits and JSON does not.
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    text.to_str().map_err(|_| refuse(Code::LoneSurrogate))
}

/// Where reading ends, so that a list that contains itself has an end. The core's own limits are narrower.
const DEPTH: u32 = 128;

/// Reads no more items than the largest text could spell, each time one is met: a list that holds the same list
/// twice, thirty times over, would otherwise grow to a billion.
struct Reader {
    items: u32,
}

impl Reader {
    fn value(&mut self, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<Value> {
        self.items = self.items.checked_sub(1).ok_or_else(|| refuse(Code::TooLarge))?;
        if value.is_none() {
            Ok(Value::Null)
        } else if let Ok(truth) = value.cast::<PyBool>() {
            Ok(Value::Bool(truth.is_true()))
        } else if let Ok(text) = value.cast::<PyString>() {
            Ok(Value::Text(utf8(text)?.to_owned()))
        } else if let Ok(integer) = value.cast::<PyInt>() {
            whole(integer).map(Value::Number)
        } else if let Ok(float) = value.cast::<PyFloat>() {
            Number::from_f64(float.value()).map(Value::Number).map_err(refuse)
        } else {
            self.container(value, depth.checked_sub(1).ok_or_else(|| refuse(Code::TooDeep))?)
        }
    }

    fn container(&mut self, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<Value> {
        if let Ok(list) = value.cast::<PyList>() {
            list.iter().map(|item| self.value(&item, depth)).collect::<PyResult<_>>().map(Value::Array)
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            tuple.iter().map(|item| self.value(&item, depth)).collect::<PyResult<_>>().map(Value::Array)
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.object(dict, depth).map(Value::Object)
        } else {
            Err(PyTypeError::new_err(format!("'{}' object has no form in JSON", value.get_type().name()?)))
        }
    }

    fn object(&mut self, dict: &Bound<'_, PyDict>, depth: u32) -> PyResult<Object> {
        let mut members = Vec::with_capacity(dict.len());
        // A copy of the items: another thread may change the dict meanwhile.
        for item in dict.items() {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let name = name
                .cast::<PyString>()
                .map_err(|_| PyTypeError::new_err("the keys of a dict must be str to have a form in JSON"))?;
            members.push((utf8(name)?.to_owned(), self.value(&value, depth)?));
        }
        // Two keys can differ for Python and spell the same text: a subclass of str may say so.
        Object::new(members).map_err(refuse)
    }
}

fn refuse(code: Code) -> PyErr {
    raise(Refusal::from(code))
}

/// Through the decimal text, so that the core refuses what a double would round.
fn whole(integer: &Bound<'_, PyInt>) -> PyResult<Number> {
    let text = match integer.extract::<i64>() {
        Ok(small) => small.to_string(),
        // `int.__repr__`, whatever a subclass calls itself. It fails beyond 4,300 digits; no double holds those.
        Err(_) => {
            let repr = integer.py().get_type::<PyInt>().call_method1("__repr__", (integer,));
            repr.map_err(|_| refuse(Code::InexactNumber))?.extract()?
        }
    };
    Number::parse(&text).map_err(refuse)
}
