//! Bytes as lower-case hexadecimal.

use keybound::Digest;
use std::fmt::Write as _;

/// Two digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a `String` never fails.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// The bytes of lower-case digits; nothing for any other text.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None })
        .collect()
}

/// The bytes of lower-case digits, where they are as many as wanted.
pub fn array<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len().div_ceil(2) == N { decode(text)?.try_into().ok() } else { None }
}

/// The digest that lower-case digits spell.
pub fn digest(text: &str) -> Option<Digest> {
    array(text).map(Digest::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        assert_eq!(decode(&encode(&[0, 9, 0xab, 0xff])), Some(vec![0, 9, 0xab, 0xff]));
        assert_eq!(array("0009"), Some([0, 9]));
        assert_eq!((array::<2>("00"), array::<2>("000900")), (None, None));
        for text in ["0", "0g", "AB", "é1", " 0"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
