//! What is granted: a ceiling for all that follows, which only gets lower.

use crate::policy::case::{Case, What};
use crate::policy::{Action, Charge, Code, Denial, Policy, TokenFormat, Ttl, Wish, ceiling, rule, ttl};
use keybound::Authority;

/// The answer yes, with its bounds. Made by [`Policy::decide`] and by narrowing, and read back from what those made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub(super) policy: String,
    pub(super) workflow: String,
    pub(super) tools: Authority,
    pub(super) audience: Vec<String>,
    pub(super) ttl: Ttl,
    pub(super) session: u64,
    pub(super) renewals: u32,
    pub(super) depth: u32,
    pub(super) heartbeat: u64,
    pub(super) launch_ttl: u64,
    pub(super) formats: Vec<TokenFormat>,
    pub(super) on_behalf_of: bool,
    pub(super) charges: Vec<Charge>,
}

impl Terms {
    /// The digest of the policy that granted them.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The workflow.
    pub fn workflow(&self) -> &str {
        &self.workflow
    }

    /// The part of the policy that they come from, such as `workflows.monthly-close`: what a record names as the rule.
    pub fn rule(&self) -> String {
        format!("workflows.{}", self.workflow)
    }

    /// The tools; at least one.
    pub const fn tools(&self) -> &Authority {
        &self.tools
    }

    /// Where tokens may be used; at least one place.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// How long tokens may live. One that nobody asks a life for lives [`Ttl::default`].
    pub const fn ttl(&self) -> Ttl {
        self.ttl
    }

    /// Seconds from the first token after which no token is valid (B12).
    pub const fn session(&self) -> u64 {
        self.session
    }

    /// How often a token may be renewed (B11).
    pub const fn renewals(&self) -> u32 {
        self.renewals
    }

    /// How many delegations may follow.
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// Seconds between heartbeats; 0 when none are expected.
    pub const fn heartbeat(&self) -> u64 {
        self.heartbeat
    }

    /// Seconds that a launch token lives (L1).
    pub const fn launch_ttl(&self) -> u64 {
        self.launch_ttl
    }

    /// The forms that tokens may have; at least one.
    pub fn formats(&self) -> &[TokenFormat] {
        &self.formats
    }

    /// Whether a user's token may be exchanged (H2).
    pub const fn on_behalf_of(&self) -> bool {
        self.on_behalf_of
    }

    /// What this decision costs the user (I2). Nothing for what narrows an earlier one: that has been counted.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Less of the same (B9, B22): the rules of the policy, with these terms as the ceiling.
    ///
    /// # Errors
    /// The denial of the first rule that does not hold.
    pub fn narrow(&self, wish: &Wish) -> Result<Self, Denial> {
        let case = Case::narrowed(self, wish);
        rule::RULES.iter().try_for_each(|rule| rule.apply(&case).map(drop))?;
        let what = &case.what;
        Ok(Self { charges: Vec::new(), ..self.lowered(what, what.granted_tools()?) })
    }

    /// What is left of these terms under those that the policy grants today (I8): in everything the lower of the two. A tool
    /// that neither grants within the other is left out.
    ///
    /// # Errors
    /// `policy.unknown_workflow` for the terms of another workflow; `policy.empty`, `policy.audience_not_allowed`,
    /// `policy.ttl_out_of_bounds`, `policy.format_not_allowed` where nothing is left.
    pub fn under(&self, today: &Self) -> Result<Self, Denial> {
        let deny = |code| Denial::new(code).in_rule("policy.changed");
        if self.workflow != today.workflow {
            return Err(deny(Code::UnknownWorkflow));
        }
        let tools = ceiling::meet(&self.tools, &today.tools).ok();
        let tools = tools.filter(|tools| tools.tools().next().is_some()).ok_or_else(|| deny(Code::Empty))?;
        let audience = both(&self.audience, &today.audience).ok_or_else(|| deny(Code::AudienceNotAllowed))?;
        let formats = both(&self.formats, &today.formats).ok_or_else(|| deny(Code::FormatNotAllowed))?;
        let ttl = self.ttl.meet(today.ttl).ok_or_else(|| deny(Code::TtlOutOfBounds))?;
        let session = self.session.min(today.session);
        if ttl.max() > session {
            return Err(deny(Code::TtlOutOfBounds));
        }
        Ok(Self {
            policy: today.policy.clone(),
            workflow: today.workflow.clone(),
            tools,
            audience,
            ttl,
            session,
            renewals: self.renewals.min(today.renewals),
            depth: self.depth.min(today.depth),
            heartbeat: today.heartbeat,
            launch_ttl: self.launch_ttl.min(today.launch_ttl),
            formats,
            on_behalf_of: self.on_behalf_of && today.on_behalf_of,
            charges: today.charges.clone(),
        })
    }

    /// Seconds that a token may live that is issued `now`, in a session that began at `started`: what the terms say, but never
    /// beyond the end of the session (B12).
    ///
    /// # Errors
    /// `policy.session_ended` when that would be less than the shortest token lives (L2).
    pub fn lifetime(&self, started: u64, now: u64) -> Result<u64, Denial> {
        let left = started.saturating_add(self.session).saturating_sub(now).min(self.session);
        if left < ttl::SHORTEST {
            let limit = format!("{} seconds in all", self.session);
            return Err(Denial::new(Code::SessionEnded).in_rule("session.bounds").with_limit(&limit));
        }
        Ok(self.ttl.default().min(left))
    }

    /// Whether a token that was renewed `done` times may be renewed once more (B11).
    ///
    /// # Errors
    /// `policy.renewals_exhausted`.
    pub fn may_renew(&self, done: u32) -> Result<(), Denial> {
        if done < self.renewals {
            return Ok(());
        }
        let limit = format!("{} renewals", self.renewals);
        Err(Denial::new(Code::RenewalsExhausted).in_rule("renewals.bounds").with_limit(&limit))
    }

    /// The terms of a case that every rule has let through.
    pub(super) fn granted(policy: &Policy, case: &Case<'_>) -> Result<Self, Denial> {
        let deny = || Denial::new(Code::UnknownWorkflow).in_rule(rule::KNOWN);
        let who = case.who.as_ref().ok_or_else(deny)?;
        let (what, workflow) = (&case.what, who.workflow);
        let tools = what.granted_tools()?;
        let is_counted = Action::is_counted(who.ask.action);
        let charges = if is_counted { workflow.charges(&tools) } else { Vec::new() };
        let whole = Self {
            policy: policy.digest().to_owned(),
            workflow: workflow.name.clone(),
            tools: tools.clone(),
            audience: Vec::new(),
            ttl: workflow.ttl,
            session: workflow.session,
            renewals: workflow.renewals,
            depth: workflow.depth,
            heartbeat: workflow.heartbeat,
            launch_ttl: workflow.launch_ttl,
            formats: Vec::new(),
            on_behalf_of: workflow.on_behalf_of,
            charges,
        };
        Ok(whole.lowered(what, tools))
    }

    /// These terms with what was asked for in place of what could be.
    fn lowered(&self, what: &What<'_>, tools: Authority) -> Self {
        Self {
            tools,
            audience: what.granted_audience(),
            ttl: what.ttl.narrowed(what.wish.ttl),
            // Never above the ceiling, whatever the rules let through.
            depth: what.wish.depth.unwrap_or(what.depth).min(what.depth),
            formats: what.granted_formats(),
            ..self.clone()
        }
    }
}

/// What is in both, if anything.
fn both<T: Clone + PartialEq>(first: &[T], second: &[T]) -> Option<Vec<T>> {
    let shared: Vec<T> = first.iter().filter(|item| second.contains(item)).cloned().collect();
    (!shared.is_empty()).then_some(shared)
}
