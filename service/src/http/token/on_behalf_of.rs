//! On behalf of a user (RFC 8693 §1.1): the user's token is the subject, the agent's the actor. What comes of it names both.

use super::renewal::shown;
use crate::{
    audit::{Event, Grant, Operation},
    code::Code,
    http::{
        Context, Fault,
        form::Params,
        mint::Recipient,
        session::{Answer, Plan},
        wish::{self, AAT_CHAIN, ACCESS_TOKEN, CWT_CHAIN},
    },
    policy::Action,
    store::{Denied, Step},
};

pub(super) async fn plan(
    context: &Context,
    form: &Params,
    denied: &mut Event,
    first: &mut Vec<Step>,
) -> Result<Plan, Fault> {
    if !matches!(form.need("actor_token_type")?, CWT_CHAIN | AAT_CHAIN | ACCESS_TOKEN) {
        return Err(Fault::from(Code::UnsupportedTokenType).about("actor_token_type"));
    }
    let mut shown = shown(context, form, "actor_token", denied).await?;
    let agent = shown.believed.own_agent()?.clone();
    let user = context.user(form.need("subject_token")?).await?;
    denied.principal = Some(context.keys.ring.pseudonyms.principal(user.id()));
    // A session that acts for one user does not come to act for another (H4).
    if shown.origin.principal.as_ref().is_some_and(|before| before.id() != user.id()) {
        return Err(Denied::from(crate::policy::Code::PrincipalNotAllowed).into());
    }
    shown.origin.principal = Some(user.clone());
    // Counted is what the token can be used for, whatever is asked for of it.
    let counted = shown.terms(context, Action::OnBehalfOf, shown.own())?;
    let depth = shown.max_depth().map(|depth| depth.min(counted.depth()));
    let terms = counted.narrow(&crate::policy::Wish { depth, ..shown.own() })?;
    let wishes = wish::wishes(form)?;
    let to = Recipient { principal: Some(user.id()), is_derived: true, ..shown.recipient(&agent) };
    // It is made from the agent's own token, and ends no later (B22).
    let until = Some(shown.believed.expires);
    let minted = context.mint_all(&terms, &wishes, &to, shown.row.started, until).await?;
    let latest = minted.iter().map(|minted| minted.expires).max().unwrap_or_default();
    first.push(context.once(&shown.accepted));
    first.extend(context.charges(&counted, user.id()));
    let mut steps = vec![Step::Extend { agent: agent.to_string(), latest }];
    steps.extend(minted.iter().flat_map(|minted| minted.steps.clone()));
    let events =
        context.events(Operation::TokenDelegated, Grant::OnBehalfOf, &shown.origin, &to, &terms, &minted);
    Ok(Plan { steps, events, answer: Answer::of(&minted)? })
}
