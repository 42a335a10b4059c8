//! HMAC-SHA-256 (RFC 2104, FIPS 198-1), for nonces that need no memory.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The block size of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The code of a message in parts, under a key of 32 bytes.
pub(crate) fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let mut inner = Sha256::new_with_prefix(padded(key, 0x36).as_slice());
    message.iter().for_each(|part| inner.update(part));
    Sha256::new_with_prefix(padded(key, 0x5c).as_slice()).chain_update(inner.finalize()).finalize().into()
}

fn padded(key: &[u8; 32], pad: u8) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([pad; BLOCK]);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 §4.2, §4.3 and §4.4; a shorter key is padded with zeros (RFC 2104 §2).
    #[test]
    fn codes_are_those_of_rfc_4231() {
        let key = |bytes: &[u8]| {
            let mut key = [0; 32];
            key[..bytes.len()].copy_from_slice(bytes);
            key
        };
        for (key, message, code) in [
            (
                key(&[0x0b; 20]),
                &b"Hi There"[..],
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                key(b"Jefe"),
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                key(&[0xaa; 20]),
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
        ] {
            assert_eq!(hex::encode(hmac(&key, &[message])), code);
            let (front, back) = message.split_at(3);
            assert_eq!(hex::encode(hmac(&key, &[front, back])), code);
        }
    }
}
