//! Clients that are slow, silent, large, or wrong: each of them is turned away, and nobody else notices.

use crate::process::{
    Node,
    client::{Caller, FORM, Holder, Sent},
    malformed::{Dice, MARK, spoiled},
    place::{AUDIENCE, Place, Settings, say},
    raw::{blurt, trickle},
    until,
};
use keybound_service::http::ROUTES;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

const LIMIT: u64 = 3;

/// The slowest of some honest launches meanwhile.
async fn meanwhile(caller: &Caller, orchestrator: &Holder, rounds: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let began = Instant::now();
        assert_eq!(caller.launch(orchestrator, "close", "meanwhile").await.unwrap().status, 201);
        slowest = slowest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_client_is_cut_off_and_nobody_waits_for_it() {
    let place = Place::new(&Settings { timeout: LIMIT, ..Settings::default() });
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let orchestrator = caller.orchestrator().await.unwrap();
    let head = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let slow_head = format!("{head}x: {}\r\n\r\n", "y".repeat(100));
    let (pause, patience) = (Duration::from_secs(1), Duration::from_secs(2 * LIMIT + 4));
    let address = node.address().to_owned();
    let slow = |first: &str, then: &str| {
        let (address, first, then) = (address.clone(), first.to_owned(), then.to_owned());
        tokio::spawn(
            async move { trickle(&address, first.as_bytes(), then.as_bytes(), pause, patience).await },
        )
    };
    let heads: Vec<_> = (0..20).map(|_| slow("", &slow_head)).collect();
    let whole_head = format!("{head}content-length: 1000\r\n\r\n");
    let bodies: Vec<_> = (0..20).map(|_| slow(&whole_head, "grant_type=client_credentials")).collect();
    let slowest = meanwhile(&caller, &orchestrator, 40).await;
    let within = Duration::from_secs(LIMIT + 2);
    let mut last = Duration::ZERO;
    for head in heads {
        let (_, took) = head.await.unwrap().expect("a slow head is not cut off");
        last = last.max(took);
    }
    for body in bodies {
        let (answer, took) = body.await.unwrap().expect("a slow body is not cut off");
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request.too_slow"), "{answer}");
        last = last.max(took);
    }
    assert!(last < within, "{last:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    say(&format!(
        "40 slow clients: cut off after {last:?} at most with a limit of {LIMIT} s; slowest launch meanwhile {slowest:?}"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn half_open_connections_are_closed_and_nobody_notices() {
    let place = Place::new(&Settings { timeout: LIMIT, ..Settings::default() });
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let orchestrator = caller.orchestrator().await.unwrap();
    let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", node.id())).unwrap().count();
    let (before, memory) = (descriptors(), node.memory());
    // Nothing, the beginning of a request, and the beginning of HTTP/2.
    let beginnings: [&[u8]; 4] = [b"", b"P", b"POST /token HTTP/1.1\r\nhost:", b"PRI * HTTP/2.0\r\n"];
    let open = beginnings.iter().cycle().take(200).map(|bytes| {
        let (address, bytes) = (node.address().to_owned(), bytes.to_vec());
        tokio::spawn(async move {
            trickle(&address, &bytes, b"", Duration::ZERO, Duration::from_secs(2 * LIMIT + 4)).await
        })
    });
    let open: Vec<_> = open.collect();
    // All of them are there before the first is closed.
    until("200 connections", Duration::from_secs(LIMIT), || async { descriptors() >= before + 200 }).await;
    let slowest = meanwhile(&caller, &orchestrator, 20).await;
    let mut last = Duration::ZERO;
    for connection in open {
        let (_, took) = connection.await.unwrap().expect("a connection on which nothing comes stays open");
        last = last.max(took);
    }
    let (after, grown) = (descriptors(), node.memory().saturating_sub(memory));
    assert!(after < before + 20, "{after} descriptors, {before} before");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    say(&format!(
        "200 half-open connections: closed after {last:?} at most, slowest launch meanwhile {slowest:?}, {grown} KiB more memory"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bodies_of_ten_megabytes_are_refused_unread() {
    let place = Place::new(&Settings::default());
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let orchestrator = caller.orchestrator().await.unwrap();
    let memory = node.memory();
    let size = 10 << 20;
    let posts = ROUTES.iter().filter(|(method, _)| *method == "post").map(|(_, path)| *path);
    let mut sends = Vec::new();
    for path in posts {
        for is_chunked in [false, true] {
            let framing = if is_chunked {
                "transfer-encoding: chunked".to_owned()
            } else {
                format!("content-length: {size}")
            };
            // Signed in where that comes before the body.
            let signed = caller.with_token(&orchestrator, Method::POST, path, &json!({}));
            let headers: String = signed
                .headers
                .iter()
                .filter(|(name, _)| *name != "content-type")
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let media =
                if matches!(path, "/token" | "/revoke" | "/introspect") { FORM } else { "application/json" };
            let mut bytes = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\n{headers}content-type: {media}\r\n{framing}\r\n\r\n"
            )
            .into_bytes();
            if is_chunked {
                bytes.extend_from_slice(format!("{size:x}\r\n").as_bytes());
            }
            bytes.resize(bytes.len() + size, b'a');
            for _ in 0..2 {
                let (address, bytes) = (node.address().to_owned(), bytes.clone());
                sends.push((
                    path,
                    tokio::spawn(async move { blurt(&address, &bytes, Duration::from_secs(10)).await }),
                ));
            }
        }
    }
    let count = sends.len();
    let mut highest = memory;
    for (path, send) in sends {
        let answer = String::from_utf8_lossy(&send.await.unwrap()).into_owned();
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("request.too_large"),
            "{path}: {answer}"
        );
        highest = highest.max(node.memory());
    }
    let slowest = meanwhile(&caller, &orchestrator, 3).await;
    let (after, most) = (node.memory().saturating_sub(memory), highest.saturating_sub(memory));
    assert!(most < 64 * 1024, "{most} KiB");
    say(&format!(
        "{count} bodies of 10 MB: 413 each; memory {memory} KiB before, {most} KiB more at most, {after} KiB more after; launch {slowest:?}"
    ));
}

/// One honest request for each route, from which the wrong ones are made.
async fn honest(caller: &Caller) -> Vec<Sent> {
    let orchestrator = caller.orchestrator().await.unwrap();
    let (admin, auditor, server) =
        (caller.admin().await.unwrap(), caller.auditor().await.unwrap(), caller.server().await.unwrap());
    let agent = caller.agent(&orchestrator, "close", "malformed").await.unwrap();
    let chain = agent.answer["issued_token_type"].as_str().unwrap();
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", agent.token.as_str()),
        ("subject_token_type", chain),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("resource", AUDIENCE),
    ];
    let form = |key, path: &str, form: &[(&str, &str)]| caller.form(key, path, form);
    ROUTES
        .iter()
        .map(|(method, path)| {
            let path = path.replace("{list}", "0").replace("{index}", "1");
            match (*method, path.as_str()) {
                ("get", path) if path.starts_with("/audit") => caller.with_token(&auditor, Method::GET, path, &json!(null)),
                ("get", path) => caller.with_token(&orchestrator, Method::GET, path, &json!(null)),
                (_, "/token") => form(&agent.key, "/token", &exchange),
                (_, "/revoke") => form(&agent.key, "/revoke", &[("token", "unknown")]),
                (_, "/introspect") => {
                    let mut sent = caller.with_token(&server, Method::POST, "/introspect", &json!(null));
                    sent.headers.retain(|(name, _)| *name != "content-type");
                    sent.headers.push(("content-type", FORM.to_owned()));
                    sent.body = format!("token={}", agent.token).into_bytes();
                    sent
                }
                (_, "/launch") => caller.with_token(
                    &orchestrator,
                    Method::POST,
                    "/launch",
                    &json!({ "workflow": "close", "task": "malformed", "principal": { "id": "u", "groups": ["g"] }, "ttl": 300,
                        "tools": { "read_invoice": { "invoice_id": { "constraint_type": "wildcard" } } }, "audience": [AUDIENCE] }),
                ),
                (_, path @ ("/release" | "/heartbeat")) => {
                    caller.with_token(&agent, Method::POST, path, &json!({ "state": "idle" }))
                }
                (_, "/admin/revocations") => {
                    caller.with_token(&admin, Method::POST, "/admin/revocations", &json!({ "level": "task", "id": "nobody" }))
                }
                (_, "/policy/test") => caller.with_token(
                    &admin,
                    Method::POST,
                    "/policy/test",
                    &json!({ "workflow": "close", "orchestrator": "payables", "tools": { "read_invoice": {} } }),
                ),
                (_, path) => caller.with_token(&server, Method::POST, path, &json!({ "uses": [] })),
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_is_sent_is_answered_and_nothing_of_it_is_logged() {
    let place = Place::new(&Settings { timeout: 5, ..Settings::default() });
    let mut node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let mut dice = Dice(0x6b65_7962_6f75_6e64);
    let (mut sent, mut statuses) = (0, std::collections::BTreeMap::new());
    for round in 0..60 {
        // Proofs are good once, so each round has honest requests of its own.
        for honest in honest(&caller).await {
            let wrong = spoiled(&honest, &mut dice);
            if wrong.headers.iter().any(|(_, value)| reqwest::header::HeaderValue::from_str(value).is_err()) {
                continue;
            }
            let status = caller.status(&wrong).await;
            let status = status
                .unwrap_or_else(|_| panic!("round {round}: {} {} is not answered", wrong.method, wrong.path));
            assert!(
                status.as_u16() < 500,
                "round {round}: {status} for {} {}: {:?}",
                wrong.method,
                wrong.path,
                String::from_utf8_lossy(&wrong.body)
            );
            sent += 1;
            *statuses.entry(status.as_u16()).or_insert(0) += 1;
        }
    }
    // What is no HTTP at all is answered with 400, or closed.
    for length in 0..200 {
        let bytes = dice.bytes(length * 7);
        let answer = blurt(node.address(), &bytes, Duration::from_millis(50)).await;
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    let odd: [&[u8]; 6] = [
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%ff%00/../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: x\r\nplanted-4c1e: \x01\x02\r\n\r\n",
    ];
    for bytes in odd {
        let answer = String::from_utf8_lossy(&blurt(node.address(), bytes, Duration::from_millis(300)).await)
            .into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let log = node.said();
    assert!(!log.contains(MARK), "what was sent is in a log line");
    assert!(!log.contains("eyJ") && !log.contains("kbl_"), "a token is in a log line");
    assert!(node.is_running());
    let orchestrator = caller.orchestrator().await.unwrap();
    caller.agent(&orchestrator, "close", "after").await.unwrap();
    say(&format!(
        "{sent} malformed requests on {} routes and 206 on bare sockets: answers {statuses:?}",
        ROUTES.len()
    ));
}
