//! What operators' machines ask: whether it lives, whether it is ready, what it counts, how it is used.

use crate::state::App;
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

/// The description of the service (OpenAPI 3.1), kept by hand and held against the routes in the tests.
pub(crate) const OPENAPI: &str = include_str!("../../openapi.json");

/// `GET /livez`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: it takes requests: the database answers and the clock is not in the past.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let has_store = app.is_current() && app.store().ping().await.is_ok();
    let has_keys =
        app.tenants().all(|tenant| tenant.keys().ring.signer(crate::keys::Purpose::Authority).is_ok());
    // No key was made in the future.
    let now = app.clock().now().as_secs();
    let has_clock = app.tenants().all(|tenant| {
        let keys = tenant.keys();
        crate::keys::Purpose::ALL.iter().all(|purpose| {
            keys.ring.published(*purpose, now).all(|key| key.created <= now.saturating_add(SKEW))
        })
    });
    let is_ready = app.is_ready() && has_store && has_keys && has_clock;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks =
        json!({ "serving": app.is_ready(), "database": has_store, "signer": has_keys, "clock": has_clock });
    (status, Json(json!({ "ready": is_ready, "checks": checks })))
}

/// Seconds that another node's clock may be ahead.
const SKEW: u64 = 60;

/// `GET /metrics`: what is counted, for Prometheus.
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    app.metrics().gauges(&app);
    (
        [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")],
        app.metrics().text(),
    )
}

/// `GET /openapi.json`.
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
