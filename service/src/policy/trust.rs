//! Foreign issuers: whose tokens are believed, for what, and what they are turned into.
//!
//! The table is configured, never learned from a token. Whether a token is genuine is for its reader to check; here stands what a
//! genuine one is good for.

mod read;

pub(super) use read::read_all;

use crate::policy::claims::scalar;
use crate::policy::{ClaimPath, Code, Denial, Grammar, Pattern, Principal, Template, grammar};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// What kind of issuer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustKind {
    /// OpenID Connect: JWTs with `iss`, `sub`, `aud`, `iat`.
    Oidc,
    /// A SPIFFE trust domain: JWT-SVIDs, which have no `iss`; the issuer is that of their `sub`.
    Spiffe,
}

macro_rules! algorithms {
    ($($name:ident = $text:literal,)+) => {
        /// A signature algorithm of foreign tokens, by its JOSE name. None works with a shared secret.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum SignatureAlgorithm { $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $name,)+ }

        impl SignatureAlgorithm {
            /// The name in a token's `alg`.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)+ } }
        }
    };
}

algorithms! {
    Rs256 = "RS256",
    Rs384 = "RS384",
    Rs512 = "RS512",
    Ps256 = "PS256",
    Ps384 = "PS384",
    Ps512 = "PS512",
    Es256 = "ES256",
    Es384 = "ES384",
    EdDsa = "EdDSA",
    Ed25519 = "Ed25519",
}

/// Where the issuer's public keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustKeys {
    /// Fetched from this URL.
    Uri(String),
    /// A JWK Set that stands in the policy; of public keys, some of which only a reader of foreign tokens can use.
    Inline(String),
}

/// One rule of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRule {
    name: String,
    issuer: String,
    kind: TrustKind,
    keys: TrustKeys,
    audience: String,
    algorithms: Vec<SignatureAlgorithm>,
    role: TrustRole,
    claims: Vec<(ClaimPath, Pattern)>,
    max_age: u64,
}

/// What a token of the issuer is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustRole {
    /// It is a workload's, which becomes an agent.
    Agent(IssueTo),
    /// It is a user's, on whose behalf agents act.
    User(UserFrom),
    /// It logs in as the client of this id (A22).
    Orchestrator(String),
}

/// What a workload is launched into. It can choose none of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueTo {
    workflow: String,
    orchestrator: Template,
    task: Template,
    principal: Option<Template>,
}

/// A launch that claims stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The workflow, which the policy declares.
    pub workflow: String,
    /// The orchestrator segment of the agent id.
    pub orchestrator: String,
    /// The task segment of the agent id.
    pub task: String,
    /// On whose behalf, without tier and groups: workloads have none.
    pub principal: Option<Principal>,
}

/// Where a user's principal, tier and groups are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFrom {
    principal: Template,
    tier: Option<ClaimPath>,
    groups: Option<ClaimPath>,
}

impl TrustRule {
    /// The name of the rule, for records and metrics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `iss` of its tokens; `spiffe://trust-domain` for SPIFFE.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What kind of issuer it is.
    pub const fn kind(&self) -> TrustKind {
        self.kind
    }

    /// Where its keys come from.
    pub const fn keys(&self) -> &TrustKeys {
        &self.keys
    }

    /// What its tokens must be for.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// What its tokens may be signed with; at least one, each once.
    pub fn algorithms(&self) -> &[SignatureAlgorithm] {
        &self.algorithms
    }

    /// What its tokens are good for.
    pub const fn role(&self) -> &TrustRole {
        &self.role
    }

    /// The most seconds since a token's `iat`.
    pub const fn max_age(&self) -> u64 {
        self.max_age
    }

    /// Whether every claim that the rule names is there and fits. Nothing else of the token is judged.
    pub fn matches(&self, claims: &Value) -> bool {
        self.claims
            .iter()
            .all(|(path, pattern)| path.find(claims).is_some_and(|claim| pattern.matches_claim(claim)))
    }

    /// The name that the patterns in a workflow's `agents` are held against: the `sub` of SPIFFE, `{issuer}#{sub}` of others.
    ///
    /// # Errors
    /// `policy.claim_missing`; `policy.claim_unusable`, also for a SPIFFE ID of another trust domain.
    pub fn identity(&self, claims: &Value) -> Result<String, Denial> {
        let sub = claims.get("sub").ok_or_else(|| Denial::about_claim(Code::ClaimMissing, "claim `sub`"))?;
        let sub = sub.as_str().unwrap_or_default();
        let in_domain = || sub.strip_prefix(&self.issuer).is_some_and(|path| path.starts_with('/'));
        let identity = match self.kind {
            TrustKind::Oidc if !sub.is_empty() => format!("{}#{sub}", self.issuer),
            TrustKind::Spiffe if in_domain() => sub.to_owned(),
            _ => String::new(),
        };
        if Grammar::Principal.admits(&identity) {
            Ok(identity)
        } else {
            Err(Denial::about_claim(Code::ClaimUnusable, "claim `sub` as the issuer's kind writes it"))
        }
    }
}

impl IssueTo {
    /// The workflow; the policy declares it.
    pub fn workflow(&self) -> &str {
        &self.workflow
    }

    /// The launch that these claims stand for.
    ///
    /// # Errors
    /// `policy.claim_missing`, `policy.claim_unusable`.
    pub fn launch(&self, claims: &Value) -> Result<Launch, Denial> {
        let principal = self.principal.as_ref().map(|template| template.fill(claims, Grammar::Principal));
        Ok(Launch {
            workflow: self.workflow.clone(),
            orchestrator: self.orchestrator.fill(claims, Grammar::Segment)?,
            task: self.task.fill(claims, Grammar::Segment)?,
            principal: principal.transpose()?.map(|id| Principal::new(&id, None, [])).transpose()?,
        })
    }
}

impl UserFrom {
    /// The user these claims are about. A tier or groups that are not there are none.
    ///
    /// # Errors
    /// `policy.claim_missing` for the principal; `policy.claim_unusable` for it, and for a tier that is no text, number or
    /// boolean, and for groups that are not text or a list of texts.
    pub fn principal(&self, claims: &Value) -> Result<Principal, Denial> {
        let id = self.principal.fill(claims, Grammar::Principal)?;
        let tier = match self.tier.as_ref().map(|path| (path, path.find(claims))) {
            Some((path, Some(value))) => Some(label(path, value)?),
            _ => None,
        };
        let groups = match self.groups.as_ref().map(|path| (path, path.find(claims))) {
            Some((path, Some(Value::Array(values)))) => {
                values.iter().map(|value| label(path, value)).collect::<Result<_, _>>()?
            }
            Some((path, Some(value))) => vec![label(path, value)?],
            _ => Vec::new(),
        };
        Principal::new(&id, tier.as_deref(), groups.iter().map(String::as_str))
    }
}

fn label(path: &ClaimPath, value: &Value) -> Result<String, Denial> {
    let text = scalar(value).filter(|text| grammar::is_label(text)).map(Cow::into_owned);
    text.ok_or_else(|| {
        Denial::about_claim(Code::ClaimUnusable, &format!("claim `{path}`: {}", grammar::LABEL))
    })
}
