//! What anybody may know of a tenant.

use super::{Context, audit::origin, token::GRANTS, wish};
use crate::{
    audit::VerifierKey,
    keys::{KeyRing, Published, Purpose},
    tenant,
};
use axum::{
    Json,
    http::{HeaderMap, header},
};
use serde_json::{Value, json};

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §2).
pub(crate) async fn metadata(context: Context) -> Json<Value> {
    let url = |path: &str| context.tenant.url(path);
    let algorithms = ["Ed25519", "EdDSA", "ES256"];
    Json(json!({
        "issuer": context.tenant.issuer,
        "token_endpoint": url("/token"),
        "introspection_endpoint": url("/introspect"),
        "revocation_endpoint": url("/revoke"),
        "jwks_uri": url("/.well-known/jwks.json"),
        "grant_types_supported": GRANTS,
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported": algorithms,
        "authorization_details_types_supported": [wish::DETAILS],
        "scopes_supported": ["launch", "introspect", "admin", "audit"],
        "service_documentation": url("/openapi.json"),
        "keybound_launch_endpoint": url("/launch"),
        "keybound_configuration": url("/.well-known/keybound"),
    }))
}

/// `GET /.well-known/jwks.json` (RFC 7517 §5): the keys of access tokens and of chains of AAT-02.
pub(crate) async fn jwks(context: Context) -> (HeaderMap, Json<Value>) {
    let jwks = tenant::jwks(&context.keys.ring, &[Purpose::Access, Purpose::Authority], context.seconds());
    (cached(), Json(jwks))
}

/// `GET /.well-known/keybound`: what a verifier is configured with. It is not to be believed by itself: anchors are configured,
/// not learned.
pub(crate) async fn keybound(context: Context) -> (HeaderMap, Json<Value>) {
    let (ring, now) = (&context.keys.ring, context.seconds());
    let log = origin(&context.tenant.issuer);
    let audit: Vec<String> = ring
        .published(Purpose::Audit, now)
        .filter_map(|known| VerifierKey::new(&log, known.key.clone()).ok())
        .map(|key| key.to_string())
        .collect();
    let answer = json!({
        "issuer": context.tenant.issuer,
        "trust_domain": context.tenant.trust_domain,
        "anchors": published(ring, Purpose::Authority, now),
        "access_tokens": { "jwks_uri": context.tenant.url("/.well-known/jwks.json") },
        "revocations": {
            "url": context.tenant.url("/revocations"),
            "stream": context.tenant.url("/revocations/stream"),
            "keys": published(ring, Purpose::Revocation, now),
        },
        "audit": {
            "origin": log,
            "checkpoint": context.tenant.url("/audit/checkpoint"),
            "keys": audit,
        },
        "token_endpoint": context.tenant.url("/token"),
        "launch_endpoint": context.tenant.url("/launch"),
        "release_endpoint": context.tenant.url("/release"),
        "heartbeat_endpoint": context.tenant.url("/heartbeat"),
        "token_types": [wish::CWT_CHAIN, wish::AAT_CHAIN, wish::ACCESS_TOKEN],
        "time": now,
    });
    (cached(), Json(answer))
}

fn published(ring: &KeyRing, purpose: Purpose, now: u64) -> Vec<Value> {
    ring.published(purpose, now).map(Published::to_json).collect()
}

/// `GET /.well-known/spiffe-bundle` (SPIFFE bundle §4): our keys sign no SVIDs, so under a `use` of our own, which others ignore.
pub(crate) async fn spiffe_bundle(context: Context) -> (HeaderMap, Json<Value>) {
    let mut bundle = tenant::jwks(&context.keys.ring, &[Purpose::Authority], context.seconds());
    let newest =
        context.keys.ring.published(Purpose::Authority, context.seconds()).map(|key| key.created).max();
    for key in bundle.get_mut("keys").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = key.as_object_mut() {
            members.insert("use".into(), "keybound-authority".into());
        }
    }
    if let Some(members) = bundle.as_object_mut() {
        members.insert("spiffe_sequence".into(), newest.into());
        members.insert("spiffe_refresh_hint".into(), 300.into());
    }
    (cached(), Json(bundle))
}

fn cached() -> HeaderMap {
    let mut headers = HeaderMap::new();
    super::answer::put(&mut headers, header::CACHE_CONTROL, "public, max-age=60");
    headers
}
