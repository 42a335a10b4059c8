//! A list or a delta after the one there is.

use super::scene::{CHAIN, Draft, END, SEQ, Scene, TASK, TOKEN, control, faults, id, strangers};
use crate::forge::cbor::Item;
use crate::forge::revocations::Sets;
use crate::make::scene::NOW;
use crate::make::topic::Topic;

fn one(level: usize, byte: u8, until: u64) -> Sets {
    let mut sets = Sets::default();
    sets[level] = vec![(id(byte), until)];
    sets
}

pub(super) fn add(t: &mut Topic) {
    wholes(t);
    deltas(t);
    beats(t);
    ends(t);
}

fn wholes(t: &mut Topic) {
    let mut longer = strangers();
    longer[TASK].push((id(0x42), END));
    let c = Scene::then(Draft::whole(SEQ + 1, NOW, longer));
    control(t, "newer_list", "the list with the next number", "List", 9, &c);
    faults(
        t,
        "newer_list",
        &c,
        &[
            (
                "older_list",
                "the list with the number before, made later",
                "Rollback R5",
                "revocation.rollback",
                |s| s.next.statement.seq = SEQ - 1,
            ),
            (
                "newer_list_made_earlier",
                "the next number, but made before the list there is",
                "Rollback R5",
                "revocation.rollback",
                |s| {
                    let times = &mut s.next.statement;
                    (times.issued_at, times.next_update, times.expires) = (NOW - 3, NOW + 7, NOW + 27);
                },
            ),
        ],
    );
    let c = Scene::then(Draft::whole(SEQ + 100, NOW, strangers()));
    control(t, "list_after_many", "a hundred numbers on", "List", 8, &c);
    let c = Scene::then(Draft::whole(SEQ, NOW, strangers()));
    control(t, "same_list_again", "the same list, made anew", "List R6", 8, &c);
    faults(
        t,
        "same_list_again",
        &c,
        &[
            (
                "same_number_less",
                "an entry fewer under the same number",
                "Rollback R6",
                "revocation.conflict",
                |s| s.next.statement.sets[TOKEN].truncate(2),
            ),
            (
                "same_number_more",
                "an entry more under the same number",
                "Rollback R6",
                "revocation.conflict",
                |s| s.next.statement.sets[CHAIN].push((id(0x99), END)),
            ),
            (
                "same_number_other",
                "another entry under the same number",
                "Rollback R6",
                "revocation.conflict",
                |s| s.next.statement.sets[TOKEN][2].0 = id(4),
            ),
            (
                "same_number_other_end",
                "another end under the same number",
                "Rollback R6",
                "revocation.conflict",
                |s| s.next.statement.sets[TOKEN][2].1 += 1,
            ),
            (
                "same_number_made_earlier",
                "the same list, made before",
                "Rollback R5",
                "revocation.rollback",
                |s| {
                    let times = &mut s.next.statement;
                    (times.issued_at, times.next_update, times.expires) = (NOW - 3, NOW + 7, NOW + 27);
                },
            ),
        ],
    );
}

fn deltas(t: &mut Topic) {
    let c = Scene::then(Draft::delta(SEQ, SEQ + 1, NOW, &strangers(), one(TOKEN, 0x15, END)));
    control(t, "delta_follows", "begins at the list there is", "List", 9, &c);
    faults(
        t,
        "delta_follows",
        &c,
        &[
            ("delta_after_a_gap", "begins one number further on", "Gap", "revocation.gap", |s| {
                s.next = Draft::delta(SEQ + 1, SEQ + 2, NOW, &strangers(), one(TOKEN, 0x15, END))
            }),
            ("delta_from_before", "begins earlier and ends later", "Gap", "revocation.gap", |s| {
                s.next = Draft::delta(SEQ - 1, SEQ + 1, NOW, &strangers(), one(TOKEN, 0x15, END))
            }),
            ("delta_taken_already", "ends at the list there is", "Rollback R5", "revocation.rollback", |s| {
                s.next = Draft::delta(SEQ - 1, SEQ, NOW, &strangers(), one(TOKEN, 0x15, END))
            }),
            (
                "delta_of_the_past",
                "ends before the list there is",
                "Rollback R5",
                "revocation.rollback",
                |s| s.next = Draft::delta(SEQ - 2, SEQ - 1, NOW, &strangers(), one(TOKEN, 0x15, END)),
            ),
            (
                "delta_made_earlier",
                "made before the list there is",
                "Rollback R5",
                "revocation.rollback",
                |s| s.next = Draft::delta(SEQ, SEQ + 1, NOW - 3, &strangers(), one(TOKEN, 0x15, END)),
            ),
            ("delta_without_a_list", "there is no list yet", "Gap R9", "revocation.gap", |s| {
                s.before.clear()
            }),
            (
                "delta_of_another_list",
                "leads from a list with other entries",
                "Gap R6",
                "revocation.wrong_result",
                |s| {
                    let mut other = strangers();
                    other[TOKEN].remove(0);
                    s.next = Draft::delta(SEQ, SEQ + 1, NOW, &other, one(TOKEN, 0x15, END));
                },
            ),
            ("delta_wrong_result", "the digest of nothing", "Gap", "revocation.wrong_result", |s| {
                s.next.member(4, Some(Item::bytes([0; 32])))
            }),
            (
                "delta_says_less_than_it_leads_to",
                "one of two new entries is missing",
                "Gap",
                "revocation.wrong_result",
                |s| {
                    let mut both = one(TOKEN, 0x15, END);
                    both[TOKEN].push((id(0x16), END));
                    s.next = Draft::delta(SEQ, SEQ + 1, NOW, &strangers(), both);
                    s.next.statement.sets = one(TOKEN, 0x15, END);
                },
            ),
        ],
    );
    let c = Scene::then(Draft::delta(SEQ, SEQ + 5, NOW, &strangers(), one(TOKEN, 0x15, END)));
    control(t, "delta_of_many_steps", "five numbers in one step", "List", 9, &c);
    let mut c = Scene::then(Draft::delta(
        SEQ + 1,
        SEQ + 2,
        NOW,
        &{
            let mut sets = strangers();
            sets[TOKEN].push((id(0x15), END));
            sets
        },
        one(TASK, 0x45, END),
    ));
    c.before.push(Draft::delta(SEQ, SEQ + 1, NOW - 1, &strangers(), one(TOKEN, 0x15, END)));
    control(t, "delta_after_delta", "two deltas, one after the other", "List", 10, &c);
    faults(
        t,
        "delta_after_delta",
        &c,
        &[("delta_after_a_lost_delta", "the first of the two is missing", "Gap", "revocation.gap", |s| {
            drop(s.before.pop())
        })],
    );
    let mut c = Scene::then(Draft::delta(SEQ, SEQ + 1, NOW + 29, &strangers(), one(TOKEN, 0x15, END)));
    c.now = NOW + 29;
    control(t, "delta_to_a_stale_list", "the list there is has ended, its entries have not", "List", 9, &c);
}

fn beats(t: &mut Topic) {
    let c = Scene::then(Draft::delta(SEQ, SEQ, NOW, &strangers(), Sets::default()));
    control(t, "beat", "nothing has changed, and the list is fresh again", "List", 8, &c);
    faults(
        t,
        "beat",
        &c,
        &[
            ("beat_of_another_number", "of the list after", "Gap", "revocation.gap", |s| {
                s.next = Draft::delta(SEQ + 1, SEQ + 1, NOW, &strangers(), Sets::default())
            }),
            ("beat_of_the_past", "of the list before", "Rollback R5", "revocation.rollback", |s| {
                s.next = Draft::delta(SEQ - 1, SEQ - 1, NOW, &strangers(), Sets::default())
            }),
            (
                "beat_of_another_list",
                "of a list with other entries",
                "Rollback R6",
                "revocation.wrong_result",
                |s| s.next = Draft::delta(SEQ, SEQ, NOW, &Sets::default(), Sets::default()),
            ),
            (
                "beat_made_earlier",
                "made before the list there is",
                "Rollback R5",
                "revocation.rollback",
                |s| s.next = Draft::delta(SEQ, SEQ, NOW - 3, &strangers(), Sets::default()),
            ),
            ("beat_without_a_list", "there is no list yet", "Gap R9", "revocation.gap", |s| s.before.clear()),
        ],
    );
}

/// What has ended leaves, and an entry may be given a later end.
fn ends(t: &mut Topic) {
    let mut ending = strangers();
    ending[TOKEN][1].1 = NOW;
    let mut left = ending.clone();
    left[TOKEN].remove(1);
    let after =
        |next| Scene { before: vec![Draft::whole(SEQ, NOW - 2, ending.clone())], ..Scene::then(next) };
    let c = after(Draft::delta(SEQ, SEQ + 1, NOW, &ending, one(TOKEN, 0x15, END)));
    control(t, "delta_drops_what_ended", "an entry has ended since", "List", 8, &c);
    faults(
        t,
        "delta_drops_what_ended",
        &c,
        &[(
            "delta_keeps_what_ended",
            "the digest counts an entry that has ended",
            "Gap",
            "revocation.wrong_result",
            |s| {
                // As of two seconds ago it had not; the times are today's.
                let mut earlier =
                    Draft::delta(SEQ, SEQ + 1, NOW - 1, &s.before[0].statement.sets, one(TOKEN, 0x15, END));
                std::mem::swap(&mut s.next.statement.since, &mut earlier.statement.since);
            },
        )],
    );
    let c = after(Draft::delta(SEQ, SEQ, NOW, &ending, Sets::default()));
    control(t, "beat_drops_what_ended", "an entry has ended since, and nothing was added", "List", 7, &c);
    control(
        t,
        "list_drops_what_ended",
        "the same list made anew, without what has ended",
        "List",
        7,
        &after(Draft::whole(SEQ, NOW, left)),
    );
    let mut later = strangers();
    later[TOKEN][1].1 = END + 5;
    let c = Scene::then(Draft::delta(SEQ, SEQ + 1, NOW, &strangers(), one(TOKEN, 2, END + 5)));
    control(t, "delta_ends_later", "an entry is given a later end", "List", 8, &c);
    faults(
        t,
        "delta_ends_later",
        &c,
        &[(
            "delta_ends_earlier",
            "an entry is given an earlier end",
            "Rollback",
            "revocation.wrong_result",
            |s| {
                let mut sooner = strangers();
                sooner[TOKEN][1].1 = END - 5;
                s.next = Draft::delta(SEQ, SEQ + 1, NOW, &sooner, Sets::default());
                s.next.statement.sets = one(TOKEN, 2, END - 5);
            },
        )],
    );
}
