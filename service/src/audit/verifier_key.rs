//! The public keys that sign checkpoints, in the text form of the C2SP ecosystem (C2SP signed-note v1.0.0, vkey).

use super::note::{ED25519, NoteError};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use keybound::PublicKey;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The longest text of a key: a name as long as a host name and a path, the id, and 44 characters of key.
const MAX_VKEY_BYTES: usize = 1024;

/// A key that signs notes: its name, and an Ed25519 public key. Prints as `name+hexid+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: PublicKey,
}

impl VerifierKey {
    /// Names a key. The name should be a URL without its scheme, and for a log its origin (C2SP tlog-checkpoint).
    ///
    /// # Errors
    /// `note.bad_key` when the name is empty, too long, or holds a space, a `+` or a control character.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::BadKey);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &key), key })
    }

    /// Reads `name+hexid+base64`. The id must be the one that follows from name and key.
    ///
    /// # Errors
    /// `note.bad_key`, also for a key of another kind than Ed25519.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > MAX_VKEY_BYTES {
            return Err(NoteError::BadKey);
        }
        // The base64 may hold more of them.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NoteError::BadKey)?;
        let Some((&ED25519, key)) = bytes.split_first() else { return Err(NoteError::BadKey) };
        let key = Self::new(name, PublicKey::from_bytes(key).map_err(|_| NoteError::BadKey)?)?;
        if key.hex_id() == id { Ok(key) } else { Err(NoteError::BadKey) }
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id: what tells keys of one name apart. It does not replace a look at the key.
    pub const fn id(&self) -> &[u8; 4] {
        &self.id
    }

    /// The public key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn hex_id(&self) -> String {
        self.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed: Vec<u8> = std::iter::once(ED25519).chain(self.key.as_bytes().iter().copied()).collect();
        write!(f, "{}+{}+{}", self.name, self.hex_id(), BASE64_STANDARD.encode(typed))
    }
}

/// C2SP signed-note: not empty, no Unicode space, no plus; a control character could not stand in a note.
pub(super) fn is_key_name(name: &str) -> bool {
    let is_allowed = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
    !name.is_empty() && name.chars().all(is_allowed)
}

/// SHA-256(name || 0x0A || 0x01 || public key), its first four bytes.
fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let hasher = Sha256::new_with_prefix(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes());
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::test_utils::Signer;

    /// Published keys of other implementations: the examples of C2SP signed-note and of the Go module that it grew from.
    const KNOWN: [&str; 4] = [
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    ];

    #[test]
    fn published_keys_read_and_print_as_they_are() {
        for text in KNOWN {
            assert_eq!(VerifierKey::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn no_part_of_a_key_is_a_key() {
        for text in KNOWN {
            for start in 0..text.len() {
                for end in start..=text.len() {
                    if end - start < text.len() {
                        assert_eq!(VerifierKey::parse(text.get(start..end).unwrap()), Err(NoteError::BadKey));
                    }
                }
            }
        }
    }

    #[test]
    fn a_changed_key_is_refused() {
        let text = KNOWN[0];
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] += 1;
            assert_eq!(
                VerifierKey::parse(std::str::from_utf8(&changed).unwrap()),
                Err(NoteError::BadKey),
                "{at}"
            );
        }
        for changed in [
            text.replace("c74f20a3", "C74F20A3"),
            format!("{text}="),
            format!(" {text}"),
            format!("{text}\n"),
            // Another type, with the right id for it left out: ECDSA, cosignature.
            text.replace("+AR", "+AB"),
            "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2".to_owned(),
        ] {
            assert_eq!(VerifierKey::parse(&changed), Err(NoteError::BadKey), "{changed}");
        }
    }

    #[test]
    fn names_are_checked() {
        let key = Signer::from_seed([3; 32]).public;
        assert!(VerifierKey::new("audit.example/größe", key.clone()).is_ok());
        for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb", "a\u{0}b", "a\u{7f}"] {
            assert_eq!(VerifierKey::new(name, key.clone()), Err(NoteError::BadKey), "{name:?}");
        }
        let long = VerifierKey::new(&"n".repeat(2000), key).unwrap();
        assert_eq!(VerifierKey::parse(&long.to_string()), Err(NoteError::BadKey));
    }
}
