//! Every address there is, in one table: the router is made from it, and the description is held against it.

use super::{
    Problem, admin, agent, audit, health, introspect, launch, revocations, revoke, token, well_known,
};
use crate::{code::Code, state::App};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer, trace::TraceLayer,
};

macro_rules! routes {
    ($($verb:ident $path:literal $handler:path;)+) => {
        /// Method and path of each, under a tenant's address.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($verb), $path),)+];

        fn of_a_tenant() -> Router<App> {
            Router::new()$(.route($path, $verb($handler)))+
        }
    };
}

routes! {
    get "/.well-known/oauth-authorization-server" well_known::metadata;
    get "/.well-known/jwks.json" well_known::jwks;
    get "/.well-known/keybound" well_known::keybound;
    get "/.well-known/spiffe-bundle" well_known::spiffe_bundle;
    post "/launch" launch::launch;
    post "/token" token::token;
    post "/introspect" introspect::introspect;
    post "/revoke" revoke::revoke;
    post "/release" agent::release;
    post "/heartbeat" agent::heartbeat;
    get "/sessions" admin::sessions;
    post "/admin/revocations" admin::revocations;
    post "/policy/test" admin::test_policy;
    get "/revocations" revocations::list;
    get "/revocations/stream" revocations::stream;
    get "/status-lists/{list}" revocations::status_list;
    get "/audit/events" audit::events;
    get "/audit/checkpoint" audit::checkpoint;
    get "/audit/proof/{index}" audit::inclusion;
    get "/audit/consistency" audit::consistency;
    post "/audit/uses" audit::uses;
}

/// The largest body: a chain of the largest size in a form, and what goes with it. Above that nothing is read.
const BODY: usize = 512 * 1024;

/// The service: testable without a socket.
pub fn app(app: App) -> Router {
    let timeout = Duration::from_secs(app.config().server.timeout);
    let answers = Router::new()
        .merge(of_a_tenant())
        .nest("/t/{tenant}", of_a_tenant())
        // RFC 8414 §3.1: the well-known part comes before the path of an issuer.
        .route("/.well-known/oauth-authorization-server/t/{tenant}", get(well_known::metadata))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout));
    Router::new()
        .merge(answers)
        .route("/metrics", get(health::metrics))
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(health::openapi))
        .fallback(|| async { plain(Code::NotFound) })
        .method_not_allowed_fallback(|| async { plain(Code::Method) })
        .layer(RequestBodyLimitLayer::new(BODY))
        .layer(CatchPanicLayer::custom(|_| plain(Code::Internal)))
        .layer(axum::middleware::map_response(problems))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(app)
}

fn plain(code: Code) -> Response {
    Problem::new(code.into(), None, "").into_response()
}

/// What the layers answer, in the form that everything else has.
async fn problems(response: Response) -> Response {
    let is_plain = !response.headers().contains_key(header::CONTENT_TYPE)
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.to_str().is_ok_and(|text| text.starts_with("text/plain")));
    let code = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if is_plain => Code::TooLarge,
        StatusCode::REQUEST_TIMEOUT if is_plain => Code::TooSlow,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY if is_plain => Code::BadRequest,
        StatusCode::UNSUPPORTED_MEDIA_TYPE if is_plain => Code::MediaType,
        _ => return response,
    };
    plain(code)
}

/// The path says which tenant and resource; queries and headers may hold what nobody should read.
fn span(request: &Request<Body>) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}
