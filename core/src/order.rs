//! Sorting in one small form, and the order of names.
//!
//! The standard sorts are unrolled for speed, once for every type they meet: some 6 KB of Wasm each. This one is compiled
//! once, for all. It is a merge sort: what is in order already costs one pass, and no chosen order costs more than
//! n log n comparisons.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts `items`; equal ones stay in their order.
pub(crate) fn sort<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = order_of(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(order, &mut |a, b| items.swap(a, b));
}

/// The order of texts in deterministic CBOR (RFC 8949 §4.2.1): a head grows with its length, so shorter ones come first.
pub(crate) fn by_length(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Where the first, the second … of `count` items stands; nothing when each stands in its place.
fn order_of(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    if (1..count).all(|next| compare(next.saturating_sub(1), next).is_le()) {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut run: usize = 1;
    while run < count {
        let twice = run.saturating_mul(2);
        for runs in order.chunks(twice) {
            let (mut left, mut right) = runs.split_at_checked(run).unwrap_or((runs, &[]));
            while let ([a, after_a @ ..], [b, after_b @ ..]) = (left, right) {
                if compare(*a, *b).is_le() {
                    merged.push(*a);
                    left = after_a;
                } else {
                    merged.push(*b);
                    right = after_b;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        core::mem::swap(&mut order, &mut merged);
        merged.clear();
        run = twice;
    }
    order
}

/// Brings the item that stands at `order[0]` to place 0, and so on, by swapping along each cycle.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut place = start;
        while let Some(from) = order.get_mut(place).map(|from| core::mem::replace(from, place)) {
            if from == start {
                break;
            }
            swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_sort() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for count in 0..300 {
            let mut items: Vec<(u64, usize)> = (0..count)
                .map(|place| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    // Few keys, so that the second half of each pair shows what happens to equal ones.
                    (state >> 60, place)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            sort(&mut items, |a, b| a.0.cmp(&b.0));
            assert_eq!(items, expected);
            items.reverse();
            sort(&mut items, Ord::cmp);
            expected.sort();
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn what_is_in_order_is_looked_at_once() {
        let calls = core::cell::Cell::new(0);
        let mut items: Vec<usize> = (0..1000).collect();
        let counted = |a: &usize, b: &usize| {
            calls.set(calls.get() + 1);
            a.cmp(b)
        };
        sort(&mut items, counted);
        assert_eq!(calls.get(), 999);
        items.reverse();
        sort(&mut items, counted);
        assert!(calls.get() < 12_000);
    }

    #[test]
    fn shorter_names_come_first() {
        let mut names = ["aa", "b", "", "é", "ab", "a"];
        sort(&mut names, |a, b| by_length(a, b));
        assert_eq!(names, ["", "a", "b", "aa", "ab", "é"]);
    }
}
