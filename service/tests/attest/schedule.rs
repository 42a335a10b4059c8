//! When keys are looked at again, and when not.

use crate::world::{World, outcome};
use keybound_service::attest::{Code, Refused, Rule, verify};
use serde_json::json;
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};
use tokio::task::JoinSet;

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn keys_are_fetched_when_they_are_due() {
    for (said, period) in [(None, 300), (Some(90), 90), (Some(5), 60), (Some(0), 60), (Some(1_000_000), 3600)]
    {
        let world = World::new().await;
        world.post("/publish", json!({"max_age": said})).await;
        let (rule, token) = (world.rule(), world.token(json!({})).await);
        for (second, fetched) in
            [(0, 1), (1, 1), (period - 1, 1), (period, 2), (2 * period - 1, 2), (2 * period, 3)]
        {
            assert_eq!(outcome(&rule, &token, world.now + second).await, Ok(()));
            assert_eq!(world.fetched("jwks").await, fetched, "{said:?} {second}");
        }
    }
}

#[tokio::test]
async fn a_new_key_is_picked_up_at_once_and_a_dropped_one_put_down() {
    let world = World::new().await;
    let rule = world.rule();
    let first = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &first, world.now).await, Ok(()));

    world.post("/rotate", json!({})).await;
    let second = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &second, world.now + 1).await, Ok(()));
    assert_eq!(world.fetched("jwks").await, 2);
    // The overlap: both are published.
    assert_eq!(outcome(&rule, &first, world.now + 2).await, Ok(()));

    world.post("/rotate?drop=1", json!({})).await;
    let due = world.now + 301;
    assert_eq!(outcome(&rule, &first, due - 1).await, Ok(()));
    for withdrawn in [&first, &second] {
        assert_eq!(outcome(&rule, withdrawn, due).await, Err(Code::UnknownKey));
    }
    assert_eq!(outcome(&rule, &world.token(json!({})).await, due).await, Ok(()));
}

/// Anybody can send tokens that name keys of his own invention.
#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_fetch_a_minute() {
    let world = World::new().await;
    let rule = world.rule();
    let honest = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &honest, world.now).await, Ok(()));
    let mut strangers = Vec::new();
    for name in 0..20 {
        strangers.push(world.token(json!({"kid": format!("stranger-{name}")})).await);
    }
    for second in 1..=60 {
        for stranger in &strangers {
            assert_eq!(outcome(&rule, stranger, world.now + second).await, Err(Code::UnknownKey));
        }
        assert_eq!(outcome(&rule, &honest, world.now + second).await, Ok(()));
        assert_eq!(world.fetched("jwks").await, 2, "{second}");
    }
    assert_eq!(outcome(&rule, &strangers[0], world.now + 61).await, Err(Code::UnknownKey));
    assert_eq!(world.fetched("jwks").await, 3);
}

/// All at once: many callers, one answer.
async fn together(rule: &Arc<Rule>, tokens: &[String], now: u64) -> Vec<Result<(), Code>> {
    let mut callers = JoinSet::new();
    for token in tokens {
        let (rule, token) = (rule.clone(), token.clone());
        callers.spawn(async move { outcome(&rule, &token, now).await });
    }
    callers.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_share_a_fetch() {
    let world = World::new().await;
    let rule = Arc::new(world.rule());
    let token = world.token(json!({})).await;
    assert!(together(&rule, &vec![token; 100], world.now).await.iter().all(Result::is_ok));
    assert_eq!(world.fetched("jwks").await, 1);

    world.post("/rotate", json!({})).await;
    let token = world.token(json!({})).await;
    assert!(together(&rule, &vec![token; 100], world.now + 1).await.iter().all(Result::is_ok));
    assert_eq!(world.fetched("jwks").await, 2);

    let stranger = world.token(json!({"kid": "stranger"})).await;
    let refused = together(&rule, &vec![stranger; 100], world.now + 61).await;
    assert!(refused.iter().all(|outcome| *outcome == Err(Code::UnknownKey)));
    assert_eq!(world.fetched("jwks").await, 3);
}

/// After a quiet night nobody goes on with the keys of the evening, however many come at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_withdrawn_in_the_night_is_worth_nothing_in_the_morning() {
    let world = World::new().await;
    let rule = Arc::new(world.rule());
    let withdrawn = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &withdrawn, world.now).await, Ok(()));
    world.post("/rotate?drop=1", json!({})).await;
    let refused = together(&rule, &vec![withdrawn; 100], world.now + 8 * 3600).await;
    assert!(refused.iter().all(|outcome| *outcome == Err(Code::UnknownKey)), "{refused:?}");
    // One for all of them, and not another for the key they name: it came this second.
    assert_eq!(world.fetched("jwks").await, 2);
}

#[tokio::test]
async fn keys_that_came_this_second_are_not_asked_for_again() {
    let world = World::new().await;
    let (rule, stranger) = (world.rule(), world.token(json!({"kid": "stranger"})).await);
    assert_eq!(outcome(&rule, &stranger, world.now).await, Err(Code::UnknownKey));
    assert_eq!(world.fetched("jwks").await, 1);
    assert_eq!(outcome(&rule, &stranger, world.now + 1).await, Err(Code::UnknownKey));
    assert_eq!(world.fetched("jwks").await, 2);
}

/// Begins, and hangs up.
fn begin<T>(call: impl Future<Output = T>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(call).poll(&mut context).is_pending());
}

/// A caller who starts a fetch and hangs up would else spend everybody's one look in a minute.
#[tokio::test]
async fn a_fetch_outlives_the_caller_who_began_it() {
    let world = World::new().await;
    let rule = world.rule();
    let first = world.token(json!({})).await;
    begin(verify(&rule, &first, world.now));
    assert_eq!(outcome(&rule, &first, world.now).await, Ok(()));
    assert_eq!(world.fetched("jwks").await, 1);

    world.post("/rotate", json!({})).await;
    let second = world.token(json!({})).await;
    begin(verify(&rule, &second, world.now + 1));
    assert_eq!(outcome(&rule, &second, world.now + 2).await, Ok(()));
    assert_eq!(world.fetched("jwks").await, 2);
}

#[tokio::test]
async fn keys_outlive_their_issuer_by_a_day() {
    let mut world = World::new().await;
    let rule = world.rule();
    let token = world.token(json!({})).await;
    let unknown = world.token(json!({"kid": "rsa-2"})).await;
    assert_eq!(outcome(&rule, &token, world.now).await, Ok(()));
    world.issuer.stop().await;
    for second in [299, 300, 301, 3600, DAY] {
        assert_eq!(outcome(&rule, &token, world.now + second).await, Ok(()), "{second}");
    }
    assert_eq!(rule.health().fetched_at, Some(world.now));
    assert!(rule.health().failure.is_some());
    // It may have a new key by now: nobody can tell, and that is not the token's fault.
    assert_eq!(outcome(&rule, &unknown, world.now + DAY).await, Err(Code::KeysUnavailable));

    let refused: Refused = verify(&rule, &token, world.now + DAY + 1).await.unwrap_err();
    assert_eq!(refused.code(), Code::KeysUnavailable);
    assert!(refused.code().is_retryable() && refused.reason().is_some());

    world.issuer.resume().await.unwrap();
    assert_eq!(outcome(&rule, &token, world.now + DAY + 10).await, Ok(()));
    assert_eq!(rule.health().failure, None);
    assert_eq!(outcome(&rule, &unknown, world.now + DAY + 60).await, Err(Code::UnknownKey));
}

#[tokio::test]
async fn an_issuer_that_fails_is_not_asked_again_for_ten_seconds() {
    let world = World::new().await;
    let rule = world.rule();
    let token = world.token(json!({})).await;
    world.post("/fault", json!({"kind": "error"})).await;
    for (second, fetched) in [(0, 1), (1, 1), (9, 1), (10, 2), (19, 2)] {
        assert_eq!(outcome(&rule, &token, world.now + second).await, Err(Code::KeysUnavailable));
        assert_eq!(world.fetched("jwks").await, fetched, "{second}");
    }
    world.post("/fault", json!({"kind": "none"})).await;
    assert_eq!(outcome(&rule, &token, world.now + 20).await, Ok(()));
}

/// A clock that ran ahead and was put right keeps nothing for too long.
#[tokio::test]
async fn a_clock_that_is_put_back_has_keys_fetched_again() {
    let world = World::new().await;
    let rule = world.rule();
    let token = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &token, world.now + 3600).await, Ok(()));
    assert_eq!(outcome(&rule, &token, world.now).await, Ok(()));
    assert_eq!((world.fetched("jwks").await, rule.health().fetched_at), (2, Some(world.now)));
}
