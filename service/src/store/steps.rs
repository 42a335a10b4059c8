//! What each step of an intent does to the tables.

use super::{
    Denied, Done, NewHandle, NewLaunch, NewSession, NewStatus, Reason, RevocationRow, Step, StoreError,
    batch::Batch,
    intent::{Charged, Renewal},
    rows::{signed, unsigned},
};
use crate::{code::Code, policy};
use keybound::{
    AgentId, Digest, UnixTime,
    revocation::{Level, Revoked, RevokedId},
};
use sqlx::Row as _;

type Verdict = Result<Result<(), Denied>, StoreError>;

pub(super) async fn apply(batch: &mut Batch, tenant: &str, step: &Step, done: &mut Done) -> Verdict {
    match step {
        Step::Once { id, until } => once(batch, tenant, id, *until).await,
        Step::Charge(charges) => charge(batch, tenant, charges).await,
        Step::Launch(launch) => put_launch(batch, tenant, launch).await,
        Step::TakeLaunch { hash, now } => take_launch(batch, tenant, hash, *now).await,
        Step::Begin(session) => begin(batch, tenant, session).await,
        Step::Renew(renewal) => renew(batch, tenant, renewal, done).await,
        Step::Extend { agent, latest } => extend(batch, tenant, agent, *latest).await,
        Step::Status(status) => put_status(batch, tenant, status).await,
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

async fn once(batch: &mut Batch, tenant: &str, id: &str, until: u64) -> Verdict {
    const ONCE: &str = "INSERT INTO used (tenant, id, ends) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let query = sqlx::query(ONCE).bind(tenant.to_owned()).bind(id.to_owned()).bind(signed(until));
    let inserted = query.execute(&mut *batch.transaction).await?.rows_affected();
    Ok(if inserted == 1 { Ok(()) } else { Err(keybound::Code::Replayed.into()) })
}

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

async fn put_launch(batch: &mut Batch, tenant: &str, launch: &NewLaunch) -> Verdict {
    const LAUNCH: &str = "INSERT INTO launches (tenant, hash, orchestrator, workflow, task, principal, terms, created, expires, \
        used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    sqlx::query(LAUNCH)
        .bind(tenant.to_owned())
        .bind(launch.hash.clone())
        .bind(launch.orchestrator.clone())
        .bind(launch.workflow.clone())
        .bind(launch.task.clone())
        .bind(launch.principal.clone())
        .bind(launch.terms.clone())
        .bind(signed(launch.created))
        .bind(signed(launch.expires))
        .execute(&mut *batch.transaction)
        .await?;
    Ok(Ok(()))
}

async fn take_launch(batch: &mut Batch, tenant: &str, hash: &str, now: u64) -> Verdict {
    const TAKE: &str =
        "UPDATE launches SET used_at = $3 WHERE tenant = $1 AND hash = $2 AND used_at = 0 AND expires > $3";
    const USED: &str = "SELECT used_at FROM launches WHERE tenant = $1 AND hash = $2";
    let query = sqlx::query(TAKE).bind(tenant.to_owned()).bind(hash.to_owned()).bind(signed(now));
    if query.execute(&mut *batch.transaction).await?.rows_affected() == 1 {
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

/// Ids are drawn at random; should one ever come twice, the second agent does not get it.
async fn begin(batch: &mut Batch, tenant: &str, session: &NewSession) -> Verdict {
    const BEGIN: &str = "INSERT INTO sessions (tenant, agent, orchestrator, workflow, task, principal, holder, evidence, terms, \
        state, started, ends, renewals, tokens, latest, heartbeat, seen_at, activity, ended_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'live', $10, $11, 0, $12, $13, $14, $10, 'active', 0) \
        ON CONFLICT DO NOTHING";
    let query = sqlx::query(BEGIN)
        .bind(tenant.to_owned())
        .bind(session.agent.clone())
        .bind(session.orchestrator.clone())
        .bind(session.workflow.clone())
        .bind(session.task.clone())
        .bind(session.principal.clone())
        .bind(session.holder.clone())
        .bind(session.evidence.clone())
        .bind(session.terms.clone())
        .bind(signed(session.started))
        .bind(signed(session.ends))
        .bind(session.tokens.join(" "))
        .bind(signed(session.latest))
        .bind(signed(session.heartbeat));
    let begun = query.execute(&mut *batch.transaction).await?.rows_affected();
    Ok(if begun == 1 { Ok(()) } else { Err(Code::SessionExists.into()) })
}

async fn renew(batch: &mut Batch, tenant: &str, renewal: &Renewal, done: &mut Done) -> Verdict {
    const SESSION: &str = "SELECT state, tokens, renewals FROM sessions WHERE tenant = $1 AND agent = $2";
    const RENEW: &str = "UPDATE sessions SET tokens = $3, latest = CASE WHEN latest > $4 THEN latest ELSE $4 END, \
        renewals = renewals + 1, seen_at = $5 WHERE tenant = $1 AND agent = $2";
    let query = sqlx::query(SESSION).bind(tenant.to_owned()).bind(renewal.agent.clone());
    let Some(row) = query.fetch_optional(&mut *batch.transaction).await? else {
        return Ok(Err(Code::SessionUnknown.into()));
    };
    let (state, tokens): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let renewals = unsigned(row.try_get(2)?);
    if let Some(code) = ended(&state) {
        return Ok(Err(code.into()));
    }
    if !tokens.split(' ').any(|token| token == renewal.old) {
        return Ok(Err(Code::SessionSuperseded.into()));
    }
    if renewals >= renewal.limit {
        return Ok(Err(policy::Code::RenewalsExhausted.into()));
    }
    let kept = tokens.split(' ').filter(|token| *token != renewal.old).map(str::to_owned);
    let tokens: Vec<String> = kept.chain(renewal.new.iter().cloned()).collect();
    sqlx::query(RENEW)
        .bind(tenant.to_owned())
        .bind(renewal.agent.clone())
        .bind(tokens.join(" "))
        .bind(signed(renewal.latest))
        .bind(signed(renewal.now))
        .execute(&mut *batch.transaction)
        .await?;
    done.renewals = renewals.saturating_add(1);
    Ok(Ok(()))
}

async fn extend(batch: &mut Batch, tenant: &str, agent: &str, latest: u64) -> Verdict {
    const EXTEND: &str = "UPDATE sessions SET latest = CASE WHEN latest > $3 THEN latest ELSE $3 END \
        WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(EXTEND).bind(tenant.to_owned()).bind(agent.to_owned()).bind(signed(latest));
    if query.execute(&mut *batch.transaction).await?.rows_affected() == 1 {
        return Ok(Ok(()));
    }
    not_live(batch, tenant, agent).await
}

async fn put_status(batch: &mut Batch, tenant: &str, status: &NewStatus) -> Verdict {
    const STATUS: &str = "INSERT INTO statuses (tenant, place, token, agent, lineage, expires, revoked) \
        VALUES ($1, $2, $3, $4, $5, $6, 0)";
    sqlx::query(STATUS)
        .bind(tenant.to_owned())
        .bind(signed(status.place))
        .bind(status.token.clone())
        .bind(status.agent.clone())
        .bind(status.lineage.join(" "))
        .bind(signed(status.expires))
        .execute(&mut *batch.transaction)
        .await?;
    Ok(Ok(()))
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

/// An access token that came from a revoked token goes with it: its own id is revoked, and its status.
async fn revoke(
    batch: &mut Batch,
    tenant: &str,
    id: RevokedId,
    expires: u64,
    reason: Reason,
    now: u64,
) -> Verdict {
    add(batch, tenant, id, expires, reason, now)?;
    if !matches!(id.level(), Level::Token | Level::Chain) {
        return Ok(Ok(()));
    }
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
            && let Some(id) = crate::hex::decode(&token).and_then(|bytes| bytes.try_into().ok())
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
    const STATUSES: &str = "UPDATE statuses SET revoked = 1 WHERE tenant = $1 AND agent = $2 AND revoked = 0";
    let query = sqlx::query(STATUSES).bind(tenant.to_owned()).bind(agent.to_owned());
    query.execute(&mut *batch.transaction).await?;
    Ok(Ok(()))
}

async fn end(batch: &mut Batch, tenant: &str, agent: &str, state: &str, now: u64) -> Verdict {
    const END: &str =
        "UPDATE sessions SET state = $3, ended_at = $4 WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(END)
        .bind(tenant.to_owned())
        .bind(agent.to_owned())
        .bind(state.to_owned())
        .bind(signed(now));
    if query.execute(&mut *batch.transaction).await?.rows_affected() == 1 {
        return Ok(Ok(()));
    }
    not_live(batch, tenant, agent).await
}

async fn beat(batch: &mut Batch, tenant: &str, agent: &str, activity: &str, now: u64) -> Verdict {
    const BEAT: &str =
        "UPDATE sessions SET seen_at = $3, activity = $4 WHERE tenant = $1 AND agent = $2 AND state = 'live'";
    let query = sqlx::query(BEAT)
        .bind(tenant.to_owned())
        .bind(agent.to_owned())
        .bind(signed(now))
        .bind(activity.to_owned());
    if query.execute(&mut *batch.transaction).await?.rows_affected() == 1 {
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
