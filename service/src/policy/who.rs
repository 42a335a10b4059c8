//! Rules about who asks, and on whose behalf.

use crate::policy::case::Who;
use crate::policy::denial::list;
use crate::policy::rule::{Held, KNOWN};
use crate::policy::{Action, Ask, Code, Denial, Policy, Workflow};

/// `workflow.known`: the policy declares the workflow.
pub(super) fn known<'a>(policy: &'a Policy, ask: &Ask) -> Result<&'a Workflow, Denial> {
    policy.workflow(&ask.workflow).ok_or_else(|| Denial::new(Code::UnknownWorkflow).in_rule(KNOWN))
}

/// `workflow.orchestrator`: the client is one that may launch it. Where a trust rule launches, it must not speak in a client's name:
/// an agent id under a client's name is an agent that the client launched.
pub(super) fn orchestrator(who: &Who<'_>) -> Result<Held, Denial> {
    let orchestrator = &who.ask.orchestrator;
    if is_attested(who) {
        return match who.policy.client(orchestrator) {
            None => Held::because("a trust rule launches, under a name of its own"),
            Some(_) => Err(Denial::new(Code::NotYourWorkflow)),
        };
    }
    if who.workflow.orchestrators.contains(orchestrator) {
        Held::because("the client is one of the workflow's orchestrators")
    } else {
        Err(Denial::new(Code::NotYourWorkflow))
    }
}

/// `agent.identity` (I5): the attested identity fits one of the workflow's patterns.
pub(super) fn identity(who: &Who<'_>) -> Result<Held, Denial> {
    match &who.ask.attested {
        Some(identity) if who.workflow.admits_agent(identity) => {
            Held::because("the attested identity fits a pattern of the workflow's agents")
        }
        None if who.ask.action != Action::Attested => Held::not_asked("no identity was attested"),
        _ => Err(Denial::new(Code::AgentNotAllowed)),
    }
}

/// `obo.allowed` (H2): a user's token may be exchanged.
pub(super) fn on_behalf_of(who: &Who<'_>) -> Result<Held, Denial> {
    match (who.ask.action, who.workflow.on_behalf_of) {
        (Action::OnBehalfOf, true) => Held::because("the workflow acts on behalf of users who send a token"),
        (Action::OnBehalfOf, false) => Err(Denial::new(Code::OnBehalfOfNotAllowed)),
        _ => Held::not_asked("no user's token is exchanged"),
    }
}

/// `principal.required` (I1): where a user is needed there is one.
pub(super) fn principal(who: &Who<'_>) -> Result<Held, Denial> {
    let is_required = who.workflow.principal_required || who.ask.action == Action::OnBehalfOf;
    match (&who.ask.principal, is_required) {
        (Some(_), _) => Held::because("the request names a user"),
        (None, false) => Held::not_asked("the workflow needs no user"),
        (None, true) => Err(Denial::new(Code::PrincipalMissing)),
    }
}

/// `principal.tier` (I1): the user's tier may trigger the workflow.
pub(super) fn tier(who: &Who<'_>) -> Result<Held, Denial> {
    let principals = &who.workflow.principals;
    let Some(tiers) = principals.tiers() else { return Held::not_asked("any tier may trigger the workflow") };
    if principals.has_tier(who.ask.principal.as_ref()) {
        return Held::because("the user's tier may trigger the workflow");
    }
    let limit = format!("the tiers {}", list(tiers.iter().map(String::as_str)));
    Err(Denial::new(Code::PrincipalNotAllowed).with_limit(&limit))
}

/// `principal.group` (I1): one of the user's groups may trigger the workflow.
pub(super) fn group(who: &Who<'_>) -> Result<Held, Denial> {
    let principals = &who.workflow.principals;
    let Some(groups) = principals.groups() else {
        return Held::not_asked("any group may trigger the workflow");
    };
    if principals.has_group(who.ask.principal.as_ref()) {
        return Held::because("one of the user's groups may trigger the workflow");
    }
    let limit = format!("the groups {}", list(groups.iter().map(String::as_str)));
    Err(Denial::new(Code::PrincipalNotAllowed).with_limit(&limit))
}

/// Whether a trust rule stands for the launch, now or when the session began. A client that launches answers for it itself,
/// whatever else is attested.
fn is_attested(who: &Who<'_>) -> bool {
    match who.ask.action {
        Action::Attested => true,
        Action::Launch => false,
        Action::Renew | Action::OnBehalfOf | Action::Exchange => who.ask.attested.is_some(),
    }
}
