//! A clock that is set back: nothing lives longer for it, and nothing that was used once is used again.

use crate::process::{
    client::{Sent, holder},
    place::{Settings, say},
    set::Set,
};
use keybound_bindings::generate_key;
use keybound_service::jobs;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const HOUR: i64 = 3600;

async fn refused(world: &Set, sent: &Sent) {
    let answer = world.caller.send(sent).await.unwrap();
    assert!(answer.status.is_client_error(), "{} was done again: {answer:?}", sent.path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_by_an_hour_brings_nothing_back() {
    let world = Set::start(&Settings::default()).await;
    let caller = &world.caller;
    let orchestrator = caller.orchestrator().await.unwrap();
    let launch = caller.with_token(
        &orchestrator,
        Method::POST,
        "/launch",
        &json!({ "workflow": "close", "task": "t" }),
    );
    let launched = caller.send(&launch).await.unwrap().ok();
    let launch_token = launched["launch_token"].as_str().unwrap().to_owned();
    let key = generate_key().unwrap();
    let take = caller.form(
        &key,
        "/token",
        &[
            ("grant_type", "urn:keybound:params:oauth:grant-type:launch-token"),
            ("launch_token", &launch_token),
        ],
    );
    let before = holder(Arc::new(key), caller.send(&take).await.unwrap().ok());
    let revoked = caller.agent(&orchestrator, "close", "t").await.unwrap();
    caller.post_as(&revoked, "/release", &json!({})).await.unwrap().ok();
    let is_active = async |token: &str| -> Value {
        let server = caller.server().await.unwrap();
        caller.is_active(&server, token).await.unwrap().ok()["active"].clone()
    };
    // The controls, on a clock that stands right.
    assert_eq!(is_active(&before.token).await, true);
    assert_eq!(is_active(&revoked.token).await, false);

    world.set(-HOUR);
    jobs::sweep(&world.app, true).await.unwrap();
    // What was issued in what is now the future is not believed.
    assert_eq!(is_active(&before.token).await, false);
    assert_eq!(is_active(&revoked.token).await, false);
    assert!(caller.renew(&before).await.unwrap().status.is_client_error());
    refused(&world, &launch).await;
    refused(&world, &take).await;
    let again = caller.take(&generate_key().unwrap(), &launch_token).await.unwrap();
    assert_eq!(again.refused(), (400, "launch.used".to_owned()));
    // It goes on, and what it issues ends by the clock as it is.
    let orchestrator = caller.orchestrator().await.unwrap();
    let meanwhile = caller.agent(&orchestrator, "close", "t").await.unwrap();
    assert_eq!(meanwhile.answer["expires_in"], 300);
    assert_eq!(is_active(&meanwhile.token).await, true);
    let proofs = caller.with_token(&meanwhile, Method::POST, "/heartbeat", &json!({}));
    caller.send(&proofs).await.unwrap().ok();
    refused(&world, &proofs).await;

    world.set(60);
    jobs::sweep(&world.app, true).await.unwrap();
    assert_eq!(is_active(&before.token).await, true, "it has not expired");
    assert_eq!(is_active(&meanwhile.token).await, false, "a token outlived its clock");
    assert!(caller.renew(&meanwhile).await.unwrap().status.is_client_error());
    assert_eq!(is_active(&revoked.token).await, false, "a revocation was forgotten");
    refused(&world, &launch).await;
    refused(&world, &take).await;
    refused(&world, &proofs).await;

    world.set(301 + 30);
    assert_eq!(is_active(&before.token).await, false);
    say(
        "clock set back by an hour and forward again: nothing lived longer, nothing was used twice, no revocation was lost",
    );
}

/// Ahead by an hour, everything of now has been forgotten; back again, what nobody remembers counts as used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_ahead_by_an_hour_lets_no_proof_pass_twice() {
    let world = Set::start(&Settings::default()).await;
    let caller = &world.caller;
    let orchestrator = caller.orchestrator().await.unwrap();
    let launch = caller.with_token(
        &orchestrator,
        Method::POST,
        "/launch",
        &json!({ "workflow": "close", "task": "t" }),
    );
    caller.send(&launch).await.unwrap().ok();
    world.set(HOUR);
    // Somebody comes by, and the sweep goes through the tables.
    let _ = caller.orchestrator().await.unwrap();
    jobs::sweep(&world.app, true).await.unwrap();
    world.set(5);
    refused(&world, &launch).await;
}
