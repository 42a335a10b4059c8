//! `keybound audit verify`.

use super::ring;
use crate::cli::{
    Done, Of, Settings, input,
    output::{End, say, say_json},
};
use clap::Args;
use keybound_service::{
    audit::{Checkpoint, Problem, Report, VerifierKey, open_checkpoints, verify},
    http::audit_origin,
    keys::{KeyRing, Purpose},
    operate::{Finding, open, verify_stored},
};
use serde_json::json;
use std::path::PathBuf;

/// Check the log: that nothing in it was edited, deleted, inserted or reordered, and that it is that of signed checkpoints.
///
/// With --export it needs neither service nor database. Without, it checks the rows of the database, that their columns say what the
/// records say, and that the tree which checkpoints are made from is theirs. Whoever can write the database can write a whole log
/// anew, or cut its end off: only a checkpoint that was kept elsewhere shows that. Exit code 1 when something is wrong.
#[derive(Args)]
#[command(after_help = "Examples:
  keybound audit verify --checkpoint checkpoint-2026-11-01
  keybound audit verify --export audit.jsonl --checkpoint checkpoint-2026-11-01 --key issuer.example/audit+1c2b3a4d+AZ...

The key is what `keybound keys show` calls vkey, and /.well-known/keybound lists; an auditor notes it once and does not ask again.")]
pub(crate) struct Verify {
    /// Check an export; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
    export: Option<PathBuf>,
    /// A signed checkpoint, old or new; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// A key that signs checkpoints of this log; may be given several times. From the tenant's own file when none is given.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<String>,
    #[command(flatten)]
    of: Of,
}

pub(super) async fn run(settings: &Settings, verb: Verify) -> Done {
    let mut keys = Vec::new();
    for key in &verb.keys {
        keys.push(VerifierKey::parse(key.trim()).map_err(|error| format!("--key: {error}"))?);
    }
    let notes: Vec<String> =
        verb.checkpoints.iter().map(|path| input::read(path)).collect::<Result<_, _>>()?;
    match &verb.export {
        Some(path) => {
            if keys.is_empty() && !notes.is_empty() {
                return Err("a checkpoint is worth as much as the key that signed it: give --key".into());
            }
            match open_checkpoints(&notes, &keys) {
                Ok(checkpoints) => {
                    let report = verify(input::open(path)?, checkpoints)?;
                    let finding = report.problem().map(Finding::Records);
                    say_report(settings, &report, finding)
                }
                Err(problem) => say_bad_checkpoint(settings, problem),
            }
        }
        None => stored(settings, &verb.of, &notes, keys).await,
    }
}

async fn stored(settings: &Settings, of: &Of, notes: &[String], mut keys: Vec<VerifierKey>) -> Done {
    let config = settings.read()?;
    let origin = audit_origin(&of.find(&config)?.issuer);
    if keys.is_empty() && !notes.is_empty() {
        keys = own_keys(&ring(&config, of)?, &origin);
    }
    let checkpoints: Vec<Checkpoint> = match open_checkpoints(notes, &keys) {
        Ok(checkpoints) => checkpoints,
        Err(problem) => return say_bad_checkpoint(settings, problem),
    };
    // An export says in its header which log it is of; a database does not.
    if let Some(number) = checkpoints.iter().position(|checkpoint| checkpoint.origin() != origin) {
        let reason = keybound_service::audit::NoteError::WrongOrigin;
        return say_bad_checkpoint(settings, Problem::BadCheckpoint { number, reason });
    }
    let store = open(&config).await?;
    let checked = verify_stored(&store, &of.tenant, checkpoints).await;
    store.close().await;
    let checked = checked?;
    say_report(settings, checked.report(), checked.finding())
}

fn own_keys(ring: &KeyRing, origin: &str) -> Vec<VerifierKey> {
    // Also those that are retired: their checkpoints are what an auditor has.
    let published = ring.published(Purpose::Audit, 0);
    published.filter_map(|known| VerifierKey::new(origin, known.key.clone()).ok()).collect()
}

fn say_report(settings: &Settings, report: &Report, finding: Option<Finding>) -> Done {
    let size = report.records();
    if settings.json {
        let problem = finding.map(
            |finding| json!({ "code": finding.code(), "seq": finding.seq(), "what": finding.to_string() }),
        );
        say_json(&json!({
            "ok": finding.is_none(), "records": size, "root": report.root().to_string(), "anchored": report.anchored(),
            "checkpoints": report.matched(), "problem": problem,
        }))?;
    } else {
        let matched: Vec<String> = report.matched().iter().map(ToString::to_string).collect();
        let matched = if matched.is_empty() { "none".to_owned() } else { matched.join(", ") };
        let (anchored, root) = (report.anchored(), report.root());
        let verdict = match finding {
            None if anchored == 0 => {
                "in order among themselves; without a checkpoint nobody knows whether they are all\n"
                    .to_owned()
            }
            None => format!("in order; a checkpoint vouches for the first {anchored}\n"),
            Some(finding) => format!("WRONG: {}: {finding}\n", finding.code()),
        };
        say(&format!("records      {size}\nroot         {root}\ncheckpoints  {matched}\n{verdict}"))?;
    }
    Ok(if finding.is_none() { End::Done } else { End::Not })
}

fn say_bad_checkpoint(settings: &Settings, problem: Problem) -> Done {
    if settings.json {
        let problem = json!({ "code": problem.code(), "seq": null, "what": problem.to_string() });
        say_json(&json!({ "ok": false, "problem": problem }))?;
    } else {
        say(&format!("WRONG: {}: {problem}\n", problem.code()))?;
    }
    Ok(End::Not)
}
