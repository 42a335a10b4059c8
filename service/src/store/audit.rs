//! Reading the audit log.

use super::{
    Store, StoreError,
    batch::KEPT,
    rows::{Cell, signed, unsigned},
};
use crate::{
    audit::{Frontier, Node, Place, Record, leaf_hash, node_hash},
    hex,
};
use keybound::Digest;
use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

/// Which records are wanted. Everything that is set must match.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// An agent.
    pub agent: Option<String>,
    /// A task.
    pub task: Option<String>,
    /// An orchestrator.
    pub orchestrator: Option<String>,
    /// A pseudonym.
    pub principal: Option<String>,
    /// A token id, in hexadecimal.
    pub token: Option<String>,
    /// An operation.
    pub operation: Option<String>,
    /// `allowed` or `denied`.
    pub outcome: Option<String>,
    /// A request id.
    pub request: Option<String>,
    /// From this time on.
    pub since: Option<u64>,
    /// Before this time.
    pub until: Option<u64>,
}

/// Records in order, and where to go on.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// Number and canonical form.
    pub records: Vec<(u64, String)>,
    /// The number to go on from, when there may be more.
    pub next: Option<u64>,
}

/// A row of the log as it stands in the database.
pub struct AuditRow {
    seq: u64,
    record: String,
    agrees: bool,
}

impl AuditRow {
    /// The number it stands under.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// What should be the canonical form of its record.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// Whether the columns for queries say what the record says.
    pub const fn agrees(&self) -> bool {
        self.agrees
    }

    fn read(tenant: &str, row: &AnyRow) -> Result<Self, StoreError> {
        let text = |place| row.try_get::<Option<String>, _>(place).map(Cell::from);
        let number = |place| row.try_get(place).map(Cell::Integer);
        let mut stored = vec![tenant.into(), number(0)?, text(1)?, number(2)?];
        for place in 3..11 {
            stored.push(text(place)?);
        }
        let record: String = row.try_get(1)?;
        let agrees = Record::parse(record.as_bytes()).is_ok_and(|record| cells(tenant, &record) == stored);
        Ok(Self { seq: unsigned(row.try_get(0)?), record, agrees })
    }
}

/// A record as a row: the record, and what queries look for in it.
pub(super) fn cells(tenant: &str, record: &Record) -> Vec<Cell> {
    let event = record.event();
    vec![
        tenant.into(),
        record.seq().into(),
        record.as_json().into(),
        event.time.as_secs().into(),
        event.operation.as_str().into(),
        event.operation.outcome().as_str().into(),
        event.agent.as_ref().map(ToString::to_string).into(),
        event.orchestrator.as_ref().map(ToString::to_string).into(),
        event.task.as_ref().map(ToString::to_string).into(),
        event.principal.as_ref().map(ToString::to_string).into(),
        event.token.map(|token| token.to_string()).into(),
        event.request.as_ref().map(ToString::to_string).into(),
    ]
}

impl Store {
    /// The rows from number `from` on, at most `limit`, with all their columns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_rows(&self, tenant: &str, from: u64, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
        const ROWS: &str = "SELECT seq, record, time, operation, outcome, agent, orchestrator, task, principal, token, request \
            FROM audit WHERE tenant = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
        let query = sqlx::query(ROWS).bind(tenant.to_owned()).bind(signed(from)).bind(signed(limit));
        query.fetch_all(&self.0.reads).await?.iter().map(|row| AuditRow::read(tenant, row)).collect()
    }

    /// The records from number `from` on that match, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_page(
        &self,
        tenant: &str,
        filter: &AuditFilter,
        from: u64,
        limit: u64,
    ) -> Result<AuditPage, StoreError> {
        let mut sql = "SELECT seq, record FROM audit WHERE tenant = $1 AND seq >= $2".to_owned();
        let mut texts = Vec::new();
        for (condition, value) in [
            ("agent =", &filter.agent),
            ("task =", &filter.task),
            ("orchestrator =", &filter.orchestrator),
            ("principal =", &filter.principal),
            ("token =", &filter.token),
            ("operation =", &filter.operation),
            ("outcome =", &filter.outcome),
            ("request =", &filter.request),
        ] {
            if let Some(value) = value {
                texts.push(value.clone());
                sql.push_str(&format!(" AND {condition} ${}", texts.len().saturating_add(2)));
            }
        }
        let mut times = Vec::new();
        for (condition, value) in [("time >=", filter.since), ("time <", filter.until)] {
            if let Some(value) = value {
                times.push(signed(value));
                let place = texts.len().saturating_add(times.len()).saturating_add(2);
                sql.push_str(&format!(" AND {condition} ${place}"));
            }
        }
        sql.push_str(&format!(" ORDER BY seq LIMIT {}", limit.saturating_add(1)));
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(tenant.to_owned()).bind(signed(from));
        for text in texts {
            query = query.bind(text);
        }
        for time in times {
            query = query.bind(time);
        }
        let mut page = AuditPage::default();
        for row in query.fetch_all(&self.0.reads).await? {
            page.records.push((unsigned(row.try_get(0)?), row.try_get(1)?));
        }
        if u64::try_from(page.records.len()).unwrap_or(u64::MAX) > limit {
            page.next = page.records.pop().map(|(seq, _)| seq);
        }
        Ok(page)
    }

    /// The edge of the tree as it stands: its size and its root are in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_tree(&self, tenant: &str) -> Result<Frontier, StoreError> {
        let query =
            sqlx::query_scalar("SELECT audit_tree FROM heads WHERE tenant = $1").bind(tenant.to_owned());
        let tree: Option<String> = query.fetch_optional(&self.0.reads).await?;
        let tree = tree.map_or(Some(Frontier::new()), |text| Frontier::from_bytes(&hex::decode(&text)?).ok());
        tree.ok_or_else(|| StoreError::Schema("the audit tree cannot be read".to_owned()))
    }

    /// The hashes at these places of the tree.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_nodes(&self, tenant: &str, places: &[Place]) -> Result<Vec<Node>, StoreError> {
        let mut nodes = Vec::with_capacity(places.len());
        for place in places {
            // From the kept hashes below it, or the records themselves: at most sixteen.
            let above = place.level % KEPT;
            let below = place.level.saturating_sub(above);
            let first = place.index.checked_shl(above.into()).unwrap_or(u64::MAX);
            let hashes = self.audit_hashes(tenant, below, first, 1_u64 << above).await?;
            nodes.push(Node { place: *place, hash: fold(hashes).ok_or_else(missing)? });
        }
        Ok(nodes)
    }

    /// The hashes of `count` neighbours of a kept level, or of as many records.
    async fn audit_hashes(
        &self,
        tenant: &str,
        level: u8,
        first: u64,
        count: u64,
    ) -> Result<Vec<Digest>, StoreError> {
        const RECORDS: &str =
            "SELECT record FROM audit WHERE tenant = $1 AND seq >= $2 AND seq < $3 ORDER BY seq";
        const NODES: &str = "SELECT hash FROM audit_nodes WHERE tenant = $1 AND place >= $2 AND place < $3 AND level = $4 \
            ORDER BY place";
        let end = first.saturating_add(count);
        let query = sqlx::query_scalar(if level == 0 { RECORDS } else { NODES })
            .bind(tenant.to_owned())
            .bind(signed(first))
            .bind(signed(end));
        let query = if level == 0 { query } else { query.bind(i64::from(level)) };
        let texts: Vec<String> = query.fetch_all(&self.0.reads).await?;
        let read = |text: String| match level {
            0 => Some(leaf_hash(text.as_bytes())),
            _ => hex::digest(&text),
        };
        let hashes: Option<Vec<Digest>> = texts.into_iter().map(read).collect();
        let is_whole = |hashes: &Vec<Digest>| u64::try_from(hashes.len()) == Ok(count);
        hashes.filter(is_whole).ok_or_else(missing)
    }
}

/// The hash over neighbours, pair by pair.
fn fold(mut hashes: Vec<Digest>) -> Option<Digest> {
    while hashes.len() > 1 {
        let pairs = hashes.chunks(2);
        hashes = pairs
            .map(|pair| if let [left, right] = pair { Some(node_hash(left, right)) } else { None })
            .collect::<Option<_>>()?;
    }
    hashes.pop()
}

fn missing() -> StoreError {
    StoreError::Schema("a part of the audit tree is missing".to_owned())
}
