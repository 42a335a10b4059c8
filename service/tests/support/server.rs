//! A resource server that believes what it has been configured with: the keys that the service publishes, and its list of what is
//! revoked.

use super::World;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    AccessToken, AccessTokens, Arguments, Chain, Permit, Proof, ProofId, PublicKey, Refusal, Request,
    SigningKey, Trust, VerifiedChain, jose::Jwks,
};
use keybound_bindings::{FeedData, MemoryReplayStore, OsRandom, P256, RevocationFeed};
use serde_json::Value;
use std::sync::Arc;

pub(crate) struct ResourceServer {
    world: World,
    audience: String,
    trust: Trust,
    tokens: AccessTokens,
    pub(crate) feed: Arc<RevocationFeed>,
}

fn keys(published: &Value) -> Vec<PublicKey> {
    let keys = published.as_array().unwrap().iter();
    keys.map(|key| PublicKey::from_jwk(key["jwk"].to_string().as_bytes()).unwrap()).collect()
}

impl ResourceServer {
    /// A server of this name, which reads once what the service publishes.
    pub(crate) async fn new(world: &World, audience: &str) -> Self {
        let known = world.get("/.well-known/keybound").await.ok();
        let issuer = known["issuer"].as_str().unwrap();
        let keys_of_lists = keys(&known["revocations"]["keys"]);
        let feed = FeedData { issuer: issuer.to_owned(), keys: keys_of_lists, limits: Vec::new() };
        let feed = feed.into_feed().unwrap();
        let replay = Arc::new(MemoryReplayStore::with_capacity(1000));
        let mut trust = Trust::new([audience], replay).revocation(feed.clone());
        for key in keys(&known["anchors"]) {
            trust = trust.anchor(issuer, &key);
        }
        let jwks = world.get("/.well-known/jwks.json").await;
        let tokens = AccessTokens::new(issuer, [audience], Jwks::parse(&jwks.bytes).unwrap());
        let server = Self { world: world.clone(), audience: audience.to_owned(), trust, tokens, feed };
        server.refresh().await.unwrap();
        server
    }

    /// Fetches the list of what is revoked, or what was added to it.
    pub(crate) async fn refresh(&self) -> Result<(), Refusal> {
        let since = self.feed.list().map(|list| format!("?since={}", list.seq())).unwrap_or_default();
        let update = self.world.get(&format!("/revocations{since}")).await;
        assert_eq!(update.status, 200);
        self.feed.apply(&update.bytes, self.world.now())
    }

    /// Believes a chain, by what it knows of revocations.
    pub(crate) fn verify(&self, token: &str) -> Result<VerifiedChain, &'static str> {
        chain(token).verify(&self.trust, self.world.now()).map_err(|refusal| refusal.code().as_str())
    }

    /// A call of a tool under a chain, proved by `key`.
    pub(crate) fn call(
        &self,
        token: &str,
        key: &SigningKey,
        tool: &str,
        arguments: &Value,
    ) -> Result<Permit, &'static str> {
        let arguments = Arguments::from_json(arguments.to_string().as_bytes()).unwrap();
        let request = Request::new(tool, arguments, &self.audience).unwrap();
        let (chain, now) = (chain(token), self.world.now());
        let id = ProofId::generate(&mut OsRandom).unwrap();
        let code = |refusal: Refusal| refusal.code().as_str();
        let proof = Proof::sign(key, &chain, &request, id, now).map_err(code)?;
        chain.verify(&self.trust, now).map_err(code)?.authorize(&request, &proof, now).map_err(code)
    }

    /// Believes an access token.
    pub(crate) fn open(&self, token: &str) -> Result<AccessToken, &'static str> {
        let code = |refusal: Refusal| refusal.code().as_str();
        self.tokens.open(token).map_err(code)?.decide(&P256, self.world.now()).map_err(code)
    }
}

/// A chain in either encoding, as the token endpoint writes it.
pub(crate) fn chain(token: &str) -> Chain {
    let is_text = token.starts_with('{') || token.contains('.');
    let bytes = if is_text { token.as_bytes().to_vec() } else { BASE64URL.decode(token).unwrap() };
    Chain::parse(&bytes).unwrap()
}
