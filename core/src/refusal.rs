//! The one error of this crate.

use crate::code::{Code, Family};
use alloc::{boxed::Box, string::String};
use core::fmt;

/// An answer of no, with its reason: a stable code, the link it happened at and, where
/// it helps, the tool, the argument and the limit that set it.
///
/// It never holds a key, a signature or a byte of a token. Names from tokens and calls are
/// shortened and escaped, so that a log line stays one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    link: Option<usize>,
    detail: Option<Box<Detail>>,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Detail {
    tool: Option<String>,
    argument: Option<String>,
    limit: Option<String>,
    part: Option<&'static str>,
    step: Option<&'static str>,
    /// What was expected, and what came instead.
    difference: Option<(String, String)>,
}

/// Longest text of a name, limit or URI kept in a refusal, in characters: enough for any sane
/// tool name, too little to fill a log.
const SHOWN: usize = 96;

impl Refusal {
    /// What was refused.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The family of [`Refusal::code`].
    pub const fn family(&self) -> Family {
        self.code.family()
    }

    /// The link it happened at: 0 is the root. `None` when it is about no link, such as a
    /// proof or a request.
    pub const fn link(&self) -> Option<usize> {
        self.link
    }

    /// The tool it is about, shortened and escaped.
    pub fn tool(&self) -> Option<&str> {
        self.detail.as_ref()?.tool.as_deref()
    }

    /// The argument it is about, shortened and escaped.
    pub fn argument(&self) -> Option<&str> {
        self.detail.as_ref()?.argument.as_deref()
    }

    /// The limit that was exceeded, in words, shortened and escaped.
    pub fn limit(&self) -> Option<&str> {
        self.detail.as_ref()?.limit.as_deref()
    }

    /// The claim, member or parameter it is about.
    pub fn part(&self) -> Option<&'static str> {
        self.detail.as_ref()?.part
    }

    /// The step of AAT-02 §8 that failed, such as `4p4`. `None` for a fault the draft has no step for, and in the native
    /// encoding.
    pub fn step(&self) -> Option<&'static str> {
        self.detail.as_ref()?.step
    }

    /// What was expected, shortened and escaped.
    pub fn expected(&self) -> Option<&str> {
        Some(&self.detail.as_ref()?.difference.as_ref()?.0)
    }

    /// What came instead, shortened and escaped.
    pub fn received(&self) -> Option<&str> {
        Some(&self.detail.as_ref()?.difference.as_ref()?.1)
    }

    pub(crate) const fn new(code: Code) -> Self {
        Self { code, link: None, detail: None }
    }

    pub(crate) fn at(mut self, link: usize) -> Self {
        self.link = Some(link);
        self
    }

    pub(crate) fn with_tool(mut self, tool: &str) -> Self {
        self.detail_mut().tool = Some(shown(tool));
        self
    }

    pub(crate) fn with_argument(mut self, argument: &str) -> Self {
        self.detail_mut().argument = Some(shown(argument));
        self
    }

    pub(crate) fn with_limit(mut self, limit: &str) -> Self {
        self.detail_mut().limit = Some(shown(limit));
        self
    }

    pub(crate) fn with_part(mut self, part: &'static str) -> Self {
        self.detail_mut().part = Some(part);
        self
    }

    /// The first step that is said stays.
    #[cfg(feature = "jose")]
    pub(crate) fn in_step(mut self, step: &'static str) -> Self {
        self.detail_mut().step.get_or_insert(step);
        self
    }

    #[cfg(feature = "jose")]
    pub(crate) fn with_difference(mut self, expected: &str, received: &str) -> Self {
        self.detail_mut().difference = Some((shown(expected), shown(received)));
        self
    }

    fn detail_mut(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// Shortened to [`SHOWN`] characters, control and invisible characters escaped.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        if is_plain(character) && character != '`' {
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

/// Whether a character stays on its line and is seen: no control, no line or paragraph separator, nothing that is invisible
/// or turns the direction of writing (Unicode TR36 §2.1, general category Cf).
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.meaning())?;
        if let Some(part) = self.part() {
            write!(f, ": {part}")?;
        }
        if let Some(tool) = self.tool() {
            write!(f, ": tool `{tool}`")?;
        }
        if let Some(argument) = self.argument() {
            write!(f, ", argument `{argument}`")?;
        }
        if let Some(limit) = self.limit() {
            write!(f, ": the limit is {limit}")?;
        }
        if let Some((expected, received)) = self.expected().zip(self.received()) {
            write!(f, ": expected `{expected}`, received `{received}`")?;
        }
        match (self.link, self.step()) {
            (Some(link), Some(step)) => write!(f, " (link {link}, step {step})"),
            (Some(link), None) => write!(f, " (link {link})"),
            (None, Some(step)) => write!(f, " (step {step})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({}: {self})", self.code.as_str())
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    #[test]
    fn names_are_escaped_and_shortened() {
        let refusal =
            Refusal::new(Code::ToolNotGranted).at(1).with_tool(&format!("a\nb\u{202e}{}", "x".repeat(200)));
        let text = refusal.to_string();
        assert!(text.starts_with("a link does not grant the tool: tool `a\\u{a}b\\u{202e}xxx"), "{text}");
        assert!(text.ends_with("…` (link 1)"), "{text}");
        assert!(!text.contains('\n'));
    }
}
