//! Finding what the commands need, and getting it where an ordinary user may.

use crate::process::{Problem, Result, Shell};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target of the Wasm package.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// How to get a program that could not be started.
pub(crate) fn where_to_get(program: &str) -> &'static str {
    match program {
        "npm" | "node" | "npx" => "apt-get install nodejs npm   (Node 20.19 or newer)",
        "python3" => "apt-get install python3 python3-venv",
        "rustup" => "see rustup.rs",
        _ => "your package manager",
    }
}

// SHA-2 as a loop: 17 KB less than unrolled, and hashing is a hundredth of a decision.
const COMPACT_HASHES: &str = "sha2_backend_soft=\"compact\"";

/// Compiler flags for what is published: no path of this machine may be in it.
pub(crate) fn published_flags(shell: &Shell) -> Vec<OsString> {
    let home =
        env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from).unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    [(cargo, "cargo"), (shell.path(""), "keybound")]
        .into_iter()
        .map(|(folder, name)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(folder);
            flag.push("=");
            flag.push(name);
            flag
        })
        .collect()
}

/// Flags as cargo takes them when they may hold spaces.
pub(crate) fn encoded(flags: &[OsString]) -> OsString {
    flags.join(OsStr::new("\u{1f}"))
}

/// A cargo that can build for [`WASM`], and where it builds.
pub(crate) struct WasmCargo {
    program: OsString,
    environment: Vec<(&'static str, OsString)>,
    flags: Vec<OsString>,
    /// Its target folder.
    pub(crate) target: PathBuf,
}

impl WasmCargo {
    /// That cargo, ready for arguments.
    pub(crate) fn command(&self, shell: &Shell, arguments: &[&str]) -> Command {
        let mut command = shell.command(&self.program, arguments);
        command.envs(self.environment.iter().cloned()).env("CARGO_TARGET_DIR", &self.target);
        let mut flags = self.flags.clone();
        flags.extend(published_flags(shell));
        command.env("CARGO_ENCODED_RUSTFLAGS", encoded(&flags));
        command
    }
}

/// The standard library for Wasm: there already, from rustup, or compiled once from Debian's
/// source. `KEYBOUND_WASM_STD=rustup` or `=debian` allows one of the ways only.
pub(crate) fn wasm_cargo(shell: &Shell) -> Result<WasmCargo> {
    let only = env::var("KEYBOUND_WASM_STD").unwrap_or_default();
    if only != "debian" && (has_target(shell, WASM) || add_target(shell, WASM).is_ok()) {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let flags = vec!["--cfg".into(), COMPACT_HASHES.into()];
        return Ok(WasmCargo { program, environment: Vec::new(), flags, target: shell.target() });
    }
    if only == "rustup" {
        return Err(Problem::missing(WASM, &format!("rustup target add {WASM}")));
    }
    debian_wasm_cargo(shell)
}

// Runs for a moment, so compiling it is what takes time: a third of it without optimisation.
const QUICK: [&str; 8] = [
    "--config",
    "profile.tool.inherits='dev'",
    "--config",
    "profile.tool.debug=false",
    "--config",
    "profile.tool.package.'*'.opt-level=0",
    "--profile",
    "tool",
];

/// A program of this workspace that only helps to build, ready for its arguments.
pub(crate) fn helper(shell: &Shell, package: &str) -> Command {
    let mut cargo = shell.cargo(["run", "-q", "--locked"]);
    cargo.args(QUICK).args(["-p", package, "--"]);
    cargo
}

/// A Rust target, added when it is not installed.
pub(crate) fn target(shell: &Shell, name: &str) -> Result {
    if has_target(shell, name) {
        return Ok(());
    }
    add_target(shell, name).map_err(|_| Problem::missing(name, &format!("rustup target add {name}")))
}

/// The oldest Rust the workspace promises, as its manifest says.
pub(crate) fn oldest_rust(shell: &Shell) -> Result<String> {
    let manifest = fs::read_to_string(shell.path("Cargo.toml"))?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    line.map(|version| version.trim_matches('"').to_owned())
        .ok_or_else(|| Problem::Failed("Cargo.toml names no rust-version".into()))
}

/// A Rust toolchain, installed when it is not there.
pub(crate) fn toolchain(shell: &Shell, version: &str) -> Result {
    if shell.succeeds(shell.command("rustup", ["run", version, "rustc", "--version"])) {
        return Ok(());
    }
    let get = format!("rustup toolchain install {version} --profile minimal");
    let install = shell.command("rustup", ["toolchain", "install", version, "--profile", "minimal"]);
    shell.run(install).map_err(|_| Problem::missing(&format!("Rust {version}"), &get))
}

/// A cargo subcommand, which is not installed for you: it takes minutes.
pub(crate) fn subcommand(shell: &Shell, name: &str) -> Result {
    if shell.succeeds(shell.cargo([name, "--version"])) {
        return Ok(());
    }
    Err(Problem::missing(&format!("cargo-{name}"), &format!("cargo install --locked cargo-{name}")))
}

/// The npm packages of a folder, exactly as its lock file says.
pub(crate) fn npm_packages(shell: &Shell, folder: &str) -> Result {
    let (lock, kept) =
        (shell.path(folder).join("package-lock.json"), shell.path(folder).join("node_modules/.lock"));
    if fs::read(&kept).is_ok_and(|kept| fs::read(&lock).is_ok_and(|lock| lock == kept)) {
        return Ok(());
    }
    let mut npm = shell.command("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    npm.current_dir(shell.path(folder));
    shell.run(npm)?;
    if let Some(modules) = kept.parent() {
        fs::create_dir_all(modules)?;
    }
    fs::copy(lock, kept)?;
    Ok(())
}

/// A Chromium to drive. `CHROMIUM` names another one.
pub(crate) fn chromium() -> Result<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"].into_iter().filter_map(on_path);
    named
        .into_iter()
        .chain(usual)
        .find(|path| path.is_file())
        .ok_or_else(|| Problem::missing("Chromium", "apt-get install chromium"))
}

fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn has_target(shell: &Shell, name: &str) -> bool {
    let libraries = shell.read(shell.command("rustc", ["--print", "target-libdir", "--target", name]));
    libraries.is_ok_and(|folder| holds(Path::new(folder.trim()), "libcore-"))
}

fn add_target(shell: &Shell, name: &str) -> Result {
    shell.run(shell.command("rustup", ["target", "add", name]))
}

fn holds(folder: &Path, prefix: &str) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with(prefix))
}

const DEBIAN: &str = "apt-get install --no-install-recommends rustc-web cargo-web rust-web-src";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// Debian's compiler with the standard library compiled once from Debian's source, into a
/// sysroot of its own. Our own crates are built as on stable: the unstable switch is set for
/// that one step only.
fn debian_wasm_cargo(shell: &Shell) -> Result<WasmCargo> {
    if !Path::new(DEBIAN_SOURCE).is_dir() || !Path::new("/usr/bin/cargo").is_file() {
        let install = DEBIAN.split_whitespace().chain(["-y", "-q"]);
        shell.run(shell.command("env", install)).map_err(|_| Problem::missing(WASM, DEBIAN))?;
    }
    let version = shell.read(shell.command("/usr/bin/rustc", ["--version"]))?;
    let name: String = version.chars().filter(char::is_ascii_alphanumeric).collect();
    let sysroot = shell.target().join("wasm-sysroot").join(name);
    if !sysroot.join("complete").exists() {
        shell.say("compiling the standard library for Wasm, once")?;
        compile_std(shell, &sysroot)?;
    }
    let flags = vec!["--cfg".into(), COMPACT_HASHES.into(), "--sysroot".into(), sysroot.into()];
    let environment = vec![
        ("RUSTC", "/usr/bin/rustc".into()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld(shell)?.into()),
    ];
    let target = shell.target().join("wasm-debian");
    Ok(WasmCargo { program: "/usr/bin/cargo".into(), environment, flags, target })
}

fn compile_std(shell: &Shell, sysroot: &Path) -> Result {
    let (work, built) = (sysroot.join("work"), sysroot.join("built"));
    fs::create_dir_all(&work)?;
    fs::write(work.join("Cargo.toml"), STD_MANIFEST)?;
    fs::write(work.join("lib.rs"), "#![no_std]\n")?;
    let mut cargo = shell.command("/usr/bin/cargo", ["build", "-q", "--release", "--target", WASM]);
    cargo
        .arg("-Zbuild-std=std,panic_abort")
        .current_dir(&work)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &built)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld(shell)?)
        // The libraries must serve builds with link-time optimisation too.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    shell.run(cargo)?;
    let library = sysroot.join("lib/rustlib").join(WASM).join("lib");
    fs::create_dir_all(&library)?;
    for file in fs::read_dir(built.join(WASM).join("release/deps"))?.flatten() {
        let name = file.file_name();
        let shown = name.to_string_lossy();
        if shown.ends_with(".rlib") && !shown.starts_with("libstd_shim") {
            fs::copy(file.path(), library.join(&name))?;
        }
    }
    fs::remove_dir_all(work)?;
    fs::remove_dir_all(built)?;
    fs::write(sysroot.join("complete"), "")?;
    Ok(())
}

const STD_MANIFEST: &str = "[package]\nname = \"std-shim\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
    [lib]\npath = \"lib.rs\"\n[workspace]\n[profile.release]\ncodegen-units = 1\n";

/// The linker rustup ships; Debian 12's own is too old for today's memory allocator.
fn rust_lld(shell: &Shell) -> Result<PathBuf> {
    let sysroot = shell.read(shell.command("rustc", ["--print", "sysroot"]))?;
    let host_folders = fs::read_dir(Path::new(sysroot.trim()).join("lib/rustlib"))?.flatten();
    host_folders
        .map(|folder| folder.path().join("bin/rust-lld"))
        .find(|lld| lld.is_file())
        .ok_or_else(|| Problem::missing("rust-lld", "rustup component add llvm-tools"))
}
