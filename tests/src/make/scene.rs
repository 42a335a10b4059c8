//! A scene: one call with everything around it, honest until something in it is changed.

use super::topic::Staged;
use crate::forge::cbor::Item;
use crate::forge::token::{self, AUTHORITY, CALL};
use crate::forge::{jcs, public_key, sha256, sign, tools};
use crate::vectors::{Anchor, Http, Permit, Request, Trust, Vector};
use serde_json::{Value, json};
use std::rc::Rc;

/// A private key, as its seed.
pub type Seed = [u8; 32];

/// The issuer's key.
pub const ISSUER_KEY: Seed = [1; 32];
/// The keys of the holders, root first.
pub const HOLDERS: [Seed; 10] =
    [[2; 32], [3; 32], [4; 32], [5; 32], [6; 32], [7; 32], [8; 32], [9; 32], [10; 32], [11; 32]];
/// A key nobody trusts.
pub const STRANGER: Seed = [0xee; 32];
/// The issuer.
pub const ISSUER: &str = "https://issuer.example";
/// The verifier.
pub const AUDIENCE: &str = "https://tools.example";
/// Another verifier.
pub const ELSEWHERE: &str = "https://elsewhere.example";
/// The time of the call.
pub const NOW: u64 = 1_700_000_000;

type Edit<T> = Option<Rc<dyn Fn(T) -> T>>;

/// How a payload is wrapped and signed.
#[derive(Clone)]
pub struct Seal {
    /// Who signs.
    pub signer: Seed,
    /// The protected header.
    pub header: Vec<u8>,
    /// The unprotected header.
    pub unprotected: Item,
    /// The payload, where it is not simply the claims.
    pub payload: Option<Vec<u8>>,
    /// What the signature covers besides, where it is not the parent's digest.
    pub external: Option<Vec<u8>>,
    /// Changes the signature after it was made.
    pub signature: Edit<Vec<u8>>,
    /// Changes the four parts after they were signed.
    pub parts: Edit<Vec<Item>>,
    /// Changes the finished bytes.
    pub bytes: Edit<Vec<u8>>,
}

impl Seal {
    pub(super) fn new(signer: Seed, header: Vec<u8>) -> Self {
        let unprotected = Item::Map(vec![]);
        Self {
            signer,
            header,
            unprotected,
            payload: None,
            external: None,
            signature: None,
            parts: None,
            bytes: None,
        }
    }

    pub(super) fn close(&self, external: Vec<u8>, payload: Vec<u8>) -> Vec<u8> {
        let external = self.external.clone().unwrap_or(external);
        let payload = self.payload.clone().unwrap_or(payload);
        let signature = sign(&self.signer, &token::to_be_signed(&self.header, &external, &payload)).to_vec();
        let signature = edited(&self.signature, signature);
        let parts = vec![
            Item::bytes(&self.header),
            self.unprotected.clone(),
            Item::bytes(payload),
            Item::bytes(signature),
        ];
        let parts = edited(&self.parts, parts);
        edited(&self.bytes, Item::Tag(18, Box::new(Item::Array(parts))).encode())
    }
}

fn edited<T>(edit: &Edit<T>, value: T) -> T {
    match edit {
        Some(edit) => edit(value),
        None => value,
    }
}

/// One token.
#[derive(Clone)]
pub struct Link {
    /// Its envelope.
    pub seal: Seal,
    /// Its claims, without the authority.
    pub claims: Vec<(i64, Item)>,
    /// The members of its authority.
    pub authority: Vec<(i64, Item)>,
    /// Whose key it is bound to.
    pub holder: Seed,
}

impl Link {
    /// Sets a claim.
    pub fn set(&mut self, claim: i64, item: Item) {
        put(&mut self.claims, claim, item);
    }

    /// Leaves a claim out.
    pub fn drop(&mut self, claim: i64) {
        self.claims.retain(|(key, _)| *key != claim);
    }

    /// Sets a member of the authority.
    pub fn member(&mut self, member: i64, item: Item) {
        put(&mut self.authority, member, item);
    }

    /// Leaves a member of the authority out.
    pub fn drop_member(&mut self, member: i64) {
        self.authority.retain(|(key, _)| *key != member);
    }

    /// Sets the tools from their JSON shape.
    pub fn tools(&mut self, json: Value) {
        self.member(0, tools::tools(&json));
    }

    /// All claims, sorted, for faults in their order.
    pub fn entries(&self) -> Vec<(Item, Item)> {
        let mut claims = self.claims.clone();
        claims.push((AUTHORITY, Item::claims(self.authority.clone())));
        let Item::Map(entries) = Item::claims(claims) else { unreachable!("claims are a map") };
        entries
    }

    /// Binds the token to a key.
    pub fn bind(&mut self, holder: Seed) {
        self.holder = holder;
        self.set(8, token::confirmation(&public_key(&holder)));
    }
}

fn put(entries: &mut Vec<(i64, Item)>, key: i64, item: Item) {
    entries.retain(|(other, _)| *other != key);
    entries.push((key, item));
}

/// The proof. What it says follows from the request unless said otherwise.
#[derive(Clone)]
pub struct Proof {
    /// Its envelope; the signer is the leaf's holder unless [`Proof::signer`] is set.
    pub seal: Seal,
    /// Who signs, if not the holder of the leaf.
    pub signer: Option<Seed>,
    /// Claims set or left out.
    pub claims: Vec<(i64, Option<Item>)>,
    /// Members of the call set or left out.
    pub call: Vec<(i64, Option<Item>)>,
    /// The request it is made for, if not the one that is sent.
    pub request: Option<Request>,
}

/// One call with everything around it.
#[derive(Clone)]
pub struct Scene {
    /// The verifier's configuration.
    pub trust: Trust,
    /// The tokens, root first.
    pub links: Vec<Link>,
    /// The proof.
    pub proof: Proof,
    /// The call.
    pub request: Request,
    /// When it is decided.
    pub now: u64,
    /// How often it is presented.
    pub times: u32,
    /// Rearranges the finished tokens.
    pub arrange: Edit<Vec<Vec<u8>>>,
    /// Changes the bytes of the finished chain.
    pub bytes: Edit<Vec<u8>>,
}

/// The tools of an honest root.
pub fn honest_tools() -> Value {
    json!({
        "pay": {
            "amount": {"constraint_type": "range", "min": 0, "max": 100},
            "to": {"constraint_type": "one_of", "values": ["acme", "globex"]},
            "memo": {"constraint_type": "wildcard", "optional": true}
        },
        "read": {"path": {"constraint_type": "wildcard"}}
    })
}

/// The agent id of the holder at a depth.
pub fn agent(depth: usize) -> String {
    format!("spiffe://agents.example/agent/orch-1/t-42/agent-{depth}")
}

/// The id of the token at a depth.
pub fn token_id(depth: usize) -> [u8; 16] {
    [0xa0 + u8::try_from(depth).expect("a small depth"); 16]
}

/// The id of the proof.
pub const PROOF_ID: [u8; 16] = [0x50; 16];

impl Scene {
    /// An honest call under a chain of `length` tokens.
    pub fn of(length: usize) -> Self {
        let anchors = vec![Anchor { issuer: ISSUER.into(), key: hex::encode(public_key(&ISSUER_KEY)) }];
        let mut scene = Self {
            trust: Trust { anchors, audience: vec![AUDIENCE.into()], ..Trust::default() },
            links: Vec::new(),
            proof: Proof {
                seal: Seal::new(STRANGER, token::proof_header()),
                signer: None,
                claims: vec![],
                call: vec![],
                request: None,
            },
            request: Request {
                tool: "pay".into(),
                arguments: r#"{"amount":5,"to":"acme"}"#.into(),
                audience: AUDIENCE.into(),
                ..Request::default()
            },
            now: NOW,
            times: 1,
            arrange: None,
            bytes: None,
        };
        (0..length).for_each(|_| scene.delegate());
        scene
    }

    /// Adds an honest link at the end: the same tools, a little shorter a life.
    pub fn delegate(&mut self) {
        let depth = self.links.len();
        let number = |n: u64| Item::Int(i64::try_from(n).expect("small"));
        let signer = if depth == 0 { ISSUER_KEY } else { self.links[depth - 1].holder };
        let steps = depth as u64;
        let mut link = Link {
            seal: Seal::new(signer, token::token_header()),
            claims: vec![
                (4, number(NOW + 280 - 10 * steps)),
                (6, number(NOW - 20 + steps)),
                (7, Item::bytes(token_id(depth))),
            ],
            authority: vec![(1, number(steps)), (2, Item::Int(8)), (3, Item::text(&agent(depth)))],
            holder: HOLDERS[depth],
        };
        link.tools(honest_tools());
        link.bind(HOLDERS[depth]);
        if depth == 0 {
            link.set(1, Item::text(ISSUER));
            link.set(2, Item::text("user:alice"));
            link.set(3, token::audience([AUDIENCE]));
            link.member(4, Item::text("t-42"));
        }
        self.links.push(link);
    }

    /// The root.
    pub fn root(&mut self) -> &mut Link {
        &mut self.links[0]
    }

    /// The leaf.
    pub fn leaf(&mut self) -> &mut Link {
        self.links.last_mut().expect("a link")
    }

    /// Sets one limit.
    pub fn limit(&mut self, name: &str, value: u32) {
        self.trust.limits.get_or_insert_default().insert(name.into(), value);
    }

    /// Sets the request's arguments.
    pub fn arguments(&mut self, json: &str) {
        self.request.arguments = json.into();
    }

    /// Replaces the bytes of the chain once they are finished.
    pub fn edit_chain(&mut self, edit: impl Fn(Vec<u8>) -> Vec<u8> + 'static) {
        self.bytes = Some(Rc::new(edit));
    }

    /// Rearranges the tokens once they are signed.
    pub fn rearrange(&mut self, edit: impl Fn(Vec<Vec<u8>>) -> Vec<Vec<u8>> + 'static) {
        self.arrange = Some(Rc::new(edit));
    }

    /// Makes the call travel over HTTP.
    pub fn over_http(&mut self, method: &str, uri: &str, body: &[u8]) {
        self.request.http = Some(Http { method: method.into(), uri: uri.into(), body: hex::encode(body) });
    }

    /// The finished tokens.
    pub fn tokens(&self) -> Vec<Vec<u8>> {
        let mut tokens: Vec<Vec<u8>> = Vec::new();
        for link in &self.links {
            let external = tokens.last().map_or(Vec::new(), |parent| sha256(parent).to_vec());
            tokens.push(link.seal.close(external, Item::Map(link.entries()).encode()));
        }
        edited(&self.arrange, tokens)
    }

    /// The finished chain and the finished proof.
    pub fn finish(&self) -> (Vec<u8>, Vec<u8>) {
        let tokens = self.tokens();
        let chain = edited(&self.bytes, token::chain(&tokens));
        let leaf = tokens.last().cloned().unwrap_or_default();
        let holder = self.links.last().map_or(STRANGER, |link| link.holder);
        let mut seal = self.proof.seal.clone();
        seal.signer = self.proof.signer.unwrap_or(holder);
        (chain, seal.close(Vec::new(), self.proof_payload(&leaf)))
    }

    /// A proof of the honest call under any leaf, by any holder, with an id of its own.
    pub fn proof_for(leaf: &[u8], holder: &Seed, id: u64) -> Vec<u8> {
        let mut scene = Self::of(1);
        scene.proof.claims.push((7, Some(Item::bytes([id.to_be_bytes(), id.to_be_bytes()].concat()))));
        let mut seal = scene.proof.seal.clone();
        seal.signer = *holder;
        seal.close(Vec::new(), scene.proof_payload(leaf))
    }

    fn proof_payload(&self, leaf: &[u8]) -> Vec<u8> {
        let request = self.proof.request.as_ref().unwrap_or(&self.request);
        let mut call = vec![
            (0, Item::text(&request.tool)),
            (1, Item::bytes(arguments_digest(&request.arguments))),
            (2, Item::bytes(sha256(leaf))),
        ];
        if let Some(http) = &request.http {
            let body = sha256(&hex::decode(&http.body).expect("hex"));
            call.push((
                3,
                Item::Array(vec![Item::text(&http.method), Item::text(&http.uri), Item::bytes(body)]),
            ));
        }
        apply(&mut call, &self.proof.call);
        let mut claims = vec![
            (3, Item::text(&request.audience)),
            (6, Item::Int(i64::try_from(self.now).expect("small"))),
            (7, Item::bytes(PROOF_ID)),
            (CALL, Item::claims(call)),
        ];
        if let Some(nonce) = &request.nonce {
            claims.push((10, Item::bytes(hex::decode(nonce).expect("hex"))));
        }
        apply(&mut claims, &self.proof.claims);
        Item::claims(claims).encode()
    }
}

impl Staged for Scene {
    fn question(&self) -> Vector {
        let (chain, proof) = self.finish();
        Vector {
            operation: "authorize".into(),
            trust: Some(self.trust.clone()),
            chain: Some(hex::encode(chain)),
            proof: Some(hex::encode(proof)),
            request: Some(self.request.clone()),
            now: Some(self.now),
            times: (self.times != 1).then_some(self.times),
            ..Vector::default()
        }
    }

    fn permit(&self) -> Option<Permit> {
        if self.arrange.is_some() || self.bytes.is_some() {
            return None;
        }
        let text = |entries: &[(i64, Item)], key: i64| {
            entries.iter().find_map(|(other, item)| match item {
                Item::Text(text) if *other == key => Some(text.clone()),
                _ => None,
            })
        };
        let leaf = self.links.last()?;
        let root = self.links.first()?;
        let expires = leaf.claims.iter().find_map(|(key, item)| match item {
            Item::Int(seconds) if *key == 4 => u64::try_from(*seconds).ok(),
            _ => None,
        })?;
        Some(Permit {
            agent: self.links.iter().rev().find_map(|link| text(&link.authority, 3)),
            principal: text(&root.claims, 2),
            task: text(&root.authority, 4),
            tool: self.request.tool.clone(),
            audience: self.request.audience.clone(),
            expires,
            depth: self.links.len() - 1,
        })
    }
}

/// What a proof says about arguments: SHA-256 of their canonical text. Arguments that are
/// no JSON have none, so any digest will do.
pub fn arguments_digest(arguments: &str) -> [u8; 32] {
    match serde_json::from_str::<Value>(arguments) {
        Ok(value) => sha256(jcs::canonical(&value).as_bytes()),
        Err(_) => sha256(arguments.as_bytes()),
    }
}

fn apply(entries: &mut Vec<(i64, Item)>, changes: &[(i64, Option<Item>)]) {
    for (key, item) in changes {
        entries.retain(|(other, _)| other != key);
        entries.extend(item.clone().map(|item| (*key, item)));
    }
}
