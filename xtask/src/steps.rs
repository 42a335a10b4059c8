//! The steps of `cargo xtask test`, in the order they run: quick ones first.

use crate::{
    demo, generate, judges, node, pages,
    process::{Result, Shell},
    python, runtimes, service, tools, vectors, wasm,
};

/// One check.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Runs it; the text is shown beside the outcome.
    pub(crate) run: fn(&Shell) -> Result<String>,
}

macro_rules! steps {
    ($($name:literal, $about:literal, $run:expr;)+) => {
        /// Every step.
        pub(crate) const ALL: &[Step] = &[$(Step { name: $name, about: $about, run: $run },)+];
    };
}

steps! {
    "format", "cargo fmt", |shell| cargo(shell, &["fmt", "--all", "--check"]);
    "lint", "clippy over everything, warnings denied", |shell| {
        cargo(shell, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    };
    "generated", "files that grow from the core's tables are up to date", |shell| quiet(generate::check(shell));
    "vectors-written", "the vectors are what their generator writes", |shell| quiet(vectors::check(shell));
    "rust", "unit, property and documentation tests", rust;
    "service-sqlite", "the issuing service: every test, on SQLite", service::sqlite;
    "service-postgres", "the same on PostgreSQL, and several nodes on one", service::postgres;
    "docs", "rustdoc, warnings denied", docs;
    "bare-metal", "the core builds without an operating system", bare_metal;
    "msrv", "the oldest Rust we promise still compiles it", msrv;
    "deny", "licences, bans and sources of every dependency", deny;
    "python", "wheel, pytest, mypy and stubtest", python_face;
    "node", "addon, node:test and type tests", node_face;
    "wasm", "module, size budget, node:test and type tests", wasm_face;
    "use-node-esm", "the packed Wasm package, imported in Node", |shell| runtimes::consume(shell, "node-esm");
    "use-node-cjs", "required in Node", |shell| runtimes::consume(shell, "node-cjs");
    "use-deno", "in Deno without permissions", |shell| runtimes::consume(shell, "deno");
    "use-bun", "in Bun", |shell| runtimes::consume(shell, "bun");
    "use-workerd", "in workerd, the edge runtime", |shell| runtimes::consume(shell, "workerd");
    "use-vite", "bundled by Vite, in Chromium", |shell| runtimes::consume(shell, "vite");
    "pages", "what README.md, the guides and the packages' pages show, run", pages::run;
    "demo", "the demo, every outcome as expected", the_demo;
    "judges-node", "JOSE, DPoP and Ed25519 against libraries of others, both ways, in both JavaScript packages", judges::node;
    "judges-python", "the same in Python, and COSE", judges::python;
    "judges-oauth-node", "an OAuth client of others before the service, in Node", judges::oauth_node;
    "judges-oauth-python", "the same in Python", judges::oauth_python;
    "schemathesis", "the service against its own description", judges::schemathesis;
    "vectors-rust", "every vector in Rust", runtimes::rust;
    "vectors-python", "every vector in Python", runtimes::python;
    "vectors-node", "every vector in the Node addon", runtimes::node;
    "vectors-wasm", "every vector in Wasm under Node", runtimes::wasm;
    "vectors-workerd", "every vector in Wasm under workerd", runtimes::workerd;
    "vectors-chromium", "every vector in Wasm under Chromium", runtimes::chromium;
}

fn cargo(shell: &Shell, arguments: &[&str]) -> Result<String> {
    quiet(shell.run(shell.cargo(arguments)))
}

fn quiet(result: Result) -> Result<String> {
    result.map(|()| String::new())
}

fn rust(shell: &Shell) -> Result<String> {
    // The glue and the tools have no tests in Rust, and take the longest to compile; the service has steps of its own.
    let without = ["keybound-node", "keybound-wasm", "keybound-service", "xtask-wasm-bindgen"];
    let mut cargo = shell.cargo(["test", "--workspace", "--locked"]);
    cargo.args(without.iter().flat_map(|package| ["--exclude", package]));
    quiet(shell.run(cargo))
}

fn docs(shell: &Shell) -> Result<String> {
    let mut cargo = shell.cargo(["doc", "--workspace", "--no-deps", "--locked"]);
    cargo.env("RUSTDOCFLAGS", "-D warnings");
    quiet(shell.run(cargo))
}

const BARE_METAL: &str = "thumbv7em-none-eabi";

fn bare_metal(shell: &Shell) -> Result<String> {
    tools::target(shell, BARE_METAL)?;
    cargo(shell, &["build", "-p", "keybound", "--locked", "--target", BARE_METAL])
}

fn msrv(shell: &Shell) -> Result<String> {
    let version = tools::oldest_rust(shell)?;
    tools::toolchain(shell, &version)?;
    let target = shell.target().join("msrv");
    let mut cargo = shell.command("rustup", ["run", &version, "cargo", "check", "--locked"]);
    cargo.args(["-p", "keybound", "-p", "keybound-bindings"]);
    cargo.env("CARGO_TARGET_DIR", target).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    shell.run(cargo)?;
    Ok(format!("Rust {version}"))
}

fn deny(shell: &Shell) -> Result<String> {
    tools::subcommand(shell, "deny")?;
    cargo(shell, &["deny", "check", "bans", "licenses", "sources"])
}

fn the_demo(shell: &Shell) -> Result<String> {
    demo::run(shell, &[]).map(|()| String::new())
}

fn python_face(shell: &Shell) -> Result<String> {
    python::install(shell, &python::TESTS)?;
    python::test(shell)
}

fn node_face(shell: &Shell) -> Result<String> {
    node::build(shell)?;
    runtimes::face(shell, "node")
}

fn wasm_face(shell: &Shell) -> Result<String> {
    wasm::build(shell)?;
    runtimes::face(shell, "wasm")?;
    wasm::size(shell)
}
