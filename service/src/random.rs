//! Where randomness comes from.

use keybound::Random;
use keybound_bindings::{Failure, OsRandom};

/// Unpredictable bytes, as an argument of the service's state.
pub trait Randomness: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// [`Failure::Host`]: nothing of `bytes` may be used then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Failure>;
}

impl Randomness for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Failure> {
        Random::fill(&mut Self, bytes)
    }
}

/// A source as core takes it.
pub struct AsRandom<'a>(pub &'a dyn Randomness);

impl Random for AsRandom<'_> {
    type Error = Failure;

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        self.0.fill(bytes)
    }
}
