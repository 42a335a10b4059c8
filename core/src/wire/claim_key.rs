//! The registered CWT claim keys that tokens and proofs use.

// RFC 8392 §4.
pub(crate) const ISS: i64 = 1;
pub(crate) const SUB: i64 = 2;
pub(crate) const AUD: i64 = 3;
pub(crate) const EXP: i64 = 4;
pub(crate) const NBF: i64 = 5;
pub(crate) const IAT: i64 = 6;
pub(crate) const CTI: i64 = 7;
/// RFC 8747 §7.1.
pub(crate) const CNF: i64 = 8;
/// RFC 9711 §4.1: 8 to 64 bytes.
pub(crate) const NONCE: i64 = 10;
