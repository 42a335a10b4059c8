//! `cargo xtask bench`: what a decision costs, in the core and through each face.

use crate::{
    node,
    process::{Result, Shell},
    wasm,
};

/// The core's own benchmarks.
pub(crate) fn core(shell: &Shell) -> Result {
    shell.run(shell.cargo(["bench", "--locked", "-p", "keybound-tests", "--bench", "core"]))
}

/// The same decision through the Node addon and through Wasm, in fresh processes.
pub(crate) fn faces(shell: &Shell) -> Result {
    node::build(shell)?;
    wasm::build(shell)?;
    for package in ["node", "wasm"] {
        shell.run(shell.command("node", ["bindings/js/bench/cold.mjs", package]))?;
        shell.run(shell.command("node", ["bindings/js/bench/warm.mjs", package]))?;
    }
    Ok(())
}
