//! What a client of ours writes, byte for byte.

use super::scene::{Key, Scene, TOKEN};
use super::{ARGUMENTS, BODY};
use crate::forge::jws::base64url;
use crate::forge::{jws, sha256};
use crate::http::Call;
use crate::make::scene::{AUDIENCE, HOLDERS, NOW};
use crate::make::topic::{Topic, flags};
use crate::vectors::Vector;
use serde_json::json;

pub(super) fn add(t: &mut Topic) {
    let id = [0x44; 16];
    let ask = |name: &str, comment: &str, call: Call| Vector {
        name: name.into(),
        comment: comment.into(),
        flags: flags("Dpop"),
        operation: "dpop_sign".into(),
        key: Some(hex::encode(HOLDERS[0])),
        proof_id: Some(hex::encode(id)),
        call: Some(call),
        now: Some(NOW),
        ..Vector::default()
    };
    let full = Call {
        method: "POST".into(),
        uri: format!("{AUDIENCE}/mcp?session=1#x"),
        access_token: Some(TOKEN.into()),
        nonce: Some("n-1".into()),
        body: Some(hex::encode(BODY)),
        tool: Some("pay".into()),
        arguments: Some(ARGUMENTS.into()),
    };
    let mut scene = Scene::of(Key::Ed25519(HOLDERS[0])).with_token();
    scene.claims["jti"] = json!(jws::uuid(&id));
    scene.claims["htu"] = json!(format!("{AUDIENCE}/mcp"));
    scene.claims["iat"] = json!(NOW);
    let mut least = scene.clone();
    least.claims.as_object_mut().expect("claims").remove("ath");
    scene.claims["nonce"] = json!("n-1");
    scene.claims["keybound"] = json!({
        "arguments": base64url(&sha256(br#"{"amount":5,"to":"acme"}"#)),
        "body": base64url(&sha256(BODY)),
        "tool": "pay",
    });
    let made = |scene: &Scene| Some(hex::encode(scene.proof()));
    let vector = ask("dpop_sign_everything_control", "all that a proof may cover", full.clone());
    t.plain(Vector { expect: "ok".into(), result: made(&scene), ..vector });
    let plain = Call { method: "POST".into(), uri: format!("{AUDIENCE}/mcp"), ..Call::default() };
    let vector = ask("dpop_sign_the_least_control", "a plain proof", plain);
    t.plain(Vector { expect: "ok".into(), result: made(&least), ..vector });
    for (name, comment, uri) in [
        ("dpop_sign_for_a_path", "a client that does not say whom it calls", "/mcp"),
        ("dpop_sign_for_ftp", "a target that is no http URI", "ftp://tools.example/mcp"),
        ("dpop_sign_for_nothing", "no target", ""),
    ] {
        let vector = ask(name, comment, Call { uri: uri.into(), ..full.clone() });
        let control = Some("dpop_sign_everything_control".into());
        t.plain(Vector { control, expect: "request.bad".into(), link: Some(None), ..vector });
    }
}
