//! A service in this process: a database of its own, a clock that stands where it is put, requests without a socket.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod look;
pub(crate) mod policy;
pub(crate) mod server;

pub(crate) use policy::policy;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use database::Home;
use keybound::UnixTime;
use keybound_bindings::OsRandom;
use keybound_service::{
    App,
    clock::SetClock,
    config::{Config, Database, Server, TenantConfig},
    store::{Store, StoreOptions},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tower::ServiceExt as _;

/// The address of the service, which is the issuer id of its first tenant.
pub(crate) const ISSUER: &str = ORIGIN;
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8420";
pub(crate) const START: u64 = 1_800_000_000;

/// Keys of the clients of the test policy, by their seeds.
pub(crate) const ORCHESTRATOR: u8 = 101;
pub(crate) const SERVER: u8 = 102;
pub(crate) const ADMIN: u8 = 103;
pub(crate) const AUDITOR: u8 = 104;
pub(crate) const MOVERS: u8 = 105;
pub(crate) const MAIL: u8 = 106;

/// The service, as one of its tenants meets it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) folder: PathBuf,
    /// The database's URL.
    pub(crate) url: String,
    /// The tenant, its issuer id and what its paths begin with.
    pub(crate) tenant: &'static str,
    pub(crate) issuer: String,
    pub(crate) prefix: &'static str,
    _home: Option<Arc<Home>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.bytes))
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body, which must be that of a success.
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// A refusal: its status and code.
    pub(crate) fn refused(&self) -> (u16, String) {
        assert!(!self.status.is_success(), "{}", String::from_utf8_lossy(&self.bytes));
        (self.status.as_u16(), self.code())
    }
}

static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// A folder that nobody else has.
pub(crate) fn folder() -> PathBuf {
    let number = FOLDERS.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("keybound-service-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl World {
    /// A service on a fresh database with the usual policy.
    pub(crate) async fn new() -> Self {
        Self::with_policy(&policy()).await
    }

    pub(crate) async fn with_policy(policy: &str) -> Self {
        let home = Home::make().await;
        let mut world = Self::on(&home.url, home.folder.clone(), policy).await;
        world._home = Some(Arc::new(home));
        world
    }

    /// A service on this database.
    pub(crate) async fn on(url: &str, folder: PathBuf, policy: &str) -> Self {
        std::fs::write(folder.join("policy.toml"), policy).unwrap();
        let clock = Arc::new(SetClock::at(START));
        let app = start(url, &folder, clock.clone()).await;
        let router = keybound_service::app(app.clone());
        let (url, issuer) = (url.to_owned(), ISSUER.to_owned());
        Self { app, router, clock, folder, url, tenant: "default", issuer, prefix: "", _home: None }
    }

    /// The same service, as its other tenant meets it.
    pub(crate) fn other(&self) -> Self {
        let issuer = format!("{ISSUER}/t/other");
        Self { tenant: "other", issuer, prefix: "/t/other", ..self.clone() }
    }

    /// The same service, in a process that was started again on the same database and files.
    pub(crate) async fn restarted(&self) -> Self {
        let app = start(&self.url, &self.folder, self.clock.clone()).await;
        Self { router: keybound_service::app(app.clone()), app, ..self.clone() }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.app.clock().now()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(format!("{}{path}", self.prefix)).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn form(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let mut request = Request::post(format!("{}{path}", self.prefix))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request =
            Request::post(format!("{}{path}", self.prefix)).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(format!("{}{path}", self.prefix));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

/// The service on this database, with keys and policy in `folder`.
pub(crate) async fn start(url: &str, folder: &std::path::Path, clock: Arc<SetClock>) -> App {
    let tenant = |name: &str, issuer: &str| TenantConfig {
        issuer: issuer.to_owned(),
        trust_domain: Some(format!("{name}.example")),
        policy: Some(folder.join("policy.toml")),
        keys: Some(folder.join(format!("{name}.json"))),
        nonces: true,
    };
    let config = Config {
        server: Server::default(),
        database: Database { url: url.to_owned(), ..Database::default() },
        tenants: BTreeMap::from([
            ("default".to_owned(), tenant("acme", ISSUER)),
            ("other".to_owned(), tenant("other", &format!("{ISSUER}/t/other"))),
        ]),
    };
    let options = StoreOptions::new(url);
    if url.starts_with("postgres") {
        Store::connect(&options).await.unwrap().migrate().await.unwrap();
    }
    let store = Store::open(&options).await.unwrap();
    App::start(config, store, clock, Arc::new(OsRandom)).await.unwrap()
}

pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
