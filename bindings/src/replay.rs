//! The memory against replays, for one process.

use keybound::{ProofId, Replay, ReplayEntry, ReplayStore, UnixTime};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    sync::Mutex,
};

/// Remembers proofs in memory until they are too old to be accepted. Bounded: when it is full of proofs that could still
/// be replayed, new calls are refused rather than old proofs forgotten.
#[derive(Debug)]
pub struct MemoryReplayStore {
    capacity: usize,
    state: Mutex<State>,
}

type Key = ([u8; 32], ProofId);

#[derive(Debug, Default)]
struct State {
    seen: HashSet<Key>,
    /// The same entries, the one that ends first on top.
    by_end: BinaryHeap<Reverse<(UnixTime, Key)>>,
    /// Everything that ended up to here has been forgotten. Should the clock step back, a proof from before
    /// must count as seen: nobody remembers whether it was. After a clock has jumped ahead and been set back, fresh proofs
    /// are therefore refused as replays until it has caught up.
    forgotten_until: Option<UnixTime>,
}

impl MemoryReplayStore {
    /// Room for `capacity` proofs, about 150 bytes each.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }
}

impl ReplayStore for MemoryReplayStore {
    fn remember(&self, entry: &ReplayEntry, now: UnixTime) -> Replay {
        // A poisoned lock means that a thread died halfway through: what is remembered is no longer known.
        let Ok(mut state) = self.state.lock() else { return Replay::Full };
        state.forget_before(now);
        state.remember(entry, self.capacity)
    }
}

impl State {
    fn forget_before(&mut self, now: UnixTime) {
        while self.by_end.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            if let Some(Reverse((_, key))) = self.by_end.pop() {
                self.seen.remove(&key);
            }
            self.forgotten_until = self.forgotten_until.max(Some(now));
        }
    }

    fn remember(&mut self, entry: &ReplayEntry, capacity: usize) -> Replay {
        let key = (entry.holder, entry.proof);
        if self.seen.contains(&key) || Some(entry.until) <= self.forgotten_until {
            return Replay::Seen;
        }
        if self.seen.len() >= capacity {
            return Replay::Full;
        }
        self.seen.insert(key);
        self.by_end.push(Reverse((entry.until, key)));
        Replay::Fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::new(seconds).unwrap()
    }

    fn entry(id: u8, until: u64) -> ReplayEntry {
        ReplayEntry { holder: [7; 32], proof: ProofId::from_bytes([id; 16]), until: at(until) }
    }

    #[test]
    fn a_proof_is_fresh_once() {
        let store = MemoryReplayStore::with_capacity(4);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Fresh);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Seen);
        assert_eq!(store.remember(&entry(1, 131), at(130)), Replay::Seen);
        assert_eq!(store.remember(&entry(2, 131), at(130)), Replay::Fresh);
    }

    #[test]
    fn a_full_memory_refuses_and_recovers_when_entries_end() {
        let store = MemoryReplayStore::with_capacity(2);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Fresh);
        assert_eq!(store.remember(&entry(2, 131), at(100)), Replay::Fresh);
        assert_eq!(store.remember(&entry(3, 131), at(100)), Replay::Full);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Seen);
        assert_eq!(store.remember(&entry(3, 162), at(131)), Replay::Fresh);
    }

    #[test]
    fn a_clock_that_steps_back_does_not_bring_a_forgotten_proof_back() {
        let store = MemoryReplayStore::with_capacity(4);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Fresh);
        assert_eq!(store.remember(&entry(2, 171), at(140)), Replay::Fresh);
        assert_eq!(store.remember(&entry(1, 131), at(100)), Replay::Seen);
    }

    #[test]
    fn of_many_threads_with_one_proof_one_wins() {
        let store = MemoryReplayStore::with_capacity(64);
        let fresh = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| store.remember(&entry(1, 131), at(100)))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .filter(|replay| *replay == Replay::Fresh)
                .count()
        });
        assert_eq!(fresh, 1);
    }
}
