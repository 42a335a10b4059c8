//! Clients log in (RFC 6749 §4.4) with an assertion; what they get is for the service itself.

use crate::{
    audit::{Event, Grant, Name, Operation},
    code::Code,
    http::{
        Context, Fault,
        auth::{Scope, at},
        form::Params,
    },
    policy::Client,
    random::AsRandom,
    store::{Intent, Step},
};
use keybound::{AccessGrant, TokenId};
use serde_json::{Value, json};

/// Seconds that a client's token lives.
const LIFE: u32 = 300;

pub(super) async fn grant(context: &Context, form: &Params) -> Result<Value, Fault> {
    let denied = denied(context, Grant::ClientCredentials);
    match context.client_by_assertion(form) {
        Ok((client, once)) => log_in(context, form, &client, vec![once], denied).await,
        Err(fault) => Err(context.refuse(denied, fault.of_client()).await),
    }
}

pub(super) fn denied(context: &Context, grant: Grant) -> Event {
    let mut denied = context.event(Operation::ClientDenied);
    denied.grant = Some(grant);
    denied
}

/// Gives a client that has authenticated its token.
pub(super) async fn log_in(
    context: &Context,
    form: &Params,
    client: &Client,
    first: Vec<Step>,
    mut denied: Event,
) -> Result<Value, Fault> {
    denied.actor = Name::parse(client.id());
    denied.operation = Operation::TokenDenied;
    match make(context, form, client).await {
        Ok((answer, more, mut event)) => {
            event.grant = denied.grant;
            let steps = first.into_iter().chain(more).collect();
            let tenant = context.tenant.name.clone();
            let intent = Intent { tenant, steps, events: vec![event], denied: Some(denied) };
            context.write(intent).await.map_err(Fault::of_client)?;
            Ok(answer)
        }
        Err(fault) => Err(context.refuse(denied, fault).await),
    }
}

async fn make(
    context: &Context,
    form: &Params,
    client: &Client,
) -> Result<(Value, Option<Step>, Event), Fault> {
    let scope = Scope::of(client).narrowed(form.get("scope"))?;
    let issuer = std::slice::from_ref(&context.tenant.issuer);
    let is_for_us = form.all("resource").all(|resource| resource == context.tenant.issuer);
    if !is_for_us {
        return Err(Code::BadResource.into());
    }
    let accepted = match (context.has_proof(), client.bearer()) {
        (false, true) => None,
        (false, false) => return Err(Code::Unbound.into()),
        (true, _) => Some(context.proof()?),
    };
    let (issued_by, id) = (&context.tenant.issuer, client.id());
    let grant = match &accepted {
        Some(accepted) => AccessGrant::bound(issued_by, id, id, issuer, *accepted.thumbprint()),
        None => AccessGrant::bearer(issued_by, id, id, issuer),
    };
    let grant = grant.scope(scope.as_str()).lifetime(LIFE);
    let id = TokenId::generate_v7(&mut AsRandom(context.app.random()), context.now)?;
    let token = context.sign_access_token(grant, id).await?;
    let mut event = context.event(Operation::TokenIssued);
    event.actor = Name::parse(client.id());
    event.token = Some(id);
    event.audience = Name::parse(&context.tenant.issuer).into_iter().collect();
    event.expires = Some(at(context.seconds().saturating_add(LIFE.into())));
    let answer = json!({
        "access_token": token,
        "token_type": if accepted.is_some() { "DPoP" } else { "Bearer" },
        "expires_in": LIFE,
        "scope": scope.as_str(),
        "issued_token_type": crate::http::wish::ACCESS_TOKEN,
    });
    Ok((answer, accepted.map(|accepted| context.once(&accepted)), event))
}
