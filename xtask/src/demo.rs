//! `cargo xtask demo`: the whole story on this machine.

use crate::{
    process::{Result, Shell},
    python, tools, wasm,
};
use std::env::consts::EXE_SUFFIX;

/// Builds the service and the faces and runs `tests/demo`, which writes the transcript.
pub(crate) fn run(shell: &Shell, arguments: &[&str]) -> Result {
    shell.run(shell.cargo(["build", "--locked", "-p", "keybound-service"]))?;
    python::install(shell, &python::DEMO)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/demo/worker")?;
    let mut demo = python::DEMO.python(shell, &["tests/demo/run.py"]);
    demo.arg(shell.target().join(format!("debug/keybound{EXE_SUFFIX}"))).args(arguments);
    shell.run(demo)
}
