//! A scene in AAT-02: one call with everything around it, honest until something in it is changed.

use crate::forge::{jcs, jws, public_key, sha256, sign};
use crate::make::scene::{
    AUDIENCE, HOLDERS, ISSUER, ISSUER_KEY, NOW, PROOF_ID, STRANGER, Seed, agent, token_id,
};
use crate::make::topic::Staged;
use crate::vectors::{Anchor, Http, Permit, Request, Trust, Vector};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Changes made one after the other to something that is finished but for them.
#[derive(Clone)]
pub struct Edits<T>(Vec<Rc<dyn Fn(T) -> T>>);

impl<T> Edits<T> {
    const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds a change.
    pub fn add(&mut self, edit: impl Fn(T) -> T + 'static) {
        self.0.push(Rc::new(edit));
    }

    fn apply(&self, value: T) -> T {
        self.0.iter().fold(value, |value, edit| edit(value))
    }
}

/// How a payload is wrapped and signed.
#[derive(Clone)]
pub struct Seal {
    /// The protected header.
    pub header: Value,
    /// Changes the header's text.
    pub header_text: Edits<Vec<u8>>,
    /// Changes the payload's text.
    pub payload: Edits<Vec<u8>>,
    /// Changes the two segments that are signed.
    pub signed: Edits<[String; 2]>,
    /// Changes the signature after it was made.
    pub signature: Edits<Vec<u8>>,
    /// Changes the three segments after they were signed.
    pub segments: Edits<Vec<String>>,
    /// Changes the finished text.
    pub text: Edits<String>,
}

impl Seal {
    fn new(header: Value) -> Self {
        Self {
            header,
            header_text: Edits::none(),
            payload: Edits::none(),
            signed: Edits::none(),
            signature: Edits::none(),
            segments: Edits::none(),
            text: Edits::none(),
        }
    }

    /// Replaces a passage of the payload's text, which must be there once: for what no [`Value`] can hold.
    pub fn rewrite(&mut self, from: &str, to: &str) {
        rewrite(&mut self.payload, from, to);
    }

    /// Puts members, as text, before all others of the payload.
    pub fn begin(&mut self, members: &str) {
        let members = members.to_owned();
        self.payload.add(move |payload| {
            [b"{", members.as_bytes(), b",", payload.strip_prefix(b"{").expect("an object")].concat()
        });
    }

    /// Replaces a passage of the header's text.
    pub fn rewrite_header(&mut self, from: &str, to: &str) {
        rewrite(&mut self.header_text, from, to);
    }

    fn close(&self, signer: &Seed, claims: Map<String, Value>) -> String {
        let text = |value: &Value| jcs::canonical(value).into_bytes();
        let header = self.header_text.apply(text(&self.header));
        let payload = self.payload.apply(text(&Value::Object(claims)));
        let signed = self.signed.apply([jws::base64url(&header), jws::base64url(&payload)]);
        let signature = self.signature.apply(sign(signer, signed.join(".").as_bytes()).to_vec());
        let [header, payload] = signed;
        let segments = self.segments.apply(vec![header, payload, jws::base64url(&signature)]);
        self.text.apply(segments.join("."))
    }
}

fn rewrite(edits: &mut Edits<Vec<u8>>, from: &str, to: &str) {
    let (from, to) = (from.to_owned(), to.to_owned());
    edits.add(move |bytes| {
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(text.matches(&from).count(), 1, "{from} in {text}");
        text.replace(&from, &to).into_bytes()
    });
}

/// Claims set, or left out, after everything else.
#[derive(Clone, Default)]
struct Own(Vec<(String, Option<Value>)>);

impl Own {
    fn say(&mut self, name: &str, value: Option<Value>) {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.into(), value));
    }

    fn apply(&self, claims: &mut Map<String, Value>) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => claims.insert(name.clone(), value.clone()),
                None => claims.remove(name),
            };
        }
    }
}

/// One token.
#[derive(Clone)]
pub struct Token {
    /// Its envelope.
    pub seal: Seal,
    /// Who signs.
    pub signer: Seed,
    /// Whose key it is bound to.
    pub holder: Seed,
    claims: Map<String, Value>,
    own: Own,
}

impl Token {
    /// Sets a claim.
    pub fn set(&mut self, claim: &str, value: Value) {
        self.own.say(claim, Some(value));
    }

    /// Leaves a claim out.
    pub fn drop(&mut self, claim: &str) {
        self.own.say(claim, None);
    }

    /// A claim, unless it follows from the parent.
    pub fn get(&self, claim: &str) -> Value {
        let mut claims = self.claims.clone();
        self.own.apply(&mut claims);
        claims.get(claim).cloned().unwrap_or_default()
    }

    /// Sets the tools.
    pub fn tools(&mut self, tools: Value) {
        self.set("authorization_details", json!([jws::entry(&tools)]));
    }

    /// Binds the token to a key.
    pub fn bind(&mut self, holder: Seed) {
        self.holder = holder;
        self.jwk(jws::jwk(&public_key(&holder)));
    }

    /// Sets the JWK it is bound to.
    pub fn jwk(&mut self, jwk: Value) {
        self.set("cnf", json!({"jwk": jwk}));
    }

    /// Replaces a passage of the payload's text.
    pub fn rewrite(&mut self, from: &str, to: &str) {
        self.seal.rewrite(from, to);
    }

    fn finish(&self, parent: Option<&str>) -> String {
        let mut claims = self.claims.clone();
        if let Some(parent) = parent {
            claims.insert("par_hash".into(), json!(jws::hash(parent)));
        }
        self.own.apply(&mut claims);
        self.seal.close(&self.signer, claims)
    }
}

/// The proof. What it says follows from the request unless said otherwise.
#[derive(Clone)]
pub struct Proof {
    /// Its envelope.
    pub seal: Seal,
    /// Who signs, if not the holder of the leaf.
    pub signer: Option<Seed>,
    /// The request it is made for, if not the one that is sent.
    pub request: Option<Request>,
    /// What is sent instead.
    pub instead: Option<Vec<u8>>,
    own: Own,
}

impl Proof {
    /// Sets a claim.
    pub fn set(&mut self, claim: &str, value: Value) {
        self.own.say(claim, Some(value));
    }

    /// Leaves a claim out.
    pub fn drop(&mut self, claim: &str) {
        self.own.say(claim, None);
    }

    /// Replaces a passage of the payload's text.
    pub fn rewrite(&mut self, from: &str, to: &str) {
        self.seal.rewrite(from, to);
    }
}

/// One call with everything around it.
#[derive(Clone)]
pub struct Scene {
    /// The verifier's configuration.
    pub trust: Trust,
    /// The tokens, root first.
    pub links: Vec<Token>,
    /// The proof.
    pub proof: Proof,
    /// The call.
    pub request: Request,
    /// When it is decided.
    pub now: u64,
    /// How often it is presented.
    pub times: u32,
    /// Rearranges the finished tokens.
    pub arrange: Edits<Vec<String>>,
    /// Changes the finished text of the chain, or of the presentation.
    pub text: Edits<String>,
    /// What is sent instead of the chain.
    pub chain_instead: Option<Vec<u8>>,
    /// Whether chain and proof travel in one object.
    pub is_together: bool,
    /// Agent, principal and task of the permit, where the claims do not say.
    pub identity: Option<[Option<String>; 3]>,
}

/// The tools of an honest root.
pub fn honest_tools() -> Value {
    json!({"pay": {
        "amount": {"constraint_type": "range", "min": 0, "max": 100},
        "to": {"constraint_type": "one_of", "values": ["acme", "globex"]}
    }})
}

impl Scene {
    /// An honest call under a chain of `length` tokens.
    pub fn of(length: usize) -> Self {
        let anchors = vec![Anchor { issuer: ISSUER.into(), key: hex::encode(public_key(&ISSUER_KEY)) }];
        let mut scene = Self {
            trust: Trust { anchors, audience: vec![AUDIENCE.into()], ..Trust::default() },
            links: Vec::new(),
            proof: Proof {
                seal: Seal::new(jws::proof_header()),
                signer: None,
                request: None,
                instead: None,
                own: Own::default(),
            },
            request: Request {
                tool: "pay".into(),
                arguments: r#"{"amount":5,"to":"acme"}"#.into(),
                audience: AUDIENCE.into(),
                ..Request::default()
            },
            now: NOW,
            times: 1,
            arrange: Edits::none(),
            text: Edits::none(),
            chain_instead: None,
            is_together: false,
            identity: None,
        };
        (0..length).for_each(|_| scene.delegate());
        scene
    }

    /// The same without what the draft does not know or does not ask for, under a verifier that does not ask either.
    pub fn of_the_draft(length: usize) -> Self {
        let mut scene = Self::of(length);
        scene.trust.identity = Some("optional".into());
        scene.trust.audience_required = Some(false);
        scene.trust.proof_audience_required = Some(false);
        for claim in ["sub", "txn", "client_id", "aud"] {
            scene.root().drop(claim);
        }
        scene.proof.drop("aat_aud");
        scene
    }

    /// Adds an honest token at the end: the same tools, a little shorter a life.
    pub fn delegate(&mut self) {
        let depth = self.links.len();
        let signer = if depth == 0 { ISSUER_KEY } else { self.links[depth - 1].holder };
        let mut claims = json!({
            "jti": jws::uuid(&token_id(depth)),
            "iat": NOW - 20 + depth as u64,
            "exp": NOW + 280 - 10 * depth as u64,
            "cnf": {"jwk": jws::jwk(&public_key(&HOLDERS[depth]))},
            "del_depth": depth,
            "del_max_depth": 8,
            "iss": jws::issuer_of(&public_key(&signer)),
            "authorization_details": [jws::entry(&honest_tools())],
        });
        if depth == 0 {
            claims["iss"] = json!(ISSUER);
            claims["sub"] = json!("user:alice");
            claims["aud"] = json!([AUDIENCE]);
            claims["txn"] = json!("t-42");
            claims["client_id"] = json!(agent(0));
        }
        self.links.push(Token {
            seal: Seal::new(jws::token_header()),
            signer,
            holder: HOLDERS[depth],
            claims: claims.as_object().expect("an object").clone(),
            own: Own::default(),
        });
    }

    /// The root.
    pub fn root(&mut self) -> &mut Token {
        &mut self.links[0]
    }

    /// The leaf.
    pub fn leaf(&mut self) -> &mut Token {
        self.links.last_mut().expect("a token")
    }

    /// Sets the tools of every token.
    pub fn tools(&mut self, tools: Value) {
        self.links.iter_mut().for_each(|link| link.tools(tools.clone()));
    }

    /// Sets the call.
    pub fn call(&mut self, tool: &str, arguments: &str) {
        self.request.tool = tool.into();
        self.request.arguments = arguments.into();
    }

    /// Sets one limit.
    pub fn limit(&mut self, name: &str, value: usize) {
        let value = u32::try_from(value).expect("a limit");
        self.trust.limits.get_or_insert_default().insert(name.into(), value);
    }

    /// Makes the call travel over HTTP.
    pub fn over_http(&mut self, method: &str, uri: &str, body: &[u8]) {
        self.request.http = Some(Http { method: method.into(), uri: uri.into(), body: hex::encode(body) });
    }

    /// The verifier asks for a nonce.
    pub fn nonce(&mut self, nonce: &str) {
        self.request.nonce = Some(hex::encode(nonce));
    }

    /// The finished tokens.
    pub fn tokens(&self) -> Vec<String> {
        let mut tokens: Vec<String> = Vec::new();
        for link in &self.links {
            tokens.push(link.finish(tokens.last().map(String::as_str)));
        }
        self.arrange.apply(tokens)
    }

    /// The finished proof under the last of these tokens.
    pub fn proof_under(&self, tokens: &[String]) -> Vec<u8> {
        if let Some(instead) = &self.proof.instead {
            return instead.clone();
        }
        let holder = self.links.last().map_or(STRANGER, |link| link.holder);
        let leaf = tokens.last().map_or("", String::as_str);
        let signer = self.proof.signer.unwrap_or(holder);
        self.proof.seal.close(&signer, self.proof_claims(leaf)).into_bytes()
    }

    /// A proof of the honest call under any leaf, by any holder, with an id of its own.
    pub fn proof_for(leaf: &str, holder: &Seed, id: u64) -> Vec<u8> {
        let mut scene = Self::of(1);
        let payload = leaf.split('.').nth(1).filter(|payload| jws::is_base64url(payload)).map(jws::bytes);
        let claims = payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok());
        scene.proof.set("aat_id", claims.unwrap_or_default()["jti"].clone());
        scene.proof.set("jti", json!(id.to_string()));
        scene.proof.signer = Some(*holder);
        scene.proof_under(&[leaf.to_owned()])
    }

    /// The finished chain and the finished proof.
    pub fn finish(&self) -> (Vec<u8>, Vec<u8>) {
        let tokens = self.tokens();
        let chain = self.text.apply(jws::chain(&tokens)).into_bytes();
        (self.chain_instead.clone().unwrap_or(chain), self.proof_under(&tokens))
    }

    fn proof_claims(&self, leaf: &str) -> Map<String, Value> {
        let request = self.proof.request.as_ref().unwrap_or(&self.request);
        let mut claims = json!({
            "jti": jws::uuid(&PROOF_ID),
            "iat": self.now,
            "aat_id": self.links.last().map(|link| link.get("jti")),
            "aat_hash": jws::hash(leaf),
            "aat_tool": request.tool,
            "aat_aud": request.audience,
            // Arguments that are no JSON make no request either.
            "hta": serde_json::from_str::<Value>(&request.arguments).unwrap_or_else(|_| json!({})),
        });
        if let Some(nonce) = &request.nonce {
            claims["nonce"] = json!(String::from_utf8_lossy(&hex::decode(nonce).expect("hex")));
        }
        if let Some(http) = &request.http {
            let body = jws::base64url(&sha256(&hex::decode(&http.body).expect("hex")));
            claims["keybound"] = json!({"htm": http.method, "htu": http.uri, "body": body});
        }
        let mut claims = claims.as_object().expect("an object").clone();
        self.proof.own.apply(&mut claims);
        claims
    }

    fn together(&self) -> String {
        let tokens = self.tokens();
        let proof = String::from_utf8(self.proof_under(&tokens)).expect("text");
        self.text.apply(jcs::canonical(&json!({"aat_chain": tokens, "aat_pop": proof})))
    }
}

impl Staged for Scene {
    fn question(&self) -> Vector {
        let vector = Vector {
            operation: "authorize".into(),
            trust: Some(self.trust.clone()),
            request: Some(self.request.clone()),
            now: Some(self.now),
            times: (self.times != 1).then_some(self.times),
            ..Vector::default()
        };
        if self.is_together {
            return Vector { operation: "present".into(), presentation: Some(self.together()), ..vector };
        }
        let (chain, proof) = self.finish();
        Vector { chain: Some(hex::encode(chain)), proof: Some(hex::encode(proof)), ..vector }
    }

    fn permit(&self) -> Option<Permit> {
        let text = |link: &Token, claim: &str| link.get(claim).as_str().map(str::to_owned);
        let (root, leaf) = (self.links.first()?, self.links.last()?);
        let agent = || self.links.iter().rev().find_map(|link| text(link, "client_id"));
        let said = || [agent(), text(root, "sub"), text(root, "txn")];
        let [agent, principal, task] = self.identity.clone().unwrap_or_else(said);
        Some(Permit {
            agent,
            principal,
            task,
            tool: self.request.tool.clone(),
            audience: self.request.audience.clone(),
            expires: leaf.get("exp").as_u64()?,
            depth: self.links.len() - 1,
        })
    }
}
