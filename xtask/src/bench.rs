//! `cargo xtask bench`: what a decision costs, in the core and through each face.

use crate::{
    node,
    process::{Result, Shell},
    python, tools, wasm,
};
use std::process::Command;

/// The core's own benchmarks.
pub(crate) fn core(shell: &Shell) -> Result {
    shell.run(shell.cargo(["bench", "--locked", "-p", "keybound-tests", "--bench", "core"]))
}

/// The same decision in Rust and through every face, one after the other, twice: the second round shows how still the
/// machine was.
pub(crate) fn faces(shell: &Shell) -> Result {
    python::install(shell, &python::TESTS)?;
    node::build(shell)?;
    wasm::build(shell)?;
    shell.run(rust(shell, "build"))?;
    for _ in ["first", "second"] {
        shell.run(rust(shell, "run"))?;
        shell.run(python::TESTS.python(shell, &["python/bench/decide.py"]))?;
        for package in ["node", "wasm"] {
            shell.run(shell.command("node", ["bindings/js/bench/warm.mjs", package]))?;
        }
    }
    for package in ["node", "wasm"] {
        shell.run(shell.command("node", ["bindings/js/bench/cold.mjs", package]))?;
    }
    Ok(())
}

/// A decision on a chain of AAT-02 beside other people's libraries, which check as many signatures and nothing else.
pub(crate) fn judges(shell: &Shell) -> Result {
    python::install(shell, &python::JUDGES)?;
    node::build(shell)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/judges/node")?;
    let bench =
        ["bench", "--locked", "-p", "keybound-tests", "--bench", "core", "--", "raw_strict|decide_aat"];
    shell.run(shell.cargo(bench))?;
    for package in ["node", "wasm"] {
        let mut node = shell.command("node", ["tests/judges/node/speed.mjs"]);
        node.env("KEYBOUND_PACKAGE", package);
        shell.run(node)?;
    }
    shell.run(python::JUDGES.python(shell, &["tests/judges/python/speed.py"]))
}

fn rust(shell: &Shell, verb: &str) -> Command {
    shell.cargo([verb, "-q", "--release", "--locked", "-p", "keybound-tests", "--bin", "bench-faces"])
}
