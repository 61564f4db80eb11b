//! ControlRoom: the only writer of a tenant's configuration (decision 1). One object per tenant; the one of the name `global`
//! owns the global layer of its cell and publishes it to the others.
//!
//! Every command is one transaction: configuration, history, due times, idempotency record and outgoing messages. Nothing here
//! waits for anything outside, so all of it answers while AWS is away.
//!
//! **Versions.** One counter per room. The effective version of (station, call) is the highest version of a change in the
//! layers merged for it. Whatever takes a change back is itself a change with a new, higher version.
//!
//! **Last known good.** A change of a call that is measured waits for its first window ([`pending`]). A worse window, or none
//! in time, returns the layer byte for byte to what it was before.

mod due;
mod freeze;
mod global;
mod layers;
mod pending;
mod propose;
mod read;
mod rollback;
mod run;
mod schema;
mod stream;
mod update;
mod write;

pub use global::GlobalLayerV1;
pub use pending::{NO_DATA_MAX_MS, NO_DATA_MIN_MS, no_data_ms};
pub use schema::SCHEMA;
pub use stream::{Ack, MAX_SUBSCRIPTIONS};
pub use update::MAX_REASON;

use crate::names::GLOBAL;
use crate::outbox::{BACKSTOP_MS, Outbox};
use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, SharedStore};
use attune_contracts::Problem;
use attune_contracts::run::RunAnswerV1;
use attune_domain::{CallId, Station, TenantId, json};
use std::cell::{Cell, RefCell};

/// Runs are remembered for this long, ms; older ones are read from DynamoDB.
pub const RUN_MS: i64 = 24 * 3_600_000;
/// A call's layer is dropped this long after the call was last heard of, ms.
pub const CALL_IDLE_MS: i64 = 24 * 3_600_000;
/// Versions kept per layer, so that a rollback can return to them.
pub const HISTORY_PER_LAYER: i64 = 50;

/// Whose configuration a room owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A tenant's.
    Tenant(TenantId),
    /// The global layer of a cell.
    Global,
}

impl Owner {
    /// From the part of the object's name that names the tenant; `None` when it is neither a tenant nor `global`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == GLOBAL { Some(Self::Global) } else { TenantId::parse(text).ok().map(Self::Tenant) }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::Global => GLOBAL,
        }
    }
}

/// What a command needs from outside.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The clock, ms since 1970.
    pub now_ms: i64,
    /// Random bits, new for each command.
    pub random: u128,
    /// W3C trace context of the request.
    pub traceparent: Option<&'a str>,
}

/// What makes a command happen once: repeated with the same fingerprint it gives the first answer, with another one 422.
#[derive(Debug, Clone, Copy)]
pub struct Once<'a> {
    /// Route, such as `/v1/config/update`.
    pub route: &'a str,
    /// `Idempotency-Key`.
    pub key: &'a str,
    /// Fingerprint of route and body, made at the door.
    pub fingerprint: &'a str,
}

impl Once<'_> {
    fn key(&self) -> String {
        format!("{} {}", self.route, self.key)
    }
}

/// Subscriptions whose configuration has changed. The shell asks [`ControlRoom::frame`] once per distinct call among its
/// matching subscriptions and sends the frame to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Station.
    pub station: Station,
    /// Only the subscriptions of this call; `None`: all of the station, with whatever call or none.
    pub call_id: Option<CallId>,
}

impl Push {
    /// Is a subscription meant?
    pub fn matches(&self, station: Station, call_id: Option<&CallId>) -> bool {
        self.station == station && (self.call_id.is_none() || self.call_id.as_ref() == call_id)
    }
}

/// What the shell does after a command.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Outcome<A> {
    /// The answer; an error has changed nothing.
    pub answer: core::result::Result<A, Problem>,
    /// Whom to send new configuration.
    pub push: Vec<Push>,
    /// Runs that are answered now: resolve their waiters.
    pub resolved_runs: Vec<RunAnswerV1>,
    /// Arm the alarm for this time, unless it is set for an earlier one (see [`crate::outbox::earlier`]).
    pub alarm_at: Option<i64>,
    /// Start a drain of [`ControlRoom::outbox`].
    pub drain: bool,
}

/// Effects that a command collects while its transaction runs.
#[derive(Debug, Default)]
struct Effects {
    push: Vec<Push>,
    resolved_runs: Vec<RunAnswerV1>,
    posted: bool,
}

/// The configuration of one tenant, or the global layer.
pub struct ControlRoom {
    store: SharedStore,
    outbox: Outbox,
    owner: Owner,
    facts: RefCell<Facts>,
    /// Ids given out within the command that runs: they count up from its random bits.
    made: Cell<u128>,
}

/// The one row of `room`.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    version: u64,
    frozen: bool,
    global_known: bool,
}

impl std::fmt::Debug for ControlRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControlRoom").field("owner", &self.owner).field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl ControlRoom {
    /// Opens a room.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore, owner: Owner) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Outbox::open(store.clone(), owner.as_str())?;
        let room = Self { store, outbox, owner, facts: RefCell::default(), made: Cell::new(0) };
        room.reload()?;
        Ok(room)
    }

    /// The room's outbox: to drain it, for its statistics, for the registry.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Whose room it is.
    pub const fn owner(&self) -> &Owner {
        &self.owner
    }

    fn reload(&self) -> Result<()> {
        let row = self.store.exec("SELECT version, frozen, global_known FROM room", &[])?.first();
        let row = row.ok_or(Error::Stored("room"))?;
        *self.facts.borrow_mut() =
            Facts { version: row.uint(0)?, frozen: row.int(1)? != 0, global_known: row.int(2)? != 0 };
        Ok(())
    }

    /// Runs a command as one transaction.
    fn command<A>(&self, ctx: &Context<'_>, mut body: impl FnMut(&mut Effects) -> Result<A>) -> Outcome<A> {
        self.made.set(0);
        let mut effects = Effects::default();
        let answer = transact(&*self.store, || body(&mut effects));
        let answer = answer.or_else(|error| {
            // what memory has taken over from the transaction is no longer so
            effects = Effects::default();
            self.reload()?;
            self.outbox.reload()?;
            Err(error)
        });
        // the drain that follows at once is no reason to wake at once as well
        let outbox = self.outbox.next_alarm(ctx.now_ms).map(|at| at.max(ctx.now_ms + BACKSTOP_MS));
        let due = self.next_due(ctx.now_ms).unwrap_or(Some(ctx.now_ms));
        let alarm_at = [due, outbox].into_iter().flatten().min();
        Outcome {
            answer: answer.map_err(Problem::from),
            push: effects.push,
            resolved_runs: effects.resolved_runs,
            alarm_at,
            drain: effects.posted,
        }
    }

    /// The first answer to a repeated command, if it is one.
    fn repeated<A: serde::de::DeserializeOwned>(&self, once: &Once<'_>, now_ms: i64) -> Result<Option<A>> {
        let Some(text) = self.outbox.recall(&once.key(), once.fingerprint, now_ms)? else { return Ok(None) };
        json::from_str(&text).map(Some).map_err(|_| Error::Stored("answer"))
    }

    fn remember<A: serde::Serialize>(&self, once: &Once<'_>, answer: &A, now_ms: i64) -> Result<()> {
        let text = serde_json::to_string(answer).map_err(|_| Error::Stored("answer"))?;
        self.outbox.remember(&once.key(), once.fingerprint, &text, now_ms)
    }

    /// Random bits for the next id of this command.
    fn next_random(&self, ctx: &Context<'_>) -> u128 {
        self.made.set(self.made.get() + 1);
        ctx.random.wrapping_add(self.made.get())
    }

    fn frozen(&self) -> bool {
        self.facts.borrow().frozen
    }
}
