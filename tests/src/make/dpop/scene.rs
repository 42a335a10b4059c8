//! A request with its DPoP proof, as data.

use crate::forge::jws::base64url;
use crate::forge::{self, es256, jws, public_key, sha256};
use crate::http::{Call, Earlier, Facts, Guard};
use crate::make::scene::NOW;
use crate::make::topic::{Topic, flags};
use crate::vectors::Vector;
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "at.example.token";

/// Who signs, and how.
#[derive(Clone, Copy)]
pub(super) enum Key {
    Ed25519([u8; 32]),
    Es256([u8; 32]),
}

impl Key {
    pub(super) fn jwk(self) -> Value {
        match self {
            Self::Ed25519(seed) => jws::jwk(&public_key(&seed)),
            Self::Es256(seed) => es256::jwk(&seed),
        }
    }

    pub(super) fn sign(self, message: &[u8]) -> [u8; 64] {
        match self {
            Self::Ed25519(seed) => forge::sign(&seed, message),
            Self::Es256(seed) => es256::sign(&seed, message),
        }
    }

    pub(super) fn thumbprint(self) -> String {
        base64url(&sha256(forge::jcs::canonical(&self.jwk()).as_bytes()))
    }
}

/// A request with its proof, before it is signed.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) key: Key,
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) guard: Guard,
    pub(super) call: Call,
    pub(super) bound_to: Option<String>,
    pub(super) now: u64,
    pub(super) times: Option<u32>,
    pub(super) before: Option<Vec<Earlier>>,
    /// Changes the finished headers.
    pub(super) finish: fn(String) -> Vec<String>,
}

impl Scene {
    pub(super) fn of(key: Key) -> Self {
        let algorithm = match key {
            Key::Ed25519(_) => "Ed25519",
            Key::Es256(_) => "ES256",
        };
        Self {
            key,
            header: json!({"alg": algorithm, "jwk": key.jwk(), "typ": "dpop+jwt"}),
            claims: json!({"htm": "POST", "htu": "https://tools.example/mcp", "iat": NOW - 5, "jti": "proof-1"}),
            guard: Guard { origins: vec!["https://tools.example".into()], ..Guard::default() },
            call: Call { method: "POST".into(), uri: "/mcp?session=1".into(), ..Call::default() },
            bound_to: None,
            now: NOW,
            times: None,
            before: None,
            finish: |proof| vec![proof],
        }
    }

    pub(super) fn with_token(mut self) -> Self {
        self.claims["ath"] = json!(base64url(&sha256(TOKEN.as_bytes())));
        self.call.access_token = Some(TOKEN.into());
        self.bound_to = Some(self.key.thumbprint());
        self
    }

    pub(super) fn proof(&self) -> String {
        let encode = |part: &Value| base64url(forge::jcs::canonical(part).as_bytes());
        let input = [encode(&self.header), encode(&self.claims)].join(".");
        [input.clone(), base64url(&self.key.sign(input.as_bytes()))].join(".")
    }

    pub(super) fn vector(&self, name: &str, comment: &str, list: &str) -> Vector {
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(list),
            operation: "dpop".into(),
            guard: Some(self.guard.clone()),
            headers: Some((self.finish)(self.proof())),
            call: Some(self.call.clone()),
            bound_to: self.bound_to.clone(),
            now: Some(self.now),
            times: self.times,
            before: self.before.clone(),
            ..Vector::default()
        }
    }
}

pub(super) fn control(t: &mut Topic, name: &str, comment: &str, list: &str, is_bound: bool, scene: &Scene) {
    let facts = Facts {
        thumbprint: Some(scene.key.thumbprint()),
        is_bound: Some(is_bound),
        id: scene.claims["jti"].as_str().map(str::to_owned),
        ..Facts::default()
    };
    let vector = scene.vector(&format!("{name}_control"), comment, list);
    t.plain(Vector { expect: "ok".into(), facts: Some(facts), ..vector });
}

pub(super) type Change = fn(&mut Scene);

/// One line of a table: name, comment, flags, code, change.
pub(super) type Line = (&'static str, &'static str, &'static str, &'static str, Change);

pub(super) fn faults(t: &mut Topic, control: &str, base: &Scene, lines: &[Line]) {
    for (name, comment, list, expect, change) in lines {
        let mut scene = base.clone();
        change(&mut scene);
        let vector = scene.vector(name, comment, list);
        let control = Some(format!("{control}_control"));
        t.plain(Vector { control, expect: (*expect).into(), link: Some(None), ..vector });
    }
}
