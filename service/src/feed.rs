//! What a tenant has revoked, in memory: asked on every request, and the source of the signed lists.

use crate::store::RevocationRow;
use keybound::{
    LinkIds, PublicKey, Refusal, Revocation, Standing, UnixTime,
    revocation::{ListTimes, Revoked, RevokedId, SignedList, Snapshot},
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::Bound,
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio::sync::watch;

/// Seconds after which a verifier should have asked again, and after which it refuses (standards: worst case under 30 s).
const NEXT_UPDATE: u64 = 10;
const EXPIRES: u64 = 30;

/// A tenant's revocations.
pub struct Feed {
    issuer: String,
    state: RwLock<State>,
    /// The snapshot of the last second: many deltas are made from one.
    made: Mutex<Option<Arc<Made>>>,
    /// The number of the newest list, for those who wait for it.
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// Up to this number every entry is known.
    seq: u64,
    by_number: BTreeMap<u64, Revoked>,
    by_id: HashMap<RevokedId, UnixTime>,
}

struct Made {
    seq: u64,
    at: u64,
    snapshot: Snapshot,
}

impl Feed {
    /// The feed of an issuer of which nothing is known yet.
    pub fn new(issuer: &str) -> Self {
        let newest = watch::Sender::new(0);
        Self { issuer: issuer.to_owned(), state: RwLock::default(), made: Mutex::new(None), newest }
    }

    /// Takes entries that were just written here.
    pub fn add(&self, rows: &[RevocationRow]) {
        self.change(rows, None);
    }

    /// Takes entries that were read from the database, where `head` was the newest number before they were read.
    pub fn load(&self, rows: &[RevocationRow], head: u64) {
        self.change(rows, Some(head));
    }

    fn change(&self, rows: &[RevocationRow], head: Option<u64>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            state.by_number.insert(row.seq, row.entry);
            let until = state.by_id.entry(row.entry.id).or_insert(row.entry.until);
            *until = row.entry.until.max(*until);
        }
        state.seq = state.seq.max(head.unwrap_or_default());
        // Numbers between ours belong to other nodes until they have been read.
        while state.by_number.contains_key(&state.seq.saturating_add(1)) {
            state.seq = state.seq.saturating_add(1);
        }
        let seq = state.seq;
        drop(state);
        self.newest.send_if_modified(|newest| {
            let is_newer = seq > *newest;
            *newest = seq.max(*newest);
            is_newer
        });
    }

    /// Forgets what has ended.
    pub fn prune(&self, now: UnixTime) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.by_number.retain(|_, entry| entry.until > now);
        state.by_id.retain(|_, until| *until > now);
    }

    /// The number of the newest list.
    pub fn seq(&self) -> u64 {
        self.state().seq
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.state().by_id.len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells of every newer list.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The newest list and its number, ready to be signed with `key`: whole, or as the difference from number `since`.
    ///
    /// # Errors
    /// Core's, which mean that the clock or the entries are out of bounds.
    pub fn prepare(
        &self,
        since: Option<u64>,
        key: &PublicKey,
        now: UnixTime,
    ) -> Result<(u64, keybound::Prepared<SignedList>), Refusal> {
        let made = self.snapshot(now)?;
        let prepared = match since.filter(|since| *since <= made.seq) {
            None => made.snapshot.prepare(key)?,
            Some(since) => {
                let state = self.state();
                // A verifier that has the newest list already gets a difference of nothing, dated now.
                let range = state.by_number.range((Bound::Excluded(since), Bound::Included(made.seq)));
                let added: Vec<Revoked> = range.map(|(_, entry)| *entry).collect();
                drop(state);
                made.snapshot.delta(since, added)?.prepare(key)?
            }
        };
        Ok((made.seq, prepared))
    }

    fn snapshot(&self, now: UnixTime) -> Result<Arc<Made>, Refusal> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let (seq, at) = (self.seq(), now.as_secs());
        if let Some(made) = made.as_ref().filter(|made| made.seq == seq && made.at == at) {
            return Ok(made.clone());
        }
        let after = |seconds: u64| UnixTime::new(at.saturating_add(seconds));
        let times = ListTimes { issued_at: now, next_update: after(NEXT_UPDATE)?, expires: after(EXPIRES)? };
        let state = self.state();
        let entries: Vec<Revoked> = state.by_number.range(..=seq).map(|(_, entry)| *entry).collect();
        drop(state);
        let fresh = Arc::new(Made { seq, at, snapshot: Snapshot::new(&self.issuer, seq, times, entries)? });
        *made = Some(fresh.clone());
        Ok(fresh)
    }

    /// Whether this is revoked.
    pub fn has(&self, id: &RevokedId, now: UnixTime) -> bool {
        self.has_one_of(std::slice::from_ref(id), now)
    }

    /// Whether one of these is revoked.
    pub fn has_one_of(&self, ids: &[RevokedId], now: UnixTime) -> bool {
        let state = self.state();
        ids.iter().any(|id| state.by_id.get(id).is_some_and(|until| *until > now))
    }

    fn state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Revocation for Feed {
    /// The service's own view is never stale: it is the source.
    fn standing(&self, link: &LinkIds<'_>, now: UnixTime) -> Standing {
        if self.is_empty() {
            return Standing::Good;
        }
        let mut ids =
            vec![RevokedId::token(link.token), RevokedId::chain(link.digest), RevokedId::holder(link.holder)];
        ids.extend(link.agent.map(RevokedId::agent));
        ids.extend(link.task.map(RevokedId::task));
        if self.has_one_of(&ids, now) { Standing::Revoked } else { Standing::Good }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed(number {}, {} entries)", self.seq(), self.len())
    }
}
