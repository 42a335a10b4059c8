//! A bounded memory of verified links.

use keybound::{CachedLink, Digest, LinkCache};
use std::{collections::HashMap, mem, sync::Mutex};

/// Remembers links in two generations: when the younger is full it becomes the older, and what nobody asked for in
/// the meantime is dropped. Constant time, at most `capacity` links (two, when it is one).
#[derive(Debug)]
pub struct MemoryLinkCache {
    generation: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    young: HashMap<Digest, CachedLink>,
    old: HashMap<Digest, CachedLink>,
}

impl MemoryLinkCache {
    /// Room for `capacity` links, about 1 KB each; 0 remembers nothing.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { generation: capacity.div_ceil(2), state: Mutex::default() }
    }
}

impl LinkCache for MemoryLinkCache {
    fn get(&self, token: &Digest) -> Option<CachedLink> {
        let mut state = self.state.lock().ok()?;
        if let Some(link) = state.young.get(token) {
            return Some(link.clone());
        }
        let link = state.old.remove(token)?;
        state.put(link.clone(), self.generation);
        Some(link)
    }

    fn put(&self, link: CachedLink) {
        if let Ok(mut state) = self.state.lock() {
            state.put(link, self.generation);
        }
    }
}

impl State {
    fn put(&mut self, link: CachedLink, generation: usize) {
        if generation == 0 {
            return;
        }
        if self.young.len() >= generation && !self.young.contains_key(&link.digest()) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(link.digest(), link);
    }
}
