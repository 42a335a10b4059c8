//! A real OpenID Connect issuer, for tests alone.
//!
//! It makes its keys when it starts, publishes them, and signs **whatever anybody asks it to**: never run it where somebody believes it. It
//! listens on loopback, speaks HTTP or TLS, and knows how real platforms write their tokens.
//!
//! | route | what |
//! |---|---|
//! | `GET /.well-known/openid-configuration` | metadata |
//! | `GET /jwks` | its keys; faults and `Cache-Control` apply here |
//! | `GET /spiffe-bundle` | the same keys as the bundle of a trust domain |
//! | `POST /token` | a token with these claims, honest or not: see [`Ask`] |
//! | `POST /kubernetes`, `/github`, `/spiffe`, `/user` | a token as the platform writes it: see [`Shape`] |
//! | `POST /rotate[?drop=1]` | new keys; the old ones stay published, or not |
//! | `POST /fault` | `{"kind": "slow"}`, `error`, `huge`, `redirect`, `garbage` or `none`, on `/jwks` |
//! | `POST /publish` | `{"max_age": 60, "sequence": 7}`: what is said about the keys |
//! | `GET /count` | how often `/jwks`, the metadata and the target of the redirect were fetched |
//!
//! Tokens come as `{"token": "…"}`. Every body is JSON; a member nobody knows is an error.
#![allow(dead_code, reason = "each program uses its part")]

mod ask;
mod http;
mod keys;
mod shape;
mod state;
mod tls;

use ask::Ask;
use shape::Shape;

use state::State;
use std::{error::Error, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// What goes wrong in a test tool is shown, not handled.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// An issuer that runs until it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Issuer {
    state: Arc<State>,
    address: SocketAddr,
    tls: Option<tls::Identity>,
    server: JoinHandle<()>,
}

impl Issuer {
    /// Starts one on a free port, in the open.
    ///
    /// # Errors
    /// When there is no port, or no randomness for keys.
    pub(crate) async fn start() -> Result<Self, Failure> {
        Self::start_with(None).await
    }

    /// Starts one on a free port, over TLS, with a certificate of its own making.
    ///
    /// # Errors
    /// As [`Issuer::start`].
    pub(crate) async fn start_tls() -> Result<Self, Failure> {
        Self::start_with(Some(tls::Identity::generate()?)).await
    }

    async fn start_with(tls: Option<tls::Identity>) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(State::new(format!("{scheme}://{address}"))?);
        let server = serve(listener, tls.as_ref(), &state);
        Ok(Self { state, address, tls, server })
    }

    /// Its address, which is its `iss` too.
    pub(crate) fn url(&self) -> &str {
        self.state.url()
    }

    /// The certificate to trust, in PEM, when it speaks TLS.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.tls.as_ref().map(tls::Identity::certificate)
    }

    /// Goes away, as issuers do.
    pub(crate) async fn stop(&mut self) {
        self.server.abort();
        // Cancelled, which is what was asked for; the port is free from here on.
        let _cancelled = (&mut self.server).await;
    }

    /// Comes back, at the same address with the same keys.
    ///
    /// # Errors
    /// When somebody took the port.
    pub(crate) async fn resume(&mut self) -> Result<(), Failure> {
        let listener = TcpListener::bind(self.address).await?;
        self.server = serve(listener, self.tls.as_ref(), &self.state);
        Ok(())
    }

    /// Waits for its end.
    pub(crate) async fn run(mut self) {
        let _ended = (&mut self.server).await;
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn serve(listener: TcpListener, tls: Option<&tls::Identity>, state: &Arc<State>) -> JoinHandle<()> {
    let routes = http::routes(state.clone());
    match tls {
        None => tokio::spawn(async move { axum::serve(listener, routes).await.unwrap_or_default() }),
        Some(tls) => {
            let listener = tls.listener(listener);
            tokio::spawn(async move { axum::serve(listener, routes).await.unwrap_or_default() })
        }
    }
}
