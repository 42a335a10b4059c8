//! Proofs about the tree: that a record is in it, that a later tree only added to an earlier one (RFC 9162 sections 2.1.3 and
//! 2.1.4).
//!
//! A proof is planned before it is made: a [`Plan`] lists the complete subtrees it needs, the caller fetches them in one go,
//! and the plan puts them together.

use super::tree::{MAX_SIZE, Place, TreeError, fold, node_hash};
use keybound::Digest;
use std::collections::BTreeMap;

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// The hash of the complete subtree at `place`.
    ///
    /// # Errors
    /// `tree.missing_node` when it is not there.
    fn node(&self, place: Place) -> Result<Digest, TreeError>;
}

impl Nodes for BTreeMap<Place, Digest> {
    fn node(&self, place: Place) -> Result<Digest, TreeError> {
        self.get(&place).copied().ok_or(TreeError::MissingNode)
    }
}

/// What a proof is made of: for each of its hashes the complete subtrees that are folded into it, larger ones first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Place>>);

impl Plan {
    /// Every node the proof needs, each once: at most the square of the tree's height, in practice a few more than its height.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().flatten().copied()
    }

    /// Makes the proof.
    ///
    /// # Errors
    /// What `nodes` says; `tree.missing_node`.
    pub fn assemble(&self, nodes: &impl Nodes) -> Result<Vec<Digest>, TreeError> {
        let hash = |places: &Vec<Place>| {
            let subtrees: Result<Vec<_>, _> = places.iter().map(|place| nodes.node(*place)).collect();
            fold(&subtrees?).ok_or(TreeError::MissingNode)
        };
        self.0.iter().map(hash).collect()
    }
}

/// Plans the proof that the leaf `index` is in the tree of `size` leaves (RFC 9162 section 2.1.3.1).
///
/// # Errors
/// `tree.bad_size` when there is no such leaf.
pub fn inclusion_plan(index: u64, size: u64) -> Result<Plan, TreeError> {
    if index >= size || size > MAX_SIZE {
        return Err(TreeError::BadSize);
    }
    let (mut range, mut siblings) = (Range { start: 0, end: size }, Vec::new());
    while let Some((left, right)) = range.halves() {
        let (ours, sibling) = if index < left.end { (left, right) } else { (right, left) };
        siblings.push(sibling.subtrees());
        range = ours;
    }
    siblings.reverse();
    Ok(Plan(siblings))
}

/// Plans the proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 section 2.1.4.1); of equal
/// sizes it is empty.
///
/// # Errors
/// `tree.bad_size` for an empty old tree, of which nothing can be proved, and for an old one larger than the new.
pub fn consistency_plan(old: u64, new: u64) -> Result<Plan, TreeError> {
    if old == 0 || old > new || new > MAX_SIZE {
        return Err(TreeError::BadSize);
    }
    let (mut range, mut siblings) = (Range { start: 0, end: new }, Vec::new());
    while old != range.end {
        let (left, right) = range.halves().ok_or(TreeError::BadSize)?;
        let (ours, sibling) = if old <= left.end { (left, right) } else { (right, left) };
        siblings.push(sibling.subtrees());
        range = ours;
    }
    // The verifier knows the old root already: it is told the last subtree only where that is not the whole old tree.
    if range.start != 0 {
        siblings.push(range.subtrees());
    }
    siblings.reverse();
    Ok(Plan(siblings))
}

/// The proof that the leaf `index` is in the tree of `size` leaves.
///
/// # Errors
/// `tree.bad_size`, and what `nodes` says.
pub fn inclusion_proof(index: u64, size: u64, nodes: &impl Nodes) -> Result<Vec<Digest>, TreeError> {
    inclusion_plan(index, size)?.assemble(nodes)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves.
///
/// # Errors
/// `tree.bad_size`, and what `nodes` says.
pub fn consistency_proof(old: u64, new: u64, nodes: &impl Nodes) -> Result<Vec<Digest>, TreeError> {
    consistency_plan(old, new)?.assemble(nodes)
}

/// Checks that `leaf` is the leaf `index` of the tree of `size` leaves under `root` (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// `tree.bad_size`, `tree.wrong_length`, `tree.wrong_root`.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), TreeError> {
    if index >= size {
        return Err(TreeError::BadSize);
    }
    let mut path = Path { node: index, last: size.saturating_sub(1) };
    let mut hash = *leaf;
    for sibling in proof {
        hash = if path.is_right_child()? { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
        path.ascend();
    }
    path.at_root()?;
    if hash == *root { Ok(()) } else { Err(TreeError::WrongRoot) }
}

/// Checks that the tree of `new` leaves under `new_root` begins with the tree of `old` leaves under `old_root` (RFC 9162
/// section 2.1.4.2).
///
/// # Errors
/// `tree.bad_size`, `tree.wrong_length`, `tree.wrong_root`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), TreeError> {
    if old == 0 || old > new {
        return Err(TreeError::BadSize);
    }
    if old == new {
        let length = if proof.is_empty() { Ok(()) } else { Err(TreeError::WrongLength) };
        return length.and(if old_root == new_root { Ok(()) } else { Err(TreeError::WrongRoot) });
    }
    let (first, rest) = match proof.split_first() {
        None => return Err(TreeError::WrongLength),
        // The old tree is one complete subtree: its root is what the proof would begin with.
        Some(_) if old.is_power_of_two() => (*old_root, proof),
        Some((first, rest)) => (*first, rest),
    };
    let mut path = Path { node: old.saturating_sub(1), last: new.saturating_sub(1) };
    path.leave_right_children();
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if path.is_right_child()? {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        path.ascend();
    }
    path.at_root()?;
    if old_hash == *old_root && new_hash == *new_root { Ok(()) } else { Err(TreeError::WrongRoot) }
}

/// The way from a node to the root: `fn` and `sn` of RFC 9162.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// Whether the next hash of a proof stands to the left.
    fn is_right_child(&self) -> Result<bool, TreeError> {
        if self.last == 0 {
            return Err(TreeError::WrongLength);
        }
        Ok(self.node & 1 == 1 || self.node == self.last)
    }

    /// Goes to the parent; on the right edge past the levels at which the node has no sibling.
    fn ascend(&mut self) {
        if self.node == self.last {
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
        }
        self.up();
    }

    /// Up to the largest subtree that ends at this node.
    fn leave_right_children(&mut self) {
        while self.node & 1 == 1 {
            self.up();
        }
    }

    fn at_root(&self) -> Result<(), TreeError> {
        if self.last == 0 { Ok(()) } else { Err(TreeError::WrongLength) }
    }

    const fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

/// Leaves from `start` up to, without, `end`. INVARIANT: not empty, and `start` is a multiple of the width of the largest
/// complete subtree inside.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    end: u64,
}

impl Range {
    const fn size(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// The two children: to the left the largest power of two that is smaller than the size. `None` for a leaf.
    const fn halves(self) -> Option<(Self, Self)> {
        let size = self.size();
        if size < 2 {
            return None;
        }
        let width = 1 << size.saturating_sub(1).ilog2();
        let middle = self.start.saturating_add(width);
        Some((Self { start: self.start, end: middle }, Self { start: middle, end: self.end }))
    }

    /// The complete subtrees it consists of, the largest first.
    fn subtrees(self) -> Vec<Place> {
        let (mut start, mut places) = (self.start, Vec::new());
        while let Some(level) = self.end.saturating_sub(start).checked_ilog2() {
            places.push(Place { level: u8::try_from(level).unwrap_or(u8::MAX), index: start >> level });
            start = start.saturating_add(1 << level);
        }
        places
    }
}

#[cfg(test)]
mod tests;
