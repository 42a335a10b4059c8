//! Signed notes: a text and the signatures under it (C2SP signed-note v1.0.0).

use super::{VerifierKey, verifier_key::is_key_name};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::fmt;

/// The most signatures a note may carry; the specification wants at least 16 accepted.
pub const MAX_SIGNATURES: usize = 64;
/// The longest note, in bytes: its text and [`MAX_SIGNATURES`] signatures, a few of them post-quantum (5 kB each).
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

/// The type byte of Ed25519 keys and signatures.
pub(super) const ED25519: u8 = 1;

/// What every signature line begins with: an em dash and a space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// A text that waits for a signature made elsewhere.
#[derive(Clone, Debug)]
pub struct PreparedNote {
    text: String,
    key: VerifierKey,
}

impl PreparedNote {
    /// Prepares `text` for a signature by `key`.
    ///
    /// # Errors
    /// `note.malformed` when the text does not end in a newline, or holds another control character; `note.too_large`.
    pub fn new(text: String, key: VerifierKey) -> Result<Self, NoteError> {
        if text.len() > MAX_NOTE_BYTES / 2 {
            return Err(NoteError::TooLarge);
        }
        if !text.ends_with('\n') || has_control(&text) {
            return Err(NoteError::Malformed);
        }
        Ok(Self { text, key })
    }

    /// The bytes to sign with Ed25519: the text with its last newline.
    pub const fn to_be_signed(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The key whose signature is awaited.
    pub const fn signer(&self) -> &VerifierKey {
        &self.key
    }

    /// The note.
    ///
    /// # Errors
    /// `note.bad_signature` when it is not the signer's over these bytes: nothing leaves that nobody could verify.
    pub fn finish(self, signature: &[u8; 64]) -> Result<String, NoteError> {
        let Self { text, key } = self;
        key.public_key().verify(text.as_bytes(), signature).map_err(|_| NoteError::BadSignature)?;
        let signature: Vec<u8> = key.id().iter().chain(signature).copied().collect();
        Ok(format!("{text}\n{SIGNATURE_MARK}{} {}\n", key.name(), BASE64_STANDARD.encode(signature)))
    }
}

/// A note that at least one known key signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedNote {
    text: String,
    signers: Vec<VerifierKey>,
}

impl OpenedNote {
    /// What was signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The known keys that signed it, in the order of their signatures; never empty.
    pub fn signers(&self) -> &[VerifierKey] {
        &self.signers
    }
}

/// Opens a note. Signatures by keys other than `known` are ignored, as the specification demands; every one by a known key must
/// hold.
///
/// # Errors
/// `note.too_large`; `note.malformed`; `note.bad_signature` when one by a known key does not hold; `note.duplicate_signature`
/// when a known key signed twice; `note.unsigned` when none is by a known key.
pub fn open(note: &[u8], known: &[VerifierKey]) -> Result<OpenedNote, NoteError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge);
    }
    let note = std::str::from_utf8(note).map_err(|_| NoteError::Malformed)?;
    if has_control(note) {
        return Err(NoteError::Malformed);
    }
    // The last empty line parts the two: the text may hold empty lines, the signatures may not.
    let (text, _) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
    let (text, rest) = note.split_at_checked(text.len().saturating_add(1)).ok_or(NoteError::Malformed)?;
    let lines =
        rest.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n')).ok_or(NoteError::Malformed)?;
    let mut signers: Vec<VerifierKey> = Vec::new();
    for (number, line) in lines.split('\n').enumerate() {
        if number >= MAX_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        let line = SignatureLine::parse(line).ok_or(NoteError::Malformed)?;
        let Some(key) = known.iter().find(|key| line.is_by(key)) else { continue };
        if signers.iter().any(|signer| line.is_by(signer)) {
            return Err(NoteError::DuplicateSignature);
        }
        let holds = key.public_key().verify(text.as_bytes(), &line.signature);
        holds.map_err(|_| NoteError::BadSignature)?;
        signers.push(key.clone());
    }
    if signers.is_empty() {
        return Err(NoteError::Unsigned);
    }
    Ok(OpenedNote { text: text.to_owned(), signers })
}

/// One line under the text, by whomever.
struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl<'a> SignatureLine<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
        let bytes = BASE64_STANDARD.decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        let is_line = is_key_name(name) && !signature.is_empty();
        is_line.then(|| Self { name, id: *id, signature: signature.to_vec() })
    }

    /// Name and id together name a key; one of them alone does not.
    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == *key.id()
    }
}

/// Whether there is an ASCII control character other than a newline.
fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

/// Why a note, a key or a checkpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteError {
    /// Longer, or with more signatures, than a note may be.
    TooLarge,
    /// Not a signed note.
    Malformed,
    /// The text form of a key, or its name, is not one.
    BadKey,
    /// The signature of a known key does not hold.
    BadSignature,
    /// A known key signed twice.
    DuplicateSignature,
    /// No known key signed.
    Unsigned,
    /// The text is not a checkpoint.
    NotCheckpoint,
    /// The checkpoint is of another log than its signer's.
    WrongOrigin,
}

impl NoteError {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "note.too_large",
            Self::Malformed => "note.malformed",
            Self::BadKey => "note.bad_key",
            Self::BadSignature => "note.bad_signature",
            Self::DuplicateSignature => "note.duplicate_signature",
            Self::Unsigned => "note.unsigned",
            Self::NotCheckpoint => "note.not_checkpoint",
            Self::WrongOrigin => "note.wrong_origin",
        }
    }
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the note is too long or has too many signatures",
            Self::Malformed => "not a signed note",
            Self::BadKey => "not an Ed25519 verifier key with a valid name and id",
            Self::BadSignature => "the signature of a known key does not hold",
            Self::DuplicateSignature => "a known key signed twice",
            Self::Unsigned => "no known key signed the note",
            Self::NotCheckpoint => "the text is not a checkpoint",
            Self::WrongOrigin => "no key of the log the checkpoint names signed it",
        })
    }
}

impl std::error::Error for NoteError {}

#[cfg(test)]
mod tests;
