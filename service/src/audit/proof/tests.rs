//! The foreign cases, and the proofs against the recursive definition of the RFC.

use super::*;
use crate::audit::{
    Frontier, leaf_hash,
    test_utils::{REFERENCE_LEAVES, REFERENCE_ROOTS, digest, leaves, naive_root},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use std::path::{Path as File, PathBuf};

/// Cases of transparency-dev/merkle that are known to be there; a folder that lost some must not pass.
const KNOWN_INCLUSION_CASES: usize = 98;

fn case_files(folder: &File) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(case_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A hash of a case; one that is not 32 bytes has no place in this API, which is a refusal.
fn hash(text: &serde_json::Value) -> Option<Digest> {
    let bytes = BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap();
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

fn path(case: &serde_json::Value) -> Option<Vec<Digest>> {
    match &case["proof"] {
        serde_json::Value::Null => Some(Vec::new()),
        hashes => hashes.as_array().unwrap().iter().map(hash).collect(),
    }
}

fn run_inclusion(case: &serde_json::Value) -> Option<Result<(), TreeError>> {
    let number = |name: &str| case[name].as_u64().unwrap();
    let (leaf, root) = (hash(&case["leafHash"])?, hash(&case["root"])?);
    Some(verify_inclusion(&leaf, number("leafIdx"), number("treeSize"), &path(case)?, &root))
}

fn run_consistency(case: &serde_json::Value) -> Option<Result<(), TreeError>> {
    let number = |name: &str| case[name].as_u64().unwrap();
    let (old, new) = (hash(&case["root1"])?, hash(&case["root2"])?);
    Some(verify_consistency(number("size1"), number("size2"), &path(case)?, &old, &new))
}

#[test]
fn every_case_of_transparency_dev_merkle_ends_as_it_says() {
    let folder =
        File::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/foreign/transparency-dev-merkle");
    let files = case_files(&folder);
    let (mut inclusion, mut consistency, mut accepted) = (0, 0, 0);
    for file in &files {
        let case: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let outcome = if case.get("leafIdx").is_some() {
            inclusion += 1;
            run_inclusion(&case)
        } else {
            consistency += 1;
            run_consistency(&case)
        };
        let is_refused = !matches!(outcome, Some(Ok(())));
        assert_eq!(is_refused, case["wantErr"].as_bool().unwrap(), "{}: {outcome:?}", file.display());
        accepted += usize::from(!is_refused);
    }
    println!("{inclusion} inclusion cases, {consistency} consistency cases, {accepted} accepted");
    assert!(inclusion >= KNOWN_INCLUSION_CASES, "{inclusion} inclusion cases");
    assert_eq!(inclusion + consistency, files.len());
    assert!(accepted > 0 && accepted < files.len());
}

fn nodes(leaves: &[Digest]) -> BTreeMap<Place, Digest> {
    let mut frontier = Frontier::new();
    leaves
        .iter()
        .flat_map(|leaf| frontier.append(*leaf).unwrap())
        .map(|node| (node.place, node.hash))
        .collect()
}

/// Published proofs of the reference tree of eight leaves: (old, new, proof).
const REFERENCE_CONSISTENCY: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

#[test]
fn consistency_proofs_are_those_published_for_the_reference_tree() {
    let leaves: Vec<Digest> = REFERENCE_LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect();
    let nodes = nodes(&leaves);
    let root = |size: u64| digest(REFERENCE_ROOTS[usize::try_from(size).unwrap() - 1]);
    for (old, new, expected) in REFERENCE_CONSISTENCY {
        let expected: Vec<Digest> = expected.iter().map(|hash| digest(hash)).collect();
        assert_eq!(consistency_proof(old, new, &nodes).unwrap(), expected, "{old} {new}");
        verify_consistency(old, new, &expected, &root(old), &root(new)).unwrap();
    }
}

/// PATH(m, D[n]) as RFC 9162 section 2.1.3.1 writes it.
fn naive_path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, sibling) = if index < left.len() {
        (naive_path(index, left), right)
    } else {
        (naive_path(index - left.len(), right), left)
    };
    path.push(naive_root(sibling));
    path
}

/// SUBPROOF(m, D[n], b) as RFC 9162 section 2.1.4.1 writes it.
fn naive_subproof(old: usize, leaves: &[Digest], is_whole: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if is_whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut proof, sibling) = if old <= left.len() {
        (naive_subproof(old, left, is_whole), right)
    } else {
        (naive_subproof(old - left.len(), right, false), left)
    };
    proof.push(naive_root(sibling));
    proof
}

fn sizes(a: usize, b: usize) -> (u64, u64) {
    (u64::try_from(a).unwrap(), u64::try_from(b).unwrap())
}

#[test]
fn proofs_of_every_small_tree_are_those_of_the_definition_and_hold() {
    let all = leaves(33);
    let nodes = nodes(&all);
    for size in 1..=all.len() {
        let (tree, root) = (&all[..size], naive_root(&all[..size]));
        for (index, leaf) in tree.iter().enumerate() {
            let (at, of) = sizes(index, size);
            let proof = inclusion_proof(at, of, &nodes).unwrap();
            assert_eq!(proof, naive_path(index, tree));
            verify_inclusion(leaf, at, of, &proof, &root).unwrap();
        }
        for old in 1..=size {
            let (from, to) = sizes(old, size);
            let proof = consistency_proof(from, to, &nodes).unwrap();
            assert_eq!(proof, naive_subproof(old, tree, true));
            verify_consistency(from, to, &proof, &naive_root(&all[..old]), &root).unwrap();
        }
    }
}

/// The faults the foreign cases make, made to every consistency proof of every small tree.
#[test]
fn a_changed_consistency_proof_holds_nowhere() {
    let all = leaves(18);
    let nodes = nodes(&all);
    let garbage = leaf_hash(b"garbage");
    for size in 2..=all.len() {
        for old in 1..size {
            let (from, to) = sizes(old, size);
            let (a, b) = (naive_root(&all[..old]), naive_root(&all[..size]));
            let proof = consistency_proof(from, to, &nodes).unwrap();
            assert_eq!(verify_consistency(from, to, &proof, &a, &b), Ok(()));
            let refuse = |from, to, proof: &[Digest], a: &Digest, b: &Digest| {
                assert!(verify_consistency(from, to, proof, a, b).is_err(), "{old} {size} as {from} {to}");
            };
            refuse(from, to, &proof, &b, &a);
            refuse(from, to, &proof, &garbage, &b);
            refuse(from, to, &proof, &a, &garbage);
            refuse(from, to, &[], &a, &b);
            refuse(0, to, &proof, &a, &b);
            refuse(0, to, &[], &a, &b);
            refuse(to, from, &proof, &a, &b);
            refuse(to, to, &proof, &b, &b);
            refuse(from, u64::MAX, &proof, &a, &b);
            refuse(u64::MAX, u64::MAX, &proof, &a, &b);
            for extra in [garbage, a, b, proof[0]] {
                for place in 0..=proof.len() {
                    let mut longer = proof.clone();
                    longer.insert(place, extra);
                    refuse(from, to, &longer, &a, &b);
                }
            }
            for place in 0..proof.len() {
                let mut shorter = proof.clone();
                shorter.remove(place);
                refuse(from, to, &shorter, &a, &b);
                let mut changed = proof.clone();
                let mut bytes = *changed[place].as_bytes();
                bytes[0] ^= 16;
                changed[place] = Digest::from_bytes(bytes);
                refuse(from, to, &changed, &a, &b);
            }
        }
    }
}

#[test]
fn sizes_that_name_no_proof_are_refused() {
    for (index, size) in [(0, 0), (1, 1), (5, 4), (u64::MAX, u64::MAX), (0, u64::MAX)] {
        assert_eq!(inclusion_plan(index, size), Err(TreeError::BadSize), "{index} {size}");
    }
    for (old, new) in [(0, 0), (0, 5), (6, 5), (u64::MAX, u64::MAX), (1, u64::MAX)] {
        assert_eq!(consistency_plan(old, new), Err(TreeError::BadSize), "{old} {new}");
    }
    let leaf = leaf_hash(b"a");
    assert_eq!(verify_inclusion(&leaf, 0, 0, &[], &leaf), Err(TreeError::BadSize));
    assert_eq!(verify_inclusion(&leaf, 0, 1, &[], &leaf), Ok(()));
    assert_eq!(verify_consistency(1, 1, &[leaf], &leaf, &leaf), Err(TreeError::WrongLength));
    assert_eq!(verify_consistency(1, 1, &[], &leaf, &leaf_hash(b"b")), Err(TreeError::WrongRoot));
    // The largest sizes end with an answer, not an overflow.
    let long = vec![leaf; 64];
    assert!(verify_inclusion(&leaf, u64::MAX - 1, u64::MAX, &long, &leaf).is_err());
    assert!(verify_consistency(u64::MAX - 1, u64::MAX, &long, &leaf, &leaf).is_err());
}

#[test]
fn a_plan_names_what_it_needs_and_says_when_it_is_missing() {
    let all = leaves(29);
    let nodes = nodes(&all);
    for plan in [inclusion_plan(3, 29).unwrap(), consistency_plan(21, 29).unwrap()] {
        let mut needed: BTreeMap<Place, Digest> = plan.places().map(|place| (place, nodes[&place])).collect();
        assert!(!needed.is_empty());
        assert_eq!(plan.assemble(&needed), plan.assemble(&nodes));
        let first = *needed.keys().next().unwrap();
        needed.remove(&first);
        assert_eq!(plan.assemble(&needed), Err(TreeError::MissingNode));
    }
    // A tree as large as they get needs no more than its height, twice.
    assert!(inclusion_plan(MAX_SIZE - 2, MAX_SIZE - 1).unwrap().places().count() <= 106);
}

proptest! {
    #[test]
    fn larger_trees_agree_with_the_definition(size in 1_usize..600, at in any::<prop::sample::Index>(), from in any::<prop::sample::Index>()) {
        let all = leaves(size);
        let nodes = nodes(&all);
        let root = naive_root(&all);
        let index = at.index(size);
        let (position, of) = sizes(index, size);
        let proof = inclusion_proof(position, of, &nodes).unwrap();
        prop_assert_eq!(&proof, &naive_path(index, &all));
        prop_assert_eq!(verify_inclusion(&all[index], position, of, &proof, &root), Ok(()));
        prop_assert!(verify_inclusion(&leaf_hash(b"another"), position, of, &proof, &root).is_err());

        let old = from.index(size) + 1;
        let (old_size, _) = sizes(old, size);
        let proof = consistency_proof(old_size, of, &nodes).unwrap();
        prop_assert_eq!(&proof, &naive_subproof(old, &all, true));
        prop_assert_eq!(verify_consistency(old_size, of, &proof, &naive_root(&all[..old]), &root), Ok(()));
    }

    #[test]
    fn arbitrary_proofs_end_with_an_answer(
        sizes in any::<[u64; 2]>(), seeds in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let proof: Vec<Digest> = seeds.iter().map(|seed| Digest::from_bytes([*seed; 32])).collect();
        let root = Digest::from_bytes([1; 32]);
        prop_assert!(verify_inclusion(&root, sizes[0], sizes[1], &proof, &leaf_hash(b"x")).is_err());
        prop_assert!(verify_consistency(sizes[0], sizes[1], &proof, &root, &leaf_hash(b"x")).is_err());
    }
}
