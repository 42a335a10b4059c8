//! The grant of a foreign token (RFC 7523 §2.1): a workload's, which becomes an agent, or an orchestrator's, which logs in.

use super::{client_credentials, confirmed, written};
use crate::{
    audit::{Event, Grant, Name, Operation},
    code::Code,
    http::{
        Context, Fault,
        foreign::Attested,
        form::Params,
        session::{Origin, Plan, Shown},
        wish,
    },
    policy::{Action, Ask, IssueTo, Principal, TrustRole},
    store::Step,
};
use serde_json::Value;

pub(super) async fn grant(context: &Context, form: &Params) -> Result<Value, Fault> {
    let mut denied = context.event(Operation::TokenDenied);
    denied.grant = Some(Grant::JwtBearer);
    let attested = match attest(context, form).await {
        Ok(attested) => attested,
        Err(fault) => return Err(context.refuse(denied, fault).await),
    };
    match attested.rule.role() {
        TrustRole::Orchestrator(client) => {
            let policy = context.tenant.policy();
            let denied = client_credentials::denied(context, Grant::JwtBearer);
            match policy.policy.client(client) {
                Some(client) => client_credentials::log_in(context, form, client, Vec::new(), denied).await,
                None => Err(context.refuse(denied, Code::ClientRefused.into()).await),
            }
        }
        TrustRole::Agent(issue) => {
            denied.actor = Name::parse("holder");
            let mut first = Vec::new();
            let planned = plan(context, form, &attested, issue, &mut denied, &mut first).await;
            written(&context.settle(denied, first, planned).await?)
        }
        TrustRole::User(_) => Err(context.refuse(denied, Code::WrongSubject.into()).await),
    }
}

async fn attest(context: &Context, form: &Params) -> Result<Attested, Fault> {
    let assertion = form.need("assertion")?;
    context.attested(assertion, |role| !matches!(role, TrustRole::User(_))).await
}

async fn plan(
    context: &Context,
    form: &Params,
    attested: &Attested,
    issue: &IssueTo,
    denied: &mut Event,
    first: &mut Vec<Step>,
) -> Result<Plan, Fault> {
    let accepted = confirmed(context, form)?;
    let claims = attested.verified.claims();
    let launch = issue.launch(claims)?;
    let identity = attested.rule.identity(claims)?;
    let origin = Origin {
        orchestrator: launch.orchestrator,
        workflow: launch.workflow,
        task: launch.task,
        principal: launch.principal,
        attested: Some(Shown {
            identity: identity.clone(),
            evidence: crate::hex::encode(&attested.evidence().to_bytes()),
        }),
    };
    origin.describe(context, denied);
    let mut ask = Ask::new(Action::Attested, &origin.workflow, &origin.orchestrator);
    ask.principal = origin.principal.clone();
    ask.attested = Some(identity);
    let terms = context.tenant.policy().policy.decide(&ask)?;
    let wishes = wish::wishes(form)?;
    first.push(context.once(&accepted));
    let payer = origin.principal.as_ref().map_or(origin.orchestrator.as_str(), Principal::id);
    first.extend(context.charges(&terms, payer));
    context.begin(&origin, &terms, &wishes, accepted.key(), Grant::JwtBearer).await
}
