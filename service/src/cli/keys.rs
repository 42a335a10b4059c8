//! `keybound keys`.

use super::{
    Done, Of, Settings,
    output::{End, say, say_json, warn},
};
use clap::{Args, Subcommand};
use keybound::UnixTime;
use keybound_bindings::{OsRandom, now};
use keybound_service::{
    audit::{Event, Name, Operation, VerifierKey},
    config::Config,
    http::audit_origin,
    keys::{KeyError, KeyFile, KeyRing, Published, Purpose},
    operate::open,
    store::{Intent, Reason, Step, Store, StoreError},
};
use serde_json::{Value, json};
use std::path::Path;

/// Look at a tenant's keys, let the next ones sign, or withdraw them.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Show the public halves, and what verifiers are configured with. Nothing secret is shown.
    #[command(after_help = "Example, the anchors for verifiers:
  keybound keys show --json | jq '.keys[] | select(.purpose == \"authority\") | .jwk'")]
    Show(Of),
    /// Let the next keys sign, and make others to come next. What the keys before signed stays valid until it expires.
    ///
    /// A running service takes them up within a second. Verifiers must know the next anchor before it signs: configure them with what
    /// `keys show` calls `next` long before.
    #[command(after_help = "Example:
  keybound keys rotate --tenant default")]
    Rotate(Of),
    Replace(Replace),
}

/// Emergency: withdraw every key at once, also the next ones, make fresh ones, and revoke every live agent.
///
/// For when somebody else may have the file. Nothing that was signed before is valid any more, and verifiers accept nothing until they
/// are configured with the new anchors and the new key of the revocation lists: until then they refuse, first what is revoked,
/// then everything.
#[derive(Args)]
#[command(after_help = "Example:
  keybound keys replace --tenant default --yes")]
pub(crate) struct Replace {
    #[command(flatten)]
    of: Of,
    /// It is meant.
    #[arg(long)]
    yes: bool,
}

/// Agents that are revoked in one transaction.
const AT_ONCE: u64 = 200;

pub(super) async fn run(settings: &Settings, verb: Verb) -> Done {
    let config = settings.read()?;
    match verb {
        Verb::Show(of) => show(settings, &config, &of),
        Verb::Rotate(of) => rotate(settings, &config, &of).await,
        Verb::Replace(verb) if verb.yes => replace(settings, &config, &verb.of).await,
        Verb::Replace(verb) => Err(format!(
            "this withdraws every key of tenant `{}` and ends every agent of it: say --yes if it is meant",
            verb.of.tenant.escape_debug()
        )
        .into()),
    }
}

fn show(settings: &Settings, config: &Config, of: &Of) -> Done {
    let tenant = of.find(config)?;
    let ring = KeyRing::of(&read(&tenant.key_file(&of.tenant))?)?;
    let origin = audit_origin(&tenant.issuer);
    let now = now()?.as_secs();
    let keys: Vec<Value> = Purpose::ALL
        .iter()
        .flat_map(|purpose| ring.published(*purpose, now))
        .map(|key| describe(key, &origin))
        .collect();
    if settings.json {
        say_json(&json!({ "tenant": of.tenant, "issuer": tenant.issuer, "keys": keys }))?;
    } else {
        say(&keys.iter().map(|key| line(key, now)).collect::<String>())?;
    }
    Ok(End::Done)
}

/// Reads a file of keys, with its name in the error.
fn read(path: &Path) -> Result<KeyFile, String> {
    KeyFile::read(path).map_err(|error: KeyError| format!("{}: {error}", path.display()))
}

fn describe(key: &Published, origin: &str) -> Value {
    let mut described = key.to_json();
    let vkey = VerifierKey::new(origin, key.key.clone()).ok().filter(|_| key.purpose == Purpose::Audit);
    if let Some(members) = described.as_object_mut() {
        members.insert("purpose".into(), json!(key.purpose));
        members.insert("created".into(), key.created.into());
        members.insert("thumbprint".into(), key.key.thumbprint().to_string().into());
        if let Some(vkey) = vkey {
            members.insert("vkey".into(), vkey.to_string().into());
        }
    }
    described
}

fn line(key: &Value, now: u64) -> String {
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| key.get(name).and_then(Value::as_u64);
    let age = days(now.saturating_sub(number("created").unwrap_or_default()));
    let until =
        number("until").map(|until| format!(", valid for {} more seconds", until.saturating_sub(now)));
    let mut lines = format!(
        "{:<11} {:<8} {}  made {age} ago{}\n",
        text("purpose"),
        text("state"),
        text("kid"),
        until.unwrap_or_default()
    );
    let more: &[&str] = match text("purpose") {
        "authority" | "revocation" => &["cose", "jwk"],
        "audit" => &["vkey"],
        _ => &[],
    };
    for name in more {
        let value =
            key.get(*name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        lines.push_str(&format!("{:>20} {}\n", name, value.unwrap_or_default()));
    }
    lines
}

fn days(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600) {
        (0, 0) => "less than an hour".to_owned(),
        (0, hours) => format!("{hours} h"),
        (days, _) => format!("{days} d"),
    }
}

async fn rotate(settings: &Settings, config: &Config, of: &Of) -> Done {
    let path = of.find(config)?.key_file(&of.tenant);
    let now = now()?;
    let mut file = read(&path)?;
    // Whether the database can be reached is known before anything is changed; the keys do not wait for it.
    let store = open(config).await;
    file.rotate(&OsRandom, now.as_secs())?;
    let ring = KeyRing::of(&file)?;
    file.write_over(&path)?;
    let recorded = match store {
        Ok(store) => {
            let recorded = record(&store, of, Operation::KeyRotated, now).await;
            store.close().await;
            recorded
        }
        Err(error) => Err(error),
    };
    changed(settings, of, &ring, now, json!({ "recorded": recorded.is_ok() }))?;
    match recorded {
        Ok(()) => Ok(End::Done),
        Err(error) => Ok(partly(&format!("the keys are rotated, but the log does not say so: {error}"))),
    }
}

async fn replace(settings: &Settings, config: &Config, of: &Of) -> Done {
    let path = of.find(config)?.key_file(&of.tenant);
    let now = now()?;
    let mut file = read(&path)?;
    file.replace(&OsRandom, now.as_secs())?;
    let ring = KeyRing::of(&file)?;
    file.write_over(&path)?;
    let ended = match open(config).await {
        Ok(store) => {
            let ended = end_everything(&store, of, now).await;
            store.close().await;
            ended
        }
        Err(error) => Err(error),
    };
    let revoked = ended.as_ref().ok();
    let numbers = json!({
        "recorded": ended.is_ok(),
        "agents_revoked": revoked.map(|ended| ended.0),
        "revocation_seq": revoked.map(|ended| ended.1),
    });
    changed(settings, of, &ring, now, numbers)?;
    match ended {
        Ok((agents, list)) => {
            if !settings.json {
                say(&format!(
                    "revoked {agents} agents: list {list}\nconfigure verifiers with the keys above\n"
                ))?;
            }
            Ok(End::Done)
        }
        Err(error) => Ok(partly(&format!("the keys are replaced, but not every agent is revoked: {error}"))),
    }
}

/// Records it, and revokes agents until there is none that lives. Returns how many, and the number of the list that has them.
async fn end_everything(store: &Store, of: &Of, now: UnixTime) -> Result<(u64, u64), StoreError> {
    record(store, of, Operation::KeyEmergency, now).await?;
    let (mut count, mut list) = (0_u64, 0);
    loop {
        let live = store.live_agents(&of.tenant, AT_ONCE).await?;
        if live.is_empty() {
            return Ok((count, list));
        }
        let reason = Reason::KeyCompromise;
        let steps =
            live.iter().map(|row| Step::RevokeAgent { agent: row.agent.clone(), reason, now: now.as_secs() });
        let events = live.iter().map(|row| {
            let mut event = by_operator(Operation::AgentRevoked, now);
            event.agent = keybound::AgentId::parse(&row.agent).ok();
            event.task = Name::parse(&row.task);
            event.orchestrator = Name::parse(&row.orchestrator);
            event.workflow = Name::parse(&row.workflow);
            event.code = Name::parse(reason.as_str());
            event
        });
        let (steps, events) = (steps.collect(), events.collect());
        let written = store.write(Intent { tenant: of.tenant.clone(), steps, events, denied: None }).await?;
        let done = written.map_err(|denied| StoreError::Schema(denied.code.meaning().to_owned()))?;
        count = count.saturating_add(done.ended);
        list = done.revocation_seq;
    }
}

async fn record(store: &Store, of: &Of, operation: Operation, now: UnixTime) -> Result<(), StoreError> {
    store.write(Intent::record(&of.tenant, by_operator(operation, now))).await.map(drop)
}

fn by_operator(operation: Operation, now: UnixTime) -> Event {
    let mut event = Event::new(now, operation);
    event.actor = Name::parse("operator");
    event
}

/// Says which keys there are now.
fn changed(settings: &Settings, of: &Of, ring: &KeyRing, now: UnixTime, more: Value) -> std::io::Result<()> {
    let keys = Purpose::ALL.iter().flat_map(|purpose| ring.published(*purpose, now.as_secs()));
    if settings.json {
        let keys: Vec<Value> = keys
            .map(|key| json!({ "purpose": key.purpose, "state": key.state, "kid": key.key.jwk_thumbprint().to_string() }))
            .collect();
        let mut answer = json!({ "tenant": of.tenant, "keys": keys });
        if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
            answer.extend(more);
        }
        return say_json(&answer);
    }
    let signing = keys.filter(|key| key.state == "active");
    say(&signing
        .map(|key| {
            format!(
                "{:<11} signs with {}\n",
                json!(key.purpose).as_str().unwrap_or_default(),
                key.key.jwk_thumbprint()
            )
        })
        .collect::<String>())
}

fn partly(problem: &str) -> End {
    warn(problem);
    End::Partly
}
