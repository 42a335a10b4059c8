//! The table of rules. [`crate::policy::Policy::decide`], [`crate::policy::Policy::explain`] and
//! [`crate::policy::Terms::narrow`] all walk it, in this order.

use crate::policy::case::{Case, What, Who};
use crate::policy::{Denial, what, who};
use std::borrow::Cow;

/// What a rule found: why it holds, or that there was nothing for it to judge.
pub(super) enum Held {
    Because(Cow<'static, str>),
    NotAsked(&'static str),
}

impl Held {
    pub(super) const fn because(reason: &'static str) -> Result<Self, Denial> {
        Ok(Self::Because(Cow::Borrowed(reason)))
    }

    pub(super) const fn not_asked(reason: &'static str) -> Result<Self, Denial> {
        Ok(Self::NotAsked(reason))
    }
}

/// One rule: its name, which is stable, and its one function.
pub(super) struct Rule {
    pub(super) name: &'static str,
    check: Check,
}

enum Check {
    /// About who asks. A stored ceiling has settled that.
    Who(fn(&Who<'_>) -> Result<Held, Denial>),
    /// About how much is asked for, of whatever ceiling.
    What(fn(&What<'_>) -> Result<Held, Denial>),
}

impl Rule {
    /// # Errors
    /// The denial, with the rule's name in it.
    pub(super) fn apply(&self, case: &Case<'_>) -> Result<Held, Denial> {
        let held = match (&self.check, &case.who) {
            (Check::Who(check), Some(who)) => check(who),
            (Check::Who(_), None) => Held::not_asked("settled when the ceiling was granted"),
            (Check::What(check), _) => check(&case.what),
        };
        held.map_err(|denial| denial.in_rule(self.name))
    }

    const fn who(name: &'static str, check: fn(&Who<'_>) -> Result<Held, Denial>) -> Self {
        Self { name, check: Check::Who(check) }
    }

    const fn what(name: &'static str, check: fn(&What<'_>) -> Result<Held, Denial>) -> Self {
        Self { name, check: Check::What(check) }
    }
}

/// The rule before all others, without which there is nothing to hold them against: [`who::known`].
pub(super) const KNOWN: &str = "workflow.known";

/// Every other rule. Who asks comes first: what a workflow grants is no business of those who may not launch it.
pub(super) const RULES: &[Rule] = &[
    Rule::who("workflow.orchestrator", who::orchestrator),
    Rule::who("agent.identity", who::identity),
    Rule::who("obo.allowed", who::on_behalf_of),
    Rule::who("principal.required", who::principal),
    Rule::who("principal.tier", who::tier),
    Rule::who("principal.group", who::group),
    Rule::what("ceiling.tools", what::tools),
    Rule::what("ceiling.arguments", what::arguments),
    Rule::what("tool.entitled", what::entitled),
    Rule::what("ceiling.empty", what::something),
    Rule::what("ceiling.audience", what::audience),
    Rule::what("ttl.bounds", what::ttl),
    Rule::what("depth.bounds", what::depth),
    Rule::what("format.allowed", what::format),
];
