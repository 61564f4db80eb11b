//! The only writer of a tenant's configuration.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

mod commands;
mod sockets;
mod waiters;

use super::base::{Base, respond};
use super::drain::{self, Mounted};
use super::operations;
use attune_contracts::Problem;
use attune_contracts::stream::CLOSE_UNAUTHENTICATED;
use attune_edge_kit::{Answer, Incoming, clock, log, random, socket};
use attune_objects::control_room::{Context, ControlRoom as Room, Outcome, Owner};
use attune_objects::outbox::Outbox;
use std::rc::Rc;
use waiters::Waiters;
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

/// See the module.
#[durable_object]
pub struct ControlRoom {
    inner: Rc<Inner>,
}

struct Inner {
    base: Base,
    room: Result<Room, Problem>,
    waiters: Waiters,
}

impl Mounted for Inner {
    fn base(&self) -> &Base {
        &self.base
    }

    fn outbox(&self) -> Option<&Outbox> {
        self.room.as_ref().ok().map(Room::outbox)
    }

    fn own_alarm(&self, now_ms: i64) -> Option<i64> {
        self.room.as_ref().ok().and_then(|room| room.next_alarm(now_ms).unwrap_or(Some(now_ms + 60_000)))
    }

    fn on_wake(&self, now_ms: i64) {
        if let Ok(room) = &self.room {
            let woken = self.after(room.on_alarm(&context(now_ms, None)));
            if let Err(problem) = woken.1 {
                self.base.fault("room.alarm", problem.detail);
            }
        }
    }
}

impl DurableObject for ControlRoom {
    fn new(state: State, env: Env) -> Self {
        let base = Base::new(state, env);
        let room = match Owner::parse(base.tenant_text()) {
            Some(owner) => Room::open(base.store.clone(), owner).map_err(|e| base.problem(e)),
            None => Err(base.fault("the object has no owner", &base.name)),
        };
        if let Err(e) = socket::answer_pings(&base.state) {
            base.fault("pings", e);
        }
        let inner = Rc::new(Inner { base, room, waiters: Waiters::default() });
        drain::know_alarm(&inner);
        Self { inner }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        if request.path() == "/stream" {
            return self.inner.open_socket(&request);
        }
        let answer = self.serve(&Incoming::from(Clone::clone(request.inner()))).await;
        respond(answer).map(Into::into).map_err(|e| worker::Error::RustError(e.to_string()))
    }

    async fn alarm(&self) -> worker::Result<Response> {
        drain::on_alarm(&*self.inner).await;
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        self.inner.take_frame(&self.inner, &ws, &message).await;
        Ok(())
    }

    async fn websocket_close(&self, ws: WebSocket, code: usize, _reason: String, _clean: bool) -> worker::Result<()> {
        // Codes that no frame may carry (RFC 6455, section 7.4.1) are answered with a plain good-bye.
        let code = u16::try_from(code).ok().filter(|code| !matches!(code, 0..=999 | 1004..=1006 | 1015));
        drop(ws.close(Some(code.unwrap_or(1000)), Some("")));
        Ok(())
    }

    async fn websocket_error(&self, _ws: WebSocket, error: worker::Error) -> worker::Result<()> {
        log::info("socket.lost").with("reason", error.to_string()).write();
        Ok(())
    }
}

impl ControlRoom {
    async fn serve(&self, request: &Incoming) -> Result<Answer, Problem> {
        let inner = &self.inner;
        let room = inner.room.as_ref().map_err(Problem::clone)?;
        let path = request.path();
        match inner.run_command(inner, room, path, request).await? {
            Some(answer) => Ok(answer),
            None => operations::serve(inner, room.outbox(), path, request).await,
        }
    }
}

/// What a command needs from outside.
fn context(now_ms: i64, traceparent: Option<&str>) -> Context<'_> {
    Context { now_ms, random: random::u128(), traceparent }
}

impl Inner {
    /// Does what an outcome says: sends frames, tells waiters, arms the alarm. Gives the answer, and whether to drain.
    fn after<A>(&self, outcome: Outcome<A>) -> (bool, Result<A, Problem>) {
        self.base.arm(outcome.alarm_at);
        if !outcome.push.is_empty() {
            self.push(&outcome.push);
        }
        for run in outcome.resolved_runs {
            self.waiters.tell(&run);
        }
        (outcome.drain, outcome.answer)
    }

    /// The same, and starts a drain where one is wanted.
    fn finish<A>(&self, own: &Rc<Self>, outcome: Outcome<A>) -> Result<A, Problem> {
        let (drain, answer) = self.after(outcome);
        if drain {
            drain::kick(own);
        }
        answer
    }

    /// Closes the sockets of a key.
    fn close_sockets_of(&self, key_id: &str) {
        for ws in self.base.state.get_websockets_with_tag(key_id) {
            drop(ws.close(Some(CLOSE_UNAUTHENTICATED), Some("the key was revoked")));
        }
    }

    fn now(&self) -> i64 {
        clock::now_ms()
    }
}
