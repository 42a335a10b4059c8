//! Whom to believe: one configured issuer or trust domain.

use super::{Algorithm, Algorithms, Code, Health, Refused, fetch::Remote, jwks::Jwks, keys::KeySet};
use keybound::SpiffeId;

/// Who vouches under a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An OpenID Connect issuer.
    Oidc {
        /// Its `iss`, to the letter.
        issuer: String,
    },
    /// A SPIFFE trust domain, by JWT-SVIDs.
    Spiffe {
        /// Its name, without `spiffe://`.
        trust_domain: String,
    },
}

/// Where the keys of an issuer, or the bundle of a trust domain, come from. Never from a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The text of the JWK Set itself: fixed until the rule is read again. For sites that reach no issuer.
    Inline(String),
    /// A JWK Set that is fetched over HTTPS; over plain HTTP from this machine alone.
    JwksUri {
        /// Where it is.
        uri: String,
        /// The roots its TLS certificate must go back to, in PEM; those of the system when not given.
        roots: Option<String>,
    },
    /// The JWK Set that the issuer's own metadata name (OpenID Connect Discovery §4). Not for trust domains.
    Discovery {
        /// As above.
        roots: Option<String>,
    },
}

/// A trust rule, with the issuer's keys as last seen.
#[derive(Debug)]
pub struct Rule {
    name: String,
    pub(super) kind: Kind,
    pub(super) audience: String,
    algorithms: Algorithms,
    pub(super) max_age: Option<u64>,
    pub(super) access_tokens: bool,
    pub(super) keys: KeySet,
}

impl Rule {
    /// A rule for tokens of one issuer to one audience: all algorithms, of any age, no access tokens. Nothing is fetched yet.
    ///
    /// # Errors
    /// `attest.bad_rule`, with what is wrong.
    pub fn new(name: &str, kind: Kind, source: Source, audience: &str) -> Result<Self, Refused> {
        let bad = |reason| Refused::because(Code::BadRule, reason);
        if name.is_empty() || audience.is_empty() {
            return Err(bad("a rule has a name and an audience"));
        }
        let (used, algorithms) = match &kind {
            Kind::Oidc { issuer } if issuer.is_empty() => return Err(bad("a rule has an issuer")),
            Kind::Oidc { .. } => ("sig", Algorithms::default()),
            Kind::Spiffe { trust_domain } => {
                let is_name = SpiffeId::parse(&format!("spiffe://{trust_domain}/a")).is_ok();
                if !is_name || trust_domain.contains('/') {
                    return Err(bad("the trust domain is no name of one"));
                }
                // SPIFFE bundle §4.2.2.
                ("jwt-svid", Algorithms::default().for_svids())
            }
        };
        let keys = match (source, &kind) {
            (Source::Inline(text), _) => Jwks::parse(text.as_bytes(), used).map(KeySet::fixed),
            (Source::JwksUri { uri, roots }, _) => {
                Remote::jwks(&uri, roots.as_deref()).map(|remote| KeySet::fetched(remote, used))
            }
            (Source::Discovery { roots }, Kind::Oidc { issuer }) => {
                Remote::discovered(issuer, roots.as_deref()).map(|remote| KeySet::fetched(remote, used))
            }
            (Source::Discovery { .. }, Kind::Spiffe { .. }) => Err("a trust domain is not discovered"),
        };
        let (name, audience) = (name.to_owned(), audience.to_owned());
        let keys = keys.map_err(bad)?;
        Ok(Self { name, kind, audience, algorithms, max_age: None, access_tokens: false, keys })
    }

    /// Takes these algorithms alone. JWT-SVIDs are never signed with Ed25519.
    #[must_use]
    pub fn algorithms(self, algorithms: Algorithms) -> Self {
        let is_spiffe = matches!(self.kind, Kind::Spiffe { .. });
        Self { algorithms: if is_spiffe { algorithms.for_svids() } else { algorithms }, ..self }
    }

    /// Takes tokens issued at most so many seconds ago, which then must say when.
    #[must_use]
    pub fn max_age(self, seconds: u64) -> Self {
        Self { max_age: Some(seconds), ..self }
    }

    /// Also takes JWT access tokens (`at+jwt`, RFC 9068). Not for trust domains.
    #[must_use]
    pub fn access_tokens(self) -> Self {
        Self { access_tokens: true, ..self }
    }

    /// What the operator calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who vouches.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Who vouches, in one text: the issuer, or `spiffe://` and the trust domain.
    pub fn issuer(&self) -> String {
        match &self.kind {
            Kind::Oidc { issuer } => issuer.clone(),
            Kind::Spiffe { trust_domain } => format!("spiffe://{trust_domain}"),
        }
    }

    /// For whom tokens must be.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// How its keys are, for health checks and metrics.
    pub fn health(&self) -> Health {
        self.keys.health()
    }

    pub(super) fn takes(&self, algorithm: &str) -> Result<Algorithm, Refused> {
        self.algorithms.get(algorithm)
    }
}
