//! The Merkle tree over the records, grown one leaf at a time (RFC 9162 section 2.1, the same as RFC 6962 section 2.1).

use keybound::Digest;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The most leaves a tree may have: sizes stay integers in JSON (RFC 7493 section 2.2).
pub const MAX_SIZE: u64 = 9_007_199_254_740_991;

/// Set before the bytes of a leaf, so that no leaf reads as an inner node (RFC 9162 section 2.1.1).
const LEAF_PREFIX: [u8; 1] = [0];
/// Set before the two hashes of an inner node.
const NODE_PREFIX: [u8; 1] = [1];

/// Bytes of a size in a stored frontier.
const SIZE_BYTES: usize = 8;
/// Bytes of a SHA-256 hash.
const HASH_BYTES: usize = 32;

/// The hash of a record as a leaf: SHA-256 over 0x00 and its bytes.
pub fn leaf_hash(record: &[u8]) -> Digest {
    hash(&[&LEAF_PREFIX, record])
}

/// The hash of an inner node: SHA-256 over 0x01, left and right.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    hash(&[&NODE_PREFIX, left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> Digest {
    let hasher = parts.iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part));
    Digest::from_bytes(hasher.finalize().into())
}

/// One hash for neighbours, larger subtrees first, as the right edge of a tree is folded; `None` for none.
pub(super) fn fold(subtrees: &[Digest]) -> Option<Digest> {
    let (last, rest) = subtrees.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// Where a complete subtree stands: it spans the leaves from `index * 2^level` on, `2^level` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The height of the subtree; 0 is a leaf.
    pub level: u8,
    /// Its number among the subtrees of that height, from the left.
    pub index: u64,
}

/// A complete subtree and its hash; once complete it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// The hash of its root.
    pub hash: Digest,
}

/// What is needed to grow a tree and to know its root: the complete subtrees along its right edge.
///
/// INVARIANT: one peak per set bit of `size`, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root; that of the empty tree is SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        fold(&self.peaks).unwrap_or_else(|| Digest::of(&[]))
    }

    /// Adds a leaf and returns every subtree it completes, the leaf itself first: what a store keeps to make proofs later.
    ///
    /// # Errors
    /// `tree.full` at [`MAX_SIZE`] leaves.
    pub fn append(&mut self, leaf: Digest) -> Result<Vec<Node>, TreeError> {
        let grown = self.size.checked_add(1).filter(|size| *size <= MAX_SIZE).ok_or(TreeError::Full)?;
        let mut node = Node { place: Place { level: 0, index: self.size }, hash: leaf };
        let mut completed = vec![node];
        // A peak of the same height stands wherever the index is odd: the two become one.
        while node.place.index & 1 == 1 {
            let left = self.peaks.pop().ok_or(TreeError::BadFrontier)?;
            let level = node.place.level.saturating_add(1);
            node = Node {
                place: Place { level, index: node.place.index >> 1 },
                hash: node_hash(&left, &node.hash),
            };
            completed.push(node);
        }
        self.peaks.push(node.hash);
        self.size = grown;
        Ok(completed)
    }

    /// The frontier for storage: the size in eight bytes, big-endian, then the peaks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let peaks = self.peaks.iter().flat_map(|peak| peak.as_bytes().iter().copied());
        self.size.to_be_bytes().into_iter().chain(peaks).collect()
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// `tree.bad_frontier` when the size is too large or the number of peaks is not that of its set bits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, rest) = bytes.split_first_chunk::<SIZE_BYTES>().ok_or(TreeError::BadFrontier)?;
        let size = u64::from_be_bytes(*size);
        let mut chunks = rest.chunks_exact(HASH_BYTES);
        let peaks: Vec<Digest> =
            chunks.by_ref().filter_map(|chunk| chunk.try_into().ok()).map(Digest::from_bytes).collect();
        let wanted = usize::try_from(size.count_ones()).map_err(|_| TreeError::BadFrontier)?;
        if size > MAX_SIZE || !chunks.remainder().is_empty() || peaks.len() != wanted {
            return Err(TreeError::BadFrontier);
        }
        Ok(Self { size, peaks })
    }
}

/// Why a tree or a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TreeError {
    /// The tree holds as many leaves as it may.
    Full,
    /// The stored frontier is not one.
    BadFrontier,
    /// The sizes, or the index, name no proof.
    BadSize,
    /// The source did not have a node that must exist.
    MissingNode,
    /// The proof has too many or too few hashes.
    WrongLength,
    /// The proof leads to another root.
    WrongRoot,
}

impl TreeError {
    /// The stable text of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "tree.full",
            Self::BadFrontier => "tree.bad_frontier",
            Self::BadSize => "tree.bad_size",
            Self::MissingNode => "tree.missing_node",
            Self::WrongLength => "tree.wrong_length",
            Self::WrongRoot => "tree.wrong_root",
        }
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the tree is full",
            Self::BadFrontier => "the stored frontier is damaged",
            Self::BadSize => "there is no proof for these sizes",
            Self::MissingNode => "a node of the tree is missing",
            Self::WrongLength => "the proof has a wrong number of hashes",
            Self::WrongRoot => "the proof leads to another root",
        })
    }
}

impl std::error::Error for TreeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::test_utils::{REFERENCE_LEAVES, REFERENCE_ROOTS, leaves, naive_root};

    #[test]
    fn the_roots_are_those_of_the_published_reference_tree() {
        let mut frontier = Frontier::new();
        assert_eq!(
            frontier.root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in REFERENCE_LEAVES.iter().zip(REFERENCE_ROOTS) {
            frontier.append(leaf_hash(leaf)).unwrap();
            assert_eq!(frontier.root().to_string(), root);
        }
        assert_eq!(frontier.size(), 8);
    }

    #[test]
    fn the_nodes_that_appear_are_the_complete_subtrees() {
        let leaves = leaves(70);
        let mut frontier = Frontier::new();
        for (index, leaf) in leaves.iter().enumerate() {
            let nodes = frontier.append(*leaf).unwrap();
            assert_eq!(nodes.len(), usize::try_from((index + 1).trailing_zeros()).unwrap() + 1);
            for node in nodes {
                let width = 1_usize << node.place.level;
                let start = usize::try_from(node.place.index).unwrap() * width;
                assert_eq!(start + width, index + 1);
                assert_eq!(node.hash, naive_root(&leaves[start..start + width]));
            }
        }
    }

    #[test]
    fn a_stored_frontier_grows_on() {
        let leaves = leaves(40);
        let mut kept = Frontier::new();
        for (index, leaf) in leaves.iter().enumerate() {
            let mut loaded = Frontier::from_bytes(&kept.to_bytes()).unwrap();
            assert_eq!(loaded, kept);
            loaded.append(*leaf).unwrap();
            kept.append(*leaf).unwrap();
            assert_eq!(loaded.root(), naive_root(&leaves[..=index]));
            assert_eq!(loaded.root(), kept.root());
        }
    }

    #[test]
    fn a_damaged_frontier_is_refused() {
        let mut frontier = Frontier::new();
        for leaf in leaves(7) {
            frontier.append(leaf).unwrap();
        }
        let bytes = frontier.to_bytes();
        assert!(Frontier::from_bytes(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert_eq!(Frontier::from_bytes(&bytes[..length]), Err(TreeError::BadFrontier), "{length}");
        }
        let mut longer = bytes.clone();
        longer.extend_from_slice(&[0; 32]);
        assert_eq!(Frontier::from_bytes(&longer), Err(TreeError::BadFrontier));
        let mut other_size = bytes;
        other_size[7] = 8;
        assert_eq!(Frontier::from_bytes(&other_size), Err(TreeError::BadFrontier));
        assert_eq!(Frontier::from_bytes(&[0xff; 8 + 64 * 32]), Err(TreeError::BadFrontier));
    }

    #[test]
    fn a_full_tree_takes_no_more() {
        let mut bytes = MAX_SIZE.to_be_bytes().to_vec();
        bytes.extend(std::iter::repeat_n(7, 53 * 32));
        let mut frontier = Frontier::from_bytes(&bytes).unwrap();
        assert_eq!(frontier.append(leaf_hash(b"one more")), Err(TreeError::Full));
        assert_eq!(frontier.to_bytes(), bytes);
    }
}
