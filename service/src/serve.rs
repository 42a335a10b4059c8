//! Serving: sockets, TLS, the jobs beside it, and an orderly end.

use crate::{
    clock::SystemClock,
    config::{Config, ConfigError},
    follow, jobs,
    state::{App, StartError},
    store::{Store, StoreOptions},
};
use axum_server::{Address, Handle, Server, tls_rustls::RustlsConfig};
use keybound_bindings::OsRandom;
use std::{fmt, io, sync::Arc, time::Duration};

/// The options of the settings' database.
pub fn store_options(config: &Config) -> StoreOptions {
    StoreOptions { readers: config.database.readers, ..StoreOptions::new(&config.database.url) }
}

/// Serves until the process is told to stop. Then it takes no more requests, lets running ones finish for as long as the settings say,
/// makes what was accepted durable, and returns.
///
/// # Errors
/// [`ServeError`] with what an operator has to do.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let store = Store::open(&store_options(&config)).await.map_err(StartError::Store)?;
    let app = App::start(config.clone(), store, Arc::new(SystemClock), Arc::new(OsRandom)).await?;
    let jobs = [
        tokio::spawn(follow::follow(app.clone())),
        tokio::spawn(follow::follow_files(app.clone())),
        tokio::spawn(jobs::run(app.clone())),
    ];
    let handle = Handle::new();
    tokio::spawn(stop_when_told(app.clone(), handle.clone(), Duration::from_secs(config.server.drain)));
    tokio::spawn(announce(app.clone(), handle.clone()));
    let service = crate::app(app.clone()).into_make_service();
    let listen = config.server.listen;
    let limit = Duration::from_secs(config.server.timeout);
    match &config.server.tls {
        Some(tls) => {
            let tls = RustlsConfig::from_pem_chain_file(&tls.certificate, &tls.key).await?;
            impatient(axum_server::bind_rustls(listen, tls), limit).handle(handle).serve(service).await?;
        }
        None => impatient(axum_server::bind(listen), limit).handle(handle).serve(service).await?,
    }
    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    app.store().close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Closes connections on which no request arrives in time: without a limit they would be kept for ever, one descriptor each.
fn impatient<A: Address, Acceptor>(mut server: Server<A, Acceptor>, limit: Duration) -> Server<A, Acceptor> {
    server.http_builder().http1().header_read_timeout(limit);
    server.http_builder().http2().keep_alive_interval(limit).keep_alive_timeout(limit);
    server.first_request_timeout(limit)
}

/// Says on standard output where it listens, in one line: the port may have been 0.
async fn announce(app: App, handle: Handle<std::net::SocketAddr>) {
    if let Some(address) = handle.listening().await {
        let tenants: Vec<&str> = app.tenants().map(|tenant| tenant.issuer.as_str()).collect();
        let line = serde_json::json!({ "listening": address.to_string(), "issuers": tenants });
        // Whoever started us may not read it.
        let _ = io::Write::write_all(&mut io::stdout(), format!("{line}\n").as_bytes());
    }
}

async fn stop_when_told(app: App, handle: Handle<std::net::SocketAddr>, drain: Duration) {
    told_to_stop().await;
    tracing::info!("stopping");
    app.drain();
    handle.graceful_shutdown(Some(drain));
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    // Without the signal there is no orderly end, and the process is killed.
    let _ = tokio::signal::ctrl_c().await;
}

/// Why it does not serve.
#[derive(Debug)]
pub enum ServeError {
    /// The settings.
    Config(ConfigError),
    /// What it needs is not there.
    Start(StartError),
    /// The socket, or the files of TLS.
    Io(io::Error),
}

impl From<ConfigError> for ServeError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<StartError> for ServeError {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<io::Error> for ServeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Start(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServeError {}
