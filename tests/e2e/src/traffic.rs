//! Clients that post snapshots at once, and the same again until they are accepted.

use crate::ledger::Ledger;
use crate::wait::until_true;
use crate::world::{Tenant, World, body};
use attune_dev::http;
use attune_local_tests::messages::{Snapshot, call};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clients at once.
const CLIENTS: usize = 6;
/// One snapshot may be tried again for this long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Running clients.
pub struct Traffic {
    clients: Vec<JoinHandle<()>>,
    count: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    /// What they were answered.
    pub ledger: Arc<Ledger>,
    /// Attempts that were not answered 202.
    pub failures: Arc<AtomicUsize>,
}

/// Snapshots of several calls of a tenant. Every tenth is far too quiet and in a call of its own, so that it makes a run.
pub fn snapshots(tenant: &Tenant, count: usize) -> Vec<Snapshot> {
    let mut current = call();
    let mut made = Vec::with_capacity(count);
    for number in 0..count {
        if number % 50 == 0 {
            current = call();
        }
        made.push(match number % 10 {
            9 => Snapshot::quiet(&tenant.id, &call(), 0),
            _ => Snapshot::clean(&tenant.id, &current, u32::try_from(number % 50).expect("small")),
        });
    }
    made
}

impl Traffic {
    /// Starts clients that share the snapshots.
    pub fn start(world: &World, tenant: &Tenant, mut snapshots: Vec<Snapshot>) -> Self {
        snapshots.reverse();
        let work = Arc::new(Mutex::new(snapshots));
        let mut traffic = Self {
            clients: Vec::new(),
            count: Arc::default(),
            stop: Arc::default(),
            ledger: Arc::default(),
            failures: Arc::default(),
        };
        let (url, key) = (format!("{}/v1/stations/snapshot", world.stack.url()), format!("Bearer {}", tenant.key));
        let client = || {
            let (work, url, key) = (Arc::clone(&work), url.clone(), key.clone());
            let (count, stop) = (Arc::clone(&traffic.count), Arc::clone(&traffic.stop));
            let (ledger, failures) = (Arc::clone(&traffic.ledger), Arc::clone(&traffic.failures));
            std::thread::spawn(move || {
                while let Some(snapshot) = next(&work) {
                    if post(&url, &key, &snapshot, &stop, &failures) {
                        ledger.accepted(snapshot);
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| client()).collect();
        traffic.clients = clients;
        traffic
    }

    /// Waits until so many are accepted.
    #[track_caller]
    pub fn reach(&self, count: usize, seconds: u64) {
        until_true(&format!("{count} are accepted"), seconds, || self.count.load(Ordering::SeqCst) >= count);
    }

    /// Waits for the clients' end.
    pub fn join(mut self) -> Arc<Ledger> {
        for client in std::mem::take(&mut self.clients) {
            client.join().expect("the client's requests are accepted in time");
        }
        Arc::clone(&self.ledger)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

fn next(work: &Mutex<Vec<Snapshot>>) -> Option<Snapshot> {
    work.lock().unwrap().pop()
}

/// Posts the same body until it is accepted. A fault of the system may be answered in any way that says "again"; anything else
/// is a fault of the answer.
fn post(url: &str, key: &str, snapshot: &Snapshot, stop: &AtomicBool, failures: &AtomicUsize) -> bool {
    let text = body(snapshot).to_string();
    let headers = [("authorization", key), ("content-type", "application/json")];
    let end = Instant::now() + PATIENCE;
    while !stop.load(Ordering::SeqCst) {
        let seen = match http::send("POST", url, &headers, text.as_bytes(), 30) {
            Ok(answer) if answer.status == 202 => {
                assert_eq!(answer.json()["id"], snapshot.id(), "the id is that of the natural key");
                return true;
            }
            Ok(answer) if answer.status >= 500 || answer.status == 429 => {
                format!("{} {}", answer.status, answer.text())
            }
            Ok(answer) => panic!("{} {}", answer.status, answer.text()),
            Err(error) => error.to_string(),
        };
        failures.fetch_add(1, Ordering::SeqCst);
        assert!(Instant::now() < end, "{} is not accepted: {seen}", snapshot.id());
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
