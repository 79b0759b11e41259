//! Threads that were there before, so that nothing but what they are told to do counts.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use alloc_budget::exempt;

type Job = Box<dyn FnMut() + Send>;

pub(crate) struct Workers {
    jobs: Vec<mpsc::SyncSender<Job>>,
    is_done: mpsc::Receiver<()>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    pub(crate) fn new(count: usize) -> Self {
        let (done, is_done) = mpsc::sync_channel(count);
        let start = |_| {
            let (jobs, to_do) = mpsc::sync_channel::<Job>(1);
            let done = done.clone();
            let thread = thread::spawn(move || {
                let next = || exempt(|| to_do.recv().ok());
                while let Some(mut job) = next() {
                    job();
                    exempt(|| {
                        drop(job);
                        done.send(()).unwrap();
                    });
                }
            });
            (jobs, thread)
        };
        let (jobs, threads) = (0..count).map(start).unzip();
        let workers = Self { jobs, is_done, threads };
        // Now they have begun.
        workers.run(&vec![(|| ()) as fn(); count]);
        workers
    }

    /// Each job on a worker of its own, all at once.
    pub(crate) fn run(&self, jobs: &[fn()]) {
        exempt(|| {
            for (job, worker) in jobs.iter().zip(&self.jobs) {
                worker.send(Box::new(*job)).unwrap();
            }
            for _ in jobs {
                self.is_done.recv().unwrap();
            }
        });
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        exempt(|| {
            self.jobs.clear();
            self.threads.drain(..).for_each(|thread| thread.join().unwrap());
        });
    }
}

/// Runs `f` on another thread, which is there before.
pub(crate) fn elsewhere<T: Send + 'static>(workers: &Workers, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (value, mut f) = (Arc::new(Mutex::new(None)), Some(f));
    let slot = value.clone();
    let job = move || {
        let value = f.take().map(|f| f());
        *slot.lock().unwrap() = value;
    };
    workers.jobs[0].send(Box::new(job)).unwrap();
    workers.is_done.recv().unwrap();
    value.lock().unwrap().take().unwrap()
}
