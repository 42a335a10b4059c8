//! Figures: rates, percentiles, and where the time goes.

use crate::world::World;
use std::{collections::BTreeMap, fs, time::Duration};

pub(crate) struct Measured {
    micros: Vec<u32>,
    errors: usize,
    took: Duration,
    cores: f64,
}

impl Measured {
    pub(crate) fn new(mut micros: Vec<u32>, errors: usize, took: Duration, cores: f64) -> Self {
        micros.sort_unstable();
        Self { micros, errors, took, cores }
    }

    fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.took.as_secs_f64()
    }

    fn millis(&self, part: f64) -> f64 {
        let place = ((self.micros.len() as f64 * part) as usize).min(self.micros.len().saturating_sub(1));
        f64::from(self.micros.get(place).copied().unwrap_or_default()) / 1000.0
    }

    pub(crate) fn print(&self, name: &str, clients: usize) {
        println!(
            "{name:32} {clients:>8} {:>9.0} {:>9.2} {:>9.2} {:>9.2} {:>7.2} {:>7}",
            self.rate(),
            self.millis(0.5),
            self.millis(0.95),
            self.millis(0.99),
            self.cores,
            self.errors
        );
    }
}

/// Processor time of a process (Linux).
pub(crate) struct Usage(Duration);

impl Usage {
    pub(crate) fn of(pid: u32) -> Self {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = [11, 12].iter().filter_map(|place| fields.get(*place)?.parse::<u64>().ok()).sum();
        // 100 a second, whatever the kernel's own clock does.
        Self(Duration::from_millis(ticks * 10))
    }

    pub(crate) fn since(&self, before: &Self) -> Duration {
        self.0.saturating_sub(before.0)
    }
}

/// Runs a load once more and says what part of the wall time the writer spent in SQL, and what part of the processor time went
/// into making and signing tokens, into SQL, and into the rest, which is HTTP, JSON and checking.
pub(crate) async fn fractions<F, Fut>(world: &World, name: &str, clients: usize, time: Duration, run: F)
where
    F: FnOnce(Duration) -> Fut,
    Fut: Future<Output = Measured>,
{
    let (before, cpu) = (sums(world).await, Usage::of(world.pid()));
    let measured = run(time).await;
    let (after, cpu) = (sums(world).await, Usage::of(world.pid()).since(&cpu).as_secs_f64());
    let grown = |metric: &str| after.get(metric).unwrap_or(&0.0) - before.get(metric).unwrap_or(&0.0);
    let wall = measured.took.as_secs_f64();
    let requests = measured.micros.len().max(1) as f64;
    println!(
        "    {name} at {clients}: of {:.0} us CPU each: signing {:.0} us ({:.0} %); the writer was in SQL {:.0} % of the time, {:.1} changes a commit",
        cpu / requests * 1e6,
        grown("keybound_signing_seconds_sum") / requests * 1e6,
        grown("keybound_signing_seconds_sum") / cpu.max(1e-9) * 100.0,
        grown("keybound_commit_seconds_sum") / wall * 100.0,
        grown("keybound_store_seconds_count") / grown("keybound_commit_seconds_count").max(1.0),
    );
}

async fn sums(world: &World) -> BTreeMap<String, f64> {
    let answer = world.connect().await.send("GET", "/metrics", &[], "", b"").await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let pair = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(pair).collect()
}
