//! Facts for JavaScript, as JSON text. Both native modules include this file: one string is a
//! single step over the border, an object would be one step per member.

use keybound_bindings::{
    Failure, RefusalData,
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
