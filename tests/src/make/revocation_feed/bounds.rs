//! When a list counts, how large it may be and who may sign it.

use super::scene::{END, Scene, TOKEN, control, faults, id};
use crate::forge::public_key;
use crate::make::scene::{ISSUER_KEY, NOW, STRANGER};
use crate::make::topic::Topic;

pub(super) fn add(t: &mut Topic) {
    times(t);
    keys(t);
    sizes(t);
}

fn times(t: &mut Topic) {
    let first = Scene::first();
    let mut last = first.clone();
    last.now = NOW + 30;
    control(t, "list_last_second", "the last second at which the list counts", "List", 8, &last);
    faults(
        t,
        "list_last_second",
        &last,
        &[
            ("list_stale", "the second after it", "Stale R8", "revocation.stale", |s| s.now = NOW + 31),
            ("list_long_stale", "a day later", "Stale R8", "revocation.stale", |s| s.now = NOW + 86_400),
        ],
    );
    let mut early = first.clone();
    early.now = NOW - 30;
    control(t, "list_at_the_skew", "as far ahead as clocks may differ", "List", 8, &early);
    faults(
        t,
        "list_at_the_skew",
        &early,
        &[("list_from_the_future", "a second further ahead", "Stale", "revocation.issued_in_future", |s| {
            s.now = NOW - 31
        })],
    );
    let mut long = first.clone();
    long.next.statement.expires = NOW + 3600;
    long.next.statement.next_update = NOW + 3600;
    control(t, "list_longest_life", "an hour, and the next list at its end", "List", 8, &long);
    faults(
        t,
        "list_longest_life",
        &long,
        &[
            ("list_lives_too_long", "a second more than an hour", "Stale", "revocation.bad_lifetime", |s| {
                s.next.statement.expires += 1
            }),
            (
                "list_due_after_its_end",
                "the next list after the end",
                "Stale",
                "revocation.bad_lifetime",
                |s| s.next.statement.next_update += 1,
            ),
        ],
    );
    let mut short = first.clone();
    (short.next.statement.next_update, short.next.statement.expires) = (NOW + 1, NOW + 1);
    control(t, "list_shortest_life", "a second", "List", 8, &short);
    faults(
        t,
        "list_shortest_life",
        &short,
        &[
            (
                "list_due_at_once",
                "the next list when this one is made",
                "Stale",
                "revocation.bad_lifetime",
                |s| s.next.statement.next_update = NOW,
            ),
            ("list_ends_at_once", "ends when it is made", "Stale", "revocation.bad_lifetime", |s| {
                (s.next.statement.next_update, s.next.statement.expires) = (NOW, NOW)
            }),
            ("list_ends_before", "ends before it is made", "Stale", "revocation.bad_lifetime", |s| {
                (s.next.statement.next_update, s.next.statement.expires) = (NOW - 1, NOW - 1)
            }),
        ],
    );
}

fn keys(t: &mut Topic) {
    let mut c = Scene::first();
    c.feed.keys.insert(0, hex::encode(public_key(&STRANGER)));
    control(t, "list_second_key", "signed by the second of two keys", "List", 8, &c);
    faults(
        t,
        "list_second_key",
        &c,
        &[("list_neither_key", "signed by neither", "Forged R7", "revocation.bad_signature", |s| {
            s.next.seal.signer = ISSUER_KEY
        })],
    );
}

fn sizes(t: &mut Topic) {
    let mut c = Scene::first();
    let size = u32::try_from(c.next.bytes().len()).expect("small");
    c.feed.limits = Some([("revocation_bytes".to_owned(), size)].into());
    control(t, "list_at_the_limit", "as large as the verifier allows", "List R10", 8, &c);
    faults(
        t,
        "list_at_the_limit",
        &c,
        &[("list_over_the_limit", "an entry more than that", "Encoding R10 E19", "bytes.too_large", |s| {
            s.next.statement.sets[TOKEN].push((id(9), END))
        })],
    );
    let mut c = Scene::first();
    c.feed.limits = Some([("revocation_lifetime".to_owned(), 30)].into());
    control(t, "list_at_the_lifetime", "as long as the verifier allows", "List", 8, &c);
    faults(
        t,
        "list_at_the_lifetime",
        &c,
        &[("list_over_the_lifetime", "a second longer", "Stale", "revocation.bad_lifetime", |s| {
            s.next.statement.expires += 1
        })],
    );
}
