//! The audit log: records in a hash chain and a Merkle tree, its signed checkpoints, and the check an outsider makes.
//!
//! Nothing here knows a database or a network: the store keeps what is made here, the service signs it. Records are RFC 8785
//! JSON, the tree is that of RFC 6962 and RFC 9162, checkpoints are C2SP tlog-checkpoints in C2SP signed notes.

mod checkpoint;
mod event;
mod export;
mod members;
mod name;
mod note;
mod operation;
mod problem;
mod proof;
mod pseudonym;
mod record;
mod trail;
mod tree;
mod verifier_key;
mod verify;

pub use checkpoint::{Checkpoint, MAX_EXTENSIONS};
pub use event::Event;
pub use export::{Exporter, FORMAT, Header, MAX_HEADER_BYTES};
pub use name::{MAX_NAME_BYTES, Name};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, OpenedNote, PreparedNote, open};
pub use operation::{Grant, Operation, Outcome};
pub use problem::Problem;
pub use proof::{
    Nodes, Plan, consistency_plan, consistency_proof, inclusion_plan, inclusion_proof, verify_consistency,
    verify_inclusion,
};
pub use pseudonym::{Pseudonym, Pseudonyms};
pub use record::{Head, MAX_RECORD_BYTES, Record, RecordError};
pub use trail::render;
pub use tree::{Frontier, MAX_SIZE, Node, Place, TreeError, leaf_hash, node_hash};
pub use verifier_key::VerifierKey;
pub use verify::{Auditor, Report, open_checkpoints, verify};

#[cfg(test)]
mod test_utils;
