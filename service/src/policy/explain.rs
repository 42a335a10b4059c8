//! Why the answer is what it is, rule by rule: the body of `POST /policy/test`.

use crate::policy::case::Case;
use crate::policy::rule::{Held, KNOWN, RULES};
use crate::policy::{Ask, Denial, Policy, Terms, who};
use serde::Serialize;

/// What one rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Holds,
    /// There was nothing for it to judge.
    NotAsked,
    /// It denies the request.
    Denies,
    /// It could not be judged, since there is no such workflow.
    Skipped,
}

/// One rule with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// The code it denies with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What would fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'static str>,
}

/// Every rule with its verdict, in order. The first that denies is the one that [`Policy::decide`] answers with.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The digest of the policy.
    pub policy: String,
    /// Whether the request would be granted.
    pub allowed: bool,
    /// The rules.
    pub rules: Vec<Finding>,
    /// What would be granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

impl Explanation {
    pub(super) fn of(policy: &Policy, ask: &Ask) -> Self {
        let mut rules = Vec::new();
        match who::known(policy, ask) {
            Ok(workflow) => {
                let case = Case::asked(policy, workflow, ask);
                rules.push(Finding::new(KNOWN, Verdict::Holds, "the policy declares the workflow"));
                rules.extend(RULES.iter().map(|rule| match rule.apply(&case) {
                    Ok(Held::Because(reason)) => Finding::new(rule.name, Verdict::Holds, &reason),
                    Ok(Held::NotAsked(reason)) => Finding::new(rule.name, Verdict::NotAsked, reason),
                    Err(denial) => Finding::denied(&denial),
                }));
            }
            Err(denial) => {
                rules.push(Finding::denied(&denial));
                let skip =
                    |name| Finding::new(name, Verdict::Skipped, "there is no workflow to hold it against");
                rules.extend(RULES.iter().map(|rule| skip(rule.name)));
            }
        }
        let terms = policy.decide(ask).ok();
        Self { policy: policy.digest().to_owned(), allowed: terms.is_some(), rules, terms }
    }

    /// The rule that the decision is by, if it is no.
    pub fn denied_by(&self) -> Option<&Finding> {
        self.rules.iter().find(|finding| finding.verdict == Verdict::Denies)
    }
}

impl Finding {
    fn new(rule: &'static str, verdict: Verdict, reason: &str) -> Self {
        Self { rule, verdict, reason: reason.to_owned(), code: None, fix: None }
    }

    fn denied(denial: &Denial) -> Self {
        let code = denial.code();
        Self {
            rule: denial.rule(),
            verdict: Verdict::Denies,
            reason: denial.to_string(),
            code: Some(code.as_str()),
            fix: Some(code.fix()),
        }
    }
}
