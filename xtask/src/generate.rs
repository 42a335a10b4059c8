//! What grows from the core's tables: TypeScript's and Python's code types, and the page of codes.

use crate::{
    process::{Result, Shell},
    tools,
};

/// Writes the files.
pub(crate) fn write(shell: &Shell) -> Result {
    generator(shell, &[])
}

/// Compares the files with what would be written.
pub(crate) fn check(shell: &Shell) -> Result {
    generator(shell, &["--check"])
}

// A program of its own: it needs the core, and `cargo xtask` must start even when that does not build.
fn generator(shell: &Shell, arguments: &[&str]) -> Result {
    let mut generate = tools::helper(shell, "xtask-generate");
    generate.args(arguments);
    shell.run(generate)
}
