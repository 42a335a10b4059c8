//! The npm package `keybound-wasm`: one module, its glue, one entry file per way of loading it.

use crate::{
    process::{Problem, Result, Shell},
    tools::{self, WASM},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Builds `wasm/dist`.
pub(crate) fn build(shell: &Shell) -> Result {
    tools::npm_packages(shell, "wasm")?;
    module(shell, &shell.target(), &[], &shell.path("wasm/build"))?;
    shell.run(shell.command("node", ["wasm/scripts/assemble.mjs"]))?;
    shell.run(shell.command("node", ["wasm/scripts/size.mjs"]))
}

/// What the package weighs, and what it would weigh with the native encoding alone, against their budgets.
pub(crate) fn size(shell: &Shell) -> Result<String> {
    // In a folder of its own: the two sets of features would undo each other's work.
    let target = shell.target().join("wasm-native");
    module(shell, &target, &["--no-default-features"], &shell.path("wasm/build/native"))?;
    shell
        .read(shell.command("node", ["wasm/scripts/size.mjs", "--check"]))
        .map(|printed| printed.trim().into())
}

/// Packs the built package and hands back the tarball.
pub(crate) fn pack(shell: &Shell) -> Result<PathBuf> {
    let folder = shell.target().join("npm");
    fs::create_dir_all(&folder)?;
    let mut npm = shell.command("npm", ["pack", "--silent", "--pack-destination"]);
    npm.arg(&folder).current_dir(shell.path("wasm"));
    let name = shell.read(npm)?;
    name.lines()
        .last()
        .map(|name| folder.join(name))
        .ok_or_else(|| Problem::Failed("npm pack named no file".into()))
}

/// Compiles a module, with its glue beside it.
fn module(shell: &Shell, target: &Path, features: &[&str], out: &Path) -> Result {
    let mut cargo = tools::wasm_cargo(shell)?;
    // Debian's compiler builds in a place of its own already.
    if cargo.target == shell.target() {
        cargo.target = target.into();
    }
    let build = ["build", "--profile", "wasm", "--locked", "-p", "keybound-wasm", "--target", WASM];
    shell.run(cargo.command(shell, &[&build[..], features].concat()))?;
    glue(shell, &cargo.target.join(WASM).join("wasm/keybound_wasm.wasm"), out)?;
    optimise(shell, &out.join("keybound_wasm_bg.wasm"))
}

fn glue(shell: &Shell, module: &Path, out: &Path) -> Result {
    let mut bindgen = tools::helper(shell, "xtask-wasm-bindgen");
    bindgen.arg(module).arg(out);
    shell.run(bindgen)
}

/// What is inlined for speed alone, in instructions. 8 of the usual 20: the module is half a KB smaller and as fast.
const INLINED: &str = "--flexible-inline-max-function-size=8";

/// A little smaller and faster. The package is right without it, so a failure only costs a line.
fn optimise(shell: &Shell, module: &Path) -> Result {
    let smaller = module.with_extension("opt");
    let mut optimiser = shell.command(shell.path("wasm/node_modules/.bin/wasm-opt"), ["-O3", INLINED]);
    optimiser.arg(module).arg("-o").arg(&smaller);
    match shell.run(optimiser) {
        Ok(()) => Ok(fs::rename(smaller, module)?),
        Err(problem) => shell.say(&format!("not optimised: {problem}")),
    }
}
