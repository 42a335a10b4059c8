//! Where a service of the tests lives: a folder with its settings, policy and keys, and a database.

use super::client::public_keys;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

pub(crate) const ISSUER: &str = "http://127.0.0.1:8420";
pub(crate) const AUDIENCE: &str = "https://tools.example";

/// Keys of the clients of the policy, by their seeds.
pub(crate) const ORCHESTRATOR: u8 = 101;
pub(crate) const SERVER: u8 = 102;
pub(crate) const ADMIN: u8 = 103;
pub(crate) const AUDITOR: u8 = 104;

/// The settings that tests change.
pub(crate) struct Settings {
    pub(crate) timeout: u64,
    pub(crate) drain: u64,
    pub(crate) retention: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { timeout: 15, drain: 10, retention: 24 * 60 * 60 }
    }
}

pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
    nodes: AtomicU64,
    made_on: Option<(String, String)>,
}

static PLACES: AtomicU64 = AtomicU64::new(0);

impl Place {
    /// A place with a SQLite file.
    pub(crate) fn new(settings: &Settings) -> Self {
        let folder = folder();
        let url = format!("sqlite://{}", folder.join("keybound.db").display());
        Self::at(folder, url, settings)
    }

    /// A place with a fresh database of this PostgreSQL server, without tables.
    pub(crate) async fn bare(server: &str, settings: &Settings) -> Self {
        let number = PLACES.fetch_add(1, Ordering::SeqCst);
        let name = format!("keybound_process_{}_{number}", std::process::id());
        tell(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        tell(server, &format!("CREATE DATABASE {name}")).await;
        let (server_url, _) = server.rsplit_once('/').unwrap();
        let mut place = Self::at(folder(), format!("{server_url}/{name}"), settings);
        place.made_on = Some((server.to_owned(), name));
        place
    }

    /// The same with its tables.
    pub(crate) async fn on(server: &str, settings: &Settings) -> Self {
        let place = Self::bare(server, settings).await;
        let options = keybound_service::store::StoreOptions::new(&place.url);
        let store = keybound_service::store::Store::connect(&options).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        place
    }

    pub(crate) fn at(folder: PathBuf, url: String, settings: &Settings) -> Self {
        std::fs::write(folder.join("policy.toml"), policy()).unwrap();
        let place = Self { folder, url, nodes: AtomicU64::new(0), made_on: None };
        place.set(settings);
        place
    }

    /// Writes the settings.
    pub(crate) fn set(&self, settings: &Settings) {
        let text = format!(
            "[server]\nlisten = '127.0.0.1:0'\ntimeout = {}\ndrain = {}\n\n[database]\nurl = '{}'\nretention = {}\n\n\
             [tenants.default]\nissuer = '{ISSUER}'\ntrust_domain = 'acme.example'\n",
            settings.timeout, settings.drain, self.url, settings.retention
        );
        std::fs::write(self.folder.join("keybound.toml"), text).unwrap();
    }

    /// The folder that the database's file is in.
    pub(crate) fn database_file(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("sqlite://").unwrap())
    }

    pub(crate) fn program(&self) -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_keybound"))
    }

    pub(crate) fn arguments(&self) -> [&'static str; 3] {
        ["--config", "keybound.toml", "serve"]
    }

    pub(super) fn next(&self) -> u64 {
        self.nodes.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn policy_file(&self) -> PathBuf {
        self.folder.join("policy.toml")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.join("keys/default.json")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("left behind to be looked at: {}", self.folder.display());
            return;
        }
        let _ = std::fs::remove_dir_all(&self.folder);
        if let Some((server, name)) = self.made_on.take() {
            // Whatever runs here may not wait for its own runtime.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(tell(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            });
            // The server may be gone already, and its databases with it.
            let _ = dropping.join();
        }
    }
}

async fn tell(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server)
        .await
        .unwrap_or_else(|error| panic!("{POSTGRES}: {error}; see tests/postgres/with-postgres.sh"));
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
}

const POSTGRES: &str = "KEYBOUND_TEST_POSTGRES";

/// The PostgreSQL server of the tests. Without one a test cannot be done: that is said, and where everything must be tested it is
/// a failure.
pub(crate) fn postgres(test: &str) -> Option<String> {
    let url = std::env::var(POSTGRES).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        skip(
            test,
            "a PostgreSQL server: apt-get install postgresql, then tests/postgres/with-postgres.sh cargo test ...",
        );
    }
    url
}

/// Says aloud that a test was not done, past the capture of the harness.
pub(crate) fn skip(test: &str, needs: &str) {
    assert!(std::env::var_os("KEYBOUND_TEST_ALL").is_none(), "{test} needs {needs}");
    say(&format!("SKIPPED {test}: it needs {needs}"));
}

/// A line for whoever runs the tests: figures, and what was skipped.
pub(crate) fn say(line: &str) {
    use std::io::Write as _;
    // `println` is captured; a figure nobody sees is worth nothing.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A folder that nobody else has.
pub(crate) fn folder() -> PathBuf {
    let number = PLACES.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("keybound-process-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The policy.
pub(crate) fn policy() -> String {
    format!(
        r#"
[clients.payables]
roles = ["orchestrator"]
jwks = '{}'

[clients.tools]
roles = ["resource_server"]
jwks = '{}'
audiences = ["{AUDIENCE}"]

[clients.root]
roles = ["admin"]
jwks = '{}'

[clients.reader]
roles = ["auditor"]
jwks = '{}'

[workflows.close]
orchestrators = ["payables"]
audiences = ["{AUDIENCE}"]
ttl = {{ default = 300, min = 60, max = 600 }}
session = 3600
renewals = 1000
depth = 2

[workflows.close.tools.read_invoice]
arguments = {{ invoice_id = {{ constraint_type = "wildcard" }} }}

[workflows.watched]
orchestrators = ["payables"]
audiences = ["{AUDIENCE}"]
heartbeat = 1
renewals = 1000

[workflows.watched.tools.read_invoice]
arguments = {{}}
"#,
        public_keys(ORCHESTRATOR),
        public_keys(SERVER),
        public_keys(ADMIN),
        public_keys(AUDITOR)
    )
}
