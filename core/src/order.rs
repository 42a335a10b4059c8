//! Sorting in one small form.
//!
//! The standard sorts are unrolled for speed, once for every type they meet: some 8 KB of Wasm each. What is sorted here
//! is a handful of names, so a heap does as well; it is as safe against chosen orders.

use alloc::{collections::BinaryHeap, vec::Vec};
use core::cmp::Ordering;

/// `items` in ascending order of their keys; equal keys in any order.
pub(crate) fn sorted_by_key<K: Ord, T>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let heap: BinaryHeap<Keyed<K, T>> = items.map(|item| Keyed { key: key(&item), item }).collect();
    heap.into_sorted_vec().into_iter().map(|keyed| keyed.item).collect()
}

struct Keyed<K, T> {
    key: K,
    item: T,
}

impl<K: Ord, T> Ord for Keyed<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K: Ord, T> PartialOrd for Keyed<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, T> PartialEq for Keyed<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord, T> Eq for Keyed<K, T> {}
