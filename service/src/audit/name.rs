//! The only free text a record may hold: short names in a closed set of characters.

use std::fmt;

/// The longest name, in bytes: room for a URL as audience, too little for a prompt.
pub const MAX_NAME_BYTES: usize = 512;

/// A name that may stand in a record: 1 to [`MAX_NAME_BYTES`] visible ASCII characters other than `"`, `\`, `<`, `>` and `@`.
///
/// So no name is an e-mail address, holds a space or a line break, or needs an escape in JSON. What a caller sent becomes a
/// name only where it was declared before, by [`crate::audit::Pseudonyms::declared_or_pseudonym`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name `text` is; `None` when it may not stand in a record.
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'@');
        let has_length = (1..=MAX_NAME_BYTES).contains(&text.len());
        (has_length && text.bytes().all(is_allowed)).then(|| Self(text.to_owned()))
    }

    /// A name made here, of characters that are allowed.
    pub(super) const fn made_here(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_things_pass_and_prose_does_not() {
        for text in [
            "fs.read",
            "https://mcp.example/tools?v=1#a",
            "spiffe://a.example/agent/o/t/i",
            "a",
            "proof.replayed",
        ] {
            assert_eq!(Name::parse(text).unwrap().as_str(), text);
        }
        assert!(Name::parse(&"a".repeat(MAX_NAME_BYTES)).is_some());
        for text in [
            "",
            "a b",
            "pay the bill",
            "ann@example.com",
            "a\nb",
            "a\tb",
            "\"a\"",
            "a\\b",
            "<a>",
            "größe",
            "a\u{0}",
            "a\u{7f}",
        ] {
            assert_eq!(Name::parse(text), None, "{text:?}");
        }
        assert_eq!(Name::parse(&"a".repeat(MAX_NAME_BYTES + 1)), None);
    }
}
