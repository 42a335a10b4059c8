//! What was written on this node a moment ago, so that what follows it need not ask the database.
//!
//! It is a hint and no more: every step looks at the database itself, in its own transaction. A launch or a session that another node has
//! used or ended since is refused there.

use super::{Done, Intent, LaunchRow, NewSession, SessionRow, Step};
use moka::sync::Cache;
use std::time::Duration;

/// Launches and sessions of this node.
pub(super) struct Recent {
    launches: Cache<(String, String), LaunchRow>,
    sessions: Cache<(String, String), SessionRow>,
}

/// A launch token lives for thirty seconds, a token of a session usually for five minutes.
const LAUNCHES: Duration = Duration::from_secs(30);
const SESSIONS: Duration = Duration::from_secs(600);

/// Most of each; about a kilobyte.
const MOST: u64 = 5_000;

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            launches: Cache::builder().max_capacity(MOST).time_to_live(LAUNCHES).build(),
            sessions: Cache::builder().max_capacity(MOST).time_to_idle(SESSIONS).build(),
        }
    }

    pub(super) fn launch(&self, tenant: &str, hash: &str) -> Option<LaunchRow> {
        self.launches.get(&(tenant.to_owned(), hash.to_owned()))
    }

    pub(super) fn session(&self, tenant: &str, agent: &str) -> Option<SessionRow> {
        self.sessions.get(&(tenant.to_owned(), agent.to_owned()))
    }

    pub(super) fn keep(&self, tenant: &str, row: &SessionRow) {
        self.sessions.insert((tenant.to_owned(), row.agent.clone()), row.clone());
    }

    /// Learns from an intent that happened.
    pub(super) fn learn(&self, intent: &Intent, done: &Done) {
        let key = |id: &str| (intent.tenant.clone(), id.to_owned());
        for step in &intent.steps {
            match step {
                Step::Launch(launch) => {
                    let row = LaunchRow {
                        orchestrator: launch.orchestrator.clone(),
                        workflow: launch.workflow.clone(),
                        task: launch.task.clone(),
                        principal: launch.principal.clone(),
                        terms: launch.terms.clone(),
                        expires: launch.expires,
                        used_at: 0,
                    };
                    self.launches.insert(key(&launch.hash), row);
                }
                Step::TakeLaunch { hash, .. } => self.launches.invalidate(&key(hash)),
                Step::Begin(session) => self.sessions.insert(key(&session.agent), row(session)),
                Step::Renew(renewal) => {
                    if let Some(mut row) = self.sessions.get(&key(&renewal.agent)) {
                        row.tokens = renewal.tokens(&row.tokens);
                        row.renewals = done.renewals;
                        row.latest = row.latest.max(renewal.latest);
                        self.sessions.insert(key(&renewal.agent), row);
                    }
                }
                Step::RevokeAgent { agent, .. } | Step::Expire { agent, .. } => {
                    self.sessions.invalidate(&key(agent));
                }
                Step::RevokeTask { .. } => self.sessions.invalidate_all(),
                _ => {}
            }
        }
    }
}

fn row(session: &NewSession) -> SessionRow {
    SessionRow {
        agent: session.agent.clone(),
        orchestrator: session.orchestrator.clone(),
        workflow: session.workflow.clone(),
        task: session.task.clone(),
        principal: session.principal.clone(),
        holder: session.holder.clone(),
        evidence: session.evidence.clone(),
        terms: session.terms.clone(),
        state: "live".to_owned(),
        started: session.started,
        ends: session.ends,
        renewals: 0,
        latest: session.latest,
        heartbeat: session.heartbeat,
        seen_at: session.started,
        activity: "active".to_owned(),
        tokens: session.tokens.join(" "),
    }
}
