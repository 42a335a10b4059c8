//! `cargo xtask`: the commands people type.
//!
//! One file per noun. Nothing here decides anything about tokens; it finds tools, runs them
//! in order and says plainly what happened.

mod bench;
mod demo;
mod generate;
mod judges;
mod node;
mod pages;
mod process;
mod python;
mod report;
mod runtimes;
mod service;
mod steps;
mod test;
mod tools;
mod vectors;
mod wasm;

use process::{Problem, Result, Shell};
use std::{env, process::ExitCode};

const HELP: &str = "\
cargo xtask <command>

  build wasm|node|python   build a package
  generate [--check]       write what grows from the core's tables; --check only compares
  vectors [--check]        write the conformance vectors; --check only compares
  vectors publish          write them as one set for others, with schema and licence
  test [step…]             run every check, or the named ones; --list names them
  demo                     the whole story on this machine
  bench core|faces|judges|service  measure

Every command installs what it can (Rust targets, npm packages, a Python environment under
target/) and says how to get what it cannot. KEYBOUND_TEST_ALL=1 makes a skipped step a failure.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Shell::new().and_then(|shell| dispatch(&shell, &words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cargo xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(shell: &Shell, words: &[&str]) -> Result {
    match words {
        [] | ["help" | "-h" | "--help", ..] => println!("{HELP}"),
        ["build", "wasm"] => wasm::build(shell)?,
        ["build", "node"] => node::build(shell)?,
        ["build", "python"] => python::build(shell)?,
        ["generate"] => generate::write(shell)?,
        ["generate", "--check"] => generate::check(shell)?,
        ["vectors"] => vectors::write(shell)?,
        ["vectors", "--check"] => vectors::check(shell)?,
        ["vectors", "publish"] => vectors::publish(shell)?,
        ["test", "--list"] => test::list(),
        ["test", names @ ..] => test::run(shell, names)?,
        ["demo", rest @ ..] => demo::run(shell, rest)?,
        ["bench", "core"] => bench::core(shell)?,
        ["bench", "faces"] => bench::faces(shell)?,
        ["bench", "judges"] => bench::judges(shell)?,
        ["bench", "service"] => service::bench(shell)?,
        _ => return Err(Problem::Failed(format!("no such command: {}\n\n{HELP}", words.join(" ")))),
    }
    Ok(())
}
