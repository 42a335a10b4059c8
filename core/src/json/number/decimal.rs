//! Decimal digits and doubles, each from the other.
//!
//! Both ways go through the shortest form, which is exact integer arithmetic after Giulietti's Schubfach ("The Schubfach
//! way to render doubles", 2021). `core` can do both too; its tables and its several methods are a fifth of the whole
//! Wasm module, and of two shortest forms equally near it takes the upper one where ECMAScript takes the even one.

use super::{Number, to_double};
use crate::Code;

/// A non-zero decimal: ±digits × 10^exponent, where the digits do not end in 0. One decimal, one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) negative: bool,
    /// Below 10^17.
    pub(super) digits: u64,
    pub(super) exponent: i64,
}

/// No shortest form of a double has more digits (IEEE 754: 53 bits need at most 17).
const MAX_DIGITS: u32 = 17;

/// Every decimal below this, that is of at most 15 digits, is its double's shortest form: no other one of them has the same.
const SAFE_DIGITS: u64 = 1_000_000_000_000_000;

/// 10^22 is the last power of ten that a double holds.
const EXACT_POWER: u64 = 22;

impl Decimal {
    /// What a text denotes; `None` for zero.
    ///
    /// # Errors
    /// `json.inexact_number` as soon as it has more digits than the shortest form of any double.
    pub(super) fn written(
        negative: bool,
        whole: &[u8],
        fraction: &[u8],
        exponent: i64,
    ) -> Result<Option<Self>, Code> {
        let mut digits: u64 = 0;
        let mut length: u32 = 0;
        let mut zeros: u32 = 0;
        let mut leading: i64 = 0;
        for &digit in whole.iter().chain(fraction) {
            if digit == b'0' {
                // Zeros count only once another digit follows; those in front move the point.
                if length == 0 {
                    leading = leading.saturating_add(1);
                } else {
                    zeros = zeros.saturating_add(1);
                }
                continue;
            }
            length = length.saturating_add(zeros).saturating_add(1);
            if length > MAX_DIGITS {
                return Err(Code::InexactNumber);
            }
            let room = 10_u64.saturating_pow(zeros.saturating_add(1));
            digits = digits.saturating_mul(room).saturating_add(digit.saturating_sub(b'0').into());
            zeros = 0;
        }
        if length == 0 {
            return Ok(None);
        }
        let whole = i64::try_from(whole.len()).map_err(|_| Code::InexactNumber)?;
        // Saturation is harmless: no input is long enough to bring such an exponent back.
        let point = exponent.saturating_add(whole.saturating_sub(leading));
        Ok(Some(Self { negative, digits, exponent: point.saturating_sub(length.into()) }))
    }

    /// The nearest double, if its shortest form is this decimal.
    pub(super) fn to_number(self) -> Result<Number, Code> {
        let value = self.exactly().or_else(|| self.nearby()).ok_or(Code::InexactNumber)?;
        Ok(Number(if self.negative { -value } else { value }))
    }

    /// The common case: few digits and a small exponent. Both factors are exact, so the result is the nearest double.
    fn exactly(&self) -> Option<f64> {
        let digits = i64::try_from(self.digits).ok().filter(|_| self.digits < SAFE_DIGITS)?;
        let places = self.exponent.unsigned_abs();
        if places > EXACT_POWER {
            return None;
        }
        let power = (0..places).fold(1.0, |power, _| power * 10.0);
        Some(if self.exponent < 0 { to_double(digits) / power } else { to_double(digits) * power })
    }

    /// The double whose shortest form this is, looked for beside an estimate.
    fn nearby(self) -> Option<f64> {
        let estimate = self.estimate()?.to_bits();
        let wanted = Self { negative: false, ..self };
        [estimate, estimate.wrapping_sub(1), estimate.wrapping_add(1)]
            .into_iter()
            .map(f64::from_bits)
            .find(|value| value.is_finite() && *value > 0.0 && Self::shortest(*value) == wanted)
    }

    /// The magnitude, or one of the two doubles beside it.
    fn estimate(&self) -> Option<f64> {
        // The largest double is below 10^309, the smallest has 17 digits at most before 10^-340.
        let exponent =
            i32::try_from(self.exponent).ok().filter(|exponent| (-341..=308).contains(exponent))?;
        let zeros = self.digits.leading_zeros();
        let power = high(power_of_ten(exponent));
        let product = high(product(self.digits.wrapping_shl(zeros), power));
        let scale = log2_of_ten_to(exponent).wrapping_add(1).wrapping_sub_unsigned(zeros);
        // In two steps: a single power of two would leave the range of doubles before the result does.
        let half = scale >> 1;
        Some(rounded(product) * power_of_two(half)? * power_of_two(scale.wrapping_sub(half))?)
    }

    /// The shortest digits that `value`, finite and not zero, is read back from: those RFC 8785 writes.
    ///
    /// Everything is counted in quarters of a unit in the last place of `value`, then scaled so that candidates are integers.
    pub(super) fn shortest(value: f64) -> Self {
        let bits = value.abs().to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let field = i32::try_from(bits >> 52).unwrap_or_default();
        let (significand, exponent) =
            if field == 0 { (fraction, -1074) } else { (fraction | (1 << 52), field.wrapping_sub(1075)) };
        // Below a power of two doubles are closer together.
        let is_power_of_two = fraction == 0 && field > 1;
        // 10^place is the largest power of ten not above the distance of the neighbours' middles.
        let narrower = if is_power_of_two { 524_031 } else { 0 };
        let place = exponent.wrapping_mul(1_262_611).wrapping_sub(narrower) >> 22;
        let power = power_of_ten(place.wrapping_neg());
        let shift = exponent.wrapping_add(log2_of_ten_to(place.wrapping_neg())).wrapping_add(1);
        let scaled = |quarters: u64| scale_to_odd(power, quarters.wrapping_shl(shift.unsigned_abs()));

        let quarters = significand.wrapping_mul(4);
        // A middle itself is read as the even neighbour.
        let odd = significand & 1;
        let low = scaled(quarters.wrapping_sub(if is_power_of_two { 1 } else { 2 })).wrapping_add(odd);
        let high = scaled(quarters.wrapping_add(2)).wrapping_sub(odd);
        let exact = scaled(quarters);

        // One digit less, if one of the two such neighbours is between the middles: never are both.
        let short = exact / 40;
        let (below, above) = (short.wrapping_mul(40) >= low, short.wrapping_mul(40).wrapping_add(40) <= high);
        if short > 0 && below != above {
            return Self::stripped(value, short.wrapping_add(above.into()), place.wrapping_add(1));
        }
        // Else the nearer one of those that are, and of two equally near ones the even one.
        let long = exact / 4;
        let (below, above) = (long.wrapping_mul(4) >= low, long.wrapping_mul(4).wrapping_add(4) <= high);
        let middle = long.wrapping_mul(4).wrapping_add(2);
        let nearer_above = exact > middle || (exact == middle && long & 1 == 1);
        let up = if below == above { nearer_above } else { above };
        Self::stripped(value, long.wrapping_add(up.into()), place)
    }

    fn stripped(value: f64, mut digits: u64, exponent: i32) -> Self {
        let mut exponent = i64::from(exponent);
        while digits > 0 && digits.is_multiple_of(10) {
            digits /= 10;
            exponent = exponent.wrapping_add(1);
        }
        Self { negative: value.is_sign_negative(), digits, exponent }
    }
}

/// quarters × power / 2^128, where what is cut off leaves its mark in the last bit: more than nothing makes it odd.
fn scale_to_odd(power: u128, quarters: u64) -> u64 {
    let sum = product(high(power), quarters).wrapping_add(u128::from(high(product(low(power), quarters))));
    high(sum) | u64::from(low(sum) > 1)
}

/// The integer part of log2(10^exponent), for exponents within ±1,000.
const fn log2_of_ten_to(exponent: i32) -> i32 {
    exponent.wrapping_mul(1_741_647) >> 19
}

/// 2^exponent, if it is a normal double.
fn power_of_two(exponent: i32) -> Option<f64> {
    let field = u64::try_from(exponent.checked_add(1023)?).ok().filter(|field| (1..2047).contains(field))?;
    Some(f64::from_bits(field << 52))
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "rounding is what it is for")]
const fn rounded(value: u64) -> f64 {
    value as f64
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

#[expect(clippy::as_conversions, reason = "the upper half of 128 bits has 64")]
const fn high(value: u128) -> u64 {
    (value >> 64) as u64
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the lower half is what it is for"
)]
const fn low(value: u128) -> u64 {
    value as u64
}

/// The first 128 bits of 10^exponent, which is within -341 to 324; rounded up where there are more.
///
/// A test holds each one against the exact power. A table of them would take 10 KB that do not compress.
fn power_of_ten(exponent: i32) -> u128 {
    let mut power = Factor { high: 1 << 127, low: 0 };
    let mut square = if exponent < 0 { TENTH } else { TEN };
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            power = power.times(&square);
        }
        square = square.times(&square);
        left >>= 1;
    }
    // 5^55 is the last power of five below 2^128.
    let is_exact = (0..=55).contains(&exponent);
    power.high.wrapping_add(u128::from(!is_exact))
}

/// The first 192 bits of a number, beginning with a one: 64 more than are used, of which the errors of some ten
/// multiplications reach the last twelve.
struct Factor {
    high: u128,
    low: u64,
}

const TEN: Factor = Factor { high: 10 << 124, low: 0 };
const TENTH: Factor = Factor { high: 0xcccc_cccc_cccc_cccc_cccc_cccc_cccc_cccc, low: 0xcccc_cccc_cccc_cccc };

impl Factor {
    fn times(&self, other: &Self) -> Self {
        let (a, b, c) = (high(self.high), low(self.high), self.low);
        let (x, y, z) = (high(other.high), low(other.high), other.low);
        // Column by column from the right, without the two of which only a carry would be left.
        let (ay, bx) = (product(a, y), product(b, x));
        let third = [high(product(a, z)), high(product(b, y)), high(product(c, x)), low(ay), low(bx)];
        let third = third.into_iter().fold(0_u128, |sum, part| sum.wrapping_add(part.into()));
        let second = [high(ay), high(bx), high(third)];
        let first = second.into_iter().fold(product(a, x), |sum, part| sum.wrapping_add(part.into()));
        if first >> 127 == 1 {
            Self { high: first, low: low(third) }
        } else {
            Self { high: (first << 1) | (third >> 63) & 1, low: low(third) << 1 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String, vec, vec::Vec};

    /// A natural number, its least 32 bits first, as far as these tests need one.
    #[derive(Clone, PartialEq, Eq)]
    struct Natural(Vec<u32>);

    impl Natural {
        fn times(mut self, factor: u32) -> Self {
            let mut carry = 0;
            for limb in &mut self.0 {
                let sum = u64::from(*limb) * u64::from(factor) + carry;
                *limb = u32::try_from(sum & 0xffff_ffff).unwrap();
                carry = sum >> 32;
            }
            self.0.push(u32::try_from(carry).unwrap());
            while self.0.last() == Some(&0) {
                self.0.pop();
            }
            self
        }

        fn shifted(mut self, bits: u32) -> Self {
            self.0.splice(0..0, vec![0; usize::try_from(bits / 32).unwrap()]);
            self.times(1 << (bits % 32))
        }

        fn of(value: u128) -> Self {
            Self((0..4).map(|limb| u32::try_from((value >> (32 * limb)) & 0xffff_ffff).unwrap()).collect())
                .times(1)
        }

        fn of_five_to(exponent: u32) -> Self {
            (0..exponent).fold(Self(vec![1]), |power, _| power.times(5))
        }

        fn times_wide(&self, factor: u128) -> Self {
            let mut limbs = vec![0_u64; self.0.len() + 6];
            for (place, part) in Self::of(factor).0.into_iter().enumerate() {
                for (offset, limb) in self.clone().times(part).0.into_iter().enumerate() {
                    limbs[place + offset] += u64::from(limb);
                }
            }
            let mut carry = 0;
            let out = limbs.into_iter().map(|limb| {
                let sum = limb + carry;
                carry = sum >> 32;
                u32::try_from(sum & 0xffff_ffff).unwrap()
            });
            Self(out.collect()).times(1)
        }

        fn bits(&self) -> u32 {
            u32::try_from(self.0.len()).unwrap() * 32 - self.0.last().map_or(0, |limb| limb.leading_zeros())
        }

        fn is_below(&self, other: &Self) -> bool {
            (self.0.len(), self.0.iter().rev().collect::<Vec<_>>())
                < (other.0.len(), other.0.iter().rev().collect::<Vec<_>>())
        }
    }

    #[test]
    fn every_power_of_ten_is_right_to_the_last_bit() {
        for exponent in -341..=324_i32 {
            let power = power_of_ten(exponent);
            assert_eq!(power >> 127, 1, "{exponent}");
            let five = Natural::of_five_to(exponent.unsigned_abs());
            if exponent >= 0 {
                // 5^exponent = power × 2^more, cut off or not.
                let (exact, scaled) = if five.bits() <= 128 {
                    (five.clone().shifted(128 - five.bits()), Natural::of(power))
                } else {
                    (five.clone(), Natural::of(power).shifted(five.bits() - 128))
                };
                if exponent <= 55 {
                    assert!(exact == scaled, "{exponent}");
                } else {
                    let below = Natural::of(power - 1).shifted(five.bits() - 128);
                    assert!(below.is_below(&exact) && exact.is_below(&scaled), "{exponent}");
                }
            } else {
                // power × 5^-exponent is the first such product above a power of two.
                let one = Natural(vec![1]).shifted(five.bits() + 127);
                assert!(five.times_wide(power - 1).is_below(&one), "{exponent}");
                assert!(one.is_below(&five.times_wide(power)), "{exponent}");
            }
            let bits = log2_of_ten_to(exponent);
            let expected = if exponent >= 0 {
                five.bits().cast_signed() - 1 + exponent
            } else {
                exponent - five.bits().cast_signed()
            };
            assert_eq!(bits, expected, "{exponent}");
        }
    }

    /// `core` as the second opinion: its shortest form has as many digits, is as near, and differs only in ties.
    fn agree(value: f64) {
        let own = Decimal::shortest(value);
        let text = format!("{}{}e{}", if own.negative { "-" } else { "" }, own.digits, own.exponent);
        assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
        assert_eq!(own.to_number().map(|number| number.as_f64().to_bits()), Ok(value.to_bits()), "{text}");
        let theirs = format!("{value:e}");
        let (digits, exponent) = theirs.split_once('e').unwrap();
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let exponent = exponent.parse::<i64>().unwrap() + 1 - i64::try_from(digits.len()).unwrap();
        let digits = digits.parse::<u64>().unwrap();
        // In a tie `core` takes the upper one.
        let is_even_one = own.digits.is_multiple_of(2) && digits == own.digits + 1;
        assert!(exponent == own.exponent && (digits == own.digits || is_even_one), "{text} {theirs}");
    }

    #[test]
    fn agrees_with_the_standard_library() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let bits = next();
            // Anything; a subnormal one; near a power of two; a decimal of few digits.
            let small = format!("{}e{}", bits % 100_000, (bits >> 32) % 600).parse::<f64>().unwrap();
            let tiny = format!("{}e-{}", bits % 100_000, (bits >> 32) % 330).parse::<f64>().unwrap();
            let edge = f64::from_bits((bits & (0x7ff << 52)).wrapping_add((bits % 5).wrapping_sub(2)));
            for value in [f64::from_bits(bits), f64::from_bits(bits >> 12), edge, small, tiny] {
                if value.is_finite() && value != 0.0 {
                    agree(value);
                }
            }
        }
        for field in 0..2047_u64 {
            for fraction in [0, 1, 2, (1 << 52) - 1, (1 << 52) - 2, 1 << 51] {
                if field + fraction > 0 {
                    agree(f64::from_bits((field << 52) | fraction));
                }
            }
        }
    }

    #[test]
    fn of_two_equally_near_the_even_one() {
        // 2^-44 is 5.6843418860808015e-14 exactly and 16 digits suffice, of which two are equally near.
        for (text, digits) in [
            ("5.6843418860808015e-14", 5_684_341_886_080_802),
            ("1424953923781206.25", 14_249_539_237_812_062),
        ] {
            let value = text.parse().unwrap();
            assert_eq!(Decimal::shortest(value).digits, digits);
            agree(value);
        }
    }

    #[test]
    fn what_is_no_shortest_form_is_no_number() {
        let decimal = |digits, exponent| Decimal { negative: false, digits, exponent }.to_number();
        for (digits, exponent) in [
            (9_007_199_254_740_993, 0),
            (10_000_000_000_000_001, -16),
            (17_976_931_348_623_159, 292),
            (1, 309),
            (1, -324),
            (3, -324),
            (5, -325),
            (49_406_564_584_124_654, -340),
            (1, i64::MAX),
            (1, i64::MIN),
            (99_999_999_999_999_999, 0),
        ] {
            assert_eq!(decimal(digits, exponent), Err(Code::InexactNumber), "{digits}e{exponent}");
        }
        for (digits, exponent) in
            [(5, -324), (1, 23), (17_976_931_348_623_157, 292), (22_250_738_585_072_014, -324)]
        {
            let text = format!("{digits}e{exponent}");
            assert_eq!(
                decimal(digits, exponent).unwrap().as_f64().to_bits(),
                text.parse::<f64>().unwrap().to_bits()
            );
        }
    }
}
