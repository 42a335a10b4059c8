//! `keybound audit trail`.

use crate::cli::{
    Done, Of, Settings,
    output::{End, say, say_json},
};
use clap::Args;
use keybound_service::{
    operate::{open, trail},
    store::AuditFilter,
};
use serde_json::{Value, json};

/// Draw everything that happened in a task as a tree: from the launch over tokens, renewals and delegations to uses and revocation.
///
/// An agent or a token leads to its task. A token that was delegated offline is found by what was done under it.
#[derive(Args)]
#[command(after_help = "Example, from the id of a token in a tool server's log:
  keybound audit trail --token 0197c3a2-7f1e-7c55-9d3e-0a6f4b1c2d3e")]
pub(crate) struct Trail {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    of: Of,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct About {
    /// A task, by its name.
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// An agent instance, by its id.
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// A token, by its id: a UUID, or hexadecimal.
    #[arg(long, value_name = "ID")]
    token: Option<String>,
}

pub(super) async fn run(settings: &Settings, verb: Trail) -> Done {
    let config = settings.read()?;
    verb.of.find(&config)?;
    let About { task, agent, token } = verb.about;
    let token = token.map(|token| token.replace('-', "").to_ascii_lowercase());
    let about = AuditFilter { task, agent, token, ..AuditFilter::default() };
    let store = open(&config).await?;
    let found = trail(&store, &verb.of.tenant, &about).await;
    store.close().await;
    let Some((tree, records)) = found? else { return Err("no record is about it".into()) };
    if settings.json {
        let records: Result<Vec<Value>, _> =
            records.iter().map(|record| serde_json::from_str(record.as_json())).collect();
        say_json(&json!({ "records": records? }))?;
    } else {
        say(&tree)?;
    }
    Ok(End::Done)
}
