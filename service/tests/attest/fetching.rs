//! How keys are fetched, and what is not taken for keys.

use crate::world::{US, World, outcome};
use keybound_service::attest::{Code, Kind, Refused, Rule, Source, verify};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

#[tokio::test]
async fn an_answer_that_is_no_key_set_is_refused() {
    for (kind, reason) in [
        ("error", "the answer is an error"),
        ("huge", "the answer is larger than 512 KiB"),
        ("redirect", "the answer is a redirect, which is not followed"),
        ("garbage", "the key set is not a JSON object"),
    ] {
        let world = World::new().await;
        let (rule, token) = (world.rule(), world.token(json!({})).await);
        world.post("/fault", json!({"kind": kind})).await;
        let refused: Refused = verify(&rule, &token, world.now).await.unwrap_err();
        assert_eq!((refused.code(), refused.reason()), (Code::KeysUnavailable, Some(reason)));
        assert_eq!(world.fetched("elsewhere").await, 0);
        world.post("/fault", json!({"kind": "none"})).await;
        assert_eq!(outcome(&rule, &token, world.now + 10).await, Ok(()), "{kind}");
        // A fault later on takes nothing away from what was had.
        world.post("/fault", json!({"kind": kind})).await;
        assert_eq!(outcome(&rule, &token, world.now + 1000).await, Ok(()), "{kind}");
        assert_eq!(rule.health().failure, Some(reason));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_issuer_costs_five_seconds_and_one_caller() {
    let world = World::new().await;
    let token = world.token(json!({})).await;
    let (cold, warm) = (world.rule(), Arc::new(world.rule()));
    assert_eq!(outcome(&warm, &token, world.now).await, Ok(()));
    world.post("/fault", json!({"kind": "slow"})).await;

    let start = Instant::now();
    let refused: Refused = verify(&cold, &token, world.now).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::KeysUnavailable, Some("no answer in 5 seconds")));
    assert!((4900..7000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());

    // With keys at hand one caller looks after newer ones; the others do not wait for him.
    let later = world.now + 300;
    let first = tokio::spawn({
        let (warm, token) = (warm.clone(), token.clone());
        async move { outcome(&warm, &token, later).await }
    });
    while world.fetched("jwks").await < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let start = Instant::now();
    assert_eq!(outcome(&warm, &token, later).await, Ok(()));
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(!first.is_finished());
    assert_eq!(first.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn an_issuer_is_discovered_by_its_own_name_alone() {
    let world = World::new().await;
    let discovered = |issuer: &str| {
        let kind = Kind::Oidc { issuer: issuer.to_owned() };
        Rule::new("discovered", kind, Source::Discovery { roots: None }, US).unwrap()
    };
    let rule = discovered(world.url());
    let token = world.token(json!({})).await;
    assert_eq!(outcome(&rule, &token, world.now).await, Ok(()));
    assert_eq!(outcome(&rule, &token, world.now + 1).await, Ok(()));
    assert_eq!((world.fetched("metadata").await, world.fetched("jwks").await), (1, 1));

    // The same address by another name: what answers there is not who is meant.
    for name in [format!("{}/", world.url()), world.url().replace("127.0.0.1", "localhost")] {
        let token = world.token(json!({"claims": {"iss": name}})).await;
        let refused: Refused = verify(&discovered(&name), &token, world.now).await.unwrap_err();
        assert_eq!(refused.reason(), Some("the metadata are those of another issuer"), "{name}");
    }
    assert_eq!(world.fetched("jwks").await, 1);
}

#[tokio::test]
async fn a_certificate_goes_back_to_a_root_of_ours() {
    let (world, other) = (World::over_tls().await, World::over_tls().await);
    let token = world.token(json!({})).await;
    let (ours, others) = (world.issuer.certificate(), other.issuer.certificate());
    for (roots, expected) in
        [(ours, Ok(())), (others, Err(Code::KeysUnavailable)), (None, Err(Code::KeysUnavailable))]
    {
        let roots = roots.map(str::to_owned);
        let uri = format!("{}/jwks", world.url());
        for source in [Source::JwksUri { uri, roots: roots.clone() }, Source::Discovery { roots }] {
            let rule = Rule::new("tls", world.oidc(), source, US).unwrap();
            assert_eq!(outcome(&rule, &token, world.now).await, expected);
        }
    }
    let localhost = world.url().replace("127.0.0.1", "localhost");
    let source = Source::JwksUri { uri: format!("{localhost}/jwks"), roots: ours.map(str::to_owned) };
    let rule = Rule::new("tls", world.oidc(), source, US).unwrap();
    assert_eq!(outcome(&rule, &token, world.now).await, Ok(()));
}

#[tokio::test]
async fn inline_keys_need_nobody() {
    let mut world = World::new().await;
    let token = world.token(json!({})).await;
    let unknown = world.token(json!({"kid": "rsa-2"})).await;
    let rule = Rule::new("inline", world.oidc(), Source::Inline(world.get("/jwks").await), US).unwrap();
    world.issuer.stop().await;
    for second in [0, 86_400, 2 * 86_400 - 1] {
        assert_eq!(outcome(&rule, &token, world.now + second).await, Ok(()));
    }
    assert_eq!(outcome(&rule, &unknown, world.now).await, Err(Code::UnknownKey));
    assert_eq!(rule.health().fetched_at, None);
}

/// The issuer as a process, as tests in other languages start it.
struct Process {
    child: Child,
    line: Value,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: serde_json::from_str(&line).unwrap() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn the_issuer_runs_by_itself() {
    for (arguments, scheme) in [(&[][..], "http://127.0.0.1:"), (&["--tls"], "https://127.0.0.1:")] {
        let process = Process::start(arguments);
        let url = process.line["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(scheme));
        let roots = process.line["certificate"].as_str().map(str::to_owned);
        let mut client = reqwest::Client::builder().no_proxy();
        if let Some(pem) = &roots {
            client = client.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()]);
        }
        let request = client
            .build()
            .unwrap()
            .post(format!("{url}/kubernetes"))
            .header("content-type", "application/json");
        let answer = request.body(json!({"audience": [US]}).to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let rule = Rule::new("process", Kind::Oidc { issuer: url }, Source::Discovery { roots }, US).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(outcome(&rule, answer["token"].as_str().unwrap(), now).await, Ok(()));
    }
}

/// Cargo puts examples beside the folder of the tests.
fn program() -> std::path::PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.parent().unwrap().parent().unwrap().join("examples/oidc_issuer");
    assert!(program.exists(), "build it first: cargo build -p keybound-service --example oidc_issuer");
    program
}
