//! The fuzz corpora as ordinary tests, and a little fuzzing that needs no fuzzer: random
//! bytes, and every seed with bytes changed, cut and doubled.

use keybound_tests::random::Random;
use keybound_tests::{corpus, fuzz_targets};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 7] = [
    ("agent_id", fuzz_targets::agent_id),
    ("authority_json", fuzz_targets::authority_json),
    ("authorize", fuzz_targets::authorize),
    ("chain_parse", fuzz_targets::chain_parse),
    ("json_parse", fuzz_targets::json_parse),
    ("proof_parse", fuzz_targets::proof_parse),
    ("revocations", fuzz_targets::revocations),
];

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(corpus::folder().join(target))
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("readable")).collect()
}

#[test]
fn every_target_has_a_corpus_and_every_seed_passes() {
    assert_eq!(TARGETS.map(|(name, _)| name).as_slice(), corpus::TARGETS);
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() >= 10, "{name} has {} seeds", seeds.len());
        seeds.iter().for_each(|seed| target(seed));
    }
}

#[test]
fn the_corpora_are_what_their_maker_makes_and_small() {
    let files = corpus::files();
    for (path, bytes) in &files {
        assert_eq!(std::fs::read(path).ok().as_ref(), Some(bytes), "{}", path.display());
    }
    let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(size < 1 << 20, "{size} bytes of seeds");
}

#[test]
fn mutated_seeds_and_random_bytes_never_panic() {
    let mut random = Random::new(20_261_122);
    for (name, target) in TARGETS {
        for seed in seeds(name) {
            for _ in 0..20 {
                target(&mutated(&seed, &mut random));
            }
        }
        for _ in 0..2000 {
            let length = random.below(300);
            let bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            target(&bytes);
        }
    }
}

fn mutated(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            _ if bytes.is_empty() => bytes.push(random.byte()),
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.byte(),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.byte()),
            4 => {
                bytes.remove(at);
            }
            _ => {
                let end = (at + 1 + random.below(16)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}
