//! Rules about how much is asked for. The same for the ceiling of a workflow and for one that a launch fixed.

use crate::policy::case::What;
use crate::policy::denial::list;
use crate::policy::rule::Held;
use crate::policy::{Code, Denial};
use std::borrow::Cow;

/// `ceiling.tools` (I3): every tool that is named is in the ceiling, and every scope among the tools beside it.
pub(super) fn tools(what: &What<'_>) -> Result<Held, Denial> {
    if what.wish.tools.is_none() && what.wish.scope.is_none() {
        return Held::not_asked("no tool is named: all of the ceiling");
    }
    let mut named = what.wish.tools.iter().flat_map(|tools| tools.tools());
    if let Some(tool) = named.find(|tool| !what.has(tool)) {
        return Err(Denial::new(what.unknown_tool).with_tool(tool).with_limit(&limit(what)));
    }
    for scope in what.wish.scope.iter().flatten() {
        if !what.has(scope) {
            return Err(Denial::new(what.unknown_tool).with_scope(scope).with_limit(&limit(what)));
        }
        let is_beside = |tools: &keybound::Authority| tools.tools().any(|tool| tool == scope);
        if !what.wish.tools.as_ref().is_none_or(is_beside) {
            let denial = Denial::new(Code::OutsideCeiling).with_scope(scope);
            return Err(denial.with_limit("the tools that the same request names"));
        }
    }
    Held::because("every tool that is named is in the ceiling")
}

fn limit(what: &What<'_>) -> String {
    format!("the tools {}", list(what.tools.tools()))
}

/// `ceiling.arguments` (B2, B3, I7): the tools and their arguments narrow the ceiling, as core judges it for delegations.
pub(super) fn arguments(what: &What<'_>) -> Result<Held, Denial> {
    let Some(tools) = &what.wish.tools else {
        return Held::not_asked("no arguments are named: those of the ceiling");
    };
    let Err(refusal) = tools.narrows(what.tools) else {
        return Held::because("the arguments are within the ceiling");
    };
    let mut denial = Denial::new(Code::OutsideCeiling);
    if let Some(tool) = refusal.tool() {
        denial = denial.with_tool(tool);
    }
    if let Some(argument) = refusal.argument() {
        denial = denial.with_argument(argument);
    }
    if let Some(limit) = refusal.limit() {
        denial = denial.with_limit(limit);
    }
    Err(denial)
}

/// `tool.entitled` (H5): the user is entitled to every tool that is named. Those that nobody named are left out instead.
pub(super) fn entitled(what: &What<'_>) -> Result<Held, Denial> {
    let is_barred = |tool: &str| what.barred.contains(&tool);
    if what.wish.tools.is_none() && what.wish.scope.is_none() {
        return match what.barred.len() {
            0 => Held::because("the user is entitled to every tool"),
            left_out => Ok(Held::Because(Cow::Owned(format!(
                "left out, since the user is not entitled to them: {left_out}"
            )))),
        };
    }
    // Where both name tools, the scope says which are meant.
    if let Some(scope) = &what.wish.scope {
        return match scope.iter().find(|scope| is_barred(scope)) {
            Some(scope) => Err(Denial::new(Code::NotEntitled).with_tool(scope).with_scope(scope)),
            None => Held::because("the user is entitled to every tool that is named"),
        };
    }
    match what.wish.tools.iter().flat_map(|tools| tools.tools()).find(|tool| is_barred(tool)) {
        Some(tool) => Err(Denial::new(Code::NotEntitled).with_tool(tool)),
        None => Held::because("the user is entitled to every tool that is named"),
    }
}

/// `ceiling.empty` (B2): something is granted.
pub(super) fn something(what: &What<'_>) -> Result<Held, Denial> {
    what.granted_tools().map(|tools| {
        let names: Vec<&str> = tools.tools().collect();
        Held::Because(Cow::Owned(format!("grants the tools {}", list(names))))
    })
}

/// `ceiling.audience` (B17): every place that is asked for is in the ceiling, and there is at least one.
pub(super) fn audience(what: &What<'_>) -> Result<Held, Denial> {
    let is_within = what.wish.audience.iter().all(|audience| what.audience.contains(audience));
    if what.audience.is_empty() || !is_within {
        let limit = format!("the audiences {}", list(what.audience.iter().map(String::as_str)));
        return Err(Denial::new(Code::AudienceNotAllowed).with_limit(&limit));
    }
    if what.wish.audience.is_empty() {
        Held::not_asked("no audience is named: all of the ceiling")
    } else {
        Held::because("every audience that is named is in the ceiling")
    }
}

/// `ttl.bounds` (B6, I4): refused outside of the bounds, never clamped.
pub(super) fn ttl(what: &What<'_>) -> Result<Held, Denial> {
    match what.wish.ttl {
        None => Held::not_asked("no time to live is named: the default"),
        Some(seconds) if what.ttl.contains(seconds) => Held::because("the time to live is within its bounds"),
        Some(_) => Err(Denial::new(Code::TtlOutOfBounds).with_limit(&what.ttl.to_string())),
    }
}

/// `depth.bounds` (G7, L4): no more delegations than the ceiling has.
pub(super) fn depth(what: &What<'_>) -> Result<Held, Denial> {
    match what.wish.depth {
        None => Held::not_asked("no depth is named: that of the ceiling"),
        Some(depth) if depth <= what.depth => Held::because("the depth is within its bound"),
        Some(_) => {
            Err(Denial::new(Code::DepthOutOfBounds).with_limit(&format!("{} delegations", what.depth)))
        }
    }
}

/// `format.allowed`: the form of token is one of the ceiling's.
pub(super) fn format(what: &What<'_>) -> Result<Held, Denial> {
    match what.wish.format {
        None => Held::not_asked("no format is named: any of the ceiling"),
        Some(format) if what.formats.contains(&format) => Held::because("the format is allowed"),
        Some(_) => {
            let limit = format!("the formats {}", list(what.formats.iter().map(|format| format.as_str())));
            Err(Denial::new(Code::FormatNotAllowed).with_limit(&limit))
        }
    }
}
