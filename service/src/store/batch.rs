//! One transaction, with what belongs to several intents.

use super::{
    Denied, Dialect, Done, Intent, RevocationRow, Step, StoreError,
    audit::cells,
    gathered::Gathered,
    rows::{Cell, insert, signed, unsigned},
    steps,
};
use crate::{
    audit::{self, Event, Frontier, Name, Node, Operation, Record},
    code::Code,
    hex,
};
use sqlx::{Any, AnyPool, Row as _, pool::PoolConnection};
use std::collections::BTreeMap;

/// What a commit changed for readers that do not ask the database.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// By tenant, what was revoked, in order.
    pub revoked: BTreeMap<String, Vec<RevocationRow>>,
    /// Tenants with another policy.
    pub policies: Vec<String>,
    /// How long the transaction took, its flush to disk included.
    pub took: std::time::Duration,
}

pub(super) struct Batch {
    /// Between BEGIN and COMMIT.
    pub(super) transaction: PoolConnection<Any>,
    is_committed: bool,
    dialect: Dialect,
    tenants: BTreeMap<String, Tenant>,
    pub(super) gathered: Gathered,
}

/// A connection on which anything failed, or was given up, is closed, which rolls back whatever was open. It is not used again: on
/// a full disk SQLite ends some transactions by itself and not others, and a connection that is wrong about it puts what follows
/// inside of a transaction that nobody will commit.
impl Drop for Batch {
    fn drop(&mut self) {
        if !self.is_committed {
            self.transaction.close_on_drop();
        }
    }
}

/// What one tenant's turn has come to.
pub(super) struct Tenant {
    log: audit::Head,
    tree: Frontier,
    pub(super) revocation_seq: u64,
    pub(super) policy_version: u64,
    has_new_policy: bool,
    records: Vec<Vec<Cell>>,
    nodes: Vec<Node>,
    revoked: Vec<RevocationRow>,
}

impl Batch {
    /// Begins a transaction for these intents: takes the turns of their tenants and asks what they ask together.
    pub(super) async fn begin(
        pool: &AnyPool,
        dialect: Dialect,
        intents: &[&Intent],
    ) -> Result<Self, StoreError> {
        let (transaction, gathered) = (pool.acquire().await?, Gathered::default());
        let mut batch =
            Self { transaction, is_committed: false, dialect, tenants: BTreeMap::new(), gathered };
        sqlx::query("BEGIN").execute(&mut *batch.transaction).await?;
        for intent in intents {
            batch.take_turn(&intent.tenant, intent).await?;
        }
        batch.gathered = Gathered::of(&mut batch.transaction, intents).await?;
        Ok(batch)
    }

    /// Does one intent: its steps, then its records; or one record of why not.
    pub(super) async fn apply(&mut self, intent: &Intent) -> Result<Result<Done, Denied>, StoreError> {
        let mut done = Done::default();
        for step in &intent.steps {
            if let Err(denied) = self.step(&intent.tenant, step, &mut done).await? {
                if let Some(event) = &intent.denied {
                    let mut event = event.clone();
                    event.code = Name::parse(denied.code.as_str());
                    if denied.code == Code::LaunchUsed.into() {
                        event.operation = Operation::LaunchUsedTwice;
                    }
                    self.tenant(&intent.tenant)?.record(&intent.tenant, event)?;
                }
                return Ok(Err(denied));
            }
        }
        let tenant = self.tenant(&intent.tenant)?;
        for event in &intent.events {
            let mut event = event.clone();
            // Only the transaction knows which renewal it is (B10).
            if event.operation == Operation::TokenRenewed {
                event.count = Some(done.renewals);
            }
            done.records.push(tenant.record(&intent.tenant, event)?);
        }
        done.revocation_seq = tenant.revocation_seq;
        Ok(Ok(done))
    }

    /// Writes what the intents have come to and makes it durable. Whether it happened is only unknown when the last word fails.
    pub(super) async fn commit(mut self) -> Result<Changes, CommitError> {
        let mut changes = Changes::default();
        self.flush_rows().await.map_err(CommitError::Before)?;
        for (name, tenant) in std::mem::take(&mut self.tenants) {
            self.flush(&name, tenant, &mut changes).await.map_err(CommitError::Before)?;
        }
        if self.dialect == Dialect::Postgres && !(changes.revoked.is_empty() && changes.policies.is_empty()) {
            let notify = sqlx::query("SELECT pg_notify('keybound', '')").execute(&mut *self.transaction);
            notify.await.map_err(|error| CommitError::Before(error.into()))?;
        }
        let commit = sqlx::query("COMMIT").execute(&mut *self.transaction).await;
        commit.map_err(|error| CommitError::Unknown(error.into()))?;
        self.is_committed = true;
        Ok(changes)
    }

    pub(super) fn tenant(&mut self, name: &str) -> Result<&mut Tenant, StoreError> {
        self.tenants.get_mut(name).ok_or(StoreError::Busy)
    }

    /// Puts the rows in that have come together.
    pub(super) async fn flush_rows(&mut self) -> Result<(), StoreError> {
        self.gathered.flush(&mut self.transaction).await
    }

    async fn step(
        &mut self,
        tenant: &str,
        step: &Step,
        done: &mut Done,
    ) -> Result<Result<(), Denied>, StoreError> {
        steps::apply(self, tenant, step, done).await
    }

    /// Takes the tenant's turn, which every other writer of the tenant then waits for, and reads where its log ends.
    async fn take_turn(&mut self, name: &str, intent: &Intent) -> Result<(), StoreError> {
        if self.tenants.contains_key(name) {
            return Ok(());
        }
        const TURN: &str = "UPDATE heads SET turn = turn + 1 WHERE tenant = $1 RETURNING audit_size, audit_last, \
            audit_tree, revocation_seq, policy_version";
        let mut row = sqlx::query(TURN).bind(name.to_owned()).fetch_optional(&mut *self.transaction).await?;
        if row.is_none() {
            const FIRST: &str = "INSERT INTO heads (tenant, turn, audit_size, audit_last, audit_tree, revocation_seq, \
                status_next, policy_version) VALUES ($1, 0, 0, $2, $3, 0, 0, 0) ON CONFLICT DO NOTHING";
            sqlx::query(FIRST)
                .bind(name.to_owned())
                .bind(audit::Head::EMPTY.previous.to_string())
                .bind(hex::encode(&Frontier::new().to_bytes()))
                .execute(&mut *self.transaction)
                .await?;
            row = sqlx::query(TURN).bind(name.to_owned()).fetch_optional(&mut *self.transaction).await?;
        }
        let row = row.ok_or_else(|| StoreError::Schema("a tenant's head could not be made".to_owned()))?;
        let mut tenant = Tenant::read(&row)?;
        if tenant.log.next == 0
            && let Some(first) = intent.events.first().or(intent.denied.as_ref())
        {
            tenant.record(name, Event::new(first.time, Operation::LogStarted))?;
        }
        self.tenants.insert(name.to_owned(), tenant);
        Ok(())
    }

    async fn flush(&mut self, name: &str, tenant: Tenant, changes: &mut Changes) -> Result<(), StoreError> {
        const RECORDS: &str = "INSERT INTO audit (tenant, seq, record, time, operation, outcome, agent, orchestrator, task, \
            principal, token, request)";
        const NODES: &str = "INSERT INTO audit_nodes (tenant, level, place, hash)";
        const REVOKED: &str = "INSERT INTO revocations (tenant, seq, id, ends, added, reason)";
        const HEAD: &str = "UPDATE heads SET audit_size = $2, audit_last = $3, audit_tree = $4, revocation_seq = $5, \
            policy_version = $6 WHERE tenant = $1";
        insert(&mut self.transaction, RECORDS, 12, tenant.records).await?;
        let node = |node: &Node| {
            let (level, index) = (u64::from(node.place.level), node.place.index);
            vec![name.into(), level.into(), index.into(), node.hash.to_string().into()]
        };
        insert(&mut self.transaction, NODES, 4, tenant.nodes.iter().map(node).collect()).await?;
        insert(&mut self.transaction, REVOKED, 6, tenant.revoked.iter().map(|row| row.cells(name)).collect())
            .await?;
        sqlx::query(HEAD)
            .bind(name.to_owned())
            .bind(signed(tenant.log.next))
            .bind(tenant.log.previous.to_string())
            .bind(hex::encode(&tenant.tree.to_bytes()))
            .bind(signed(tenant.revocation_seq))
            .bind(signed(tenant.policy_version))
            .execute(&mut *self.transaction)
            .await?;
        if !tenant.revoked.is_empty() {
            changes.revoked.insert(name.to_owned(), tenant.revoked);
        }
        if tenant.has_new_policy {
            changes.policies.push(name.to_owned());
        }
        Ok(())
    }
}

impl Tenant {
    fn read(row: &sqlx::any::AnyRow) -> Result<Self, StoreError> {
        let bad = |what: &str| StoreError::Schema(format!("{what} of a tenant's head cannot be read"));
        let previous = hex::digest(row.try_get::<String, _>(1)?.as_str());
        let tree = hex::decode(row.try_get::<String, _>(2)?.as_str())
            .and_then(|bytes| Frontier::from_bytes(&bytes).ok())
            .ok_or_else(|| bad("the tree"))?;
        Ok(Self {
            log: audit::Head {
                next: unsigned(row.try_get(0)?),
                previous: previous.ok_or_else(|| bad("the last hash"))?,
            },
            tree,
            revocation_seq: unsigned(row.try_get(3)?),
            policy_version: unsigned(row.try_get(4)?),
            has_new_policy: false,
            records: Vec::new(),
            nodes: Vec::new(),
            revoked: Vec::new(),
        })
    }

    /// Puts an event at the end of the log and returns its number.
    fn record(&mut self, tenant: &str, event: Event) -> Result<u64, StoreError> {
        let record = Record::after(self.log, event).map_err(|error| StoreError::Audit(error.code()))?;
        let nodes = self.tree.append(record.leaf_hash()).map_err(|error| StoreError::Audit(error.code()))?;
        self.nodes.extend(nodes.into_iter().filter(|node| is_kept(node.place)));
        self.records.push(cells(tenant, &record));
        self.log = record.head();
        Ok(record.seq())
    }

    /// Adds to what is revoked. Each entry is a list of its own number, so that a reader can say up to where it knows.
    pub(super) fn revoke(&mut self, mut row: RevocationRow) {
        self.revocation_seq = self.revocation_seq.saturating_add(1);
        row.seq = self.revocation_seq;
        self.revoked.push(row);
    }

    /// The policy of this turn is another one.
    pub(super) const fn has_policy(&mut self) -> u64 {
        self.policy_version = self.policy_version.saturating_add(1);
        self.has_new_policy = true;
        self.policy_version
    }
}

/// Which hashes of the tree are kept: those of subtrees of 16, 256, … records. The others are soon made from them and the records.
pub(super) const fn is_kept(place: audit::Place) -> bool {
    place.level > 0 && place.level.is_multiple_of(KEPT)
}

/// Between two kept levels.
pub(super) const KEPT: u8 = 4;

/// Where a commit failed.
pub(super) enum CommitError {
    /// Before the last word: nothing happened.
    Before(StoreError),
    /// At the last word: it may have happened.
    Unknown(StoreError),
}
