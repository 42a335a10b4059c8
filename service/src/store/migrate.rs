//! The schema and its versions.
//!
//! A version is applied by `keybound migrate`, never by a server that starts: nodes of two versions share one database while
//! they are exchanged. Only a new SQLite file, which nobody shares yet, gets its tables by itself.

use super::{Dialect, Store, StoreError};
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

impl Store {
    /// Brings the schema to this version. Safe to call again, and from two places at once.
    ///
    /// # Errors
    /// [`StoreError::Schema`] with what could not be applied.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut migrations = sqlx::migrate!("./migrations");
        // Another node may be of a newer version already, and is not in our way.
        migrations.set_ignore_missing(true);
        migrations.run(&self.0.writes).await.map_err(|error| StoreError::Schema(error.to_string()))
    }

    /// The versions that [`Store::migrate`] would apply: number and name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pending(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let applied = match self.applied().await {
            Err(StoreError::Schema(_)) => Vec::new(),
            other => other?,
        };
        let pending = MIGRATIONS.iter().filter(|known| !applied.contains(&known.version));
        Ok(pending.map(|known| (known.version, known.description.to_string())).collect())
    }

    /// Whether the schema has every version this service knows. It may have newer ones: those only add (docs/guides/platform-engineers).
    ///
    /// # Errors
    /// [`StoreError::Schema`] with what to do.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let applied = self.applied().await?;
        let missing = MIGRATIONS.iter().find(|known| !applied.contains(&known.version));
        missing.map_or(Ok(()), |version| {
            Err(StoreError::Schema(format!("version {} is missing; run `keybound migrate`", version.version)))
        })
    }

    pub(super) async fn is_new_sqlite(&self) -> Result<bool, StoreError> {
        if self.0.dialect != Dialect::Sqlite {
            return Ok(false);
        }
        let tables: i64 =
            sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(&self.0.reads).await?;
        Ok(tables == 0)
    }

    async fn applied(&self) -> Result<Vec<i64>, StoreError> {
        let versions =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(&self.0.reads).await;
        versions.map_err(|error| match error {
            sqlx::Error::Database(_) => {
                StoreError::Schema("it has no tables; run `keybound migrate`".to_owned())
            }
            other => other.into(),
        })
    }
}
