//! Following what others write: other nodes, commands of this machine, and operators who edit files.

use crate::{
    audit::{Event, Name, Operation},
    keys::{KeyFile, KeyRing},
    state::App,
    store::{Intent, Notices, Step, StoreError},
    tenant::{Enforced, Tenant},
};
use keybound::Digest;
use std::{
    fmt, fs,
    time::{Duration, Instant, SystemTime},
};
use tokio::time::timeout;

/// Brings every tenant up to what the database has.
///
/// # Errors
/// [`StoreError`].
pub async fn catch_up(app: &App) -> Result<(), StoreError> {
    let heads = app.store().heads().await?;
    let now = app.clock().now();
    for tenant in app.tenants() {
        let Some((revocations, policy)) = heads.get(&tenant.name).copied() else { continue };
        let known = tenant.feed.seq();
        if revocations > known {
            let rows = app.store().revocations_after(&tenant.name, known, now.as_secs()).await?;
            for row in &rows {
                app.metrics().revocation_visible(now.as_secs().saturating_sub(row.added));
            }
            tenant.feed.load(&rows, revocations);
        }
        if policy > tenant.policy_version()
            && let Some((version, text)) = app.store().policy(&tenant.name).await?
        {
            match Enforced::parse(&text) {
                Ok(enforced) => tenant.set_policy(enforced, version),
                // It was read by the node that wrote it. The one before stays in force.
                Err(problem) => {
                    tracing::error!(tenant = tenant.name, problem, "a policy of the database cannot be read");
                }
            }
        }
    }
    Ok(())
}

/// Seconds that a look at the database may take. One that hangs must not hide that it came back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Follows the database for ever.
pub async fn follow(app: App) {
    let mut notices: Notices = app.store().notices();
    loop {
        let asked = Instant::now();
        match timeout(PATIENCE, catch_up(&app)).await.unwrap_or(Err(StoreError::Busy)) {
            Ok(()) => app.is_current_as_of(asked),
            Err(error) => {
                tracing::warn!(%error, "the database cannot be followed; revocations of other nodes may be late");
            }
        }
        notices.next().await;
    }
}

/// Follows the files of policies and keys for ever: an edit is in force within a second.
pub async fn follow_files(app: App) {
    let mut seen: Vec<_> =
        app.tenants().map(|tenant| (stamp(&tenant.policy_file), stamp(&tenant.key_file))).collect();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        for (tenant, seen) in app.tenants().zip(&mut seen) {
            let mut now = (stamp(&tenant.policy_file), stamp(&tenant.key_file));
            if now.0 != seen.0
                && let Err(problem) = publish_edited_policy(&app, tenant).await
            {
                tracing::error!(tenant = tenant.name, %problem, "the policy stays as it was");
                if matches!(problem, Unpublished::Store(_)) {
                    // The edit is not lost: it is looked at again.
                    now.0 = seen.0;
                }
            }
            if now.1 != seen.1 {
                reload_keys(&app, tenant);
            }
            *seen = now;
        }
    }
}

/// Puts the policy's file in force when the service starts, unless that text was in force before: then a newer one has taken its
/// place, here or on another node.
///
/// # Errors
/// What is wrong with the file, or with the database.
pub async fn publish_policy_file(app: &App, tenant: &Tenant) -> Result<(), Unpublished> {
    let Some(text) = read_policy_file(tenant)? else { return Ok(()) };
    let digest = Digest::of(text.as_bytes());
    if app.store().had_policy(&tenant.name, &digest.to_string()).await? {
        return Ok(());
    }
    set_policy(app, tenant, text, "operator").await
}

/// Puts an edited file in force, also when it says again what was in force once: an operator takes an edit back so. When another
/// node has read the same edit first, nothing is left to do.
async fn publish_edited_policy(app: &App, tenant: &Tenant) -> Result<(), Unpublished> {
    let Some(text) = read_policy_file(tenant)? else { return Ok(()) };
    match app.store().policy(&tenant.name).await? {
        Some((_, in_force)) if in_force == text => Ok(()),
        _ => set_policy(app, tenant, text, "operator").await,
    }
}

fn read_policy_file(tenant: &Tenant) -> Result<Option<String>, Unpublished> {
    match fs::read_to_string(&tenant.policy_file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tracing::warn!(tenant = tenant.name, file = %tenant.policy_file.display(), "there is no policy file");
            Ok(None)
        }
        Err(error) => Err(Unpublished::Wrong(format!("{}: {error}", tenant.policy_file.display()))),
    }
}

/// Why a policy is not in force.
#[derive(Debug)]
pub enum Unpublished {
    /// It cannot be read or is no policy: its author has to do something.
    Wrong(String),
    /// The database did not take it: it may be tried again.
    Store(StoreError),
}

impl From<StoreError> for Unpublished {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Unpublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(problem) => f.write_str(problem),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unpublished {}

/// Puts a policy in force, here and on every node.
///
/// # Errors
/// What is wrong with it, or with the database.
pub async fn set_policy(app: &App, tenant: &Tenant, text: String, actor: &str) -> Result<(), Unpublished> {
    let now = app.clock().now();
    let digest = Digest::of(text.as_bytes());
    let checked = Enforced::parse(&text);
    let mut event =
        Event::new(now, if checked.is_ok() { Operation::PolicyChanged } else { Operation::PolicyDenied });
    event.actor = Name::parse(actor);
    event.policy = Some(digest);
    let steps = match &checked {
        Ok(_) => vec![Step::Policy { text, digest: digest.to_string(), now: now.as_secs() }],
        Err(_) => Vec::new(),
    };
    let intent = Intent { tenant: tenant.name.clone(), steps, events: vec![event], denied: None };
    let written = app.store().write(intent).await?;
    checked.map_err(Unpublished::Wrong)?;
    written.map_err(|denied| Unpublished::Wrong(denied.code.to_string()))?;
    Ok(catch_up(app).await?)
}

fn reload_keys(app: &App, tenant: &Tenant) {
    let now = app.clock().now();
    let loaded = KeyFile::read(&tenant.key_file)
        .and_then(|file| KeyRing::of(&file))
        .map_err(|error| error.to_string());
    let set = loaded.and_then(|ring| tenant.set_keys(ring, now).map_err(|refusal| refusal.to_string()));
    match set {
        Ok(()) => tracing::info!(tenant = tenant.name, "the keys were read again"),
        Err(problem) => tracing::error!(tenant = tenant.name, problem, "the keys stay as they were"),
    }
}

fn stamp(path: &std::path::Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
