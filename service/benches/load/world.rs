//! The service as a process of its own, with its settings, clients and keys.

use crate::http::{Connection, form};
use keybound::{
    ProofId, PublicKey, SigningKey,
    dpop::{Call, Proof},
    jose::Compacted,
    json::Value as Json,
};
use keybound_bindings::{OsRandom, generate_key, now};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

pub(crate) const LAUNCH: &str = "urn:keybound:params:oauth:grant-type:launch-token";
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const CHAIN: &str = "urn:keybound:params:oauth:token-type:cwt-chain";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SEED: [u8; 32] = [101; 32];

pub(crate) struct World {
    process: Child,
    folder: PathBuf,
    pub(crate) address: String,
    pub(crate) issuer: String,
}

/// A client that has logged in.
pub(crate) struct Login {
    pub(crate) key: SigningKey,
    pub(crate) token: String,
}

fn policy() -> String {
    let key = SigningKey::from_seed(&SEED).public_key();
    let jwk = key.to_jwk().replacen('{', &format!(r#"{{"kid":"{}","#, key.jwk_thumbprint()), 1);
    format!(
        r#"
[clients.load]
roles = ["orchestrator", "resource_server", "admin"]
jwks = '{{"keys":[{jwk}]}}'
audiences = ["https://tools.example"]

[clients.bearer]
roles = ["resource_server"]
jwks = '{{"keys":[{jwk}]}}'
audiences = ["https://tools.example"]
bearer = true

[workflows.load]
orchestrators = ["load"]
audiences = ["https://tools.example"]
renewals = 1440
depth = 2

[workflows.load.tools.read_invoice]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }} }}

[workflows.load.tools.pay_invoice]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }}, amount = {{ constraint_type = "range", max = 500 }} }}
"#
    )
}

impl World {
    /// Starts the service on SQLite, or on the PostgreSQL that the environment names.
    pub(crate) fn start(database: Option<&str>) -> Self {
        let folder = std::env::temp_dir().join(format!("keybound-load-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("policy.toml"), policy()).expect("a policy");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let issuer = format!("http://{address}");
        let url = database
            .map_or_else(|| format!("sqlite://{}", folder.join("keybound.db").display()), str::to_owned);
        let settings = [("--issuer", issuer.as_str()), ("--database", url.as_str())];
        let command = |verb: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_keybound"));
            command.current_dir(&folder).env("KEYBOUND_LOG", "warn").arg(verb);
            settings.iter().for_each(|(name, value)| {
                command.args([name, value]);
            });
            command
        };
        if database.is_some() {
            assert!(
                command("migrate").status().expect("a migration").success(),
                "the database could not be migrated"
            );
        }
        let mut process = command("serve")
            .args(["--listen", &address])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        output.read_line(&mut line).expect("its first line");
        assert!(line.contains("listening"), "the service did not start: {line}");
        Self { process, folder, address, issuer }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(&self.address).await
    }

    /// A nonce of the service.
    pub(crate) async fn nonce(&self) -> String {
        let mut stream = tokio::net::TcpStream::connect(&self.address).await.expect("a connection");
        let head = format!(
            "POST /token HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            self.address
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.expect("a request");
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut text).await.expect("an answer");
        let line = text.lines().find_map(|line| line.strip_prefix("dpop-nonce: "));
        line.expect("a nonce").trim().to_owned()
    }

    pub(crate) fn proof(
        &self,
        key: &SigningKey,
        path: &str,
        token: Option<&str>,
        nonce: Option<&str>,
    ) -> String {
        let mut call = Call::new("POST", &format!("{}{path}", self.issuer)).expect("a call");
        if let Some(token) = token {
            call = call.access_token(token);
        }
        if let Some(nonce) = nonce {
            call = call.nonce(nonce);
        }
        let id = ProofId::generate(&mut OsRandom).expect("randomness");
        Proof::sign(key, &call, id, now().expect("a clock")).expect("a proof").as_str().to_owned()
    }

    pub(crate) async fn log_in(&self, client: &str, bearer: bool) -> Login {
        let (key, nonce) = (generate_key().expect("a key"), self.nonce().await);
        let time = now().expect("a clock").as_secs();
        let id = ProofId::generate(&mut OsRandom).expect("randomness").to_string();
        let claims = json!({ "iss": client, "sub": client, "aud": self.issuer, "exp": time + 60, "iat": time, "jti": id });
        let assertion = sign(&claims);
        let proof = self.proof(&key, "/token", None, Some(&nonce));
        let body = form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
        ]);
        let headers: &[(&str, &str)] = if bearer { &[] } else { &[("dpop", &proof)] };
        let answer = self
            .connect()
            .await
            .send("POST", "/token", headers, "application/x-www-form-urlencoded", &body)
            .await;
        let value: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(answer.status, 200, "{value}");
        Login { key, token: value["access_token"].as_str().expect("a token").to_owned() }
    }
}

/// A JWT under the clients' key. Core signs only what it prepares, so another library does.
fn sign(claims: &Value) -> String {
    let claims = Json::from_json(claims.to_string().as_bytes()).expect("claims");
    let public: PublicKey = SigningKey::from_seed(&SEED).public_key();
    let prepared = Compacted::prepare("JWT", &claims, &public).expect("an assertion");
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&SEED).expect("a key");
    let signature = pair.sign(prepared.to_be_signed());
    let signature = signature.as_ref().try_into().expect("a signature");
    prepared.finish(&signature).expect("an assertion").as_str().to_owned()
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
