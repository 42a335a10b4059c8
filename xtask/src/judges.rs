//! Libraries we did not write, before what we sign and what they sign (`tests/judges`).

use crate::{
    node as addon,
    process::{Problem, Result, Shell},
    python::{self as environment, Environment},
    service, tools, wasm,
};
use std::process::Command;

/// jose, dpop, noble and two WebCryptos, before both JavaScript packages.
pub(crate) fn node(shell: &Shell) -> Result<String> {
    addon::build(shell)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/judges/node")?;
    counted(shell, shell.command("node", ["tests/judges/node/run.mjs"]))
}

/// cryptography, joserfc, `PyJWT` and cwt, before the installed wheel.
pub(crate) fn python(shell: &Shell) -> Result<String> {
    environment::install(shell, &environment::JUDGES)?;
    let mut runner = environment::JUDGES.python(shell, &["tests/judges/python/run.py"]);
    // The runner's own folder must be found; the package must be the installed one.
    runner.env_remove("PYTHONSAFEPATH").env("PYTHONPATH", shell.path("tests/judges/python"));
    counted(shell, runner)
}

/// oauth4webapi before the service, and both packages before what the service issues.
pub(crate) fn oauth_node(shell: &Shell) -> Result<String> {
    let binary = service::binary(shell)?;
    addon::build(shell)?;
    wasm::build(shell)?;
    tools::npm_packages(shell, "tests/judges/service/node")?;
    let mut runner = shell.command("node", ["tests/judges/service/node/run.mjs"]);
    runner.env("KEYBOUND_SERVICE", binary);
    counted(shell, runner)
}

/// requests_oauth2client before the service.
pub(crate) fn oauth_python(shell: &Shell) -> Result<String> {
    before_the_service(shell, &environment::OAUTH, "tests/judges/service/python/run.py")
}

/// The service against its own description.
pub(crate) fn schemathesis(shell: &Shell) -> Result<String> {
    before_the_service(shell, &environment::SCHEMATHESIS, "tests/judges/service/schemathesis/run.py")
}

fn before_the_service(shell: &Shell, python: &Environment, program: &str) -> Result<String> {
    let binary = service::binary(shell)?;
    python.prepare(shell)?;
    let mut runner = python.python(shell, &[program]);
    runner.env_remove("PYTHONSAFEPATH").env("KEYBOUND_SERVICE", binary);
    counted(shell, runner)
}

/// Runs the judges and hands back what they say last: `<n> passed, 0 failed (<which tests; which versions>)`.
fn counted(shell: &Shell, command: Command) -> Result<String> {
    let printed = shell.read(command)?;
    let last = printed.trim_end().lines().last().unwrap_or_default();
    match last.split_once(" passed, 0 failed (") {
        Some((count, note)) if count.parse().is_ok_and(|count: u32| count > 0) => {
            Ok(note.trim_end_matches(')').into())
        }
        _ => Err(Problem::Failed(format!("the judges did not say that they passed: `{last}`"))),
    }
}
