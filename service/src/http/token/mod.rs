//! `POST /token` (RFC 6749 §3.2): one file a grant.

mod access;
mod bearer;
mod client_credentials;
mod exchange;
mod launch;
mod on_behalf_of;
mod renewal;

use super::{Context, Fault, OAuthError, answer::put, form::Params, session::Answer};
use crate::code::Code;
use axum::{
    Json,
    body::Bytes,
    http::{HeaderMap, HeaderName, header},
};
use serde_json::Value;

/// The grant of a launch token.
pub(crate) const LAUNCH: &str = "urn:keybound:params:oauth:grant-type:launch-token";
/// RFC 7523 §2.1.
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// RFC 8693 §2.1.
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 6749 §4.4.
pub(crate) const CLIENT_CREDENTIALS: &str = "client_credentials";

/// Every grant there is.
pub(crate) const GRANTS: [&str; 4] = [CLIENT_CREDENTIALS, LAUNCH, JWT_BEARER, TOKEN_EXCHANGE];

/// Handles it.
///
/// # Errors
/// RFC 6749 §5.2.
pub(crate) async fn token(context: Context, body: Bytes) -> Result<(HeaderMap, Json<Value>), OAuthError> {
    let began = std::time::Instant::now();
    let answered = handle(&context, &body).await;
    context.app.metrics().token(began.elapsed(), answered.is_ok());
    let answer = answered.map_err(|fault| context.oauth_error(fault.of_grant()))?;
    let mut headers = HeaderMap::new();
    put(&mut headers, header::CACHE_CONTROL, "no-store");
    if let Some(nonce) = context.nonce() {
        put(&mut headers, HeaderName::from_static("dpop-nonce"), &nonce);
    }
    Ok((headers, Json(answer)))
}

async fn handle(context: &Context, body: &Bytes) -> Result<Value, Fault> {
    let form = Params::read(&context.headers, body)?;
    let answer = match form.need("grant_type")? {
        CLIENT_CREDENTIALS => return client_credentials::grant(context, &form).await,
        LAUNCH => launch::grant(context, &form).await?,
        JWT_BEARER => return bearer::grant(context, &form).await,
        TOKEN_EXCHANGE => exchange::grant(context, &form).await?,
        _ => return Err(Code::UnsupportedGrant.into()),
    };
    written(&answer)
}

fn written(answer: &Answer) -> Result<Value, Fault> {
    serde_json::to_value(answer).map_err(|_| Code::Internal.into())
}

/// The key of the request's proof, which must be the one that `req_cnf` names, if it does (RFC 9201 §3.1).
fn confirmed(context: &Context, form: &Params) -> Result<keybound::dpop::Accepted, Fault> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
    let accepted = context.proof()?;
    let Some(named) = form.get("req_cnf") else { return Ok(accepted) };
    let bad = || Fault::from(Code::BadRequest).about("req_cnf");
    let json = BASE64URL.decode(named).map_err(|_| bad())?;
    let value: Value = serde_json::from_slice(&json).map_err(|_| bad())?;
    let names_it = match (value.get("jwk"), value.get("jkt").and_then(Value::as_str)) {
        (Some(jwk), None) => {
            keybound::jose::Key::from_jwk(jwk.to_string().as_bytes())?.thumbprint() == *accepted.thumbprint()
        }
        (None, Some(thumbprint)) => accepted.thumbprint().to_string() == thumbprint,
        _ => return Err(bad()),
    };
    if names_it { Ok(accepted) } else { Err(Code::ConfirmationMismatch.into()) }
}
