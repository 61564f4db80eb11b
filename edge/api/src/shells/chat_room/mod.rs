//! A chat room, and, under the shard `list`, the list of a tenant's chat rooms.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

mod assistant;
mod commands;
mod history;
mod sockets;
mod streams;

pub use commands::{ChatCommand, ChatListCommand, Listen};

use super::base::{Base, command, respond, respond_json};
use super::drain::{self, Mounted};
use super::{operations, register};
use attune_chat::faq::Faq;
use attune_chat::frame::Attachment;
use attune_contracts::auth::NoticeV1;
use attune_contracts::chat::ChatAttachmentV1;
use attune_contracts::{Problem, ProblemCode, SCHEMA_VERSION};
use attune_edge_kit::{Answer, Incoming, clock, log, socket};
use attune_objects::chat::{ChatList, ChatRoom as Table, Out};
use attune_objects::names::{self, ObjectName, ROOM_LIST};
use attune_objects::outbox::Outbox;
use commands::problem;
use sockets::Sockets;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

/// See the module.
#[durable_object]
pub struct ChatRoom {
    inner: Rc<Inner>,
}

struct Inner {
    base: Base,
    table: OnceCell<Result<Table, Problem>>,
    list: OnceCell<Result<ChatList, Problem>>,
    sockets: Sockets,
    /// Is the assistant at work?
    answering: Cell<bool>,
    /// The FAQ of its widget, and when it was read, ms since 1970.
    faq: RefCell<Option<(i64, Rc<Faq>)>>,
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
        table.next_alarm(now_ms).unwrap_or_else(|e| {
            self.base.fault("chat.alarm", e);
            Some(now_ms + 60_000)
        })
    }

    /// For what gets too old in a year its alarm is enough.
    fn is_over(&self, now_ms: i64) -> attune_objects::Result<bool> {
        let table = self.table.get().and_then(|table| table.as_ref().ok());
        table.map_or(Ok(false), |table| Ok(table.next_duty(now_ms)?.is_none()))
    }
}

impl DurableObject for ChatRoom {
    fn new(state: State, env: Env) -> Self {
        let inner = Rc::new(Inner {
            base: Base::new(state, env),
            table: OnceCell::new(),
            list: OnceCell::new(),
            sockets: Sockets::default(),
            answering: Cell::new(false),
            faq: RefCell::default(),
        });
        if !inner.is_list() && matches!(inner.exists(), Ok(true)) {
            drop(inner.table());
        }
        if let Err(e) = socket::answer_pings(&inner.base.state) {
            inner.base.fault("pings", e);
        }
        drain::know_alarm(&inner);
        Self { inner }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        if request.path() == "/socket" {
            return self.inner.open_socket(&request);
        }
        if request.path() == "/events" {
            let opened = self.inner.open_stream(&self.inner, &request).await;
            let response = opened.or_else(|problem| respond(Err(problem)));
            return response.map(Into::into).map_err(|e| worker::Error::RustError(e.to_string()));
        }
        let answer = self.inner.serve(&self.inner, &Incoming::from(Clone::clone(request.inner()))).await;
        respond(answer).map(Into::into).map_err(|e| worker::Error::RustError(e.to_string()))
    }

    async fn alarm(&self) -> worker::Result<Response> {
        drain::on_alarm(&*self.inner).await;
        assistant::answer(&self.inner).await;
        history::keep(&self.inner).await;
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        self.inner.take_frame(&self.inner, &ws, &message);
        Ok(())
    }

    async fn websocket_close(&self, ws: WebSocket, code: usize, _reason: String, _clean: bool) -> worker::Result<()> {
        self.inner.closed(&self.inner, &ws, code);
        Ok(())
    }

    async fn websocket_error(&self, ws: WebSocket, error: worker::Error) -> worker::Result<()> {
        log::info("socket.lost").with("reason", error.to_string()).write();
        self.inner.closed(&self.inner, &ws, 0);
        Ok(())
    }
}

impl Inner {
    async fn serve(&self, own: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
        let path = request.path();
        if self.is_list() {
            return self.serve_list(path, request).await;
        }
        let todo: Option<ChatCommand> = if path == "/do" { Some(command(request).await?) } else { None };
        // Only opening it makes the object: a made-up id leaves no tables behind.
        if !matches!(todo, Some(ChatCommand::Open(..))) && !self.exists()? {
            return Err(Problem::new(ProblemCode::NotFound, "there is no such room"));
        }
        let table = self.table()?;
        match (path, todo) {
            ("/do", Some(todo)) => {
                if !table.outbox().is_registered() {
                    register::with_registry(&self.base, table.outbox()).await?;
                }
                match todo {
                    ChatCommand::Say(ticket, text) => self.take_alone(own, table, (ticket, &text)).await,
                    todo => self.carry_out(own, table, todo),
                }
            }
            ("/notice", _) => {
                let notice: NoticeV1 = command(request).await?;
                if let NoticeV1::DeviceEnded { device_id, at, .. } = notice {
                    table.device_ended(&device_id).map_err(|e| self.base.problem(e))?;
                    self.close_sockets_of_device(&device_id, at.0);
                }
                Ok(Answer::empty(204))
            }
            _ => operations::serve(own, table.outbox(), path, request).await,
        }
    }

    fn carry_out(&self, own: &Rc<Self>, table: &Table, todo: ChatCommand) -> Result<Answer, Problem> {
        use ChatCommand as C;
        let now = clock::now_ms();
        let fail = |e| self.base.problem(e);
        let ends = matches!(todo, C::End(_));
        let done = match todo {
            C::Open(new, ticket) => {
                table.create(&new, now).map_err(fail)?;
                let made = table.make_ticket(&ticket, now).map_err(fail)?;
                return made.map(|until| respond_json(&until)).map_err(problem);
            }
            C::Ticket(ticket) => {
                let made = table.make_ticket(&ticket, now).map_err(fail)?;
                return made.map(|until| respond_json(&until)).map_err(problem);
            }
            C::Picture(ticket, id, media_type, size) => {
                table.admit(&ticket, now).map_err(fail)?.map_err(problem)?;
                let member = &ticket.pass.member;
                let found = if size > 0 {
                    let picture = Attachment { id, media_type, size };
                    table.attach(member, &picture, now).map_err(fail)?.map_err(problem)?;
                    self.base.arm(table.next_alarm(now).map_err(fail)?);
                    Some(picture)
                } else {
                    table.attachment(member, &id).map_err(fail)?
                };
                let found = found.map(|Attachment { id: attachment_id, media_type, size }| {
                    respond_json(&ChatAttachmentV1 { schema_version: SCHEMA_VERSION, attachment_id, media_type, size })
                });
                return found.ok_or_else(|| Problem::new(ProblemCode::NotFound, "there is nothing of this id"));
            }
            C::Say(..) | C::Get => Ok(Ok(Out::default())),
            C::TakeOver(member) => table.take_over(&member, now),
            C::HandBack(member) => table.hand_back(&member, now),
            C::End(member) => table.end(&member, now),
        };
        let out = done.map_err(fail)?.map_err(problem)?;
        self.broadcast(own, out.all);
        if ends {
            self.close_all(own);
        }
        if table.outbox().oldest_age_ms(now).is_some() {
            self.base.arm(Some(now + attune_objects::outbox::BACKSTOP_MS));
            drain::kick(own);
        }
        let room = table.get().map_err(fail)?;
        room.map(|room| respond_json(&room)).ok_or_else(|| Problem::new(ProblemCode::NotFound, "there is no such room"))
    }

    async fn serve_list(&self, path: &str, request: &Incoming) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        let make = || ChatList::open(self.base.store.clone()).map_err(fail);
        match path {
            "/list" => {
                let todo: ChatListCommand = command(request).await?;
                let list = self.list.get_or_init(make).as_ref().map_err(Problem::clone)?;
                Ok(match todo {
                    ChatListCommand::Claim { visitor, widget, room_id, ended } => {
                        let claimed = list.claim(&visitor, &widget, &room_id, ended.as_deref(), clock::now_ms());
                        respond_json(&claimed.map_err(fail)?)
                    }
                    ChatListCommand::Rooms { live, waits, cursor, limit } => {
                        respond_json(&list.rooms(live, waits, cursor.as_deref(), limit).map_err(fail)?)
                    }
                })
            }
            "/notice" => {
                let notice: NoticeV1 = command(request).await?;
                if let NoticeV1::ChatRoom { room_id, seq, waits, ended_at, forgotten } = notice {
                    let list = self.list.get_or_init(make).as_ref().map_err(Problem::clone)?;
                    let done = if forgotten {
                        list.forgotten(&room_id)
                    } else {
                        list.changed(&room_id, seq, waits, ended_at.map(|at| at.0))
                    };
                    done.map_err(fail)?;
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
            let list = names::chat_list(&tenant.cell(), &tenant);
            Table::open(self.base.store.clone(), tenant.as_str(), &list).map_err(|e| self.base.problem(e))
        };
        self.table.get_or_init(make).as_ref().map_err(Problem::clone)
    }
}
