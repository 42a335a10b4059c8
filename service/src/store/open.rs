//! Opening the database.

use super::{StoreError, writer::Writer};
use sqlx::{
    AnyPool, Executor as _,
    any::{AnyPoolOptions, install_default_drivers},
};
use std::{sync::Arc, time::Duration};

/// Which database it is. Only three things differ: how it is opened, how one node hears of another, and who leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, for one node.
    Sqlite,
    /// For several nodes.
    Postgres,
}

/// How it is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections for reading.
    pub readers: u32,
    /// Intents that may wait for the writer before callers are told that it is busy.
    pub queue: usize,
    /// Seconds to wait for a connection.
    pub patience: Duration,
}

impl StoreOptions {
    /// What a node uses when nobody says otherwise.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), readers: 8, queue: 4096, patience: Duration::from_secs(2) }
    }
}

/// The database, open. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) dialect: Dialect,
    pub(super) url: String,
    pub(super) reads: AnyPool,
    pub(super) writes: AnyPool,
    pub(super) writer: Writer,
}

impl Store {
    /// Opens it. A SQLite file that does not exist is made, with its tables; any other database must have been migrated
    /// ([`Store::migrate`]).
    ///
    /// # Errors
    /// [`StoreError::Database`] when it cannot be reached, [`StoreError::Schema`] when it is not of this version.
    pub async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let store = Self::connect(options).await?;
        if store.is_new_sqlite().await? {
            store.migrate().await?;
        }
        store.check_schema().await?;
        Ok(store)
    }

    /// Opens it without looking at its tables, to migrate it.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it cannot be reached.
    pub async fn connect(options: &StoreOptions) -> Result<Self, StoreError> {
        install_default_drivers();
        let dialect = Dialect::of(&options.url)?;
        let (reads, writes) =
            (pool(options, dialect, options.readers).await?, pool(options, dialect, 1).await?);
        let writer = Writer::start(writes.clone(), dialect, options.queue)?;
        Ok(Self(Arc::new(Inner { dialect, url: options.url.clone(), reads, writes, writer })))
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.0.reads).await?;
        Ok(())
    }

    /// Lets the writer finish and closes every connection.
    pub async fn close(&self) {
        self.0.writer.finish().await;
        self.0.reads.close().await;
        self.0.writes.close().await;
    }
}

impl Dialect {
    /// The database that a URL leads to.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when it is none of them.
    pub fn of(url: &str) -> Result<Self, StoreError> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(StoreError::Schema("the URL must begin with sqlite: or postgres:".to_owned())),
        }
    }
}

/// WAL lets reads go on while something is written. FULL makes a commit wait for the disk: what was answered is kept, whatever
/// happens to the machine.
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
    PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536;";

async fn pool(options: &StoreOptions, dialect: Dialect, size: u32) -> Result<AnyPool, StoreError> {
    let pool = AnyPoolOptions::new().max_connections(size).acquire_timeout(options.patience).after_connect(
        move |connection, _| {
            Box::pin(async move {
                if dialect == Dialect::Sqlite {
                    connection.execute(SQLITE).await?;
                }
                Ok(())
            })
        },
    );
    let creates = dialect == Dialect::Sqlite && !options.url.contains('?');
    let url = if creates { format!("{}?mode=rwc", options.url) } else { options.url.clone() };
    Ok(pool.connect(&url).await?)
}
