//! The one writer of a node: it gathers what has arrived and commits it together.

use super::{
    Denied, Dialect, Done, Intent, Store, StoreError,
    batch::{Batch, Changes, CommitError},
    recent::Recent,
};
use sqlx::AnyPool;
use std::{
    sync::{Arc, Mutex, OnceLock},
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::spawn_blocking,
    time::timeout,
};

/// The most intents of one transaction. Two flushes of a slow disk at 16 ms are still under the latency we promise.
const MOST: usize = 256;

/// Seconds after which a transaction is given up: a database that hangs must not hang its callers.
const PATIENCE: Duration = Duration::from_secs(10);

type Answer = Result<Result<Done, Denied>, StoreError>;
type Observer = Box<dyn Fn(&Changes) + Send + Sync>;

struct Job {
    intent: Intent,
    answer: oneshot::Sender<Answer>,
}

pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    observer: Arc<OnceLock<Observer>>,
    pub(super) recent: Arc<Recent>,
}

impl Writer {
    /// Starts it on a thread of its own: under load, its turn would come late among all the requests that wait for it.
    pub(super) fn start(pool: AnyPool, dialect: Dialect, capacity: usize) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(capacity);
        let observer = Arc::new(OnceLock::new());
        let recent = Arc::new(Recent::new());
        let work = run(pool, dialect, jobs, observer.clone(), recent.clone());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(sqlx::Error::Io)?;
        let thread = thread::Builder::new().name("keybound-writer".to_owned());
        let thread = thread.spawn(move || runtime.block_on(work)).map_err(sqlx::Error::Io)?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), observer, recent })
    }

    /// Takes no more and waits until what was taken is done.
    pub(super) async fn finish(&self) {
        drop(self.queue.lock().ok().and_then(|mut queue| queue.take()));
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            // It ends by itself; a panic in it has been reported already.
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }

    fn queue(&self) -> Option<mpsc::Sender<Job>> {
        self.queue.lock().ok().and_then(|queue| queue.clone())
    }
}

impl Store {
    /// Does an intent, and answers when it is durable.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of it happened, or the database went away at the last word and nobody knows.
    pub async fn write(&self, intent: Intent) -> Answer {
        let (answer, answered) = oneshot::channel();
        let queue = self.0.writer.queue().ok_or(StoreError::Busy)?;
        queue.try_send(Job { intent, answer }).map_err(|_| StoreError::Busy)?;
        answered.await.map_err(|_| StoreError::Busy)?
    }

    /// Intents that wait.
    pub fn waiting(&self) -> usize {
        self.0.writer.queue().map_or(0, |queue| queue.max_capacity().saturating_sub(queue.capacity()))
    }

    /// Tells `observer` what each commit changed, before anybody is answered. Only the first observer counts.
    pub fn observe(&self, observer: impl Fn(&Changes) + Send + Sync + 'static) {
        let _ = self.0.writer.observer.set(Box::new(observer));
    }
}

async fn run(
    pool: AnyPool,
    dialect: Dialect,
    mut jobs: mpsc::Receiver<Job>,
    observer: Arc<OnceLock<Observer>>,
    recent: Arc<Recent>,
) {
    let mut gathered = Vec::with_capacity(MOST);
    while jobs.recv_many(&mut gathered, MOST).await > 0 {
        // By tenant, so that two nodes take turns in the same order and never wait for each other.
        gathered.sort_by(|a, b| a.intent.tenant.cmp(&b.intent.tenant));
        let jobs = std::mem::replace(&mut gathered, Vec::with_capacity(MOST));
        let one_of_many = jobs.len() > 1;
        match together(&pool, dialect, &jobs).await {
            Ok((answers, changes)) => {
                tell(&observer, &changes);
                jobs.into_iter().zip(answers).for_each(|(job, answer)| reply(job, answer, &recent));
            }
            // One of them may be what the database cannot take: the others must not suffer for it.
            Err(CommitError::Before(error)) if one_of_many && error.may_be_about_one() => {
                one_by_one(&pool, dialect, jobs, &observer, &recent).await;
            }
            Err(CommitError::Before(error) | CommitError::Unknown(error)) => fail(jobs, error),
        }
    }
}

async fn one_by_one(
    pool: &AnyPool,
    dialect: Dialect,
    jobs: Vec<Job>,
    observer: &OnceLock<Observer>,
    recent: &Recent,
) {
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        match together(pool, dialect, std::slice::from_ref(&job)).await {
            Ok((answers, changes)) => {
                tell(observer, &changes);
                if let Some(answer) = answers.into_iter().next() {
                    reply(job, answer, recent);
                }
            }
            Err(CommitError::Before(error) | CommitError::Unknown(error)) => {
                // Each would wait for a database that is gone, and those that come after them for all of them.
                let is_gone = !error.may_be_about_one();
                fail(vec![job], error);
                if is_gone {
                    return fail(jobs.collect(), StoreError::Busy);
                }
            }
        }
    }
}

async fn together(
    pool: &AnyPool,
    dialect: Dialect,
    jobs: &[Job],
) -> Result<(Vec<Result<Done, Denied>>, Changes), CommitError> {
    let work = async {
        let began = std::time::Instant::now();
        let intents: Vec<&Intent> = jobs.iter().map(|job| &job.intent).collect();
        let mut batch = Batch::begin(pool, dialect, &intents).await.map_err(CommitError::Before)?;
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            answers.push(batch.apply(&job.intent).await.map_err(CommitError::Before)?);
        }
        let mut changes = batch.commit().await?;
        changes.took = began.elapsed();
        Ok((answers, changes))
    };
    // Dropped, a transaction is rolled back.
    timeout(PATIENCE, work).await.unwrap_or(Err(CommitError::Unknown(StoreError::Busy)))
}

fn tell(observer: &OnceLock<Observer>, changes: &Changes) {
    if let Some(observer) = observer.get() {
        observer(changes);
    }
}

/// Whoever asked may have gone away; what was done stays done.
fn reply(job: Job, answer: Result<Done, Denied>, recent: &Recent) {
    if let Ok(done) = &answer {
        recent.learn(&job.intent, done);
    }
    let _ = job.answer.send(Ok(answer));
}

fn fail(jobs: Vec<Job>, error: StoreError) {
    if jobs.is_empty() {
        return;
    }
    tracing::error!(%error, intents = jobs.len(), "nothing could be written");
    let mut error = Some(error);
    for job in jobs {
        let _ = job.answer.send(Err(error.take().unwrap_or(StoreError::Busy)));
    }
}
