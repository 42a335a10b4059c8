//! A database that is not there.

use crate::process::{
    Node,
    client::Caller,
    log::{self, Log},
    place::{Place, Settings, folder, postgres, say},
    until,
};
use reqwest::StatusCode;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// A PostgreSQL of its own, which can be stopped without harm to other tests.
struct Cluster {
    folder: PathBuf,
    url: String,
}

fn cluster(verb: &str, folder: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/postgres/cluster.sh");
    let done = Command::new(script).arg(verb).arg(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Cluster {
    fn start() -> Self {
        let folder = folder().join("cluster");
        let url = cluster("start", &folder);
        Self { folder, url }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        cluster("remove", &self.folder);
        let _ = self.folder.parent().map(std::fs::remove_dir);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_and_comes_back_takes_nothing_with_it() {
    if postgres("the database that goes away").is_none() {
        return;
    }
    let postgres = Cluster::start();
    let place = Place::on(&postgres.url, &Settings::default()).await;
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    let (orchestrator, server) = (caller.orchestrator().await.unwrap(), caller.server().await.unwrap());
    let agent = caller.agent(&orchestrator, "close", "before").await.unwrap();
    let launched = caller.launch(&orchestrator, "close", "before").await.unwrap().ok();
    let checkpoint = log::checkpoint(&caller).await.unwrap();
    assert!(caller.get("/readyz").await.unwrap().status.is_success());

    cluster("stop", &postgres.folder);
    let mut slowest = Duration::ZERO;
    // Many at once: nobody waits for those before.
    let asks = (0..60).map(|_| {
        let (caller, orchestrator) = (caller.clone(), orchestrator.clone());
        tokio::spawn(async move {
            let began = Instant::now();
            let answer = caller.launch(&orchestrator, "close", "meanwhile").await.unwrap();
            assert!(answer.is_unavailable(), "{answer:?}");
            began.elapsed()
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        slowest = slowest.max(ask.await.unwrap());
    }
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert!(caller.renew(&agent).await.unwrap().is_unavailable());
    assert_eq!(caller.get("/readyz").await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(caller.get("/livez").await.unwrap().status.is_success());
    // It does not say that nothing is revoked when it cannot know.
    let unknowing = until("lists are no longer signed", Duration::from_secs(15), || async {
        caller.get("/revocations").await.unwrap().is_unavailable()
    });
    let unknowing = unknowing.await;
    assert!(caller.is_active(&server, &agent.token).await.unwrap().is_unavailable());

    assert_eq!(cluster("start", &postgres.folder), postgres.url);
    let back = until("the service is ready again", Duration::from_secs(20), || async {
        caller.get("/readyz").await.unwrap().status.is_success()
    });
    let back = back.await;
    assert_eq!(caller.renew(&agent).await.unwrap().ok()["renewals"], 1);
    let key = keybound_bindings::generate_key().unwrap();
    caller.take(&key, launched["launch_token"].as_str().unwrap()).await.unwrap().ok();
    log::revoked(&caller).await.unwrap();
    let log = Log::read(&caller, &caller.auditor().await.unwrap()).await.unwrap();
    log.verified(&caller, &[checkpoint]).await;
    let done = log.of("launch.created", 0).iter().filter(|record| record["task"] == "meanwhile").count();
    assert_eq!(done, 0, "what was refused was done");
    say(&format!(
        "database gone: slowest of 60 refusals {slowest:?}, no list signed any more {unknowing:?} later, ready {back:?} after it was back"
    ));
}
