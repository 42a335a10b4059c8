//! The host's clock and randomness, the only ones in the house.

use crate::Failure;
use keybound::{Random, SigningKey, UnixTime};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the host's clock says.
///
/// # Errors
/// [`Failure::Host`] when the clock stands before 1970. In a JavaScript host the time comes from JavaScript instead.
pub fn now() -> Result<UnixTime, Failure> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| Failure::Host("the clock stands before 1970".to_owned()))?;
    Ok(UnixTime::new(since.as_secs())?)
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    type Error = Failure;

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        getrandom::fill(bytes).map_err(|error| Failure::Host(format!("no randomness: {error}")))
    }
}

/// A fresh key.
///
/// # Errors
/// [`Failure::Host`] when the host has no randomness to give.
pub fn generate_key() -> Result<SigningKey, Failure> {
    SigningKey::generate(&mut OsRandom)
}
