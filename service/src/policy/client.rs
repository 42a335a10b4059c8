//! OAuth clients of the tenant: who may ask at all.

use crate::policy::problem::{Place, Problems};
use crate::policy::{file, grammar, keys};
use keybound::jose::Jwks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a client may do at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Launches agents into the workflows that name it.
    Orchestrator,
    /// Asks about tokens for its own audiences, and reports their use.
    ResourceServer,
    /// Changes the tenant: policy, keys, revocations.
    Admin,
    /// Reads the audit log.
    Auditor,
}

/// One client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    id: String,
    roles: BTreeSet<Role>,
    jwks: Option<Jwks>,
    audiences: Vec<String>,
    bearer: bool,
}

impl Client {
    /// The client id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Its roles; at least one.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().copied()
    }

    /// The keys that its assertions are signed with (`private_key_jwt`). A client without any logs in in another way.
    pub const fn jwks(&self) -> Option<&Jwks> {
        self.jwks.as_ref()
    }

    /// What a resource server may introspect tokens for and report use of. Empty means nothing.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Whether it may hold access tokens bound to no key.
    pub const fn bearer(&self) -> bool {
        self.bearer
    }

    pub(super) fn read(
        id: &str,
        written: file::Client,
        place: &Place,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let roles: BTreeSet<Role> = written.roles.into_iter().collect();
        problems.expect(!roles.is_empty(), &place.key("roles"), "a client has at least one role");
        let place_of_audiences = place.key("audiences");
        problems.expect(
            written.audiences.is_empty() || roles.contains(&Role::ResourceServer),
            &place_of_audiences,
            "only a resource_server has audiences",
        );
        check_audiences(&written.audiences, &place_of_audiences, problems);
        let jwks = written.jwks.and_then(|text| read_keys(&text, &place.key("jwks"), problems));
        Some(Self { id: id.to_owned(), roles, jwks, audiences: written.audiences, bearer: written.bearer })
    }
}

fn read_keys(text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Jwks> {
    match keys::read(text) {
        Ok(keys) if keys::has_usable(&keys) => Some(keys),
        Ok(_) => {
            problems.add(place, "no key for signatures with Ed25519 or ES256");
            None
        }
        Err(what) => {
            problems.add(place, what);
            None
        }
    }
}

/// Each an audience, none twice.
pub(super) fn check_audiences(audiences: &[String], place: &Place, problems: &mut Problems<'_>) {
    let mut seen = BTreeSet::new();
    for (index, audience) in audiences.iter().enumerate() {
        problems.expect(grammar::is_audience(audience), &place.index(index), grammar::AUDIENCE);
        problems.expect(seen.insert(audience), &place.index(index), "named twice");
    }
}
