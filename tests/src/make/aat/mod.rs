//! The vectors of AAT-02 that are ours.
//!
//! Every step of its §8 decides at least one of them, but for two that nothing can reach: 4f (a depth above the verifier's
//! limit is above the parent's, which 3i and 4g keep within that limit, so 4e comes first) and 5 (each token is one deeper
//! than its parent by 4d).

mod audience;
mod capability;
mod chain;
mod claims;
mod envelope;
mod issue;
mod members;
mod narrowing;
mod order;
mod place;
mod presentation;
mod proof;
pub mod scene;
mod time;

use super::topic::Topic;

/// The files.
pub(super) fn topics() -> Vec<Topic> {
    vec![
        audience::topic(),
        capability::topic(),
        chain::topic(),
        claims::topic(),
        envelope::topic(),
        issue::topic(),
        members::topic(),
        narrowing::topic(),
        order::topic(),
        presentation::topic(),
        proof::topic(),
        time::topic(),
    ]
}
