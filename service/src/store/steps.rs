//! What each step of an intent does to the tables.

use super::{
    Denied, Done, NewHandle, Reason, RevocationRow, Step, StoreError,
    batch::Batch,
    intent::{Charged, Renewal},
    rows::{signed, unsigned},
};
use crate::{code::Code, policy};
use keybound::{
    AgentId, Digest, UnixTime,
    revocation::{Level, Revoked, RevokedId},
};
use sqlx::{Any, Row as _, any::AnyArguments, query::Query};

type Verdict = Result<Result<(), Denied>, StoreError>;

type Change<'q> = Query<'q, Any, AnyArguments>;

pub(super) async fn apply(batch: &mut Batch, tenant: &str, step: &Step, done: &mut Done) -> Verdict {
    match step {
        Step::Once { id, .. } => {
            let is_fresh = batch.gathered.is_fresh(tenant, id);
            Ok(if is_fresh { Ok(()) } else { Err(keybound::Code::Replayed.into()) })
        }
        Step::Charge(charges) => charge(batch, tenant, charges).await,
        Step::Launch(launch) => {
            batch.gathered.launch(tenant, launch);
            KEPT
        }
        Step::TakeLaunch { hash, .. } => take_launch(batch, tenant, hash).await,
        Step::Begin(session) => {
            batch.gathered.session(tenant, session);
            KEPT
        }
        Step::Renew(renewal) => renew(batch, tenant, renewal, done).await,
        Step::Extend { agent, latest } => extend(batch, tenant, agent, *latest).await,
        Step::Status(status) => {
            batch.gathered.status(tenant, status);
            KEPT
        }
        Step::Handle(handle) => put_handle(batch, tenant, handle).await,
        Step::Revoke { id, expires, reason, now } => {
            revoke(batch, tenant, *id, *expires, *reason, *now).await
        }
        Step::RevokeAgent { agent, reason, now } => {
            revoke_agent(batch, tenant, agent, *reason, *now, done).await
        }
        Step::RevokeTask { task, reason, now } => revoke_task(batch, tenant, task, *reason, *now, done).await,
        Step::Expire { agent, now } => end(batch, tenant, agent, "expired", *now).await,
        Step::Beat { agent, activity, now } => beat(batch, tenant, agent, activity, *now).await,
        Step::Policy { text, digest, now } => put_policy(batch, tenant, text, digest, *now).await,
    }
}

/// A row that goes in with those of the others.
const KEPT: Verdict = Ok(Ok(()));

/// The tenant's turn is ours, so nobody counts between the question and the answer.
async fn charge(batch: &mut Batch, tenant: &str, charges: &[Charged]) -> Verdict {
    const COUNT: &str = "SELECT count FROM charges WHERE tenant = $1 AND id = $2";
    const ADD: &str = "INSERT INTO charges (tenant, id, count, ends) VALUES ($1, $2, 1, $3) \
        ON CONFLICT (tenant, id) DO UPDATE SET count = charges.count + 1";
    for charge in charges {
        let query = sqlx::query_scalar(COUNT).bind(tenant.to_owned()).bind(charge.id.clone());
        let count: Option<i64> = query.fetch_optional(&mut *batch.transaction).await?;
        if unsigned(count.unwrap_or_default()) >= charge.limit {
            return Ok(Err(Denied {
                code: policy::Code::RateLimited.into(),
                category: Some(charge.category.clone()),
                retry_after: Some(charge.ends.saturating_sub(charge.now)),
            }));
        }
    }
    for charge in charges {
        let query =
            sqlx::query(ADD).bind(tenant.to_owned()).bind(charge.id.clone()).bind(signed(charge.ends));
        query.execute(&mut *batch.transaction).await?;
    }
    Ok(Ok(()))
}

async fn take_launch(batch: &mut Batch, tenant: &str, hash: &str) -> Verdict {
    const USED: &str = "SELECT used_at FROM launches WHERE tenant = $1 AND hash = $2";
    if batch.gathered.is_taken(tenant, hash) {
        return Ok(Ok(()));
    }
    let query = sqlx::query_scalar(USED).bind(tenant.to_owned()).bind(hash.to_owned());
    let used: Option<i64> = query.fetch_optional(&mut *batch.transaction).await?;
    Ok(Err(match used {
        None => Code::LaunchUnknown,
        Some(0) => Code::LaunchExpired,
        Some(_) => Code::LaunchUsed,
    }
    .into()))
}

/// Most renewals find the session as it was when they asked; those that do not look again.
async fn renew(batch: &mut Batch, tenant: &str, renewal: &Renewal, done: &mut Done) -> Verdict {
    batch.flush_rows().await?;
    if let Some(listed) = &renewal.listed {
        const UNLIST: &str = "UPDATE statuses SET revoked = 1 WHERE tenant = $1 AND token = $2";
        let query = sqlx::query(UNLIST).bind(tenant.to_owned()).bind(listed.clone());
        query.execute(&mut *batch.transaction).await?;
    }
    let mut known = renewal.known.clone();
    for _ in 0..2 {
        if let Some(renewals) = exchange(batch, tenant, renewal, &known).await? {
            done.renewals = renewals;
            return Ok(Ok(()));
        }
        known = match look_again(batch, tenant, renewal).await? {
            Ok(known) => known,
            Err(denied) => return Ok(Err(denied)),
        };
    }
    Ok(Err(Code::SessionSuperseded.into()))
}

/// Puts the new tokens in the place of the old one, if the session is live and has the tokens it was known to have.
async fn exchange(
    batch: &mut Batch,
    tenant: &str,
    renewal: &Renewal,
    known: &str,
) -> Result<Option<u64>, StoreError> {
    const RENEW: &str = "UPDATE sessions SET tokens = $3, latest = CASE WHEN latest > $4 THEN latest ELSE $4 END, \
        renewals = renewals + 1, seen_at = $5 WHERE tenant = $1 AND agent = $2 AND state = 'live' AND tokens = $6 \
        AND renewals < $7 RETURNING renewals";
    if !known.split(' ').any(|token| token == renewal.old) {
        return Ok(None);
    }
    let renewals: Option<i64> = sqlx::query_scalar(RENEW)
        .bind(tenant.to_owned())
        .bind(renewal.agent.clone())
        .bind(renewal.tokens(known))
        .bind(signed(renewal.latest))
        .bind(signed(renewal.now))
        .bind(known.to_owned())
        .bind(signed(renewal.limit))
        .fetch_optional(&mut *batch.transaction)
        .await?;
    Ok(renewals.map(unsigned))
}

/// The session's tokens as they are, or why there is no renewal.
async fn look_again(
    batch: &mut Batch,
    tenant: &str,
    renewal: &Renewal,
) -> Result<Result<String, Denied>, StoreError> {
    const SESSION: &str = "SELECT state, tokens, renewals FROM sessions WHERE tenant = $1 AND agent = $2";
    let query = sqlx::query(SESSION).bind(tenant.to_owned()).bind(renewal.agent.clone());
    let Some(row) = query.fetch_optional(&mut *batch.transaction).await? else {
        return Ok(Err(Code::SessionUnknown.into()));
    };
    let (state, tokens): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    if let Some(code) = ended(&state) {
        return Ok(Err(code.into()));
    }
    if !tokens.split(' ').any(|token| token == renewal.old) {
        return Ok(Err(Code::SessionSuperseded.into()));
    }
    if unsigned(row.try_get(2)?) >= renewal.limit {
        return Ok(Err(policy::Code::RenewalsExhausted.into()));
    }
    Ok(Ok(tokens))
}

async fn extend(batch: &mut Batch, tenant: &str, agent: &str, latest: u64) -> Verdict {
    batch.flush_rows().await?;
    const EXTEND: &str = "UPDATE sessions SET latest = CASE WHEN latest > $3 THEN latest ELSE $3 END \
        WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(EXTEND).bind(tenant.to_owned()).bind(agent.to_owned()).bind(signed(latest));
    change_live(batch, tenant, agent, query).await
}

async fn put_handle(batch: &mut Batch, tenant: &str, handle: &NewHandle) -> Verdict {
    const HANDLE: &str = "INSERT INTO handles (tenant, hash, sealed, expires) VALUES ($1, $2, $3, $4)";
    sqlx::query(HANDLE)
        .bind(tenant.to_owned())
        .bind(handle.hash.clone())
        .bind(handle.sealed.clone())
        .bind(signed(handle.expires))
        .execute(&mut *batch.transaction)
        .await?;
    Ok(Ok(()))
}

/// An access token that came from a revoked token goes with it: its own id is revoked, and its status. Not where a fresher token took
/// its place: what was derived before then lives its own few minutes.
async fn revoke(
    batch: &mut Batch,
    tenant: &str,
    id: RevokedId,
    expires: u64,
    reason: Reason,
    now: u64,
) -> Verdict {
    add(batch, tenant, id, expires, reason, now)?;
    if !matches!(id.level(), Level::Token | Level::Chain) || reason == Reason::Renewed {
        return Ok(Ok(()));
    }
    batch.flush_rows().await?;
    const DERIVED: &str = "UPDATE statuses SET revoked = 1 WHERE tenant = $1 AND revoked = 0 AND (token = $2 OR lineage LIKE $3) \
        RETURNING token, expires";
    let text = crate::hex::encode(id.id());
    let rows = sqlx::query(DERIVED)
        .bind(tenant.to_owned())
        .bind(text.clone())
        .bind(format!("%{text}%"))
        .fetch_all(&mut *batch.transaction)
        .await?;
    for row in rows {
        let token: String = row.try_get(0)?;
        if token != text
            && let Some(id) = crate::hex::array(&token)
        {
            add(
                batch,
                tenant,
                RevokedId::from_parts(Level::Token, id),
                unsigned(row.try_get(1)?),
                reason,
                now,
            )?;
        }
    }
    Ok(Ok(()))
}

fn add(
    batch: &mut Batch,
    tenant: &str,
    id: RevokedId,
    expires: u64,
    reason: Reason,
    now: u64,
) -> Result<(), StoreError> {
    let expires =
        UnixTime::new(expires).map_err(|_| StoreError::Schema("a time is out of range".to_owned()))?;
    let entry = Revoked::outliving(id, expires);
    batch.tenant(tenant)?.revoke(RevocationRow { seq: 0, entry, added: now, reason: reason.as_str() });
    Ok(())
}

async fn revoke_agent(
    batch: &mut Batch,
    tenant: &str,
    agent: &str,
    reason: Reason,
    now: u64,
    done: &mut Done,
) -> Verdict {
    batch.flush_rows().await?;
    const LATEST: &str = "SELECT latest FROM sessions WHERE tenant = $1 AND agent = $2";
    let query = sqlx::query_scalar(LATEST).bind(tenant.to_owned()).bind(agent.to_owned());
    let latest: Option<i64> = query.fetch_optional(&mut *batch.transaction).await?;
    let ended = end(batch, tenant, agent, reason.as_str(), now).await?;
    // Who gives back or is silent must be there; an operator may revoke what nobody knows.
    if let (Err(denied), Reason::Released | Reason::Silent) = (&ended, reason) {
        return Ok(Err(denied.clone()));
    }
    done.ended = done.ended.saturating_add(u64::from(ended.is_ok()));
    let id =
        AgentId::parse(agent).map_err(|_| StoreError::Schema("an agent's id cannot be read".to_owned()))?;
    let latest = latest.map_or_else(|| now.saturating_add(LONGEST), unsigned);
    add(batch, tenant, RevokedId::agent(&id), latest.max(now), reason, now)?;
    statuses_of_agent(batch, tenant, agent).await
}

/// Seconds that a token of an agent nobody knows could still live: the longest that policies allow.
const LONGEST: u64 = 3600;

async fn revoke_task(
    batch: &mut Batch,
    tenant: &str,
    task: &str,
    reason: Reason,
    now: u64,
    done: &mut Done,
) -> Verdict {
    batch.flush_rows().await?;
    const AGENTS: &str = "SELECT agent, latest, state FROM sessions WHERE tenant = $1 AND task = $2";
    let query = sqlx::query(AGENTS).bind(tenant.to_owned()).bind(task.to_owned());
    let rows = query.fetch_all(&mut *batch.transaction).await?;
    let mut latest = if rows.is_empty() { now.saturating_add(LONGEST) } else { now };
    for row in rows {
        let (agent, state): (String, String) = (row.try_get(0)?, row.try_get(2)?);
        latest = latest.max(unsigned(row.try_get(1)?));
        if state == "live" {
            done.ended = done.ended.saturating_add(1);
            drop(end(batch, tenant, &agent, reason.as_str(), now).await?);
        }
        drop(statuses_of_agent(batch, tenant, &agent).await?);
    }
    add(batch, tenant, RevokedId::task(task), latest, reason, now)?;
    Ok(Ok(()))
}

async fn statuses_of_agent(batch: &mut Batch, tenant: &str, agent: &str) -> Verdict {
    const STATUSES: &str =
        "UPDATE statuses SET revoked = 1 WHERE tenant = $1 AND (agent = $2 OR root = $2) AND revoked = 0";
    let query = sqlx::query(STATUSES).bind(tenant.to_owned()).bind(agent.to_owned());
    query.execute(&mut *batch.transaction).await?;
    Ok(Ok(()))
}

async fn end(batch: &mut Batch, tenant: &str, agent: &str, state: &str, now: u64) -> Verdict {
    batch.flush_rows().await?;
    const END: &str =
        "UPDATE sessions SET state = $3, ended_at = $4 WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(END)
        .bind(tenant.to_owned())
        .bind(agent.to_owned())
        .bind(state.to_owned())
        .bind(signed(now));
    change_live(batch, tenant, agent, query).await
}

async fn beat(batch: &mut Batch, tenant: &str, agent: &str, activity: &str, now: u64) -> Verdict {
    batch.flush_rows().await?;
    const BEAT: &str =
        "UPDATE sessions SET seen_at = $3, activity = $4 WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(BEAT)
        .bind(tenant.to_owned())
        .bind(agent.to_owned())
        .bind(signed(now))
        .bind(activity.to_owned());
    change_live(batch, tenant, agent, query).await
}

/// Makes a change to the live session of an agent, or says why there is none.
async fn change_live(batch: &mut Batch, tenant: &str, agent: &str, change: Change<'_>) -> Verdict {
    if change.execute(&mut *batch.transaction).await?.rows_affected() == 1 {
        return Ok(Ok(()));
    }
    not_live(batch, tenant, agent).await
}

/// Why there is no live session of that agent.
async fn not_live(batch: &mut Batch, tenant: &str, agent: &str) -> Verdict {
    const STATE: &str = "SELECT state FROM sessions WHERE tenant = $1 AND agent = $2";
    let query = sqlx::query_scalar(STATE).bind(tenant.to_owned()).bind(agent.to_owned());
    let state: Option<String> = query.fetch_optional(&mut *batch.transaction).await?;
    let code = state.as_deref().map_or(Some(Code::SessionUnknown), ended).unwrap_or(Code::SessionEnded);
    Ok(Err(code.into()))
}

/// Why a session is over; L16 wants the two ways told apart.
pub(super) fn ended(state: &str) -> Option<Code> {
    match state {
        "live" => None,
        "expired" => Some(Code::SessionExpired),
        "released" => Some(Code::SessionEnded),
        _ => Some(Code::SessionRevoked),
    }
}

async fn put_policy(batch: &mut Batch, tenant: &str, text: &str, digest: &str, now: u64) -> Verdict {
    const POLICY: &str =
        "INSERT INTO policies (tenant, version, digest, text, added) VALUES ($1, $2, $3, $4, $5)";
    let version = batch.tenant(tenant)?.has_policy();
    sqlx::query(POLICY)
        .bind(tenant.to_owned())
        .bind(signed(version))
        .bind(digest.to_owned())
        .bind(text.to_owned())
        .bind(signed(now))
        .execute(&mut *batch.transaction)
        .await?;
    Ok(Ok(()))
}

/// The name under which a proof or an assertion is remembered.
pub fn once_id(kind: &str, parts: &[&[u8]]) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    for part in parts {
        bytes.push(0);
        bytes.extend_from_slice(part);
    }
    Digest::of(&bytes).to_string()
}
