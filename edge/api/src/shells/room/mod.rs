//! A voice room, and, under the shard `list`, the list of a tenant's rooms.

#![allow(missing_docs, reason = "the class has methods without any")]

mod commands;
mod errands;
mod seats;

pub use commands::{ListCommand, RoomCommand};

use super::base::{Base, command, respond_json};
use super::drain::{self, Mounted};
use super::object::{Object, object};
use super::{operations, register};
use attune_contracts::auth::NoticeV1;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, Incoming, clock};
use attune_objects::names::{self, ObjectName, ROOM_LIST};
use attune_objects::outbox::Outbox;
use attune_objects::room::{Room as Table, RoomList};
use commands::{judged, said};
use seats::Seats;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// An alarm is not set earlier than this from now, ms: what is due at once is being done already.
const SOON_MS: i64 = 2_000;

object!(Room, Inner);

struct Inner {
    base: Base,
    table: OnceCell<Result<Table, Problem>>,
    list: OnceCell<Result<RoomList, Problem>>,
    seats: Seats,
    /// Are errands being run?
    running: Cell<bool>,
    /// When the media server was last asked who is there, ms since 1970.
    reconciled_at: Cell<i64>,
}

impl Mounted for Inner {
    fn base(&self) -> &Base {
        &self.base
    }

    fn outbox(&self) -> Option<&Outbox> {
        self.table.get().and_then(|table| table.as_ref().ok()).map(Table::outbox)
    }

    fn own_alarm(&self, now_ms: i64) -> Option<i64> {
        let table = self.table.get()?.as_ref().ok()?;
        let next = table.next_alarm(now_ms).unwrap_or_else(|e| {
            self.base.fault("room.alarm", e);
            Some(now_ms + 60_000)
        });
        next.into_iter().chain(errands::asks_at(self, table, now_ms)).min().map(|at| at.max(now_ms + SOON_MS))
    }

    fn on_wake(&self, now_ms: i64) {
        if let Some(Ok(table)) = self.table.get()
            && let Err(e) = table.on_alarm(now_ms)
        {
            self.base.fault("room.alarm", e);
        }
    }

    fn is_over(&self, now_ms: i64) -> attune_objects::Result<bool> {
        self.table.get().and_then(|table| table.as_ref().ok()).map_or(Ok(false), |table| table.is_over(now_ms))
    }
}

impl Object for Inner {
    fn begin(base: Base) -> Rc<Self> {
        let inner = Rc::new(Self {
            base,
            table: OnceCell::new(),
            list: OnceCell::new(),
            seats: Seats::default(),
            running: Cell::new(false),
            reconciled_at: Cell::new(clock::now_ms()),
        });
        if !inner.is_list() && matches!(inner.exists(), Ok(true)) {
            drop(inner.table());
        }
        drain::know_alarm(&inner);
        inner
    }

    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
        let path = request.path();
        if self.is_list() {
            return self.serve_list(path, request).await;
        }
        let todo: Option<RoomCommand> = if path == "/do" { Some(command(request).await?) } else { None };
        // Only making it makes the object: a made-up id leaves no tables behind.
        if !matches!(todo, Some(RoomCommand::Create(_))) && !self.exists()? {
            return Err(Problem::new(ProblemCode::NotFound, "there is no such room"));
        }
        let table = self.table()?;
        match (path, todo) {
            ("/do", Some(todo)) => {
                if !table.outbox().is_registered() {
                    register::with_registry(&self.base, table.outbox()).await?;
                }
                self.carry_out(table, todo).await
            }
            ("/notice", _) => {
                let notice: NoticeV1 = command(request).await?;
                if let NoticeV1::DeviceEnded { device_id, at, revoked, .. } = notice {
                    let ended = table.device_ended(&device_id, at.0, revoked, clock::now_ms());
                    ended.map_err(|e| self.base.problem(e))?;
                    seats::ended(self, table, &device_id).await?;
                    self.after(table);
                }
                Ok(Answer::empty(204))
            }
            _ => operations::serve(self, table.outbox(), path, request).await,
        }
    }

    async fn on_alarm(self: &Rc<Self>) {
        drain::on_alarm(&**self).await;
        if self.table.get().is_some() {
            errands::reconcile(self).await;
            errands::run(self).await;
            seats::release(self);
        }
    }
}

impl Inner {
    async fn carry_out(self: &Rc<Self>, table: &Table, todo: RoomCommand) -> Result<Answer, Problem> {
        use RoomCommand as C;
        let now = clock::now_ms();
        let fail = |e| self.base.problem(e);
        let answer = match todo {
            C::Create(new) => said(judged(table.create(&new, now), fail)?, 201),
            C::Get => {
                let room = table.get().map_err(fail)?;
                return room.map(|room| respond_json(&room)).ok_or_else(|| commands::problem(commands::NONE));
            }
            C::Participants => return Ok(respond_json(&table.participants(now).map_err(fail)?)),
            C::Join(join) => {
                seats::record(self, &join.device_id, &join.user_id).await?;
                let joined = judged(table.join(&join, now), fail)?;
                // Nearly every join changes nothing that an alarm or an errand would have to see to.
                if matches!(&joined, Ok(joined) if joined.replaced.is_empty()) {
                    return Ok(said(joined, 200));
                }
                said(joined, 200)
            }
            C::Renew(join) => {
                seats::record(self, &join.device_id, &join.user_id).await?;
                said(judged(table.renew(&join, now), fail)?, 200)
            }
            C::Remove(identity) => said(judged(table.remove(&identity, now), fail)?, 200),
            C::End => said(judged(table.end("ended", now), fail)?, 200),
            C::Event(event) => said(judged(table.event(&event, now), fail)?, 200),
        };
        self.after(table);
        Ok(answer)
    }

    /// Sends what has to be told, runs what has to be done at the media server, and arms the alarm for what is left.
    fn after(self: &Rc<Self>, table: &Table) {
        let now = clock::now_ms();
        seats::release(self);
        if table.outbox().oldest_age_ms(now).is_some() {
            drain::kick(self);
        }
        errands::kick(self);
        self.base.arm(self.own_alarm(now));
    }

    async fn serve_list(&self, path: &str, request: &Incoming) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        let make = || RoomList::open(self.base.store.clone()).map_err(fail);
        match path {
            "/list" => {
                let todo: ListCommand = command(request).await?;
                let list = self.list.get_or_init(make).as_ref().map_err(Problem::clone)?;
                let now = clock::now_ms();
                Ok(match todo {
                    ListCommand::Claim { key, fingerprint, room } => {
                        respond_json(&list.claim(&key, &fingerprint, &room, now).map_err(fail)?)
                    }
                    ListCommand::Rooms { live, cursor, limit } => {
                        respond_json(&list.rooms(live, cursor.as_deref(), limit).map_err(fail)?)
                    }
                })
            }
            "/notice" => {
                let notice: NoticeV1 = command(request).await?;
                if let NoticeV1::RoomEnded { room_id, at } = notice {
                    let list = self.list.get_or_init(make).as_ref().map_err(Problem::clone)?;
                    list.ended(&room_id, at.0).map_err(fail)?;
                }
                Ok(Answer::empty(204))
            }
            _ => Err(Problem::new(ProblemCode::NotFound, "the object has no such command")),
        }
    }

    fn is_list(&self) -> bool {
        ObjectName::parse(&self.base.name).is_some_and(|name| name.shard == ROOM_LIST)
    }

    fn exists(&self) -> Result<bool, Problem> {
        if self.table.get().is_some() {
            return Ok(true);
        }
        Table::exists(&*self.base.store).map_err(|e| self.base.problem(e))
    }

    fn table(&self) -> Result<&Table, Problem> {
        let make = || {
            let tenant = self.base.tenant()?;
            let list = names::room_list(&tenant.cell(), &tenant);
            let table =
                Table::open(self.base.store.clone(), tenant.as_str(), &list).map_err(|e| self.base.problem(e))?;
            // whoever has a seat was told to the session before
            self.seats.remember(table.devices().map_err(|e| self.base.problem(e))?);
            Ok(table)
        };
        self.table.get_or_init(make).as_ref().map_err(Problem::clone)
    }
}
