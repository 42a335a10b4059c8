//! A request to the policy as JSON: what `POST /policy/test` and `keybound policy test` explain.

use crate::policy::{Action, Ask, Denial, Principal, TokenFormat, Wish};
use keybound::{Authority, Refusal};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'a> {
    workflow: String,
    orchestrator: String,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    principal: Option<User>,
    #[serde(default)]
    attested: Option<String>,
    #[serde(borrow, default)]
    tools: Option<&'a RawValue>,
    #[serde(default)]
    scope: Option<Vec<String>>,
    #[serde(default)]
    audience: Vec<String>,
    #[serde(default)]
    ttl: Option<u64>,
    #[serde(default)]
    max_depth: Option<u32>,
    #[serde(default)]
    format: Option<String>,
}

/// A user, as the orchestrator knows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    id: String,
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
}

impl User {
    /// The user as the policy knows them.
    ///
    /// # Errors
    /// `policy.bad_principal`.
    pub(crate) fn principal(&self) -> Result<Principal, Denial> {
        Principal::new(&self.id, self.tier.as_deref(), self.groups.iter().map(String::as_str))
    }
}

/// Reads a question.
///
/// # Errors
/// [`BadQuestion`].
pub fn question(json: &[u8]) -> Result<Ask, BadQuestion> {
    let question: Question<'_> = serde_json::from_slice(json).map_err(|_| BadQuestion::Json)?;
    let action = match question.action.as_deref().unwrap_or("launch") {
        "launch" => Action::Launch,
        "attested" => Action::Attested,
        "renew" => Action::Renew,
        "on_behalf_of" => Action::OnBehalfOf,
        "exchange" => Action::Exchange,
        _ => return Err(BadQuestion::Part("action")),
    };
    let mut ask = Ask::new(action, &question.workflow, &question.orchestrator);
    ask.attested = question.attested;
    if let Some(user) = question.principal {
        ask.principal = Some(user.principal().map_err(BadQuestion::Denied)?);
    }
    let tools = question.tools.map(|tools| Authority::from_json(tools.get())).transpose();
    let format = question.format.as_deref().map(|name| TokenFormat::named(name).ok_or(name)).transpose();
    ask.wish = Wish {
        tools: tools.map_err(BadQuestion::Refused)?,
        scope: question.scope,
        audience: question.audience,
        ttl: question.ttl,
        depth: question.max_depth,
        format: format.map_err(|_| BadQuestion::Part("format"))?,
    };
    Ok(ask)
}

/// Why a text is no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadQuestion {
    /// It is not JSON, or has a member that nobody knows or of another type.
    Json,
    /// A member has a value that there is not.
    Part(&'static str),
    /// The user is not written as one.
    Denied(Denial),
    /// The tools are not written as tools.
    Refused(Refusal),
}

impl fmt::Display for BadQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("not a JSON object of workflow, orchestrator and what is asked for"),
            Self::Part(name) => write!(f, "{name}: there is no such value"),
            Self::Denied(denial) => write!(f, "principal: {denial}"),
            Self::Refused(refusal) => write!(f, "tools: {refusal}"),
        }
    }
}

impl std::error::Error for BadQuestion {}
