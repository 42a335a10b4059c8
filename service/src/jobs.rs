//! What happens without being asked: silent agents end, expired sessions are closed, rows that are over go.

use crate::{
    audit::{Event, Name, Operation},
    state::App,
    store::{Intent, Reason, Silent, Step, StoreError},
};
use keybound::AgentId;
use std::time::Duration;
use tokio::time::timeout;

/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(1);

/// How long it may take to learn who leads.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sweeps between two prunings.
const PRUNES: u32 = 30;

/// Sweeps for ever, on whichever node leads.
pub async fn run(app: App) {
    let mut seat = None;
    for round in 0_u32.. {
        tokio::time::sleep(EVERY).await;
        let asked = timeout(PATIENCE, app.store().lead(&mut seat)).await;
        let leads = match asked {
            Ok(leads) => leads.unwrap_or(false),
            Err(_) => {
                // Nobody knows what has become of the connection, so the seat is given up.
                seat = None;
                false
            }
        };
        for tenant in app.tenants() {
            tenant.feed.prune(app.clock().now());
        }
        if leads && let Err(error) = sweep(&app, round % PRUNES == 0).await {
            tracing::warn!(%error, "a sweep did not finish");
        }
    }
}

/// One sweep.
///
/// # Errors
/// [`StoreError`].
pub async fn sweep(app: &App, prunes: bool) -> Result<(), StoreError> {
    let now = app.clock().now().as_secs();
    for silent in app.store().silent(now).await? {
        let end = Step::RevokeAgent { agent: silent.agent.clone(), reason: Reason::Silent, now };
        end_session(app, &silent, end, Operation::HeartbeatMissed).await?;
        app.metrics().missed();
    }
    for expired in app.store().expired(now).await? {
        let end = Step::Expire { agent: expired.agent.clone(), now };
        end_session(app, &expired, end, Operation::AgentExpired).await?;
        app.metrics().ended();
    }
    if prunes {
        let pruned = app.store().prune(now, app.config().database.retention).await?;
        app.metrics().pruned(pruned.rows);
    }
    Ok(())
}

/// Ends a session and records it. One that ended meanwhile is left as it is.
async fn end_session(
    app: &App,
    session: &Silent,
    step: Step,
    operation: Operation,
) -> Result<(), StoreError> {
    let mut event = Event::new(app.clock().now(), operation);
    event.agent = AgentId::parse(&session.agent).ok();
    event.task = Name::parse(&session.task);
    event.orchestrator = Name::parse(&session.orchestrator);
    event.workflow = Name::parse(&session.workflow);
    event.actor = Name::parse("system");
    let tenant = session.tenant.clone();
    app.store().write(Intent { tenant, steps: vec![step], events: vec![event], denied: None }).await.map(drop)
}
