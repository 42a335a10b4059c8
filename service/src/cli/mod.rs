//! What can be typed. One file a command; all of them read the same settings.

mod audit;
mod completions;
mod config;
mod health;
mod input;
mod keys;
mod migrate;
mod output;
mod policy;
mod revoke;
mod serve;

use clap::{Args, Parser, Subcommand};
use keybound_service::config::{Config, ConfigError, DEFAULT, TenantConfig};
use output::{End, warn};
use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Issues, renews, revokes and remembers the authority of AI agents.
#[derive(Parser)]
#[command(name = "keybound", version, about, long_about = None, after_help = HELP)]
pub(crate) struct Command {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    verb: Verb,
}

const HELP: &str = "\
Start with one command, on SQLite in this folder:
  keybound serve --issuer http://127.0.0.1:8420

Settings: flags stand over KEYBOUND_…__… variables, which stand over the file of --config.
KEYBOUND_LOG filters what is logged, such as keybound_service=debug.

Exit codes:
  0  done
  1  not done, or something is wrong; standard error or the report says what
  2  not understood
  3  done in part: the keys have changed, but the database does not have it all";

/// Where the settings come from; environment variables such as KEYBOUND_SERVER__LISTEN stand over the file.
#[derive(Args)]
pub(crate) struct Settings {
    /// The file of settings, in TOML.
    #[arg(long, global = true, env = "KEYBOUND_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The issuer id: the URL at which clients reach the service. The one setting there must be, here or in the file.
    #[arg(long, global = true, value_name = "URL")]
    issuer: Option<String>,
    /// The database: sqlite://file or postgres://...
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Say it in JSON, one value a line, for machines.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    #[command(subcommand)]
    Config(config::Verb),
    #[command(subcommand)]
    Keys(keys::Verb),
    #[command(subcommand)]
    Policy(policy::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    Revoke(revoke::Revoke),
    Health(health::Health),
    Completions(completions::Completions),
}

/// Which trust domain.
#[derive(Args)]
pub(crate) struct Of {
    /// The tenant, by its name in the settings.
    #[arg(long, default_value = DEFAULT, value_name = "NAME")]
    tenant: String,
}

impl Settings {
    /// The settings, which go together.
    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        let config = self.unchecked()?;
        config.check()?;
        Ok(config)
    }

    /// The settings, whether they go together or not.
    pub(crate) fn unchecked(&self) -> Result<Config, ConfigError> {
        let mut config = Config::parse(self.config.as_deref(), std::env::vars())?;
        if let Some(url) = &self.database {
            config.database.url.clone_from(url);
        }
        if let Some(issuer) = &self.issuer {
            config.set_issuer(issuer);
        }
        Ok(config)
    }
}

impl Of {
    /// The tenant's settings.
    pub(crate) fn find<'a>(&self, config: &'a Config) -> Result<&'a TenantConfig, ConfigError> {
        config.tenants.get(&self.tenant).ok_or_else(|| {
            let names: Vec<&str> = config.tenants.keys().map(String::as_str).collect();
            let known = if names.is_empty() {
                "none; give --issuer or --config".to_owned()
            } else {
                names.join(", ")
            };
            ConfigError(format!(
                "no tenant `{}` in the settings: there is {known}",
                self.tenant.escape_debug()
            ))
        })
    }
}

/// What a command ends with.
pub(crate) type Done = Result<End, Box<dyn std::error::Error>>;

/// Runs a command.
pub(crate) async fn run(command: Command) -> ExitCode {
    log(matches!(command.verb, Verb::Serve(_)));
    let Command { settings, verb } = command;
    let done = match verb {
        Verb::Serve(verb) => serve::run(&settings, verb).await,
        Verb::Migrate(verb) => migrate::run(&settings, verb).await,
        Verb::Config(verb) => config::run(&settings, &verb),
        Verb::Keys(verb) => keys::run(&settings, verb).await,
        Verb::Policy(verb) => policy::run(&settings, &verb),
        Verb::Audit(verb) => audit::run(&settings, verb).await,
        Verb::Revoke(verb) => revoke::run(&settings, verb).await,
        Verb::Health(verb) => health::run(&settings, verb).await,
        Verb::Completions(verb) => completions::run(&verb),
    };
    let end = done.unwrap_or_else(|problem| {
        if settings.json {
            warn_json(&problem.to_string());
        } else {
            warn(&problem.to_string());
        }
        End::Not
    });
    ExitCode::from(end.code())
}

fn warn_json(problem: &str) {
    // Nobody reads it when standard error is closed.
    let line = format!("{}\n", serde_json::json!({ "error": problem }));
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// To standard error: lines for people, JSON for machines. KEYBOUND_LOG filters, such as `keybound_service=debug`.
fn log(serves: bool) {
    let usual = if serves { "info,sqlx=warn" } else { "error" };
    let filter = EnvFilter::try_from_env("KEYBOUND_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if std::io::stderr().is_terminal() {
        registry.with(lines).init();
    } else {
        registry.with(lines.json()).init();
    }
}
