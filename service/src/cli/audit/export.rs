//! `keybound audit export`.

use crate::cli::{
    Done, Of, Settings,
    output::{End, unread},
};
use keybound_service::{http::audit_origin, operate};
use std::io::{self, BufWriter};

pub(super) async fn run(settings: &Settings, of: &Of) -> Done {
    let config = settings.read()?;
    let origin = audit_origin(&of.find(&config)?.issuer);
    let store = operate::open(&config).await?;
    let exported = operate::export(&store, &of.tenant, &origin, BufWriter::new(io::stdout())).await;
    store.close().await;
    unread(exported.map(drop))?;
    Ok(End::Done)
}
