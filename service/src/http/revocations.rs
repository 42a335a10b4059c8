//! `GET /revocations`: the signed list, whole or as a difference, asked for or as a stream; and the status lists.

use super::{Context, Fault, Problem, answer::put, auth::at, mint::STATUSES};
use crate::{
    code::Code,
    keys::Purpose,
    status_list::{Bits, Status, StatusList, StatusListClaims},
};
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{jose::Compacted, json::Value};
use serde::Deserialize;
use std::{collections::HashMap, convert::Infallible, time::Duration};

/// The media type of a list and of a difference.
pub(crate) const MEDIA: &str = "application/keybound-revocations+cose";

/// From where on.
#[derive(Deserialize)]
pub(crate) struct Since {
    since: Option<u64>,
}

/// The list, or what was added since.
///
/// # Errors
/// The signer's.
pub(crate) async fn list(context: Context, Query(since): Query<Since>) -> Result<Response, Problem> {
    let (bytes, seq) = signed(&context, since.since).await.map_err(|fault| context.problem(fault))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    put(headers, header::CONTENT_TYPE, MEDIA);
    put(headers, header::ETAG, &format!("\"{seq}\""));
    put(headers, header::CACHE_CONTROL, "no-store");
    Ok(response)
}

async fn signed(context: &Context, since: Option<u64>) -> Result<(Vec<u8>, u64), Fault> {
    context.must_be_current()?;
    let keys = context.tenant.keys();
    let signer = keys.ring.signer(Purpose::Revocation)?;
    let (seq, prepared) =
        context.tenant.feed.prepare(since, signer.public_key(), context.app.clock().now())?;
    let signature = signer.sign(prepared.to_be_signed()).await?;
    Ok((prepared.finish(&signature)?.into_bytes(), seq))
}

/// Seconds after which a stream says that nothing happened, so that its reader does not go stale.
const BEAT: Duration = Duration::from_secs(5);

/// Every change as it happens, as server-sent events: what is new since `since`, or since the `Last-Event-ID` of a reader that comes
/// back.
///
/// # Errors
/// The signer's.
pub(crate) async fn stream(
    context: Context,
    Query(since): Query<Since>,
) -> Result<impl IntoResponse, Problem> {
    let came_back = context.headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let first = came_back.or(since.since);
    let newest = context.tenant.feed.watch();
    // Whether it can be signed is known before the stream begins.
    signed(&context, first).await.map_err(|fault| context.problem(fault))?;
    let events = futures(context, first, newest);
    Ok(([(header::CACHE_CONTROL, "no-store")], Sse::new(events)))
}

fn futures(
    context: Context,
    first: Option<u64>,
    newest: tokio::sync::watch::Receiver<u64>,
) -> impl futures_core::Stream<Item = Result<Event, Infallible>> {
    async_stream::stream! {
        let (mut since, mut newest, mut stopping) = (first, newest, context.app.stopping());
        loop {
            newest.borrow_and_update();
            let Ok((bytes, seq)) = signed(&context, since).await else { return };
            since = Some(seq);
            yield Ok(Event::default().event("revocations").id(seq.to_string()).data(BASE64URL.encode(bytes)));
            // Many changes at once are one event. A reader comes back to another node when this one stops.
            tokio::select! {
                changed = tokio::time::timeout(BEAT, newest.changed()) => {
                    if let Ok(Err(_)) = changed {
                        return;
                    }
                }
                _ = stopping.wait_for(|is_stopping| *is_stopping) => return,
            }
        }
    }
}

/// Seconds that a status list may be kept, and after which it is worthless.
const TTL: u64 = 10;
const EXPIRES: u64 = 30;

/// `GET /status-lists/{list}`: the statuses of access tokens (draft-ietf-oauth-status-list-21 §8.1).
///
/// # Errors
/// `request.not_found`, the signer's.
pub(crate) async fn status_list(
    context: Context,
    Path(path): Path<HashMap<String, String>>,
) -> Result<(HeaderMap, String), Problem> {
    let number = path.get("list").and_then(|text| text.parse::<u64>().ok());
    let made = match number.filter(|number| *number < 1 << 24) {
        Some(number) => statuses(&context, number).await,
        None => Err(Code::NotFound.into()),
    };
    let text = made.map_err(|fault| context.problem(fault))?;
    let mut headers = HeaderMap::new();
    put(&mut headers, header::CONTENT_TYPE, "application/statuslist+jwt");
    put(&mut headers, header::CACHE_CONTROL, &format!("max-age={TTL}"));
    Ok((headers, text))
}

async fn statuses(context: &Context, number: u64) -> Result<String, Fault> {
    let first = number.saturating_mul(STATUSES);
    let places = context.app.store().revoked_places(&context.tenant.name, first, STATUSES).await?;
    let internal = || Fault::from(Code::Internal);
    let mut list = StatusList::with_len(Bits::One, usize::try_from(STATUSES).unwrap_or_default())
        .map_err(|_| internal())?;
    for place in places {
        let place = usize::try_from(place.saturating_sub(first)).map_err(|_| internal())?;
        list.set(place, Status::INVALID).map_err(|_| internal())?;
    }
    let claims = StatusListClaims {
        sub: context.status_list(first),
        iat: context.now,
        exp: Some(at(context.seconds().saturating_add(EXPIRES))),
        ttl: Some(TTL),
        list,
    };
    let claims = Value::from_json(claims.to_json().map_err(|_| internal())?.as_bytes())?;
    let signer = context.keys.ring.signer(Purpose::Access)?;
    let prepared = Compacted::prepare(crate::status_list::TYPE, &claims, signer.public_key())?;
    let signature = signer.sign(prepared.to_be_signed()).await?;
    Ok(prepared.finish(&signature)?.as_str().to_owned())
}
