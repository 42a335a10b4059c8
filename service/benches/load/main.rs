//! `cargo xtask bench service`: what the service does on this machine, with its clients beside it.
//!
//! Closed loops: each of so many clients sends its next request when the last is answered. Latencies are what the client sees.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    missing_docs,
    reason = "a measurement that cannot go on stops"
)]

mod http;
mod propagation;
mod report;
mod world;

use http::{Connection, form};
use keybound::SigningKey;
use keybound_bindings::generate_key;
use report::{Measured, Usage};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use world::{CHAIN, EXCHANGE, LAUNCH, Login, World};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const TOKENS: usize = 500;
/// The most that a policy may allow.
const RENEWALS: u64 = 1440;

#[tokio::main]
async fn main() {
    let seconds =
        std::env::var("KEYBOUND_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let time = Duration::from_secs(seconds);
    let database = std::env::var("KEYBOUND_TEST_POSTGRES").ok();
    let world = Arc::new(World::start(database.as_deref()));
    println!("{}, {seconds} s each\n", if database.is_some() { "PostgreSQL" } else { "SQLite" });
    println!(
        "{:32} {:>8} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7}",
        "", "clients", "per s", "p50 ms", "p95 ms", "p99 ms", "CPU", "errors"
    );
    for clients in [1, 16, 64] {
        onboarding(&world, clients, time).await.print("onboarding (launch + token)", clients);
    }
    report::fractions(&world, "onboarding", 16, time, |time| onboarding(&world, 16, time)).await;
    let agents = agents(&world).await;
    for clients in [16, 64] {
        renewals(&world, clients, time).await.print("renewal", clients);
    }
    for (name, bearer) in [("introspection, bearer caller", true), ("introspection, DPoP caller", false)] {
        for clients in [16, 64] {
            introspections(&world, &agents, clients, time, bearer).await.print(name, clients);
        }
    }
    report::fractions(&world, "introspection", 16, time, |time| {
        introspections(&world, &agents, 16, time, true)
    })
    .await;
    propagation::measure(&world).await;
}

/// Runs `clients` loops until the time is up.
async fn load<F, Fut>(world: &Arc<World>, clients: usize, time: Duration, each: F) -> Measured
where
    F: Fn(Arc<World>, usize, Arc<AtomicBool>) -> Fut,
    Fut: Future<Output = (Vec<u32>, usize)> + Send + 'static,
{
    let stop = Arc::new(AtomicBool::new(false));
    let before = Usage::of(world.pid());
    let began = Instant::now();
    let tasks: Vec<_> =
        (0..clients).map(|number| tokio::spawn(each(world.clone(), number, stop.clone()))).collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let (mut micros, mut errors) = (Vec::new(), 0);
    for task in tasks {
        let (own, wrong) = task.await.expect("a client");
        micros.extend(own);
        errors += wrong;
    }
    let took = began.elapsed();
    Measured::new(
        micros,
        errors,
        took,
        Usage::of(world.pid()).since(&before).as_secs_f64() / took.as_secs_f64(),
    )
}

async fn onboarding(world: &Arc<World>, clients: usize, time: Duration) -> Measured {
    let login = Arc::new(world.log_in("load", false).await);
    load(world, clients, time, |world, number, stop| {
        let login = login.clone();
        async move {
            let mut connection = world.connect().await;
            let (mut micros, mut errors) = (Vec::new(), 0);
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let got = onboard(&world, &mut connection, &login, number).await;
                micros.push(began.elapsed().as_micros() as u32);
                errors += usize::from(got.is_none());
            }
            (micros, errors)
        }
    })
    .await
}

/// Launches an agent, and lets it have its first token.
async fn onboard(
    world: &World,
    connection: &mut Connection,
    login: &Login,
    number: usize,
) -> Option<(SigningKey, Value)> {
    let proof = world.proof(&login.key, "/launch", Some(&login.token), None);
    let authorization = format!("DPoP {}", login.token);
    let body =
        json!({ "workflow": "load", "task": format!("task-{number}"), "principal": { "id": "user-1" } })
            .to_string();
    let headers = [("dpop", proof.as_str()), ("authorization", authorization.as_str())];
    let answer = connection.send("POST", "/launch", &headers, JSON, body.as_bytes()).await;
    if answer.status != 201 {
        return None;
    }
    let launched: Value = serde_json::from_slice(&answer.body).ok()?;
    let key = generate_key().ok()?;
    let proof = world.proof(&key, "/token", None, launched["dpop_nonce"].as_str());
    let body = form(&[("grant_type", LAUNCH), ("launch_token", launched["launch_token"].as_str()?)]);
    let answer = connection.send("POST", "/token", &[("dpop", &proof)], FORM, &body).await;
    if answer.status != 200 {
        return None;
    }
    Some((key, serde_json::from_slice(&answer.body).ok()?))
}

/// Agents whose tokens are introspected.
async fn agents(world: &World) -> Arc<Vec<String>> {
    let login = world.log_in("load", false).await;
    let mut connection = world.connect().await;
    let mut tokens = Vec::with_capacity(TOKENS);
    while tokens.len() < TOKENS {
        let (_, answer) = onboard(world, &mut connection, &login, tokens.len()).await.expect("an agent");
        tokens.push(answer["access_token"].as_str().expect("a token").to_owned());
    }
    Arc::new(tokens)
}

async fn renewals(world: &Arc<World>, clients: usize, time: Duration) -> Measured {
    let login = Arc::new(world.log_in("load", false).await);
    load(world, clients, time, |world, number, stop| {
        let login = login.clone();
        async move {
            let mut connection = world.connect().await;
            let (mut key, mut answer) =
                onboard(&world, &mut connection, &login, number).await.expect("an agent");
            let (mut micros, mut errors) = (Vec::new(), 0);
            let mut nonce = world.nonce().await;
            while !stop.load(Ordering::Relaxed) {
                // A session may be renewed so often; then another one goes on.
                if answer["renewals"].as_u64() == Some(RENEWALS) {
                    (key, answer) = onboard(&world, &mut connection, &login, number).await.expect("an agent");
                }
                let began = Instant::now();
                let token = answer["access_token"].as_str().expect("a token");
                let proof = world.proof(&key, "/token", None, Some(&nonce));
                let body = form(&[
                    ("grant_type", EXCHANGE),
                    ("subject_token", token),
                    ("subject_token_type", CHAIN),
                    ("requested_token_type", CHAIN),
                ]);
                let got = connection.send("POST", "/token", &[("dpop", &proof)], FORM, &body).await;
                let value: Value = serde_json::from_slice(&got.body).unwrap_or_default();
                micros.push(began.elapsed().as_micros() as u32);
                if got.status == 200 {
                    answer = value;
                } else {
                    errors += 1;
                    nonce = world.nonce().await;
                }
            }
            (micros, errors)
        }
    })
    .await
}

async fn introspections(
    world: &Arc<World>,
    agents: &Arc<Vec<String>>,
    clients: usize,
    time: Duration,
    bearer: bool,
) -> Measured {
    let login = Arc::new(world.log_in(if bearer { "bearer" } else { "load" }, bearer).await);
    load(world, clients, time, |world, number, stop| {
        let (login, agents) = (login.clone(), agents.clone());
        async move {
            let mut connection = world.connect().await;
            let (mut micros, mut errors, mut turn) = (Vec::new(), 0, number * 31);
            let bodies: Vec<Vec<u8>> = agents.iter().map(|token| form(&[("token", token)])).collect();
            let authorization = format!("{} {}", if bearer { "Bearer" } else { "DPoP" }, login.token);
            while !stop.load(Ordering::Relaxed) {
                turn += 1;
                let began = Instant::now();
                let body = &bodies[turn % bodies.len()];
                let proof = if bearer {
                    String::new()
                } else {
                    world.proof(&login.key, "/introspect", Some(&login.token), None)
                };
                let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
                let headers = if bearer { &headers[..1] } else { &headers[..] };
                let answer = connection.send("POST", "/introspect", headers, FORM, body).await;
                micros.push(began.elapsed().as_micros() as u32);
                errors += usize::from(answer.status != 200 || !holds(&answer.body, b"\"active\":true"));
            }
            (micros, errors)
        }
    })
    .await
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}
