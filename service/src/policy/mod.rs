//! What may be issued, to whom, on whose behalf: the policy of one tenant.
//!
//! A policy is one TOML text. [`Policy::parse`] checks all of it once, so what exists is valid: every name follows its grammar,
//! every reference leads somewhere, every bound is within the product's own. A request is an [`Ask`]; [`Policy::decide`] holds it
//! against one table of rules, in order, and answers with [`Terms`] or with the first rule's [`Denial`]. [`Policy::explain`] walks
//! the same table to its end. Terms that a launch fixed are a ceiling of their own: [`Terms::narrow`] applies the same rules to
//! it, and nothing else makes one set of terms from another.
//!
//! What is not said is not granted: a workflow without orchestrators, audiences or tools issues nothing, and
//! [`Policy::empty`] denies everything. Nothing here reads a clock, a file or a database. Times and counts come in as arguments.

mod ask;
mod case;
mod ceiling;
mod claims;
mod client;
mod code;
mod denial;
mod document;
mod explain;
mod file;
mod format;
mod grammar;
mod keys;
mod pattern;
mod problem;
mod rate;
mod rule;
mod stored;
mod template;
mod terms;
#[cfg(test)]
mod tests;
mod trust;
mod ttl;
mod what;
mod who;
mod workflow;

pub use ask::{Action, Ask, Principal, Wish};
pub use claims::ClaimPath;
pub use client::{Client, Role};
pub use code::{Code, Kind};
pub use denial::Denial;
pub use explain::{Explanation, Finding, Verdict};
pub use format::TokenFormat;
pub use pattern::Pattern;
pub use problem::{PolicyError, Problem};
pub use rate::{Charge, Per, Rate, Window};
pub use stored::BadTerms;
pub use template::{Grammar, Template};
pub use terms::Terms;
pub use trust::{IssueTo, Launch, SignatureAlgorithm, TrustKeys, TrustKind, TrustRole, TrustRule, UserFrom};
pub use ttl::Ttl;
pub use workflow::{Membership, Tool, Workflow};

use crate::policy::case::Case;
use crate::policy::document::Document;
use crate::policy::file::File;
use crate::policy::problem::{Place, Problems};
use std::collections::{BTreeMap, BTreeSet};

/// One tenant's rules, all of them valid. Cheap to ask, never changed: a new text is a new policy (I8).
#[derive(Clone, Debug)]
pub struct Policy {
    digest: String,
    clients: BTreeMap<String, Client>,
    workflows: BTreeMap<String, Workflow>,
    rates: BTreeMap<String, Rate>,
    trust: Vec<TrustRule>,
}

impl Policy {
    /// Reads and checks the whole text.
    ///
    /// # Errors
    /// Every problem found, each with its place and line. A text that is not TOML, or has a key or a type that is not known, is
    /// one problem: what follows it cannot be judged.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let document = Document::parse(text)?;
        let file = File::parse(text)?;
        let mut problems = Problems::new(&document);
        let policy = Self::read(text, file, &mut problems);
        problems.into_result().map(|()| policy)
    }

    /// The policy that denies everything: that of a tenant who has none.
    pub fn empty() -> Self {
        Self {
            digest: digest(""),
            clients: BTreeMap::new(),
            workflows: BTreeMap::new(),
            rates: BTreeMap::new(),
            trust: Vec::new(),
        }
    }

    /// SHA-256 of the text in hexadecimal: the version that decisions and audit records name.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The client with this id.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// Every client, by id.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// The workflow with this name.
    pub fn workflow(&self, name: &str) -> Option<&Workflow> {
        self.workflows.get(name)
    }

    /// Every workflow, by name.
    pub fn workflows(&self) -> impl Iterator<Item = &Workflow> {
        self.workflows.values()
    }

    /// The rate of a category of tools.
    pub fn rate(&self, category: &str) -> Option<&Rate> {
        self.rates.get(category)
    }

    /// Every rate, by category.
    pub fn rates(&self) -> impl Iterator<Item = (&str, &Rate)> {
        self.rates.iter().map(|(category, rate)| (category.as_str(), rate))
    }

    /// The trust rules, in the order of the text.
    pub fn trust(&self) -> &[TrustRule] {
        &self.trust
    }

    /// Decides one request: the terms, or the first rule that says no.
    ///
    /// # Errors
    /// The denial of the first rule of the table that does not hold. [`Policy::explain`] has all of them.
    pub fn decide(&self, ask: &Ask) -> Result<Terms, Denial> {
        let case = Case::asked(self, who::known(self, ask)?, ask);
        rule::RULES.iter().try_for_each(|rule| rule.apply(&case).map(drop))?;
        Terms::granted(self, &case)
    }

    /// The same, rule by rule to the end: what `POST /policy/test` shows.
    pub fn explain(&self, ask: &Ask) -> Explanation {
        Explanation::of(self, ask)
    }

    fn read(text: &str, file: File, problems: &mut Problems<'_>) -> Self {
        let top = |table: &str| Place::top().key(table);
        let rates = named(file.rates, &top("rates"), problems, |_, rate, _, _| Some(Rate::from(rate)));
        let declared: BTreeSet<String> = file.workflows.keys().cloned().collect();
        let clients = named(file.clients, &top("clients"), problems, Client::read);
        let workflows =
            named(file.workflows, &top("workflows"), problems, |name, written, place, problems| {
                Workflow::read(name, written, &clients, &rates, place, problems)
            });
        let trust = trust::read_all(file.trust, &clients, &declared, &top("trust"), problems);
        Self { digest: digest(text), clients, workflows, rates, trust }
    }
}

/// Reads a table of named things; a name outside the grammar is a problem of its own.
fn named<W, T>(
    written: BTreeMap<String, W>,
    place: &Place,
    problems: &mut Problems<'_>,
    mut read: impl FnMut(&str, W, &Place, &mut Problems<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut out = BTreeMap::new();
    for (name, entry) in written {
        let place = place.key(&name);
        problems.expect(grammar::is_name(&name), &place, grammar::NAME);
        if let Some(entry) = read(&name, entry, &place, problems) {
            out.insert(name, entry);
        }
    }
    out
}

fn digest(text: &str) -> String {
    keybound::Digest::of(text.as_bytes()).to_string()
}
