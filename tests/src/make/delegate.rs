//! Delegating: the bytes an honest holder writes, and what it refuses to write.

use super::issue::full;
use super::scene::{AUDIENCE, HOLDERS, ISSUER_KEY, NOW, STRANGER, agent, token_id};
use super::topic::{Topic, flags};
use crate::forge::{public_key, token};
use crate::vectors::Vector;
use serde_json::{Value, json};

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("delegate");
    t.note("Delegated", "what a holder writes, byte for byte");
    t.note(
        "NotDelegated",
        "what no verifier would accept is not signed in the first place, and nothing is cut down in silence",
    );
    let narrow = json!({
        "aud": [AUDIENCE], "exp": NOW + 70, "nbf": NOW + 15, "iat": NOW + 10, "cti": hex::encode(token_id(1)),
        "holder": hex::encode(HOLDERS[1]), "depth": 1, "max_depth": 2, "agent": agent(1),
        "tools": {"pay": {"amount": {"constraint_type": "exact", "value": 7}, "to": {"constraint_type": "one_of", "values": ["acme"]}}}
    });
    let same = json!({
        "exp": NOW + 300, "iat": NOW + 10, "cti": hex::encode(token_id(1)), "holder": hex::encode(HOLDERS[1]),
        "depth": 1, "max_depth": 3, "tools": full()["tools"]
    });
    let everything = |child: &Value| {
        let text = |member: &str| child[member].as_str().map(str::to_owned);
        Vector {
            tools: Some(child["tools"].to_string()),
            audience: Some(vec![AUDIENCE.into()]),
            agent: text("agent"),
            ttl: Some(60),
            not_before: Some(NOW + 15),
            max_depth: Some(2),
            ..least(HOLDERS[0])
        }
    };
    let result = |child: &Value| {
        let tokens = token::tokens(&[full(), child.clone()], &ISSUER_KEY);
        Some(hex::encode(token::chain(&tokens)))
    };
    let control = |name: &str, comment: &str, vector: Vector, child: &Value| Vector {
        name: format!("{name}_control"),
        comment: comment.into(),
        flags: flags("Delegated"),
        expect: "ok".into(),
        result: result(child),
        ..vector
    };
    t.plain(control(
        "delegate_everything_narrower",
        "every member of a narrowing",
        everything(&narrow),
        &narrow,
    ));
    t.plain(control(
        "delegate_nothing_narrower",
        "only another key: all else stays as the parent has it",
        least(HOLDERS[0]),
        &same,
    ));
    let mut behind = same.clone();
    behind["iat"] = json!(NOW);
    let early = Vector { now: Some(NOW - 20), ..least(HOLDERS[0]) };
    t.plain(control(
        "delegate_with_a_clock_behind",
        "the holder's clock is behind the issuer's: the child is issued with its parent",
        early,
        &behind,
    ));

    let base = everything(&narrow);
    let fault = |name: &str,
                 comment: &str,
                 expect: &str,
                 link: Option<usize>,
                 list: &str,
                 change: &dyn Fn(&mut Vector)| {
        let mut vector = base.clone();
        change(&mut vector);
        Vector {
            name: name.into(),
            comment: comment.into(),
            flags: flags(&format!("NotDelegated {list}")),
            control: Some("delegate_everything_narrower_control".into()),
            expect: expect.into(),
            link: Some(link),
            ..vector
        }
    };
    let tools = |tools: Value| move |v: &mut Vector| v.tools = Some(tools.to_string());
    let pay = full()["tools"]["pay"].clone();
    let with = |name: &str, constraint: Value| {
        let mut pay = pay.clone();
        pay[name] = constraint;
        json!({"pay": pay})
    };
    let child = Some(1);
    for vector in [
        fault(
            "delegate_with_a_strangers_key",
            "the key is not the one the leaf is bound to",
            "proof.not_the_holder",
            None,
            "C8",
            &|v| v.key = Some(hex::encode(STRANGER)),
        ),
        fault(
            "delegate_with_the_issuers_key",
            "the issuer holds nothing",
            "proof.not_the_holder",
            None,
            "C17",
            &|v| v.key = Some(hex::encode(ISSUER_KEY)),
        ),
        fault("delegate_an_expired_parent", "the parent has ended", "time.expired", Some(0), "T2", &|v| {
            v.now = Some(NOW + 300)
        }),
        fault(
            "delegate_beyond_the_parents_end",
            "a life longer than the parent's",
            "time.expires_after_parent",
            child,
            "T3",
            &|v| v.ttl = Some(291),
        ),
        fault(
            "delegate_to_begin_before_the_parent",
            "a beginning before the parent's",
            "time.begins_before_parent",
            child,
            "T8",
            &|v| v.not_before = Some(NOW + 4),
        ),
        fault("delegate_for_no_time", "a life of nothing", "time.bad_lifetime", child, "T7", &|v| {
            v.ttl = Some(0)
        }),
        fault(
            "delegate_deeper",
            "more delegations than the parent allows",
            "chain.max_depth_raised",
            child,
            "C11",
            &|v| v.max_depth = Some(4),
        ),
        fault(
            "delegate_below_its_own_depth",
            "a greatest depth above the child itself",
            "chain.depth_exceeded",
            child,
            "C12",
            &|v| v.max_depth = Some(0),
        ),
        fault(
            "delegate_to_another_audience",
            "an audience the parent is not for",
            "chain.audience_widened",
            child,
            "",
            &|v| v.audience = Some(vec![AUDIENCE.into(), "https://third.example".into()]),
        ),
        fault(
            "delegate_to_no_audience",
            "an empty list of audiences: nobody, or all of the parent's?",
            "claims.wrong",
            child,
            "I10",
            &|v| v.audience = Some(vec![]),
        ),
        fault(
            "delegate_to_another_trust_domain",
            "an agent of another trust domain",
            "chain.trust_domain_changed",
            child,
            "C22",
            &|v| v.agent = Some("spiffe://other.example/agent/o/t/i".into()),
        ),
        fault(
            "delegate_another_tool",
            "a tool the parent does not grant",
            "chain.tool_added",
            child,
            "M1",
            &tools(json!({"write": {}})),
        ),
        fault(
            "delegate_another_argument",
            "an argument the parent does not name",
            "chain.argument_added",
            child,
            "M6",
            &tools(with("cc", json!({"constraint_type": "wildcard"}))),
        ),
        fault(
            "delegate_an_open_map",
            "`{}` where the parent names arguments",
            "chain.argument_added",
            child,
            "M7",
            &tools(json!({"pay": {}})),
        ),
        fault(
            "delegate_a_required_argument_as_optional",
            "`amount` may be left out",
            "chain.argument_made_optional",
            child,
            "M32",
            &tools(with(
                "amount",
                json!({"constraint_type": "range", "min": 0, "max": 100, "optional": true}),
            )),
        ),
        fault(
            "delegate_a_wider_range",
            "one more than the parent allows",
            "chain.constraint_widened",
            child,
            "M8",
            &tools(with("amount", json!({"constraint_type": "range", "min": 0, "max": 101}))),
        ),
        fault(
            "delegate_a_wider_set",
            "one recipient more",
            "chain.constraint_widened",
            child,
            "M2",
            &tools(with("to", json!({"constraint_type": "one_of", "values": ["acme", "evil"]}))),
        ),
        fault("delegate_to_a_weak_key", "a key of small order", "key.bad", None, "E3", &|v| {
            v.to = Some(format!("01{}", "00".repeat(31)))
        }),
        fault(
            "delegate_a_broken_chain",
            "the parent's bytes end early",
            "bytes.truncated",
            Some(0),
            "E19",
            &|v| {
                let chain = v.chain.as_mut().expect("a chain");
                chain.truncate(chain.len() - 2);
            },
        ),
    ] {
        t.plain(vector);
    }
    let mut terminal = full();
    terminal["max_depth"] = json!(0);
    let chain = token::chain(&token::tokens(&[terminal], &ISSUER_KEY));
    t.plain(Vector {
        name: "delegate_a_terminal_token".into(),
        comment: "the parent allows no delegation".into(),
        flags: flags("NotDelegated C12"),
        control: Some("delegate_nothing_narrower_control".into()),
        expect: "chain.depth_exceeded".into(),
        link: Some(child),
        chain: Some(hex::encode(chain)),
        ..least(HOLDERS[0])
    });
    t
}

/// The least question: pass everything on to the second holder, ten seconds later.
fn least(key: [u8; 32]) -> Vector {
    let chain = token::chain(&token::tokens(&[full()], &ISSUER_KEY));
    Vector {
        operation: "delegate".into(),
        chain: Some(hex::encode(chain)),
        key: Some(hex::encode(key)),
        to: Some(hex::encode(public_key(&HOLDERS[1]))),
        token_id: Some(hex::encode(token_id(1))),
        now: Some(NOW + 10),
        ..Vector::default()
    }
}
