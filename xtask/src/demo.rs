//! `cargo xtask demo`: the whole story on this machine.

use crate::{
    process::{Result, Shell},
    python, service, tools, wasm,
};

/// Builds the service and the faces and runs `tests/demo`, which writes the transcript.
pub(crate) fn run(shell: &Shell, arguments: &[&str]) -> Result {
    let service = service::binary(shell)?;
    python::install(shell, &python::DEMO)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/demo/worker")?;
    let mut demo = python::DEMO.python(shell, &["tests/demo/run.py"]);
    demo.arg(service).args(arguments);
    shell.run(demo)
}
