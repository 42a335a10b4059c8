//! Facts for JavaScript, as JSON text. Both native modules include this file: one string is a
//! single step over the border, an object would be one step per member.

use keybound_bindings::{
    Failure, RefusalData, RevocationFeed,
    keybound::{Hop, Permit, json::Value},
};
use std::fmt::Display;

/// What refusal.js makes an error of.
pub(crate) fn failure(failure: Failure) -> String {
    let reason = match failure {
        Failure::Refused(refusal) => refused(&refusal),
        Failure::Misuse(message) => object(&[("misuse", text(&message))]),
        Failure::Host(message) => object(&[("host", text(&message))]),
    };
    format!("keybound:{reason}")
}

/// What a permit says.
pub(crate) fn permit(permit: &Permit) -> String {
    let lineage: Vec<String> = permit.lineage().iter().map(hop).collect();
    object(&[
        ("agent", permit.agent().and_then(|agent| text(agent))),
        ("principal", permit.principal().and_then(|principal| text(&principal))),
        ("task", permit.task().and_then(|task| text(&task))),
        ("tool", text(&permit.tool())),
        ("audience", text(&permit.audience())),
        ("issuer", text(&permit.issuer())),
        ("holder", text(&permit.holder().thumbprint())),
        ("expires", number(permit.expires().as_secs())),
        ("leewayUsed", number(permit.leeway_used())),
        ("lineage", array(&lineage)),
    ])
}

/// What is known of an issuer's list: the bytes it may have and, once there is one, number, end, when the next is due, entries.
pub(crate) fn feed(feed: &RevocationFeed) -> String {
    let most = feed.max_bytes();
    let Some(list) = feed.list() else { return format!("[{most}]") };
    let times = list.times();
    format!("[{most},{},{},{},{}]", list.seq(), times.expires, times.next_update, list.len())
}

/// What an accepted DPoP proof says.
#[cfg(feature = "jose")]
pub(crate) fn accepted(accepted: &keybound_bindings::keybound::dpop::Accepted) -> String {
    object(&[
        ("thumbprint", text(accepted.thumbprint())),
        ("jwk", Some(accepted.key().to_jwk())),
        ("id", text(&accepted.id())),
        ("isBound", Some(accepted.is_bound().to_string())),
    ])
}

/// What an access token says.
#[cfg(feature = "jose")]
pub(crate) fn access_token(token: &keybound_bindings::keybound::AccessToken) -> String {
    let audience: Vec<String> = token.audience().iter().filter_map(|name| text(name)).collect();
    object(&[
        ("issuer", text(&token.issuer())),
        ("subject", text(&token.subject())),
        ("clientId", text(&token.client_id())),
        ("id", text(&token.id())),
        ("audience", array(&audience)),
        ("scope", token.scope().and_then(|scope| text(&scope))),
        ("expires", number(token.expires().as_secs())),
        ("boundTo", token.bound_to().and_then(|key| text(key))),
        ("claims", Some(token.claims_json().to_owned())),
    ])
}

/// The JSON text of a value; `None` for a member that is not there, and so `undefined` in JavaScript.
type Written = Option<String>;

fn refused(refusal: &RefusalData) -> String {
    object(&[
        ("code", text(&refusal.code)),
        ("family", text(&refusal.family.as_str())),
        ("message", text(&refusal.message)),
        ("fix", text(&refusal.fix)),
        ("link", refusal.link.and_then(|link| number(link.into()))),
        ("tool", refusal.tool.as_ref().and_then(|tool| text(tool))),
        ("argument", refusal.argument.as_ref().and_then(|argument| text(argument))),
        ("limit", refusal.limit.as_ref().and_then(|limit| text(limit))),
        ("step", refusal.step.and_then(|step| text(&step))),
        ("expected", refusal.expected.as_ref().and_then(|expected| text(expected))),
        ("received", refusal.received.as_ref().and_then(|received| text(received))),
    ])
}

fn hop(hop: &Hop) -> String {
    let narrowed: Vec<String> = hop.narrowed.iter().filter_map(|what| text(what)).collect();
    object(&[
        ("depth", number(hop.depth.into())),
        ("delegator", text(&hop.delegator)),
        ("holder", text(&hop.holder)),
        ("tokenId", text(&hop.token_id)),
        ("issuedAt", number(hop.issued_at.as_secs())),
        ("expires", number(hop.expires.as_secs())),
        ("agent", hop.agent.as_ref().and_then(|agent| text(agent))),
        ("narrowed", array(&narrowed)),
    ])
}

fn object(members: &[(&str, Written)]) -> String {
    let written = members.iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", value.as_ref()?)));
    format!("{{{}}}", written.collect::<Vec<_>>().join(","))
}

fn array(elements: &[String]) -> Written {
    Some(format!("[{}]", elements.join(",")))
}

fn text(value: &dyn Display) -> Written {
    Some(Value::Text(value.to_string()).to_json())
}

// Depths and times are far below 2^53.
fn number(value: u64) -> Written {
    Some(value.to_string())
}
