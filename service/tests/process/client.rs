//! What clients and agents do, over HTTP: assertions, proofs, launches, tokens.

use super::{
    now,
    place::{ADMIN, AUDITOR, ISSUER, ORCHESTRATOR, SERVER},
};
use keybound::{
    ProofId, SigningKey, UnixTime,
    dpop::{Call, Proof},
    jose::Compacted,
    json::Value as Json,
};
use keybound_bindings::{OsRandom, generate_key};
use reqwest::{
    Client, Method, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

const LAUNCH: &str = "urn:keybound:params:oauth:grant-type:launch-token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Who asks one node.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) base: String,
    http: Client,
    nonce: Arc<Mutex<Option<String>>>,
    /// Seconds that its clock is ahead of the machine's.
    ahead: Arc<AtomicI64>,
}

/// A client that has logged in, or an agent with its token; and the key it is bound to.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) token: String,
    /// What the token was answered with.
    pub(crate) answer: Value,
}

/// A request, whole, so that it can be sent again and elsewhere.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// The connection ended before there was an answer.
#[derive(Debug)]
pub(crate) struct Lost;

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body, which must be that of a success.
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    pub(crate) fn refused(&self) -> (u16, String) {
        assert!(!self.status.is_success(), "{}", String::from_utf8_lossy(&self.bytes));
        (self.status.as_u16(), self.code())
    }

    /// The answer of a service whose database is not there: an error that says so, and when to come again.
    pub(crate) fn is_unavailable(&self) -> bool {
        let is = self.status == StatusCode::SERVICE_UNAVAILABLE && self.code() == "service.store_unavailable";
        assert!(!is || self.headers.contains_key(RETRY_AFTER), "no Retry-After: {self:?}");
        is
    }
}

impl Caller {
    pub(crate) fn of(base: &str) -> Self {
        let http =
            Client::builder().timeout(Duration::from_secs(20)).pool_max_idle_per_host(64).build().unwrap();
        Self { base: base.to_owned(), http, nonce: Arc::default(), ahead: Arc::default() }
    }

    /// Sets its clock ahead of the machine's, or behind it.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::SeqCst);
        *self.nonce.lock().unwrap() = None;
    }

    fn time(&self) -> u64 {
        now().checked_add_signed(self.ahead.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) async fn send(&self, sent: &Sent) -> Result<Answer, Lost> {
        let mut request = self.http.request(sent.method.clone(), format!("{}{}", self.base, sent.path));
        for (name, value) in &sent.headers {
            request = request.header(*name, value);
        }
        let response = request.body(sent.body.clone()).send().await.map_err(|_| Lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(nonce) = headers.get("dpop-nonce") {
            *self.nonce.lock().unwrap() = Some(nonce.to_str().unwrap().to_owned());
        }
        let bytes = response.bytes().await.map_err(|_| Lost)?.to_vec();
        Ok(Answer { status, headers, bytes })
    }

    /// Only the status: the answer may be a stream without an end.
    pub(crate) async fn status(&self, sent: &Sent) -> Result<StatusCode, Lost> {
        let mut request = self.http.request(sent.method.clone(), format!("{}{}", self.base, sent.path));
        for (name, value) in &sent.headers {
            request = request.header(*name, value);
        }
        Ok(request.body(sent.body.clone()).send().await.map_err(|_| Lost)?.status())
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Lost> {
        let sent = Sent { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: Vec::new() };
        self.send(&sent).await
    }

    /// A request of whoever holds a token and its key.
    pub(crate) fn with_token(&self, who: &Holder, method: Method, path: &str, body: &Value) -> Sent {
        let call = call(method.as_str(), path).access_token(&who.token);
        let mut headers = vec![
            ("dpop", proof(&who.key, &call, self.time())),
            ("authorization", format!("DPoP {}", who.token)),
        ];
        let mut bytes = Vec::new();
        if method == Method::POST {
            headers.push(("content-type", "application/json".to_owned()));
            bytes = body.to_string().into_bytes();
        }
        Sent { method, path: path.to_owned(), headers, body: bytes }
    }

    pub(crate) async fn post_as(&self, who: &Holder, path: &str, body: &Value) -> Result<Answer, Lost> {
        self.send(&self.with_token(who, Method::POST, path, body)).await
    }

    pub(crate) async fn get_as(&self, who: &Holder, path: &str) -> Result<Answer, Lost> {
        self.send(&self.with_token(who, Method::GET, path, &Value::Null)).await
    }

    /// A form under a proof of this key, with the newest nonce.
    pub(crate) fn form(&self, key: &SigningKey, path: &str, form: &[(&str, &str)]) -> Sent {
        let mut call = call("POST", path);
        if let Some(nonce) = self.nonce.lock().unwrap().as_deref() {
            call = call.nonce(nonce);
        }
        let headers = vec![("dpop", proof(key, &call, self.time())), ("content-type", FORM.to_owned())];
        Sent { method: Method::POST, path: path.to_owned(), headers, body: encoded(form).into_bytes() }
    }

    /// The same, sent; once more with the nonce that the service asks for.
    pub(crate) async fn post_form(
        &self,
        key: &SigningKey,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<Answer, Lost> {
        let answer = self.send(&self.form(key, path, form)).await?;
        if answer.code() != "dpop.use_nonce" {
            return Ok(answer);
        }
        self.send(&self.form(key, path, form)).await
    }

    pub(crate) async fn log_in(&self, client: &str, seed: u8) -> Result<Holder, Lost> {
        // An assertion is good once, so the nonce must be known before.
        if self.nonce.lock().unwrap().is_none() {
            self.post_form(&generate_key().unwrap(), "/token", &[("grant_type", "none")]).await?;
        }
        let key = Arc::new(generate_key().unwrap());
        let assertion = assertion(client, seed, self.time());
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ];
        let answer = self.post_form(&key, "/token", &form).await?.ok();
        Ok(holder(key, answer))
    }

    pub(crate) async fn orchestrator(&self) -> Result<Holder, Lost> {
        self.log_in("payables", ORCHESTRATOR).await
    }

    pub(crate) async fn server(&self) -> Result<Holder, Lost> {
        self.log_in("tools", SERVER).await
    }

    pub(crate) async fn admin(&self) -> Result<Holder, Lost> {
        self.log_in("root", ADMIN).await
    }

    pub(crate) async fn auditor(&self) -> Result<Holder, Lost> {
        self.log_in("reader", AUDITOR).await
    }

    /// A launch token.
    pub(crate) async fn launch(
        &self,
        orchestrator: &Holder,
        workflow: &str,
        task: &str,
    ) -> Result<Answer, Lost> {
        self.post_as(orchestrator, "/launch", &json!({ "workflow": workflow, "task": task })).await
    }

    /// The first token of the agent that was launched so.
    pub(crate) async fn take(&self, key: &SigningKey, launch_token: &str) -> Result<Answer, Lost> {
        self.post_form(key, "/token", &[("grant_type", LAUNCH), ("launch_token", launch_token)]).await
    }

    /// An agent with its first token.
    pub(crate) async fn agent(
        &self,
        orchestrator: &Holder,
        workflow: &str,
        task: &str,
    ) -> Result<Holder, Lost> {
        let launched = self.launch(orchestrator, workflow, task).await?.ok();
        let key = Arc::new(generate_key().unwrap());
        let answer = self.take(&key, launched["launch_token"].as_str().unwrap()).await?.ok();
        Ok(holder(key, answer))
    }

    pub(crate) async fn renew(&self, agent: &Holder) -> Result<Answer, Lost> {
        let kind = agent.answer["issued_token_type"].as_str().unwrap();
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", agent.token.as_str()),
            ("subject_token_type", kind),
            ("requested_token_type", kind),
        ];
        self.post_form(&agent.key, "/token", &form).await
    }

    pub(crate) async fn is_active(&self, server: &Holder, token: &str) -> Result<Answer, Lost> {
        let call = call("POST", "/introspect").access_token(&server.token);
        let headers = vec![
            ("dpop", proof(&server.key, &call, self.time())),
            ("authorization", format!("DPoP {}", server.token)),
            ("content-type", FORM.to_owned()),
        ];
        let body = encoded(&[("token", token)]).into_bytes();
        self.send(&Sent { method: Method::POST, path: "/introspect".to_owned(), headers, body }).await
    }

    /// Revokes with the token's own key (RFC 7009).
    pub(crate) async fn revoke(&self, agent: &Holder) -> Result<Answer, Lost> {
        self.post_form(&agent.key, "/revoke", &[("token", &agent.token)]).await
    }
}

impl Holder {
    pub(crate) fn agent(&self) -> &str {
        self.answer["agent_id"].as_str().unwrap()
    }

    /// The same agent with the token of a renewal.
    pub(crate) fn renewed(&self, answer: Value) -> Self {
        holder(self.key.clone(), answer)
    }
}

pub(crate) fn holder(key: Arc<SigningKey>, answer: Value) -> Holder {
    Holder { key, token: answer["access_token"].as_str().unwrap().to_owned(), answer }
}

fn call(method: &str, path: &str) -> Call {
    // A proof names the address without its query.
    let path = path.split('?').next().unwrap();
    Call::new(method, &format!("{ISSUER}{path}")).unwrap()
}

fn proof(key: &SigningKey, call: &Call, now: u64) -> String {
    let id = ProofId::generate(&mut OsRandom).unwrap();
    Proof::sign(key, call, id, UnixTime::new(now).unwrap()).unwrap().as_str().to_owned()
}

/// The key of a seed of which every byte is the same.
pub(crate) fn key_of(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// Its public half as a policy lists it.
pub(crate) fn public_keys(seed: u8) -> String {
    let key = key_of(seed).public_key();
    let named = key.to_jwk().replacen('{', &format!(r#"{{"kid":"{}","#, key.jwk_thumbprint()), 1);
    format!(r#"{{"keys":[{named}]}}"#)
}

fn assertion(client: &str, seed: u8, now: u64) -> String {
    let id = ProofId::generate(&mut OsRandom).unwrap().to_string();
    let claims =
        json!({ "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": id });
    let claims = Json::from_json(claims.to_string().as_bytes()).unwrap();
    let prepared = Compacted::prepare("JWT", &claims, &key_of(seed).public_key()).unwrap();
    // Core signs only what it prepares for itself, so another library signs here.
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let signature: [u8; 64] = pair.sign(prepared.to_be_signed()).as_ref().try_into().unwrap();
    prepared.finish(&signature).unwrap().as_str().to_owned()
}

/// A form's text.
pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}
