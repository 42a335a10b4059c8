//! Reading the audit log.

use super::{
    Store, StoreError,
    rows::{signed, unsigned},
};
use crate::{
    audit::{Frontier, Node, Place},
    hex,
};
use keybound::Digest;
use sqlx::{AssertSqlSafe, Row as _};

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

impl Store {
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
        const NODE: &str = "SELECT hash FROM audit_nodes WHERE tenant = $1 AND level = $2 AND place = $3";
        let bad = || StoreError::Schema("a node of the audit tree is missing".to_owned());
        let mut nodes = Vec::with_capacity(places.len());
        for place in places {
            let query = sqlx::query_scalar(NODE)
                .bind(tenant.to_owned())
                .bind(i64::from(place.level))
                .bind(signed(place.index));
            let hash: Option<String> = query.fetch_optional(&self.0.reads).await?;
            let hash = hash.and_then(|text| hex::decode(&text)?.try_into().ok()).ok_or_else(bad)?;
            nodes.push(Node { place: *place, hash: Digest::from_bytes(hash) });
        }
        Ok(nodes)
    }
}
