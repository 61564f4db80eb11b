//! Live connections of members. Sockets sleep with the object; what is remembered of one lies in its attachment. How far one has come is
//! known in memory only.
//!
//! A socket is *live* once it has said hello. Live sockets have had every event that does not wait in [`Sockets::waiting`]; so a hello
//! first sends what waits, and then all that the newcomer lacks.

use super::streams::Stream;
use super::{Inner, assistant};
use crate::routes::chat::socket::TICKET;
use attune_chat::frame::{Down, MAX_FRAME, MAX_UNCONFIRMED, PROTOCOL, Up, close, message};
use attune_edge_kit::{clock, random, socket, wait};
use attune_objects::chat::{Pass, RECORD_MS, Readers};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Request, Response, WebSocket, WebSocketIncomingMessage};

/// What came within this time goes out in one message, ms.
const TOGETHER_MS: u32 = 20;
/// Events in one message of a resume.
pub(super) const CHUNK: usize = 200;
/// Frames that a member may send within [`BUDGET_MS`].
const BUDGET: u32 = 200;
const BUDGET_MS: i64 = 10_000;
/// Most connections of a visitor: tabs and lines that are not known to be lost yet.
pub(super) const MAX_SOCKETS: usize = 8;

/// Frames that wait, and who sends how much.
pub struct Sockets {
    pub(super) waiting: RefCell<Vec<String>>,
    /// Will what waits go out soon?
    sending: Cell<bool>,
    /// When a member began to be counted, and its frames since.
    budgets: RefCell<HashMap<String, (i64, u32)>>,
    /// Who was there when it was last told.
    present: RefCell<Vec<String>>,
    /// How far each socket has come.
    readers: Readers,
    /// Live sockets by their numbers; `None`: to be read from what is remembered of them.
    live: RefCell<Option<Vec<(u64, WebSocket)>>>,
    /// Members without a socket.
    pub(super) streams: RefCell<Vec<Rc<Stream>>>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            waiting: RefCell::default(),
            sending: Cell::default(),
            budgets: RefCell::default(),
            present: RefCell::default(),
            readers: Readers::new(MAX_UNCONFIRMED),
            live: RefCell::default(),
            streams: RefCell::default(),
        }
    }
}

/// What is remembered of a socket. Names are short because the platform bounds the size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// Whose it is.
    #[serde(rename = "p")]
    pass: Pass,
    /// When it was opened, ms since 1970.
    #[serde(rename = "o")]
    opened_at: i64,
    /// Has it said hello?
    #[serde(rename = "l")]
    live: bool,
    /// Its number, by which it is told from others.
    #[serde(rename = "n")]
    number: u64,
}

impl Inner {
    /// Accepts the socket of a ticket.
    pub(super) fn open_socket(&self, request: &Request) -> worker::Result<Response> {
        let ticket = request.headers().get(TICKET).ok().flatten().unwrap_or_default();
        let redeemed = match (self.exists(), self.table()) {
            (Ok(true), Ok(table)) => table.redeem(&ticket, clock::now_ms()),
            _ => return Response::error("", 503),
        };
        let Ok(Ok(pass)) = redeemed else { return Response::error("", 401) };
        if !pass.staff {
            let held = self.base.state.get_websockets_with_tag(&pass.member);
            let surplus = (held.len() + 1).saturating_sub(MAX_SOCKETS);
            for ws in held.iter().take(surplus) {
                drop(ws.close(Some(close::REPLACED), Some("too many connections")));
            }
        }
        let tags = [pass.member.clone(), pass.device.clone()];
        let remember = Remembered { pass, opened_at: clock::now_ms(), live: false, number: random::u64() };
        let accepted = socket::accept(&self.base.state, &[&tags[0], &tags[1]], Some(PROTOCOL), &remember);
        accepted.map(Into::into).map_err(|e| worker::Error::RustError(e.to_string()))
    }

    /// Takes a frame of a member.
    pub(super) fn take_frame(&self, own: &Rc<Self>, ws: &WebSocket, said: &WebSocketIncomingMessage) {
        let end = |code: u16, why: &str| drop(ws.close(Some(code), Some(why)));
        let now = clock::now_ms();
        let Some(mut remembered) = socket::attachment::<Remembered>(ws) else {
            return end(close::UNAUTHENTICATED, "nothing is known of the connection");
        };
        if remembered.pass.until.is_some_and(|until| until <= now) {
            return end(close::UNAUTHENTICATED, "the credentials have expired");
        }
        if !self.may_send(&remembered.pass.member, now) {
            return end(close::TOO_MANY, "too many frames");
        }
        let WebSocketIncomingMessage::String(text) = said else { return end(close::BAD_FRAME, "frames are JSON text") };
        if text.len() > MAX_FRAME {
            return end(close::BAD_FRAME, "a frame has at most 16384 bytes");
        }
        let Some(up) = Up::read(text) else { return end(close::BAD_FRAME, "the frame cannot be read") };
        let hello = matches!(up, Up::Hello { .. });
        if !remembered.live && !hello {
            return refuse(ws, "hello_first", "the first frame is hello");
        }
        let Ok(table) = self.table() else { return refuse(ws, "unavailable", "try again") };
        let out = match table.take(&remembered.pass.member, &up, now) {
            Ok(out) => out,
            Err(e) => {
                self.base.problem(e);
                return refuse(ws, "unavailable", "try again");
            }
        };
        if let Up::Have { seq } = up {
            let head = table.head().unwrap_or(seq);
            self.sockets.readers.have(remembered.number, seq, head);
        }
        if hello {
            self.sockets.waiting.borrow_mut().extend(out.all);
            self.send_waiting();
        } else {
            self.broadcast(own, out.all);
        }
        if let (Up::Page { before, limit }, Some(range)) = (&up, out.fetch) {
            let (own, ws, page) = (Rc::clone(own), ws.clone(), (*before, *limit));
            let state = Rc::clone(&own);
            state.base.state.wait_until(async move {
                let Ok(table) = own.table() else { return };
                match own.old_page(table, page, range).await {
                    Ok(frames) => drop(ws.send_with_str(message(&frames))),
                    Err(_) => refuse(&ws, "unavailable", "try again"),
                }
            });
        }
        for frames in out.own.chunks(CHUNK) {
            drop(ws.send_with_str(message(frames)));
        }
        if let (Up::Hello { after, .. }, Ok(head)) = (&up, table.head()) {
            self.sockets.readers.hello(remembered.number, *after, head);
        }
        if hello && !remembered.live {
            remembered.live = true;
            if socket::set_attachment(ws, &remembered).is_err() {
                return end(1011, "the connection cannot be kept");
            }
            self.sockets.live.replace(None);
            self.tell_presence(own, true);
        }
        if let Some(code) = out.close {
            return end(code, "the room has ended");
        }
        if matches!(up, Up::Send { .. }) {
            assistant::kick(own);
        }
    }

    /// A socket is gone.
    pub(super) fn closed(&self, own: &Rc<Self>, ws: &WebSocket, code: usize) {
        // Codes that no frame may carry (RFC 6455, section 7.4.1) are answered with a plain good-bye.
        let answer = u16::try_from(code).ok().filter(|code| !matches!(code, 0..=999 | 1004..=1006 | 1015));
        drop(ws.close(Some(answer.unwrap_or(1000)), Some("")));
        let Some(mut remembered) = socket::attachment::<Remembered>(ws) else { return };
        remembered.live = false;
        drop(socket::set_attachment(ws, &remembered));
        self.sockets.live.replace(None);
        self.sockets.readers.gone(remembered.number);
        let member = &remembered.pass.member;
        let others = self.base.state.get_websockets_with_tag(member);
        let stays = others.iter().any(|ws| socket::attachment::<Remembered>(ws).is_some_and(|r| r.live));
        if code == 1000 && remembered.pass.staff && !stays {
            match self.table().map(|table| table.leave(member, clock::now_ms())) {
                Ok(Ok(out)) => self.broadcast(own, out.all),
                Ok(Err(e)) => drop(self.base.problem(e)),
                Err(_) => {}
            }
        }
        self.tell_presence(own, false);
    }

    /// Frames for all live sockets: at once when none went out lately, else together with what comes meanwhile.
    pub(super) fn broadcast(&self, own: &Rc<Self>, frames: Vec<String>) {
        if frames.is_empty() {
            return;
        }
        self.sockets.waiting.borrow_mut().extend(frames);
        self.base.arm(Some(clock::now_ms() + RECORD_MS));
        if self.sockets.sending.replace(true) {
            return;
        }
        self.send_waiting();
        let later = Rc::clone(own);
        self.base.state.wait_until(async move {
            loop {
                wait::pause(TOGETHER_MS).await;
                if later.sockets.waiting.borrow().is_empty() {
                    break;
                }
                later.send_waiting();
            }
            later.sockets.sending.set(false);
        });
    }

    pub(super) fn send_waiting(&self) {
        let frames = std::mem::take(&mut *self.sockets.waiting.borrow_mut());
        if frames.is_empty() {
            return;
        }
        let text = message(&frames);
        let head = self.table().ok().and_then(|table| table.head().ok());
        let mut live = self.sockets.live.borrow_mut();
        let sockets = live.get_or_insert_with(|| self.live_sockets().map(|(r, ws)| (r.number, ws)).collect());
        sockets.retain(|(number, ws)| {
            let slow = head.is_some_and(|head| self.sockets.readers.is_slow(*number, head));
            if slow {
                drop(ws.close(Some(close::TOO_SLOW), Some("too many events were not confirmed")));
            }
            !slow
        });
        socket::send_all(sockets.iter().map(|(_, ws)| ws), &text);
        drop(live);
        self.tell_streams(&text, head);
    }

    fn live_sockets(&self) -> impl Iterator<Item = (Remembered, WebSocket)> {
        let all = self.base.state.get_websockets().into_iter();
        all.filter_map(|ws| Some((socket::attachment::<Remembered>(&ws)?, ws)))
            .filter(|(remembered, _)| remembered.live)
    }

    /// Tells who is there, when that has changed, or to a newcomer.
    pub(super) fn tell_presence(&self, own: &Rc<Self>, newcomer: bool) {
        let mut members: Vec<String> = self.live_sockets().map(|(remembered, _)| remembered.pass.member).collect();
        members.extend(self.sockets.streams.borrow().iter().map(|stream| stream.pass.member.clone()));
        members.sort_unstable();
        members.dedup();
        if newcomer || *self.sockets.present.borrow() != members {
            self.sockets.present.replace(members.clone());
            self.broadcast(own, vec![Down::Presence { members }.text()]);
        }
    }

    /// Closes all sockets, after what waits.
    pub(super) fn close_all(&self, own: &Rc<Self>) {
        own.send_waiting();
        for ws in self.base.state.get_websockets() {
            drop(ws.close(Some(close::ENDED), Some("the room has ended")));
        }
        for stream in self.sockets.streams.borrow().iter() {
            stream.end(close::ENDED, "the room has ended");
        }
    }

    /// Closes the sockets of a device that it opened before its access ended.
    pub(super) fn close_sockets_of_device(&self, device: &str, ended_at: i64) {
        for ws in self.base.state.get_websockets_with_tag(device) {
            if socket::attachment::<Remembered>(&ws).is_none_or(|remembered| remembered.opened_at <= ended_at) {
                drop(ws.close(Some(close::UNAUTHENTICATED), Some("the device's access has ended")));
            }
        }
        let of_device = |stream: &&Rc<Stream>| stream.pass.device == device && stream.opened_at <= ended_at;
        for stream in self.sockets.streams.borrow().iter().filter(of_device) {
            stream.end(close::UNAUTHENTICATED, "the device's access has ended");
        }
    }

    /// Is the member within its budget? A sleep of the object forgets it, and nobody is over it then.
    pub(super) fn may_send(&self, member: &str, now: i64) -> bool {
        let mut budgets = self.sockets.budgets.borrow_mut();
        let (since, count) = budgets.entry(member.to_owned()).or_insert((now, 0));
        if now - *since >= BUDGET_MS {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= BUDGET
    }
}

fn refuse(ws: &WebSocket, code: &str, detail: &str) {
    let frame = Down::Error { id: None, code: code.to_owned(), detail: detail.to_owned() };
    drop(ws.send_with_str(message(&[frame.text()])));
}
