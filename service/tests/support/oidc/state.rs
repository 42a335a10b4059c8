//! What the issuer is just now: its keys, its faults, its counts.

use super::{Ask, Failure, keys::Keys};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// What is wrong with `/jwks`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fault {
    /// It answers after half a minute.
    Slow,
    /// It answers 500.
    Error,
    /// It answers with a sound key set of 600 KiB.
    Huge,
    /// It answers with the address of a sound key set.
    Redirect,
    /// It answers with what is no JSON.
    Garbage,
    #[default]
    None,
}

/// What is said about the keys, in `POST /publish`. What is not given is said no more.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Publish {
    /// `max-age` of `Cache-Control`.
    pub(super) max_age: Option<u64>,
    /// `spiffe_sequence`; the generation of the keys when not given.
    sequence: Option<u64>,
}

/// What was fetched, and how often.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) jwks: u64,
    pub(super) metadata: u64,
    pub(super) elsewhere: u64,
}

#[derive(Debug)]
pub(super) struct State {
    url: String,
    changing: Mutex<Changing>,
}

#[derive(Debug)]
struct Changing {
    /// The newest generation first.
    keys: Vec<Keys>,
    generation: u64,
    fault: Fault,
    publish: Publish,
    counts: Counts,
}

impl State {
    pub(super) fn new(url: String) -> Result<Self, Failure> {
        let (keys, generation) = (vec![Keys::generate(1)?], 1);
        let (fault, publish, counts) = Default::default();
        Ok(Self { url, changing: Mutex::new(Changing { keys, generation, fault, publish, counts }) })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// New keys. The old ones stay published beside them, or are dropped.
    pub(super) fn rotate(&self, drop: bool) -> Result<u64, Failure> {
        let mut state = self.changing();
        state.generation = state.generation.saturating_add(1);
        let keys = Keys::generate(state.generation)?;
        if drop {
            state.keys.clear();
        }
        state.keys.insert(0, keys);
        Ok(state.generation)
    }

    pub(super) fn sign(&self, ask: &Ask, now: i64) -> Result<String, Failure> {
        let state = self.changing();
        ask.sign(state.keys.first().ok_or("the issuer has no keys")?, &self.url, now)
    }

    pub(super) fn jwks(&self) -> Value {
        json!({"keys": self.public("sig")})
    }

    pub(super) fn bundle(&self) -> Value {
        let sequence = {
            let state = self.changing();
            state.publish.sequence.unwrap_or(state.generation)
        };
        json!({"keys": self.public("jwt-svid"), "spiffe_sequence": sequence, "spiffe_refresh_hint": 300})
    }

    fn public(&self, used: &str) -> Vec<Value> {
        self.changing().keys.iter().flat_map(|keys| keys.jwks(used)).collect()
    }

    pub(super) fn set_fault(&self, fault: Fault) {
        self.changing().fault = fault;
    }

    pub(super) fn fault(&self) -> Fault {
        self.changing().fault
    }

    pub(super) fn set_publish(&self, publish: Publish) {
        self.changing().publish = publish;
    }

    pub(super) fn publish(&self) -> Publish {
        self.changing().publish
    }

    pub(super) fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self.changing().counts);
    }

    pub(super) fn counts(&self) -> Counts {
        self.changing().counts
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The issuer's clock is the machine's.
pub(super) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or_default()
}
