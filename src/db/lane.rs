//! A few threads, each with a connection in hand, working off one bounded queue.
//!
//! Database work blocks. Given to an unbounded pool of threads it makes a crowd before a few
//! connections, and the slowest request waits for all the others; here at most as many run as there
//! are connections, the next wait in order, and beyond that the caller is told to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::r2d2;

use super::connect::{CONNECT_TIMEOUT, Db, Opener, Purpose};
use crate::error::{Error, Result};

/// By how much large pieces of work give way, of 19: a tenth of a core is theirs whatever else runs.
#[cfg(target_os = "linux")]
const LARGE_NICENESS: i32 = 10;

type Work = Box<dyn FnOnce(Result<&mut Db>) + Send>;

/// Threads with connections, and the queue before them.
#[derive(Clone)]
pub(super) struct Lane {
    queue: Sender<Work>,
    busy: Arc<AtomicUsize>,
}

impl Lane {
    /// Opens `threads` connections; at most `waiting` pieces of work queue for them.
    pub fn open(name: &str, opener: Opener, threads: u32, waiting: usize) -> Result<Self> {
        let large = opener.purpose == Purpose::Large;
        let pool = r2d2::Pool::builder()
            .max_size(threads)
            .test_on_check_out(false)
            .connection_timeout(CONNECT_TIMEOUT)
            .build(opener)
            .map_err(Error::internal)?;
        let (queue, work) = bounded::<Work>(waiting);
        let busy = Arc::new(AtomicUsize::new(0));
        for number in 0..threads {
            let (pool, work, busy) = (pool.clone(), work.clone(), busy.clone());
            std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || {
                    if large {
                        step_back();
                    }
                    run(&pool, &work, &busy);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { queue, busy })
    }

    /// Runs `work` on the next free connection; `Overloaded` if the queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let job: Work = Box::new(move |db| {
            // Nobody listens any more if the request was dropped; the work is done all the same.
            let _ = reply.send(db.and_then(work));
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => {
                Error::internal(anyhow::anyhow!("the database threads are gone"))
            }
        })?;
        answer.await.map_err(|_| Error::internal(anyhow::anyhow!("database work panicked")))?
    }

    /// How many pieces of work wait, and how many run.
    pub fn load(&self) -> (usize, usize) {
        (self.queue.len(), self.busy.load(Ordering::Relaxed))
    }
}

/// Lets whoever answers a request go first where both want the same core: nobody waits for a large
/// piece of work by the millisecond. On Linux the priority is a thread's own; elsewhere it would be
/// that of the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(cause) = rustix::process::nice(LARGE_NICENESS) {
        log::debug!("large pieces of work keep their priority: {cause}");
    }
}

fn run(pool: &r2d2::Pool<Opener>, queue: &Receiver<Work>, busy: &AtomicUsize) {
    while let Ok(work) = queue.recv() {
        busy.fetch_add(1, Ordering::Relaxed);
        // A panic in a piece of work must not take its thread along: the lane would narrow for good.
        let survived =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match pool.get() {
                Ok(mut db) => work(Ok(&mut db)),
                Err(cause) => work(Err(Error::internal(cause))),
            }));
        if survived.is_err() {
            log::error!("a piece of database work panicked");
        }
        busy.fetch_sub(1, Ordering::Relaxed);
    }
}
