//! `POST /release` and `POST /heartbeat`: what a living agent says of itself, with its own token and proof.

use super::{Context, Fault, Problem};
use crate::{
    audit::{Event, Name, Operation},
    code::Code,
    store::{Intent, Reason, Step},
};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};

/// The task is done: ends the agent's session, its tokens and everything derived from them (B7, D10).
///
/// # Errors
/// `client.*`, `session.*`, core's.
pub(crate) async fn release(context: Context, _: Bytes) -> Result<Json<Value>, Problem> {
    handle_release(&context).await.map(Json).map_err(|fault| context.problem(fault))
}

async fn handle_release(context: &Context) -> Result<Value, Fault> {
    let mut denied = context.event(Operation::ReleaseDenied);
    let (agent, once) = match own(context, &mut denied).await {
        Ok(own) => own,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    let event = Event { operation: Operation::AgentReleased, ..denied.clone() };
    let ends = Step::RevokeAgent { agent: agent.clone(), reason: Reason::Released, now: context.seconds() };
    let tenant = context.tenant.name.clone();
    let intent = Intent { tenant, steps: vec![once, ends], events: vec![event], denied: Some(denied) };
    let done = context.write(intent).await?;
    Ok(json!({ "agent_id": agent, "released": true, "revocation_seq": done.revocation_seq }))
}

/// The states of a living agent (requirement L5).
const STATES: [&str; 3] = ["active", "idle", "completing"];

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Beat {
    #[serde(default)]
    state: Option<String>,
}

/// The agent is alive (D8). Silence for three intervals ends it.
///
/// # Errors
/// `client.*`, `session.*`, `request.bad`, core's.
pub(crate) async fn heartbeat(context: Context, body: Bytes) -> Result<Json<Value>, Problem> {
    handle_heartbeat(&context, &body).await.map(Json).map_err(|fault| context.problem(fault))
}

async fn handle_heartbeat(context: &Context, body: &Bytes) -> Result<Value, Fault> {
    let mut denied = context.event(Operation::HeartbeatDenied);
    let read = own(context, &mut denied).await.and_then(|own| Ok((own, state(body)?)));
    let ((agent, once), state) = match read {
        Ok(read) => read,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    let row = context.app.store().session(&context.tenant.name, &agent).await?;
    let is_other = row.as_ref().is_some_and(|row| row.activity != state);
    // Heartbeats that change nothing are not worth a record each.
    let events = if is_other {
        vec![Event { operation: Operation::HeartbeatState, ..denied.clone() }]
    } else {
        Vec::new()
    };
    let beat = Step::Beat { agent: agent.clone(), activity: state.clone(), now: context.seconds() };
    let tenant = context.tenant.name.clone();
    context.write(Intent { tenant, steps: vec![once, beat], events, denied: Some(denied) }).await?;
    context.app.metrics().heartbeat();
    let every = row.map_or(0, |row| row.heartbeat);
    Ok(json!({ "agent_id": agent, "state": state, "next": every }))
}

fn state(body: &Bytes) -> Result<String, Fault> {
    let beat: Beat = if body.is_empty() {
        Beat::default()
    } else {
        serde_json::from_slice(body).map_err(|_| Fault::from(Code::BadRequest))?
    };
    let state = beat.state.unwrap_or_else(|| "active".to_owned());
    if STATES.contains(&state.as_str()) {
        Ok(state)
    } else {
        Err(Fault::from(Code::BadRequest).about("state"))
    }
}

/// The agent that asks, by the token the service gave it.
async fn own(context: &Context, denied: &mut Event) -> Result<(String, Step), Fault> {
    let (believed, once) = context.holder().await?;
    denied.actor = Name::parse("holder");
    believed.describe(context, denied);
    Ok((believed.own_agent()?.to_string(), once))
}
