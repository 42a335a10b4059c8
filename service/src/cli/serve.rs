//! `keybound serve`.

use super::{Done, Settings};
use clap::Args;
use std::net::SocketAddr;

/// Run the service.
#[derive(Args)]
pub(crate) struct Serve {
    /// Address and port; port 0 takes a free one, which is printed.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// A proxy in front terminates TLS.
    #[arg(long)]
    behind_proxy: bool,
}

pub(super) async fn run(settings: &Settings, verb: Serve) -> Done {
    let mut config = settings.read()?;
    if let Some(listen) = verb.listen {
        config.server.listen = listen;
    }
    config.server.behind_proxy |= verb.behind_proxy;
    config.check()?;
    Ok(keybound_service::serve::serve(config).await?)
}
