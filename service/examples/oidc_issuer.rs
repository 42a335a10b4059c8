//! The issuer of the tests as a process: `oidc_issuer [--tls]`. It prints one line of JSON, `{"url": …, "certificate": …}`, and serves until
//! it is killed. It signs whatever it is asked to: never run it where somebody believes it.

#[path = "../tests/support/oidc/mod.rs"]
mod oidc;

use oidc::{Failure, Issuer};
use serde_json::json;
use std::io::{Write, stdout};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let issuer = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Issuer::start().await?,
        ["--tls"] => Issuer::start_tls().await?,
        _ => return Err("usage: oidc_issuer [--tls]".into()),
    };
    let line = json!({"url": issuer.url(), "certificate": issuer.certificate()});
    writeln!(stdout(), "{line}")?;
    stdout().flush()?;
    issuer.run().await;
    Ok(())
}
