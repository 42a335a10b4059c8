//! Nonces that a server hands out and takes back without remembering them.

use crate::{base64url, hmac::hmac, time::UnixTime};
use alloc::string::String;
use core::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Nonces for DPoP (RFC 9449 §8), made from a secret and the time, in buckets: each is accepted in the bucket it was made in
/// and the next. Servers that share the secret accept each other's. A nonce dates a proof and does not make it single-use:
/// for that the servers must share the replay memory too.
#[derive(Clone)]
pub struct Nonces {
    secret: Zeroizing<[u8; 32]>,
    period: u32,
}

/// What is coded says what for: the secret may have other uses.
const PURPOSE: &[u8] = b"keybound nonce 1";

/// Bytes of the code that a nonce carries: 128 bits are beyond guessing.
const CODE: usize = 16;

impl Nonces {
    /// Seconds of a bucket when nobody says otherwise: a nonce lives for one to two minutes.
    pub const DEFAULT_PERIOD: u32 = 60;

    /// Nonces under a random secret of 32 bytes, in buckets of `period` seconds (at least 1).
    pub fn new(secret: &[u8; 32], period: u32) -> Self {
        Self { secret: Zeroizing::new(*secret), period: period.max(1) }
    }

    /// The nonce to hand out now: 32 characters of base64url.
    pub fn issue(&self, now: UnixTime) -> String {
        self.of_bucket(self.bucket(now))
    }

    /// The first second at which it is no longer good, if it is one of ours that still is. A matter of the nonce alone: what
    /// remembers a proof until then must not depend on when the proof came.
    pub(crate) fn good_until(&self, nonce: &str, now: UnixTime) -> Option<UnixTime> {
        let current = self.bucket(now);
        let is_it = |bucket: &u64| self.of_bucket(*bucket).as_bytes().ct_eq(nonce.as_bytes()).into();
        let bucket = [Some(current), current.checked_sub(1)].into_iter().flatten().find(is_it)?;
        Some(UnixTime::at_most(bucket.saturating_add(2).saturating_mul(self.period.into())))
    }

    fn bucket(&self, now: UnixTime) -> u64 {
        now.as_secs().checked_div(self.period.into()).unwrap_or_default()
    }

    fn of_bucket(&self, bucket: u64) -> String {
        let bucket = bucket.to_be_bytes();
        let code = hmac(&self.secret, &[PURPOSE, &bucket]);
        let code: [u8; CODE] = code.first_chunk().copied().unwrap_or_default();
        base64url::encode(&[&bucket[..], &code].concat())
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonces(of {} s)", self.period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_in_its_bucket_and_the_next() {
        let at = |seconds| UnixTime::new(seconds).unwrap();
        let nonces = Nonces::new(&[7; 32], 60);
        let nonce = nonces.issue(at(6000));
        assert_eq!(nonce.len(), 32);
        for (now, good) in
            [(5999, false), (6000, true), (6059, true), (6119, true), (6120, false), (9000, false)]
        {
            assert_eq!(nonces.good_until(&nonce, at(now)), good.then(|| at(6120)), "{now}");
        }
        assert_eq!(Nonces::new(&[8; 32], 60).good_until(&nonce, at(6000)), None);
        for other in ["", "A", nonce.get(1..).unwrap(), &alloc::format!("{nonce}A"), &nonce.to_lowercase()] {
            assert_eq!(nonces.good_until(other, at(6000)), None, "{other}");
        }
        assert_eq!(nonces.good_until(&nonces.issue(at(0)), at(30)), Some(at(120)));
        assert_eq!(alloc::format!("{nonces:?}"), "Nonces(of 60 s)");
    }
}
