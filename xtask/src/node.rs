//! The npm package `keybound`: the addon for this machine and the JavaScript around it.

use crate::{
    process::{Problem, Result, Shell},
    tools,
};
use std::{env::consts, fs};

/// Builds the addon and `node/dist`.
pub(crate) fn build(shell: &Shell) -> Result {
    let target = shell.target().join("addon");
    let mut cargo = shell.cargo(["build", "--release", "--locked", "-p", "keybound-node"]);
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", tools::encoded(&tools::published_flags(shell)))
        // A folder of its own: other flags would make every other build start again.
        .env("CARGO_TARGET_DIR", &target);
    shell.run(cargo)?;
    let library = target.join(format!("release/{}keybound_node{}", consts::DLL_PREFIX, consts::DLL_SUFFIX));
    fs::copy(library, shell.path("node").join(format!("keybound.{}.node", platform(shell)?)))?;
    tools::npm_packages(shell, "node")?;
    shell.run(shell.command("node", ["node/scripts/assemble.mjs"]))
}

/// The platform as napi names it, by the one function that also loads the addon.
fn platform(shell: &Shell) -> Result<String> {
    let name = shell.read(shell.command("node", ["-p", "require('./node/lib/platform.cjs').platform()"]))?;
    match name.trim() {
        "" => Err(Problem::Failed("Node does not say what platform this is".into())),
        name => Ok(name.into()),
    }
}
