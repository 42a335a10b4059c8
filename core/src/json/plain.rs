//! How far a JSON string goes on without anything special.

const WORD: usize = size_of::<u64>();

/// One byte in every place of a word.
const fn everywhere(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

const HIGH: u64 = everywhere(0x80);

/// The number of bytes before the first quote, backslash or control character; all of them when there is none. Eight at a
/// time: most of what is read and written is the inside of strings.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let words = bytes.chunks_exact(WORD).take_while(|chunk| is_plain(chunk)).count();
    let sure = words.saturating_mul(WORD);
    let rest = bytes.get(sure..).unwrap_or_default();
    sure.saturating_add(rest.iter().position(is_special).unwrap_or(rest.len()))
}

/// Whether none of eight bytes is special. A byte is below `n` when taking `n` from it sets its high bit and it had none; a
/// byte that is special may make the next ones look so, which only costs a second look.
fn is_plain(chunk: &[u8]) -> bool {
    let Ok(word) = chunk.try_into().map(u64::from_ne_bytes) else { return false };
    let below = |word: u64, n: u8| word.wrapping_sub(everywhere(n)) & !word & HIGH;
    let equals = |byte: u8| below(word ^ everywhere(byte), 1);
    below(word, 0x20) | equals(b'"') | equals(b'\\') == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_a_look_at_each_byte_finds() {
        let slow = |bytes: &[u8]| {
            bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len())
        };
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..200_000 {
            let mut bytes = [0_u8; 21];
            for byte in &mut bytes {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let any = u8::try_from(state >> 56).unwrap();
                // Mostly plain ones, or no run would be long.
                *byte = if round % 3 == 0 { any } else { (any % 0x60) | 0x20 };
            }
            for start in 0..8 {
                let bytes = bytes.get(start..).unwrap();
                assert_eq!(plain_run(bytes), slow(bytes), "{bytes:?}");
            }
        }
        for byte in 0..=255 {
            for at in 0..9 {
                let mut bytes = [b'a'; 9];
                bytes[at] = byte;
                assert_eq!(plain_run(&bytes), slow(&bytes), "{byte} at {at}");
            }
        }
    }
}
