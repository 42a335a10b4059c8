//! The keys of one rule as last seen, and when to look again.
//!
//! Whoever presents a token makes nobody fetch more than once a minute, and never from a place the token names.

use super::{Algorithm, Code, Refused, fetch::Remote, jwks::Jwks};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Between two looks when nobody says otherwise, in seconds: SPIFFE bundle §4.1.2 suggests five minutes.
const REFRESH: u64 = 300;

/// What an issuer may ask for instead, in seconds. Less would be a burden to both, more would keep withdrawn keys.
const REFRESH_WITHIN: (u64, u64) = (60, 3600);

/// Between two fetches for keys nobody knows: anybody can send a token with a name of his own invention.
const UNKNOWN_EVERY: u64 = 60;

/// After a failure, in seconds: an issuer that hangs costs one caller in ten seconds his time, not everybody.
const RETRY_AFTER: u64 = 10;

/// How late keys may be while somebody looks for newer ones, in seconds: a fetch takes five at most.
const LATE: u64 = 60;

/// How long keys are good when their issuer does not answer, in seconds. A day: an outage is repaired, a withdrawal noticed.
const STALE_AT_MOST: u64 = 24 * 60 * 60;

/// How the keys of a rule are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// How many keys may verify something.
    pub keys: usize,
    /// When they were fetched, in seconds since 1970. Nothing for inline keys, and before the first success.
    pub fetched_at: Option<u64>,
    /// Why the last fetch failed, if it did. Keys of an earlier one may still be good.
    pub failure: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct KeySet {
    /// Nothing for inline keys.
    origin: Option<Arc<Origin>>,
    held: Arc<RwLock<Held>>,
    /// Held by whoever fetches.
    flight: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Origin {
    remote: Remote,
    /// The `use` of the keys that count.
    used: &'static str,
}

#[derive(Clone, Debug, Default)]
struct Held {
    keys: Arc<Jwks>,
    fetched_at: Option<u64>,
    refresh_at: u64,
    failure: Option<(u64, &'static str)>,
    /// When somebody last had us fetch for a key nobody knew.
    unknown_at: Option<u64>,
}

impl KeySet {
    pub(super) fn fixed(keys: Jwks) -> Self {
        Self::new(None, keys)
    }

    pub(super) fn fetched(remote: Remote, used: &'static str) -> Self {
        Self::new(Some(Arc::new(Origin { remote, used })), Jwks::default())
    }

    fn new(origin: Option<Arc<Origin>>, keys: Jwks) -> Self {
        let held = Held { keys: Arc::new(keys), ..Held::default() };
        Self { origin, held: Arc::new(RwLock::new(held)), flight: Arc::default() }
    }

    /// The keys, with at least one among them that may have made such a signature.
    ///
    /// # Errors
    /// `attest.unknown_key`, `attest.keys_unavailable`.
    pub(super) async fn with(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
        now: u64,
    ) -> Result<Arc<Jwks>, Refused> {
        let has = |keys: &Jwks| !keys.candidates(algorithm, key_id).is_empty();
        let mut keys = self.current(now).await?;
        if let (false, Some(origin)) = (has(&keys), &self.origin) {
            keys = self.looked_for(origin, now).await;
        }
        if has(&keys) {
            return Ok(keys);
        }
        let held = read(&self.held);
        // An issuer that cannot be asked may well have such a key.
        Err(if held.failure.is_some() { held.unavailable() } else { Code::UnknownKey.into() })
    }

    pub(super) fn health(&self) -> Health {
        let held = read(&self.held);
        Health {
            keys: held.keys.len(),
            fetched_at: held.fetched_at,
            failure: held.failure.map(|(_, reason)| reason),
        }
    }

    /// The keys as they should be known now.
    async fn current(&self, now: u64) -> Result<Arc<Jwks>, Refused> {
        let held = read(&self.held).clone();
        let Some(origin) = self.origin.as_ref().filter(|_| !held.is_fresh(now)) else { return Ok(held.keys) };
        let flight = if held.will_do(now) {
            self.flight.clone().try_lock_owned().ok()
        } else {
            Some(self.flight.clone().lock_owned().await)
        };
        if let Some(flight) = flight {
            // Somebody may have fetched while we waited, or failed to.
            let is_due = read(&self.held).is_due(now);
            if is_due {
                self.fetch(origin, now, flight).await;
            }
        }
        let held = read(&self.held);
        if held.is_usable(now) { Ok(held.keys.clone()) } else { Err(held.unavailable()) }
    }

    /// The keys after a look for one nobody knew: by us, if it is a minute since the last such look, or by somebody before us.
    async fn looked_for(&self, origin: &Arc<Origin>, now: u64) -> Arc<Jwks> {
        let flight = self.flight.clone().lock_owned().await;
        let may_look = read(&self.held).may_look(now);
        if may_look {
            write(&self.held).unknown_at = Some(now);
            self.fetch(origin, now, flight).await;
        }
        read(&self.held).keys.clone()
    }

    /// Fetches to the end, even if whoever asked goes away: else a caller who hangs up could keep a new key from everybody.
    async fn fetch(&self, origin: &Arc<Origin>, now: u64, flight: OwnedMutexGuard<()>) {
        let (origin, held) = (origin.clone(), self.held.clone());
        let fetching = tokio::spawn(async move {
            let fetched = origin.fetch().await;
            write(&held).take(fetched, now);
            drop(flight);
        });
        // Should it have ended in a panic, the keys are as before.
        let _ended = fetching.await;
    }
}

impl Origin {
    async fn fetch(&self) -> Result<(Jwks, Option<u64>), &'static str> {
        let document = self.remote.fetch().await?;
        Ok((Jwks::parse(&document.body, self.used)?, document.max_age))
    }
}

fn read(held: &RwLock<Held>) -> RwLockReadGuard<'_, Held> {
    held.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(held: &RwLock<Held>) -> RwLockWriteGuard<'_, Held> {
    held.write().unwrap_or_else(PoisonError::into_inner)
}

impl Held {
    fn take(&mut self, fetched: Result<(Jwks, Option<u64>), &'static str>, now: u64) {
        match fetched {
            Ok((keys, _)) if self.is_usable(now) && keys.sequence < self.keys.sequence => {
                self.failure = Some((now, "the bundle is an earlier one than the last"));
            }
            Ok((keys, max_age)) => {
                let (least, most) = REFRESH_WITHIN;
                let period = max_age.or(keys.refresh_hint).unwrap_or(REFRESH).clamp(least, most);
                self.refresh_at = now.saturating_add(period);
                self.fetched_at = Some(now);
                self.keys = Arc::new(keys);
                self.failure = None;
            }
            Err(reason) => self.failure = Some((now, reason)),
        }
    }

    /// Whether to go on with these keys while somebody else looks for newer ones: when they are hardly late, and when their issuer was
    /// just found down. After a quiet night everybody waits: keys may have been withdrawn in it.
    fn will_do(&self, now: u64) -> bool {
        let is_down = self.failure.is_some_and(|(at, _)| at.abs_diff(now) < LATE);
        self.is_usable(now) && (is_down || now < self.refresh_at.saturating_add(LATE))
    }

    fn is_due(&self, now: u64) -> bool {
        !self.is_fresh(now) && self.failure.is_none_or(|(at, _)| at.abs_diff(now) >= RETRY_AFTER)
    }

    /// Keys that came this very second are not asked for again.
    fn may_look(&self, now: u64) -> bool {
        self.fetched_at != Some(now) && self.unknown_at.is_none_or(|at| at.abs_diff(now) >= UNKNOWN_EVERY)
    }

    /// A clock that was put back makes nothing fresh.
    fn is_fresh(&self, now: u64) -> bool {
        self.fetched_at.is_some_and(|at| at <= now) && now < self.refresh_at
    }

    fn is_usable(&self, now: u64) -> bool {
        self.fetched_at.is_some_and(|at| at.abs_diff(now) <= STALE_AT_MOST)
    }

    fn unavailable(&self) -> Refused {
        let (_, reason) = self.failure.unwrap_or((0, "they were not fetched yet"));
        Refused::because(Code::KeysUnavailable, reason)
    }
}
