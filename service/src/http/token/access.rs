//! A chain becomes an access token for one audience, for servers that know OAuth alone.

use super::renewal::shown;
use crate::{
    audit::{Event, Grant, Operation},
    code::Code,
    http::{
        Context, Fault,
        form::Params,
        session::{Answer, Plan},
        wish,
    },
    policy::{Action, TokenFormat, Wish},
    store::Step,
};

pub(super) async fn plan(
    context: &Context,
    form: &Params,
    denied: &mut Event,
    first: &mut Vec<Step>,
) -> Result<Plan, Fault> {
    let shown = shown(context, form, "subject_token", denied).await?;
    let resources = wish::resources(form)?;
    let [audience] = resources.as_slice() else {
        return Err(Fault::from(Code::MissingParameter).about("resource"));
    };
    let terms = shown.terms(context, Action::Exchange, Wish::default())?;
    // What every link of the chain allows, and no more.
    let terms = terms.narrow(&Wish { format: Some(TokenFormat::AccessToken), ..shown.own() })?;
    let mut wish = wish::wishes(form)?.into_iter().next().unwrap_or_default();
    wish.audience = vec![audience.clone()];
    let agent = shown.believed.agent.clone().ok_or(Code::WrongSubject)?;
    let to = shown.recipient(&agent);
    let until = Some(shown.believed.expires);
    let minted = context.mint_all(&terms, &[wish], &to, shown.row.started, until).await?;
    let root = shown.believed.root_agent.as_ref().map(ToString::to_string).unwrap_or_default();
    first.push(context.once(&shown.accepted));
    let latest = minted.iter().map(|minted| minted.expires).max().unwrap_or_default();
    let mut steps = vec![Step::Extend { agent: root, latest }];
    steps.extend(minted.iter().flat_map(|minted| minted.steps.clone()));
    let events =
        context.events(Operation::TokenExchanged, Grant::AccessToken, &shown.origin, &to, &terms, &minted);
    Ok(Plan { steps, events, answer: Answer::of(&minted)? })
}
