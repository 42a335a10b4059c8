//! Beside a service that runs: `serve`, `health`, and that nodes follow what a command has done.

use crate::command::{Place, command, wait};
use keybound_service::clock::{Clock as _, SystemClock};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// A service in a process of its own; it is killed with whoever holds it.
struct Running {
    place: Place,
    child: Child,
    url: String,
}

impl Running {
    fn start() -> Self {
        let place = Place::bare();
        let err = fs::File::create(place.folder.join("serve.log")).unwrap();
        let arguments = ["serve", "--config", "keybound.toml", "--listen", "127.0.0.1:0"];
        let mut child =
            command(&place.folder, &arguments).stdout(Stdio::piped()).stderr(err).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{}", fs::read_to_string(place.folder.join("serve.log")).unwrap()));
        assert_eq!(said["issuers"][0], "http://127.0.0.1:8420");
        Self { place, child, url: format!("http://{}", said["listening"].as_str().unwrap()) }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(format!("{}{path}", self.url)).await.unwrap()
    }

    /// The kid of the anchor that signs.
    async fn anchor(&self) -> String {
        let known: Value =
            serde_json::from_str(&self.get("/.well-known/keybound").await.text().await.unwrap()).unwrap();
        let anchors = known["anchors"].as_array().unwrap();
        let signs = anchors.iter().find(|anchor| anchor["state"] == "active").unwrap();
        signs["kid"].as_str().unwrap().to_owned()
    }

    /// The number of the revocation list.
    async fn list(&self) -> u64 {
        let answer = self.get("/revocations").await;
        answer.headers()["etag"].to_str().unwrap().trim_matches('"').parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn health_is_what_the_service_says() {
    let mut running = Running::start();
    let place = &running.place;
    assert_eq!(place.run(&["health", "--listen", running.address()]).ok(), "ready\n");
    let said = place.run(&["health", "--listen", running.address(), "--json"]).json();
    assert_eq!((&said["ready"], &said["checks"]["database"]), (&Value::Bool(true), &Value::Bool(true)));

    // A key that was made in the future: this machine's clock went back.
    let file = place.folder.join("keys/default.json");
    let mut keys: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let ahead = SystemClock.now().as_secs() + 100_000;
    keys["keys"]["authority"][0]["created"] = ahead.into();
    fs::write(&file, keys.to_string()).unwrap();
    let began = Instant::now();
    loop {
        let ran = place.run(&["health", "--listen", running.address()]);
        if ran.code == 1 {
            assert!(ran.failed(1).contains("not ready: clock"));
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the edit of the file was not noticed");
    }
    let address = running.address().to_owned();
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    assert!(running.place.run(&["health", "--listen", &address]).failed(1).contains("nobody answers"));
}

#[tokio::test]
async fn a_running_node_follows_a_revocation_and_a_rotation_within_a_second() {
    let running = Running::start();
    let before = running.list().await;
    let revoked = running.place.run(&["revoke", "--task", "close-1", "--json"]).json();
    let (list, began) = (revoked["revocation_seq"].as_u64().unwrap(), Instant::now());
    assert!(list > before);
    while running.list().await < list {
        assert!(began.elapsed() < Duration::from_secs(1), "not in the list after a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let anchor = running.anchor().await;
    running.place.run(&["keys", "rotate"]).ok();
    let began = Instant::now();
    while running.anchor().await == anchor {
        assert!(began.elapsed() < Duration::from_secs(1), "not signing with the next key after a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Both wrote into one log, and neither lost its place.
    let report = running.place.run(&["audit", "verify", "--json"]).json();
    assert!(report["records"].as_u64().unwrap() >= 4, "{report}");
    let trail = running.place.run(&["audit", "trail", "--task", "close-1"]).ok();
    assert!(trail.contains("revocation.added"), "{trail}");
}

/// What a stranger types first.
#[tokio::test]
async fn one_flag_is_enough_to_serve() {
    let folder = crate::support::folder();
    let arguments = ["serve", "--issuer", "http://127.0.0.1:8420", "--listen", "127.0.0.1:0"];
    let mut child =
        command(&folder, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let id = child.id();
    assert!(line.contains("listening"), "{line}");
    assert!(folder.join("keys/default.json").exists() && folder.join("keybound.db").exists());
    // It stops in an orderly way when it is told to.
    let told = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(wait(&mut child), 0);
}

#[test]
fn a_service_that_cannot_begin_says_why() {
    let place = Place::bare();
    for (arguments, why) in [
        (&["serve", "--listen", "0.0.0.0:0"][..], "server.tls"),
        (&["serve", "--database", "mysql://x"], "sqlite: or postgres:"),
        (&["serve", "--issuer", "http://issuer.example"], "https"),
    ] {
        let said = place.run(arguments).failed(1);
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    fs::write(place.folder.join("policy.toml"), "[workflows.a]\nttl = { max = 9000 }\n").unwrap();
    assert!(place.run(&["serve", "--listen", "127.0.0.1:0"]).failed(1).contains("workflows.a.ttl"));
}
