//! What the tests of the audit log share: fixed trees, fixed keys, plausible events.

use super::{
    Event, Grant, Head, Name, Operation, Pseudonym, Record, VerifierKey, leaf_hash, tree::node_hash,
};
use aws_lc_rs::signature::Ed25519KeyPair;
use keybound::{AgentId, Digest, PublicKey, SigningKey, TokenId, UnixTime};

/// The leaves of the reference tree that certificate transparency implementations test with.
pub(crate) const REFERENCE_LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// The published roots of that tree at each size.
pub(crate) const REFERENCE_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

pub(crate) fn digest(hex: &str) -> Digest {
    crate::hex::digest(hex).unwrap()
}

/// That many distinct leaf hashes.
pub(crate) fn leaves(count: usize) -> Vec<Digest> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// MTH(D[n]) as RFC 9162 section 2.1.1 writes it.
pub(crate) fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

pub(crate) fn time(seconds: u64) -> UnixTime {
    UnixTime::new(seconds).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn token(byte: u8) -> TokenId {
    TokenId::from_bytes([byte; 16])
}

/// An event with every member.
pub(crate) fn full_event() -> Event {
    Event {
        time: time(1_700_000_000),
        operation: Operation::TokenDelegated,
        code: Some(name("policy.allowed")),
        agent: Some(AgentId::parse("spiffe://acme.example/agent/orch/task-9/one").unwrap()),
        orchestrator: Some(name("orch")),
        task: Some(name("task-9")),
        workflow: Some(name("invoice-run")),
        token: Some(token(2)),
        parent: Some(token(1)),
        lineage: vec![token(1), token(2)],
        principal: Pseudonym::parse("p_00112233445566778899aabbccddeeff"),
        actor: Some(name("orchestrator-1")),
        grant: Some(Grant::OnBehalfOf),
        audience: vec![name("https://files.example")],
        tools_requested: vec![name("fs.read"), name("fs.write")],
        tools_granted: vec![name("fs.read")],
        depth: Some(1),
        leaf: Some(Digest::from_bytes([4; 32])),
        rule: Some(name("invoices")),
        policy: Some(Digest::from_bytes([6; 32])),
        inputs: Some(Digest::from_bytes([5; 32])),
        request: Some(name("req-1")),
        count: Some(3),
        expires: Some(time(1_700_000_300)),
    }
}

/// A log of that many records.
pub(crate) fn log(count: u64) -> Vec<Record> {
    let mut head = Head::EMPTY;
    let next = |number: u64| {
        let operation = if number == 0 { Operation::LogStarted } else { Operation::UseReported };
        let mut event = Event::new(time(1_700_000_000 + number), operation);
        event.count = Some(number);
        let record = Record::after(head, event).unwrap();
        head = record.head();
        record
    };
    (0..count).map(next).collect()
}

/// A key pair held by another library than the one that verifies, as a remote signer holds it.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    pub(crate) public: PublicKey,
}

impl Signer {
    pub(crate) fn from_seed(seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        Self { pair, public: SigningKey::from_seed(&seed).public_key() }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().unwrap()
    }

    pub(crate) fn key(&self, name: &str) -> VerifierKey {
        VerifierKey::new(name, self.public.clone()).unwrap()
    }
}
