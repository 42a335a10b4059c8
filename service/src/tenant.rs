//! One trust domain: its issuer id, keys, policy and revocations. Nothing of it is another's.

use crate::{
    attest,
    config::{ConfigError, TenantConfig},
    feed::Feed,
    keys::{KeyRing, Purpose},
    policy::{self, Policy},
    random::Randomness,
};
use arc_swap::ArcSwap;
use keybound::{
    AccessTokens, Digest, Refusal, Trust, UnixTime,
    dpop::Guard,
    jose::{Jwks, Key},
};
use keybound_bindings::MemoryReplayStore;
use moka::sync::Cache;
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Proofs remembered at most: three thousand a second for as long as one could be replayed.
const PROOFS: usize = 400_000;

/// Access tokens and chains whose signatures are remembered to have been checked.
const CHECKED: u64 = 20_000;

/// A trust domain.
pub struct Tenant {
    /// Its name in the settings and in the database.
    pub name: String,
    /// Its issuer id.
    pub issuer: String,
    /// The trust domain in its agents' ids.
    pub trust_domain: String,
    /// What it has revoked.
    pub feed: Arc<Feed>,
    /// The file of its policy.
    pub policy_file: PathBuf,
    /// The file of its keys.
    pub key_file: PathBuf,
    /// Checked before: by the hash of the text, what it says.
    pub(crate) checked: Cache<Digest, Arc<crate::believe::Believed>>,
    /// Places of the status list that were set aside for this node.
    pub(crate) statuses: tokio::sync::Mutex<std::ops::Range<u64>>,
    keys: ArcSwap<Keyed>,
    policy: ArcSwap<Enforced>,
    policy_version: AtomicU64,
    wants_nonces: bool,
}

/// What follows from the keys.
pub struct Keyed {
    /// The keys.
    pub ring: KeyRing,
    /// Checks DPoP proofs, which need no nonce.
    pub guard: Guard,
    /// Checks those that need one.
    pub strict_guard: Guard,
    /// The published keys of access tokens.
    pub access_keys: Jwks,
    /// Verifies chains of this tenant.
    pub trust: Trust,
    /// The same, whatever has been revoked since.
    pub past_trust: Trust,
}

/// A policy with its foreign issuers, ready to be asked.
pub struct Enforced {
    /// The policy.
    pub policy: Policy,
    /// For each of its trust rules what verifies its tokens.
    pub rules: Vec<attest::Rule>,
}

impl Tenant {
    /// The tenant of these settings.
    ///
    /// # Errors
    /// [`ConfigError`] when the issuer cannot be the origin of requests.
    pub fn new(name: &str, config: &TenantConfig, ring: KeyRing, now: UnixTime) -> Result<Self, ConfigError> {
        let feed = Arc::new(Feed::new(&config.issuer));
        let keyed = Keyed::new(&config.issuer, ring, feed.clone(), now, config.nonces)
            .map_err(|refusal| ConfigError(format!("tenants.{name}: {refusal}")))?;
        Ok(Self {
            name: name.to_owned(),
            issuer: config.issuer.clone(),
            trust_domain: config.trust_domain(),
            feed,
            policy_file: config.policy_file(),
            key_file: config.key_file(name),
            checked: Cache::new(CHECKED),
            statuses: tokio::sync::Mutex::new(0..0),
            keys: ArcSwap::from_pointee(keyed),
            policy: ArcSwap::from_pointee(Enforced { policy: Policy::empty(), rules: Vec::new() }),
            policy_version: AtomicU64::new(0),
            wants_nonces: config.nonces,
        })
    }

    /// Its keys as they are now.
    pub fn keys(&self) -> Arc<Keyed> {
        self.keys.load_full()
    }

    /// Puts other keys in their place. Memories against replays go on.
    ///
    /// # Errors
    /// Core's.
    pub fn set_keys(&self, ring: KeyRing, now: UnixTime) -> Result<(), Refusal> {
        let keyed = Keyed::new(&self.issuer, ring, self.feed.clone(), now, self.wants_nonces)?;
        self.keys.store(Arc::new(keyed));
        self.checked.invalidate_all();
        Ok(())
    }

    /// Its policy as it is now.
    pub fn policy(&self) -> Arc<Enforced> {
        self.policy.load_full()
    }

    /// The version of the policy in force.
    pub fn policy_version(&self) -> u64 {
        self.policy_version.load(Ordering::SeqCst)
    }

    /// Puts another policy in force.
    pub fn set_policy(&self, enforced: Enforced, version: u64) {
        self.policy.store(Arc::new(enforced));
        self.policy_version.store(version, Ordering::SeqCst);
    }

    /// The rules by which access tokens of this tenant are believed by a party of these names.
    pub fn access_tokens(&self, audience: &[String], may_be_bearer: bool) -> AccessTokens {
        let tokens = AccessTokens::new(&self.issuer, audience, self.keys().access_keys.clone());
        if may_be_bearer { tokens.bearer_allowed() } else { tokens }
    }

    /// An address of this tenant.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

impl Keyed {
    fn new(
        issuer: &str,
        ring: KeyRing,
        feed: Arc<Feed>,
        now: UnixTime,
        wants_nonces: bool,
    ) -> Result<Self, Refusal> {
        let replay = Arc::new(MemoryReplayStore::with_capacity(PROOFS));
        let origin: String = issuer.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        // Most OAuth clients know Ed25519 by the name of RFC 8037 alone.
        let algorithms = keybound::jose::Algorithms::DEFAULT.with_es256().with_eddsa_name();
        let guard = Guard::new([&origin], replay.clone())?.algorithms(algorithms);
        let strict_guard =
            if wants_nonces { guard.clone().nonces(ring.nonces.clone()) } else { guard.clone() };
        let jwks = jwks(&ring, &[Purpose::Access], now.as_secs());
        let access_keys = Jwks::parse(jwks.to_string().as_bytes())?;
        // Who may use a chain is not asked here: the service is nobody's audience.
        let nobody: [&str; 0] = [];
        let mut past_trust = Trust::new(nobody, replay).identity_optional().audience_optional();
        for anchor in ring.published(Purpose::Authority, now.as_secs()) {
            past_trust = past_trust.anchor(issuer, &anchor.key);
        }
        let trust = past_trust.clone().revocation(feed);
        Ok(Self { ring, guard, strict_guard, access_keys, trust, past_trust })
    }
}

/// Published keys as a JWK Set (RFC 7517 §5), each named by its thumbprint.
pub fn jwks(ring: &KeyRing, purposes: &[Purpose], now: u64) -> serde_json::Value {
    let keys = purposes.iter().flat_map(|purpose| ring.published(*purpose, now)).map(|known| {
        let mut jwk: serde_json::Value =
            serde_json::from_str(&Key::from(known.key.clone()).to_jwk()).unwrap_or_default();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".into(), known.key.jwk_thumbprint().to_string().into());
            members.insert("alg".into(), "Ed25519".into());
            members.insert("use".into(), "sig".into());
        }
        jwk
    });
    serde_json::json!({ "keys": keys.collect::<Vec<_>>() })
}

impl Enforced {
    /// Reads a policy and readies its foreign issuers.
    ///
    /// # Errors
    /// What is wrong with it, in lines for its author.
    pub fn parse(text: &str) -> Result<Self, String> {
        let policy = Policy::parse(text).map_err(|error| error.to_string())?;
        let rules = policy.trust().iter().map(foreign).collect::<Result<_, _>>()?;
        Ok(Self { policy, rules })
    }
}

fn foreign(rule: &policy::TrustRule) -> Result<attest::Rule, String> {
    let kind = match rule.kind() {
        policy::TrustKind::Oidc => attest::Kind::Oidc { issuer: rule.issuer().to_owned() },
        policy::TrustKind::Spiffe => {
            attest::Kind::Spiffe { trust_domain: rule.issuer().trim_start_matches("spiffe://").to_owned() }
        }
    };
    let source = match rule.keys() {
        policy::TrustKeys::Uri(uri) => attest::Source::JwksUri { uri: uri.clone(), roots: None },
        policy::TrustKeys::Inline(text) => attest::Source::Inline(text.clone()),
    };
    let wrong = |problem: attest::Refused| format!("trust rule `{}`: {problem}", rule.name());
    let names: Vec<&str> = rule.algorithms().iter().map(|algorithm| algorithm.as_str()).collect();
    let (old_name, names): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| *name == "EdDSA");
    let mut algorithms = attest::Algorithms::named(names).map_err(wrong)?;
    if !old_name.is_empty() {
        algorithms = algorithms.with_eddsa_name();
    }
    let made = attest::Rule::new(rule.name(), kind, source, rule.audience()).map_err(wrong)?;
    Ok(made.algorithms(algorithms).max_age(rule.max_age()))
}

/// A fresh id of so many bytes, in hexadecimal.
///
/// # Errors
/// When there is no randomness.
pub fn fresh<const N: usize>(random: &dyn Randomness) -> Result<[u8; N], keybound_bindings::Failure> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tenant({} at {})", self.name, self.issuer)
    }
}
