//! What the passing of time ends: silent agents, expired sessions, rows nobody needs any more.

use super::{
    Dialect, Store, StoreError,
    rows::{signed, unsigned},
};
use sqlx::{Connection as _, PgConnection, Row as _};

/// A live session of an agent that has been silent for too long, or whose tokens have all expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The tenant.
    pub tenant: String,
    /// The agent.
    pub agent: String,
    /// The task.
    pub task: String,
    /// Who launched it.
    pub orchestrator: String,
    /// What kind of run it was.
    pub workflow: String,
    /// When it was last seen.
    pub seen_at: u64,
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Of all tables together.
    pub rows: u64,
}

/// Intervals of silence after which an agent is taken for dead (requirement L5).
const MISSES: i64 = 3;

/// The most of one sweep; the next one goes on.
const MOST: i64 = 500;

impl Store {
    /// Live agents that have missed three heartbeats.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn silent(&self, now: u64) -> Result<Vec<Silent>, StoreError> {
        const SILENT: &str = "SELECT tenant, agent, task, orchestrator, workflow, seen_at FROM sessions WHERE state = 'live' \
            AND heartbeat > 0 AND seen_at + $2 * heartbeat < $1 AND latest > $1 LIMIT $3";
        let query = sqlx::query(SILENT).bind(signed(now)).bind(MISSES).bind(MOST);
        query.fetch_all(&self.0.reads).await?.iter().map(silent).collect()
    }

    /// Live sessions without a live token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expired(&self, now: u64) -> Result<Vec<Silent>, StoreError> {
        const EXPIRED: &str = "SELECT tenant, agent, task, orchestrator, workflow, seen_at FROM sessions \
            WHERE state = 'live' AND latest <= $1 LIMIT $2";
        let query = sqlx::query(EXPIRED).bind(signed(now)).bind(MOST);
        query.fetch_all(&self.0.reads).await?.iter().map(silent).collect()
    }

    /// Deletes what is over. Sessions and launches are kept for `retention` seconds after their end; the audit log is kept for
    /// ever.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune(&self, now: u64, retention: u64) -> Result<Pruned, StoreError> {
        let kept = signed(now.saturating_sub(retention));
        let mut pruned = Pruned::default();
        for (statement, before) in [
            ("DELETE FROM used WHERE ends <= $1", signed(now)),
            ("DELETE FROM charges WHERE ends <= $1", signed(now)),
            ("DELETE FROM revocations WHERE ends <= $1", signed(now)),
            ("DELETE FROM handles WHERE expires <= $1", signed(now)),
            ("DELETE FROM statuses WHERE expires <= $1", kept),
            ("DELETE FROM launches WHERE expires <= $1", kept),
            ("DELETE FROM sessions WHERE state <> 'live' AND latest <= $1 AND ended_at <= $1", kept),
        ] {
            let deleted = sqlx::query(statement).bind(before).execute(&self.0.writes).await?.rows_affected();
            pruned.rows = pruned.rows.saturating_add(deleted);
        }
        Ok(pruned)
    }

    /// Whether this node is the one that sweeps. On PostgreSQL an advisory lock says so for as long as the connection lives, so
    /// when a leader dies another node takes over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lead(&self, seat: &mut Option<PgConnection>) -> Result<bool, StoreError> {
        if self.0.dialect == Dialect::Sqlite {
            return Ok(true);
        }
        if let Some(connection) = seat {
            if connection.ping().await.is_ok() {
                return Ok(true);
            }
            *seat = None;
        }
        let mut connection = PgConnection::connect(&self.0.url).await?;
        // The number is the product's name in ASCII, so that other users of the database do not meet it.
        let query = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(0x6b65_7962_6f75_6e64_i64);
        let leads: bool = query.fetch_one(&mut connection).await?;
        if leads {
            *seat = Some(connection);
        }
        Ok(leads)
    }
}

fn silent(row: &sqlx::any::AnyRow) -> Result<Silent, StoreError> {
    Ok(Silent {
        tenant: row.try_get(0)?,
        agent: row.try_get(1)?,
        task: row.try_get(2)?,
        orchestrator: row.try_get(3)?,
        workflow: row.try_get(4)?,
        seen_at: unsigned(row.try_get(5)?),
    })
}
