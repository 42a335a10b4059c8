//! What the handlers share.

use crate::{
    clock::Clock,
    config::Config,
    keys::{KeyError, KeyFile, KeyRing},
    metrics::Metrics,
    random::Randomness,
    store::{Store, StoreError},
    tenant::{Enforced, Tenant},
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

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
}

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
        }));
        app.follow_own_commits();
        crate::follow::catch_up(&app).await.map_err(StartError::Store)?;
        for tenant in app.tenants() {
            crate::follow::publish_policy_file(&app, tenant).await.map_err(StartError::Policy)?;
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

    /// Takes no more requests: a balancer should send them elsewhere.
    pub fn drain(&self) {
        self.0.is_ready.store(false, Ordering::SeqCst);
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

/// Reads a policy's text for a tenant.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn enforce(tenant: &Tenant, version: u64, text: &str) -> Result<(), String> {
    tenant.set_policy(Enforced::parse(text)?, version);
    Ok(())
}
