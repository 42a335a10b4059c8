//! `keybound config`.

use super::{
    Done, Settings,
    output::{End, say, say_json},
};
use clap::Subcommand;
use keybound_service::{
    config::{Config, Tls},
    keys::{KeyFile, KeyRing},
};
use serde_json::json;
use std::{fs, path::Path};

/// Look at the settings.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Check settings, policies and files of keys, and say everything that is wrong, with its place.
    ///
    /// Nothing is made, changed or connected to.
    #[command(after_help = "Example, before a restart:
  keybound config check --config /etc/keybound.toml && systemctl restart keybound")]
    Check,
    /// Print the settings in force, with defaults filled in and without the database's password.
    #[command(after_help = "Example:
  KEYBOUND_SERVER__TIMEOUT=5 keybound config print --config /etc/keybound.toml")]
    Print,
}

pub(super) fn run(settings: &Settings, verb: &Verb) -> Done {
    match verb {
        Verb::Check => check(settings),
        Verb::Print => print(settings),
    }
}

fn check(settings: &Settings) -> Done {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    match settings.unchecked() {
        Ok(config) => look(&config, &mut problems, &mut notes),
        // What cannot be read names no files to look at.
        Err(error) => problems.push(error.0),
    }
    if settings.json {
        say_json(&json!({ "ok": problems.is_empty(), "problems": problems, "notes": notes }))?;
    } else {
        let lines = problems.iter().map(|problem| format!("{problem}\n"));
        let notes = notes.iter().map(|note| format!("note: {note}\n"));
        let end = if problems.is_empty() { "everything is in order\n" } else { "" };
        say(&lines.chain(notes).chain([end.to_owned()]).collect::<String>())?;
    }
    Ok(if problems.is_empty() { End::Done } else { End::Not })
}

fn look(config: &Config, problems: &mut Vec<String>, notes: &mut Vec<String>) {
    problems.extend(config.problems().into_iter().map(|problem| problem.0));
    if config.tenants.is_empty() {
        problems.push("tenants: there is none; set tenants.default.issuer".to_owned());
    }
    if let Some(tls) = &config.server.tls {
        look_at_tls(tls, problems);
    }
    for (name, tenant) in &config.tenants {
        look_at_policy(name, &tenant.policy_file(), problems, notes);
        look_at_keys(name, &tenant.key_file(name), problems, notes);
    }
}

fn look_at_tls(tls: &Tls, problems: &mut Vec<String>) {
    for (name, file) in [("certificate", &tls.certificate), ("key", &tls.key)] {
        match fs::read_to_string(file) {
            Ok(text) if text.contains("-----BEGIN ") => {}
            Ok(_) => problems.push(format!("server.tls.{name}: {}: not PEM", file.display())),
            Err(error) => problems.push(format!("server.tls.{name}: {}: {error}", file.display())),
        }
    }
}

fn look_at_policy(tenant: &str, file: &Path, problems: &mut Vec<String>, notes: &mut Vec<String>) {
    let place = format!("tenants.{tenant}.policy: {}", file.display());
    match fs::read_to_string(file) {
        Ok(text) => {
            let wrong = super::policy::problems(&text);
            problems.extend(wrong.iter().map(|problem| format!("{place}: {problem}")));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            notes.push(format!(
                "{place}: not there: until it is, what is in the database is in force, or nothing"
            ));
        }
        Err(error) => problems.push(format!("{place}: {error}")),
    }
}

fn look_at_keys(tenant: &str, file: &Path, problems: &mut Vec<String>, notes: &mut Vec<String>) {
    let place = format!("tenants.{tenant}.keys: {}", file.display());
    if !file.exists() {
        notes.push(format!("{place}: not there: it is made at the first start"));
        return;
    }
    if let Err(error) = KeyFile::read(file).and_then(|keys| KeyRing::of(&keys)) {
        problems.push(format!("{place}: {error}"));
    }
}

fn print(settings: &Settings) -> Done {
    let config = settings.unchecked()?.redacted();
    if settings.json {
        say_json(&serde_json::to_value(&config)?)?;
    } else {
        say(&toml::to_string(&config)?)?;
    }
    Ok(End::Done)
}
