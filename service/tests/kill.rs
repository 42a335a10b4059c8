//! SIGKILL under load, again and again: what was answered is there afterwards, and what is there is whole.
//!
//! It shows that nothing is answered before it is committed. That a commit reaches the disk before the machine loses power is for
//! SQLite's `synchronous = FULL` and PostgreSQL's `fsync`; no signal can show it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod process;

use process::{
    Node,
    client::{Caller, Lost},
    load::{self, Promises},
    log::{self, Log},
    place::{Place, Settings, postgres, say},
};
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

const CLIENTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_is_there_after_fifty_kills_on_sqlite() {
    killed(Place::new(&Settings::default()), 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_is_there_after_ten_kills_on_postgres() {
    let Some(server) = postgres("kill on PostgreSQL") else { return };
    killed(Place::on(&server, &Settings::default()).await, 10).await;
}

async fn killed(place: Place, rounds: usize) {
    let began = Instant::now();
    let mut kept = Kept::default();
    let (mut answers, mut promises) = (0, Vec::new());
    for round in 0..rounds {
        let node = Node::start(&place);
        let caller = Caller::of(&node.base);
        kept.check(&caller, &promises).await.unwrap();
        promises = round_of_load(node, &caller, round, &mut kept).await;
        answers += promises.iter().map(Promises::count).sum::<usize>();
    }
    let node = Node::start(&place);
    let caller = Caller::of(&node.base);
    kept.check(&caller, &promises).await.unwrap();
    let again = Log::read(&caller, &caller.auditor().await.unwrap()).await.unwrap();
    assert_eq!(again.lines[..kept.log.lines.len()], kept.log.lines, "the log has changed");
    let records = again.verified(&caller, &kept.checkpoints).await;
    let agents = load::assert_no_agent_twice(&again);
    say(&format!(
        "{rounds} kills in {:.1} s: {answers} answers kept, {records} records and {} checkpoints of before the kills verify, {agents} \
         agents and none twice",
        began.elapsed().as_secs_f64(),
        kept.checkpoints.len()
    ));
    // A load that does nothing shows nothing.
    assert!(answers > rounds * CLIENTS, "{answers} answers are too few to show anything");
    assert!(kept.checkpoints.len() >= rounds, "no checkpoint was kept");
}

/// What is remembered outside of the service from round to round.
#[derive(Default)]
struct Kept {
    log: Log,
    checkpoints: Vec<Vec<u8>>,
}

impl Kept {
    async fn check(&mut self, caller: &Caller, promises: &[Promises]) -> Result<(), Lost> {
        let from = self.log.lines.len();
        self.log.read_on(caller, &caller.auditor().await?).await?;
        load::check(caller, &self.log, from, promises).await?;
        load::check_launch_tokens(caller, promises, 3).await?;
        // What the check itself has added is not part of the next round.
        self.log.read_on(caller, &caller.auditor().await?).await
    }
}

async fn round_of_load(node: Node, caller: &Caller, round: usize, kept: &mut Kept) -> Vec<Promises> {
    let stop = Arc::new(AtomicBool::new(false));
    let worker =
        |client| tokio::spawn(load::work(vec![caller.clone()], format!("r{round}-c{client}"), stop.clone()));
    let workers: Vec<_> = (0..CLIENTS).map(worker).collect();
    kept.checkpoints.push(log::checkpoint(caller).await.unwrap());
    // Not the same moment of a request or of a commit each time.
    let moment = Duration::from_millis(150 + u64::from(random()) * 2);
    tokio::time::sleep(moment).await;
    kept.checkpoints.push(log::checkpoint(caller).await.unwrap());
    node.kill();
    load::gather(workers).await
}

fn random() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).unwrap();
    byte[0]
}
