//! How a node learns of what other nodes, or a command, have written.

use super::{Dialect, Store, StoreError, rows::unsigned};
use sqlx::{Row as _, postgres::PgListener};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

/// Where each tenant's counters stand.
pub type Heads = BTreeMap<String, (u64, u64)>;

/// Wakes when something may have changed. PostgreSQL says so at once; beside that everybody looks twice a second, which is all
/// there is on SQLite, where only a command of the same machine can be the other writer.
pub struct Notices {
    store: Store,
    listener: Option<PgListener>,
}

const LOOK: Duration = Duration::from_millis(500);

/// How long a connection to listen on may take.
const PATIENCE: Duration = Duration::from_secs(2);

impl Store {
    /// Begins to listen.
    pub fn notices(&self) -> Notices {
        Notices { store: self.clone(), listener: None }
    }

    /// The number of the last revocation and the version of the policy, by tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn heads(&self) -> Result<Heads, StoreError> {
        let rows = sqlx::query("SELECT tenant, revocation_seq, policy_version FROM heads")
            .fetch_all(&self.0.reads)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, (unsigned(row.try_get(1)?), unsigned(row.try_get(2)?)))))
            .collect()
    }
}

impl Notices {
    /// Waits until it is worth looking at the heads again.
    pub async fn next(&mut self) {
        if self.store.dialect() == Dialect::Postgres {
            if self.listener.is_none() {
                self.listener = timeout(PATIENCE, listen(&self.store.0.url)).await.ok().and_then(Result::ok);
            }
            if let Some(listener) = &mut self.listener {
                if let Ok(Err(_)) = timeout(LOOK, listener.recv()).await {
                    // The connection is gone; the next call makes another.
                    self.listener = None;
                }
                return;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn listen(url: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen("keybound").await?;
    Ok(listener)
}
