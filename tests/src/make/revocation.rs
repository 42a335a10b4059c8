//! A revoked token kills everything below it.

use super::scene::{Scene, token_id};
use super::topic::Topic;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("revocation");
    t.note(
        "Revoked",
        "somebody withdrew this token, or one above it; accepted, withdrawing would mean nothing",
    );
    let revoked = |ids: &[[u8; 16]]| Some(ids.iter().map(hex::encode).collect());
    let c = t.control("others_revoked", "the list names other tokens", "Revoked", &Scene::of(3), |s| {
        s.trust.revoked = revoked(&[[1; 16], [2; 16]])
    });
    for (name, comment, link, flags) in [
        ("root_revoked", "the root is on the list, two links above the leaf", 0, "Revoked R2"),
        ("middle_revoked", "the middle is on the list", 1, "Revoked R2"),
        ("leaf_revoked", "the leaf is on the list", 2, "Revoked R1"),
    ] {
        t.fault(&c, name, comment, flags, "revocation.revoked", Some(link), |s| {
            s.trust.revoked = revoked(&[[1; 16], token_id(link)])
        });
    }
    t.control("nothing_revoked", "the list is empty", "Revoked", &Scene::of(2), |s| {
        s.trust.revoked = revoked(&[])
    });
    t
}
