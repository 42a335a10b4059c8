//! How much a request asks for: `authorization_details` (RFC 9396), `scope`, `resource` (RFC 8707).

use super::{Fault, form::Params};
use crate::{
    code::Code,
    policy::{TokenFormat, Wish},
};
use keybound::Authority;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The one type of authorization details (AAT-02 §3.3).
pub(crate) const DETAILS: &str = "attenuating_agent_token";

/// A chain of CWTs, in base64url; ours, since nobody has registered one.
pub(crate) const CWT_CHAIN: &str = "urn:keybound:params:oauth:token-type:cwt-chain";
/// A chain of AAT-02: a lone token or the presentation object.
pub(crate) const AAT_CHAIN: &str = "urn:keybound:params:oauth:token-type:aat-chain";
/// RFC 8693 §3.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// RFC 8693 §3.
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// RFC 8693 §3.
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Credentials that one request may ask for (B20): as many as a token may have tools.
const MOST: usize = 64;

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    tools: Option<&'a RawValue>,
    #[serde(default)]
    locations: Vec<String>,
}

/// Tools, and where they are to be used.
type Asked = (Option<Authority>, Vec<String>);

/// What each credential that is asked for should be; at least one.
///
/// # Errors
/// `request.bad_authorization_details`, `request.bad_resource`, `request.unsupported_token_type`, core's.
pub(crate) fn wishes(form: &Params) -> Result<Vec<Wish>, Fault> {
    let common = Wish {
        tools: None,
        scope: form.get("scope").map(|scope| scope.split(' ').map(str::to_owned).collect()),
        audience: Vec::new(),
        ttl: form.number("ttl")?.or(form.number("requested_expiry")?),
        depth: form.number("max_depth")?,
        format: form.get("requested_token_type").map(format).transpose()?,
    };
    let resources = resources(form)?;
    let details = match form.get("authorization_details") {
        Some(text) => details(text)?,
        None => Vec::new(),
    };
    let for_each = |audience: &String| Wish { audience: vec![audience.clone()], ..common.clone() };
    let wishes: Vec<Wish> = match (details.as_slice(), resources.as_slice()) {
        ([], []) => vec![common],
        ([], resources) => resources.iter().map(for_each).collect(),
        // One detail goes to each resource; several say each where it goes.
        ([(tools, locations)], resources) if locations.is_empty() && !resources.is_empty() => {
            resources.iter().map(|audience| Wish { tools: tools.clone(), ..for_each(audience) }).collect()
        }
        (details, resources) => details
            .iter()
            .map(|(tools, locations)| {
                let audience = if locations.is_empty() { resources.to_vec() } else { locations.clone() };
                Wish { tools: tools.clone(), audience, ..common.clone() }
            })
            .collect(),
    };
    if wishes.len() > MOST { Err(Code::BadDetails.into()) } else { Ok(wishes) }
}

/// Parses `authorization_details`: a list of entries of our type, each with its tools and where they are to be used.
///
/// # Errors
/// `request.bad_authorization_details`, core's.
fn details(text: &str) -> Result<Vec<Asked>, Fault> {
    let entries: Vec<Detail<'_>> = serde_json::from_str(text).map_err(|_| Fault::from(Code::BadDetails))?;
    if entries.is_empty() || entries.iter().any(|entry| entry.kind != DETAILS) {
        return Err(Code::BadDetails.into());
    }
    let read = |entry: Detail<'_>| {
        let tools = entry.tools.map(|tools| Authority::from_json(tools.get())).transpose();
        entry.locations.iter().try_for_each(|location| check_resource(location))?;
        Ok((tools.map_err(|refusal| Fault::from(refusal).about("authorization_details"))?, entry.locations))
    };
    entries.into_iter().map(read).collect()
}

/// The resources named, each once. `audience` (RFC 8693 §2.1) names the same here.
///
/// # Errors
/// `request.bad_resource` (RFC 8707 §2).
pub(crate) fn resources(form: &Params) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    for name in form.all("resource").chain(form.all("audience")) {
        check_resource(name)?;
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn check_resource(name: &str) -> Result<(), Fault> {
    let is_absolute = name.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty() && scheme.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
    });
    let fits = is_absolute && !name.contains('#') && name.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err(Code::BadResource.into()) }
}

/// The form of token that a type names.
///
/// # Errors
/// `request.unsupported_token_type`.
pub(crate) fn format(token_type: &str) -> Result<TokenFormat, Fault> {
    match token_type {
        CWT_CHAIN => Ok(TokenFormat::Cwt),
        AAT_CHAIN => Ok(TokenFormat::Aat),
        ACCESS_TOKEN => Ok(TokenFormat::AccessToken),
        _ => Err(Code::UnsupportedTokenType.into()),
    }
}

/// The type of a form of token.
pub(crate) const fn token_type(format: TokenFormat) -> &'static str {
    match format {
        TokenFormat::Cwt => CWT_CHAIN,
        TokenFormat::Aat => AAT_CHAIN,
        TokenFormat::AccessToken => ACCESS_TOKEN,
    }
}
