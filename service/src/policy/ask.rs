//! What is asked: who, for whom, into which workflow, and how much.

use crate::policy::{Code, Denial, TokenFormat, grammar};
use keybound::Authority;
use std::collections::BTreeSet;
use std::fmt;

/// What a request wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// An orchestrator launches an agent.
    Launch,
    /// A workload is launched by what a trust rule says of its identity.
    Attested,
    /// An agent renews its token.
    Renew,
    /// A token is exchanged for one that acts on behalf of the user whose token is shown (RFC 8693, requirement H2).
    OnBehalfOf,
    /// A token is exchanged for a narrower one.
    Exchange,
}

impl Action {
    /// Whether it begins something that counts against the user's rates (I2). Renewing and narrowing what has been counted
    /// does not.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::Launch | Self::Attested | Self::OnBehalfOf)
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is to be done.
    pub action: Action,
    /// The workflow, by name.
    pub workflow: String,
    /// Who launches or launched: a client's id, or what a trust rule says.
    pub orchestrator: String,
    /// On whose behalf.
    pub principal: Option<Principal>,
    /// The identity that a trust rule's issuer attests, as [`crate::policy::TrustRule::identity`] writes it.
    pub attested: Option<String>,
    /// How much.
    pub wish: Wish,
}

impl Ask {
    /// A request for all there is, on nobody's behalf.
    pub fn new(action: Action, workflow: &str, orchestrator: &str) -> Self {
        Self {
            action,
            workflow: workflow.to_owned(),
            orchestrator: orchestrator.to_owned(),
            principal: None,
            attested: None,
            wish: Wish::default(),
        }
    }
}

/// How much of a ceiling is asked for. What is not said leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Tools with their arguments; within those of the ceiling.
    pub tools: Option<Authority>,
    /// Tools by name, with the arguments that they have otherwise. Beside `tools`, it names some of those.
    pub scope: Option<Vec<String>>,
    /// Where tokens may be used. Empty: wherever the ceiling says.
    pub audience: Vec<String>,
    /// Seconds that tokens live.
    pub ttl: Option<u64>,
    /// Delegations.
    pub depth: Option<u32>,
    /// The form of tokens.
    pub format: Option<TokenFormat>,
}

/// The user on whose behalf an agent acts.
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    id: String,
    tier: Option<String>,
    groups: BTreeSet<String>,
}

impl Principal {
    /// A user with a tier and groups, as an identity provider or the orchestrator names them.
    ///
    /// # Errors
    /// `policy.bad_principal` unless the id is 1 to 512 bytes of printable ASCII without blanks, and tier and groups are 1 to 256
    /// bytes without control characters.
    pub fn new<'a>(
        id: &str,
        tier: Option<&str>,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Denial> {
        let groups: BTreeSet<String> = groups.into_iter().map(str::to_owned).collect();
        let mut labels = tier.into_iter().chain(groups.iter().map(String::as_str));
        if !grammar::is_principal(id) || !labels.all(grammar::is_label) {
            return Err(Denial::new(Code::BadPrincipal).in_rule("principal.name"));
        }
        Ok(Self { id: id.to_owned(), tier: tier.map(str::to_owned), groups })
    }

    /// The `sub` of tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tier, if there is one.
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// The groups, each once.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }
}

/// Says nothing of the user: requests are logged.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal(..)")
    }
}
