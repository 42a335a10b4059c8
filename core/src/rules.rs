//! The rules of delegation: what a child may say under its parent (SPEC 8.2, steps 10 to 16).
//!
//! The delegator and the verifier both come here, so a mistake surfaces at home and a forgery at the door,
//! with the same code.

use crate::{
    agent::AgentId,
    claims::{Claims, Depths},
    code::Code,
    limits::Limits,
    link::Link,
    refusal::Refusal,
    time::UnixTime,
    times::Times,
};
use alloc::{format, string::String, sync::Arc};

/// The first token: it hangs on an anchor, not on a parent.
pub(crate) fn check_root(root: &Claims, limits: &Limits) -> Result<(), Refusal> {
    begins_a_chain(root.depth)?;
    ceiling_within(root.max_depth, limits)?;
    root.times().check_lifetime(limits)
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
    let (depths, times) = (child.depths(), child.times());
    follows(parent.depths(), depths)?;
    within_ceiling(parent.depths(), depths)?;
    within_limit(depths, limits)?;
    within_own_ceiling(depths)?;
    ceiling_kept(parent.depths(), depths)?;
    ends_within(&parent.times(), &times)?;
    begins_after(&parent.times(), &times)?;
    begins_after_all(ancestors, &times)?;
    times.check_lifetime(limits)?;
    check_identity(ancestors, root, &Identity::of(child))?;
    check_audience(ancestors, child)?;
    child.authority.narrows(&parent.authority)
}

// Each rule by itself: the two encodings check them in different orders. AAT-02's steps stand beside them.

/// 3c.
pub(crate) fn begins_a_chain(depth: u32) -> Result<(), Refusal> {
    if depth == 0 { Ok(()) } else { Err(Code::NotARoot.into()) }
}

/// 3i.
pub(crate) fn ceiling_within(most: u32, limits: &Limits) -> Result<(), Refusal> {
    within(most, limits.depth, Code::DepthExceeded)
}

/// 4d.
pub(crate) fn follows(parent: Depths, child: Depths) -> Result<(), Refusal> {
    if Some(child.own) == parent.own.checked_add(1) { Ok(()) } else { Err(Code::WrongDepth.into()) }
}

/// 4e.
pub(crate) fn within_ceiling(parent: Depths, child: Depths) -> Result<(), Refusal> {
    within(child.own, parent.most, Code::DepthExceeded)
}

/// 4f.
pub(crate) fn within_limit(child: Depths, limits: &Limits) -> Result<(), Refusal> {
    within(child.own, limits.depth, Code::DepthExceeded)
}

/// 4g.
pub(crate) fn ceiling_kept(parent: Depths, child: Depths) -> Result<(), Refusal> {
    within(child.most, parent.most, Code::MaxDepthRaised)
}

/// 4m.
pub(crate) fn within_own_ceiling(child: Depths) -> Result<(), Refusal> {
    within(child.own, child.most, Code::DepthExceeded)
}

fn within(value: u32, limit: u32, otherwise: Code) -> Result<(), Refusal> {
    if value <= limit { Ok(()) } else { Err(Refusal::new(otherwise).with_limit(&format!("{limit}"))) }
}

/// 4h.
pub(crate) fn ends_within(parent: &Times, child: &Times) -> Result<(), Refusal> {
    if child.expires > parent.expires {
        return Err(Refusal::new(Code::ExpiresAfterParent).with_limit(&format!("{}", parent.expires)));
    }
    Ok(())
}

/// 4j.
pub(crate) fn begins_after(parent: &Times, child: &Times) -> Result<(), Refusal> {
    if child.issued_at < parent.issued_at {
        return Err(Refusal::new(Code::BeginsBeforeParent).with_limit(&format!("{}", parent.issued_at)));
    }
    Ok(())
}

/// `nbf`, which the draft does not have.
pub(crate) fn begins_after_all(ancestors: &[Arc<Link>], child: &Times) -> Result<(), Refusal> {
    match child.not_before.zip(not_before(ancestors)) {
        Some((begins, least)) if begins < least => {
            Err(Refusal::new(Code::BeginsBeforeParent).with_limit(&format!("{least}")))
        }
        _ => Ok(()),
    }
}

/// Whom a token says it is about.
#[derive(Clone, Copy, Default)]
pub(crate) struct Identity<'a> {
    pub(crate) principal: Option<&'a str>,
    pub(crate) task: Option<&'a str>,
    pub(crate) agent: Option<&'a AgentId>,
}

impl<'a> Identity<'a> {
    fn of(claims: &'a Claims) -> Self {
        let (principal, task) = (claims.principal.as_deref(), claims.task.as_deref());
        Self { principal, task, agent: claims.agent.as_ref() }
    }
}

/// Principal and task are the root's for good, and so is the agent's trust domain: what the root does not name,
/// no holder can add.
pub(crate) fn check_identity(
    ancestors: &[Arc<Link>],
    root: &Claims,
    child: &Identity<'_>,
) -> Result<(), Refusal> {
    if child.principal.is_some() && child.principal != root.principal.as_deref() {
        return Err(Code::PrincipalChanged.into());
    }
    if child.task.is_some() && child.task != root.task.as_deref() {
        return Err(Code::TaskChanged.into());
    }
    let domain = agent(ancestors).map(AgentId::trust_domain);
    if child.agent.is_some_and(|agent| Some(agent.trust_domain()) != domain) {
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
