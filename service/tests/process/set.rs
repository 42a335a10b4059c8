//! A service whose clock the test sets. Nobody sets the clock of the machine for a test, so it runs in the test's own process.

use super::{
    client::Caller,
    now,
    place::{Place, Settings},
};
use keybound_bindings::OsRandom;
use keybound_service::{
    App,
    clock::SetClock,
    config::Config,
    store::{Store, StoreOptions},
};
use std::sync::Arc;

/// A service in this process, on a socket.
pub(crate) struct Set {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) place: Place,
    clock: Arc<SetClock>,
    start: u64,
}

impl Set {
    pub(crate) async fn start(settings: &Settings) -> Self {
        let place = Place::new(settings);
        let start = now();
        let clock = Arc::new(SetClock::at(start));
        let text = std::fs::read_to_string(place.folder.join("keybound.toml")).unwrap();
        // The program's working folder is the place; this process has another one.
        let file = |name: &str| place.folder.join(name).display().to_string();
        let text =
            format!("{text}policy = '{}'\nkeys = '{}'\n", file("policy.toml"), file("keys/default.json"));
        let config = Config::of(text.parse().unwrap()).unwrap();
        let store = Store::open(&StoreOptions::new(&place.url)).await.unwrap();
        let app = App::start(config, store, clock.clone(), Arc::new(OsRandom)).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = keybound_service::app(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { app, caller: Caller::of(&base), clock, start, place }
    }

    /// Sets the clock of the service, and of everybody who talks to it.
    pub(crate) fn set(&self, seconds: i64) {
        self.clock.set(self.start.checked_add_signed(seconds).unwrap());
        let passed = i64::try_from(now() - self.start).unwrap();
        self.caller.set_ahead(seconds - passed);
    }
}
