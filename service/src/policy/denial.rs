//! The answer no.

use crate::policy::{Code, Kind};
use std::fmt;

/// An answer of no: the rule, the code and, where it helps, the tool, scope or argument it is about and the limit that was set.
///
/// It holds no claim, key or token; of the request only the name of the tool, argument or scope that is denied, shortened and
/// escaped, so that a log line stays one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Denial {
    rule: &'static str,
    code: Code,
    tool: Option<String>,
    argument: Option<String>,
    scope: Option<String>,
    limit: Option<String>,
}

/// Most characters shown of a name from a request: as long as a tool name may be.
const SHOWN: usize = 64;

impl Denial {
    /// The rule that does not hold, such as `ttl.bounds`.
    pub const fn rule(&self) -> &'static str {
        self.rule
    }

    /// Why.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The kind of [`Denial::code`].
    pub const fn kind(&self) -> Kind {
        self.code.kind()
    }

    /// The tool it is about, shortened and escaped.
    pub fn tool(&self) -> Option<&str> {
        self.tool.as_deref()
    }

    /// The argument of that tool, shortened and escaped.
    pub fn argument(&self) -> Option<&str> {
        self.argument.as_deref()
    }

    /// The scope it is about, shortened and escaped.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The limit that was set, in words.
    pub fn limit(&self) -> Option<&str> {
        self.limit.as_deref()
    }

    pub(super) const fn new(code: Code) -> Self {
        Self { rule: "", code, tool: None, argument: None, scope: None, limit: None }
    }

    /// About a claim of a foreign token; `limit` names the claim, never its value.
    pub(super) fn about_claim(code: Code, limit: &str) -> Self {
        Self::new(code).in_rule("trust.claims").with_limit(limit)
    }

    pub(super) const fn in_rule(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self
    }

    pub(super) fn with_tool(mut self, tool: &str) -> Self {
        self.tool = Some(shown(tool));
        self
    }

    pub(super) fn with_argument(mut self, argument: &str) -> Self {
        self.argument = Some(shown(argument));
        self
    }

    pub(super) fn with_scope(mut self, scope: &str) -> Self {
        self.scope = Some(shown(scope));
        self
    }

    pub(super) fn with_limit(mut self, limit: &str) -> Self {
        self.limit = Some(limit.to_owned());
        self
    }
}

/// Printable ASCII as it is, all else escaped: what looks like another name, or like none, would mislead.
fn shown(name: &str) -> String {
    let mut characters = name.chars();
    let mut out = String::new();
    for character in characters.by_ref().take(SHOWN) {
        if character.is_ascii_graphic() && character != '`' {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out
}

/// Names for a limit: the first few, or `none`.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const LISTED: usize = 8;
    let mut names = names.into_iter();
    let first: Vec<&str> = names.by_ref().take(LISTED).collect();
    match (first.is_empty(), names.count()) {
        (true, _) => "none".to_owned(),
        (_, 0) => first.join(", "),
        (_, more) => format!("{} and {more} more", first.join(", ")),
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.meaning())?;
        for (part, value) in [("tool", &self.tool), ("argument", &self.argument), ("scope", &self.scope)] {
            if let Some(value) = value {
                write!(f, ": {part} `{value}`")?;
            }
        }
        if let Some(limit) = &self.limit {
            write!(f, ": the limit is {limit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Denial({} {}: {self})", self.rule, self.code.as_str())
    }
}

impl std::error::Error for Denial {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_shortened_and_lists_end() {
        let denial =
            Denial::new(Code::ToolNotDeclared).with_tool(&format!("a\n`\u{202e}{}", "x".repeat(100)));
        let text = denial.to_string();
        assert!(
            text.starts_with(r"the workflow does not declare the tool: tool `a\u{a}\u{60}\u{202e}xxx"),
            "{text}"
        );
        assert!(text.ends_with("…`") && !text.contains('\n'), "{text}");
        assert_eq!(list([]), "none");
        assert_eq!(list(["a", "b"]), "a, b");
        assert_eq!(list(["a"; 10]), "a, a, a, a, a, a, a, a and 2 more");
    }
}
