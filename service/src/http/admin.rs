//! `POST /admin/revocations` and the policy: what operators do.

use super::{Context, Fault, Problem};
use crate::{
    audit::{Name, Operation},
    code::Code,
    hex,
    policy::{Action, Ask, Explanation, Principal, Wish},
    store::{Intent, Reason, Step},
};
use axum::{Json, body::Bytes, http::StatusCode};
use keybound::{
    AgentId, Authority, TokenId,
    revocation::{Level, RevokedId},
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// Seconds for which a revocation is kept of whose tokens nobody here knows how long they live: as long as any can.
const LONGEST: u64 = 3600;

/// What is to be revoked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    level: String,
    id: String,
    #[serde(default)]
    reason: Option<Reason>,
}

/// Handles it (D1 to D4).
///
/// # Errors
/// `client.*`, `request.bad`.
pub(crate) async fn revocations(context: Context, body: Bytes) -> Result<(StatusCode, Json<Value>), Problem> {
    let handled = handle(&context, &body).await;
    handled.map(|answer| (StatusCode::CREATED, Json(answer))).map_err(|fault| context.problem(fault))
}

async fn handle(context: &Context, body: &Bytes) -> Result<Value, Fault> {
    let mut denied = context.event(Operation::RevocationDenied);
    let read = context.client("admin", None).and_then(|client| {
        denied.actor = Name::parse(&client.client);
        let wanted: Wanted = serde_json::from_slice(body).map_err(|_| Fault::from(Code::BadRequest))?;
        let step = step(&wanted, context.seconds())?;
        Ok((client, wanted, step))
    });
    let (client, wanted, step) = match read {
        Ok(read) => read,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    let mut event = crate::audit::Event { operation: Operation::RevocationAdded, ..denied.clone() };
    event.rule = Name::parse(&wanted.level);
    event.agent = AgentId::parse(&wanted.id).ok();
    match wanted.level.as_str() {
        "token" => event.token = token(&wanted.id),
        "task" => event.task = Name::parse(&wanted.id),
        _ => {}
    }
    let steps = client.once.into_iter().chain([step]).collect();
    let tenant = context.tenant.name.clone();
    let intent = Intent { tenant, steps, events: vec![event], denied: Some(denied) };
    let done = context.write(intent).await?;
    context.app.metrics().revoked(&wanted.level);
    Ok(json!({ "level": wanted.level, "revocation_seq": done.revocation_seq, "sessions_ended": done.ended }))
}

fn step(wanted: &Wanted, now: u64) -> Result<Step, Fault> {
    let bad = || Fault::from(Code::BadRequest).about("id");
    let reason = wanted.reason.unwrap_or(Reason::Operator);
    let expires = now.saturating_add(LONGEST);
    let revoke = |id: RevokedId| Step::Revoke { id, expires, reason, now };
    let level = Level::named(&wanted.level).ok_or_else(|| Fault::from(Code::BadRequest).about("level"))?;
    Ok(match level {
        Level::Token => revoke(RevokedId::token(&token(&wanted.id).ok_or_else(bad)?)),
        Level::Chain => {
            let digest: [u8; 32] =
                hex::decode(&wanted.id).and_then(|bytes| bytes.try_into().ok()).ok_or_else(bad)?;
            revoke(RevokedId::chain(keybound::Digest::from_bytes(digest)))
        }
        Level::Agent => {
            AgentId::parse(&wanted.id).map_err(|_| bad())?;
            Step::RevokeAgent { agent: wanted.id.clone(), reason, now }
        }
        Level::Task => {
            if wanted.id.is_empty() || wanted.id.len() > 1024 {
                return Err(bad());
            }
            Step::RevokeTask { task: wanted.id.clone(), reason, now }
        }
        Level::Key => {
            let jwk: Value = serde_json::from_str(&wanted.id).map_err(|_| bad())?;
            revoke(RevokedId::holder(&keybound::PublicKey::from_jwk(jwk.to_string().as_bytes())?))
        }
    })
}

/// A token id as a UUID or in hexadecimal.
fn token(text: &str) -> Option<TokenId> {
    match hex::decode(text) {
        Some(bytes) => bytes.try_into().ok().map(TokenId::from_bytes),
        None => (text.len() == 36).then(|| TokenId::from_text(text)),
    }
}

/// What a decision is to be explained for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'a> {
    workflow: String,
    orchestrator: String,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    principal: Option<User>,
    #[serde(default)]
    attested: Option<String>,
    #[serde(borrow, default)]
    tools: Option<&'a RawValue>,
    #[serde(default)]
    scope: Option<Vec<String>>,
    #[serde(default)]
    audience: Vec<String>,
    #[serde(default)]
    ttl: Option<u64>,
    #[serde(default)]
    max_depth: Option<u32>,
    #[serde(default)]
    format: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    id: String,
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
}

/// `POST /policy/test`: explains a decision, rule by rule, and issues nothing.
///
/// # Errors
/// `client.*`, `request.bad`.
pub(crate) async fn test_policy(context: Context, body: Bytes) -> Result<Json<Explanation>, Problem> {
    let explained = context.client("admin", None).and_then(|_| explain(&context, &body));
    explained.map(Json).map_err(|fault| context.problem(fault))
}

fn explain(context: &Context, body: &Bytes) -> Result<Explanation, Fault> {
    let bad = |name: &str| Fault::from(Code::BadRequest).about(name);
    let question: Question<'_> = serde_json::from_slice(body).map_err(|_| Fault::from(Code::BadRequest))?;
    let action = match question.action.as_deref().unwrap_or("launch") {
        "launch" => Action::Launch,
        "attested" => Action::Attested,
        "renew" => Action::Renew,
        "on_behalf_of" => Action::OnBehalfOf,
        "exchange" => Action::Exchange,
        _ => return Err(bad("action")),
    };
    let mut ask = Ask::new(action, &question.workflow, &question.orchestrator);
    ask.attested = question.attested;
    if let Some(user) = question.principal {
        let groups = user.groups.iter().map(String::as_str);
        ask.principal = Some(Principal::new(&user.id, user.tier.as_deref(), groups)?);
    }
    ask.wish = Wish {
        tools: question.tools.map(|tools| Authority::from_json(tools.get())).transpose()?,
        scope: question.scope,
        audience: question.audience,
        ttl: question.ttl,
        depth: question.max_depth,
        format: match question.format.as_deref() {
            None => None,
            Some(name) => Some(crate::policy::TokenFormat::named(name).ok_or_else(|| bad("format"))?),
        },
    };
    Ok(context.tenant.policy().policy.explain(&ask))
}

/// `GET /admin/sessions?task=…`: the agents of a task, as the service sees them (F6).
///
/// # Errors
/// `client.*`.
pub(crate) async fn sessions(
    context: Context,
    axum::extract::Query(query): axum::extract::Query<Of>,
) -> Result<Json<Value>, Problem> {
    let listed = list(&context, &query).await;
    listed.map(Json).map_err(|fault| context.problem(fault))
}

/// Whose sessions.
#[derive(Deserialize)]
pub(crate) struct Of {
    task: String,
}

async fn list(context: &Context, of: &Of) -> Result<Value, Fault> {
    let may = context.client("launch", None).or_else(|_| context.client("admin", None))?;
    let rows = context.app.store().sessions_of_task(&context.tenant.name, &of.task).await?;
    // An orchestrator sees its own agents; an admin all.
    let seen = rows.into_iter().filter(|row| may.scope.has("admin") || row.orchestrator == may.client);
    let sessions: Vec<Value> = seen
        .map(|row| {
            json!({
                "agent_id": row.agent, "workflow": row.workflow, "task": row.task, "state": row.state,
                "activity": row.activity, "started": row.started, "ends": row.ends, "last_seen": row.seen_at,
                "renewals": row.renewals, "token_expires": row.latest, "heartbeat": row.heartbeat,
                "missed": missed(row.heartbeat, row.seen_at, context.seconds()),
            })
        })
        .collect();
    Ok(json!({ "sessions": sessions }))
}

/// Heartbeats that should have come.
fn missed(every: u64, seen_at: u64, now: u64) -> u64 {
    now.saturating_sub(seen_at).checked_div(every).unwrap_or_default()
}
