//! The additive claim.

use super::scene::{Key, Scene, control, faults};
use super::{ARGUMENTS, BODY};
use crate::forge::jws::base64url;
use crate::forge::sha256;
use crate::make::scene::HOLDERS;
use crate::make::topic::Topic;
use serde_json::json;

pub(super) fn add(t: &mut Topic) {
    let mut body = Scene::of(Key::Ed25519(HOLDERS[0]));
    body.call.body = Some(hex::encode(BODY));
    control(
        t,
        "dpop_stock_client",
        "a proof that covers no body, where the server does not insist",
        "Dpop Unbound",
        false,
        &body,
    );
    body.guard.binding_required = Some(true);
    body.claims["keybound"] = json!({"body": base64url(&sha256(BODY))});
    control(t, "dpop_body", "a proof that covers the body", "Dpop", true, &body);
    faults(
        t,
        "dpop_body",
        &body,
        &[
            (
                "dpop_body_not_covered",
                "no additive claim where the server insists",
                "Dpop Unbound P5",
                "dpop.not_bound",
                |s| {
                    s.claims.as_object_mut().map(|c| c.remove("keybound"));
                },
            ),
            ("dpop_body_changed", "another body", "Dpop Misdirected P5", "dpop.wrong_body", |s| {
                s.call.body = Some(hex::encode(b"{}"))
            }),
            (
                "dpop_nothing_to_cover",
                "a server that insists and says nothing of the request",
                "Dpop Unbound I10",
                "dpop.not_bound",
                |s| s.call.body = None,
            ),
            ("dpop_binding_no_object", "an additive claim of another shape", "Dpop", "claims.wrong", |s| {
                s.claims["keybound"] = json!("body")
            }),
            ("dpop_binding_no_text", "a digest that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["keybound"] = json!({"body": 1})
            }),
        ],
    );
    let mut lax = body.clone();
    lax.guard.binding_required = None;
    control(
        t,
        "dpop_body_though_nobody_insists",
        "the same where the server does not insist",
        "Dpop",
        true,
        &lax,
    );
    faults(
        t,
        "dpop_body_though_nobody_insists",
        &lax,
        &[(
            "dpop_body_changed_though_nobody_insists",
            "what is covered must be right, wanted or not",
            "Dpop Misdirected P5",
            "dpop.wrong_body",
            |s| s.call.body = Some(hex::encode(b"{}")),
        )],
    );
    let mut tool = Scene::of(Key::Es256(HOLDERS[1]));
    tool.guard.binding_required = Some(true);
    (tool.call.tool, tool.call.arguments) = (Some("pay".into()), Some(ARGUMENTS.into()));
    let digest = base64url(&sha256(br#"{"amount":5,"to":"acme"}"#));
    tool.claims["keybound"] = json!({"arguments": digest, "tool": "pay"});
    control(t, "dpop_tool", "a proof that covers tool and arguments", "Dpop", true, &tool);
    faults(
        t,
        "dpop_tool",
        &tool,
        &[
            ("dpop_other_tool", "another tool", "Dpop Misdirected P4", "proof.wrong_tool", |s| {
                s.call.tool = Some("refund".into())
            }),
            (
                "dpop_other_arguments",
                "other arguments",
                "Dpop Misdirected P5",
                "proof.wrong_arguments",
                |s| {
                    s.call.arguments = Some(r#"{"amount":6,"to":"acme"}"#.into());
                },
            ),
            (
                "dpop_tool_without_arguments",
                "a tool without its arguments",
                "Dpop Unbound",
                "claims.wrong",
                |s| {
                    s.claims["keybound"].as_object_mut().map(|c| c.remove("arguments"));
                },
            ),
            (
                "dpop_tool_but_no_body",
                "the tool is covered and the body is not",
                "Dpop Unbound P17",
                "dpop.not_bound",
                |s| {
                    s.call.body = Some(hex::encode(BODY));
                },
            ),
        ],
    );
}
