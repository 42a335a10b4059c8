//! The audit log to its readers, and what resource servers add to it.

use super::{
    Context, Fault, Problem,
    answer::put,
    auth::{Authenticated, at},
};
use crate::{
    audit::{Event, Frontier, Name, Operation, Plan, consistency_plan, inclusion_plan},
    believe::Believed,
    code::Code,
    hex,
    keys::Purpose,
    operate::{Unsigned, sign_checkpoint},
    store::{AuditFilter, Intent},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::collections::{BTreeMap, HashMap};

/// Which records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    agent: Option<String>,
    task: Option<String>,
    orchestrator: Option<String>,
    principal: Option<String>,
    /// A user by name, whose pseudonym is then looked for.
    user: Option<String>,
    token: Option<String>,
    operation: Option<String>,
    outcome: Option<String>,
    request: Option<String>,
    since: Option<u64>,
    until: Option<u64>,
    cursor: Option<u64>,
    limit: Option<u64>,
}

/// Records of one page, and when nobody says how many.
const MOST: u64 = 1000;
const USUAL: u64 = 100;

/// `GET /audit/events`: records that match, and where to go on.
///
/// # Errors
/// `client.*`.
pub(crate) async fn events(context: Context, Query(asked): Query<Asked>) -> Result<Json<Value>, Problem> {
    page(&context, asked).await.map(Json).map_err(|fault| context.problem(fault))
}

async fn page(context: &Context, asked: Asked) -> Result<Value, Fault> {
    context.client("audit", None)?;
    // A filter that can match nothing is a mistake, and must not look like an empty log.
    let is_operation = |name: &str| Operation::ALL.iter().any(|known| known.as_str() == name);
    if asked.operation.as_deref().is_some_and(|name| !is_operation(name)) {
        return Err(Fault::from(Code::BadRequest).about("operation"));
    }
    if asked.outcome.as_deref().is_some_and(|name| !matches!(name, "allowed" | "denied")) {
        return Err(Fault::from(Code::BadRequest).about("outcome"));
    }
    let pseudonym = |user: String| context.keys.ring.pseudonyms.principal(&user).to_string();
    let filter = AuditFilter {
        agent: asked.agent,
        task: asked.task,
        orchestrator: asked.orchestrator,
        principal: asked.user.map(pseudonym).or(asked.principal),
        token: asked.token.map(|token| token.replace('-', "")),
        operation: asked.operation,
        outcome: asked.outcome,
        request: asked.request,
        since: asked.since,
        until: asked.until,
    };
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
    let store = context.app.store();
    let page =
        store.audit_page(&context.tenant.name, &filter, asked.cursor.unwrap_or_default(), limit).await?;
    let records: Vec<Box<RawValue>> =
        page.records.into_iter().filter_map(|(_, text)| RawValue::from_string(text).ok()).collect();
    Ok(json!({ "records": records, "next": page.next }))
}

/// `GET /audit/checkpoint`: how long the log is and its root, signed (C2SP tlog-checkpoint).
///
/// # Errors
/// The signer's.
pub(crate) async fn checkpoint(context: Context) -> Result<(HeaderMap, String), Problem> {
    let note = sign(&context).await.map_err(|fault| context.problem(fault))?;
    let mut headers = HeaderMap::new();
    put(&mut headers, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    Ok((headers, note))
}

async fn sign(context: &Context) -> Result<String, Fault> {
    let tree = context.app.store().audit_tree(&context.tenant.name).await?;
    note(context, &tree).await
}

async fn note(context: &Context, tree: &Frontier) -> Result<String, Fault> {
    let signer = context.keys.ring.signer(Purpose::Audit)?;
    let note = sign_checkpoint(signer, &origin(&context.tenant.issuer), tree).await;
    note.map_err(|unsigned| match unsigned {
        Unsigned::Signer(error) => error.into(),
        Unsigned::Note(_) => Code::Internal.into(),
    })
}

/// The name of a tenant's log: its issuer id without a scheme, as C2SP has it.
pub fn origin(issuer: &str) -> String {
    let name = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    format!("{name}/audit")
}

/// For a tree of which size.
#[derive(Deserialize)]
pub(crate) struct Sizes {
    size: Option<u64>,
    from: Option<u64>,
}

/// `GET /audit/proof/{index}?size=…`: that a record is in the log (RFC 9162 §2.1.3).
///
/// # Errors
/// `client.*`, `request.not_found`.
pub(crate) async fn inclusion(
    context: Context,
    Path(path): Path<HashMap<String, String>>,
    Query(sizes): Query<Sizes>,
) -> Result<Json<Value>, Problem> {
    let index = path.get("index").and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
    prove(&context, sizes.size, |size| (inclusion_plan(index, size).ok(), json!({ "index": index })))
        .await
        .map(Json)
        .map_err(|fault| context.problem(fault))
}

/// `GET /audit/consistency?from=…&size=…`: that the log has only grown (RFC 9162 §2.1.4).
///
/// # Errors
/// `client.*`, `request.not_found`.
pub(crate) async fn consistency(
    context: Context,
    Query(sizes): Query<Sizes>,
) -> Result<Json<Value>, Problem> {
    let from = sizes.from.unwrap_or_default();
    prove(&context, sizes.size, |size| (consistency_plan(from, size).ok(), json!({ "from": from })))
        .await
        .map(Json)
        .map_err(|fault| context.problem(fault))
}

async fn prove(
    context: &Context,
    size: Option<u64>,
    plan: impl FnOnce(u64) -> (Option<Plan>, Value),
) -> Result<Value, Fault> {
    context.client("audit", None)?;
    let store = context.app.store();
    let tree = store.audit_tree(&context.tenant.name).await?;
    let size = size.unwrap_or(tree.size());
    let (plan, mut answer) = plan(size);
    let plan = plan.filter(|_| size <= tree.size()).ok_or(Code::NotFound)?;
    let places: Vec<_> = plan.places().collect();
    let nodes: BTreeMap<_, _> = store
        .audit_nodes(&context.tenant.name, &places)
        .await?
        .into_iter()
        .map(|node| (node.place, node.hash))
        .collect();
    let proof = plan.assemble(&nodes).map_err(|_| Fault::from(Code::Internal))?;
    let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
    if let Some(members) = answer.as_object_mut() {
        members.insert("size".into(), size.into());
        members.insert("proof".into(), proof.into());
        members.insert("checkpoint".into(), note(context, &tree).await?.into());
    }
    Ok(answer)
}

/// What a resource server has decided.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Use {
    /// The token under which it was called.
    token: String,
    tool: String,
    audience: String,
    permitted: bool,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    count: Option<u64>,
    #[serde(default)]
    arguments: Option<String>,
    /// When it was decided; now when not given. The token may have ended since.
    #[serde(default)]
    time: Option<u64>,
}

/// Seconds for which a decision can still be reported.
const REPORTABLE: u64 = 3600;

/// Calls that one use may stand for: what a record can hold exactly (RFC 7493 §2.2).
const MOST_CALLS: u64 = (1 << 53) - 1;

/// Uses that one report may hold.
const USES: usize = 100;

/// `POST /audit/uses`: a resource server reports decisions (E8). What it did not decide under a token that is for it is refused.
///
/// # Errors
/// `client.*`, `request.bad`, core's.
pub(crate) async fn uses(context: Context, body: Bytes) -> Result<(StatusCode, Json<Value>), Problem> {
    let reported = report(&context, &body).await;
    reported.map(|answer| (StatusCode::CREATED, Json(answer))).map_err(|fault| context.problem(fault))
}

async fn report(context: &Context, body: &Bytes) -> Result<Value, Fault> {
    let mut denied = context.event(Operation::ReportDenied);
    let read = match context.client("introspect", None) {
        Ok(client) => {
            denied.actor = Name::parse(&client.client);
            read(context, &client, body).await.map(|events| (client, events))
        }
        Err(fault) => Err(fault),
    };
    let (client, events) = match read {
        Ok(read) => read,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    let tenant = context.tenant.name.clone();
    let steps = client.once.into_iter().collect();
    let done = context.write(Intent { tenant, steps, events, denied: Some(denied) }).await?;
    Ok(json!({ "records": done.records }))
}

async fn read(context: &Context, client: &Authenticated, body: &Bytes) -> Result<Vec<Event>, Fault> {
    let uses: Vec<Use> = serde_json::from_slice(body).map_err(|_| Fault::from(Code::BadRequest))?;
    if uses.is_empty() || uses.len() > USES {
        return Err(Fault::from(Code::BadRequest).about("uses"));
    }
    let mut events = Vec::with_capacity(uses.len());
    for used in &uses {
        let token = context.resolved(&used.token).await?;
        let then = used.time.unwrap_or_else(|| context.seconds());
        if then > context.seconds() || context.seconds().saturating_sub(then) > REPORTABLE {
            return Err(Fault::from(Code::BadRequest).about("time"));
        }
        // The caller is believed; what it reports under is a part of what it sent.
        let believed =
            context.tenant.believe_then(&token, &client.audiences, at(then)).map_err(Fault::of_grant)?;
        events.push(event(context, client, used, &believed)?);
    }
    Ok(events)
}

fn event(context: &Context, client: &Authenticated, used: &Use, believed: &Believed) -> Result<Event, Fault> {
    // A server reports of itself, and of tokens that were for it.
    if !client.audiences.contains(&used.audience) || !believed.audience.contains(&used.audience) {
        return Err(Fault::from(Code::ClientNotAllowed).about("audience"));
    }
    let count = used.count.unwrap_or(1);
    let mut event = context.event(match (used.permitted, count) {
        (true, 1) => Operation::UseReported,
        (true, _) => Operation::UseAggregated,
        (false, _) => Operation::UseDenied,
    });
    // Only permitted calls may be counted together (L12).
    if count == 0 || count > MOST_CALLS || (!used.permitted && count != 1) {
        return Err(Fault::from(Code::BadRequest).about("count"));
    }
    let is_code = |code: &str| keybound::Code::ALL.iter().any(|known| known.as_str() == code);
    let is_granted =
        |tool: &str| believed.authority.as_ref().is_some_and(|all| all.tools().any(|known| known == tool));
    event.actor = Name::parse(&client.client);
    event.count = (count > 1).then_some(count);
    event.code = used.code.as_deref().filter(|code| is_code(code)).and_then(Name::parse);
    believed.describe(context, &mut event);
    event.lineage.clone_from(&believed.lineage);
    event.depth = Some(believed.depth.into());
    event.leaf = Some(believed.leaf);
    event.audience = Name::parse(&used.audience).into_iter().collect();
    event.tools_requested =
        vec![context.keys.ring.pseudonyms.declared_or_pseudonym(&used.tool, is_granted(&used.tool))];
    event.inputs = used.arguments.as_deref().and_then(hex::digest);
    Ok(event)
}
