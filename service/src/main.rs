//! The `keybound` command: the issuing service and what operators do beside it.

mod cli;

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::Command::parse()).await
}
