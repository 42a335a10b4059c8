//! `POST /revoke` (RFC 7009): whoever holds a token, or launched its agent, withdraws it.

use super::{Context, Fault, OAuthError, form::Params};
use crate::{
    audit::{Name, Operation},
    believe::Believed,
    code::Code,
    store::{Intent, Reason, Step},
};
use axum::{body::Bytes, http::StatusCode};
use keybound::revocation::RevokedId;

/// Handles it. A token that means nothing here is as good as revoked (§2.2).
///
/// # Errors
/// `client.*`.
pub(crate) async fn revoke(context: Context, body: Bytes) -> Result<StatusCode, OAuthError> {
    handle(&context, &body).await.map(|()| StatusCode::OK).map_err(|fault| context.oauth_error(fault))
}

async fn handle(context: &Context, body: &Bytes) -> Result<(), Fault> {
    let form = Params::read(&context.headers, body)?;
    let token = context.resolved(form.need("token")?).await?;
    let mut denied = context.event(Operation::RevocationDenied);
    let who = match who(context, &form, &token) {
        Ok(who) => who,
        Err(fault) => return Err(context.refuse(denied, fault.of_client()).await),
    };
    let (actor, once) = match &who {
        Who::Holder(once) => ("holder", Some(once.clone())),
        Who::Client(client, once) => (client.as_str(), once.clone()),
    };
    denied.actor = Name::parse(actor);
    let mut steps: Vec<Step> = once.into_iter().collect();
    let tenant = context.tenant.name.clone();
    let Ok(believed) = context.tenant.believe(&token, &context.every_audience(), context.now) else {
        let nothing = Intent { tenant, steps, events: Vec::new(), denied: Some(denied) };
        return context.write(nothing).await.map(drop).map_err(Fault::of_client);
    };
    denied.token = Some(believed.token);
    denied.agent = believed.agent.clone();
    if !who.may_revoke(&believed) {
        return Err(context.refuse(denied, Code::ClientNotAllowed.into()).await);
    }
    let mut event = crate::audit::Event { operation: Operation::TokenRevoked, ..denied.clone() };
    event.task = believed.task.as_deref().and_then(Name::parse);
    steps.push(Step::Revoke {
        id: RevokedId::token(&believed.token),
        expires: believed.expires,
        reason: Reason::Holder,
        now: context.seconds(),
    });
    let intent = Intent { tenant, steps, events: vec![event], denied: Some(denied) };
    context.write(intent).await.map(drop).map_err(Fault::of_client)
}

enum Who {
    /// Proved the key of this very token.
    Holder(Step),
    /// A client, by its id.
    Client(String, Option<Step>),
}

impl Who {
    fn may_revoke(&self, believed: &Believed) -> bool {
        match self {
            Self::Holder(_) => true,
            Self::Client(id, _) => {
                let launched = believed.root_agent.as_ref().is_some_and(|agent| agent.orchestrator() == id);
                launched || believed.client.as_ref() == Some(id)
            }
        }
    }
}

/// The holder proves the token's key; a client authenticates as at the token endpoint.
fn who(context: &Context, form: &Params, token: &str) -> Result<Who, Fault> {
    if form.get("client_assertion").is_some() {
        let (client, once) = context.client_by_assertion(form)?;
        return Ok(Who::Client(client.id().to_owned(), Some(once)));
    }
    if let Ok(client) = context.client("launch", None) {
        return Ok(Who::Client(client.client, client.once));
    }
    if !context.has_proof() {
        return Err(Code::ClientMissing.into());
    }
    let accepted = context.proof()?;
    let held = context.tenant.believe(token, &context.every_audience(), context.now);
    match held {
        Ok(held) if held.bound_to.as_ref() == Some(accepted.thumbprint()) => {
            Ok(Who::Holder(context.once(&accepted)))
        }
        Ok(_) => Err(keybound::Refusal::from(keybound::Code::NotTheHolder).into()),
        // Revoked or expired already: there is nothing to prove.
        Err(_) => Ok(Who::Holder(context.once(&accepted))),
    }
}
