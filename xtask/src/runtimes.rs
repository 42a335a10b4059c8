//! The faces in the runtimes they are for: do they start, and do they all say the same?

use crate::{
    process::{Problem, Result, Shell},
    python as environment,
    report::{Outcome, Row},
    tools, wasm as package,
};
use std::{fs, path::PathBuf, process::Command, time::Duration};

/// Installs the packed package in one consumer project and runs it.
pub(crate) fn consume(shell: &Shell, consumer: &str) -> Result<String> {
    let mut npm = consumer_command(shell, consumer)?;
    npm.arg("start");
    let printed = shell.read(npm)?;
    let last = printed.trim_end().lines().last().unwrap_or_default();
    if last.starts_with("permit: ") {
        return Ok(last.into());
    }
    Err(Problem::Failed(format!("{consumer} printed `{last}` in place of a permit")))
}

/// The tests of a JavaScript face, and its type tests.
pub(crate) fn face(shell: &Shell, package: &str) -> Result<String> {
    let mut tests = shell.command("node", ["--test", "bindings/js/tests/"]);
    tests.env("KEYBOUND_PACKAGE", package);
    shell.run(tests)?;
    let mut types = shell.command("node", ["node_modules/typescript/bin/tsc", "--project", "types"]);
    types.current_dir(shell.path(package));
    shell.run(types)?;
    Ok(String::new())
}

pub(crate) fn rust(shell: &Shell) -> Result<String> {
    let test =
        ["test", "-q", "--locked", "-p", "keybound-tests", "--test", "conformance", "--", "--nocapture"];
    counted(shell, shell.cargo(test))
}

pub(crate) fn python(shell: &Shell) -> Result<String> {
    let mut runner = environment::TESTS.python(shell, &["python/tests/run_vectors.py"]);
    // The runner's own folder must be found; the package must be the installed one.
    runner.env_remove("PYTHONSAFEPATH").env("PYTHONPATH", shell.path("python/tests"));
    counted(shell, runner)
}

pub(crate) fn node(shell: &Shell) -> Result<String> {
    counted(shell, shell.command("node", ["bindings/js/vectors/node.mjs", "node"]))
}

pub(crate) fn wasm(shell: &Shell) -> Result<String> {
    counted(shell, shell.command("node", ["bindings/js/vectors/node.mjs", "wasm"]))
}

pub(crate) fn workerd(shell: &Shell) -> Result<String> {
    let mut npm = consumer_command(shell, "workerd")?;
    npm.arg("vectors");
    counted(shell, npm)
}

pub(crate) fn chromium(shell: &Shell) -> Result<String> {
    let mut npm = consumer_command(shell, "vite")?;
    npm.arg("vectors");
    counted(shell, npm)
}

const COUNTED: &str = "vectors-";
const COUNT: &str = "vectors: ";

/// One more row: whether every runtime counted the same vectors.
pub(crate) fn compare(rows: &[Row]) -> Option<Row> {
    let counts: Vec<&str> = rows.iter().filter_map(count_of).collect();
    let first = counts.first()?;
    let outcome = if counts.iter().all(|count| count == first) {
        Outcome::Ok(format!("{first} in {} runtimes", counts.len()))
    } else {
        Outcome::Failed(format!("the runtimes ran different numbers of vectors: {}", counts.join(", ")))
    };
    Some(Row { name: "vectors-agree", outcome, took: Duration::ZERO })
}

fn count_of(row: &Row) -> Option<&str> {
    match &row.outcome {
        Outcome::Ok(note) if row.name.starts_with(COUNTED) && note.starts_with(COUNT) => Some(note),
        _ => None,
    }
}

/// Runs a vector runner and hands back its line `vectors: <n> passed`.
fn counted(shell: &Shell, command: Command) -> Result<String> {
    let printed = shell.read(command)?;
    // A test harness may have put its dots on the same line.
    let mut counts = printed.lines().filter_map(|line| line.split_once(COUNT)).map(|(_, count)| count);
    let count = counts.next_back().filter(|count| count.ends_with(" passed"));
    count
        .map(|count| format!("{COUNT}{count}"))
        .ok_or_else(|| Problem::Failed("it did not say how many vectors passed".into()))
}

/// `npm run` in a consumer project that has its tools and the packed package.
fn consumer_command(shell: &Shell, consumer: &str) -> Result<Command> {
    let folder = PathBuf::from("tests/consumers").join(consumer);
    let inside = folder.to_string_lossy().into_owned();
    if shell.path(&folder).join("package-lock.json").is_file() {
        tools::npm_packages(shell, &inside)?;
    }
    if !shell.path("wasm/dist/index.js").is_file() {
        package::build(shell)?;
    }
    unpack(shell, &folder)?;
    shell.run(shell.command("node", ["tests/consumers/one-vector.mjs", &inside]))?;
    let mut npm = shell.command("npm", ["run", "--silent"]);
    npm.current_dir(shell.path(folder));
    if consumer == "vite" {
        npm.env("CHROMIUM", tools::chromium()?);
    }
    Ok(npm)
}

// What `npm install <tarball>` does with a package that has no dependencies, without touching the lock file.
fn unpack(shell: &Shell, folder: &PathBuf) -> Result {
    let tarball = package::pack(shell)?;
    let installed = shell.path(folder).join("node_modules/keybound-wasm");
    fs::remove_dir_all(&installed).or_else(|error| if installed.exists() { Err(error) } else { Ok(()) })?;
    fs::create_dir_all(&installed)?;
    let mut tar = shell.command("tar", ["--strip-components=1", "-xzf"]);
    tar.arg(tarball).arg("-C").arg(installed);
    shell.run(tar)
}
