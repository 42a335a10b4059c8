//! A burst of revocations, and how long until those who follow the list refuse.

use crate::world::{Login, World};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use keybound::{
    AgentId, PublicKey,
    revocation::{RevocationSource, RevokedId},
};
use keybound_bindings::{RevocationFeed, now};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

const BURST: usize = 2000;
const FOLLOWERS: usize = 10;
const POLL: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// Ten that poll every five seconds and ten on the stream, from before the burst until they have seen it all.
pub(crate) async fn measure(world: &Arc<World>) {
    let login = Arc::new(world.log_in("load", false).await);
    let key = revocation_key(world).await;
    let ids: Arc<Vec<String>> = Arc::new((0..BURST).map(agent).collect());
    let began = Instant::now();
    let followers: Vec<_> = (0..FOLLOWERS * 2)
        .map(|number| {
            let (world, key, ids) = (world.clone(), key.clone(), ids.clone());
            tokio::spawn(async move {
                if number < FOLLOWERS {
                    poll(&world, &key, &ids, number).await
                } else {
                    stream(&world, &key, &ids).await
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked: Vec<_> = (0..16)
        .map(|part| {
            let (world, login, ids) = (world.clone(), login.clone(), ids.clone());
            tokio::spawn(async move { revoke(&world, &login, &ids, part).await })
        })
        .collect();
    let mut when = vec![Duration::ZERO; BURST];
    for task in asked {
        for (place, answered) in task.await.expect("an operator") {
            when[place] = answered.duration_since(began);
        }
    }
    let burst = when.iter().max().copied().unwrap_or_default() - Duration::from_millis(300);
    println!("\n{BURST} revocations in {:.2} s", burst.as_secs_f64());
    let (mut polling, mut streaming) = (Vec::new(), Vec::new());
    for (number, task) in followers.into_iter().enumerate() {
        let seen = task.await.expect("a follower");
        let delays =
            seen.iter().zip(&when).map(|(seen, when)| seen.duration_since(began).saturating_sub(*when));
        if number < FOLLOWERS { polling.extend(delays) } else { streaming.extend(delays) }
    }
    print("visible to those who poll every 5 s", polling);
    print("visible on the stream", streaming);
}

fn agent(number: usize) -> String {
    format!("spiffe://127.0.0.1/agent/load/burst/{number}")
}

fn print(name: &str, mut delays: Vec<Duration>) {
    delays.sort_unstable();
    let at = |part: f64| delays[((delays.len() as f64 * part) as usize).min(delays.len() - 1)].as_secs_f64();
    println!(
        "    {name}: p50 {:.2} s, p99 {:.2} s, last {:.2} s ({FOLLOWERS} verifiers)",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

async fn revoke(world: &World, login: &Login, ids: &[String], part: usize) -> Vec<(usize, Instant)> {
    let mut connection = world.connect().await;
    let mut answered = Vec::new();
    for place in (part..ids.len()).step_by(16) {
        let proof = world.proof(&login.key, "/admin/revocations", Some(&login.token), None);
        let authorization = format!("DPoP {}", login.token);
        let body = json!({ "level": "agent", "id": ids[place] }).to_string();
        let headers = [("dpop", proof.as_str()), ("authorization", authorization.as_str())];
        let answer = connection
            .send("POST", "/admin/revocations", &headers, "application/json", body.as_bytes())
            .await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answered.push((place, Instant::now()));
    }
    answered
}

async fn revocation_key(world: &World) -> PublicKey {
    let answer = world.connect().await.send("GET", "/.well-known/keybound", &[], "", b"").await;
    let known: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let jwk = known["revocations"]["keys"][0]["jwk"].to_string();
    PublicKey::from_jwk(jwk.as_bytes()).expect("a key")
}

/// When each of `ids` was first in the list, as a verifier sees it.
struct Seen<'a> {
    feed: RevocationFeed,
    ids: &'a [String],
    when: Vec<Option<Instant>>,
}

impl<'a> Seen<'a> {
    fn new(world: &World, key: &PublicKey, ids: &'a [String]) -> Self {
        let feed = RevocationFeed::new(RevocationSource::new(&world.issuer, key));
        Self { feed, ids, when: vec![None; ids.len()] }
    }

    fn seq(&self) -> Option<u64> {
        self.feed.list().map(|list| list.seq())
    }

    fn take(&mut self, bytes: &[u8]) {
        let time = now().expect("a clock");
        self.feed.apply(bytes, time).expect("the list is believed");
        let (list, at) = (self.feed.list().expect("a list"), Instant::now());
        for (place, when) in self.when.iter_mut().enumerate().filter(|(_, when)| when.is_none()) {
            let id = RevokedId::agent(&AgentId::parse(&self.ids[place]).expect("an agent"));
            *when = list.has(&id, time).then_some(at);
        }
    }

    fn is_done(&self) -> bool {
        self.when.iter().all(Option::is_some)
    }

    fn into_times(self) -> Vec<Instant> {
        self.when
            .into_iter()
            .map(|when| when.expect("every revocation is seen within thirty seconds"))
            .collect()
    }
}

async fn poll(world: &World, key: &PublicKey, ids: &[String], number: usize) -> Vec<Instant> {
    let mut seen = Seen::new(world, key, ids);
    let mut connection = world.connect().await;
    let began = Instant::now();
    // Not all in the same moment.
    tokio::time::sleep(
        POLL / u32::try_from(FOLLOWERS).unwrap_or(1) * u32::try_from(number).unwrap_or_default(),
    )
    .await;
    while !seen.is_done() && began.elapsed() < PATIENCE * 2 {
        let path =
            seen.seq().map_or_else(|| "/revocations".to_owned(), |seq| format!("/revocations?since={seq}"));
        let answer = connection.send("GET", &path, &[], "", b"").await;
        assert_eq!(answer.status, 200);
        seen.take(&answer.body);
        if !seen.is_done() {
            tokio::time::sleep(POLL).await;
        }
    }
    seen.into_times()
}

async fn stream(world: &World, key: &PublicKey, ids: &[String]) -> Vec<Instant> {
    let mut seen = Seen::new(world, key, ids);
    let mut socket = tokio::net::TcpStream::connect(&world.address).await.expect("a connection");
    let head = format!(
        "GET /revocations/stream HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n\r\n",
        world.address
    );
    socket.write_all(head.as_bytes()).await.expect("a request");
    let mut lines = BufReader::new(socket).lines();
    let began = Instant::now();
    while !seen.is_done() && began.elapsed() < PATIENCE {
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("the stream goes on");
        let line = line.expect("the stream is read").expect("the stream has no end");
        if let Some(data) = line.strip_prefix("data: ") {
            seen.take(&BASE64URL.decode(data.trim()).expect("base64url"));
        }
    }
    seen.into_times()
}
