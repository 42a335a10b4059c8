//! `cargo xtask demo`: the whole story on this machine.

use crate::{
    process::{Result, Shell},
    python, tools, wasm,
};

/// Builds the faces and runs `tests/demo`, which writes the transcript.
pub(crate) fn run(shell: &Shell, arguments: &[&str]) -> Result {
    python::install(shell, &python::DEMO)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/demo/worker")?;
    let mut demo = python::DEMO.python(shell, &["tests/demo/run.py"]);
    demo.args(arguments);
    shell.run(demo)
}
