//! The keys of an issuer, or the bundle of a trust domain, at one moment.

use super::{
    Algorithm, Code,
    json::{object, text, whole},
    jwk::{Key, allows},
};
use keybound::json::{Object, Value};

/// A JWK Set (RFC 7517 §5) of which the keys for one use count. An empty one believes nobody, which is how a SPIFFE bundle
/// revokes everything.
#[derive(Debug, Default)]
pub(super) struct Jwks {
    entries: Vec<Entry>,
    /// `spiffe_sequence`: grows with every change of a bundle (SPIFFE bundle §4.1.1).
    pub(super) sequence: Option<u64>,
    /// `spiffe_refresh_hint`, in seconds (§4.1.2).
    pub(super) refresh_hint: Option<u64>,
}

#[derive(Debug)]
struct Entry {
    key_id: Option<String>,
    key: Key,
    algorithms: Vec<Algorithm>,
}

impl Jwks {
    /// Reads a set whose keys have this `use` or none. Keys of other kinds and for other uses are passed over, as RFC 7517 §5
    /// wants it.
    ///
    /// # Errors
    /// A sentence, when it is no set, or holds a private key: who published that is nobody to believe.
    pub(super) fn parse(json: &[u8], used: &str) -> Result<Self, &'static str> {
        let set = object(json).map_err(|refused| match refused.code() {
            Code::DuplicateMember => "a member occurs twice in the key set",
            _ => "the key set is not a JSON object",
        })?;
        let Some(Value::Array(keys)) = set.get("keys") else { return Err("the key set has no keys member") };
        let jwks =
            || keys.iter().filter_map(|key| if let Value::Object(jwk) = key { Some(jwk) } else { None });
        if jwks().any(Key::is_private) {
            return Err("the key set holds a private key");
        }
        let entries = jwks().filter_map(|jwk| Entry::read(jwk, used)).collect();
        let (sequence, refresh_hint) = (whole(&set, "spiffe_sequence"), whole(&set, "spiffe_refresh_hint"));
        Ok(Self { entries, sequence, refresh_hint })
    }

    /// The keys that may have made a signature: those of that name, and of that algorithm. A token that names none is checked with
    /// the only key that fits, if there is but one (OpenID Connect Core §10.1).
    pub(super) fn candidates(&self, algorithm: Algorithm, key_id: Option<&str>) -> Vec<&Key> {
        let named = |entry: &&Entry| key_id.is_none() || entry.key_id.as_deref() == key_id;
        let fitting = |entry: &&Entry| entry.algorithms.contains(&algorithm);
        let found: Vec<_> =
            self.entries.iter().filter(named).filter(fitting).map(|entry| &entry.key).collect();
        if key_id.is_none() && found.len() > 1 { Vec::new() } else { found }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Entry {
    fn read(jwk: &Object, used: &str) -> Option<Self> {
        let key = Key::from_jwk(jwk)?;
        let fits = |algorithm: &Algorithm| key.fits(*algorithm) && allows(jwk, used, *algorithm);
        let algorithms: Vec<_> = Algorithm::ALL.into_iter().filter(fits).collect();
        let key_id = text(jwk, "kid").map(str::to_owned);
        (!algorithms.is_empty()).then_some(Self { key_id, key, algorithms })
    }
}

#[cfg(test)]
mod tests;
