//! A JSON number that means the same before and after it was a double.
//!
//! AAT-02 §3.4 admits a number when its text denotes exactly what RFC 8785 would write for the
//! nearest double. After the conversion the loss is invisible, so it is judged here, on the text.

mod decimal;

use crate::Code;
use core::cmp::Ordering;
use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};
use decimal::Decimal;

/// A finite double, never negative zero.
///
/// Equality and order are those of the numeric value. [`Display`](fmt::Display) writes the
/// RFC 8785 form, which is that of ECMAScript's `Number::toString`.
#[derive(Clone, Copy)]
pub struct Number(f64);

/// The largest integer that a double keeps apart from its neighbours, 2^53 - 1, and so the largest that is written as
/// an integer in both encodings (SPEC 3, RFC 8785 §3.2.2.3).
pub(crate) const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

impl Number {
    /// Reads a number in JSON's grammar.
    ///
    /// # Errors
    /// `json.bad` when it is not one; `json.inexact_number` when it is one that a double does
    /// not hold as written, such as `9007199254740993`, `1.00000000000000001` or `1e400`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        match Written::read(text.as_bytes())? {
            (written, []) => written.to_number(),
            _ => Err(Code::BadJson),
        }
    }

    /// Takes a double; negative zero becomes zero.
    ///
    /// # Errors
    /// `json.inexact_number` for infinities and NaN.
    pub fn from_f64(value: f64) -> Result<Self, Code> {
        if !value.is_finite() {
            return Err(Code::InexactNumber);
        }
        // Negative zero is the one finite value whose bits differ from those of its equal.
        Ok(if value.to_bits() == (-0.0_f64).to_bits() { Self(0.0) } else { Self(value) })
    }

    /// Takes an integer that JSON can carry.
    ///
    /// # Errors
    /// `json.inexact_number` when the integer as written is not what RFC 8785 writes for its
    /// nearest double: beyond 2^53 that is most of them.
    pub fn from_integer(value: i64) -> Result<Self, Code> {
        if value.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs() {
            return Ok(Self(to_double(value)));
        }
        let mut text = Ascii::default();
        write!(text, "{value}").map_err(|_| Code::InexactNumber)?;
        Self::parse(text.as_str())
    }

    /// The value as a double.
    pub const fn as_f64(self) -> f64 {
        self.0
    }

    /// The first byte of the encoding (SPEC 3), as far as it tells the kind of number: an integer from 0 up, one below, a
    /// half, single or double.
    pub(super) fn kind(self) -> u8 {
        match self.as_integer() {
            Some(0..) => 0x00,
            Some(_) => 0x20,
            None => 0xe0 | shortest_float(self.0),
        }
    }

    /// The order of the encodings. Within one kind that is the order of the bits: of the magnitude, below zero too, and
    /// with the fractions below zero after those above.
    pub(super) fn encoding_order(self, other: Self) -> Ordering {
        (self.kind(), self.0.to_bits()).cmp(&(other.kind(), other.0.to_bits()))
    }

    /// The value as an integer, if it is one within ±(2^53 - 1).
    pub fn as_integer(self) -> Option<i64> {
        let whole = to_integer(self.0);
        let same = to_double(whole).to_bits() == self.0.to_bits();
        (same && whole.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs()).then_some(whole)
    }
}

/// The additional information (25, 26 or 27) of the shortest CBOR float that keeps `value`, which is finite.
pub(crate) fn shortest_float(value: f64) -> u8 {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i64::try_from((bits >> 52) & 0x7ff).map_or(i64::MAX, |biased| biased.saturating_sub(1023));
    if fits(fraction, exponent, 10, 15) {
        25
    } else if fits(fraction, exponent, 23, 127) {
        26
    } else {
        27
    }
}

/// Whether a number with this 52-bit fraction and exponent fits a binary format with `precision` fraction bits and
/// exponents up to `top`, subnormal numbers included.
fn fits(fraction: u64, exponent: i64, precision: i64, top: i64) -> bool {
    let least_normal = 1_i64.saturating_sub(top);
    // A subnormal target loses one bit of fraction for every step below its least normal exponent.
    let lost = least_normal.saturating_sub(exponent).max(0);
    let kept = precision.saturating_sub(lost);
    exponent <= top && kept >= 0 && i64::from(fraction.trailing_zeros()) >= 52_i64.saturating_sub(kept)
}

#[expect(clippy::as_conversions, reason = "saturates by definition; every caller compares the way back")]
const fn to_integer(value: f64) -> i64 {
    value as i64
}

#[expect(clippy::as_conversions, reason = "exact below 2^53; callers stay there or compare bits")]
const fn to_double(value: i64) -> f64 {
    value as f64
}

/// A number as it is written: in JSON's grammar, and not judged yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    negative: bool,
    whole: &'a [u8],
    /// Empty when there is none.
    fraction: &'a [u8],
    exponent: Option<i64>,
}

impl<'a> Written<'a> {
    /// Splits off the number at the front of `text`; gives it and what follows it.
    pub(super) fn read(text: &'a [u8]) -> Result<(Self, &'a [u8]), Code> {
        let (negative, rest) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text),
        };
        let (whole, rest) = split_digits(rest);
        if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
            return Err(Code::BadJson);
        }
        let (fraction, rest) = match rest.split_first() {
            Some((b'.', after)) => some_digits(after)?,
            _ => (&[][..], rest),
        };
        let (exponent, rest) = match rest.split_first() {
            Some((b'e' | b'E', after)) => read_exponent(after).map(|(size, rest)| (Some(size), rest))?,
            _ => (None, rest),
        };
        Ok((Self { negative, whole, fraction, exponent }, rest))
    }

    /// The number, if a double holds it as written.
    pub(crate) fn to_number(self) -> Result<Number, Code> {
        // The common case: up to 15 digits are below 2^53 and need no second look.
        if self.fraction.is_empty() && self.exponent.is_none() && self.whole.len() <= 15 {
            let value = to_double(saturating_integer(self.whole));
            return Number::from_f64(if self.negative { -value } else { value });
        }
        let exponent = self.exponent.unwrap_or_default();
        match Decimal::written(self.negative, self.whole, self.fraction, exponent)? {
            Some(decimal) => decimal.to_number(),
            None => Ok(Number(0.0)),
        }
    }

    /// The integer, if it is written as one: without fraction and exponent, and zero without a sign. What an `i64` cannot
    /// hold becomes the nearest that it can.
    #[cfg(feature = "jose")]
    pub(crate) fn to_integer(self) -> Option<i64> {
        if !self.fraction.is_empty() || self.exponent.is_some() || (self.negative && self.whole == b"0") {
            return None;
        }
        let size = saturating_integer(self.whole);
        Some(if self.negative { size.saturating_neg() } else { size })
    }
}

fn read_exponent(text: &[u8]) -> Result<(i64, &[u8]), Code> {
    let (negative, rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (digits, rest) = some_digits(rest)?;
    let size = saturating_integer(digits);
    Ok((if negative { size.saturating_neg() } else { size }, rest))
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn some_digits(text: &[u8]) -> Result<(&[u8], &[u8]), Code> {
    match split_digits(text) {
        ([], _) => Err(Code::BadJson),
        found => Ok(found),
    }
}

fn saturating_integer(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |value: i64, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit.saturating_sub(b'0')))
    })
}

/// A few characters without the heap.
#[derive(Default)]
struct Ascii {
    bytes: [u8; 32],
    length: usize,
}

impl Ascii {
    fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Write for Ascii {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.saturating_add(text.len());
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(integer) = self.as_integer() {
            return write!(f, "{integer}");
        }
        let decimal = Decimal::shortest(self.0);
        if decimal.negative {
            f.write_char('-')?;
        }
        let mut text = Ascii::default();
        write!(text, "{}", decimal.digits)?;
        let digits = text.as_str();
        // The value is 0.digits × 10^place.
        let place = decimal.exponent.saturating_add(i64::try_from(digits.len()).unwrap_or(0));
        let point = usize::try_from(place).unwrap_or(0);
        let below = usize::try_from(place.saturating_neg()).unwrap_or(0);
        match place {
            // ECMA-262 Number::toString, steps 6 to 10, with its n as `point`.
            1..=21 if digits.len() <= point => {
                f.write_str(digits)?;
                write_zeros(f, point.saturating_sub(digits.len()))
            }
            1..=21 => {
                let (whole, fraction) = digits.split_at_checked(point).unwrap_or((digits, ""));
                write!(f, "{whole}.{fraction}")
            }
            -5..=0 => {
                f.write_str("0.")?;
                write_zeros(f, below)?;
                f.write_str(digits)
            }
            _ => {
                let (first, others) = digits.split_at_checked(1).unwrap_or((digits, ""));
                f.write_str(first)?;
                if !others.is_empty() {
                    write!(f, ".{others}")?;
                }
                write!(f, "e{:+}", place.saturating_sub(1))
            }
        }
    }
}

fn write_zeros(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    (0..count).try_for_each(|_| f.write_char('0'))
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

// Neither NaN nor negative zero occurs, so bits, total order and numeric value agree.

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests;
