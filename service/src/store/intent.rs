//! What is to happen in one transaction.

use crate::audit::Event;
use keybound::revocation::RevokedId;

/// Steps that happen together with their audit records, or not at all.
///
/// Checks come first: a step that is denied ends the intent, and what is recorded then is `denied` with the reason as its code.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The tenant it is for.
    pub tenant: String,
    /// What happens, in this order.
    pub steps: Vec<Step>,
    /// What is recorded when all of it happens: one event an operation.
    pub events: Vec<Event>,
    /// What is recorded when a step says no.
    pub denied: Option<Event>,
}

impl Intent {
    /// Only a record.
    pub fn record(tenant: &str, event: Event) -> Self {
        Self { tenant: tenant.to_owned(), steps: Vec::new(), events: vec![event], denied: None }
    }
}

/// One step. Each is a statement or two.
#[derive(Clone, Debug)]
pub enum Step {
    /// Uses something that may be used once, a proof or an assertion, and remembers it until `until`.
    Once {
        /// Its name.
        id: String,
        /// From then on it could not be used anyway.
        until: u64,
    },
    /// Counts against limits; all of them, or none if one is reached.
    Charge(Vec<Charged>),
    /// Creates a launch.
    Launch(Box<NewLaunch>),
    /// Uses a launch token.
    TakeLaunch {
        /// SHA-256 of the token.
        hash: String,
        /// The time.
        now: u64,
    },
    /// Begins a session.
    Begin(Box<NewSession>),
    /// Puts a session's tokens in the place of those before.
    Renew(Renewal),
    /// Notes that a live session has a token that lives until `latest`.
    Extend {
        /// The session's agent.
        agent: String,
        /// When the token expires.
        latest: u64,
    },
    /// Lists an access token's status.
    Status(NewStatus),
    /// Keeps an access token that a handle stands for.
    Handle(NewHandle),
    /// Revokes, until whatever it covers has expired.
    Revoke {
        /// What.
        id: RevokedId,
        /// When the last token it can meet expires.
        expires: u64,
        /// Why.
        reason: Reason,
        /// The time.
        now: u64,
    },
    /// Revokes an agent and ends its session.
    RevokeAgent {
        /// The agent.
        agent: String,
        /// Why.
        reason: Reason,
        /// The time.
        now: u64,
    },
    /// Revokes a task and ends its sessions.
    RevokeTask {
        /// The task.
        task: String,
        /// Why.
        reason: Reason,
        /// The time.
        now: u64,
    },
    /// Ends a live session whose tokens have all expired.
    Expire {
        /// The agent.
        agent: String,
        /// The time.
        now: u64,
    },
    /// Notes a heartbeat.
    Beat {
        /// The agent.
        agent: String,
        /// What it says it does.
        activity: String,
        /// The time.
        now: u64,
    },
    /// Puts a policy in force.
    Policy {
        /// Its text.
        text: String,
        /// Its digest.
        digest: String,
        /// The time.
        now: u64,
    },
}

/// One count against a limit.
#[derive(Clone, Debug)]
pub struct Charged {
    /// The user, the category and the window.
    pub id: String,
    /// The category, for the refusal.
    pub category: String,
    /// How many are allowed in the window.
    pub limit: u64,
    /// When the window ends.
    pub ends: u64,
    /// The time.
    pub now: u64,
}

/// A launch that an orchestrator asked for and the policy allowed.
#[derive(Clone, Debug)]
pub struct NewLaunch {
    /// SHA-256 of the launch token.
    pub hash: String,
    /// Who launches.
    pub orchestrator: String,
    /// What kind of run it is.
    pub workflow: String,
    /// The task.
    pub task: String,
    /// On whose behalf.
    pub principal: Option<String>,
    /// What the agent may get.
    pub terms: String,
    /// The time.
    pub created: u64,
    /// Until when the token can be used.
    pub expires: u64,
}

/// An agent instance that gets its first token.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub agent: String,
    /// Who launched it.
    pub orchestrator: String,
    /// What kind of run it is.
    pub workflow: String,
    /// The task.
    pub task: String,
    /// On whose behalf.
    pub principal: Option<String>,
    /// The thumbprint of its key.
    pub holder: String,
    /// What it showed of its platform, as a hash; empty when it showed a launch token.
    pub evidence: String,
    /// What it may get.
    pub terms: String,
    /// The time.
    pub started: u64,
    /// When it must end at the latest.
    pub ends: u64,
    /// Its current tokens, by id.
    pub tokens: Vec<String>,
    /// When the last of its tokens expires.
    pub latest: u64,
    /// Seconds between heartbeats; 0 when none are expected.
    pub heartbeat: u64,
}

/// Fresh tokens for a live session.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The agent.
    pub agent: String,
    /// The token that is shown, which must be one of the current ones.
    pub old: String,
    /// All of the session's tokens when it was looked up, as [`crate::store::SessionRow`] has them.
    pub known: String,
    /// The token that is shown, if its status is listed.
    pub listed: Option<String>,
    /// What takes its place.
    pub new: Vec<String>,
    /// When the last of them expires.
    pub latest: u64,
    /// The most renewals there may have been.
    pub limit: u64,
    /// The time.
    pub now: u64,
}

impl Renewal {
    /// The session's tokens afterwards, when before they were `known`.
    pub fn tokens(&self, known: &str) -> String {
        let kept = known.split(' ').filter(|token| *token != self.old).map(str::to_owned);
        kept.chain(self.new.iter().cloned()).collect::<Vec<_>>().join(" ")
    }
}

/// Where the status of an access token is published.
#[derive(Clone, Debug)]
pub struct NewStatus {
    /// Its index in the list.
    pub place: u64,
    /// The token's id.
    pub token: String,
    /// The agent it is for.
    pub agent: String,
    /// The agent of the session that it belongs to.
    pub root: String,
    /// The ids of the tokens it came from.
    pub lineage: Vec<String>,
    /// When it expires.
    pub expires: u64,
}

/// An access token by reference.
#[derive(Clone, Debug)]
pub struct NewHandle {
    /// The hash of the handle.
    pub hash: String,
    /// The token, encrypted under a key that the handle gives.
    pub sealed: String,
    /// When it expires.
    pub expires: u64,
}

/// Why something was revoked. No free text: what operators type ends up in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An operator said so.
    Operator,
    /// The holder or its orchestrator revoked its token.
    Holder,
    /// The task is done.
    Released,
    /// A fresh token took its place.
    Renewed,
    /// The agent was silent for too long.
    Silent,
    /// The key may be in other hands.
    KeyCompromise,
    /// The launch token or the credential was seen where it should not be.
    Misuse,
}

impl Reason {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Holder => "holder",
            Self::Released => "released",
            Self::Renewed => "renewed",
            Self::Silent => "silent",
            Self::KeyCompromise => "key_compromise",
            Self::Misuse => "misuse",
        }
    }
}

/// What came of an intent that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The numbers of its audit records.
    pub records: Vec<u64>,
    /// The number of the revocation list that has what was revoked.
    pub revocation_seq: u64,
    /// How many sessions it ended.
    pub ended: u64,
    /// How many renewals the session has had.
    pub renewals: u64,
}
