//! Numbers from languages that have only doubles.

use crate::Failure;

/// A whole number of seconds, bytes or links that a language hands over as a double.
///
/// # Errors
/// [`Failure::Misuse`] naming `parameter` unless it is an integer from 0 to 2^53-1.
pub fn whole(value: f64, parameter: &str) -> Result<u64, Failure> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    if !(0.0..=MAX_SAFE).contains(&value) || value.fract() != 0.0 {
        return Err(Failure::misuse(parameter, "be an integer from 0 to 2^53-1"));
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an integer from 0 to 2^53-1 converts exactly"
    )]
    Ok(value as u64)
}
