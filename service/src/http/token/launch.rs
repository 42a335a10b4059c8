//! The grant of a launch token: an agent's first credential.

use super::confirmed;
use crate::{
    audit::{Event, Grant, Name, Operation},
    code::Code,
    http::{
        Context, Fault,
        auth::launch_hash,
        form::Params,
        session::{Answer, Origin, Plan, principal},
        wish,
    },
    policy::Terms,
    store::{LaunchRow, Step},
};

pub(super) async fn grant(context: &Context, form: &Params) -> Result<Answer, Fault> {
    let mut denied = context.event(Operation::TokenDenied);
    denied.grant = Some(Grant::Launch);
    denied.actor = Name::parse("holder");
    let mut first = Vec::new();
    let planned = plan(context, form, &mut denied, &mut first).await;
    context.settle(denied, first, planned).await
}

async fn plan(
    context: &Context,
    form: &Params,
    denied: &mut Event,
    first: &mut Vec<Step>,
) -> Result<Plan, Fault> {
    let hash = launch_hash(form.need("launch_token")?);
    let accepted = confirmed(context, form)?;
    let row = context.app.store().launch(&context.tenant.name, &hash).await?;
    let row = row.ok_or(Code::LaunchUnknown)?;
    let origin = origin(&row)?;
    origin.describe(context, denied);
    if row.used_at != 0 {
        // The copy in somebody else's hands is a security event, under the orchestrator's name (A6).
        denied.operation = Operation::LaunchUsedTwice;
        return Err(Code::LaunchUsed.into());
    }
    if row.expires <= context.seconds() {
        return Err(Code::LaunchExpired.into());
    }
    let terms = Terms::from_json(&row.terms).map_err(|_| Fault::from(Code::Internal))?;
    let wishes = wish::wishes(form)?;
    let asked = wishes.iter().flat_map(|wish| wish.tools.iter());
    let names = asked.flat_map(|tools| tools.tools().map(str::to_owned).collect::<Vec<_>>());
    denied.tools_requested = context.requested(&row.workflow, names);
    let mut plan = context.begin(&origin, &terms, &wishes, accepted.key(), Grant::Launch).await?;
    plan.events.iter_mut().for_each(|event| event.tools_requested.clone_from(&denied.tools_requested));
    first.push(context.once(&accepted));
    first.push(Step::TakeLaunch { hash, now: context.seconds() });
    Ok(plan)
}

fn origin(row: &LaunchRow) -> Result<Origin, Fault> {
    Ok(Origin {
        orchestrator: row.orchestrator.clone(),
        workflow: row.workflow.clone(),
        task: row.task.clone(),
        principal: row.principal.as_deref().map(principal).transpose()?,
        attested: None,
    })
}
