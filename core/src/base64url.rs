//! base64url without padding (RFC 4648 §5), in its one form.
//!
//! Hashes are taken over the text, so a second text for the same bytes would be a second name: padding, other characters
//! and left-over bits are refused (RFC 7515 §2, RFC 4648 §3.5).

use alloc::string::String;
#[cfg(feature = "jose")]
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| chunk.get(index).copied().unwrap_or_default();
        let (a, b, c) = (byte(0), byte(1), byte(2));
        let sextets = [a >> 2, (a & 0x03) << 4 | b >> 4, (b & 0x0f) << 2 | c >> 6, c & 0x3f];
        let letters = sextets.iter().take(chunk.len().saturating_add(1));
        out.extend(
            letters.filter_map(|sextet| ALPHABET.get(usize::from(*sextet))).map(|letter| char::from(*letter)),
        );
    }
    out
}

/// The bytes of `text`, if it is the text of any.
#[cfg(feature = "jose")]
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len().div_ceil(4).saturating_mul(3));
    let mut quads = text.as_bytes().chunks_exact(4);
    for quad in &mut quads {
        let [a, b, c, d] = quad else { return None };
        let [a, b, c, d] = [sextet(*a), sextet(*b), sextet(*c), sextet(*d)];
        if (a | b | c | d) & NONE != 0 {
            return None;
        }
        out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    match *quads.remainder() {
        [] => {}
        [a, b] => match [sextet(a), sextet(b)] {
            [a, b] if (a | b) & NONE == 0 && b & 0x0f == 0 => out.push(a << 2 | b >> 4),
            _ => return None,
        },
        [a, b, c] => match [sextet(a), sextet(b), sextet(c)] {
            [a, b, c] if (a | b | c) & NONE == 0 && c & 0x03 == 0 => {
                out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2]);
            }
            _ => return None,
        },
        _ => return None,
    }
    Some(out)
}

/// Marks what stands for no sextet.
#[cfg(feature = "jose")]
const NONE: u8 = 0x80;

#[cfg(feature = "jose")]
fn sextet(letter: u8) -> u8 {
    SEXTETS.get(usize::from(letter)).copied().unwrap_or(NONE)
}

/// What each letter stands for.
#[cfg(feature = "jose")]
static SEXTETS: [u8; 256] = sextets();

#[cfg(feature = "jose")]
#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "computed by the compiler, which fails on any index or sum out of range"
)]
const fn sextets() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut index = 0;
    while index < ALPHABET.len() {
        table[ALPHABET[index] as usize] = index as u8;
        index += 1;
    }
    table
}

#[cfg(all(test, feature = "jose"))]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("\u{3ff}\u{3ff}", "z7_Pvw"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        let all: Vec<u8> = (0..=255).collect();
        for length in 0..=all.len() {
            assert_eq!(decode(&encode(&all[..length])).unwrap(), all[..length]);
        }
    }

    #[test]
    fn there_is_no_second_text() {
        for text in [
            "Zg==", "Zg=", "Zh", "Zm9", "Zm8=", "Z", "Zm9vY", "Zm9v+g", "Zm9v/g", "Zm 9v", "Zm9v\n", "Zm9vé",
            "====", "Zg\0\0",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
        for last in 0..=127_u8 {
            let letter = char::from(last);
            let text: String = ['Z', letter].iter().collect();
            assert_eq!(decode(&text).is_some(), "AQgw".contains(letter), "{text:?}");
        }
    }
}
