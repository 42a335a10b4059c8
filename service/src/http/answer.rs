//! The forms of an answer: problem details (RFC 9457) everywhere but at OAuth endpoints, which answer as RFC 6749 §5.2 says.

use super::{Fault, fault::Inner};
use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// A refusal as problem details.
#[derive(Debug)]
pub struct Problem {
    fault: Fault,
    nonce: Option<String>,
    request: String,
}

/// A refusal of an OAuth endpoint.
#[derive(Debug)]
pub struct OAuthError {
    fault: Fault,
    nonce: Option<String>,
    request: String,
}

impl Problem {
    /// The answer to a request, with a fresh nonce where one is in use.
    pub fn new(fault: Fault, nonce: Option<String>, request: &str) -> Self {
        Self { fault, nonce, request: request.to_owned() }
    }
}

impl OAuthError {
    /// The answer to a request, with a fresh nonce where one is in use.
    pub fn new(fault: Fault, nonce: Option<String>, request: &str) -> Self {
        Self { fault, nonce, request: request.to_owned() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let inner = self.fault.inner();
        let mut body = details(inner);
        body.insert("type".into(), format!("urn:keybound:code:{}", inner.cause).into());
        body.insert("title".into(), inner.cause.meaning().into());
        body.insert("status".into(), inner.status.as_u16().into());
        // What the layers refuse has no id, and no record either.
        if !self.request.is_empty() {
            body.insert("instance".into(), format!("urn:keybound:request:{}", self.request).into());
        }
        let mut response = (inner.status, Json(Value::Object(body))).into_response();
        let headers = response.headers_mut();
        put(headers, header::CONTENT_TYPE, "application/problem+json");
        // RFC 9449 §7.1: what is wrong with a proof is said there too.
        if inner.status == StatusCode::UNAUTHORIZED
            || inner.wants_nonce
            || inner.oauth == "invalid_dpop_proof"
        {
            put(headers, header::WWW_AUTHENTICATE, &challenge(inner));
        }
        // RFC 9449 §9: a resource server asks for its nonce with 401.
        finish(&mut response, inner, self.nonce.as_deref());
        if inner.wants_nonce {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        response
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let inner = self.fault.inner();
        let mut body = details(inner);
        body.insert("error".into(), inner.oauth.into());
        body.insert("error_description".into(), inner.cause.meaning().into());
        body.insert("request".into(), self.request.into());
        let mut response = (inner.status, Json(Value::Object(body))).into_response();
        put(response.headers_mut(), header::CACHE_CONTROL, "no-store");
        // RFC 9110 §15.5.2, RFC 6749 §5.2.
        if inner.status == StatusCode::UNAUTHORIZED {
            put(response.headers_mut(), header::WWW_AUTHENTICATE, &challenge(inner));
        }
        finish(&mut response, inner, self.nonce.as_deref());
        response
    }
}

fn details(inner: &Inner) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("code".into(), inner.cause.as_str().into());
    body.insert("fix".into(), inner.cause.fix().into());
    for (name, value) in [
        ("parameter", inner.part.as_deref()),
        ("tool", inner.tool.as_deref()),
        ("argument", inner.argument.as_deref()),
        ("scope", inner.scope.as_deref()),
        ("limit", inner.limit.as_deref()),
        ("rule", inner.rule),
    ] {
        if let Some(value) = value {
            body.insert(name.into(), value.into());
        }
    }
    if let Some(link) = inner.link {
        body.insert("link".into(), json!(link));
    }
    body
}

fn finish(response: &mut Response, inner: &Inner, nonce: Option<&str>) {
    let headers = response.headers_mut();
    if let Some(nonce) = nonce {
        put(headers, HeaderName::from_static("dpop-nonce"), nonce);
    }
    if let Some(seconds) = inner.retry_after {
        put(headers, header::RETRY_AFTER, &seconds.to_string());
    }
}

/// RFC 9449 §7.1.
fn challenge(inner: &Inner) -> String {
    format!(
        r#"DPoP error="{}", error_description="{}", algs="Ed25519 EdDSA ES256""#,
        inner.oauth,
        inner.cause.meaning()
    )
}

pub(super) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
