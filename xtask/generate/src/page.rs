//! `docs/codes.md`: every code with its meaning and its remedy.

use keybound::{Code, Family};
use std::fmt::Write;

const HEAD: &str = "\
# Refusal codes

A refusal carries one of these codes in every language. Codes are stable once released; the
sentences may be reworded. This page is generated from `core/src/code.rs`.
";

pub(crate) fn codes() -> String {
    let mut text = String::from(HEAD);
    let families = [
        (Family::Malformed, "The bytes are not a token, a chain, a proof, a key or a request."),
        (Family::Untrusted, "Well-formed, but not to be believed: signature, anchor, time, linkage, proof."),
        (Family::Denied, "Believed, and the answer is no: this call is outside what was granted."),
    ];
    for (family, about) in families {
        let _ =
            writeln!(text, "\n## {}\n\n{about}\n\n| code | meaning | what would fix it |", family.as_str());
        text.push_str("|---|---|---|\n");
        for code in Code::ALL.iter().filter(|code| code.family() == family) {
            let _ = writeln!(text, "| `{}` | {} | {} |", code.as_str(), code.meaning(), code.fix());
        }
    }
    text
}
