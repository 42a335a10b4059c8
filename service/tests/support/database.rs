//! Where a service of the tests remembers: a fresh SQLite file, or a fresh database of the PostgreSQL server that
//! `KEYBOUND_TEST_POSTGRES` names. Whoever drops it takes it away.

use super::folder;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// The URL of a database of a server on which databases may be made, such as `postgres://postgres@127.0.0.1:5432/postgres`.
const SERVER: &str = "KEYBOUND_TEST_POSTGRES";

static DATABASES: AtomicU64 = AtomicU64::new(0);

/// A database and a folder that nobody else has.
pub(crate) struct Home {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    made_on: Option<(String, String)>,
}

impl Home {
    pub(crate) async fn make() -> Self {
        let folder = folder();
        let Some(server) = std::env::var(SERVER).ok().filter(|url| !url.is_empty()) else {
            return Self {
                url: format!("sqlite://{}", folder.join("keybound.db").display()),
                folder,
                made_on: None,
            };
        };
        let number = DATABASES.fetch_add(1, Ordering::SeqCst);
        let name = format!("keybound_test_{}_{number}", std::process::id());
        ask(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        ask(&server, &format!("CREATE DATABASE {name}")).await;
        let (address, options) = server.split_once('?').map_or((&*server, None), |(a, b)| (a, Some(b)));
        let (address, _) = address.rsplit_once('/').unwrap();
        let options = options.map(|options| format!("?{options}")).unwrap_or_default();
        Self { url: format!("{address}/{name}{options}"), folder, made_on: Some((server, name)) }
    }
}

async fn ask(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap_or_else(|error| {
        panic!("{SERVER}: {error}: start PostgreSQL there, or unset it to test on SQLite")
    });
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some((server, name)) = self.made_on.take() {
            // Whatever runs here may not wait for its own runtime.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(ask(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            });
            // A database that stays behind makes no test wrong.
            let _ = dropping.join();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
