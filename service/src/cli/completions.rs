//! `keybound completions`.

use super::{Command, Done, output::End, output::say};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Print what a shell needs to complete commands and flags.
#[derive(Args)]
#[command(after_help = "Example, for this session of bash:
  source <(keybound completions bash)")]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

pub(super) fn run(verb: &Completions) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(verb.shell, &mut Command::command(), "keybound", &mut script);
    say(&String::from_utf8_lossy(&script))?;
    Ok(End::Done)
}
