//! The seeds of the fuzz targets: what the vectors hold, a part of it, each once.

use crate::fuzz_targets::frame;
use crate::make;
use crate::make::topic::Topic;
use crate::vectors::Vector;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The fuzz targets.
pub const TARGETS: &[&str] =
    &["agent_id", "authority_json", "authorize", "chain_parse", "json_parse", "proof_parse", "revocations"];

/// Seeds larger than this teach a fuzzer little that a smaller one would not.
const LARGEST: usize = 4096;

/// Every how many-th vector gives a chain, a proof and a call to the seeds: in the native encoding, and in AAT-02, which
/// takes more bytes to say the same and has more vectors.
const STEPS: [usize; 2] = [4, 16];

/// The folder of the corpora.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// Every seed with the file it belongs in; the name is the beginning of its digest.
pub fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut seeds: BTreeMap<(&str, String), Vec<u8>> = BTreeMap::new();
    let mut add = |target: &'static str, bytes: Vec<u8>| {
        if bytes.len() <= LARGEST {
            let name = hex::encode(&crate::forge::sha256(&bytes)[..8]);
            seeds.insert((target, name), bytes);
        }
    };
    let step = |topic: &Topic| STEPS[usize::from(topic.name.starts_with("aat"))];
    let of = |topic: Topic| std::iter::repeat(step(&topic)).zip(topic.finish().vectors);
    let all: Vec<(usize, Vector)> = make::topics().into_iter().flat_map(of).collect();
    for (index, (step, vector)) in all.iter().enumerate() {
        let bytes = |hex: &Option<String>| hex.as_ref().map(|hex| hex::decode(hex).expect("hex"));
        if let Some(request) = &vector.request {
            add("json_parse", request.arguments.clone().into_bytes());
        }
        if let Some(tools) = &vector.tools {
            add("authority_json", tools.clone().into_bytes());
        }
        if let Some(text) = &vector.text {
            add("agent_id", text.clone().into_bytes());
        }
        if vector.feed.is_some() && index % step == 0 {
            add("revocations", bytes(&vector.bytes).expect("bytes"));
        }
        if index % step != 0 || vector.operation != "authorize" {
            continue;
        }
        let (Some(chain), Some(proof), Some(request)) =
            (bytes(&vector.chain), bytes(&vector.proof), &vector.request)
        else {
            continue;
        };
        add("authorize", frame(&chain, &proof, &request.tool, &request.arguments));
        add("chain_parse", chain);
        add("proof_parse", proof);
    }
    seeds.into_iter().map(|((target, name), bytes)| (folder().join(target).join(name), bytes)).collect()
}
