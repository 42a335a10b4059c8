//! A feed and what comes next, honest until something in it is changed.

use crate::forge::cbor::Item;
use crate::forge::public_key;
use crate::forge::revocations::{Entry, LIST, Sets, Statement, digest};
use crate::http::Facts;
use crate::make::scene::{ISSUER, NOW, Seal, Seed};
use crate::make::topic::{Topic, flags};
use crate::revocations::{Feed, Update};
use crate::vectors::Vector;

/// The key that signs lists.
pub(crate) const LISTER: Seed = [0x51; 32];
/// The number of the list that the feed has.
pub(crate) const SEQ: u64 = 7;
/// Long after every token of a scene.
pub(super) const END: u64 = NOW + 1000;

pub(super) const TOKEN: usize = 0;
pub(super) const CHAIN: usize = 1;
pub(super) const AGENT: usize = 2;
pub(super) const TASK: usize = 3;
pub(super) const KEY: usize = 4;

/// An id of 16 equal bytes.
pub(super) const fn id(byte: u8) -> [u8; 16] {
    [byte; 16]
}

/// Entries at every level, none of them of a scene's chain.
pub(crate) fn strangers() -> Sets {
    [
        vec![(id(1), END), (id(2), END), (id(3), END)],
        vec![(id(0x21), END)],
        vec![(id(0x31), END), (id(0x32), END)],
        vec![(id(0x41), END)],
        vec![(id(0x51), END)],
    ]
}

/// A list or a delta with its envelope.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(super) statement: Statement,
    pub(super) seal: Seal,
    /// Claims and members of the list claim that are set or left out.
    pub(super) claims: Vec<(i64, Option<Item>)>,
    pub(super) list: Vec<(i64, Option<Item>)>,
}

impl Draft {
    /// The whole list with this number, made at this time.
    pub(crate) fn whole(seq: u64, issued_at: u64, sets: Sets) -> Self {
        let (next_update, expires) = (issued_at + 10, issued_at + 30);
        let issuer = ISSUER.into();
        let statement = Statement { issuer, seq, issued_at, next_update, expires, sets, since: None };
        let seal = Seal::new(LISTER, statement.header());
        Self { statement, seal, claims: Vec::new(), list: Vec::new() }
    }

    /// The delta that adds entries to `before` and leads to the list with this number.
    pub(super) fn delta(from: u64, seq: u64, issued_at: u64, before: &Sets, added: Sets) -> Self {
        let result = [0, 1, 2, 3, 4].map(|level| {
            let mut set: Vec<Entry> = [before[level].as_slice(), &added[level]].concat();
            set.retain(|(_, until)| *until > issued_at);
            set.sort_by_key(|(id, until)| (*id, u64::MAX - until));
            set.dedup_by_key(|(id, _)| *id);
            set
        });
        let mut draft = Self::whole(seq, issued_at, added);
        draft.statement.since = Some((from, digest(&result)));
        draft.seal = Seal::new(LISTER, draft.statement.header());
        draft
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut list = self.statement.list();
        apply(&mut list, &self.list);
        let mut claims = self.statement.claims();
        apply(&mut claims, &[(LIST, Some(Item::claims(list)))]);
        apply(&mut claims, &self.claims);
        self.seal.close(Vec::new(), Item::claims(claims).encode())
    }

    pub(super) fn claim(&mut self, claim: i64, item: Option<Item>) {
        self.claims.push((claim, item));
    }

    pub(super) fn member(&mut self, member: i64, item: Option<Item>) {
        self.list.push((member, item));
    }
}

fn apply(entries: &mut Vec<(i64, Item)>, changes: &[(i64, Option<Item>)]) {
    for (key, item) in changes {
        entries.retain(|(other, _)| other != key);
        entries.extend(item.clone().map(|item| (*key, item)));
    }
}

/// A feed, what it has been given, and what comes next.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) feed: Feed,
    pub(super) before: Vec<Draft>,
    pub(super) next: Draft,
    pub(super) now: u64,
}

/// A feed that believes the honest lister.
pub(super) fn feed() -> Feed {
    Feed { issuer: ISSUER.into(), keys: vec![hex::encode(public_key(&LISTER))], ..Feed::default() }
}

/// A feed that was given these updates, each when it was made.
pub(super) fn feed_with(updates: &[Draft]) -> Feed {
    let update = |draft: &Draft| Update { bytes: hex::encode(draft.bytes()), now: draft.statement.issued_at };
    Feed { updates: (!updates.is_empty()).then(|| updates.iter().map(update).collect()), ..feed() }
}

impl Scene {
    /// A feed without a list, and a whole one.
    pub(super) fn first() -> Self {
        Self { feed: feed(), before: Vec::new(), next: Draft::whole(SEQ, NOW, strangers()), now: NOW }
    }

    /// A feed with a list of two seconds ago, and this next.
    pub(super) fn then(next: Draft) -> Self {
        Self { before: vec![Draft::whole(SEQ, NOW - 2, strangers())], next, ..Self::first() }
    }

    fn vector(&self, name: &str, comment: &str, list: &str) -> Vector {
        let updates = feed_with(&self.before).updates;
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(list),
            operation: "revocations".into(),
            feed: Some(Feed { updates, ..self.feed.clone() }),
            bytes: Some(hex::encode(self.next.bytes())),
            now: Some(self.now),
            ..Vector::default()
        }
    }
}

pub(super) fn control(t: &mut Topic, name: &str, comment: &str, list: &str, entries: usize, scene: &Scene) {
    let Statement { seq, expires, .. } = scene.next.statement;
    let facts = Facts { seq: Some(seq), entries: Some(entries), expires: Some(expires), ..Facts::default() };
    let vector = scene.vector(&format!("{name}_control"), comment, list);
    t.plain(Vector { expect: "ok".into(), facts: Some(facts), ..vector });
}

pub(super) type Change = fn(&mut Scene);

/// One line of a table: name, comment, flags, code, change.
pub(super) type Line = (&'static str, &'static str, &'static str, &'static str, Change);

pub(super) fn faults(t: &mut Topic, control: &str, base: &Scene, lines: &[Line]) {
    for (name, comment, list, expect, change) in lines {
        let mut scene = base.clone();
        change(&mut scene);
        let vector = scene.vector(name, comment, list);
        let control = Some(format!("{control}_control"));
        t.plain(Vector { control, expect: (*expect).into(), link: Some(None), ..vector });
    }
}
