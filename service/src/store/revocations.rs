//! What has been revoked, as rows.

use super::{
    Store, StoreError,
    rows::{Cell, signed, unsigned},
};
use crate::hex;
use keybound::{
    UnixTime,
    revocation::{Revoked, RevokedId},
};
use sqlx::Row as _;

/// One entry of a tenant's list of what is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRow {
    /// Its number: the list of that number is the first that has it.
    pub seq: u64,
    /// What, and until when.
    pub entry: Revoked,
    /// When it was added.
    pub added: u64,
    /// Why.
    pub reason: &'static str,
}

impl RevocationRow {
    pub(super) fn cells(&self, tenant: &str) -> Vec<Cell> {
        vec![
            tenant.into(),
            self.seq.into(),
            hex::encode(&self.entry.id.to_bytes()).into(),
            self.entry.until.as_secs().into(),
            self.added.into(),
            self.reason.into(),
        ]
    }
}

impl Store {
    /// The entries after number `seq` that are still needed at `now`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revocations_after(
        &self,
        tenant: &str,
        seq: u64,
        now: u64,
    ) -> Result<Vec<RevocationRow>, StoreError> {
        const ENTRIES: &str = "SELECT seq, id, ends, added FROM revocations WHERE tenant = $1 AND seq > $2 AND ends > $3 \
            ORDER BY seq";
        let rows = sqlx::query(ENTRIES)
            .bind(tenant.to_owned())
            .bind(signed(seq))
            .bind(signed(now))
            .fetch_all(&self.0.reads)
            .await?;
        rows.iter()
            .map(|row| {
                let id = hex::decode(row.try_get::<String, _>(1)?.as_str())
                    .and_then(|bytes| RevokedId::from_bytes(&bytes).ok());
                let until = UnixTime::new(unsigned(row.try_get(2)?)).ok();
                let (Some(id), Some(until)) = (id, until) else {
                    return Err(StoreError::Schema("a revocation cannot be read".to_owned()));
                };
                Ok(RevocationRow {
                    seq: unsigned(row.try_get(0)?),
                    entry: Revoked { id, until },
                    added: unsigned(row.try_get(3)?),
                    reason: "",
                })
            })
            .collect()
    }
}
