//! Signed lists of revocations: what is believed of them, and what follows for a call.

mod bounds;
mod deciding;
mod following;
mod reading;
pub(crate) mod scene;

use super::topic::Topic;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("revocation_feed");
    t.note("List", "a signed list of revocations, or a delta to one");
    t.note("Forged", "not signed by whoever may; believed, it could keep a revoked token alive");
    t.note("Encoding", "a second way to write a list, or one that could be searched wrongly");
    t.note(
        "Rollback",
        "an older list, or another one under the same number; believed, it would take a revocation back",
    );
    t.note("Stale", "too old, or from no time that can be; believed, whoever keeps newer lists away could use what was revoked");
    t.note(
        "Gap",
        "a delta that does not follow the list there is; believed, what is between would be missing",
    );
    t.note("Revoked", "something the list takes back; accepted, revoking would mean nothing");
    reading::add(&mut t);
    bounds::add(&mut t);
    following::add(&mut t);
    deciding::add(&mut t);
    t
}
