//! The additive claim: what a proof covers beyond method and URI (SPEC 15.3).

use super::Call;
use crate::{
    aat::BINDING,
    base64url,
    code::Code,
    jose::claim,
    json::{Members, Node, Object, Value},
    refusal::Refusal,
};
use alloc::{string::String, vec::Vec};

const BODY: &str = "body";
const TOOL: &str = "tool";
const ARGUMENTS: &str = "arguments";

/// The claim for a call, if there is anything to cover.
pub(super) fn write(call: &Call) -> Option<(String, Value)> {
    let text = Value::text_member;
    let mut members = Vec::new();
    if let Some(body) = &call.body {
        members.push(text(BODY, &base64url::encode(body.as_bytes())));
    }
    if let Some((tool, arguments)) = &call.tool {
        members.push(text(TOOL, tool));
        members.push(text(ARGUMENTS, &base64url::encode(arguments.as_bytes())));
    }
    (!members.is_empty()).then(|| (BINDING.into(), Value::Object(Object::of_distinct(members))))
}

/// Whether what the proof covers is what came; gives whether it covers what the server knows.
///
/// # Errors
/// `dpop.wrong_body`, `proof.wrong_tool`, `proof.wrong_arguments`; `claims.wrong` for a claim of another shape.
pub(super) fn check(claims: &Members<'_>, call: &Call) -> Result<bool, Refusal> {
    let wrong = || claim::wrong(BINDING);
    let Some(node) = claims.get(BINDING) else { return Ok(false) };
    let members = node.as_object().ok_or_else(wrong)?;
    let text = |name| members.get(name).map(|node| node.as_text().ok_or_else(wrong)).transpose();
    let (body, tool, arguments): (_, _, Option<&str>) = (text(BODY)?, text(TOOL)?, text(ARGUMENTS)?);
    if tool.is_some() != arguments.is_some() {
        return Err(wrong());
    }
    let mut covers = call.body.is_some() || call.tool.is_some();
    if let Some(wanted) = &call.body {
        check_same(body, &base64url::encode(wanted.as_bytes()), Code::DpopBody, &mut covers)?;
    }
    if let Some((name, wanted)) = &call.tool {
        check_same(tool, name, Code::WrongTool, &mut covers)?;
        check_same(arguments, &base64url::encode(wanted.as_bytes()), Code::WrongArguments, &mut covers)?;
    }
    Ok(covers)
}

fn check_same(said: Option<&str>, wanted: &str, otherwise: Code, covers: &mut bool) -> Result<(), Refusal> {
    match said {
        None => *covers = false,
        Some(said) if said == wanted => {}
        Some(_) => return Err(otherwise.into()),
    }
    Ok(())
}

/// The text of a member, for claims that must be texts.
pub(super) fn text<'a>(claims: &'a Members<'_>, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let text = |node: &'a Node<'_>| node.as_text().ok_or_else(|| claim::wrong(name));
    claims.get(name).map(text).transpose()
}
