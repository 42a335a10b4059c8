//! A disk without room.

use crate::process::{
    Node,
    client::Caller,
    log::{self, Log},
    place::{Place, Settings, folder, say, skip},
    until,
};
use reqwest::StatusCode;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Files cannot grow: every write fails as it does at a quota.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_files_cannot_grow_nothing_is_done_by_halves() {
    let place = Place::new(&Settings::default());
    // The signal of the limit is ignored, so that the write fails and the process lives.
    let ignoring = |command: &mut Command| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
            .arg(command.get_program())
            .args(command.get_args());
        *command = shell;
    };
    let node = Node::try_start(&place, ignoring).unwrap();
    let id = node.id();
    let limit = move |size: &str| {
        let done =
            Command::new("prlimit").args(["--pid", &id.to_string(), &format!("--fsize={size}:")]).status();
        assert!(done.expect("apt-get install util-linux").success());
    };
    let file = place.database_file();
    let fill = || {
        let size = std::fs::metadata(with_end(&file, "-wal")).unwrap().len();
        limit(&(size + 512 * 1024).to_string());
    };
    full(&place, node, fill, || limit("unlimited")).await;
}

/// The file system has no room left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_disk_is_full_nothing_is_done_by_halves() {
    let disk = folder().join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "keybound-test"]).arg(&disk).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skip("the full disk", "to be root, so that it can mount a small tmpfs");
    }
    let disk = Mounted(disk);
    let place = Place::at(
        folder(),
        format!("sqlite://{}", disk.0.join("keybound.db").display()),
        &Settings::default(),
    );
    let filler = disk.0.join("filler");
    let fill = || {
        // But for a little, so that it becomes full in the middle of something.
        let mut file = std::fs::File::create(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
        file.set_len(file.metadata().unwrap().len() - 512 * 1024).unwrap();
    };
    let node = Node::start(&place);
    full(&place, node, fill, || std::fs::remove_file(&filler).unwrap()).await;
}

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        // What is mounted no longer is an empty folder, in a folder of its own. What is still mounted stays.
        let _ = std::fs::remove_dir(&self.0);
        let _ = self.0.parent().map(std::fs::remove_dir);
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

/// Works until writes fail, and holds the service to what it answered before, meanwhile and after.
async fn full(place: &Place, node: Node, fill: impl Fn(), free: impl Fn()) {
    let caller = Caller::of(&node.base);
    let (orchestrator, server) = (caller.orchestrator().await.unwrap(), caller.server().await.unwrap());
    let agent = caller.agent(&orchestrator, "close", "before").await.unwrap();
    fill();
    let (mut granted, mut refused) = (0, 0);
    while refused < 20 {
        let answer = caller.launch(&orchestrator, "close", "meanwhile").await.unwrap();
        if answer.status == StatusCode::CREATED {
            granted += 1;
            if granted % 250 == 0 {
                eprintln!(
                    "granted {granted} refused {refused} wal {:?} db {:?}",
                    std::fs::metadata(with_end(&place.database_file(), "-wal")).unwrap().len(),
                    std::fs::metadata(place.database_file()).unwrap().len()
                );
            }
            assert!(granted < 5000, "the disk does not become full");
        } else {
            assert!(answer.is_unavailable(), "{answer:?}");
            refused += 1;
        }
    }
    // A renewal that was not written takes nothing away.
    assert!(caller.renew(&agent).await.unwrap().is_unavailable());
    assert!(caller.post_as(&agent, "/release", &json!({})).await.unwrap().is_unavailable());
    assert_eq!(caller.is_active(&server, &agent.token).await.unwrap().ok()["active"], true);
    log::revoked(&caller).await.unwrap();
    assert!(caller.get("/livez").await.unwrap().status.is_success());

    free();
    let back = until("a launch after there is room again", Duration::from_secs(10), || async {
        caller.launch(&orchestrator, "close", "after").await.unwrap().status == StatusCode::CREATED
    });
    let back = back.await;
    let renewed = caller.renew(&agent).await.unwrap().ok();
    assert_eq!(renewed["renewals"], 1);
    let checkpoint = log::checkpoint(&caller).await.unwrap();
    drop(node);
    let node = Node::start(place);
    let caller = Caller::of(&node.base);
    let log = Log::read(&caller, &caller.auditor().await.unwrap()).await.unwrap();
    log.verified(&caller, &[checkpoint]).await;
    let launches =
        |task: &str| log.of("launch.created", 0).iter().filter(|record| record["task"] == task).count();
    assert_eq!(launches("meanwhile"), granted, "what was refused was done");
    assert_eq!(log.of("token.renewed", 0).len(), 1);
    assert_eq!(log.of("agent.released", 0).len(), 0);
    say(&format!("no room: {granted} launches granted before, {refused} refused, back after {back:?}"));
}
