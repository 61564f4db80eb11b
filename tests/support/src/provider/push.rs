//! Notifications: queued, spoiled as tests say, and delivered by one thread in their order, or handed to the test.

use super::faults::PushFault;
use super::http::{Answer, Request, send};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A notification.
#[derive(Debug, Clone)]
pub struct Push {
    /// Where it goes.
    pub url: String,
    /// What is sent.
    pub request: Request,
    /// The channel or subscription that it belongs to.
    pub about: String,
    /// How often it was tried.
    pub tries: u32,
}

/// What became of a try.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The channel or subscription.
    pub about: String,
    /// The answer's status; `None`: no answer in time.
    pub status: Option<u16>,
    /// How long the answer took, milliseconds.
    pub took_ms: u64,
}

/// What the provider does with the answer to a notification.
pub(crate) type Judge = Box<dyn Fn(&Push, &Delivery) -> Option<Duration> + Send>;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Push>,
    held_back: Vec<Push>,
    faults: VecDeque<PushFault>,
    deliveries: Vec<Delivery>,
    busy: bool,
    /// Nothing is sent: the test takes what waits.
    by_hand: bool,
    ended: bool,
}

#[derive(Default)]
struct Inner {
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// The notifications of a server.
#[derive(Default)]
pub(crate) struct Pushes {
    inner: Arc<Inner>,
}

impl Drop for Pushes {
    fn drop(&mut self) {
        self.lock().ended = true;
        self.inner.changed.notify_all();
    }
}

impl Pushes {
    /// Starts the thread that delivers. `judge` says whether, and after which time, a try is repeated.
    pub fn run(&self, within: Duration, judge: Judge) {
        let inner = Arc::downgrade(&self.inner);
        std::thread::spawn(move || deliver(&inner, within, &judge));
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add_faults(&self, faults: impl IntoIterator<Item = PushFault>) {
        self.lock().faults.extend(faults);
    }

    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub fn by_hand(&self, by_hand: bool) {
        self.lock().by_hand = by_hand;
        self.inner.changed.notify_all();
    }

    pub fn add(&self, push: Push) {
        let mut queue = self.lock();
        match queue.faults.pop_front() {
            Some(PushFault::Lose) => return,
            Some(PushFault::HoldBack) => {
                queue.held_back.push(push);
                return;
            }
            Some(PushFault::Repeat) => queue.waiting.extend([push.clone(), push]),
            Some(PushFault::Pass) | None => queue.waiting.push_back(push),
        }
        let held = std::mem::take(&mut queue.held_back);
        queue.waiting.extend(held);
        drop(queue);
        self.inner.changed.notify_all();
    }

    /// Takes all that waits, what is held back too.
    pub fn take(&self) -> Vec<Push> {
        let mut queue = self.lock();
        let held = std::mem::take(&mut queue.held_back);
        queue.waiting.drain(..).chain(held).collect()
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.clone()
    }

    /// Waits until nothing is on its way; false: still so after this time.
    pub fn wait_idle(&self, within: Duration) -> bool {
        let busy = |queue: &mut Queue| queue.busy || !queue.waiting.is_empty();
        let waited = self.inner.changed.wait_timeout_while(self.lock(), within, busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

fn deliver(inner: &Weak<Inner>, within: Duration, judge: &Judge) {
    // the thread holds the queue only while it looks, so that the server can end meanwhile
    while let Some(inner) = inner.upgrade() {
        let lock = || inner.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |queue: &mut Queue| !queue.ended && (queue.by_hand || queue.waiting.is_empty());
        let mut queue = inner.changed.wait_while(lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if queue.ended {
            return;
        }
        let Some(mut push) = queue.waiting.pop_front() else { continue };
        queue.busy = true;
        drop(queue);
        let started = Instant::now();
        let status = send(&push.url, &push.request, within).ok().map(|Answer { status, .. }| status);
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let delivery = Delivery { about: push.about.clone(), status, took_ms };
        push.tries += 1;
        let again = judge(&push, &delivery);
        lock().deliveries.push(delivery);
        if let Some(pause) = again {
            let later = Arc::clone(&inner);
            std::thread::spawn(move || {
                std::thread::sleep(pause);
                later.queue.lock().unwrap_or_else(PoisonError::into_inner).waiting.push_back(push);
                later.changed.notify_all();
            });
        }
        lock().busy = false;
        inner.changed.notify_all();
    }
}
