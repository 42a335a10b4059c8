//! `keybound migrate`.

use super::{
    Done, Settings,
    output::{End, say, say_json},
};
use clap::Args;
use keybound_service::{serve::store_options, store::Store};
use serde_json::json;

/// Bring the tables of the database to this version.
///
/// Safe to run again, and from two places at once. Run it before the first node of a new version starts; nodes of the version before
/// go on working. Only a new SQLite file gets its tables without it.
#[derive(Args)]
#[command(after_help = "Example:
  keybound migrate --database postgres://keybound@db.example/keybound")]
pub(crate) struct Migrate {
    /// Say what would be done, and do nothing; exit code 1 when there is something to do.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(settings: &Settings, verb: Migrate) -> Done {
    let config = settings.unchecked()?;
    let store = Store::connect(&store_options(&config)).await?;
    let pending = store.pending().await?;
    if !verb.dry_run {
        store.migrate().await?;
    }
    store.close().await;
    let versions: Vec<String> = pending.iter().map(|(version, name)| format!("{version} {name}")).collect();
    if settings.json {
        let versions: Vec<_> =
            pending.iter().map(|(version, name)| json!({ "version": version, "name": name })).collect();
        let name = if verb.dry_run { "pending" } else { "applied" };
        say_json(&json!({ name: versions }))?;
    } else {
        say(&match (versions.is_empty(), verb.dry_run) {
            (true, _) => "nothing to do: the database is of this version\n".to_owned(),
            (false, true) => format!("would apply: {}\n", versions.join(", ")),
            (false, false) => format!("applied: {}\n", versions.join(", ")),
        })?;
    }
    Ok(if verb.dry_run && !versions.is_empty() { End::Not } else { End::Done })
}
