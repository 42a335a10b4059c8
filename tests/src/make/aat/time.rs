//! When a token is in force. The draft gives `exp` no grace and `iat` all of it.

use super::scene::Scene;
use crate::make::scene::NOW;
use crate::make::topic::{Topic, at, beyond};
use serde_json::json;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("aat_time");
    t.note("Expired", "the token has ended, be it by a second; the native encoding would allow for the clocks, the draft does not");
    t.note("Future", "the token was issued later than the clocks may differ");
    t.note("Lifetime", "the token ends before it begins, or lives longer than the verifier allows");
    t.note("Parent", "the token begins before its parent, or ends after it");
    t.note("NotBefore", "nbf, which RFC 7519 has every reader honour and the draft has no step for");
    ends(&mut t);
    beginnings(&mut t);
    lives(&mut t);
    parents(&mut t);
    not_before(&mut t);
    later(&mut t);
    t
}

/// A chain of which every token ends at one time.
fn ending(length: usize, exp: u64) -> Scene {
    let mut s = Scene::of(length);
    s.links.iter_mut().for_each(|link| link.set("exp", json!(exp)));
    s
}

fn ends(t: &mut Topic) {
    let expired = "time.expired";
    let c = t.control(
        "aat_last_second",
        "the last second before the end",
        "Expired",
        &ending(1, NOW + 1),
        |_| {},
    );
    t.refused(
        &c,
        "aat_first_second_after",
        "the second of the end is after it",
        "Expired T1 T10",
        at(0, "3e", expired),
        |s| {
            s.root().set("exp", json!(NOW));
        },
    );
    t.refused(
        &c,
        "aat_expired_within_the_skew",
        "clocks may differ, exp stays",
        "Expired T10",
        at(0, "3e", expired),
        |s| {
            s.root().set("exp", json!(NOW - 10));
        },
    );
    let c = t.control(
        "aat_last_second_of_both",
        "the last second of both",
        "Expired",
        &ending(2, NOW + 1),
        |_| {},
    );
    t.refused(&c, "aat_child_expired", "only the child has ended", "Expired T1", at(1, "4i", expired), |s| {
        s.leaf().set("exp", json!(NOW))
    });
    t.refused(
        &c,
        "aat_parent_expired",
        "only the parent has ended",
        "Expired T2",
        at(0, "3e", expired),
        |s| s.root().set("exp", json!(NOW)),
    );
    let c = t.control(
        "aat_last_second_of_three",
        "the last second of all",
        "Expired",
        &ending(3, NOW + 1),
        |_| {},
    );
    t.refused(
        &c,
        "aat_middle_expired",
        "only the middle has ended",
        "Expired T2",
        at(1, "4i", expired),
        |s| s.links[1].set("exp", json!(NOW)),
    );
}

/// A chain of which every token was issued at one time.
fn issued(length: usize, iat: u64) -> Scene {
    let mut s = Scene::of(length);
    s.links.iter_mut().for_each(|link| link.set("iat", json!(iat)));
    s
}

fn beginnings(t: &mut Topic) {
    let future = "time.issued_in_future";
    let c = t.control("aat_issued_ahead", "thirty seconds ahead", "Future", &issued(1, NOW + 30), |_| {});
    t.refused(&c, "aat_issued_too_far_ahead", "a second further", "Future T5", at(0, "3f", future), |s| {
        s.root().set("iat", json!(NOW + 31))
    });
    let c = t.control(
        "aat_child_issued_ahead",
        "both thirty seconds ahead",
        "Future",
        &issued(2, NOW + 30),
        |_| {},
    );
    t.refused(
        &c,
        "aat_child_issued_too_far_ahead",
        "the child a second further",
        "Future T5",
        at(1, "4k", future),
        |s| {
            s.leaf().set("iat", json!(NOW + 31));
        },
    );
    let c = t.control(
        "aat_issued_now_without_skew",
        "a verifier that allows for no difference",
        "Future",
        &issued(1, NOW),
        |s| s.limit("skew", 0),
    );
    t.refused(&c, "aat_issued_ahead_without_skew", "a second ahead", "Future T5", at(0, "3f", future), |s| {
        s.root().set("iat", json!(NOW + 1))
    });
}

fn lives(t: &mut Topic) {
    let bad = "time.bad_lifetime";
    let c = t.control("aat_life_of_a_second", "a life of a second", "Lifetime", &issued(2, NOW + 19), |s| {
        s.links.iter_mut().for_each(|link| link.set("exp", json!(NOW + 20)));
    });
    t.refused(
        &c,
        "aat_life_of_nothing",
        "the root ends when it begins",
        "Lifetime T7",
        at(0, "3g", bad),
        |s| s.root().set("iat", json!(NOW + 20)),
    );
    t.refused(
        &c,
        "aat_life_backwards",
        "the root ends before it begins",
        "Lifetime T7",
        at(0, "3g", bad),
        |s| s.root().set("iat", json!(NOW + 21)),
    );
    t.refused(
        &c,
        "aat_child_life_of_nothing",
        "the child ends when it begins",
        "Lifetime T7",
        at(1, "4l", bad),
        |s| {
            s.leaf().set("iat", json!(NOW + 20));
        },
    );
    t.refused(
        &c,
        "aat_child_life_backwards",
        "the child ends before it begins",
        "Lifetime T7",
        at(1, "4l", bad),
        |s| {
            s.leaf().set("iat", json!(NOW + 21));
        },
    );
    let day = NOW - 20 + 24 * 60 * 60;
    let c = t.control(
        "aat_life_of_a_day",
        "as long as a verifier allows here",
        "Lifetime",
        &ending(1, day),
        |_| {},
    );
    t.refused(&c, "aat_life_of_a_day_and_a_second", "a second more", "Lifetime T6", at(0, "3h", bad), |s| {
        s.root().set("exp", json!(day + 1))
    });
    let c = t.control(
        "aat_life_as_long_as_the_limit",
        "300 seconds where 300 are allowed",
        "Lifetime",
        &Scene::of(1),
        |s| s.limit("lifetime", 300),
    );
    t.refused(&c, "aat_life_longer_than_the_limit", "a second more", "Lifetime T6", at(0, "3h", bad), |s| {
        s.limit("lifetime", 299)
    });
    t.control(
        "aat_life_of_ninety_days",
        "as long as the draft allows",
        "Lifetime",
        &ending(1, NOW - 20 + 7_776_000),
        |s| {
            s.limit("lifetime", 7_776_000);
        },
    );
}

fn parents(t: &mut Topic) {
    let c = t.control(
        "aat_child_ends_with_its_parent",
        "both end together",
        "Parent",
        &ending(2, NOW + 100),
        |_| {},
    );
    let after = at(1, "4h", "time.expires_after_parent");
    t.refused(&c, "aat_child_ends_after_its_parent", "a second later", "Parent T3", after, |s| {
        s.leaf().set("exp", json!(NOW + 101))
    });
    let c = t.control(
        "aat_child_begins_with_its_parent",
        "both begin together",
        "Parent",
        &issued(2, NOW - 20),
        |_| {},
    );
    let before = at(1, "4j", "time.begins_before_parent");
    t.refused(&c, "aat_child_begins_before_its_parent", "a second earlier", "Parent T4", before, |s| {
        s.leaf().set("iat", json!(NOW - 21))
    });
    let c = t.control(
        "aat_grandchild_begins_with_its_parent",
        "the middle begins later than the root",
        "Parent",
        &issued(3, NOW - 10),
        |s| {
            s.root().set("iat", json!(NOW - 20));
        },
    );
    let before = at(2, "4j", "time.begins_before_parent");
    t.refused(
        &c,
        "aat_grandchild_begins_with_the_root",
        "earlier than the middle",
        "Parent T4",
        before,
        |s| s.leaf().set("iat", json!(NOW - 20)),
    );
}

fn not_before(t: &mut Topic) {
    let c = t.control("aat_not_before_now", "the time has come", "NotBefore", &Scene::of(1), |s| {
        s.root().set("nbf", json!(NOW))
    });
    let root = |code| beyond(Some(0), code);
    for (name, comment, code, value) in [
        ("a_text", "a time in a text", "claims.wrong", json!("1700000000")),
        ("null", "a time that is none", "claims.wrong", json!(null)),
        ("fraction", "half a second", "claims.wrong", json!(NOW as f64 - 0.5)),
        ("negative", "a time before all times", "claims.wrong", json!(-1)),
        ("the_end", "it begins when it ends", "time.bad_lifetime", json!(NOW + 20)),
    ] {
        t.refused(&c, &format!("aat_not_before_{name}"), comment, "NotBefore T8", root(code), |s| {
            s.root().set("nbf", value);
            s.root().set("exp", json!(NOW + 20));
        });
    }
    let c = t.control("aat_not_before_soon", "thirty seconds ahead", "NotBefore", &Scene::of(1), |s| {
        s.root().set("nbf", json!(NOW + 30))
    });
    t.refused(
        &c,
        "aat_not_before_later",
        "a second further",
        "NotBefore T8",
        root("time.not_yet_valid"),
        |s| s.root().set("nbf", json!(NOW + 31)),
    );
    let c = t.control(
        "aat_child_not_before_its_parent",
        "both begin together",
        "NotBefore",
        &Scene::of(2),
        |s| {
            s.links.iter_mut().for_each(|link| link.set("nbf", json!(NOW - 5)));
        },
    );
    let child = |code| beyond(Some(1), code);
    t.refused(
        &c,
        "aat_child_before_its_parent",
        "a second earlier",
        "NotBefore T8",
        child("time.begins_before_parent"),
        |s| {
            s.leaf().set("nbf", json!(NOW - 6));
        },
    );
    t.refused(
        &c,
        "aat_child_not_before_later",
        "the child alone begins later",
        "NotBefore T8",
        child("time.not_yet_valid"),
        |s| {
            s.leaf().set("nbf", json!(NOW + 31));
        },
    );
}

/// The verifier's clock is another.
fn later(t: &mut Topic) {
    let mut s = Scene::of(2);
    s.now = NOW + 269;
    let c =
        t.control("aat_decided_in_the_last_second", "a second before the child's end", "Expired", &s, |_| {});
    t.refused(
        &c,
        "aat_decided_at_the_end",
        "at the child's end",
        "Expired T1",
        at(1, "4i", "time.expired"),
        |s| s.now += 1,
    );
    t.refused(
        &c,
        "aat_decided_at_the_roots_end",
        "at the root's end",
        "Expired T1 T2",
        at(0, "3e", "time.expired"),
        |s| s.now += 11,
    );
    s.now = NOW - 49;
    let c = t.control(
        "aat_decided_by_an_early_clock",
        "thirty seconds before the child was issued",
        "Future",
        &s,
        |_| {},
    );
    t.refused(
        &c,
        "aat_decided_too_early",
        "thirty-one",
        "Future T5",
        at(1, "4k", "time.issued_in_future"),
        |s| s.now -= 1,
    );
}
