//! Feeds of revocations as data, and what the product makes of them.

use crate::http::Facts;
use crate::run::{Outcome, time};
use crate::vectors::Vector;
use keybound::{PublicKey, Refusal};
use keybound_bindings::{FeedData, RevocationFeed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose lists are believed, and what came of them earlier.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Feed {
    pub issuer: String,
    pub keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<BTreeMap<String, u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<Vec<Update>>,
}

/// A list or a delta, and when it came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the members are explained once, in tests/vectors/README.md")]
pub struct Update {
    pub bytes: String,
    pub now: u64,
}

/// The feed with its earlier updates.
///
/// # Errors
/// When one of them is refused.
///
/// # Panics
/// When the vector is not well-formed.
pub fn feed(data: &Feed) -> Result<Arc<RevocationFeed>, Refusal> {
    let bytes = |text: &String| hex::decode(text).expect("hex");
    let keys = data.keys.iter().map(|key| PublicKey::from_bytes(&bytes(key)).expect("a key")).collect();
    let limits = data.limits.iter().flatten().map(|(name, value)| (name.clone(), u64::from(*value)));
    let feed = FeedData { issuer: data.issuer.clone(), keys, limits: limits.collect() };
    let feed = feed.into_feed().expect("a feed");
    for update in data.updates.iter().flatten() {
        feed.apply(&bytes(&update.bytes), time(Some(update.now)))?;
    }
    Ok(feed)
}

/// Runs a vector of the operation `revocations`.
pub fn run(vector: &Vector) -> Outcome {
    let data = vector.feed.as_ref().expect("a feed");
    let feed = match feed(data) {
        Ok(feed) => feed,
        Err(refusal) => return Outcome { code: format!("refused early: {refusal:?}"), ..Outcome::ok(None) },
    };
    let bytes = hex::decode(vector.bytes.as_deref().expect("bytes")).expect("hex");
    let before = feed.list().map(|list| (list.seq(), list.digest(), list.times()));
    if let Err(refusal) = feed.apply(&bytes, time(vector.now)) {
        let after = feed.list().map(|list| (list.seq(), list.digest(), list.times()));
        assert_eq!(before, after, "{}: what is refused changes nothing", vector.name);
        return refusal.into();
    }
    let list = feed.list().expect("a list");
    let facts = Facts {
        seq: Some(list.seq()),
        entries: Some(list.len()),
        expires: Some(list.times().expires.as_secs()),
        ..Facts::default()
    };
    Outcome { facts: Some(facts), ..Outcome::ok(None) }
}
