//! The makers of the vectors: one file per topic, everything fixed, so that the same
//! bytes come out every time.

pub mod aat;
pub mod scene;
pub mod topic;

mod aat_02;
mod access_token;
mod agent_ids;
mod arguments;
mod audience;
mod authority;
mod bytes;
mod cbor;
mod claims;
mod constraints;
mod delegate;
mod dpop;
mod envelope;
mod identity;
mod issue;
mod keys;
mod linkage;
mod narrowing;
mod proof;
mod prove;
mod replay;
mod revocation;
pub(crate) mod revocation_feed;
mod time;

use topic::Topic;

/// All files of vectors.
pub fn topics() -> Vec<Topic> {
    // The draft's rows stand last: with another state of its suite the places of all others stay, and so do the fuzz corpora.
    [
        native(),
        aat::topics(),
        vec![dpop::topic(), access_token::topic(), revocation_feed::topic(), aat_02::topic()],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Those of the native encoding.
fn native() -> Vec<Topic> {
    vec![
        agent_ids::topic(),
        arguments::topic(),
        audience::topic(),
        authority::topic(),
        bytes::topic(),
        cbor::topic(),
        claims::topic(),
        constraints::topic(),
        delegate::topic(),
        envelope::topic(),
        identity::topic(),
        issue::topic(),
        keys::topic(),
        linkage::topic(),
        narrowing::topic(),
        proof::topic(),
        prove::topic(),
        replay::topic(),
        revocation::topic(),
        time::topic(),
    ]
}
