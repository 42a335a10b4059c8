//! The exceptions, and the one place where a refusal becomes one.

use keybound::Family;
use keybound_bindings::{Failure, RefusalData};
use pyo3::{
    create_exception,
    exceptions::{PyBaseException, PyException, PyOSError, PyTypeError, PyValueError},
    prelude::*,
};

create_exception!(
    keybound,
    Refusal,
    PyException,
    "An answer of no, with its reason. Its text names the rule; it holds no key and no token bytes."
);
create_exception!(
    keybound,
    Malformed,
    Refusal,
    "The bytes are not a token, a chain, a proof, a key or a request."
);
create_exception!(
    keybound,
    Untrusted,
    Refusal,
    "Well-formed, but not to be believed: signature, anchor, time, linkage, proof."
);
create_exception!(
    keybound,
    Denied,
    Refusal,
    "Believed, and the answer is no: this call is outside what was granted."
);

/// The exception for a failure: of the refusal's family, or Python's own for a wrong value and a host without clock.
pub(crate) fn raise(failure: impl Into<Failure>) -> PyErr {
    match failure.into() {
        Failure::Refused(refusal) => refused(*refusal),
        Failure::Misuse(message) => PyValueError::new_err(message),
        Failure::Host(message) => PyOSError::new_err(message),
    }
}

fn refused(refusal: RefusalData) -> PyErr {
    let error = match refusal.family {
        Family::Malformed => Malformed::new_err(refusal.message.clone()),
        Family::Untrusted => Untrusted::new_err(refusal.message.clone()),
        Family::Denied => Denied::new_err(refusal.message.clone()),
    };
    Python::attach(|py| match describe(error.value(py), refusal) {
        Ok(()) => error,
        Err(failure) => failure,
    })
}

fn describe(exception: &Bound<'_, PyBaseException>, refusal: RefusalData) -> PyResult<()> {
    exception.setattr("code", refusal.code)?;
    exception.setattr("family", refusal.family.as_str())?;
    exception.setattr("link", refusal.link)?;
    exception.setattr("tool", refusal.tool)?;
    exception.setattr("argument", refusal.argument)?;
    exception.setattr("limit", refusal.limit)?;
    exception.setattr("step", refusal.step)?;
    exception.setattr("expected", refusal.expected)?;
    exception.setattr("received", refusal.received)?;
    exception.setattr("fix", refusal.fix)
}

/// What `pickle`, `copy` and `deepcopy` hear from a class that must not travel unnoticed.
pub(crate) fn stays_here<T>(plural: &str, instead: &str) -> PyResult<T> {
    Err(PyTypeError::new_err(format!("{plural} cannot be pickled or copied{instead}")))
}
