//! `POST /launch`: an orchestrator launches an agent, and fixes what it will be.

use super::{
    Context, Fault, Problem,
    auth::{agent_id, launch_hash, launch_token},
    mint::granted,
};
use crate::{
    audit::{Event, Name, Operation},
    code::Code,
    hex,
    operate::User,
    policy::{Action, Ask, Principal, Terms, Wish},
    store::{Denied, Intent, NewLaunch, Step},
    tenant::fresh,
};
use axum::{Json, body::Bytes, http::StatusCode};
use keybound::Authority;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

/// What an orchestrator asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launch<'a> {
    workflow: String,
    task: String,
    #[serde(default)]
    principal: Option<User>,
    /// The user's own OIDC token, in the place of `principal` (H2).
    #[serde(default)]
    subject_token: Option<String>,
    #[serde(borrow, default)]
    tools: Option<&'a RawValue>,
    #[serde(default)]
    audience: Vec<String>,
    #[serde(default)]
    ttl: Option<u64>,
    #[serde(default)]
    launch_ttl: Option<u64>,
    #[serde(default)]
    max_depth: Option<u32>,
}

/// What the orchestrator hands to its agent.
#[derive(Serialize)]
pub(crate) struct Launched {
    launch_token: String,
    expires_in: u64,
    grant_type: &'static str,
    token_endpoint: String,
    task: String,
    orchestrator: String,
    authorization_details: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop_nonce: Option<String>,
}

/// Handles it.
///
/// # Errors
/// `client.*`, `policy.*`, `attest.*`, core's.
pub(crate) async fn launch(context: Context, body: Bytes) -> Result<(StatusCode, Json<Launched>), Problem> {
    let launched = handle(&context, &body).await;
    launched.map(|launched| (StatusCode::CREATED, Json(launched))).map_err(|fault| context.problem(fault))
}

async fn handle(context: &Context, body: &Bytes) -> Result<Launched, Fault> {
    let mut event = context.event(Operation::LaunchDenied);
    let client = match context.client("launch", None) {
        Ok(client) => client,
        Err(fault) => return Err(context.refuse(context.event(Operation::ClientDenied), fault).await),
    };
    event.actor = Name::parse(&client.client);
    event.orchestrator = Name::parse(&client.client);
    let wanted = match read(body) {
        Ok(wanted) => wanted,
        Err(fault) => return Err(context.refuse(event, fault).await),
    };
    match decide(context, &client.client, &wanted, &mut event).await {
        Ok((terms, principal)) => store(context, &client, &wanted, event, terms, principal).await,
        Err(fault) => Err(context.refuse(event, fault).await),
    }
}

fn read(body: &Bytes) -> Result<Launch<'_>, Fault> {
    serde_json::from_slice(body).map_err(|_| Code::BadRequest.into())
}

async fn decide(
    context: &Context,
    orchestrator: &str,
    wanted: &Launch<'_>,
    event: &mut Event,
) -> Result<(Terms, Option<Principal>), Fault> {
    // The id of an agent of this launch must be one.
    let id = agent_id(&context.tenant.trust_domain, orchestrator, &wanted.task, "0")?;
    event.task = Name::parse(id.task());
    let policy = context.tenant.policy();
    if policy.policy.workflow(&wanted.workflow).is_some() {
        event.workflow = Name::parse(&wanted.workflow);
    }
    let principal = match (&wanted.principal, &wanted.subject_token) {
        (Some(_), Some(_)) => return Err(Fault::from(Code::BadRequest).about("subject_token")),
        (Some(user), None) => Some(user.principal()?),
        (None, Some(token)) => Some(context.user(token).await?),
        (None, None) => None,
    };
    event.principal = principal.as_ref().map(|user| context.keys.ring.pseudonyms.principal(user.id()));
    let tools = wanted.tools.map(|tools| Authority::from_json(tools.get())).transpose()?;
    let named = tools.iter().flat_map(Authority::tools).map(str::to_owned);
    event.tools_requested = context.requested(&wanted.workflow, named);
    let mut ask = Ask::new(Action::Launch, &wanted.workflow, orchestrator);
    ask.principal = principal.clone();
    ask.wish = Wish {
        tools,
        scope: None,
        audience: wanted.audience.clone(),
        ttl: wanted.ttl,
        depth: wanted.max_depth,
        format: None,
    };
    let terms = policy.policy.decide(&ask)?;
    let fits = wanted.launch_ttl.is_none_or(|ttl| (1..=terms.launch_ttl()).contains(&ttl));
    if fits {
        Ok((terms, principal))
    } else {
        Err(Fault::from(Denied::from(crate::policy::Code::TtlOutOfBounds)).about("launch_ttl"))
    }
}

async fn store(
    context: &Context,
    client: &super::auth::Authenticated,
    wanted: &Launch<'_>,
    denied: Event,
    terms: Terms,
    principal: Option<Principal>,
) -> Result<Launched, Fault> {
    let token = launch_token(context)?;
    let expires_in = wanted.launch_ttl.unwrap_or_else(|| terms.launch_ttl());
    let mut event = Event { operation: Operation::LaunchCreated, ..denied.clone() };
    event.rule = Name::parse(&terms.rule());
    event.tools_granted = terms.tools().tools().filter_map(Name::parse).collect();
    event.audience = terms.audience().iter().filter_map(|name| Name::parse(name)).collect();
    event.expires = keybound::UnixTime::new(context.seconds().saturating_add(expires_in)).ok();
    let payer = principal.as_ref().map_or(client.client.as_str(), Principal::id);
    let mut steps: Vec<Step> = client.once.iter().cloned().collect();
    steps.extend(context.charges(&terms, payer));
    steps.push(Step::Launch(Box::new(NewLaunch {
        hash: launch_hash(&token),
        orchestrator: client.client.clone(),
        workflow: terms.workflow().to_owned(),
        task: wanted.task.clone(),
        principal: principal.as_ref().map(super::session::principal_text),
        terms: terms.to_json().map_err(|_| Fault::from(Code::Internal))?,
        created: context.seconds(),
        expires: context.seconds().saturating_add(expires_in),
    })));
    let tenant = context.tenant.name.clone();
    context.write(Intent { tenant, steps, events: vec![event], denied: Some(denied) }).await?;
    Ok(Launched {
        launch_token: token,
        expires_in,
        grant_type: super::token::LAUNCH,
        token_endpoint: context.tenant.url("/token"),
        task: wanted.task.clone(),
        orchestrator: client.client.clone(),
        authorization_details: granted(terms.tools(), terms.audience()),
        dpop_nonce: context.nonce(),
    })
}

/// A fresh instance name.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn instance(context: &Context) -> Result<String, Fault> {
    Ok(hex::encode(&fresh::<16>(context.app.random())?))
}
