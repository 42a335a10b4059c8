//! `keybound audit`.

mod export;
mod trail;
mod verify;

use super::{
    Done, Of, Settings,
    output::{End, say},
};
use clap::Subcommand;
use keybound_service::{
    config::{Config, TenantConfig},
    http::audit_origin,
    keys::{KeyFile, KeyRing, Purpose},
    operate::{open, sign_checkpoint},
};

/// Check, export and read the audit log.
#[derive(Subcommand)]
pub(crate) enum Verb {
    Verify(verify::Verify),
    /// Write the whole log to standard output, one record a line behind a header, for whoever checks it without the service.
    #[command(after_help = "Example:
  keybound audit export | zstd > audit-2026-11.jsonl.zst")]
    Export(Of),
    /// Sign how long the log is and what its root is, as a C2SP checkpoint on standard output.
    ///
    /// Whoever keeps it can later show that no record before it was changed, and that none is missing.
    #[command(after_help = "Example:
  keybound audit checkpoint > \"checkpoint-$(date +%F)\"")]
    Checkpoint(Of),
    Trail(trail::Trail),
}

pub(super) async fn run(settings: &Settings, verb: Verb) -> Done {
    match verb {
        Verb::Verify(verb) => verify::run(settings, verb).await,
        Verb::Export(of) => export::run(settings, &of).await,
        Verb::Checkpoint(of) => checkpoint(settings, &of).await,
        Verb::Trail(verb) => trail::run(settings, verb).await,
    }
}

async fn checkpoint(settings: &Settings, of: &Of) -> Done {
    let config = settings.read()?;
    let tenant = of.find(&config)?;
    let ring = ring(&config, of)?;
    let store = open(&config).await?;
    let tree = store.audit_tree(&of.tenant).await;
    store.close().await;
    let note = sign_checkpoint(ring.signer(Purpose::Audit)?, &audit_origin(&tenant.issuer), &tree?).await?;
    say(&note)?;
    Ok(End::Done)
}

fn ring(config: &Config, of: &Of) -> Result<KeyRing, String> {
    let tenant: &TenantConfig = of.find(config).map_err(|error| error.to_string())?;
    let path = tenant.key_file(&of.tenant);
    let ring = KeyFile::read(&path).and_then(|file| KeyRing::of(&file));
    ring.map_err(|error| format!("{}: {error}", path.display()))
}
