//! `python/keybound/_codes.py`: the codes and families as literals.

use keybound::Code;
use std::fmt::Write;

pub(crate) fn codes() -> String {
    let mut text = String::from(
        "\"\"\"The refusal codes and families. Generated from `core/src/code.rs`; do not edit.\"\"\"\n\n\
         from typing import Literal\n\n\
         Family = Literal[\"malformed\", \"untrusted\", \"denied\"]\n\n\
         Code = Literal[\n",
    );
    for code in Code::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    \"{}\",", code.as_str());
    }
    text + "]\n"
}
