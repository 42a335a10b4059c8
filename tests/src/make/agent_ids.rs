//! Agent ids on their own.

use super::topic::{Topic, flags};
use crate::vectors::Vector;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("agent_ids");
    t.note(
        "AgentId",
        "not an agent id of the one shape; a lenient reader would find another trust domain or task in it",
    );
    let control = "agent_id_plain_control";
    let long = format!("spiffe://a/agent/o/t/{}", "i".repeat(2048 - 21));
    let domain = "d".repeat(255);
    for (name, comment, text) in [
        ("agent_id_plain", "the shape", "spiffe://agents.example/agent/orch-1/t-42/agent-0".to_owned()),
        (
            "agent_id_every_character",
            "every character a segment may have",
            "spiffe://a-b_c.0/agent/Az.-_09/..a/a..".to_owned(),
        ),
        ("agent_id_of_2048_bytes", "as long as it may be", long.clone()),
        (
            "agent_id_domain_of_255_bytes",
            "a trust domain as long as it may be",
            format!("spiffe://{domain}/agent/o/t/i"),
        ),
    ] {
        t.plain(vector(&format!("{name}_control"), comment, None, &text, "ok"));
    }
    for (name, comment, text) in [
        ("agent_id_empty", "no text", ""),
        ("agent_id_http", "another scheme", "https://agents.example/agent/o/t/i"),
        ("agent_id_scheme_in_capitals", "the scheme in capitals", "SPIFFE://agents.example/agent/o/t/i"),
        ("agent_id_without_domain", "no trust domain", "spiffe:///agent/o/t/i"),
        (
            "agent_id_domain_in_capitals",
            "a capital letter in the trust domain",
            "spiffe://Agents.example/agent/o/t/i",
        ),
        ("agent_id_with_port", "a port", "spiffe://agents.example:443/agent/o/t/i"),
        ("agent_id_with_user", "a user before the trust domain", "spiffe://evil@agents.example/agent/o/t/i"),
        ("agent_id_of_a_workload", "another kind of path", "spiffe://agents.example/workload/o/t/i"),
        ("agent_id_of_four_segments", "no instance", "spiffe://agents.example/agent/o/t"),
        ("agent_id_of_six_segments", "a segment too many", "spiffe://agents.example/agent/o/t/i/j"),
        ("agent_id_with_slash_at_end", "a slash at the end", "spiffe://agents.example/agent/o/t/i/"),
        ("agent_id_empty_segment", "an empty task", "spiffe://agents.example/agent/o//i"),
        ("agent_id_dot_segment", "a task called `.`", "spiffe://agents.example/agent/o/./i"),
        ("agent_id_dots_segment", "a task called `..`", "spiffe://agents.example/agent/o/../i"),
        ("agent_id_percent_encoded", "a percent-encoded letter", "spiffe://agents.example/agent/o/t/%69"),
        ("agent_id_with_query", "a query", "spiffe://agents.example/agent/o/t/i?x=1"),
        ("agent_id_with_fragment", "a fragment", "spiffe://agents.example/agent/o/t/i#x"),
        ("agent_id_with_blank", "a blank at the end", "spiffe://agents.example/agent/o/t/i "),
        ("agent_id_with_nul", "a NUL at the end", "spiffe://agents.example/agent/o/t/i\0"),
        ("agent_id_not_ascii", "a letter outside ASCII", "spiffe://agents.example/agent/o/t/\u{ef}"),
        (
            "agent_id_look_alike",
            "a Cyrillic letter in the trust domain",
            "spiffe://\u{430}gents.example/agent/o/t/i",
        ),
    ] {
        t.plain(vector(name, comment, Some(control), text, "agent.bad_id"));
    }
    t.plain(vector(
        "agent_id_of_2049_bytes",
        "a byte too long",
        Some("agent_id_of_2048_bytes_control"),
        &format!("{long}i"),
        "agent.bad_id",
    ));
    let text = format!("spiffe://{domain}d/agent/o/t/i");
    t.plain(vector(
        "agent_id_domain_of_256_bytes",
        "a trust domain a byte too long",
        Some("agent_id_domain_of_255_bytes_control"),
        &text,
        "agent.bad_id",
    ));
    t
}

fn vector(name: &str, comment: &str, control: Option<&str>, text: &str, expect: &str) -> Vector {
    Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags("AgentId"),
        control: control.map(str::to_owned),
        operation: "agent_id".into(),
        text: Some(text.into()),
        expect: expect.into(),
        link: (expect != "ok").then_some(None),
        ..Vector::default()
    }
}
