//! The beginning and the end of the program.

use crate::process::{
    Node,
    client::Caller,
    load,
    log::{self, Log},
    place::{Place, Settings, folder, postgres, say},
};
use reqwest::StatusCode;
use serde_json::json;
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn a_database_without_tables_is_not_served() {
    let Some(server) = postgres("the database without tables") else { return };
    let place = Place::bare(&server, &Settings::default()).await;
    let said = Node::try_start(&place, |_| {}).err().expect("it started without tables");
    assert!(said.contains("run `keybound migrate`") && said.starts_with("exit status: 1"), "{said}");
}

#[tokio::test]
async fn keys_that_others_can_read_are_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new(&Settings::default());
    drop(Node::start(&place));
    let mode =
        |mode| std::fs::set_permissions(place.key_file(), std::fs::Permissions::from_mode(mode)).unwrap();
    for open in [0o640, 0o604, 0o660] {
        mode(open);
        let said = Node::try_start(&place, |_| {}).err().expect("it started with keys that others can read");
        assert!(said.contains("chmod 600") && said.starts_with("exit status: 1"), "{said}");
    }
    mode(0o600);
    drop(Node::start(&place));
}

#[test]
fn nodes_that_start_at_once_find_one_file_of_keys() {
    use keybound_bindings::OsRandom;
    use keybound_service::keys::{KeyFile, KeyRing, Purpose};
    let folder = folder();
    for round in 0..100 {
        let path = folder.join(format!("{round}/default.json"));
        let start = std::sync::Barrier::new(4);
        let make = || {
            start.wait();
            let file = KeyFile::read_or_make(&path, &OsRandom, 1_800_000_000).unwrap();
            let ring = KeyRing::of(&file).unwrap();
            *ring.signer(Purpose::Authority).unwrap().public_key().as_bytes()
        };
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "two nodes have other keys");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "something was left behind"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn told_to_stop_it_finishes_what_it_has_begun() {
    let place = Place::new(&Settings { drain: 4, ..Settings::default() });
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let orchestrator = caller.orchestrator().await.unwrap();
    let checkpoint = log::checkpoint(&caller).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let worker =
        |client| tokio::spawn(load::work(vec![caller.clone()], format!("stop-c{client}"), stop.clone()));
    let workers: Vec<_> = (0..4).map(worker).collect();
    // A reader of the stream, who never goes by himself.
    let mut stream = tokio::net::TcpStream::connect(node.address()).await.unwrap();
    stream.write_all(b"GET /revocations/stream HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // A launch of which one half has been sent.
    let body = json!({ "workflow": "close", "task": "halfway" });
    let sent = caller.with_token(&orchestrator, reqwest::Method::POST, "/launch", &body);
    let mut halfway = tokio::net::TcpStream::connect(node.address()).await.unwrap();
    let (first, second) = sent.body.split_at(sent.body.len() / 2);
    let headers: String = sent.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head =
        format!("POST /launch HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\n\r\n", sent.body.len());
    halfway.write_all(head.as_bytes()).await.unwrap();
    halfway.write_all(first).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    node.tell_to_stop();
    let began = Instant::now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // A balancer that asks is told no, or finds nobody.
    let asked = Caller::of(&node.base).get("/readyz").await;
    assert!(asked.is_err() || asked.unwrap().status == StatusCode::SERVICE_UNAVAILABLE);
    halfway.write_all(second).await.unwrap();
    let mut answer = String::new();
    halfway.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let status = tokio::task::spawn_blocking(move || node.ended(Duration::from_secs(8))).await.unwrap();
    let took = began.elapsed();
    assert_eq!(status.code(), Some(0));
    // The reader of the stream does not hold it up for as long as it may take.
    assert!(took < Duration::from_secs(3), "{took:?}");
    let promises = load::gather(workers).await;

    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let log = Log::read(&caller, &caller.auditor().await.unwrap()).await.unwrap();
    log.verified(&caller, &[checkpoint]).await;
    load::check(&caller, &log, 0, &promises).await.unwrap();
    assert!(log.of("launch.created", 0).iter().any(|record| record["task"] == "halfway"));
    say(&format!("told to stop: ended {took:?} later with a reader on the stream, drain 4 s"));
}
