//! `keybound health`.

use super::{
    Done, Settings,
    output::{End, say, say_json},
};
use clap::Args;
use keybound_service::config::Config;
use serde_json::Value;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// Ask the service of this machine whether it is ready, for the health check of a container.
///
/// It asks /readyz at the listen address of the settings: whether requests are taken, the database answers, the keys sign, and the clock
/// is not in the past. Exit code 0 when it is ready.
#[derive(Args)]
#[command(after_help = "Example, in a Dockerfile:
  HEALTHCHECK CMD [\"keybound\", \"health\", \"--config\", \"/etc/keybound.toml\"]")]
pub(crate) struct Health {
    /// Ask this address instead of the one in the settings.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Seconds to wait.
    #[arg(long, default_value_t = 5)]
    timeout: u64,
}

pub(super) async fn run(settings: &Settings, verb: Health) -> Done {
    let config = settings.unchecked()?;
    let url = url(&config, verb.listen.unwrap_or(config.server.listen));
    // Which names its certificate is for is of no matter here: nothing secret is sent, and what is asked is the process that holds
    // this machine's port. Proxies are for other machines.
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(verb.timeout))
        .tls_danger_accept_invalid_certs(true)
        .no_proxy()
        .build()?;
    let answer = match client.get(&url).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => {
            return Err(format!("{url}: no answer in {} seconds", verb.timeout).into());
        }
        Err(_) => return Err(format!("{url}: nobody answers").into()),
    };
    let is_ready = answer.status().is_success();
    let body: Value = serde_json::from_str(&answer.text().await?).unwrap_or_default();
    if settings.json {
        say_json(&body)?;
    } else {
        let failing = body.get("checks").and_then(Value::as_object).into_iter().flatten();
        let failing: Vec<&str> = failing
            .filter(|(_, holds)| **holds == Value::Bool(false))
            .map(|(name, _)| name.as_str())
            .collect();
        say(&if is_ready { "ready\n".to_owned() } else { format!("not ready: {}\n", failing.join(", ")) })?;
    }
    Ok(if is_ready { End::Done } else { End::Not })
}

/// Who listens on every address listens on loopback.
fn url(config: &Config, listen: SocketAddr) -> String {
    let scheme = if config.server.tls.is_some() { "https" } else { "http" };
    let address = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{scheme}://{}/readyz", SocketAddr::new(address, listen.port()))
}
