//! `cargo xtask test`: every check, one after the other, and a table at the end.

use crate::{
    process::{Problem, Result, Shell},
    report::{self, Outcome, Row},
    runtimes,
    steps::{self, Step},
};
use std::{env, fs, path::Path, time::Instant};

/// Names the steps.
pub(crate) fn list() {
    for step in steps::ALL {
        println!("{:<18} {}", step.name, step.about);
    }
}

/// Runs every step, or those whose names are given or begin with a given name.
pub(crate) fn run(shell: &Shell, names: &[&str]) -> Result {
    let chosen = choose(names)?;
    let all = env::var_os("KEYBOUND_TEST_ALL").is_some_and(|value| value == "1");
    let mut rows: Vec<Row> = chosen.into_iter().map(|step| take(shell, step, all)).collect();
    rows.extend(runtimes::compare(&rows));
    println!("{}", report::table(&rows));
    if report::good(&rows) { Ok(()) } else { Err(Problem::Failed("a check failed".into())) }
}

fn choose(names: &[&str]) -> Result<Vec<&'static Step>> {
    for name in names {
        if !steps::ALL.iter().any(|step| step.name.starts_with(name)) {
            return Err(Problem::Failed(format!(
                "no step begins with {name}; see `cargo xtask test --list`"
            )));
        }
    }
    let wanted = |step: &&Step| names.is_empty() || names.iter().any(|name| step.name.starts_with(name));
    Ok(steps::ALL.iter().filter(wanted).collect())
}

fn take(shell: &Shell, step: &'static Step, all: bool) -> Row {
    eprintln!("… {}", step.name);
    let started = Instant::now();
    let log = shell.target().join("xtask").join(format!("{}.log", step.name));
    let result = shell.logging_to(&log).and_then(|shell| (step.run)(&shell));
    let row = Row { name: step.name, outcome: Outcome::of(result, all), took: started.elapsed() };
    if let Outcome::Failed(_) = row.outcome {
        eprintln!("{}", tail(&log));
    }
    println!("{}", report::line(&row));
    row
}

const SHOWN: usize = 40;

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
    format!("{}\n    the whole of it: {}", end.join("\n"), log.display())
}
