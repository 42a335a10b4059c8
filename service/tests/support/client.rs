//! What clients and agents do: assertions, proofs, launches, tokens.

use super::{Answer, ISSUER, ORCHESTRATOR, ORIGIN, World};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    ProofId, SigningKey,
    dpop::{Call, Proof},
    jose::Compacted,
    json::Value as Json,
};
use keybound_bindings::{OsRandom, generate_key};
use serde_json::{Value, json};

pub(crate) const LAUNCH: &str = "urn:keybound:params:oauth:grant-type:launch-token";
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(crate) const CWT: &str = "urn:keybound:params:oauth:token-type:cwt-chain";
pub(crate) const AAT: &str = "urn:keybound:params:oauth:token-type:aat-chain";
pub(crate) const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A client that has logged in, with the key its token is bound to.
pub(crate) struct Session {
    pub(crate) key: SigningKey,
    pub(crate) token: String,
}

/// An agent with its first token.
pub(crate) struct Agent {
    pub(crate) key: SigningKey,
    pub(crate) token: String,
    pub(crate) answer: Value,
}

impl Agent {
    pub(crate) fn new(key: SigningKey, answer: Value) -> Self {
        Self { key, token: answer["access_token"].as_str().unwrap().to_owned(), answer }
    }

    /// The same agent with the token that a renewal gave.
    pub(crate) fn with(self, answer: Value) -> Self {
        Self::new(self.key, answer)
    }

    pub(crate) fn id(&self) -> &str {
        self.answer["agent_id"].as_str().unwrap()
    }

    pub(crate) fn token_id(&self) -> &str {
        self.answer["token_id"].as_str().unwrap()
    }
}

/// A compact JWS under an Ed25519 key.
pub(crate) fn jws(key: &SigningKey, typ: &str, claims: &Value) -> String {
    let claims = Json::from_json(claims.to_string().as_bytes()).unwrap();
    let prepared = Compacted::prepare(typ, &claims, &key.public_key()).unwrap();
    let signature = sign(key, prepared.to_be_signed());
    prepared.finish(&signature).unwrap().as_str().to_owned()
}

/// Core signs only what it prepares, so the tests sign with another library.
fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let seed =
        SEEDS.lock().unwrap().iter().find(|(public, _)| *public == *key.public_key().as_bytes()).unwrap().1;
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    pair.sign(message).as_ref().try_into().unwrap()
}

static SEEDS: std::sync::Mutex<Vec<([u8; 32], [u8; 32])>> = std::sync::Mutex::new(Vec::new());

/// The key of a seed of which every byte is the same.
pub(crate) fn key_of(seed: u8) -> SigningKey {
    let key = SigningKey::from_seed(&[seed; 32]);
    let mut seeds = SEEDS.lock().unwrap();
    if !seeds.iter().any(|(_, known)| *known == [seed; 32]) {
        seeds.push((*key.public_key().as_bytes(), [seed; 32]));
    }
    key
}

pub(crate) fn assertion(client: &str, key: &SigningKey, now: u64) -> String {
    assertion_with(client, key, now, |_| {})
}

pub(crate) fn assertion_with(
    client: &str,
    key: &SigningKey,
    now: u64,
    change: impl FnOnce(&mut Value),
) -> String {
    let id = ProofId::generate(&mut OsRandom).unwrap().to_string();
    let mut claims = json!({
        "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": id
    });
    change(&mut claims);
    jws(key, "JWT", &claims)
}

impl World {
    pub(crate) fn nonce(&self) -> Option<String> {
        self.app.tenant(self.tenant).unwrap().keys().strict_guard.fresh_nonce(self.now())
    }

    /// A DPoP proof for a request of this service.
    pub(crate) fn proof(&self, key: &SigningKey, method: &str, path: &str, token: Option<&str>) -> String {
        let mut call = Call::new(method, &format!("{ORIGIN}{}{path}", self.prefix)).unwrap();
        if let Some(token) = token {
            call = call.access_token(token);
        }
        if let Some(nonce) = self.nonce() {
            call = call.nonce(&nonce);
        }
        let id = ProofId::generate(&mut OsRandom).unwrap();
        Proof::sign(key, &call, id, self.now()).unwrap().as_str().to_owned()
    }

    /// An assertion of a client of this tenant.
    pub(crate) fn assertion(&self, client: &str, seed: u8) -> String {
        let for_us = |claims: &mut Value| claims["aud"] = json!(self.issuer);
        assertion_with(client, &key_of(seed), self.now().as_secs(), for_us)
    }

    pub(crate) async fn log_in(&self, client: &str, seed: u8) -> Session {
        let key = generate_key().unwrap();
        let assertion = self.assertion(client, seed);
        let proof = self.proof(&key, "POST", "/token", None);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ];
        let answer = self.form("/token", &[("dpop", &proof)], &form).await.ok();
        Session { key, token: answer["access_token"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn orchestrator(&self) -> Session {
        self.log_in("payables", ORCHESTRATOR).await
    }

    /// A request of a client that has logged in.
    pub(crate) async fn as_client(&self, session: &Session, path: &str, body: &Value) -> Answer {
        let proof = self.proof(&session.key, "POST", path, Some(&session.token));
        self.post(path, &[("dpop", &proof), ("authorization", &format!("DPoP {}", session.token))], body)
            .await
    }

    pub(crate) async fn get_as(&self, session: &Session, path: &str) -> Answer {
        let proof = self.proof(&session.key, "GET", path.split('?').next().unwrap(), Some(&session.token));
        self.get_with(path, &[("dpop", &proof), ("authorization", &format!("DPoP {}", session.token))]).await
    }

    pub(crate) async fn launch(&self, session: &Session, body: &Value) -> Answer {
        self.as_client(session, "/launch", body).await
    }

    /// A token request that a key proves.
    pub(crate) async fn token(&self, key: &SigningKey, form: &[(&str, &str)]) -> Answer {
        let proof = self.proof(key, "POST", "/token", None);
        self.form("/token", &[("dpop", &proof)], form).await
    }

    /// An agent of a workflow with its first token.
    pub(crate) async fn agent(&self, workflow: &str, task: &str, more: &[(&str, &str)]) -> Agent {
        self.agent_of(&json!({ "workflow": workflow, "task": task }), more).await
    }

    /// An agent of a launch with its first token.
    pub(crate) async fn agent_of(&self, launch: &Value, more: &[(&str, &str)]) -> Agent {
        let orchestrator = self.orchestrator().await;
        let token = self.launch_token(&orchestrator, launch).await;
        let key = generate_key().unwrap();
        let answer = self.register(&key, &token, more).await.ok();
        Agent::new(key, answer)
    }

    /// The token of a launch that is allowed.
    pub(crate) async fn launch_token(&self, orchestrator: &Session, launch: &Value) -> String {
        let launched = self.launch(orchestrator, launch).await.ok();
        launched["launch_token"].as_str().unwrap().to_owned()
    }

    /// The first request of an agent.
    pub(crate) async fn register(&self, key: &SigningKey, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", LAUNCH), ("launch_token", token)];
        form.extend_from_slice(more);
        self.token(key, &form).await
    }

    /// A request of an agent with its own token.
    pub(crate) async fn as_agent(&self, agent: &Agent, path: &str, body: &Value) -> Answer {
        let proof = self.proof(&agent.key, "POST", path, Some(&agent.token));
        self.post(path, &[("dpop", &proof), ("authorization", &format!("DPoP {}", agent.token))], body).await
    }

    pub(crate) async fn renew(&self, agent: &Agent, more: &[(&str, &str)]) -> Answer {
        let kind = agent.answer["issued_token_type"].as_str().unwrap();
        let mut form = vec![
            ("grant_type", EXCHANGE),
            ("subject_token", agent.token.as_str()),
            ("subject_token_type", kind),
            ("requested_token_type", kind),
        ];
        form.extend_from_slice(more);
        self.token(&agent.key, &form).await
    }

    /// Whether a token holds, as the resource server it is for is told.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        let tools = self.log_in("tools", super::SERVER).await;
        self.introspect(&tools, token).await["active"].as_bool().unwrap()
    }

    /// An operator revokes.
    pub(crate) async fn revoke(&self, level: &str, id: &str) -> Answer {
        let root = self.log_in("root", super::ADMIN).await;
        self.as_client(&root, "/admin/revocations", &json!({ "level": level, "id": id })).await
    }

    /// Whether a resource server is told that a token is active.
    pub(crate) async fn introspect(&self, server: &Session, token: &str) -> Value {
        let proof = self.proof(&server.key, "POST", "/introspect", Some(&server.token));
        let headers = [("dpop", proof.as_str()), ("authorization", &format!("DPoP {}", server.token))];
        self.form("/introspect", &headers, &[("token", token)]).await.ok()
    }
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(jwt: &str) -> Value {
    serde_json::from_slice(&BASE64URL.decode(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
