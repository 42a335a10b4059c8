//! The bodies of the fuzz targets, so that the corpora can be replayed as ordinary tests.
//!
//! Each takes any bytes and panics when something the product promises does not hold.

use crate::forge::public_key;
use crate::make::revocation_feed::scene::{Draft, LISTER, SEQ, strangers};
use crate::make::scene::{AUDIENCE, ISSUER, ISSUER_KEY, NOW};
use keybound::{
    AgentId, Arguments, Authority, Chain, Format, NoCache, Proof, PublicKey, Request, Trust, UnixTime,
    Verifier, revocation::RevocationSource,
};
use keybound_bindings::MemoryReplayStore;

/// A chain: what parses is kept byte for byte, or in AAT-02 in its one form, and believing it does not panic.
pub fn chain_parse(bytes: &[u8]) {
    let Ok(chain) = Chain::parse(bytes) else { return };
    if chain.format() == Format::Cwt {
        assert_eq!(chain.as_bytes(), bytes, "a chain is kept as it came");
        assert!((1..=9).contains(&chain.len()), "a chain within the limits");
    } else {
        let again = Chain::parse(chain.as_bytes()).expect("the form we hand on parses");
        assert_eq!(again.as_bytes(), chain.as_bytes(), "and is its own");
    }
    let _ = chain.verify(&trust(), now());
}

/// A proof: what parses is kept byte for byte.
pub fn proof_parse(bytes: &[u8]) {
    let Ok(proof) = Proof::parse(bytes) else { return };
    assert_eq!(proof.as_bytes(), bytes, "a proof is kept as it came");
}

/// Arguments: the canonical form is itself canonical, and means the same.
pub fn json_parse(bytes: &[u8]) {
    let Ok(arguments) = Arguments::from_json(bytes) else { return };
    let canonical = arguments.canonical();
    let again = Arguments::from_json(canonical.as_bytes()).expect("the canonical form parses");
    assert_eq!(again.canonical(), canonical, "the canonical form is its own");
    assert_eq!(again.digest(), arguments.digest(), "and has the same digest");
    assert!(serde_json::from_slice::<serde_json::Value>(bytes).is_ok(), "what we take others take");
}

/// Tools: what is read is written so that it reads the same.
pub fn authority_json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(authority) = Authority::from_json(text) else { return };
    let json = authority.to_json();
    let again = Authority::from_json(&json).expect("what is written reads");
    assert_eq!(again.to_json(), json, "and is written the same");
}

/// Agent ids: the parts make up the whole.
pub fn agent_id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(id) = AgentId::parse(text) else { return };
    let parts =
        format!("spiffe://{}/agent/{}/{}/{}", id.trust_domain(), id.orchestrator(), id.task(), id.instance());
    assert_eq!(parts, text, "the parts make up the whole");
}

/// A list of revocations or a delta, first without a list and then after one: what is believed follows what was known.
pub fn revocations(bytes: &[u8]) {
    let key = PublicKey::from_bytes(&public_key(&LISTER)).expect("a key");
    let source = RevocationSource::new(ISSUER, &key);
    let first = source.read(&Draft::whole(SEQ, NOW - 2, strangers()).bytes(), None, now()).expect("a list");
    for known in [None, Some(&first)] {
        let Ok(list) = source.read(bytes, known, now()) else { continue };
        assert!(known.is_none_or(|known| known.seq() <= list.seq()), "numbers do not go back");
        // Under one number there is one list; what has ended may have left it.
        let is_another = list.seq() == first.seq() && list.len() >= first.len();
        assert!(known.is_none() || !is_another || list.digest() == first.digest(), "one number, one list");
    }
}

/// A whole decision over a frame of chain, proof, tool and arguments: both roads answer
/// alike.
pub fn authorize(bytes: &[u8]) {
    let Some([chain, proof, tool, arguments]) = unframe(bytes) else { return };
    let Ok(arguments) = Arguments::from_json(arguments) else { return };
    let Ok(tool) = std::str::from_utf8(tool) else { return };
    let Ok(request) = Request::new(tool, arguments, AUDIENCE) else { return };
    let short = Verifier::new(trust(), NoCache).authorize(chain, proof, &request, now());
    let long = Chain::parse(chain)
        .and_then(|chain| chain.verify(&trust(), now()))
        .and_then(|chain| chain.authorize(&request, &Proof::parse(proof)?, now()));
    assert_eq!(short.is_ok(), long.is_ok(), "both roads answer alike");
}

/// The frame of [`authorize`]: three lengths of two bytes, then the four parts.
pub fn frame(chain: &[u8], proof: &[u8], tool: &str, arguments: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for part in [chain, proof, tool.as_bytes()] {
        out.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
    }
    [&out, chain, proof, tool.as_bytes(), arguments.as_bytes()].concat()
}

fn unframe(bytes: &[u8]) -> Option<[&[u8]; 4]> {
    let (lengths, mut rest) = bytes.split_at_checked(6)?;
    let mut parts = [&[][..]; 4];
    for (part, length) in parts.iter_mut().zip(lengths.chunks(2)) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        (*part, rest) = rest.split_at_checked(length)?;
    }
    parts[3] = rest;
    Some(parts)
}

fn trust() -> Trust {
    let key = PublicKey::from_bytes(&public_key(&ISSUER_KEY)).expect("a key");
    Trust::new([AUDIENCE], MemoryReplayStore::with_capacity(16)).anchor(ISSUER, &key)
}

fn now() -> UnixTime {
    UnixTime::new(NOW).expect("a time")
}
