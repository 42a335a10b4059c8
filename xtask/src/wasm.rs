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
    let module = compile(shell)?;
    let out = shell.path("wasm/build");
    glue(shell, &module, &out)?;
    tools::npm_packages(shell, "wasm")?;
    optimise(shell, &out.join("keybound_wasm_bg.wasm"))?;
    shell.run(shell.command("node", ["wasm/scripts/assemble.mjs"]))?;
    shell.run(shell.command("node", ["wasm/scripts/size.mjs"]))
}

/// What the package weighs, against its budget.
pub(crate) fn size(shell: &Shell) -> Result<String> {
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

fn compile(shell: &Shell) -> Result<PathBuf> {
    let cargo = tools::wasm_cargo(shell)?;
    let build = ["build", "--profile", "wasm", "--locked", "-p", "keybound-wasm", "--target", WASM];
    shell.run(cargo.command(shell, &build))?;
    Ok(cargo.target.join(WASM).join("wasm/keybound_wasm.wasm"))
}

fn glue(shell: &Shell, module: &Path, out: &Path) -> Result {
    let mut bindgen = tools::helper(shell, "xtask-wasm-bindgen");
    bindgen.arg(module).arg(out);
    shell.run(bindgen)
}

/// A little smaller and faster. The package is right without it, so a failure only costs a line.
fn optimise(shell: &Shell, module: &Path) -> Result {
    let smaller = module.with_extension("opt");
    let mut optimiser = shell.command(shell.path("wasm/node_modules/.bin/wasm-opt"), ["-O3"]);
    optimiser.arg(module).arg("-o").arg(&smaller);
    match shell.run(optimiser) {
        Ok(()) => Ok(fs::rename(smaller, module)?),
        Err(problem) => shell.say(&format!("not optimised: {problem}")),
    }
}
