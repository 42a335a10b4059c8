//! Looking up single things.

use super::{
    Store, StoreError,
    rows::{signed, unsigned},
};
use sqlx::{Row as _, any::AnyRow};

/// A launch, by the hash of its token.
#[derive(Clone, Debug)]
pub struct LaunchRow {
    /// Who launched.
    pub orchestrator: String,
    /// What kind of run it is.
    pub workflow: String,
    /// The task.
    pub task: String,
    /// On whose behalf.
    pub principal: Option<String>,
    /// What the agent may get.
    pub terms: String,
    /// Until when the token can be used.
    pub expires: u64,
    /// When it was used; 0 when it was not.
    pub used_at: u64,
}

/// A session, by its agent.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The agent.
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
    /// What it showed of its platform.
    pub evidence: String,
    /// What it may get.
    pub terms: String,
    /// `live`, or how it ended.
    pub state: String,
    /// When it began.
    pub started: u64,
    /// When it must end.
    pub ends: u64,
    /// How often it has renewed.
    pub renewals: u64,
    /// When the last of its tokens expires.
    pub latest: u64,
    /// Seconds between heartbeats.
    pub heartbeat: u64,
    /// When it was last seen.
    pub seen_at: u64,
    /// What it said it does.
    pub activity: String,
    /// The ids of its current tokens, separated by blanks.
    pub tokens: String,
}

/// The sessions that a condition picks, with the columns that [`session`] reads in their order.
macro_rules! select_sessions {
    ($which:literal) => {
        concat!(
            "SELECT agent, orchestrator, workflow, task, principal, holder, evidence, terms, state, started, ends, \
            renewals, latest, heartbeat, seen_at, activity, tokens FROM sessions ",
            $which
        )
    };
}

const SESSION: &str = select_sessions!("WHERE tenant = $1 AND agent = $2");
const SESSIONS: &str = select_sessions!("WHERE tenant = $1 AND task = $2 ORDER BY started, agent LIMIT 1000");
const LIVE: &str = select_sessions!("WHERE tenant = $1 AND state = 'live' ORDER BY agent LIMIT $2");

impl Store {
    /// The launch whose token has this hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn launch(&self, tenant: &str, hash: &str) -> Result<Option<LaunchRow>, StoreError> {
        if let Some(row) = self.0.writer.recent.launch(tenant, hash) {
            return Ok(Some(row));
        }
        const LAUNCH: &str = "SELECT orchestrator, workflow, task, principal, terms, expires, used_at FROM launches \
            WHERE tenant = $1 AND hash = $2";
        let query = sqlx::query(LAUNCH).bind(tenant.to_owned()).bind(hash.to_owned());
        let Some(row) = query.fetch_optional(&self.0.reads).await? else { return Ok(None) };
        Ok(Some(LaunchRow {
            orchestrator: row.try_get(0)?,
            workflow: row.try_get(1)?,
            task: row.try_get(2)?,
            principal: row.try_get(3)?,
            terms: row.try_get(4)?,
            expires: unsigned(row.try_get(5)?),
            used_at: unsigned(row.try_get(6)?),
        }))
    }

    /// The session of an agent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session(&self, tenant: &str, agent: &str) -> Result<Option<SessionRow>, StoreError> {
        let query = sqlx::query(SESSION).bind(tenant.to_owned()).bind(agent.to_owned());
        query.fetch_optional(&self.0.reads).await?.as_ref().map(session).transpose()
    }

    /// The session of an agent, as it was known a moment ago: who it is for and what it may get never change, and what does is looked
    /// at again when something is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recent_session(&self, tenant: &str, agent: &str) -> Result<Option<SessionRow>, StoreError> {
        if let Some(row) = self.0.writer.recent.session(tenant, agent) {
            return Ok(Some(row));
        }
        let row = self.session(tenant, agent).await?;
        if let Some(row) = row.as_ref().filter(|row| row.state == "live") {
            self.0.writer.recent.keep(tenant, row);
        }
        Ok(row)
    }

    /// The sessions of a task, at most a thousand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sessions_of_task(&self, tenant: &str, task: &str) -> Result<Vec<SessionRow>, StoreError> {
        let query = sqlx::query(SESSIONS).bind(tenant.to_owned()).bind(task.to_owned());
        query.fetch_all(&self.0.reads).await?.iter().map(session).collect()
    }

    /// Agents whose sessions are live, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_agents(&self, tenant: &str, limit: u64) -> Result<Vec<SessionRow>, StoreError> {
        let query = sqlx::query(LIVE).bind(tenant.to_owned()).bind(signed(limit));
        query.fetch_all(&self.0.reads).await?.iter().map(session).collect()
    }

    /// What is kept for a handle that has not expired, encrypted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn handle(&self, tenant: &str, hash: &str, now: u64) -> Result<Option<String>, StoreError> {
        const HANDLE: &str = "SELECT sealed FROM handles WHERE tenant = $1 AND hash = $2 AND expires > $3";
        let query =
            sqlx::query_scalar(HANDLE).bind(tenant.to_owned()).bind(hash.to_owned()).bind(signed(now));
        Ok(query.fetch_optional(&self.0.reads).await?)
    }

    /// The policy in force: its version and text.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn policy(&self, tenant: &str) -> Result<Option<(u64, String)>, StoreError> {
        const POLICY: &str =
            "SELECT version, text FROM policies WHERE tenant = $1 ORDER BY version DESC LIMIT 1";
        let row = sqlx::query(POLICY).bind(tenant.to_owned()).fetch_optional(&self.0.reads).await?;
        row.map(|row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?))).transpose()
    }

    /// Whether a policy with this digest was ever in force.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn had_policy(&self, tenant: &str, digest: &str) -> Result<bool, StoreError> {
        const HAD: &str = "SELECT count(*) FROM policies WHERE tenant = $1 AND digest = $2";
        let count: i64 = sqlx::query_scalar(HAD)
            .bind(tenant.to_owned())
            .bind(digest.to_owned())
            .fetch_one(&self.0.reads)
            .await?;
        Ok(count > 0)
    }

    /// Sets `count` places of the tenant's status list aside and returns the first. Places that are then not used stay empty.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_statuses(&self, tenant: &str, count: u64) -> Result<u64, StoreError> {
        const RESERVE: &str =
            "UPDATE heads SET status_next = status_next + $2 WHERE tenant = $1 RETURNING status_next";
        let query = sqlx::query_scalar(RESERVE).bind(tenant.to_owned()).bind(signed(count));
        let next: Option<i64> = query.fetch_optional(&self.0.writes).await?;
        next.map(|next| unsigned(next).saturating_sub(count))
            .ok_or_else(|| StoreError::Schema("the tenant has no head yet".to_owned()))
    }

    /// The places of the tenant's revoked access tokens from `first` on, as many as `count`, and those in use.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoked_places(&self, tenant: &str, first: u64, count: u64) -> Result<Vec<u64>, StoreError> {
        const PLACES: &str =
            "SELECT place FROM statuses WHERE tenant = $1 AND place >= $2 AND place < $3 AND revoked = 1";
        let places: Vec<i64> = sqlx::query_scalar(PLACES)
            .bind(tenant.to_owned())
            .bind(signed(first))
            .bind(signed(first.saturating_add(count)))
            .fetch_all(&self.0.reads)
            .await?;
        Ok(places.into_iter().map(unsigned).collect())
    }
}

fn session(row: &AnyRow) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        agent: row.try_get(0)?,
        orchestrator: row.try_get(1)?,
        workflow: row.try_get(2)?,
        task: row.try_get(3)?,
        principal: row.try_get(4)?,
        holder: row.try_get(5)?,
        evidence: row.try_get(6)?,
        terms: row.try_get(7)?,
        state: row.try_get(8)?,
        started: unsigned(row.try_get(9)?),
        ends: unsigned(row.try_get(10)?),
        renewals: unsigned(row.try_get(11)?),
        latest: unsigned(row.try_get(12)?),
        heartbeat: unsigned(row.try_get(13)?),
        seen_at: unsigned(row.try_get(14)?),
        activity: row.try_get(15)?,
        tokens: row.try_get(16)?,
    })
}
