//! `keybound revoke`.

use super::{
    Done, Of, Settings, input,
    output::{End, say, say_json},
};
use clap::{Args, builder::PossibleValuesParser};
use keybound_bindings::now;
use keybound_service::{
    audit::{Event, Name, Operation},
    operate::{Target, open},
    store::{Intent, Reason},
};
use serde_json::{Value, json};
use std::path::Path;

/// Revoke a token, an agent, a task, a chain or a key, straight in the database.
///
/// Running nodes follow within a second and sign it into their lists. It works without any of them, as long as the database is there.
/// Sessions of an agent or a task end with it; what was delegated from what is revoked is revoked with it.
#[derive(Args)]
#[command(after_help = "Examples:
  keybound revoke --task close-2026-11
  keybound revoke --agent spiffe://acme.example/agent/payables/close-2026-11/9f2c --reason misuse
  keybound revoke --key - < agent.jwk

It prints the number of the revocation list that has it: a verifier whose list has that number, or a higher one, refuses.")]
pub(crate) struct Revoke {
    #[command(flatten)]
    what: What,
    /// Why, for the log and the lists.
    #[arg(long, default_value = "operator", value_parser = PossibleValuesParser::new(["operator", "key_compromise", "misuse"]))]
    reason: String,
    #[command(flatten)]
    of: Of,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct What {
    /// A token, by its id: a UUID, or hexadecimal.
    #[arg(long, value_name = "ID")]
    token: Option<String>,
    /// An agent instance, by its id; its session ends.
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// A task, by its name; all its agents' sessions end.
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// A chain and all that was delegated below it, by the SHA-256 of its last token in hexadecimal.
    #[arg(long, value_name = "DIGEST")]
    chain: Option<String>,
    /// A holder's key, as a JWK; `-` reads it from standard input.
    #[arg(long, value_name = "JWK")]
    key: Option<String>,
}

impl What {
    /// Level and id; one of them is there.
    fn named(self) -> (&'static str, String) {
        let all = [
            ("token", self.token),
            ("agent", self.agent),
            ("task", self.task),
            ("chain", self.chain),
            ("key", self.key),
        ];
        let given = all.into_iter().find_map(|(level, id)| id.map(|id| (level, id)));
        given.unwrap_or_default()
    }
}

pub(super) async fn run(settings: &Settings, verb: Revoke) -> Done {
    let config = settings.read()?;
    verb.of.find(&config)?;
    let (level, mut id) = verb.what.named();
    if id == "-" {
        input::read(Path::new("-"))?.trim().clone_into(&mut id);
    }
    let target = Target::parse(level, &id)?;
    let reason: Reason = serde_json::from_value(Value::String(verb.reason))?;
    let store = open(&config).await?;
    let now = now()?;
    let mut event = Event::new(now, Operation::RevocationAdded);
    event.actor = Name::parse("operator");
    target.describe(&mut event);
    let steps = vec![target.step(reason, now)];
    let written =
        store.write(Intent { tenant: verb.of.tenant, steps, events: vec![event], denied: None }).await;
    store.close().await;
    let done = written?.map_err(|denied| denied.code.meaning())?;
    if settings.json {
        say_json(&json!({
            "level": level, "revocation_seq": done.revocation_seq, "sessions_ended": done.ended, "record": done.records.first(),
        }))?;
    } else {
        let (number, ended) = (done.revocation_seq, done.ended);
        say(&format!("revoked the {level}: list {number}; {ended} sessions ended\n"))?;
    }
    Ok(End::Done)
}
