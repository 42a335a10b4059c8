//! `xtask-generate [--check]`: writes what grows from the core's table of codes and its limits,
//! or fails when a checked-in file differs.
//!
//! Run it in the workspace's root, by `cargo xtask generate`.

mod page;
mod python;
mod typescript;

use std::{env, fs, process::ExitCode};

fn main() -> ExitCode {
    let check = env::args().nth(1).is_some_and(|argument| argument == "--check");
    let files = [
        ("bindings/js/codes.d.ts", typescript::codes()),
        ("python/keybound/_codes.py", python::codes()),
        ("docs/codes.md", page::codes()),
    ];
    let mut outcome = ExitCode::SUCCESS;
    for (path, text) in files {
        if fs::read_to_string(path).is_ok_and(|kept| kept == text) {
            continue;
        }
        if check {
            eprintln!("{path} is not what the core's tables say: run `cargo xtask generate`");
            outcome = ExitCode::FAILURE;
        } else if let Err(error) = fs::write(path, text) {
            eprintln!("{path}: {error}");
            outcome = ExitCode::FAILURE;
        } else {
            println!("wrote {path}");
        }
    }
    outcome
}
