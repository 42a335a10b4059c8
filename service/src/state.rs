//! What the handlers share.

use crate::{
    clock::Clock,
    config::Config,
    follow::Unpublished,
    keys::{KeyError, KeyFile, KeyRing},
    metrics::Metrics,
    random::Randomness,
    store::{Dialect, Store, StoreError},
    tenant::Tenant,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The service: its tenants, its memory, its clock and its randomness. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    tenants: BTreeMap<String, Arc<Tenant>>,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    metrics: Arc<Metrics>,
    config: Config,
    is_ready: AtomicBool,
    stopping: watch::Sender<bool>,
    current: Mutex<Option<Instant>>,
}

/// How old what this node knows of the others' revocations may be. Beyond, it says that it does not know: a list that it signs is
/// good for thirty seconds more, and nobody else could tell that something is missing in it.
const CURRENT: Duration = Duration::from_secs(5);

impl App {
    /// Reads keys, makes those that are missing, and loads what the database knows of each tenant.
    ///
    /// # Errors
    /// [`StartError`] with what an operator has to do.
    pub async fn start(
        config: Config,
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
    ) -> Result<Self, StartError> {
        if config.tenants.is_empty() {
            return Err(StartError::Config(
                "no tenant: set tenants.default.issuer, or give --issuer".to_owned(),
            ));
        }
        let now = clock.now();
        let mut tenants = BTreeMap::new();
        for (name, settings) in &config.tenants {
            let file = KeyFile::read_or_make(&settings.key_file(name), &*random, now.as_secs())
                .map_err(|error| StartError::Keys(name.clone(), error))?;
            let ring = KeyRing::of(&file).map_err(|error| StartError::Keys(name.clone(), error))?;
            let tenant = Tenant::new(name, settings, ring, now);
            tenants.insert(name.clone(), Arc::new(tenant.map_err(|error| StartError::Config(error.0))?));
        }
        let metrics = Arc::new(Metrics::new());
        let app = Self(Arc::new(Inner {
            tenants,
            store,
            clock,
            random,
            metrics,
            config,
            is_ready: AtomicBool::new(false),
            stopping: watch::Sender::new(false),
            current: Mutex::new(None),
        }));
        app.follow_own_commits();
        crate::follow::catch_up(&app).await.map_err(StartError::Store)?;
        for tenant in app.tenants() {
            crate::follow::publish_policy_file(&app, tenant).await.map_err(
                |unpublished| match unpublished {
                    Unpublished::Wrong(problem) => StartError::Policy(problem),
                    Unpublished::Store(error) => StartError::Store(error),
                },
            )?;
        }
        app.0.is_ready.store(true, Ordering::SeqCst);
        Ok(app)
    }

    /// What is written here is known here before anybody is answered.
    fn follow_own_commits(&self) {
        let (tenants, metrics) = (self.0.tenants.clone(), self.0.metrics.clone());
        self.store().observe(move |changes| {
            metrics.committed(changes.took);
            for (name, rows) in &changes.revoked {
                if let Some(tenant) = tenants.get(name) {
                    tenant.feed.add(rows);
                }
            }
        });
    }

    /// The tenants.
    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.0.tenants.values()
    }

    /// The tenant of that name.
    pub fn tenant(&self, name: &str) -> Option<&Arc<Tenant>> {
        self.0.tenants.get(name)
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Randomness.
    pub fn random(&self) -> &dyn Randomness {
        &*self.0.random
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether it takes requests.
    pub fn is_ready(&self) -> bool {
        self.0.is_ready.load(Ordering::SeqCst)
    }

    /// Notes that at that moment everything the database had was asked for, and is known here now.
    pub(crate) fn is_current_as_of(&self, asked: Instant) {
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    }

    /// Whether this node knows what others have revoked. On SQLite there are no others; until it follows the database it knows
    /// what it has just loaded.
    pub fn is_current(&self) -> bool {
        let current = *self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.store().dialect() == Dialect::Sqlite || current.is_none_or(|asked| asked.elapsed() <= CURRENT)
    }

    /// Takes no more requests: a balancer should send them elsewhere.
    pub fn drain(&self) {
        self.0.is_ready.store(false, Ordering::SeqCst);
        self.0.stopping.send_replace(true);
    }

    /// Tells those who would never end by themselves that it is time.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({} tenants)", self.0.tenants.len())
    }
}

/// Why the service does not start.
#[derive(Debug)]
pub enum StartError {
    /// The settings.
    Config(String),
    /// A tenant's keys.
    Keys(String, KeyError),
    /// The database.
    Store(StoreError),
    /// A tenant's policy.
    Policy(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(problem) | Self::Policy(problem) => f.write_str(problem),
            Self::Keys(tenant, error) => write!(f, "tenants.{tenant}: {error}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}
