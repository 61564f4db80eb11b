//! A chat room: members, events in one order, tickets, and what the assistant has still to answer. The list of a tenant's rooms is an
//! object of its own ([`ChatList`]).
//!
//! **Once.** A frame of a member has a client id. Its event takes the next number and the pair (member, id) in one transaction; the
//! same frame again finds the pair and hears the same number.
//!
//! **In order.** Numbers are given out here only and have no gaps, so a member that knows its last number knows what it lacks.
//!
//! Nothing that a room says here may leave before the write is durable: that is the output gate of the platform.

mod answer;
mod attachment;
mod desk;
mod event;
mod frames;
mod list;
mod readers;
mod record;
mod schema;
mod ticket;

pub use answer::Question;
pub use attachment::{BUCKET, MAX_KEPT, MAX_UNSENT, UNSENT_MS, attachment_key};
pub use list::{ChatList, LIST_SCHEMA};
pub use readers::Readers;
pub use record::{KEPT, RECORD_MS, Stored};
pub use schema::SCHEMA;
pub use ticket::{MAX_TICKETS, Pass, TICKET_MS, Ticket};

use crate::outbox::{Message, Outbox};
use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, SharedStore, Store};
use attune_contracts::auth::NoticeV1;
use attune_contracts::chat::ChatRoomV1;
use attune_contracts::{SCHEMA_VERSION, message_id};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such room.
    #[error("there is no such room")]
    NotFound,
    /// The room has ended.
    #[error("the room has ended")]
    Ended,
    /// Whoever asks is not a member of the room.
    #[error("this is another visitor's room")]
    NotMember,
    /// Somebody else of the staff has taken the room over.
    #[error("somebody else has taken the room over")]
    Taken,
    /// The proof has given a ticket before.
    #[error("the proof was used before")]
    ProofKnown,
    /// Too many tickets wait to be used.
    #[error("too many tickets wait to be used")]
    TooManyTickets,
    /// Too many pictures lie in the room, or wait to be sent.
    #[error("too many pictures lie in the room, or wait to be sent")]
    TooManyAttachments,
    /// The ticket is unknown, used or expired.
    #[error("the ticket is unknown, used or expired")]
    TicketInvalid,
}

/// What a command says: an error of the storage, a refusal, or the value.
pub type Answer<T> = Result<core::result::Result<T, Refusal>>;

/// A room to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChat {
    /// `chr_<ulid>`.
    pub room_id: String,
    /// The widget's key.
    pub widget: String,
    /// The visitor's member id.
    pub visitor: String,
    /// The visitor's language.
    #[serde(default)]
    pub locale: Option<String>,
}

/// What is to be sent after a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Out {
    /// Frames for the connection that asked.
    pub own: Vec<String>,
    /// Frames for all connections that have said hello.
    pub all: Vec<String>,
    /// The code to close the connection with, after that.
    pub close: Option<u16>,
    /// A page cannot be answered before these, from and to, were read from table `chat`: then by [`ChatRoom::paged`].
    pub fetch: Option<(u64, u64)>,
}

/// The object of one room.
pub struct ChatRoom {
    store: SharedStore,
    outbox: Outbox,
    /// Name of the list of rooms.
    list: String,
    /// Number of the last event; `None`: to be read.
    head: Cell<Option<u64>>,
}

impl std::fmt::Debug for ChatRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChatRoom")
    }
}

impl ChatRoom {
    /// Has anyone made this object? A made-up room id must not leave tables behind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn exists(store: &dyn Store) -> Result<bool> {
        Ok(!store.exec("SELECT 1 FROM sqlite_master WHERE name = 'chat'", &[])?.is_empty())
    }

    /// Opens the object of a room of `tenant`. `list` is the name of the tenant's list of rooms ([`crate::names::chat_list`]).
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore, tenant: &str, list: &str) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Outbox::open(store.clone(), tenant)?;
        Ok(Self { store, outbox, list: list.to_owned(), head: Cell::new(None) })
    }

    /// The object's outbox.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Makes the room; again is harmless.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn create(&self, new: &NewChat, now_ms: i64) -> Result<()> {
        self.command(|| {
            self.store.exec(
                "INSERT INTO chat (id, room_id, widget, visitor, locale, created_at) VALUES (1, ?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT DO NOTHING",
                &[
                    (&new.room_id).into(),
                    (&new.widget).into(),
                    (&new.visitor).into(),
                    new.locale.as_ref().into(),
                    now_ms.into(),
                ],
            )?;
            self.enrol(&new.visitor, false)
        })
    }

    /// The room; `None` before it was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self) -> Result<Option<ChatRoomV1>> {
        let sql = "SELECT room_id, widget, visitor, locale, created_at, ended_at, taken_by, waits, \
                   (SELECT coalesce(max(seq), 0) FROM event) FROM chat";
        let Some(mut row) = self.store.exec(sql, &[])?.first() else { return Ok(None) };
        Ok(Some(ChatRoomV1 {
            schema_version: SCHEMA_VERSION,
            room_id: row.text(0)?,
            widget: row.text(1)?,
            visitor: row.text(2)?,
            locale: row.maybe_text(3)?,
            created_at: Millis(row.int(4)?),
            ended_at: row.maybe_int(5)?.map(Millis),
            taken_by: row.maybe_text(6)?,
            waits: row.int(7)? != 0,
            head: row.uint(8)?,
        }))
    }

    /// When the object has to wake, apart from its outbox, for what it owes or what gets too old.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn next_alarm(&self, now_ms: i64) -> Result<Option<i64>> {
        Ok(self.next_duty(now_ms)?.into_iter().chain(self.next_forgotten(now_ms)?).min())
    }

    /// The room, unless it was never made or has ended.
    fn live(&self) -> Answer<ChatRoomV1> {
        Ok(match self.get()? {
            None => Err(Refusal::NotFound),
            Some(ChatRoomV1 { ended_at: Some(_), .. }) => Err(Refusal::Ended),
            Some(room) => Ok(room),
        })
    }

    fn enrol(&self, member: &str, staff: bool) -> Result<()> {
        let sql = "INSERT INTO member (member, staff) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.store.exec(sql, &[member.into(), staff.into()]).map(drop)
    }

    /// Tells the list of rooms how this one stands, in the transaction of the change.
    fn tell_list(&self, now_ms: i64) -> Result<()> {
        self.tell_list_of(false, now_ms)
    }

    fn tell_list_of(&self, forgotten: bool, now_ms: i64) -> Result<()> {
        let Some(room) = self.get()? else { return Ok(()) };
        let id = message_id(self.outbox.tenant(), "chat.room", &format!("{}/{}/{forgotten}", room.room_id, room.head));
        let (seq, waits, ended_at) = (room.head + u64::from(forgotten), room.waits, room.ended_at);
        let notice = NoticeV1::ChatRoom { room_id: room.room_id, seq, waits, ended_at, forgotten };
        let body = serde_json::to_string(&notice).map_err(|_| Error::Stored("notice"))?;
        let to = format!("object:{}", self.list);
        self.outbox.post(&Message { to: &to, id: &id, body: &body, traceparent: None }, now_ms)
    }

    /// Runs a command as one transaction.
    fn command<T>(&self, body: impl FnMut() -> Result<T>) -> Result<T> {
        let done = transact(&*self.store, body);
        if done.is_err() {
            self.head.set(None);
            self.outbox.reload()?;
        }
        done
    }
}
