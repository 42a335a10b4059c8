//! `cargo xtask demo`: the whole story on this machine.

use crate::{
    node,
    process::{Result, Shell},
    python, wasm,
};

/// Builds the faces and runs `tests/demo`, which writes the transcript.
pub(crate) fn run(shell: &Shell, arguments: &[&str]) -> Result {
    python::install(shell)?;
    node::build(shell)?;
    wasm::build(shell)?;
    let mut demo = python::python(shell, &["tests/demo/run.py"]);
    demo.args(arguments);
    shell.run(demo)
}
