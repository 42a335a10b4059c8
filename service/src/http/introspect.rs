//! `POST /introspect` (RFC 7662): whether a token holds, for a resource server it is for.

use super::{Context, Fault, OAuthError, auth::Authenticated, form::Params};
use crate::{
    audit::{Name, Operation},
    believe::{Believed, Form},
    store::Intent,
};
use axum::{Json, body::Bytes, http::header};
use serde_json::{Value, json};

/// Handles it. To whom a token is not, it does not exist.
///
/// # Errors
/// `client.*`.
pub(crate) async fn introspect(context: Context, body: Bytes) -> Result<Json<Value>, OAuthError> {
    let began = std::time::Instant::now();
    let answered = handle(&context, &body).await.map_err(|fault| context.oauth_error(fault));
    context.app.metrics().introspected(began.elapsed());
    answered.map(Json)
}

async fn handle(context: &Context, body: &Bytes) -> Result<Value, Fault> {
    let form = Params::read(&context.headers, body)?;
    let client = match context.client("introspect", Some(&form)) {
        Ok(client) => client,
        Err(fault) => {
            return Err(context.refuse(context.event(Operation::ClientDenied), fault.of_client()).await);
        }
    };
    context.must_be_current()?;
    // A proof is remembered by this node's guard; an assertion must not open another door either.
    if let Some(once) = client.once.clone().filter(|_| !context.headers.contains_key(header::AUTHORIZATION)) {
        let (tenant, denied) = (context.tenant.name.clone(), context.event(Operation::ClientDenied));
        let intent = Intent { tenant, steps: vec![once], events: Vec::new(), denied: Some(denied) };
        context.write(intent).await.map_err(Fault::of_client)?;
    }
    let token = context.resolved(form.need("token")?).await?;
    // Whether the caller may see it is asked below, of every form of token.
    let believed = context.tenant.believe(&token, &context.every_audience(), context.now);
    let Ok(believed) = believed else { return Ok(inactive()) };
    if !may_see(&client, &believed) {
        let mut event = context.event(Operation::IntrospectionDenied);
        event.actor = Name::parse(&client.client);
        event.token = Some(believed.token);
        event.code = Name::parse("client.not_allowed");
        context.write(Intent::record(&context.tenant.name, event)).await?;
        return Ok(inactive());
    }
    Ok(claims(context, &believed))
}

fn inactive() -> Value {
    json!({ "active": false })
}

/// RFC 7662 §4: a resource server learns of tokens for itself alone.
fn may_see(client: &Authenticated, believed: &Believed) -> bool {
    believed.audience.iter().any(|name| client.audiences.contains(name))
}

fn claims(context: &Context, believed: &Believed) -> Value {
    let tools: Option<Value> =
        believed.authority.as_ref().and_then(|authority| serde_json::from_str(&authority.to_json()).ok());
    let agent = believed.agent.as_ref().map(ToString::to_string);
    let mut claims = json!({
        "active": true,
        "iss": context.tenant.issuer,
        "aud": believed.audience,
        "iat": believed.issued_at,
        "exp": believed.expires,
        "jti": believed.token.to_text(),
        "token_type": match believed.form {
            Form::Access => "DPoP",
            Form::Chain(keybound::Format::Aat) => "aat",
            Form::Chain(_) => "PoP",
        },
    });
    let mut put = |name: &str, value: Option<Value>| {
        if let (Some(members), Some(value)) = (claims.as_object_mut(), value) {
            members.insert(name.to_owned(), value);
        }
    };
    let subject = believed.principal.clone().or_else(|| agent.clone()).or_else(|| believed.client.clone());
    put("sub", subject.map(Value::String));
    put("client_id", believed.client.clone().or_else(|| agent.clone()).map(Value::String));
    put("act", agent.map(|agent| json!({ "sub": agent, "iss": context.tenant.issuer })));
    put("txn", believed.task.clone().map(Value::String));
    put("cnf", believed.bound_to.map(|key| json!({ "jkt": key.to_string() })));
    put("scope", believed.scope.clone().map(Value::String));
    put(
        "authorization_details",
        tools.map(|tools| json!([{ "type": super::wish::DETAILS, "tools": tools }])),
    );
    claims
}
