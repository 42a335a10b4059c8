//! `POST /admin/revocations` and the policy: what operators do.

use super::{Context, Fault, Problem};
use crate::{
    audit::{Name, Operation},
    code::Code,
    operate::{BadQuestion, BadTarget, Target, question},
    policy::Explanation,
    store::{Intent, Reason},
};
use axum::{Json, body::Bytes, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

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
        let target = Target::parse(&wanted.level, &wanted.id)?;
        Ok((client, wanted.reason, target))
    });
    let (client, reason, target) = match read {
        Ok(read) => read,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    let mut event = crate::audit::Event { operation: Operation::RevocationAdded, ..denied.clone() };
    target.describe(&mut event);
    let step = target.step(reason.unwrap_or(Reason::Operator), context.now);
    let steps = client.once.into_iter().chain([step]).collect();
    let tenant = context.tenant.name.clone();
    let intent = Intent { tenant, steps, events: vec![event], denied: Some(denied) };
    let done = context.write(intent).await?;
    let level = target.level().as_str();
    context.app.metrics().revoked(level);
    Ok(json!({ "level": level, "revocation_seq": done.revocation_seq, "sessions_ended": done.ended }))
}

impl From<BadTarget> for Fault {
    fn from(bad: BadTarget) -> Self {
        match bad {
            BadTarget::Part(name) => Self::from(Code::BadRequest).about(name),
            BadTarget::Key(refusal) => refusal.into(),
        }
    }
}

impl From<BadQuestion> for Fault {
    fn from(bad: BadQuestion) -> Self {
        match bad {
            BadQuestion::Json => Code::BadRequest.into(),
            BadQuestion::Part(name) => Self::from(Code::BadRequest).about(name),
            BadQuestion::Denied(denial) => denial.into(),
            BadQuestion::Refused(refusal) => refusal.into(),
        }
    }
}

/// `POST /policy/test`: explains a decision, rule by rule, and issues nothing.
///
/// # Errors
/// `client.*`, `request.bad`.
pub(crate) async fn test_policy(context: Context, body: Bytes) -> Result<Json<Explanation>, Problem> {
    let ask = context.client("admin", None).and_then(|_| Ok(question(&body)?));
    let explained = ask.map(|ask| context.tenant.policy().policy.explain(&ask));
    explained.map(Json).map_err(|fault| context.problem(fault))
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
    let may = context.client_with_any(&["launch", "admin"], None)?;
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
