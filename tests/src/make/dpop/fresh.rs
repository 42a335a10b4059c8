//! Time, nonces and replays.

use super::scene::{Key, Scene, control, faults};
use crate::forge::jws::base64url;
use crate::forge::sha256;
use crate::http::Earlier;
use crate::make::scene::{HOLDERS, NOW};
use crate::make::topic::Topic;
use crate::vectors::Vector;
use serde_json::json;

const SECRET: [u8; 32] = [0x5e; 32];

pub(super) fn add(t: &mut Topic) {
    let base = Scene::of(Key::Ed25519(HOLDERS[0]));
    for (name, comment, iat) in [
        ("dpop_as_old_as_may_be", "30 seconds old", NOW - 30),
        ("dpop_as_early_as_may_be", "5 seconds ahead", NOW + 5),
    ] {
        let mut edge = base.clone();
        edge.claims["iat"] = json!(iat);
        control(t, name, comment, "Dpop P6", false, &edge);
    }
    faults(
        t,
        "dpop_ed25519",
        &base,
        &[
            ("dpop_too_old", "31 seconds old", "Dpop P6", "proof.stale", |s| {
                s.claims["iat"] = json!(NOW - 31)
            }),
            ("dpop_too_early", "6 seconds ahead", "Dpop P6", "proof.future", |s| {
                s.claims["iat"] = json!(NOW + 6)
            }),
            ("dpop_before_1970", "a time below zero", "Dpop T7", "proof.stale", |s| {
                s.claims["iat"] = json!(-1)
            }),
            ("dpop_replayed", "the same proof twice", "Dpop P7 P12", "proof.replayed", |s| s.times = Some(2)),
            ("dpop_memory_full", "no room to remember it", "Dpop P13", "proof.memory_full", |s| {
                s.guard.replay_capacity = Some(0)
            }),
            ("dpop_wanted_nonce", "a nonce that the server wants", "Dpop", "dpop.use_nonce", |s| {
                s.call.nonce = Some("n-1".into())
            }),
        ],
    );
    let mut own = base.clone();
    own.claims["nonce"] = json!("n-1");
    control(t, "dpop_nonce_nobody_wants", "a nonce that nobody asked for", "Dpop", false, &own);
    own.call.nonce = Some("n-1".into());
    control(t, "dpop_nonce_of_the_server", "the nonce that the server wants", "Dpop", false, &own);
    let mut nonce = base.clone();
    nonce.guard.nonce_secret = Some(hex::encode(SECRET));
    nonce.claims["nonce"] = json!(nonce_of(NOW / 60));
    // A client whose clock is a day behind: the nonce dates the proof.
    nonce.claims["iat"] = json!(NOW - 86_400);
    control(
        t,
        "dpop_nonce",
        "a nonce of this minute, from a client whose clock is wrong",
        "Dpop P11",
        false,
        &nonce,
    );
    let mut earlier = nonce.clone();
    earlier.claims["nonce"] = json!(nonce_of(NOW / 60 - 1));
    control(
        t,
        "dpop_nonce_of_the_minute_before",
        "a nonce of the minute before",
        "Dpop P11",
        false,
        &earlier,
    );
    faults(
        t,
        "dpop_nonce",
        &nonce,
        &[
            ("dpop_nonce_missing", "no nonce", "Dpop", "dpop.use_nonce", |s| {
                drop(s.claims.as_object_mut().map(|c| c.remove("nonce")))
            }),
            ("dpop_nonce_too_old", "a nonce of two minutes ago", "Dpop P11", "dpop.use_nonce", |s| {
                s.claims["nonce"] = json!(nonce_of(NOW / 60 - 2))
            }),
            ("dpop_nonce_too_early", "a nonce of the next minute", "Dpop P11", "dpop.use_nonce", |s| {
                s.claims["nonce"] = json!(nonce_of(NOW / 60 + 1))
            }),
            (
                "dpop_nonce_of_another_secret",
                "a nonce under another secret",
                "Dpop P11",
                "dpop.use_nonce",
                |s| {
                    s.guard.nonce_secret = Some(hex::encode([0x5f; 32]));
                },
            ),
            ("dpop_nonce_no_text", "a nonce that is no text", "Dpop", "claims.wrong", |s| {
                s.claims["nonce"] = json!(7)
            }),
            (
                "dpop_nonce_replayed",
                "the same proof twice, under a nonce",
                "Dpop P7",
                "proof.replayed",
                |s| s.times = Some(2),
            ),
        ],
    );
    clocks(t, &base, &nonce);
}

/// Clocks of several servers differ, and a clock may be set back: what was once forgotten must not be fresh again.
fn clocks(t: &mut Topic, base: &Scene, nonce: &Scene) {
    let mut other = base.clone();
    other.claims["jti"] = json!("proof-2");
    other.claims["iat"] = json!(NOW + 30);
    let mut scene = base.clone();
    scene.now = NOW + 20;
    control(t, "dpop_later", "a proof 25 seconds old", "Dpop P7", false, &scene);
    scene.before = Some(vec![shown(base, NOW), shown(&other, NOW + 31)]);
    replayed(t, "dpop_later", "dpop_replayed_by_a_clock_set_back", &scene);

    let mut other = nonce.clone();
    other.claims["jti"] = json!("proof-2");
    other.claims["nonce"] = json!(nonce_of(NOW / 60 + 1));
    let end = (NOW / 60 + 2) * 60;
    let mut scene = nonce.clone();
    scene.now = end - 2;
    control(t, "dpop_nonce_later", "a nonce that is good for two more seconds", "Dpop P7", false, &scene);
    scene.before = Some(vec![shown(nonce, end - 120), shown(&other, end + 1)]);
    replayed(t, "dpop_nonce_later", "dpop_nonce_replayed_by_a_clock_set_back", &scene);
    // The first check comes late, and a later one later still: until when it is remembered is a matter of the nonce.
    scene.before = Some(vec![shown(nonce, end - 20), shown(&other, end + 1)]);
    replayed(t, "dpop_nonce_later", "dpop_nonce_replayed_after_a_late_check", &scene);
}

fn shown(scene: &Scene, now: u64) -> Earlier {
    Earlier { headers: vec![scene.proof()], now }
}

fn replayed(t: &mut Topic, control: &str, name: &str, scene: &Scene) {
    let comment = "seen and forgotten, then shown again by a clock that is behind";
    let vector = scene.vector(name, comment, "Dpop P7");
    let control = Some(format!("{control}_control"));
    t.plain(Vector { control, expect: "proof.replayed".into(), link: Some(None), ..vector });
}

/// SPEC 15.4, by a second hand: HMAC from its definition.
fn nonce_of(bucket: u64) -> String {
    let pad = |byte: u8| SECRET.iter().chain([0; 32].iter()).map(|key| key ^ byte).collect::<Vec<u8>>();
    let message = [&b"keybound nonce 1"[..], &bucket.to_be_bytes()].concat();
    let inner = sha256(&[pad(0x36), message].concat());
    let code = sha256(&[pad(0x5c), inner.to_vec()].concat());
    base64url(&[&bucket.to_be_bytes()[..], &code[..16]].concat())
}
