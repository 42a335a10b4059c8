//! A tenant's secrets in one file that only its owner can read.
//!
//! It is made at the first start. Rotating writes a new file beside it and renames it over the old one, so that a reader sees one
//! or the other; a running service notices within a second.

use super::Purpose;
use crate::{hex, random::Randomness};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write as _},
    path::Path,
};
use zeroize::{Zeroize as _, Zeroizing};

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    version: u32,
    /// What pseudonyms are made with. Erasing it makes every user of the log anonymous.
    pub(super) pseudonyms: Secret,
    /// What DPoP nonces are made with; the same on every node.
    pub(super) nonces: Secret,
    pub(super) keys: BTreeMap<Purpose, Vec<Entry>>,
}

/// A signing key and its time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) seed: Secret,
    pub(super) state: State,
    pub(super) created: u64,
    /// For a retired key: until when what it signed may still be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<u64>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Published, so that verifiers know it before it signs.
    Next,
    /// Signs.
    Active,
    /// Published until what it signed has expired.
    Retired,
}

/// 32 bytes in base64url.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret {
    fn generate(random: &dyn Randomness) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self(BASE64URL.encode(*bytes)))
    }

    pub(super) fn bytes(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let bytes = Zeroizing::new(BASE64URL.decode(&self.0).unwrap_or_default());
        bytes
            .as_slice()
            .try_into()
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Content("a secret is not 32 bytes"))
    }
}

/// Seconds after which nothing a key signed is valid any more: the longest token, the longest session's status list, and the
/// verifiers' skew.
const OVERLAP: u64 = 3600 + 60;

const VERSION: u32 = 1;

impl KeyFile {
    /// Fresh secrets: for each purpose a key that signs and the one that comes next.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate(random: &dyn Randomness, now: u64) -> Result<Self, KeyError> {
        let mut keys = BTreeMap::new();
        for purpose in Purpose::ALL {
            let entries = [State::Active, State::Next].map(|state| Entry::generate(random, state, now));
            keys.insert(*purpose, entries.into_iter().collect::<Result<_, _>>()?);
        }
        Ok(Self {
            version: VERSION,
            pseudonyms: Secret::generate(random)?,
            nonces: Secret::generate(random)?,
            keys,
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyError`]; also when others than the owner could read it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        check_mode(path)?;
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let file: Self =
            serde_json::from_str(&text).map_err(|_| KeyError::Content("it is not a file of keys"))?;
        if file.version != VERSION {
            return Err(KeyError::Content("it is of another version"));
        }
        Ok(file)
    }

    /// Reads the file, or makes it when there is none. Of two that start at once, one makes it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn read_or_make(path: &Path, random: &dyn Randomness, now: u64) -> Result<Self, KeyError> {
        if !path.exists() {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            Self::generate(random, now)?.publish(path, random)?;
        }
        Self::read(path)
    }

    /// Writes the file elsewhere and gives it its name when it is whole, so that a node which starts in the same instant reads
    /// all of it or makes its own. The name is only given when nobody has it yet.
    fn publish(&self, path: &Path, random: &dyn Randomness) -> Result<(), KeyError> {
        let mut unique = [0; 8];
        random.fill(&mut unique).map_err(|error| KeyError::Random(error.to_string()))?;
        let beside = path.with_extension(format!("{}.new", hex::encode(&unique)));
        self.write_new(&beside)?;
        let named = match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // A file system without links: whoever starts in the same instant may have to start again.
            Err(_) => match self.write_new(path) {
                Err(KeyError::Io(error)) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            },
            Ok(()) => Ok(()),
        };
        fs::remove_file(&beside)?;
        named
    }

    /// Lets the next key of each purpose sign, and makes another one to come next. What the keys before signed stays valid until
    /// it expires.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn rotate(&mut self, random: &dyn Randomness, now: u64) -> Result<(), KeyError> {
        self.turn(random, now, Some(now.saturating_add(OVERLAP)))
    }

    /// The same at once and without mercy: every key is withdrawn, and nothing one of them signed is published as valid. The next
    /// keys go too, since they were in the same file, and so does the secret of nonces. The secret of pseudonyms stays: without
    /// it, nobody would find a user in the log any more.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn replace(&mut self, random: &dyn Randomness, now: u64) -> Result<(), KeyError> {
        self.nonces = Secret::generate(random)?;
        self.turn(random, now, None)
    }

    fn turn(&mut self, random: &dyn Randomness, now: u64, until: Option<u64>) -> Result<(), KeyError> {
        for purpose in Purpose::ALL {
            let entries = self.keys.entry(*purpose).or_default();
            entries.retain(|entry| match (entry.state, until) {
                (_, None) => false,
                (State::Next | State::Active, Some(_)) => true,
                (State::Retired, Some(_)) => entry.until.is_some_and(|until| until > now),
            });
            for entry in entries.iter_mut() {
                match entry.state {
                    State::Active => (entry.state, entry.until) = (State::Retired, until),
                    State::Next => entry.state = State::Active,
                    State::Retired => {}
                }
            }
            if !entries.iter().any(|entry| entry.state == State::Active) {
                entries.push(Entry::generate(random, State::Active, now)?);
            }
            entries.push(Entry::generate(random, State::Next, now)?);
        }
        Ok(())
    }

    /// Puts this in the place of the file.
    ///
    /// # Errors
    /// [`KeyError::Io`]: the file is then as it was.
    pub fn write_over(&self, path: &Path) -> Result<(), KeyError> {
        let beside = path.with_extension("new");
        if beside.exists() {
            fs::remove_file(&beside)?;
        }
        self.write_new(&beside)?;
        Ok(fs::rename(beside, path)?)
    }

    fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let text = serde_json::to_string_pretty(self).map(Zeroizing::new);
        let text = text.map_err(|_| KeyError::Content("it cannot be written"))?;
        let mut file = owner_only().create_new(true).open(path)?;
        file.write_all(text.as_bytes())?;
        Ok(file.sync_all()?)
    }
}

impl Entry {
    fn generate(random: &dyn Randomness, state: State, now: u64) -> Result<Self, KeyError> {
        Ok(Self { seed: Secret::generate(random)?, state, created: now, until: None })
    }
}

#[cfg(unix)]
fn owner_only() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn owner_only() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    options
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(KeyError::Content("others than its owner can read it: chmod 600"))
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// Why the keys are not there. Nothing of a secret is in it.
#[derive(Debug)]
pub enum KeyError {
    /// The file system said so.
    Io(io::Error),
    /// The file is not what it should be.
    Content(&'static str),
    /// There is no randomness to be had.
    Random(String),
}

impl From<io::Error> for KeyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the file of keys: {error}"),
            Self::Content(problem) => write!(f, "the file of keys: {problem}"),
            Self::Random(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for KeyError {}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFile(..)")
    }
}
