//! Commands of the Worker to a room.

use super::{Inner, context};
use crate::routes::control;
use crate::shells::base::{command, command_text, respond_json, unreadable};
use crate::shells::protocol::{Command, KeyRef, Keyed, ReadRun, ReadStation, RegisterRoom, StartRun};
use crate::shells::register;
use attune_contracts::auth::NoticeV1;
use attune_contracts::command::{ProposeV1, ReadConfigV1};
use attune_contracts::config::{FreezeV1, RollbackV1, UpdateV1};
use attune_contracts::run::{RunAnswerV1, RunStatus};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Answer, Incoming, log, wait};
use attune_objects::control_room::{ControlRoom as Room, GlobalLayerV1, Once};
use attune_objects::names::{self, Class};
use serde::de::DeserializeOwned;
use std::rc::Rc;

impl Inner {
    /// Runs a command of the room; `None` when the path names none.
    pub(super) async fn run_command(
        &self,
        own: &Rc<Self>,
        room: &Room,
        path: &str,
        request: &Incoming,
    ) -> Result<Option<Answer>, Problem> {
        Ok(Some(match path {
            "/config" => {
                self.get_ready(room).await?;
                let read: ReadStation = command(request).await?;
                let config = room.effective(read.station, read.call_id.as_ref(), self.now());
                respond_json(&config.map_err(|e| self.base.problem(e))?)
            }
            "/state" => {
                self.get_ready(room).await?;
                let text = command_text(request).await?;
                let (_, read): (_, ReadConfigV1) = handed_on(&text)?;
                respond_json(&room.station_state(&read, self.now()).map_err(|e| self.base.problem(e))?)
            }
            "/propose" => {
                self.get_ready(room).await?;
                let text = command_text(request).await?;
                let (traceparent, proposal): (_, ProposeV1) = handed_on(&text)?;
                let ctx = context(self.now(), Some(traceparent));
                respond_json(&self.finish(own, room.propose(&ctx, &proposal))?)
            }
            "/run" => {
                self.get_ready(room).await?;
                self.start_run(own, room, command(request).await?).await?
            }
            "/run/read" => {
                let read: ReadRun = command(request).await?;
                let run = room.run(&read.run_id).map_err(|e| self.base.problem(e))?;
                let missing = || Problem::new(ProblemCode::NotFound, "the room remembers no run of this id");
                respond_json(&run.ok_or_else(missing)?)
            }
            "/update" => {
                self.get_ready(room).await?;
                let asked: Command<Keyed<UpdateV1>> = command(request).await?;
                let (ctx, keyed) = (context(self.now(), asked.traceparent.as_deref()), &asked.body);
                let once = once("/v1/config/update", keyed);
                respond_json(&self.finish(own, room.update(&ctx, &once, &keyed.key_id, &keyed.request))?)
            }
            "/rollback" => {
                self.get_ready_if_possible(room).await;
                let asked: Command<Keyed<RollbackV1>> = command(request).await?;
                let (ctx, keyed) = (context(self.now(), asked.traceparent.as_deref()), &asked.body);
                let once = once("/v1/config/rollback", keyed);
                respond_json(&self.finish(own, room.rollback(&ctx, &once, &keyed.key_id, &keyed.request))?)
            }
            "/freeze" => {
                self.get_ready_if_possible(room).await;
                let asked: Command<Keyed<FreezeV1>> = command(request).await?;
                let (ctx, keyed) = (context(self.now(), asked.traceparent.as_deref()), &asked.body);
                let once = once("/v1/config/freeze", keyed);
                respond_json(&self.finish(own, room.freeze(&ctx, &once, &keyed.request))?)
            }
            "/revoked" => {
                let key: KeyRef = command(request).await?;
                self.close_sockets_of(&key.key_id);
                respond_json(&())
            }
            "/notice" => {
                let notice: NoticeV1 = command(request).await?;
                if let NoticeV1::DeviceEnded { device_id, at, .. } = notice {
                    self.close_sockets_of_device(&device_id, at.0);
                }
                respond_json(&())
            }
            "/global" => {
                let layer: GlobalLayerV1 = command(request).await?;
                let ctx = context(self.now(), None);
                self.finish(own, room.take_global(&ctx, &[layer], false))?;
                respond_json(&())
            }
            "/global/register" => {
                let asked: RegisterRoom = command(request).await?;
                respond_json(&self.finish(own, room.register_room(&context(self.now(), None), &asked.tenant))?)
            }
            _ => return Ok(None),
        }))
    }

    /// Before its first command a room lists itself with the Registry (it may have messages to hand on from then on) and takes
    /// over the global layer.
    ///
    /// # Errors
    /// `unavailable`.
    pub(super) async fn get_ready(&self, room: &Room) -> Result<(), Problem> {
        if !room.outbox().is_registered() {
            register::with_registry(&self.base, room.outbox()).await?;
        }
        if room.needs_global() {
            self.take_global_layer(room).await?;
        }
        Ok(())
    }

    /// The same for what has to work whatever else is away.
    async fn get_ready_if_possible(&self, room: &Room) {
        if let Err(problem) = self.get_ready(room).await {
            log::warn("room.not_ready").with("reason", problem.detail).write();
        }
    }

    async fn take_global_layer(&self, room: &Room) -> Result<(), Problem> {
        let unavailable = |reason: String| {
            log::error("global.unreachable").with("reason", reason).write();
            Problem::new(ProblemCode::Unavailable, "the global layer cannot be read now").retry_after(1)
        };
        let tenant = self.base.tenant()?;
        let global = names::global_control_room(&tenant.cell());
        let stub = Stub::new(&self.base.env, Class::ControlRoom.binding(), &global);
        let answer = stub.call("/global/register", &RegisterRoom { tenant }).await;
        let answer = answer.map_err(|e| unavailable(e.to_string()))?;
        if answer.status != 200 {
            return Err(unavailable(answer.status.to_string()));
        }
        let layers: Vec<GlobalLayerV1> = answer.read().map_err(|e| unavailable(e.to_string()))?;
        let (_, taken) = self.after(room.take_global(&context(self.now(), None), &layers, true));
        taken
    }

    async fn start_run(&self, own: &Rc<Self>, room: &Room, asked: Command<StartRun>) -> Result<Answer, Problem> {
        let ctx = context(self.now(), asked.traceparent.as_deref());
        let start = &asked.body;
        let once = Once { route: "/v1/optimizer/run", key: &start.idempotency_key, fingerprint: &start.fingerprint };
        let accepted = self.finish(own, room.accept_run(&ctx, &once, &start.request))?;
        if start.wait_s == 0 {
            return Ok(Answer::json(202, &accepted));
        }
        // A repeat may find its run answered already.
        let known = room.run(&accepted.run_id).map_err(|e| self.base.problem(e))?;
        if let Some(run) = known.filter(is_answered) {
            return Ok(Answer::json(200, &run));
        }
        let told = self.waiters.join(&accepted.run_id);
        match wait::within(start.wait_s * 1_000, told).await {
            Some(Ok(run)) => Ok(Answer::json(200, &run)),
            _ => Ok(Answer::json(202, &accepted)),
        }
    }
}

/// Trace and body of a function's command. Unknown fields are ignored within a version, as in every message (decision 4).
fn handed_on<T: DeserializeOwned>(text: &str) -> Result<(&str, T), Problem> {
    let (traceparent, body) = text.split_once('\n').ok_or_else(|| unreadable(&"no line feed"))?;
    let body = serde_json::from_str(body).map_err(|e| control::unreadable(&e))?;
    Ok((traceparent, body))
}

fn is_answered(run: &RunAnswerV1) -> bool {
    run.status != RunStatus::Accepted
}

fn once<'a, B: DeserializeOwned>(route: &'a str, keyed: &'a Keyed<B>) -> Once<'a> {
    Once { route, key: &keyed.idempotency_key, fingerprint: &keyed.fingerprint }
}
