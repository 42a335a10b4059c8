//! Runs what the pages show: a page whose examples do not run is worse than none.
//!
//! Rust blocks are doctests of the core. Each `python` or `js` block is a program of its own;
//! a block marked `…,continue` carries on where the block before it ended.

use crate::{
    process::{Problem, Result, Shell},
    python,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Pages with programs in them, and folders of such pages.
const PAGES: [&str; 5] = ["README.md", "docs/guides", "python/README.md", "node/README.md", "wasm/README.md"];

struct Program {
    language: &'static str,
    text: String,
}

/// Runs every program of every page.
pub(crate) fn run(shell: &Shell) -> Result<String> {
    let folder = shell.target().join("pages");
    install_node(shell, &folder)?;
    let mut count = 0_usize;
    for page in PAGES {
        let path = shell.path(page);
        let files = if path.is_dir() { markdown_in(&path)? } else { vec![path] };
        for file in files {
            count = count.saturating_add(run_page(shell, &folder, &file)?);
        }
    }
    Ok(format!("{count} programs"))
}

fn markdown_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    Ok(files)
}

fn run_page(shell: &Shell, folder: &Path, page: &Path) -> Result<usize> {
    let programs = programs(&fs::read_to_string(page)?);
    for (number, program) in programs.iter().enumerate() {
        let file = folder.join(format!("{number}.{}", program.language));
        fs::write(&file, &program.text)?;
        let mut command = match program.language {
            "py" => python::TESTS.python(shell, &[]),
            _ => shell.command("node", ["--"]),
        };
        command.arg(&file).current_dir(folder);
        shell.run(command).map_err(|problem| {
            let (language, page) = (program.language, page.display());
            Problem::Failed(format!("program {number} ({language}) of {page}: {problem}"))
        })?;
    }
    Ok(programs.len())
}

/// The fenced blocks we can run, in order.
fn programs(page: &str) -> Vec<Program> {
    let mut programs: Vec<Program> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(mark) = line.strip_prefix("```") else { continue };
        let body: String = lines
            .by_ref()
            .take_while(|line| !line.starts_with("```"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let language = match mark.split(',').next() {
            Some("python") => "py",
            Some("js" | "mjs" | "javascript") => "mjs",
            _ => continue,
        };
        match programs.iter_mut().rfind(|program| program.language == language) {
            Some(program) if mark.ends_with(",continue") => program.text.push_str(&body),
            _ => programs.push(Program { language, text: body }),
        }
    }
    programs
}

/// Where a program finds `keybound` and `keybound-wasm`, as a user's project would.
fn install_node(shell: &Shell, folder: &Path) -> Result {
    let modules = folder.join("node_modules");
    fs::create_dir_all(&modules)?;
    for (package, source) in [("keybound", "node"), ("keybound-wasm", "wasm")] {
        let link = modules.join(package);
        if !link.exists() {
            link_folder(&shell.path(source), &link)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link_folder(source: &Path, link: &Path) -> Result {
    Ok(std::os::unix::fs::symlink(source, link)?)
}

#[cfg(windows)]
fn link_folder(source: &Path, link: &Path) -> Result {
    Ok(std::os::windows::fs::symlink_dir(source, link)?)
}
