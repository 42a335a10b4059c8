//! One issuer and what a test does with it.

use crate::oidc::Issuer;
use keybound_service::attest::{Code, Kind, Refused, Rule, Source, Verified, verify};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The audience of the service.
pub(crate) const US: &str = "https://keybound.example";

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    client: reqwest::Client,
    /// The time the test began, which stands still.
    pub(crate) now: u64,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::around(Issuer::start().await.unwrap(), reqwest::Client::builder())
    }

    pub(crate) async fn over_tls() -> Self {
        let issuer = Issuer::start_tls().await.unwrap();
        let root = reqwest::Certificate::from_pem(issuer.certificate().unwrap().as_bytes()).unwrap();
        Self::around(issuer, reqwest::Client::builder().tls_certs_only([root]))
    }

    fn around(issuer: Issuer, client: reqwest::ClientBuilder) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        Self { issuer, client: client.no_proxy().build().unwrap(), now }
    }

    pub(crate) fn url(&self) -> &str {
        self.issuer.url()
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        let answer = self.client.get(format!("{}{path}", self.url())).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.text().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> String {
        let request =
            self.client.post(format!("{}{path}", self.url())).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {text}");
        text
    }

    /// A token from one of the issuer's routes.
    pub(crate) async fn mint(&self, path: &str, body: Value) -> String {
        let answer: Value = serde_json::from_str(&self.post(path, body).await).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// An honest token with us for its audience, changed by `ask`. It lives for two days.
    pub(crate) async fn token(&self, ask: Value) -> String {
        let mut ask = ask;
        let mut claims = json!({"sub": "someone", "aud": US, "iat": self.now, "exp": self.now + 48 * 3600});
        if let Some(more) = ask["claims"].as_object() {
            claims.as_object_mut().unwrap().extend(more.clone());
        }
        ask["claims"] = claims;
        self.mint("/token", ask).await
    }

    /// The keys of the issuer, by address.
    pub(crate) fn source(&self) -> Source {
        Source::JwksUri { uri: format!("{}/jwks", self.url()), roots: None }
    }

    pub(crate) fn oidc(&self) -> Kind {
        Kind::Oidc { issuer: self.url().to_owned() }
    }

    /// The ordinary rule for this issuer.
    pub(crate) fn rule(&self) -> Rule {
        Rule::new("tests", self.oidc(), self.source(), US).unwrap()
    }

    /// How often the keys were fetched.
    pub(crate) async fn fetched(&self, what: &str) -> u64 {
        let counts: Value = serde_json::from_str(&self.get("/count").await).unwrap();
        counts[what].as_u64().unwrap()
    }
}

/// What became of a token.
pub(crate) async fn outcome(rule: &Rule, token: &str, now: u64) -> Result<(), Code> {
    verify(rule, token, now).await.map(|_| ()).map_err(Refused::code)
}

pub(crate) async fn verified(rule: &Rule, token: &str, now: u64) -> Verified {
    verify(rule, token, now).await.unwrap()
}
