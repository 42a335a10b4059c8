//! Writes the vectors, the fuzz corpora and the worked example of the specification, or checks that they are what would be written.
//!
//! `make-vectors` writes; `make-vectors --check` compares and writes nothing.

use keybound_tests::{corpus, make, vectors, worked_example};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut count = 0;
    for topic in make::topics() {
        let path = vectors::folder().join(format!("{}.json", topic.name));
        let file = topic.finish();
        count += file.vectors.len();
        let mut text = serde_json::to_string_pretty(&file).expect("vectors are JSON");
        text.push('\n');
        files.push((path, text.into_bytes()));
    }
    files.extend(corpus::files());
    files.push(worked_example::file());
    let stray = strays(&files);
    let differing = files.iter().filter(|(path, bytes)| fs::read(path).ok().as_ref() != Some(bytes));
    if is_check {
        let differing: Vec<_> = differing.map(|(path, _)| path.display().to_string()).collect();
        differing.iter().for_each(|path| eprintln!("differs: {path}"));
        stray.iter().for_each(|path| eprintln!("not made here: {}", path.display()));
        println!("vectors: {count} made, {} files differ, {} are stray", differing.len(), stray.len());
        return if differing.is_empty() && stray.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    for (path, bytes) in differing {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("writable");
    }
    stray.iter().for_each(|path| fs::remove_file(path).expect("removable"));
    println!("vectors: {count} made");
    ExitCode::SUCCESS
}

/// Files in the folders this program owns that it would not write.
fn strays(files: &[(PathBuf, Vec<u8>)]) -> Vec<PathBuf> {
    let mut folders = vec![vectors::folder()];
    folders.extend(corpus::TARGETS.iter().map(|target| corpus::folder().join(target)));
    folders
        .iter()
        .flat_map(|folder| listing(folder))
        .filter(|path| path.file_name().is_some_and(|name| name != "schema.json" && name != "README.md"))
        .filter(|path| files.iter().all(|(known, _)| known != path))
        .collect()
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}
