//! The rules of delegation: what a child may say under its parent (SPEC 8.2, steps 10 to 16).
//!
//! The delegator and the verifier both come here, so a mistake surfaces at home and a forgery at the door,
//! with the same code.

use crate::{
    agent::AgentId, chain::Link, claims::Claims, code::Code, limits::Limits, refusal::Refusal, time::UnixTime,
};
use alloc::{format, string::String, sync::Arc};

/// The first token: it hangs on an anchor, not on a parent.
pub(crate) fn check_root(root: &Claims, limits: &Limits) -> Result<(), Refusal> {
    if root.depth != 0 {
        return Err(Code::NotARoot.into());
    }
    if root.max_depth > limits.depth {
        return Err(Refusal::new(Code::DepthExceeded).with_limit(&format!("{}", limits.depth)));
    }
    root.check_lifetime(limits)
}

/// One step down: `child` under the links above it, root first, its parent last.
pub(crate) fn check_child(ancestors: &[Arc<Link>], child: &Claims, limits: &Limits) -> Result<(), Refusal> {
    let (Some(root), Some(parent)) = (ancestors.first(), ancestors.last()) else {
        return Err(Code::EmptyChain.into());
    };
    let (root, parent) = (root.claims(), parent.claims());
    // The issuer of a child is the holder of its parent; a second statement of it could only contradict.
    if child.issuer.is_some() {
        return Err(Refusal::new(Code::WrongClaim).with_part("iss"));
    }
    if ancestors.iter().any(|ancestor| ancestor.claims().id == child.id) {
        return Err(Code::RepeatedToken.into());
    }
    check_depth(parent, child, limits)?;
    check_time(ancestors, parent, child)?;
    child.check_lifetime(limits)?;
    check_identity(ancestors, root, child)?;
    check_audience(ancestors, child)?;
    child.authority.narrows(&parent.authority)
}

/// Invariant I2 of AAT-02 §4.5.
fn check_depth(parent: &Claims, child: &Claims, limits: &Limits) -> Result<(), Refusal> {
    if Some(child.depth) != parent.depth.checked_add(1) {
        return Err(Code::WrongDepth.into());
    }
    let most = parent.max_depth.min(child.max_depth).min(limits.depth);
    if child.depth > parent.max_depth || child.depth > limits.depth || child.depth > child.max_depth {
        return Err(Refusal::new(Code::DepthExceeded).with_limit(&format!("{most}")));
    }
    if child.max_depth > parent.max_depth {
        return Err(Refusal::new(Code::MaxDepthRaised).with_limit(&format!("{}", parent.max_depth)));
    }
    Ok(())
}

/// Invariant I3 of AAT-02 §4.5, and `nbf`, which the draft does not have.
fn check_time(ancestors: &[Arc<Link>], parent: &Claims, child: &Claims) -> Result<(), Refusal> {
    if child.expires > parent.expires {
        return Err(Refusal::new(Code::ExpiresAfterParent).with_limit(&format!("{}", parent.expires)));
    }
    let begins = not_before(ancestors);
    let begins_earlier = child.not_before.zip(begins).is_some_and(|(child, ancestor)| child < ancestor);
    if child.issued_at < parent.issued_at || begins_earlier {
        let least = begins.unwrap_or(parent.issued_at).max(parent.issued_at);
        return Err(Refusal::new(Code::BeginsBeforeParent).with_limit(&format!("{least}")));
    }
    Ok(())
}

/// Principal and task are the root's for good, and so is the agent's trust domain: what the root does not name,
/// no holder can add.
fn check_identity(ancestors: &[Arc<Link>], root: &Claims, child: &Claims) -> Result<(), Refusal> {
    if child.principal.is_some() && child.principal != root.principal {
        return Err(Code::PrincipalChanged.into());
    }
    if child.task.is_some() && child.task != root.task {
        return Err(Code::TaskChanged.into());
    }
    let domain = agent(ancestors).map(AgentId::trust_domain);
    if child.agent.as_ref().is_some_and(|agent| Some(agent.trust_domain()) != domain) {
        return Err(Code::TrustDomainChanged.into());
    }
    Ok(())
}

fn check_audience(ancestors: &[Arc<Link>], child: &Claims) -> Result<(), Refusal> {
    let Some(granted) = audience(ancestors) else { return Ok(()) };
    if child.audience.iter().flatten().any(|name| !granted.contains(name)) {
        return Err(Refusal::new(Code::AudienceWidened).with_limit(&granted.join(", ")));
    }
    Ok(())
}

/// The agent at the end of `links`: the last one named.
pub(crate) fn agent(links: &[Arc<Link>]) -> Option<&AgentId> {
    links.iter().rev().find_map(|link| link.claims().agent.as_ref())
}

/// The audience in force at the end of `links`: the last one named, since each is within the one before.
pub(crate) fn audience(links: &[Arc<Link>]) -> Option<&[String]> {
    links.iter().rev().find_map(|link| link.claims().audience.as_deref())
}

/// The latest `nbf` of `links`.
pub(crate) fn not_before(links: &[Arc<Link>]) -> Option<UnixTime> {
    links.iter().filter_map(|link| link.claims().not_before).max()
}
