//! The issuing service: its command, its tests on both databases, its load.

use crate::process::{Problem, Result, Shell};
use std::{
    env::{self, consts::EXE_SUFFIX},
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the command `keybound` and hands back where it is.
pub(crate) fn binary(shell: &Shell) -> Result<PathBuf> {
    shell.run(shell.cargo(["build", "--locked", "-p", "keybound-service", "--bin", "keybound"]))?;
    Ok(shell.target().join(format!("debug/keybound{EXE_SUFFIX}")))
}

/// Every test of the service, on SQLite.
pub(crate) fn sqlite(shell: &Shell) -> Result<String> {
    let mut cargo = shell.cargo(TESTS);
    // What needs PostgreSQL runs in the next step, where nothing is left out.
    cargo.env_remove("KEYBOUND_TEST_ALL").env_remove("KEYBOUND_TEST_POSTGRES");
    counted(shell, cargo)
}

/// The same on PostgreSQL, with what only several nodes can show.
pub(crate) fn postgres(shell: &Shell) -> Result<String> {
    let mut tests = with_postgres(shell)?;
    tests
        .arg(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(TESTS)
        .env("KEYBOUND_TEST_ALL", "1");
    counted(shell, tests)
}

const TESTS: [&str; 4] = ["test", "--locked", "-p", "keybound-service"];

/// Rates, latencies, where the time goes and how fast revocations travel, on SQLite and, where there is one, on PostgreSQL.
pub(crate) fn bench(shell: &Shell) -> Result {
    let load = ["bench", "--locked", "--profile", "load", "-p", "keybound-service", "--bench", "load"];
    let mut sqlite = shell.cargo(load);
    sqlite.env_remove("KEYBOUND_TEST_POSTGRES");
    shell.run(sqlite)?;
    match with_postgres(shell) {
        Ok(mut postgres) => {
            postgres.arg(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(load);
            shell.run(postgres)
        }
        Err(problem) => shell.say(&format!("not on PostgreSQL: {problem}")),
    }
}

/// A command that runs another one with a PostgreSQL of its own.
fn with_postgres(shell: &Shell) -> Result<Command> {
    let named = env::var_os("KEYBOUND_TEST_POSTGRES_BIN").is_some();
    if !named && !Path::new("/usr/lib/postgresql").is_dir() {
        return Err(Problem::missing("PostgreSQL", "apt-get install postgresql"));
    }
    let nothing: [&str; 0] = [];
    Ok(shell.command(shell.path("tests/postgres/with-postgres.sh"), nothing))
}

/// Runs tests and says how many there were.
fn counted(shell: &Shell, tests: Command) -> Result<String> {
    let printed = shell.read(tests)?;
    let results = printed.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    let counts = results.filter_map(|line| line.split(' ').next()?.parse::<u32>().ok());
    let passed: u32 = counts.sum();
    if passed == 0 {
        return Err(Problem::Failed("no test of the service ran".into()));
    }
    Ok(format!("{passed} tests"))
}
