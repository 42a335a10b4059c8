//! The rules along a chain (AAT-02 sections 11 and 13, and what Keybound adds: principal,
//! task, agent, audience along the chain, times with a tolerance).

use super::authority::{narrows, permits};
use serde_json::Value;

/// Who decides, and when.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    /// The one issuer it trusts.
    pub issuer: &'a str,
    /// Who it is.
    pub audience: &'a str,
    /// Seconds since the epoch.
    pub now: i64,
}

const SKEW: i64 = 30;
const LIFETIME: i64 = 24 * 60 * 60;
const DEPTH: i64 = 8;

fn number(token: &Value, name: &str) -> i64 {
    token[name].as_i64().expect("a whole number")
}

impl Verifier<'_> {
    /// Whether the chain is to be believed, its signatures given.
    pub fn believes(&self, chain: &[Value]) -> bool {
        let Some(root) = chain.first() else { return false };
        root["iss"].as_str() == Some(self.issuer)
            && number(root, "depth") == 0
            && chain.iter().all(|token| self.alive(token))
            && (1..chain.len()).all(|at| follows(&chain[..at], &chain[at]))
            && identified(root)
    }

    /// Whether a believed chain permits the call, its proof given.
    pub fn permits(&self, chain: &[Value], tool: &str, arguments: &Value) -> bool {
        let here = |token: &Value| match token["aud"].as_array() {
            Some(names) => names.iter().any(|name| name == self.audience),
            None => true,
        };
        chain.iter().all(|token| here(token) && permits(&token["tools"], tool, arguments))
            && chain.iter().any(|token| token["aud"].is_array())
    }

    fn alive(&self, token: &Value) -> bool {
        let (from, until) = (number(token, "iat"), number(token, "exp"));
        let begins = token["nbf"].as_i64().unwrap_or(from);
        from < until
            && begins < until
            && until - from <= LIFETIME
            && from <= self.now + SKEW
            && begins <= self.now + SKEW
            && self.now < until + SKEW
            && number(token, "depth") <= number(token, "max_depth")
            && number(token, "max_depth") <= DEPTH
    }
}

/// Whether a token may stand below its ancestors, the last of which is its parent.
fn follows(ancestors: &[Value], child: &Value) -> bool {
    let parent = &ancestors[ancestors.len() - 1];
    child["iss"].is_null()
        && number(child, "depth") == number(parent, "depth") + 1
        && number(child, "depth") <= number(parent, "max_depth")
        && number(child, "max_depth") <= number(parent, "max_depth")
        && number(child, "exp") <= number(parent, "exp")
        && number(child, "iat") >= number(parent, "iat")
        && begins_no_earlier(ancestors, child)
        && ["sub", "task"].iter().all(|name| child[name].is_null() || child[name] == ancestors[0][name])
        && within_audience(ancestors, child)
        && within_domain(ancestors, child)
        && ancestors.iter().all(|ancestor| ancestor["cti"] != child["cti"])
        && narrows(&parent["tools"], &child["tools"])
}

/// The last link that says something under this name.
fn last<'a>(links: &'a [Value], name: &str) -> Option<&'a Value> {
    links.iter().rev().map(|link| &link[name]).find(|value| !value.is_null())
}

/// A child that names a beginning names none before any its ancestors name.
fn begins_no_earlier(ancestors: &[Value], child: &Value) -> bool {
    let Some(begins) = child["nbf"].as_i64() else { return true };
    ancestors.iter().filter_map(|link| link["nbf"].as_i64()).all(|earlier| earlier <= begins)
}

/// A child that names an audience names a part of the one in force above it, if there is one.
fn within_audience(ancestors: &[Value], child: &Value) -> bool {
    match (last(ancestors, "aud").and_then(Value::as_array), child["aud"].as_array()) {
        (Some(above), Some(own)) => own.iter().all(|name| above.contains(name)),
        _ => true,
    }
}

/// A child that names an agent names one of the trust domain in force above it.
fn within_domain(ancestors: &[Value], child: &Value) -> bool {
    let domain = |agent: &Value| {
        let rest = agent.as_str()?.strip_prefix("spiffe://")?;
        rest.split('/').next().map(str::to_owned)
    };
    child["agent"].is_null() || last(ancestors, "agent").and_then(domain) == domain(&child["agent"])
}

/// The root says for whom, in which task and by which agent.
fn identified(root: &Value) -> bool {
    ["sub", "task", "agent"].iter().all(|name| root[name].is_string())
}
