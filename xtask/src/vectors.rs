//! The conformance vectors: written by the generator in `tests/`, never by hand.

use crate::process::{Result, Shell};

/// Writes `tests/vectors`.
pub(crate) fn write(shell: &Shell) -> Result {
    maker(shell, &[])
}

/// Compares `tests/vectors` with what would be written.
pub(crate) fn check(shell: &Shell) -> Result {
    maker(shell, &["--check"])
}

/// Writes our vectors as one set for others, with its schema, its page and the licences.
pub(crate) fn publish(shell: &Shell) -> Result {
    let folder = shell.target().join("keybound-vectors");
    let mut cargo =
        shell.cargo(["run", "-q", "--locked", "-p", "keybound-tests", "--bin", "publish-vectors", "--"]);
    cargo.arg(&folder);
    shell.run(cargo)?;
    shell.say(&format!("written to {}", folder.display()))
}

fn maker(shell: &Shell, arguments: &[&str]) -> Result {
    let mut cargo =
        shell.cargo(["run", "-q", "--locked", "-p", "keybound-tests", "--bin", "make-vectors", "--"]);
    cargo.args(arguments);
    shell.run(cargo)
}
