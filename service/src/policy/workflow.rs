//! Workflows: the declared kinds of runs, each with the most that its agents may get.

use crate::policy::problem::{Place, Problems};
use crate::policy::{
    Charge, Client, Pattern, Principal, Rate, Role, TokenFormat, Ttl, ceiling, client, file, grammar, ttl,
};
use keybound::Authority;
use std::collections::{BTreeMap, BTreeSet};

/// The most delegations: requirements G7 and L4.
pub(super) const DEEPEST: u32 = 5;

/// The longest session, in seconds: a day, as long as core lets anything live (`Limits::lifetime`).
pub(super) const LONGEST_SESSION: u64 = 86_400;

/// The most renewals: as many of the shortest tokens (L2) as the longest session takes.
pub(super) const MOST_RENEWALS: u32 = 1440;

/// The longest a launch token lives, in seconds: requirement L1.
pub(super) const LONGEST_LAUNCH: u64 = 30;

/// Audiences of one token, as core's `Limits::audiences` has it.
const MOST_AUDIENCES: usize = 16;

/// One workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    pub(super) name: String,
    pub(super) orchestrators: BTreeSet<String>,
    pub(super) audience: Vec<String>,
    pub(super) ttl: Ttl,
    pub(super) session: u64,
    pub(super) renewals: u32,
    pub(super) depth: u32,
    pub(super) heartbeat: u64,
    pub(super) launch_ttl: u64,
    pub(super) agents: Vec<Pattern>,
    pub(super) formats: Vec<TokenFormat>,
    pub(super) on_behalf_of: bool,
    pub(super) principal_required: bool,
    pub(super) principals: Membership,
    pub(super) tools: BTreeMap<String, Tool>,
    pub(super) ceiling: Authority,
}

/// What the policy says of a tool beside its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    charge: Option<Charge>,
    entitled: Membership,
}

/// Which users are meant: by tier, by group, by both, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    tiers: Option<BTreeSet<String>>,
    groups: Option<BTreeSet<String>>,
}

impl Workflow {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clients that may launch it; none is nobody.
    pub fn orchestrators(&self) -> impl Iterator<Item = &str> {
        self.orchestrators.iter().map(String::as_str)
    }

    /// Where its tokens may be used at most; nowhere means that none can be issued.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The most its agents may get.
    pub const fn ceiling(&self) -> &Authority {
        &self.ceiling
    }

    /// What the policy says of a tool.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.get(name)
    }

    /// How long its tokens may live.
    pub const fn ttl(&self) -> Ttl {
        self.ttl
    }

    /// Seconds of the whole session at most (B12).
    pub const fn session(&self) -> u64 {
        self.session
    }

    /// Renewals at most (B11).
    pub const fn renewals(&self) -> u32 {
        self.renewals
    }

    /// Delegations at most (G7).
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// Whether agents may exchange a user's token (H2).
    pub const fn on_behalf_of(&self) -> bool {
        self.on_behalf_of
    }

    /// Whether an attested identity may obtain it through a trust rule (I5).
    pub fn admits_agent(&self, identity: &str) -> bool {
        self.agents.iter().any(|pattern| pattern.matches(identity))
    }

    /// What these tools cost: one charge for each category among them.
    pub(super) fn charges(&self, tools: &Authority) -> Vec<Charge> {
        let charges = tools.tools().filter_map(|tool| self.tools.get(tool)?.charge.as_ref());
        let by_category: BTreeMap<&str, &Charge> =
            charges.map(|charge| (charge.category(), charge)).collect();
        by_category.into_values().cloned().collect()
    }

    pub(super) fn read(
        name: &str,
        written: file::Workflow,
        clients: &BTreeMap<String, Client>,
        rates: &BTreeMap<String, Rate>,
        place: &Place,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        check_orchestrators(&written.orchestrators, clients, &place.key("orchestrators"), problems);
        let audiences = place.key("audiences");
        client::check_audiences(&written.audiences, &audiences, problems);
        let fit = written.audiences.len() <= MOST_AUDIENCES;
        problems.expect(fit, &audiences, "a token is for at most 16 audiences");
        let ttl = Ttl::read(&written.ttl);
        problems.expect(ttl.is_some(), &place.key("ttl"), Ttl::RULE);
        check_bounds(&written, ttl, place, problems);
        let ceiling = ceiling::read(written.tools.keys().map(String::as_str), &place.key("tools"), problems);
        let agents = read_agents(&written.agents, &place.key("agents"), problems);
        let principals = place.key("principals");
        let (tiers, groups) = (written.principals.tiers, written.principals.groups);
        let membership = Membership::read(tiers, groups, &principals, problems);
        let principal_required = written.principals.required.unwrap_or(!membership.is_everybody());
        // Leaving the user out would otherwise pass where a user of another tier does not.
        problems.expect(
            principal_required || membership.is_everybody(),
            &principals.key("required"),
            "tiers and groups need a user: leave required out, or set it",
        );
        let tools = written.tools.into_iter().map(|(tool, written)| {
            let place = place.key("tools").key(&tool);
            problems.expect(grammar::is_tool_name(&tool), &place, grammar::TOOL);
            (tool, Tool::read(written, rates, &place, problems))
        });
        let tools = tools.collect();
        let formats = written.formats.map_or_else(
            || TokenFormat::ALL.to_vec(),
            |formats| formats.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        );
        problems.expect(
            !formats.is_empty(),
            &place.key("formats"),
            "name at least one format, or leave it out for all",
        );
        Some(Self {
            name: name.to_owned(),
            orchestrators: written.orchestrators.into_iter().collect(),
            audience: written.audiences,
            ttl: ttl?,
            session: written.session,
            renewals: written.renewals,
            depth: written.depth,
            heartbeat: written.heartbeat,
            launch_ttl: written.launch_ttl,
            agents: agents?,
            formats,
            on_behalf_of: written.on_behalf_of,
            principal_required,
            principals: membership,
            tools,
            ceiling: ceiling?,
        })
    }
}

impl Tool {
    /// The rate it counts against.
    pub fn category(&self) -> Option<&str> {
        self.charge.as_ref().map(Charge::category)
    }

    /// Whether the user, or nobody, may have it (H5).
    pub fn entitles(&self, principal: Option<&Principal>) -> bool {
        self.entitled.has_tier(principal) && self.entitled.has_group(principal)
    }

    fn read(
        written: file::Tool,
        rates: &BTreeMap<String, Rate>,
        place: &Place,
        problems: &mut Problems<'_>,
    ) -> Self {
        let charge = written.category.and_then(|category| {
            let rate = rates.get(&category);
            problems.expect(rate.is_some(), &place.key("category"), "no such category in [rates]");
            rate.map(|rate| Charge::new(&category, *rate))
        });
        let entitled = Membership::read(written.tiers, written.groups, place, problems);
        Self { charge, entitled }
    }
}

impl Membership {
    /// Whether the user's tier is meant. Nobody has none.
    pub fn has_tier(&self, principal: Option<&Principal>) -> bool {
        let Some(tiers) = &self.tiers else { return true };
        principal.and_then(Principal::tier).is_some_and(|tier| tiers.contains(tier))
    }

    /// Whether one of the user's groups is meant. Nobody has none.
    pub fn has_group(&self, principal: Option<&Principal>) -> bool {
        let Some(groups) = &self.groups else { return true };
        principal.is_some_and(|principal| principal.groups().any(|group| groups.contains(group)))
    }

    /// The tiers that are meant; `None` is all, also no tier.
    pub const fn tiers(&self) -> Option<&BTreeSet<String>> {
        self.tiers.as_ref()
    }

    /// The groups that are meant; `None` is all, also no group.
    pub const fn groups(&self) -> Option<&BTreeSet<String>> {
        self.groups.as_ref()
    }

    const fn is_everybody(&self) -> bool {
        self.tiers.is_none() && self.groups.is_none()
    }

    fn read(
        tiers: Option<Vec<String>>,
        groups: Option<Vec<String>>,
        place: &Place,
        problems: &mut Problems<'_>,
    ) -> Self {
        let mut labels = |labels: Option<Vec<String>>, key: &str| {
            let place = place.key(key);
            for (index, label) in labels.iter().flatten().enumerate() {
                problems.expect(grammar::is_label(label), &place.index(index), grammar::LABEL);
            }
            labels.map(|labels| labels.into_iter().collect())
        };
        Self { tiers: labels(tiers, "tiers"), groups: labels(groups, "groups") }
    }
}

fn check_orchestrators(
    names: &[String],
    clients: &BTreeMap<String, Client>,
    place: &Place,
    problems: &mut Problems<'_>,
) {
    for (index, name) in names.iter().enumerate() {
        let what = match clients.get(name) {
            None => "no such client",
            Some(client) if !client.has(Role::Orchestrator) => {
                "the client does not have the role orchestrator"
            }
            Some(_) => continue,
        };
        problems.add(&place.index(index), what);
    }
}

fn check_bounds(written: &file::Workflow, ttl: Option<Ttl>, place: &Place, problems: &mut Problems<'_>) {
    let is_session = (ttl::SHORTEST..=LONGEST_SESSION).contains(&written.session);
    problems.expect(is_session, &place.key("session"), "must be 60 to 86400 seconds");
    let fits = ttl.is_none_or(|ttl| ttl.max() <= written.session);
    problems.expect(fits, &place.key("session"), "must be at least ttl.max: no token outlives its session");
    problems.expect(written.renewals <= MOST_RENEWALS, &place.key("renewals"), "must be at most 1440");
    problems.expect(written.depth <= DEEPEST, &place.key("depth"), "must be at most 5");
    let is_launch = (1..=LONGEST_LAUNCH).contains(&written.launch_ttl);
    problems.expect(is_launch, &place.key("launch_ttl"), "must be 1 to 30 seconds");
    let beats = written.heartbeat < written.session;
    problems.expect(
        beats,
        &place.key("heartbeat"),
        "must be shorter than the session, or it is never missed",
    );
}

/// I5. The authority of the identity stands there as it is: a `*` must not choose the trust domain or the issuer.
fn read_agents(patterns: &[String], place: &Place, problems: &mut Problems<'_>) -> Option<Vec<Pattern>> {
    const WHAT: &str =
        "write spiffe://trust-domain/… or https://issuer#sub, with `*` only behind the trust domain or host";
    let is_anchored = |text: &str| {
        text.split_once("://").is_some_and(|(scheme, rest)| {
            let authority = rest.split(['/', '#']).next().unwrap_or_default();
            let has_more = rest.len() > authority.len();
            matches!(scheme, "spiffe" | "https" | "http")
                && has_more
                && !authority.is_empty()
                && !authority.contains('*')
        })
    };
    let mut out = Some(Vec::new());
    for (index, text) in patterns.iter().enumerate() {
        let pattern = Pattern::parse(text).filter(|_| is_anchored(text));
        problems.expect(pattern.is_some(), &place.index(index), WHAT);
        match (&mut out, pattern) {
            (Some(out), Some(pattern)) => out.push(pattern),
            _ => out = None,
        }
    }
    out
}
