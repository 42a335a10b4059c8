//! Libraries we did not write, before what we sign and what they sign (`tests/judges`).

use crate::{
    node as addon,
    process::{Problem, Result, Shell},
    python as environment, tools, wasm,
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
