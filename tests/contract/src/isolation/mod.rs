//! Every public route × every kind of credential × two tenants, generated: nobody reaches what is another tenant's, and nothing breaks.
//!
//! Each sender has two tenants of its own. It asks as one of them, mostly for things of the other, and every answer is judged. One
//! request in eight asks for its own things, so that it is seen that there is something to be reached.

mod credentials;
mod judge;
mod requests;
mod side;

use crate::connection::Connection;
use attune_test_support::livekit::LiveKit;
use requests::{Operation, operations};
use serde_json::Value;
use side::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Senders, each with a connection: while some wait for their answer others sign.
const SENDERS: u64 = 24;
/// Requests with one pair of tenants, and the time for it: an access token lives five minutes.
const REQUESTS_OF_A_PAIR: u64 = 4_000;
const TIME_OF_A_PAIR: Duration = Duration::from_secs(200);
/// Faults after which it is not worth to go on.
const FAULTS: usize = 50;

/// Where requests go.
#[derive(Debug, Clone)]
pub struct Edge {
    /// `host:port` of the Worker. Its limits must be out of reach.
    pub authority: String,
    /// The operator's key, which makes tenants.
    pub operator_key: String,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Seen {
    /// Answers by kind of credential and status.
    pub answers: BTreeMap<(&'static str, u16), u64>,
    /// What must not be, in words; at most a few.
    pub faults: Vec<String>,
    /// Routes that gave their own things to those who asked for them.
    pub reached: BTreeSet<String>,
}

impl Seen {
    /// Answers of a status.
    pub fn of_status(&self, wanted: u16) -> u64 {
        self.answers.iter().filter(|((_, status), _)| *status == wanted).map(|(_, count)| count).sum()
    }

    fn take(&mut self, other: Self) {
        for (what, count) in other.answers {
            *self.answers.entry(what).or_default() += count;
        }
        self.faults.extend(other.faults);
        self.reached.extend(other.reached);
    }
}

/// Numbers that follow from a seed (SplitMix64), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap_or_default()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// The routes that give a thing of a tenant by its id: a run that is long enough reaches all of them with the tenant's own.
pub fn with_things(document: &Value) -> BTreeSet<String> {
    let all =
        operations(document).into_iter().filter(|operation| operation.method == "GET" && operation.names_things());
    // the operator's own are nobody else's, and a live connection is opened by a ticket alone
    let others = |path: &String| path.starts_with("/v1/admin/") || path.ends_with("/socket");
    all.map(|operation| operation.path).filter(|path| !others(path)).collect()
}

/// Sends `count` requests made from `document`.
///
/// # Errors
/// Tenants cannot be made, or a request gets no answer.
pub fn run(edge: &Edge, document: &Value, count: u64, seed: u64) -> Result<Seen, String> {
    // rooms need a media server that answers
    let server = LiveKit::start("APIisolation", &format!("{seed:032x}")).map_err(|e| e.to_string())?;
    let operations = operations(document);
    let left = AtomicU64::new(count);
    let total = Mutex::new(Ok(Seen::default()));
    thread::scope(|scope| {
        for number in 0..SENDERS {
            let (operations, left, total, server) = (&operations, &left, &total, server.url());
            scope.spawn(move || {
                let mut sender = Sender { edge, server: &server, seed, connection: Connection::new(&edge.authority) };
                let seen = sender.send(operations, Dice(seed ^ (number << 32)), left);
                let Ok(mut total) = total.lock() else { return };
                match (total.as_mut(), seen) {
                    (Ok(total), Ok(seen)) => total.take(seen),
                    (Ok(_), Err(error)) => *total = Err(error),
                    (Err(_), _) => {}
                }
            });
        }
    });
    total.into_inner().map_err(|_| "a sender crashed".to_owned())?
}

struct Sender<'a> {
    edge: &'a Edge,
    server: &'a str,
    seed: u64,
    connection: Connection,
}

impl Sender<'_> {
    fn send(&mut self, operations: &[Operation], mut dice: Dice, left: &AtomicU64) -> Result<Seen, String> {
        let mut seen = Seen::default();
        while left.load(Ordering::Relaxed) > 0 && seen.faults.len() < FAULTS {
            let sides = [self.side()?, self.side()?];
            let begun = Instant::now();
            let mut requests = 0;
            while requests < REQUESTS_OF_A_PAIR && begun.elapsed() < TIME_OF_A_PAIR && seen.faults.len() < FAULTS {
                if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err() {
                    break;
                }
                requests += 1;
                let (own, other) = if dice.one_in(2) { (&sides[0], &sides[1]) } else { (&sides[1], &sides[0]) };
                self.one(operations, own, other, &mut dice, &mut seen)?;
            }
        }
        Ok(seen)
    }

    fn side(&mut self) -> Result<Side, String> {
        Side::new(self.edge, self.server, &format!("{:032x}", self.seed), &mut self.connection)
    }

    fn one(
        &mut self,
        operations: &[Operation],
        own: &Side,
        other: &Side,
        dice: &mut Dice,
        seen: &mut Seen,
    ) -> Result<(), String> {
        let operation = dice.of(operations).ok_or("the document has no operations")?;
        // what leaks, leaks most likely to those who are let in
        let kinds = if dice.one_in(2) { &credentials::KINDS[..] } else { &credentials::GOOD[..] };
        let kind = dice.of(kinds).copied().unwrap_or("none");
        // what is not only read would end the things of the side itself
        let of_own = operation.method == "GET" && dice.one_in(8);
        let request = requests::make(operation, if of_own { own } else { other }, dice);
        let request = credentials::give(kind, own, other, &self.edge.authority, request);
        let answer =
            self.connection.send(&request).map_err(|e| format!("{} {}: {e}", request.method, request.target))?;
        if let Some(fresh) = answer.header("dpop-nonce") {
            fresh.clone_into(&mut own.nonce.borrow_mut());
        }
        *seen.answers.entry((kind, answer.status)).or_default() += 1;
        if of_own && answer.status < 300 && operation.names_things() {
            seen.reached.insert(operation.path.clone());
        }
        if let Some(what) = judge::fault(operation, kind, of_own, (own, other), &request, &answer) {
            let text = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
            seen.faults
                .push(format!("{what}: {kind}: {} {}: {} {text}", request.method, request.target, answer.status));
        }
        Ok(())
    }
}
