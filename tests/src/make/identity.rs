//! On whose behalf, in which task, by which agent: the root says it once.

use super::scene::Scene;
use super::topic::Topic;
use crate::forge::cbor::Item;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("identity");
    t.note(
        "Identity",
        "a chain acts for somebody; changed below the root, the audit would name the wrong one",
    );
    t.note("Anonymous", "the chain does not say for whom it acts, and the verifier asks for it");
    let two = Scene::of(2);
    let c = t.control(
        "identity_inherited",
        "the child says nothing of principal and task and has them from the root",
        "Identity",
        &two,
        |_| {},
    );
    t.fault(
        &c,
        "principal_changed",
        "the child names another principal",
        "Identity C22",
        "chain.principal_changed",
        Some(1),
        |s| s.leaf().set(2, Item::text("user:bob")),
    );
    t.fault(
        &c,
        "principal_in_capitals",
        "the child spells the principal in other letters",
        "Identity X5",
        "chain.principal_changed",
        Some(1),
        |s| s.leaf().set(2, Item::text("user:Alice")),
    );
    t.fault(
        &c,
        "task_changed",
        "the child names another task",
        "Identity C22 C23",
        "chain.task_changed",
        Some(1),
        |s| s.leaf().member(4, Item::text("t-43")),
    );
    t.fault(
        &c,
        "trust_domain_changed",
        "the child's agent is of another trust domain",
        "Identity C22",
        "chain.trust_domain_changed",
        Some(1),
        |s| {
            s.leaf().member(3, Item::text("spiffe://other.example/agent/orch-1/t-42/agent-1"));
        },
    );
    t.fault(
        &c,
        "trust_domain_suffixed",
        "the child's trust domain begins like its parent's",
        "Identity C22 X4",
        "chain.trust_domain_changed",
        Some(1),
        |s| {
            s.leaf().member(3, Item::text("spiffe://agents.example.evil/agent/orch-1/t-42/agent-1"));
        },
    );
    t.control(
        "identity_repeated",
        "the child repeats principal and task as they are",
        "Identity",
        &two,
        |s| {
            s.leaf().set(2, Item::text("user:alice"));
            s.leaf().member(4, Item::text("t-42"));
        },
    );
    t.control(
        "agent_inherited",
        "the child names no agent and acts for its parent's",
        "Identity",
        &two,
        |s| s.leaf().drop_member(3),
    );
    for (name, comment, drop) in [
        ("principal_missing", "the root names no principal", (|s| s.root().drop(2)) as fn(&mut Scene)),
        ("task_missing", "the root names no task", |s| s.root().drop_member(4)),
        ("agent_missing", "no link names an agent", |s| {
            s.links.iter_mut().for_each(|link| link.drop_member(3))
        }),
    ] {
        t.fault(&c, name, comment, "Anonymous", "chain.identity_missing", Some(0), drop);
        t.control(
            &format!("{name}_where_optional"),
            &format!("{comment}, and the verifier does not ask"),
            "Anonymous",
            &two,
            |s| {
                drop(s);
                s.trust.identity = Some("optional".into());
            },
        );
    }
    let c = t.control(
        "nobody_named_and_nobody_asks",
        "no principal, no task, no agent",
        "Anonymous",
        &two,
        |s| {
            s.trust.identity = Some("optional".into());
            s.root().drop(2);
            s.links.iter_mut().for_each(|link| {
                link.drop_member(3);
                link.drop_member(4);
            });
        },
    );
    t.fault(
        &c,
        "principal_introduced",
        "a holder adds a principal the root does not name",
        "Identity M29",
        "chain.principal_changed",
        Some(1),
        |s| s.leaf().set(2, Item::text("user:alice")),
    );
    t.fault(
        &c,
        "task_introduced",
        "a holder adds a task the root does not name",
        "Identity M29",
        "chain.task_changed",
        Some(1),
        |s| s.leaf().member(4, Item::text("t-42")),
    );
    t.fault(
        &c,
        "agent_introduced",
        "a holder adds an agent where the root names none",
        "Identity M29",
        "chain.trust_domain_changed",
        Some(1),
        |s| {
            s.leaf().member(3, Item::text(&super::scene::agent(1)));
        },
    );
    let c = t.control(
        "identity_inherited_twice",
        "three links, each its own agent",
        "Identity",
        &Scene::of(3),
        |_| {},
    );
    t.fault(
        &c,
        "grandchild_changes_the_principal",
        "the grandchild names another principal",
        "Identity C22",
        "chain.principal_changed",
        Some(2),
        |s| s.leaf().set(2, Item::text("user:bob")),
    );
    t.fault(
        &c,
        "grandchild_changes_the_trust_domain",
        "the middle names no agent, the grandchild one of elsewhere",
        "Identity C22",
        "chain.trust_domain_changed",
        Some(2),
        |s| {
            s.links[1].drop_member(3);
            s.leaf().member(3, Item::text("spiffe://other.example/agent/orch-1/t-42/agent-2"));
        },
    );
    t
}
