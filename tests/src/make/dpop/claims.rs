//! What the proof says of the request.

use super::scene::{Key, Scene, control, faults};
use crate::forge::jws::base64url;
use crate::forge::{self, jws, sha256};
use crate::make::scene::{HOLDERS, NOW, STRANGER};
use crate::make::topic::Topic;
use crate::vectors::Vector;
use serde_json::json;

pub(super) fn add(t: &mut Topic) {
    let base = Scene::of(Key::Ed25519(HOLDERS[0])).with_token();
    control(t, "dpop_with_token", "a request with an access token", "Dpop", false, &base);
    let mut normal = base.clone();
    normal.claims["htu"] = json!("HTTPS://Tools.Example:443/a/../%6Dcp");
    control(t, "dpop_uri_written_otherwise", "the same URI, written otherwise", "Dpop", false, &normal);
    let mut query = base.clone();
    query.claims["htu"] = json!("https://tools.example/mcp?session=2#there");
    control(t, "dpop_uri_with_query", "query and fragment do not count", "Dpop", false, &query);
    let mut proxy = base.clone();
    proxy.guard.origins = vec!["https://other.example".into(), "https://tools.example/v1".into()];
    proxy.claims["htu"] = json!("https://tools.example/v1/mcp");
    proxy.call.uri = "http://10.0.0.7:8080/mcp".into();
    control(
        t,
        "dpop_behind_a_proxy",
        "the second of two origins, and a path that the proxy takes off",
        "Dpop",
        false,
        &proxy,
    );
    let refused = "Dpop Misdirected P5";
    faults(
        t,
        "dpop_with_token",
        &base,
        &[
            ("dpop_no_jti", "no jti", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("jti")))
            }),
            ("dpop_empty_jti", "an empty jti", "Dpop P11", "claims.wrong", |s| s.claims["jti"] = json!("")),
            ("dpop_no_htm", "no htm", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("htm")))
            }),
            ("dpop_no_htu", "no htu", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("htu")))
            }),
            ("dpop_htu_no_text", "an htu that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["htu"] = json!(["x"])
            }),
            ("dpop_no_iat", "no iat", "Dpop", "claims.missing", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("iat")))
            }),
            ("dpop_iat_no_integer", "an iat that is no integer", "Dpop T7", "claims.wrong", |s| {
                s.claims["iat"] = json!(NOW as f64 - 0.5)
            }),
            ("dpop_other_method", "another method", refused, "dpop.wrong_method", |s| {
                s.claims["htm"] = json!("GET")
            }),
            ("dpop_method_in_lower_case", "the method in lower case", refused, "dpop.wrong_method", |s| {
                s.claims["htm"] = json!("post")
            }),
            ("dpop_other_host", "another host", "Dpop Misdirected P8", "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://evil.example/mcp")
            }),
            (
                "dpop_host_in_the_user",
                "our host where the user stands",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.claims["htu"] = json!("https://tools.example@evil.example/mcp");
                },
            ),
            ("dpop_other_port", "another port", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example:8443/mcp")
            }),
            ("dpop_plain_http", "without TLS", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("http://tools.example/mcp")
            }),
            ("dpop_other_path", "another path", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/admin")
            }),
            ("dpop_path_in_capitals", "the path in capitals", "Dpop Misdirected X5", "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/MCP")
            }),
            // The server's own target is somebody else's text: it must not reach into the origin.
            (
                "dpop_target_goes_on_with_the_host",
                "a target that goes on with the host's name",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.call.uri = ".evil.example/mcp".into();
                    s.claims["htu"] = json!("https://tools.example.evil.example/mcp");
                },
            ),
            (
                "dpop_target_begins_with_a_port",
                "a target that begins with a port",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.call.uri = ":8443/mcp".into();
                    s.claims["htu"] = json!("https://tools.example:8443/mcp");
                },
            ),
            ("dpop_target_a_star", "a target that is no path", refused, "dpop.wrong_uri", |s| {
                s.call.uri = "*".into();
                s.claims["htu"] = json!("https://tools.example*");
            }),
            (
                "dpop_target_climbs",
                "a target that climbs out of the prefix",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "/../mcp".into();
                },
            ),
            (
                "dpop_target_climbs_encoded",
                "the same in percent-encoding",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "/x/%2e%2E/.%2e/mcp".into();
                },
            ),
            (
                "dpop_target_with_dots",
                "dots that a router may resolve in its own way",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| s.call.uri = "/admin/../mcp".into(),
            ),
            (
                "dpop_target_lengthens_the_prefix",
                "a target that goes on with the prefix",
                "Dpop Misdirected X4",
                "dpop.wrong_uri",
                |s| {
                    s.guard.origins = vec!["https://tools.example/v1".into()];
                    s.call.uri = "2/mcp".into();
                    s.claims["htu"] = json!("https://tools.example/v12/mcp");
                },
            ),
            ("dpop_relative_uri", "no scheme and no host", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("/mcp")
            }),
            ("dpop_sibling_path", "a path that goes on", refused, "dpop.wrong_uri", |s| {
                s.claims["htu"] = json!("https://tools.example/mcp/x")
            }),
            (
                "dpop_no_ath",
                "no hash of the access token",
                "Dpop Misdirected P3",
                "dpop.wrong_access_token",
                |s| {
                    s.claims.as_object_mut().map(|c| c.remove("ath"));
                },
            ),
            (
                "dpop_other_ath",
                "the hash of another access token",
                "Dpop Misdirected P3",
                "dpop.wrong_access_token",
                |s| {
                    s.claims["ath"] = json!(base64url(&sha256(b"another")));
                },
            ),
            (
                "dpop_other_bound_key",
                "a token that is bound to another key",
                "Dpop Misdirected P2",
                "dpop.wrong_key",
                |s| {
                    s.bound_to = Some(Key::Ed25519(STRANGER).thumbprint());
                },
            ),
            (
                "dpop_nobody_says_which_key",
                "a token of which nobody says what it is bound to",
                "Dpop I4",
                "dpop.wrong_key",
                |s| s.bound_to = None,
            ),
            ("dpop_no_origin", "a server that does not say who it is", "Dpop I10", "request.bad", |s| {
                s.guard.origins = vec![]
            }),
            ("dpop_origin_no_uri", "an origin that is no URI", "Dpop I10", "request.bad", |s| {
                s.guard.origins = vec!["tools.example".into()]
            }),
        ],
    );
    // A member twice survives no JSON library, so it is written by hand.
    let mut twice = base.clone();
    twice.finish = |p| {
        let parts: Vec<&str> = p.split('.').collect();
        let text =
            String::from_utf8(jws::bytes(parts[1])).expect("text").replacen('{', r#"{"htm":"POST","#, 1);
        let input = [parts[0], &base64url(text.as_bytes())].join(".");
        vec![[input.clone(), base64url(&forge::sign(&HOLDERS[0], input.as_bytes()))].join(".")]
    };
    let vector = twice.vector("dpop_member_twice", "htm twice", "Dpop E10");
    let control = Some("dpop_with_token_control".into());
    t.plain(Vector { control, expect: "json.duplicate_member".into(), link: Some(None), ..vector });
}
