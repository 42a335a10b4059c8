//! Times: of tokens, with a tolerance of 30 seconds; of children under parents, with none.

use super::scene::{NOW, Scene};
use super::topic::Topic;
use crate::forge::cbor::Item;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("time");
    t.note("Expired", "the token has ended; a stolen one must not live on");
    t.note("TooEarly", "the token has not begun, or was issued in the future");
    t.note("Lifetime", "the token ends before it begins, or lives longer than anybody should trust it");
    t.note("ParentTimes", "a child lives longer than its parent, or begins before it");
    expiry(&mut t);
    beginnings(&mut t);
    lifetimes(&mut t);
    parents(&mut t);
    t
}

fn at(seconds: i64) -> Item {
    Item::Int(NOW as i64 + seconds)
}

fn expiry(t: &mut Topic) {
    let one = Scene::of(1);
    let c =
        t.control("alive", "the token ends in 280 seconds", "Expired", &one, |s| s.root().set(6, at(-60)));
    t.fault(
        &c,
        "expired_beyond_the_tolerance",
        "the token ended 30 seconds ago, which is the tolerance",
        "Expired T1 T10",
        "time.expired",
        Some(0),
        |s| s.root().set(4, at(-30)),
    );
    t.control(
        "expired_within_the_tolerance",
        "the token ended 29 seconds ago",
        "Expired T1 T10",
        &one,
        |s| {
            s.root().set(6, at(-60));
            s.root().set(4, at(-29));
        },
    );
    t.fault(&c, "expired_long_ago", "the token ended a day ago", "Expired", "time.expired", Some(0), |s| {
        s.root().set(6, at(-90_000));
        s.root().set(4, at(-86_400));
    });
    let mut exact = one.clone();
    exact.limit("skew", 0);
    let c = t.control("alive_without_tolerance", "one second left, no tolerance", "Expired", &exact, |s| {
        s.root().set(4, at(1))
    });
    t.fault(
        &c,
        "expired_this_second",
        "the end is now, no tolerance",
        "Expired T1",
        "time.expired",
        Some(0),
        |s| s.root().set(4, at(0)),
    );
    let c = t.control("both_alive", "parent and child alive", "Expired", &Scene::of(2), |_| {});
    t.fault(
        &c,
        "parent_expired_under_a_live_child",
        "parent and child ended; the parent is found first",
        "Expired T2",
        "time.expired",
        Some(0),
        |s| {
            s.links[0].set(4, at(-40));
            s.links[1].set(4, at(-40));
            s.links[0].set(6, at(-100));
            s.links[1].set(6, at(-100));
        },
    );
    t.fault(
        &c,
        "child_expired_under_a_live_parent",
        "only the child ended",
        "Expired T1",
        "time.expired",
        Some(1),
        |s| {
            s.links[0].set(6, at(-100));
            s.links[1].set(6, at(-100));
            s.links[1].set(4, at(-40));
        },
    );
}

fn beginnings(t: &mut Topic) {
    let one = Scene::of(1);
    let c = t.control(
        "issued_30_seconds_ahead",
        "issued in the future, within the tolerance",
        "TooEarly T5",
        &one,
        |s| s.root().set(6, at(30)),
    );
    t.fault(
        &c,
        "issued_31_seconds_ahead",
        "issued in the future, a second beyond the tolerance",
        "TooEarly T5",
        "time.issued_in_future",
        Some(0),
        |s| s.root().set(6, at(31)),
    );
    let c = t.control(
        "begins_30_seconds_ahead",
        "begins in the future, within the tolerance",
        "TooEarly T8",
        &one,
        |s| s.root().set(5, at(30)),
    );
    t.fault(
        &c,
        "begins_31_seconds_ahead",
        "begins in the future, a second beyond the tolerance",
        "TooEarly T8",
        "time.not_yet_valid",
        Some(0),
        |s| s.root().set(5, at(31)),
    );
    t.control(
        "begins_before_issue",
        "a beginning before the time of issue says nothing more",
        "TooEarly T8",
        &one,
        |s| s.root().set(5, at(-1000)),
    );
    let mut exact = Scene::of(1);
    exact.limit("skew", 0);
    let c = t.control("issued_this_second", "issued now, no tolerance", "TooEarly T5", &exact, |s| {
        s.root().set(6, at(0))
    });
    t.fault(
        &c,
        "issued_next_second",
        "issued a second from now, no tolerance",
        "TooEarly T5",
        "time.issued_in_future",
        Some(0),
        |s| s.root().set(6, at(1)),
    );
}

fn lifetimes(t: &mut Topic) {
    let one = Scene::of(1);
    let c = t.control("life_of_a_day", "24 hours, the limit", "Lifetime T6", &one, |s| {
        s.root().set(4, at(86_400 - 20))
    });
    let bad = "time.bad_lifetime";
    t.fault(&c, "life_of_a_day_and_a_second", "a second over the limit", "Lifetime T6", bad, Some(0), |s| {
        s.root().set(4, at(86_400 - 19))
    });
    t.fault(&c, "life_to_the_end_of_numbers", "an expiry of 2^53-1", "Lifetime T6 T7", bad, Some(0), |s| {
        s.root().set(4, Item::Int((1 << 53) - 1))
    });
    t.fault(&c, "life_of_nothing", "the end is the time of issue", "Lifetime T7", bad, Some(0), |s| {
        s.root().set(4, at(-20))
    });
    t.fault(
        &c,
        "ends_before_issue",
        "the end is before the time of issue",
        "Lifetime T7",
        bad,
        Some(0),
        |s| s.root().set(4, at(-21)),
    );
    t.fault(&c, "ends_in_1970", "an expiry of 0", "Lifetime T7", bad, Some(0), |s| {
        s.root().set(4, Item::Int(0))
    });
    t.fault(
        &c,
        "ends_before_it_begins",
        "the end is before the beginning",
        "Lifetime T8",
        bad,
        Some(0),
        |s| {
            s.root().set(4, at(10));
            s.root().set(5, at(10));
        },
    );
    let c = t.control(
        "life_within_a_lower_limit",
        "300 seconds where 300 are allowed",
        "Lifetime T6",
        &one,
        |s| s.limit("lifetime", 300),
    );
    t.fault(
        &c,
        "life_above_a_lower_limit",
        "300 seconds where 299 are allowed",
        "Lifetime T6",
        bad,
        Some(0),
        |s| s.limit("lifetime", 299),
    );
    let c = t.control(
        "child_lives_a_little",
        "a child with a life of its own",
        "Lifetime",
        &Scene::of(2),
        |_| {},
    );
    t.fault(
        &c,
        "child_ends_before_issue",
        "a child's end is before its time of issue",
        "Lifetime T7",
        bad,
        Some(1),
        |s| s.leaf().set(4, at(-25)),
    );
}

fn parents(t: &mut Topic) {
    let two = Scene::of(2);
    let c =
        t.control("ends_with_its_parent", "the child ends with its parent", "ParentTimes T3", &two, |s| {
            s.leaf().set(4, at(280))
        });
    t.fault(
        &c,
        "ends_after_its_parent",
        "the child ends a second after its parent",
        "ParentTimes T3 T10",
        "time.expires_after_parent",
        Some(1),
        |s| s.leaf().set(4, at(281)),
    );
    let c = t.control(
        "issued_with_its_parent",
        "the child is issued with its parent",
        "ParentTimes T4",
        &two,
        |s| s.leaf().set(6, at(-20)),
    );
    let before = "time.begins_before_parent";
    t.fault(
        &c,
        "issued_before_its_parent",
        "the child is issued a second before its parent",
        "ParentTimes T4",
        before,
        Some(1),
        |s| s.leaf().set(6, at(-21)),
    );
    let c =
        t.control("begins_with_its_parent", "parent and child begin together", "ParentTimes T8", &two, |s| {
            s.links[0].set(5, at(-5));
            s.links[1].set(5, at(-5));
        });
    t.fault(
        &c,
        "begins_before_its_parent",
        "the child begins a second before its parent",
        "ParentTimes T8",
        before,
        Some(1),
        |s| s.leaf().set(5, at(-6)),
    );
    let c = t.control(
        "waits_with_its_parent",
        "the parent begins later, the child says nothing and waits too",
        "ParentTimes T8",
        &two,
        |s| s.links[0].set(5, at(30)),
    );
    t.fault(
        &c,
        "does_not_wait_with_its_parent",
        "the parent has not begun, the child says nothing",
        "ParentTimes T8",
        "time.not_yet_valid",
        Some(0),
        |s| s.links[0].set(5, at(31)),
    );
    let c = t.control(
        "grandchild_waits_with_the_root",
        "root and grandchild begin together, the middle says nothing",
        "ParentTimes T8",
        &Scene::of(3),
        |s| {
            s.links[0].set(5, at(0));
            s.links[2].set(5, at(0));
        },
    );
    t.fault(
        &c,
        "grandchild_begins_before_the_root",
        "the grandchild begins before the root, past a silent middle",
        "ParentTimes T8",
        before,
        Some(2),
        |s| {
            s.links[2].set(5, at(-1));
        },
    );
}
