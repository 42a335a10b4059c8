//! Token exchange (RFC 8693): which of the three kinds it is.

use super::{access, on_behalf_of, renewal};
use crate::{
    audit::{Grant, Name, Operation},
    code::Code,
    http::{
        Context, Fault,
        form::Params,
        session::Answer,
        wish::{self, AAT_CHAIN, ACCESS_TOKEN, CWT_CHAIN, ID_TOKEN, JWT},
    },
    policy::TokenFormat,
};

pub(super) async fn grant(context: &Context, form: &Params) -> Result<Answer, Fault> {
    let kind = kind(form);
    let mut denied = context.event(Operation::TokenDenied);
    denied.actor = Name::parse("holder");
    denied.grant = kind.as_ref().ok().copied();
    let mut first = Vec::new();
    let planned = match kind {
        Ok(Grant::Renewal) => renewal::plan(context, form, &mut denied, &mut first).await,
        Ok(Grant::OnBehalfOf) => on_behalf_of::plan(context, form, &mut denied, &mut first).await,
        Ok(_) => access::plan(context, form, &mut denied, &mut first).await,
        Err(fault) => Err(fault),
    };
    context.settle(denied, first, planned).await
}

/// A user's token with the agent's beside it; a token for one of the same form; or a chain for an access token.
fn kind(form: &Params) -> Result<Grant, Fault> {
    let subject = form.need("subject_token_type")?;
    form.need("subject_token")?;
    let wanted = form.get("requested_token_type").map(wish::format).transpose()?;
    match (subject, form.get("actor_token")) {
        (ID_TOKEN | JWT, Some(_)) => Ok(Grant::OnBehalfOf),
        (ID_TOKEN | JWT, None) => Err(Fault::from(Code::MissingParameter).about("actor_token")),
        (CWT_CHAIN | AAT_CHAIN, None) if wanted == Some(TokenFormat::AccessToken) => Ok(Grant::AccessToken),
        (CWT_CHAIN | AAT_CHAIN | ACCESS_TOKEN, None) => Ok(Grant::Renewal),
        (_, Some(_)) => Err(Fault::from(Code::BadRequest).about("actor_token")),
        _ => Err(Fault::from(Code::UnsupportedTokenType).about("subject_token_type")),
    }
}
