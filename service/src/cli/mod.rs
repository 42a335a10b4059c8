//! What can be typed. One file a command; all of them read the same settings.

mod serve;

use clap::{Args, Parser, Subcommand};
use keybound_service::config::{Config, ConfigError};
use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Issues, renews, revokes and remembers the authority of AI agents.
#[derive(Parser)]
#[command(name = "keybound", version, about, long_about = None)]
pub(crate) struct Command {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    verb: Verb,
}

/// Where the settings come from; environment variables such as KEYBOUND_SERVER__LISTEN stand over the file.
#[derive(Args)]
pub(crate) struct Settings {
    /// The file of settings, in TOML.
    #[arg(long, global = true, env = "KEYBOUND_CONFIG")]
    config: Option<PathBuf>,
    /// The issuer id: the URL at which clients reach the service. The one setting there must be, here or in the file.
    #[arg(long, global = true)]
    issuer: Option<String>,
    /// The database: sqlite://file or postgres://...
    #[arg(long, global = true)]
    database: Option<String>,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the service.
    Serve(serve::Serve),
}

impl Settings {
    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        let mut config = Config::read(self.config.as_deref(), std::env::vars())?;
        if let Some(url) = &self.database {
            config.database.url.clone_from(url);
        }
        match &self.issuer {
            Some(issuer) => config.with_issuer(issuer),
            None => Ok(config),
        }
    }
}

/// Runs a command. Exit codes: 0 done, 1 not done, 2 not understood.
pub(crate) async fn run(command: Command) -> ExitCode {
    log();
    let done = match command.verb {
        Verb::Serve(verb) => serve::run(&command.settings, verb).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nobody reads it when standard error is closed.
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("keybound: {problem}\n").as_bytes(),
            );
            ExitCode::FAILURE
        }
    }
}

/// To standard error: lines for people, JSON for machines. KEYBOUND_LOG filters, such as `keybound_service=debug`.
fn log() {
    let filter = EnvFilter::try_from_env("KEYBOUND_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if std::io::stderr().is_terminal() {
        registry.with(lines).init();
    } else {
        registry.with(lines.json()).init();
    }
}

/// What a command ends with.
pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;
