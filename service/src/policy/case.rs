//! One request beside what it is held against.

use crate::policy::{Ask, Code, Denial, Policy, Terms, TokenFormat, Ttl, Wish, Workflow, ceiling};
use keybound::Authority;

/// What the rules judge.
pub(super) struct Case<'a> {
    /// Nobody in particular, where a stored ceiling is narrowed.
    pub(super) who: Option<Who<'a>>,
    pub(super) what: What<'a>,
}

/// Who asks, and of which workflow.
pub(super) struct Who<'a> {
    pub(super) policy: &'a Policy,
    pub(super) workflow: &'a Workflow,
    pub(super) ask: &'a Ask,
}

/// How much is asked for, and the ceiling.
pub(super) struct What<'a> {
    pub(super) tools: &'a Authority,
    pub(super) audience: &'a [String],
    pub(super) ttl: Ttl,
    pub(super) depth: u32,
    pub(super) formats: &'a [TokenFormat],
    /// What to call a tool that the ceiling does not have.
    pub(super) unknown_tool: Code,
    /// Tools of the ceiling that this user is not entitled to.
    pub(super) barred: Vec<&'a str>,
    pub(super) wish: &'a Wish,
}

impl<'a> Case<'a> {
    /// A request under the policy: the ceiling is the workflow's.
    pub(super) fn asked(policy: &'a Policy, workflow: &'a Workflow, ask: &'a Ask) -> Self {
        let is_barred = |tool: &&str| {
            workflow.tool(tool).is_none_or(|declared| !declared.entitles(ask.principal.as_ref()))
        };
        let what = What {
            tools: workflow.ceiling(),
            audience: workflow.audience(),
            ttl: workflow.ttl(),
            depth: workflow.depth,
            formats: &workflow.formats,
            unknown_tool: Code::ToolNotDeclared,
            barred: workflow.ceiling().tools().filter(is_barred).collect(),
            wish: &ask.wish,
        };
        Self { who: Some(Who { policy, workflow, ask }), what }
    }

    /// A wish under terms that were granted before: they are the ceiling.
    pub(super) fn narrowed(terms: &'a Terms, wish: &'a Wish) -> Self {
        let what = What {
            tools: terms.tools(),
            audience: terms.audience(),
            ttl: terms.ttl(),
            depth: terms.depth(),
            formats: terms.formats(),
            unknown_tool: Code::OutsideCeiling,
            barred: Vec::new(),
            wish,
        };
        Self { who: None, what }
    }
}

impl<'a> What<'a> {
    /// The tools to grant: those asked for, or all, without what is not in the ceiling, not in the scope or not this user's.
    ///
    /// # Errors
    /// `policy.empty`, which is what nothing at all is.
    pub(super) fn granted_tools(&self) -> Result<Authority, Denial> {
        let in_scope =
            |tool: &str| self.wish.scope.as_ref().is_none_or(|scope| scope.iter().any(|name| name == tool));
        let keep = |tool: &str| self.has(tool) && !self.barred.contains(&tool) && in_scope(tool);
        let granted = ceiling::restrict(self.wish.tools.as_ref().unwrap_or(self.tools), keep);
        granted
            .ok()
            .filter(|granted| granted.tools().next().is_some())
            .ok_or_else(|| Denial::new(Code::Empty))
    }

    /// The audiences to grant: of the ceiling's, those asked for, or all.
    pub(super) fn granted_audience(&self) -> Vec<String> {
        let wanted = &self.wish.audience;
        let is_wanted = |audience: &&String| wanted.is_empty() || wanted.contains(audience);
        self.audience.iter().filter(is_wanted).cloned().collect()
    }

    pub(super) fn granted_formats(&self) -> Vec<TokenFormat> {
        let is_wanted = |format: &TokenFormat| self.wish.format.is_none_or(|wanted| wanted == *format);
        self.formats.iter().copied().filter(is_wanted).collect()
    }

    pub(super) fn has(&self, tool: &str) -> bool {
        self.tools.tools().any(|name| name == tool)
    }
}
