//! Builders for tests of rooms.
#![allow(dead_code, reason = "each test program uses its own part")]

use attune_contracts::command::{ProposeAnswerV1, ProposeV1, ReadConfigV1, StationStateV1, WindowV1};
use attune_contracts::config::{ChangeV1, FreezeV1, RollbackV1, UpdateV1};
use attune_contracts::run::{RunAnswerV1, RunStatus};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{CallId, Leg, RunId, Scope, Station, TenantId};
use attune_objects::control_room::{Context, ControlRoom, Once, Outcome, Owner};
use attune_objects::store::sqlite::SqliteStore;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
pub const START: i64 = 1_800_000_000_000;
pub const GAIN: &str = "pcm.input_gain_db";

pub fn tenant() -> TenantId {
    TenantId::parse(TENANT).unwrap()
}

pub fn call(number: u128) -> CallId {
    CallId::new(START, number)
}

/// A room, a clock and a source of ids.
pub struct Bench {
    pub store: Rc<SqliteStore>,
    pub room: ControlRoom,
    pub now: Cell<i64>,
    pub made: Cell<u128>,
}

impl Bench {
    pub fn new(owner: Owner) -> Self {
        let store = Rc::new(SqliteStore::memory().unwrap());
        let room = ControlRoom::open(store.clone(), owner).unwrap();
        Self { store, room, now: Cell::new(START), made: Cell::new(0) }
    }

    pub fn tenant() -> Self {
        Self::new(Owner::Tenant(tenant()))
    }

    pub fn wait(&self, ms: i64) -> &Self {
        self.now.set(self.now.get() + ms);
        self
    }

    pub fn ctx(&self) -> Context<'static> {
        self.made.set(self.made.get() + 1_000);
        Context { now_ms: self.now.get(), random: self.made.get(), traceparent: Some("00-1-2-01") }
    }

    pub fn once<R>(&self, body: impl FnOnce(&Once<'_>) -> R) -> R {
        let key = format!("key-{}", self.made.get());
        body(&Once { route: "/r", key: &key, fingerprint: "f" })
    }

    pub fn update(&self, body: &UpdateV1) -> Outcome<attune_contracts::config::ChangeAnswerV1> {
        let ctx = self.ctx();
        self.once(|once| self.room.update(&ctx, once, "key1", body))
    }

    pub fn updated(&self, body: &UpdateV1) -> ChangeV1 {
        self.update(body).answer.unwrap().change.unwrap()
    }

    pub fn rollback(&self, body: &RollbackV1) -> Outcome<attune_contracts::config::ChangeAnswerV1> {
        let ctx = self.ctx();
        self.once(|once| self.room.rollback(&ctx, once, "key1", body))
    }

    pub fn freeze(&self, frozen: bool) {
        let ctx = self.ctx();
        let body = FreezeV1 { schema_version: 1, frozen, reason: "test".to_owned() };
        assert_eq!(self.once(|once| self.room.freeze(&ctx, once, &body)).answer.unwrap().frozen, frozen);
    }

    pub fn propose(&self, body: &ProposeV1) -> Outcome<ProposeAnswerV1> {
        self.room.propose(&self.ctx(), body)
    }

    pub fn version(&self, station: Station, call: Option<&CallId>) -> u64 {
        self.room.effective(station, call, self.now.get()).unwrap().version
    }

    pub fn value(&self, station: Station, call: Option<&CallId>, name: &str) -> String {
        self.room.effective(station, call, self.now.get()).unwrap().values[name].value.clone()
    }

    /// All changes that are kept, newest first.
    pub fn changes(&self) -> Vec<ChangeV1> {
        use attune_objects::Store;
        let rows = self.store.exec("SELECT change FROM change ORDER BY version DESC", &[]).unwrap();
        rows.into_iter().map(|mut row| serde_json::from_str(&row.text(0).unwrap()).unwrap()).collect()
    }

    /// The state that the room gives the optimizer.
    pub fn state(&self, call: &CallId) -> StationStateV1 {
        let read = ReadConfigV1 { tenant: tenant(), station: Station::GatewayIn, call_id: Some(call.clone()) };
        self.room.station_state(&read, self.now.get()).unwrap()
    }

    /// All messages that wait, as JSON.
    pub fn messages(&self) -> Vec<serde_json::Value> {
        use attune_objects::Store;
        let rows = self.store.exec("SELECT body FROM outbox ORDER BY seq", &[]).unwrap();
        rows.into_iter().map(|mut row| serde_json::from_str(&row.text(0).unwrap()).unwrap()).collect()
    }
}

pub fn code<A: std::fmt::Debug>(outcome: Outcome<A>) -> ProblemCode {
    problem(outcome).code
}

pub fn problem<A: std::fmt::Debug>(outcome: Outcome<A>) -> Problem {
    assert!(outcome.push.is_empty() && !outcome.drain);
    outcome.answer.unwrap_err()
}

pub fn change(scope: Scope, call_id: Option<&CallId>, base_version: u64, values: &[(&str, Option<&str>)]) -> UpdateV1 {
    UpdateV1 {
        schema_version: 1,
        station: Station::GatewayIn,
        scope,
        call_id: call_id.cloned(),
        base_version,
        values: values.iter().map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned))).collect(),
        reason: "test".to_owned(),
        ttl_s: None,
    }
}

pub fn back(scope: Scope, call_id: Option<&CallId>, to_version: u64) -> RollbackV1 {
    let station = Station::GatewayIn;
    RollbackV1 { schema_version: 1, station, scope, call_id: call_id.cloned(), to_version, reason: "test".to_owned() }
}

pub fn window(segment_index: u32, version: u64, score: f64) -> Option<WindowV1> {
    Some(WindowV1 { segment_index, version, score, parts: Vec::new() })
}

pub fn proposal(
    run: u128,
    call: &CallId,
    base_version: u64,
    window: Option<WindowV1>,
    values: &[(&str, &str)],
) -> ProposeV1 {
    let run_id = RunId::new(START, run);
    let mut answer = RunAnswerV1::accepted(run_id.clone());
    answer.status = if values.is_empty() { RunStatus::NoChange } else { RunStatus::Applied };
    ProposeV1 {
        tenant: tenant(),
        run_id,
        station: Station::GatewayIn,
        call_id: call.clone(),
        leg: Leg::A,
        scope: Scope::Call,
        base_version,
        window,
        values: values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
        reason: "the level is low".to_owned(),
        ttl_s: None,
        answer,
    }
}
