//! `Request`.

use crate::{plain::Json, refusal::raise};
use keybound_bindings::RequestData;
use pyo3::prelude::*;

/// One call to be proved or decided: tool, arguments, audience and, over HTTP, where it travels.
#[pyclass(module = "keybound", frozen)]
pub(crate) struct Request {
    pub(crate) inner: keybound::Request,
}

#[pymethods]
impl Request {
    #[new]
    #[pyo3(signature = (tool, arguments, audience, *, method=None, uri=None, body=None, nonce=None))]
    fn new(
        tool: String,
        arguments: Json,
        audience: String,
        method: Option<String>,
        uri: Option<String>,
        body: Option<&[u8]>,
        nonce: Option<&[u8]>,
    ) -> PyResult<Self> {
        let body = body.map(<[u8]>::to_vec);
        let nonce = nonce.map(<[u8]>::to_vec);
        let data = RequestData { tool, arguments: arguments.0, audience, method, uri, body, nonce };
        data.into_request().map(|inner| Self { inner }).map_err(raise)
    }

    /// The tool.
    #[getter]
    fn tool(&self) -> &str {
        self.inner.tool()
    }

    /// Who is to decide it.
    #[getter]
    fn audience(&self) -> &str {
        self.inner.audience()
    }

    fn __repr__(&self) -> String {
        format!("<keybound.Request of {:?} at {:?}>", self.inner.tool(), self.inner.audience())
    }
}
