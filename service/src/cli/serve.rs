//! `keybound serve`.

use super::{Done, Settings, output::End};
use clap::Args;
use std::net::SocketAddr;

/// Run the service.
///
/// It says on standard output where it listens, in one line of JSON, and stops in an orderly way when it is told to (SIGTERM).
#[derive(Args)]
#[command(after_help = "Example:
  keybound serve --issuer https://issuer.example --listen 0.0.0.0:8420 --behind-proxy --database postgres://db.example/keybound")]
pub(crate) struct Serve {
    /// Address and port; port 0 takes a free one, which is printed.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// A proxy in front terminates TLS.
    #[arg(long)]
    behind_proxy: bool,
}

pub(super) async fn run(settings: &Settings, verb: Serve) -> Done {
    // Whether they go together is asked once they are complete: a flag may be what is missing.
    let mut config = settings.unchecked()?;
    if let Some(listen) = verb.listen {
        config.server.listen = listen;
    }
    config.server.behind_proxy |= verb.behind_proxy;
    config.check()?;
    keybound_service::serve::serve(config).await?;
    Ok(End::Done)
}
