//! `bindings/js/codes.d.ts`: the codes, the families and the limits as types.

use keybound::{Code, Family, Limits};
use std::fmt::Write;

pub(crate) fn codes() -> String {
    let mut text =
        String::from("// Generated from `core/src/code.rs` and `core/src/limits.rs`; do not edit.\n\n");
    for (name, family) in
        [("Malformed", Family::Malformed), ("Untrusted", Family::Untrusted), ("Denied", Family::Denied)]
    {
        let _ =
            writeln!(text, "/** The codes of the family `{}`. */\nexport type {name}Code =", family.as_str());
        for code in Code::ALL.iter().filter(|code| code.family() == family) {
            let _ = writeln!(text, "  /** {} */\n  | '{}'", code.meaning(), code.as_str());
        }
        text.push('\n');
    }
    text.push_str("/** Why something was refused. Codes are stable; more may be added. */\n");
    text.push_str("export type Code = MalformedCode | UntrustedCode | DeniedCode\n\n");
    text.push_str("/** The kind of thing that went wrong. */\n");
    text.push_str("export type Family = 'malformed' | 'untrusted' | 'denied'\n\n");
    text.push_str("/** What a verifier is willing to spend and to believe. */\nexport interface Limits {\n");
    let defaults = Limits::default();
    for name in Limits::NAMES {
        let value = defaults.get(name).unwrap_or_default();
        let _ = writeln!(text, "  /** @defaultValue {value} */\n  readonly {name}?: number");
    }
    text + "}\n"
}
