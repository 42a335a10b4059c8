//! The routes of the issuer.

use super::{
    Ask, Failure, Shape,
    state::{Fault, Publish, State, now},
};
use axum::{
    Json, Router,
    extract::{Query, State as Shared},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

type Issuer = Shared<Arc<State>>;

pub(super) fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/jwks", get(jwks))
        .route("/elsewhere", get(elsewhere))
        .route("/spiffe-bundle", get(bundle))
        .route("/token", post(token))
        .route("/kubernetes", post(kubernetes))
        .route("/github", post(github))
        .route("/spiffe", post(spiffe))
        .route("/user", post(user))
        .route("/rotate", post(rotate))
        .route("/fault", post(fault))
        .route("/publish", post(publish))
        .route("/count", get(count))
        .with_state(state)
        .layer(middleware::map_response(hang_up))
}

/// No connection outlives its answer: an issuer that is stopped is gone.
async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn metadata(issuer: Issuer) -> Json<Value> {
    issuer.count(|counts| counts.metadata = counts.metadata.saturating_add(1));
    let url = issuer.url();
    Json(json!({
        "issuer": url,
        "jwks_uri": format!("{url}/jwks"),
        "token_endpoint": format!("{url}/token"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "Ed25519"],
    }))
}

async fn jwks(issuer: Issuer) -> Response {
    issuer.count(|counts| counts.jwks = counts.jwks.saturating_add(1));
    let mut keys = issuer.jwks();
    match issuer.fault() {
        Fault::None => {}
        Fault::Slow => tokio::time::sleep(Duration::from_secs(30)).await,
        Fault::Error => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Fault::Redirect => return Redirect::temporary("/elsewhere").into_response(),
        Fault::Garbage => return "<html>not what you wanted</html>".into_response(),
        Fault::Huge => {
            if let Value::Object(members) = &mut keys {
                let _new = members.insert("padding".to_owned(), " ".repeat(600 * 1024).into());
            }
        }
    }
    let mut response = Json(keys).into_response();
    if let Some(Ok(said)) = issuer.publish().max_age.map(|age| format!("public, max-age={age}").parse()) {
        let _before = response.headers_mut().insert(header::CACHE_CONTROL, said);
    }
    response
}

/// Where the redirect leads. The keys are sound: who follows it does not notice.
async fn elsewhere(issuer: Issuer) -> Json<Value> {
    issuer.count(|counts| counts.elsewhere = counts.elsewhere.saturating_add(1));
    Json(issuer.jwks())
}

async fn bundle(issuer: Issuer) -> Json<Value> {
    Json(issuer.bundle())
}

async fn token(issuer: Issuer, Json(ask): Json<Ask>) -> Answer {
    sign(&issuer, &ask, now())
}

async fn kubernetes(issuer: Issuer, Json(shape): Json<Shape>) -> Answer {
    let now = now();
    sign(&issuer, &shape.kubernetes(now), now)
}

async fn github(issuer: Issuer, Json(shape): Json<Shape>) -> Answer {
    let now = now();
    sign(&issuer, &shape.github(now), now)
}

async fn spiffe(issuer: Issuer, Json(shape): Json<Shape>) -> Answer {
    sign(&issuer, &shape.spiffe(), now())
}

async fn user(issuer: Issuer, Json(shape): Json<Shape>) -> Answer {
    let now = now();
    sign(&issuer, &shape.user(now), now)
}

fn sign(issuer: &State, ask: &Ask, now: i64) -> Answer {
    Ok(Json(json!({"token": issuer.sign(ask, now).map_err(Wrong)?})))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rotation {
    drop: u8,
}

async fn rotate(issuer: Issuer, Query(rotation): Query<Rotation>) -> Answer {
    Ok(Json(json!({"generation": issuer.rotate(rotation.drop == 1).map_err(Wrong)?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFault {
    kind: Fault,
}

async fn fault(issuer: Issuer, Json(fault): Json<SetFault>) -> StatusCode {
    issuer.set_fault(fault.kind);
    StatusCode::NO_CONTENT
}

async fn publish(issuer: Issuer, Json(publish): Json<Publish>) -> StatusCode {
    issuer.set_publish(publish);
    StatusCode::NO_CONTENT
}

async fn count(issuer: Issuer) -> Json<Value> {
    let counts = issuer.counts();
    Json(json!({"jwks": counts.jwks, "metadata": counts.metadata, "elsewhere": counts.elsewhere}))
}

type Answer = Result<Json<Value>, Wrong>;

/// What was asked for cannot be done.
struct Wrong(Failure);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.0.to_string()).into_response()
    }
}
