//! Members whose network blocks WebSockets: what they say comes by requests, what they hear goes out as server-sent events, the same
//! arrays of frames. A stream ends with the object; its member comes again with the number of its last event.

use super::commands::{Listen, problem};
use super::sockets::{CHUNK, MAX_SOCKETS};
use super::{Inner, assistant};
use crate::routes::chat::events::LISTEN;
use crate::shells::base::unreadable;
use attune_chat::frame::{Up, close, message};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::json;
use attune_edge_kit::pieces::Pieces;
use attune_edge_kit::{Answer, clock};
use attune_objects::chat::{ChatRoom as Table, Pass, Ticket};
use std::rc::Rc;
use worker::Request;
use worker::worker_sys::web_sys;

/// Between two comments that keep the line open, ms.
const BEAT_MS: u32 = 25_000;
/// Most bytes that may wait for a reader.
const MAX_WAITING: f64 = 1_048_576.0;

/// A stream of events.
pub struct Stream {
    pub pass: Pass,
    /// When it was opened, ms since 1970.
    pub opened_at: i64,
    pieces: Pieces,
}

impl Stream {
    /// Tells frames; `last`: the number of the last event told with them. False: it is over.
    fn tell(&self, frames: &str, last: Option<u64>) -> bool {
        let id = last.map(|seq| format!("id: {seq}\n")).unwrap_or_default();
        self.write(&format!("{id}data: {frames}\n\n"))
    }

    fn write(&self, text: &str) -> bool {
        match self.pieces.write(text) {
            Some(waiting) if waiting > MAX_WAITING => {
                self.end(close::TOO_SLOW, "too much waits to be read");
                false
            }
            waiting => waiting.is_some(),
        }
    }

    /// Says why, as a WebSocket's close would, and ends.
    pub fn end(&self, code: u16, reason: &str) {
        self.pieces.write(&format!("event: close\ndata: {{\"code\":{code},\"reason\":\"{reason}\"}}\n\n"));
        self.pieces.end();
    }
}

impl Inner {
    /// Opens the stream of whoever the Worker has let in.
    pub(super) async fn open_stream(&self, own: &Rc<Self>, request: &Request) -> Result<web_sys::Response, Problem> {
        let text = request.headers().get(LISTEN).ok().flatten().unwrap_or_default();
        let (ticket, after): Listen = json::from_str(&text).map_err(|e| unreadable(&e))?;
        if !self.exists()? {
            return Err(Problem::new(ProblemCode::NotFound, "there is no such room"));
        }
        let (table, now) = (self.table()?, clock::now_ms());
        let fail = |e| self.base.problem(e);
        table.admit(&ticket, now).map_err(fail)?.map_err(problem)?;
        let pass = ticket.pass;
        let hello = Up::Hello { v: 1, after };
        let out = table.take(&pass.member, &hello, now).map_err(fail)?;
        self.make_room(&pass);
        // as for a socket: first what waits, then all that the newcomer lacks
        self.sockets.waiting.borrow_mut().extend(out.all);
        self.send_waiting();
        let stream = Rc::new(Stream { pass, opened_at: now, pieces: Pieces::default() });
        let response = stream.pieces.response().map_err(|e| self.base.fault("stream", e))?;
        let head = table.head().map_err(fail)?;
        let chunks = out.own.len().div_ceil(CHUNK);
        for (at, frames) in (1..).zip(out.own.chunks(CHUNK)) {
            stream.tell(&message(frames), (at == chunks).then_some(head));
        }
        self.sockets.streams.borrow_mut().push(Rc::clone(&stream));
        self.tell_presence(own, true);
        let own = Rc::clone(own);
        let state = Rc::clone(&own);
        state.base.state.wait_until(async move {
            keep(&stream).await;
            own.sockets.streams.borrow_mut().retain(|other| !Rc::ptr_eq(other, &stream));
            own.tell_presence(&own, false);
        });
        Ok(response)
    }

    /// A visitor has so many streams; the oldest makes room.
    fn make_room(&self, pass: &Pass) {
        let streams = self.sockets.streams.borrow();
        let held: Vec<_> = streams.iter().filter(|stream| stream.pass.member == pass.member).collect();
        if !pass.staff && held.len() >= MAX_SOCKETS {
            held.iter().take(1).for_each(|stream| stream.end(close::REPLACED, "too many connections"));
        }
    }

    /// Tells all streams what all sockets are told.
    pub(super) fn tell_streams(&self, frames: &str, head: Option<u64>) {
        // one that is over takes itself out
        for stream in self.sockets.streams.borrow().iter() {
            stream.tell(frames, head);
        }
    }

    /// Takes a frame that came by itself.
    pub(super) async fn take_alone(
        &self,
        own: &Rc<Self>,
        table: &Table,
        (ticket, text): (Ticket, &str),
    ) -> Result<Answer, Problem> {
        let now = clock::now_ms();
        let fail = |e| self.base.problem(e);
        table.admit(&ticket, now).map_err(fail)?.map_err(problem)?;
        let member = &ticket.pass.member;
        if !self.may_send(member, now) {
            return Err(Problem::new(ProblemCode::RateLimited, "too many frames").retry_after(10));
        }
        let unread = || Problem::new(ProblemCode::InvalidBody, "the frame cannot be read");
        let up = Up::read(text).ok_or_else(unread)?;
        let out = table.take(member, &up, now).map_err(fail)?;
        self.broadcast(own, out.all);
        if matches!(up, Up::Send { .. }) {
            assistant::kick(own);
        }
        let own = match (&up, out.fetch) {
            (Up::Page { before, limit }, Some(range)) => self.old_page(table, (*before, *limit), range).await?,
            _ => out.own,
        };
        Ok(Answer::json_text(200, message(&own)))
    }
}

/// Keeps the line open until the reader has gone, or the credentials have.
async fn keep(stream: &Stream) {
    loop {
        let left = stream.pass.until.map_or(i64::MAX, |until| until - clock::now_ms());
        if left <= 0 {
            return stream.end(close::UNAUTHENTICATED, "the credentials have expired");
        }
        let pause = u32::try_from(left).map_or(BEAT_MS, |left| left.min(BEAT_MS));
        if stream.pieces.is_over_within(pause).await || !stream.write(":\n\n") {
            return;
        }
    }
}
