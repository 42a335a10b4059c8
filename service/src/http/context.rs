//! What every handler knows of a request: whose it is, when it came, and under which id it can be found in the log.

use super::{Fault, OAuthError, Problem};
use crate::{
    audit::{Event, Name, Operation},
    code::Code,
    config::DEFAULT,
    hex,
    state::App,
    store::{Done, Intent, StoreError},
    tenant::{Keyed, Tenant, fresh},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, Method, request::Parts},
    response::{IntoResponse, Response},
};
use keybound::UnixTime;
use std::sync::Arc;

/// One request.
pub struct Context {
    /// The service.
    pub app: App,
    /// Whose request it is.
    pub tenant: Arc<Tenant>,
    /// When it came.
    pub now: UnixTime,
    /// Its id.
    pub request: String,
    /// Its method.
    pub method: Method,
    /// Its path as it was sent.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// The tenant's keys, the same for the whole request.
    pub keys: Arc<Keyed>,
}

impl FromRequestParts<App> for Context {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let now = app.clock().now();
        let request = request_id(app, now);
        let named = RawPathParams::from_request_parts(parts, app).await.ok();
        let name = named.iter().flat_map(RawPathParams::iter).find(|(name, _)| *name == "tenant");
        let name = name.map_or(DEFAULT, |(_, value)| value);
        if !app.is_ready() {
            return Err(Problem::new(Code::Stopping.into(), None, &request).into_response());
        }
        let Some(tenant) = app.tenant(name).cloned() else {
            return Err(Problem::new(Code::NotFound.into(), None, &request).into_response());
        };
        let path = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or_else(|| parts.uri.path().to_owned(), |original| original.path().to_owned());
        Ok(Self {
            now,
            keys: tenant.keys(),
            app: app.clone(),
            tenant,
            request,
            method: parts.method.clone(),
            path,
            headers: parts.headers.clone(),
        })
    }
}

impl Context {
    /// An event of this request.
    pub fn event(&self, operation: Operation) -> Event {
        let mut event = Event::new(self.now, operation);
        event.request = Name::parse(&self.request);
        event.policy = hex::digest(self.tenant.policy().policy.digest());
        event
    }

    /// Does an intent of this tenant.
    ///
    /// # Errors
    /// What a step says, or the database.
    pub async fn write(&self, intent: Intent) -> Result<Done, Fault> {
        let began = std::time::Instant::now();
        let written = self.app.store().write(intent).await;
        self.app.metrics().stored(began.elapsed());
        Ok(written??)
    }

    /// Records a refusal. When even that fails, that is the answer.
    pub async fn refuse(&self, mut event: Event, fault: Fault) -> Fault {
        event.code = Name::parse(fault.cause().as_str());
        if event.rule.is_none() {
            event.rule = fault.rule().and_then(Name::parse);
        }
        match self.write(Intent::record(&self.tenant.name, event)).await {
            Ok(_) => fault,
            Err(worse) => worse,
        }
    }

    /// What says whether something is revoked must know what other nodes have revoked.
    ///
    /// # Errors
    /// `service.store_unavailable`.
    pub fn must_be_current(&self) -> Result<(), Fault> {
        if self.app.is_current() { Ok(()) } else { Err(StoreError::Behind.into()) }
    }

    /// Whole seconds.
    pub fn seconds(&self) -> u64 {
        self.now.as_secs()
    }

    /// A refusal as problem details.
    pub fn problem(&self, fault: Fault) -> Problem {
        self.app.metrics().refused(fault.cause());
        Problem::new(fault, self.nonce(), &self.request)
    }

    /// A refusal as an OAuth endpoint writes it.
    pub fn oauth_error(&self, fault: Fault) -> OAuthError {
        self.app.metrics().refused(fault.cause());
        OAuthError::new(fault, self.nonce(), &self.request)
    }

    /// A fresh nonce, where they are in use.
    pub fn nonce(&self) -> Option<String> {
        self.keys.strict_guard.fresh_nonce(self.now)
    }
}

/// Beginning with the time, so that requests of one time stand together where they are looked up.
fn request_id(app: &App, now: UnixTime) -> String {
    let time = u32::try_from(now.as_secs()).unwrap_or(u32::MAX).to_be_bytes();
    fresh::<8>(app.random()).map(|bytes| hex::encode(&time) + &hex::encode(&bytes)).unwrap_or_default()
}
