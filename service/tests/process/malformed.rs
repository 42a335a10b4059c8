//! Requests that are almost right, and requests that are nothing at all. The same ones in every run.

use super::client::Sent;
use std::fmt::Write as _;

/// Numbers that look random and are the same every time (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// What must never be in a log line.
pub(crate) const MARK: &str = "planted-4c1e";

/// A request that is like `honest` but for one thing.
pub(crate) fn spoiled(honest: &Sent, dice: &mut Dice) -> Sent {
    let mut sent = honest.clone();
    match dice.below(9) {
        0 => {
            let length = dice.below(2000);
            sent.body = dice.bytes(length);
        }
        1 => flip(&mut sent.body, dice),
        2 => {
            let end = dice.below(sent.body.len());
            sent.body.truncate(end);
        }
        3 => {
            let place = dice.below(sent.body.len());
            sent.body.splice(place..place, MARK.bytes());
        }
        4 => sent.body = nested(dice),
        5 => spoil_header(&mut sent, dice),
        6 => {
            let gone = dice.below(sent.headers.len());
            if gone < sent.headers.len() {
                sent.headers.remove(gone);
            }
        }
        7 => {
            let join = if sent.path.contains('?') { '&' } else { '?' };
            let names = ["since", "cursor", "limit", "task", "size", "from", "until", MARK];
            let values =
                ["-1", "18446744073709551616", "9223372036854775808", "%00", "%FF", "0x10", MARK, ""];
            let (name, value) = (names[dice.below(names.len())], values[dice.below(values.len())]);
            // Writing to a `String` never fails.
            let _ = write!(sent.path, "{join}{name}={value}");
        }
        _ => {
            if let Some(place) = sent.headers.iter().position(|(name, _)| *name == "content-type") {
                let types =
                    ["text/plain", "application/json; charset=utf-16", "multipart/form-data", "a", MARK];
                sent.headers[place].1 = types[dice.below(types.len())].to_owned();
            }
            flip(&mut sent.body, dice);
        }
    }
    sent
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let place = dice.below(bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << dice.below(8);
        }
    }
}

/// JSON that is deep, wide, or full of large numbers.
fn nested(dice: &mut Dice) -> Vec<u8> {
    match dice.below(4) {
        0 => "[".repeat(20_000).into_bytes(),
        1 => format!("{{\"workflow\":{}{}}}", "{\"a\":".repeat(500), "}".repeat(500)).into_bytes(),
        2 => format!("{{\"workflow\":\"close\",\"task\":\"{MARK}\",\"ttl\":1e999}}").into_bytes(),
        _ => format!("{{\"{MARK}\":\"\\ud800\",\"task\":\"\\u0000\"}}").into_bytes(),
    }
}

fn spoil_header(sent: &mut Sent, dice: &mut Dice) {
    let place = dice.below(sent.headers.len());
    let Some((_, value)) = sent.headers.get_mut(place) else { return };
    match dice.below(4) {
        0 => *value = format!("DPoP {MARK}"),
        1 => *value = MARK.repeat(400),
        2 => {
            let end = dice.below(value.len());
            value.truncate(end);
        }
        _ => {
            // Still text, and another one.
            let at = dice.below(value.len());
            value.replace_range(at..=at.min(value.len() - 1), "A");
        }
    }
}
