//! The events of a room.

use super::ChatRoom;
use crate::{Error, Result, Row};
use attune_chat::frame::{Attachment, Down, Event, Kind, Verdict};
use attune_domain::{Millis, json};
use serde::Serialize;

pub(super) const EVENT: &str = "seq, at, member, kind, client, text, of, answer, replies, value, attachments";

/// An event of a page.
#[derive(Debug)]
pub(super) struct Past {
    pub seq: u64,
    /// Does its text lie in table `chat`?
    pub away: bool,
    pub frame: String,
}

/// What an event says beside whose it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'a> {
    pub client: Option<&'a str>,
    pub text: Option<&'a str>,
    pub of: Option<u64>,
    pub answer: Option<&'a str>,
    pub replies: &'a [String],
    pub value: Option<Verdict>,
    pub attachments: &'a [Attachment],
}

impl ChatRoom {
    /// Number of the last event.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn head(&self) -> Result<u64> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        let found = self.store.exec("SELECT coalesce(max(seq), 0) FROM event", &[])?.first();
        let head = found.ok_or(Error::Stored("event"))?.uint(0)?;
        self.head.set(Some(head));
        Ok(head)
    }

    /// Writes the next event, inside a transaction. Gives its number and its frame.
    pub(super) fn append(&self, from: &str, kind: Kind, said: Said<'_>, now_ms: i64) -> Result<(u64, String)> {
        let replies = array(said.replies)?;
        let attachments = array(said.attachments)?;
        let event = Event {
            seq: self.head()? + 1,
            at: Millis(now_ms),
            from: from.to_owned(),
            kind,
            id: said.client.map(str::to_owned),
            text: said.text.map(str::to_owned),
            of: said.of,
            answer: said.answer.map(str::to_owned),
            replies: said.replies.to_vec(),
            value: said.value,
            attachments: Vec::new(),
        };
        self.store.exec(
            &format!("INSERT INTO event ({EVENT}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
            &[
                event.seq.into(),
                now_ms.into(),
                from.into(),
                kind.as_str().into(),
                said.client.into(),
                said.text.into(),
                said.of.into(),
                said.answer.into(),
                replies.as_ref().into(),
                said.value.map(Verdict::as_str).into(),
                attachments.as_ref().into(),
            ],
        )?;
        self.head.set(Some(event.seq));
        Ok((event.seq, whole(event, attachments)))
    }

    /// The frames of events after a number, in order.
    pub(super) fn after(&self, seq: u64) -> Result<Vec<String>> {
        let sql = format!("SELECT {EVENT} FROM event WHERE seq > ?1 ORDER BY seq");
        self.store.exec(&sql, &[seq.into()])?.into_iter().map(frame).collect()
    }

    /// Does an event of this frame exist? Its number.
    pub(super) fn known(&self, member: &str, client: &str) -> Result<Option<u64>> {
        let sql = "SELECT seq FROM event WHERE member = ?1 AND client = ?2";
        self.store.exec(sql, &[member.into(), client.into()])?.first().map(|row| row.uint(0)).transpose()
    }

    /// The events of a page before a number, in order, and whether there are older ones.
    pub(super) fn before(&self, seq: u64, limit: u32) -> Result<(Vec<Past>, bool)> {
        let sql = format!(
            "SELECT {EVENT}, rev = 0 AND seq <= (SELECT away FROM chat) AND kind IN ('message', 'edit') FROM event \
             WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2"
        );
        let rows = self.store.exec(&sql, &[seq.into(), i64::from(limit + 1).into()])?;
        let past = |row: Row| Ok(Past { seq: row.uint(0)?, away: row.int(11)? != 0, frame: frame(row)? });
        let mut events = rows.into_iter().map(past).collect::<Result<Vec<_>>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        events.reverse();
        Ok((events, more))
    }
}

/// What is not empty, as it is stored.
fn array<T: Serialize>(values: &[T]) -> Result<Option<String>> {
    let text = || serde_json::to_string(values).map_err(|_| Error::Stored("array"));
    (!values.is_empty()).then(text).transpose()
}

/// A row as the frame that it was sent as, without what was redacted since.
pub(super) fn frame(mut row: Row) -> Result<String> {
    let replies = row.maybe_text(8)?.map(|text| json::from_str(&text));
    let attachments = row.maybe_text(10)?;
    let event = Event {
        seq: row.uint(0)?,
        at: Millis(row.int(1)?),
        from: row.text(2)?,
        kind: Kind::parse(&row.text(3)?).ok_or(Error::Stored("kind"))?,
        id: row.maybe_text(4)?,
        text: row.maybe_text(5)?,
        of: row.maybe_int(6)?.map(i64::unsigned_abs),
        answer: row.maybe_text(7)?,
        replies: replies.transpose().map_err(|_| Error::Stored("replies"))?.unwrap_or_default(),
        value: row.maybe_text(9)?.map(|word| if word == "up" { Verdict::Up } else { Verdict::Down }),
        attachments: Vec::new(),
    };
    Ok(whole(event, attachments))
}

/// The frame of an event with the pictures as they are stored, its last field: they are never read here, which saves the code for it.
fn whole(event: Event, attachments: Option<String>) -> String {
    let mut text = Down::Event(event).text();
    if let Some(attachments) = attachments {
        text.truncate(text.len().saturating_sub(1));
        text.extend([",\"attachments\":", &attachments, "}"]);
    }
    text
}
