//! `keybound policy`: a policy without a service.

use super::{
    Done, Settings, input,
    output::{End, say, say_json},
};
use clap::{Args, Subcommand};
use keybound_service::{
    operate::question,
    policy::{Explanation, Policy, Verdict},
    tenant::Enforced,
};
use serde_json::json;
use std::path::PathBuf;

/// Check a policy, and ask what it would say. No service, database or network is needed.
#[derive(Subcommand)]
pub(crate) enum Verb {
    Check(Check),
    Test(Test),
}

/// Check a policy, and say everything that is wrong with it, with its line.
#[derive(Args)]
#[command(after_help = "Example:
  keybound policy check policy.toml")]
pub(crate) struct Check {
    /// The policy; `-` reads standard input.
    file: PathBuf,
}

/// Explain what a policy says to a request, rule by rule.
///
/// The request is the JSON that POST /policy/test takes: `workflow` and `orchestrator`, and if they matter `action` (launch, attested,
/// renew, on_behalf_of, exchange), `principal` (id, tier, groups), `attested`, `tools`, `scope`, `audience`, `ttl`, `max_depth`,
/// `format`. Exit code 0 when it would be granted, 1 when not.
#[derive(Args)]
#[command(after_help = r#"Example:
  echo '{"workflow":"monthly-close","orchestrator":"payables","ttl":120}' | keybound policy test policy.toml"#)]
pub(crate) struct Test {
    /// The policy.
    file: PathBuf,
    /// The request; `-` reads standard input.
    #[arg(default_value = "-")]
    ask: PathBuf,
}

pub(super) fn run(settings: &Settings, verb: &Verb) -> Done {
    match verb {
        Verb::Check(verb) => check(settings, verb),
        Verb::Test(verb) => test(settings, verb),
    }
}

/// Everything that is wrong with a policy.
pub(super) fn problems(text: &str) -> Vec<String> {
    match Policy::parse(text) {
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
        Ok(_) => Enforced::parse(text).err().into_iter().collect(),
    }
}

fn check(settings: &Settings, verb: &Check) -> Done {
    let text = input::read(&verb.file)?;
    let problems = problems(&text);
    if !problems.is_empty() {
        if settings.json {
            say_json(&json!({ "ok": false, "problems": problems }))?;
        } else {
            let name = verb.file.display();
            say(&problems.iter().map(|problem| format!("{name}: {problem}\n")).collect::<String>())?;
        }
        return Ok(End::Not);
    }
    let policy = Policy::parse(&text)?;
    let counts =
        [policy.clients().count(), policy.workflows().count(), policy.rates().count(), policy.trust().len()];
    if settings.json {
        let [clients, workflows, rates, trust] = counts;
        say_json(&json!({
            "ok": true, "problems": [], "digest": policy.digest(), "clients": clients, "workflows": workflows,
            "rates": rates, "trust": trust,
        }))?;
    } else {
        let [clients, workflows, rates, trust] = counts;
        let digest = policy.digest();
        say(&format!(
            "in order: {clients} clients, {workflows} workflows, {rates} rates, {trust} trust rules; digest {digest}\n"
        ))?;
    }
    Ok(End::Done)
}

fn test(settings: &Settings, verb: &Test) -> Done {
    let policy = Policy::parse(&input::read(&verb.file)?)?;
    let explanation = policy.explain(&question(input::read(&verb.ask)?.as_bytes())?);
    if settings.json {
        say_json(&serde_json::to_value(&explanation)?)?;
    } else {
        say(&table(&explanation)?)?;
    }
    Ok(if explanation.allowed { End::Done } else { End::Not })
}

fn table(explanation: &Explanation) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for finding in &explanation.rules {
        let verdict = match finding.verdict {
            Verdict::Holds => "holds",
            Verdict::NotAsked => "not asked",
            Verdict::Denies => "DENIES",
            Verdict::Skipped => "skipped",
        };
        text.push_str(&format!("{verdict:<10} {:<22} {}\n", finding.rule, finding.reason));
    }
    match explanation.denied_by() {
        Some(finding) => {
            let (code, fix) = (finding.code.unwrap_or_default(), finding.fix.unwrap_or_default());
            text.push_str(&format!("\ndenied by {}: {code}\nto fix it: {fix}\n", finding.rule));
        }
        None => {
            let terms = serde_json::to_string_pretty(&explanation.terms)?;
            text.push_str(&format!("\ngranted: {terms}\n"));
        }
    }
    Ok(text)
}
