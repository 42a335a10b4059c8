//! What the intents of one transaction ask together: one statement where each would need its own.

use super::{
    Intent, NewLaunch, NewSession, NewStatus, Step, StoreError,
    rows::{Cell, insert, insert_new, places, signed},
};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What was found out for all of them before the first, and the rows that go in after the last.
#[derive(Default)]
pub(super) struct Gathered {
    /// Uses that are the first, and still nobody's. Each is taken by the first step that asks.
    fresh: HashSet<(String, String)>,
    /// Launch tokens that were good, and now are used.
    taken: HashSet<(String, String)>,
    launches: Vec<Vec<Cell>>,
    sessions: Vec<Vec<Cell>>,
    statuses: Vec<Vec<Cell>>,
}

impl Gathered {
    /// Asks for all that may be used once. Whoever's proof was used before takes no launch token.
    pub(super) async fn of(connection: &mut AnyConnection, intents: &[&Intent]) -> Result<Self, StoreError> {
        const ONCE: &str = "INSERT INTO used (tenant, id, ends)";
        let mut by_tenant: BTreeMap<&str, HashMap<&str, u64>> = BTreeMap::new();
        for (intent, id, until) in intents.iter().flat_map(|intent| uses(intent)) {
            by_tenant.entry(&intent.tenant).or_default().insert(id, until);
        }
        let mut gathered = Self::default();
        for (tenant, uses) in by_tenant {
            let rows = uses.into_iter().map(|(id, until)| (id.to_owned(), until)).collect();
            let fresh = insert_new(connection, ONCE, tenant, rows).await?;
            gathered.fresh.extend(fresh.into_iter().map(|id| (tenant.to_owned(), id)));
        }
        gathered.take(connection, intents).await?;
        Ok(gathered)
    }

    async fn take(&mut self, connection: &mut AnyConnection, intents: &[&Intent]) -> Result<(), StoreError> {
        let mut by_tenant: BTreeMap<&str, (HashSet<&str>, u64)> = BTreeMap::new();
        for intent in intents {
            let is_fresh =
                uses(intent).all(|(_, id, _)| self.fresh.contains(&(intent.tenant.clone(), id.to_owned())));
            let launches = intent.steps.iter().filter(|_| is_fresh);
            for step in launches {
                if let Step::TakeLaunch { hash, now } = step {
                    let (hashes, time) = by_tenant.entry(&intent.tenant).or_default();
                    hashes.insert(hash);
                    // The latest: a token that one of them finds expired is expired.
                    *time = (*time).max(*now);
                }
            }
        }
        for (tenant, (hashes, now)) in by_tenant {
            // One of few statements: places that are left over ask for the same again.
            let room = hashes.len().next_power_of_two();
            let sql = format!(
                "UPDATE launches SET used_at = $2 WHERE tenant = $1 AND used_at = 0 AND expires > $2 AND hash IN {} \
                RETURNING hash",
                places(3, room)
            );
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(tenant.to_owned()).bind(signed(now));
            for hash in hashes.iter().cycle().take(room) {
                query = query.bind((*hash).to_owned());
            }
            let taken: Vec<String> = query.fetch_all(&mut *connection).await?;
            self.taken.extend(taken.into_iter().map(|hash| (tenant.to_owned(), hash)));
        }
        Ok(())
    }

    /// Whether this use is the first. It is so once.
    pub(super) fn is_fresh(&mut self, tenant: &str, id: &str) -> bool {
        self.fresh.remove(&(tenant.to_owned(), id.to_owned()))
    }

    /// Whether this launch token was good. It is so once.
    pub(super) fn is_taken(&mut self, tenant: &str, hash: &str) -> bool {
        self.taken.remove(&(tenant.to_owned(), hash.to_owned()))
    }

    pub(super) fn launch(&mut self, tenant: &str, launch: &NewLaunch) {
        self.launches.push(vec![
            tenant.into(),
            launch.hash.as_str().into(),
            launch.orchestrator.as_str().into(),
            launch.workflow.as_str().into(),
            launch.task.as_str().into(),
            launch.principal.clone().into(),
            launch.terms.as_str().into(),
            launch.created.into(),
            launch.expires.into(),
            0.into(),
        ]);
    }

    pub(super) fn session(&mut self, tenant: &str, session: &NewSession) {
        self.sessions.push(vec![
            tenant.into(),
            session.agent.as_str().into(),
            session.orchestrator.as_str().into(),
            session.workflow.as_str().into(),
            session.task.as_str().into(),
            session.principal.clone().into(),
            session.holder.as_str().into(),
            session.evidence.as_str().into(),
            session.terms.as_str().into(),
            "live".into(),
            session.started.into(),
            session.ends.into(),
            0.into(),
            session.tokens.join(" ").into(),
            session.latest.into(),
            session.heartbeat.into(),
            session.started.into(),
            "active".into(),
            0.into(),
        ]);
    }

    pub(super) fn status(&mut self, tenant: &str, status: &NewStatus) {
        self.statuses.push(vec![
            tenant.into(),
            status.place.into(),
            status.token.as_str().into(),
            status.agent.as_str().into(),
            status.root.as_str().into(),
            status.lineage.join(" ").into(),
            status.expires.into(),
            0.into(),
        ]);
    }

    /// Puts the rows in that have come together: at the end, and before a step that looks at them. Ids are drawn at random; should one
    /// ever come twice, the database does not take it, and its intent fails.
    pub(super) async fn flush(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        const LAUNCHES: &str = "INSERT INTO launches (tenant, hash, orchestrator, workflow, task, principal, terms, created, \
            expires, used_at)";
        const SESSIONS: &str = "INSERT INTO sessions (tenant, agent, orchestrator, workflow, task, principal, holder, evidence, \
            terms, state, started, ends, renewals, tokens, latest, heartbeat, seen_at, activity, ended_at)";
        const STATUSES: &str =
            "INSERT INTO statuses (tenant, place, token, agent, root, lineage, expires, revoked)";
        insert(connection, LAUNCHES, 10, std::mem::take(&mut self.launches)).await?;
        insert(connection, SESSIONS, 19, std::mem::take(&mut self.sessions)).await?;
        insert(connection, STATUSES, 8, std::mem::take(&mut self.statuses)).await?;
        Ok(())
    }
}

fn uses(intent: &Intent) -> impl Iterator<Item = (&Intent, &str, u64)> {
    intent.steps.iter().filter_map(move |step| match step {
        Step::Once { id, until } => Some((intent, id.as_str(), *until)),
        _ => None,
    })
}
