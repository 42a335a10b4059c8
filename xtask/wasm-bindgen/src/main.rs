//! `xtask-wasm-bindgen <module.wasm> <out-dir>`: the glue for a module built for
//! `wasm32-unknown-unknown`, in the flavour that is told where its module is.
//!
//! A crate of its own, so that `cargo xtask` does not wait for what it needs.

use std::{env, process::ExitCode};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(module), Some(out), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: xtask-wasm-bindgen <module.wasm> <out-dir>");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .typescript(false)
        .remove_producers_section(true)
        .remove_name_section(true)
        .omit_default_module_path(true);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-wasm-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}
