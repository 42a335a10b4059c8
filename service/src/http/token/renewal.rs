//! Renewal: a fresh token for the same agent and key, never a wider one (B8 to B12).

use super::confirmed;
use crate::{
    attest::Evidence,
    audit::{Event, Grant, Operation},
    believe::{Believed, Form},
    code::Code,
    hex,
    http::{
        Context, Fault,
        form::Params,
        mint::{Recipient, holder_text},
        session::{Answer, Origin, Plan},
        wish,
    },
    policy::{Action, Principal, Terms, TokenFormat, Wish},
    store::{Reason, Renewal, SessionRow, Step},
};
use keybound::{Format, dpop::Accepted, revocation::RevokedId};

/// A token's session, with the proof that whoever shows it holds its key.
pub(super) struct Shown {
    pub(super) believed: std::sync::Arc<Believed>,
    pub(super) accepted: Accepted,
    pub(super) row: SessionRow,
    pub(super) origin: Origin,
}

/// The session of the token in a parameter.
pub(super) async fn shown(
    context: &Context,
    form: &Params,
    parameter: &str,
    denied: &mut Event,
) -> Result<Shown, Fault> {
    let accepted = confirmed(context, form)?;
    let text = context.resolved(form.need(parameter)?).await?;
    let believed =
        context.tenant.believe(&text, &context.every_audience(), context.now).map_err(Fault::of_grant)?;
    denied.agent = believed.agent.clone();
    denied.parent = Some(believed.token);
    if believed.bound_to.as_ref() != Some(accepted.thumbprint()) {
        return Err(keybound::Refusal::from(keybound::Code::NotTheHolder).into());
    }
    let agent = believed.root_agent.as_ref().ok_or(Code::WrongSubject)?;
    let row = context.app.store().recent_session(&context.tenant.name, agent.as_str()).await?;
    let row = row.ok_or(Code::SessionUnknown)?;
    let origin = Origin::of(&row)?;
    origin.describe(context, denied);
    Ok(Shown { believed, accepted, row, origin })
}

impl Shown {
    /// What the session may still get: what it was granted, under what the policy grants today.
    pub(super) fn terms(&self, context: &Context, action: Action, wish: Wish) -> Result<Terms, Fault> {
        let granted = Terms::from_json(&self.row.terms).map_err(|_| Fault::from(Code::Internal))?;
        Ok(granted.under(&self.origin.terms_today(context, action, wish)?)?)
    }

    /// What the token that is shown grants: no more comes of it.
    pub(super) fn own(&self) -> Wish {
        Wish {
            tools: self.believed.authority.clone(),
            audience: self.believed.audience.clone(),
            ..Wish::default()
        }
    }

    /// The depth at which a chain must end that comes of the one that is shown.
    pub(super) fn max_depth(&self) -> Option<u32> {
        matches!(self.believed.form, Form::Chain(_)).then_some(self.believed.max_depth)
    }

    pub(super) fn recipient<'a>(&'a self, agent: &'a keybound::AgentId) -> Recipient<'a> {
        Recipient {
            agent,
            root: self.believed.root_agent.as_ref().unwrap_or(agent),
            orchestrator: &self.origin.orchestrator,
            task: &self.origin.task,
            principal: self.origin.principal.as_ref().map(Principal::id),
            key: self.accepted.key(),
            lineage: &self.believed.lineage,
            is_derived: false,
        }
    }
}

pub(super) async fn plan(
    context: &Context,
    form: &Params,
    denied: &mut Event,
    first: &mut Vec<Step>,
) -> Result<Plan, Fault> {
    let shown = shown(context, form, "subject_token", denied).await?;
    let agent = shown.believed.own_agent()?.clone();
    if shown.row.holder != holder_text(shown.accepted.thumbprint()) {
        return Err(keybound::Refusal::from(keybound::Code::NotTheHolder).into());
    }
    check_evidence(context, form, &shown).await?;
    let terms = shown.terms(context, Action::Renew, Wish::default())?;
    // The old token is a ceiling too: what it gave up does not come back.
    let depth = shown.max_depth().map(|depth| depth.min(terms.depth()));
    let own = Wish { format: Some(format_of(shown.believed.form)), depth, ..shown.own() };
    let ceiling = terms.narrow(&own)?;
    let wishes = wish::wishes(form)?;
    let to = shown.recipient(&agent);
    let minted = context.mint_all(&ceiling, &wishes, &to, shown.row.started, None).await?;
    let renewal = Renewal {
        agent: agent.to_string(),
        old: shown.believed.token.to_string(),
        known: shown.row.tokens.clone(),
        listed: (shown.believed.form == Form::Access).then(|| shown.believed.token.to_string()),
        new: minted.iter().map(|minted| minted.id.to_string()).collect(),
        latest: minted.iter().map(|minted| minted.expires).max().unwrap_or_default(),
        limit: terms.renewals().into(),
        now: context.seconds(),
    };
    first.push(context.once(&shown.accepted));
    let mut steps = vec![
        Step::Renew(renewal),
        Step::Revoke {
            id: RevokedId::token(&shown.believed.token),
            expires: shown.believed.expires,
            reason: Reason::Renewed,
            now: context.seconds(),
        },
    ];
    steps.extend(minted.iter().flat_map(|minted| minted.steps.clone()));
    let events =
        context.events(Operation::TokenRenewed, Grant::Renewal, &shown.origin, &to, &ceiling, &minted);
    let left = shown.row.ends.saturating_sub(context.seconds());
    let answer = Answer::of(&minted)?.for_session(agent.as_str(), left, shown.row.heartbeat);
    Ok(Plan { steps, events, answer })
}

/// Whoever came with a platform's word for it must still have it when asked (A18).
async fn check_evidence(context: &Context, form: &Params, shown: &Shown) -> Result<(), Fault> {
    let Some(assertion) = form.get("assertion") else { return Ok(()) };
    let attested =
        context.attested(assertion, |role| matches!(role, crate::policy::TrustRole::Agent(_))).await?;
    let before = shown.origin.attested.as_ref().and_then(|before| hex::array(&before.evidence));
    let is_same =
        before.is_some_and(|before| Evidence::from_bytes(before).check(attested.evidence()).is_ok());
    if is_same { Ok(()) } else { Err(Code::EvidenceChanged.into()) }
}

pub(super) const fn format_of(form: Form) -> TokenFormat {
    match form {
        Form::Access => TokenFormat::AccessToken,
        Form::Chain(Format::Aat) => TokenFormat::Aat,
        Form::Chain(_) => TokenFormat::Cwt,
    }
}
