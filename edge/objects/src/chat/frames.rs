//! What a member's frame does.

use super::event::{Past, Said};
use super::{ChatRoom, Out, Stored};
use crate::Result;
use attune_chat::frame::{ASSISTANT, Down, Kind, MAX_PAGE, MAX_RESUME, MAX_TEXT, Up, close};
use attune_chat::member::client_id;
use attune_domain::id::is_ulid;

/// A frame that is refused: the word and the reason.
pub(super) type Refused = (&'static str, &'static str);

impl ChatRoom {
    /// Takes a frame of a member. What is refused is said in a frame; the connection goes on unless `close` says otherwise.
    ///
    /// # Errors
    /// [`Error::Store`]: nothing was written, the member asks again.
    pub fn take(&self, member: &str, up: &Up, now_ms: i64) -> Result<Out> {
        // how far a connection has come is nothing that is kept, and comes from each of them every second
        if matches!(up, Up::Have { .. }) {
            return Ok(Out { close: self.live()?.is_err().then_some(close::ENDED), ..Out::default() });
        }
        self.command(|| {
            let mut out = Out::default();
            let ended = self.live()?.is_err();
            let done = match up {
                Up::Hello { v: 1, after } => self.hello(member, *after, now_ms, &mut out),
                Up::Page { before, limit } => self.page(*before, *limit, None, &mut out),
                _ if ended => Ok(Err(("ended", "the room has ended"))),
                _ => self.write(member, up, now_ms, &mut out),
            }?;
            if let Err((code, detail)) = done {
                let id = client_id(up).map(str::to_owned);
                out.own.push(Down::Error { id, code: code.to_owned(), detail: detail.to_owned() }.text());
            }
            out.close = ended.then_some(close::ENDED);
            Ok(out)
        })
    }

    fn hello(&self, member: &str, after: u64, now_ms: i64, out: &mut Out) -> Result<core::result::Result<(), Refused>> {
        let Some(room) = self.get()? else { return Ok(Err(("not_found", "there is no such room"))) };
        let sql = "UPDATE member SET present = 1 WHERE member = ?1 AND present = 0 RETURNING staff";
        if room.ended_at.is_none() && !self.store.exec(sql, &[member.into()])?.is_empty() {
            out.all.push(self.append(member, Kind::Joined, Said::default(), now_ms)?.1);
        }
        let head = self.head()?;
        // who claims to know more than there is gets all of it anew
        let after = if after > head { 0 } else { after };
        let first = self.store.exec("SELECT min(seq) FROM event", &[])?.first();
        let first = first.map(|row| row.maybe_int(0)).transpose()?.flatten().map_or(1, i64::unsigned_abs);
        let from = after.max(head.saturating_sub(MAX_RESUME)).max(first - 1);
        let (room, assistant) = (room.room_id, room.taken_by.is_none());
        out.own.push(Down::Welcome { member: member.to_owned(), room, head, from, assistant }.text());
        out.own.extend(self.after(from)?);
        let sql = "SELECT member, read_seq FROM member WHERE read_seq > 0";
        for mut row in self.store.exec(sql, &[])? {
            out.own.push(Down::Read { from: row.text(0)?, seq: row.uint(1)? }.text());
        }
        Ok(Ok(()))
    }

    pub(super) fn page(
        &self,
        before: u64,
        limit: u32,
        stored: Option<&[Stored]>,
        out: &mut Out,
    ) -> Result<core::result::Result<(), Refused>> {
        if !(1..=MAX_PAGE).contains(&limit) {
            return Ok(Err(("invalid", "limit: expected 1 to 100")));
        }
        let (events, more) = self.before(before.min(1 << 53), limit)?;
        let mut away = events.iter().filter(|event| event.away).map(|event| event.seq);
        if let (None, Some(first)) = (stored, away.next()) {
            out.fetch = Some((first, away.next_back().unwrap_or(first)));
            return Ok(Ok(()));
        }
        let whole = |event: Past| match stored
            .and_then(|stored| stored.iter().find(|item| event.away && item.seq == event.seq))
        {
            Some(stored) => format!(r#"{{"t":"event",{}"#, stored.event.get(1..).unwrap_or_default()),
            None => event.frame,
        };
        let frames: Vec<String> = events.into_iter().map(whole).collect();
        out.own.push(format!(r#"{{"t":"page","events":[{}],"more":{more}}}"#, frames.join(",")));
        Ok(Ok(()))
    }

    /// Frames that change something.
    fn write(&self, member: &str, up: &Up, now_ms: i64, out: &mut Out) -> Result<core::result::Result<(), Refused>> {
        let mut said = Said { client: client_id(up), ..Said::default() };
        if let Some(id) = said.client {
            if !is_ulid(&id.to_ascii_lowercase()) {
                return Ok(Err(("invalid", "id: expected a ULID")));
            }
            if let Some(seq) = self.known(member, id)? {
                out.own.push(Down::Ack { id: id.to_owned(), seq }.text());
                return Ok(Ok(()));
            }
        }
        if let Up::Send { text, .. } | Up::Edit { text, .. } = up {
            let bare = !matches!(up, Up::Send { attachments, .. } if !attachments.is_empty());
            if bare && text.trim().is_empty() || text.chars().nth(MAX_TEXT).is_some() {
                return Ok(Err(("invalid", "text: expected 1 to 4000 characters")));
            }
            said.text = Some(text);
        }
        let mut pictures = Vec::new();
        if let Up::Send { attachments, .. } = up {
            match self.unsent(member, attachments)? {
                Ok(found) => pictures = found,
                Err(refused) => return Ok(Err(refused)),
            }
        }
        said.attachments = &pictures;
        let kind = match up {
            Up::Send { .. } => Kind::Message,
            Up::Edit { seq, .. } | Up::Redact { seq, .. } => {
                let redacts = matches!(up, Up::Redact { .. });
                if let Err(refused) = self.may_change(member, *seq, redacts)? {
                    return Ok(Err(refused));
                }
                said.of = Some(*seq);
                if redacts {
                    let rev = self.head()? + 1;
                    let sql = "UPDATE event SET text = NULL, attachments = NULL, rev = ?2 \
                               WHERE seq = ?1 OR of = ?1 AND kind = 'edit'";
                    self.store.exec(sql, &[(*seq).into(), rev.into()])?;
                    self.erase("seq = ?1", &[(*seq).into()], now_ms)?;
                    self.post_redacted(*seq, now_ms)?;
                    Kind::Redaction
                } else {
                    Kind::Edit
                }
            }
            Up::Feedback { seq, value } => {
                let word = value.as_str();
                let sql = "SELECT (SELECT value FROM event WHERE of = ?1 AND member = ?2 AND kind = 'feedback' \
                           ORDER BY seq DESC LIMIT 1) FROM event WHERE seq = ?1 AND member = ?3 AND kind = 'message'";
                let found = self.store.exec(sql, &[(*seq).into(), member.into(), ASSISTANT.into()])?.first();
                let Some(mut found) = found else { return Ok(Err(("not_found", "seq: no answer has this number"))) };
                if found.maybe_text(0)?.as_deref() == Some(word) {
                    return Ok(Ok(()));
                }
                said.of = Some(*seq);
                said.value = Some(*value);
                Kind::Feedback
            }
            Up::Typing {} => {
                out.all.push(Down::Typing { from: member.to_owned() }.text());
                return Ok(Ok(()));
            }
            Up::Read { seq } => {
                let seq = (*seq).min(self.head()?);
                let sql = "UPDATE member SET read_seq = ?2 WHERE member = ?1 AND read_seq < ?2 RETURNING 1";
                if !self.store.exec(sql, &[member.into(), seq.into()])?.is_empty() {
                    out.all.push(Down::Read { from: member.to_owned(), seq }.text());
                }
                return Ok(Ok(()));
            }
            Up::Hello { .. } | Up::Have { .. } | Up::Page { .. } => return Ok(Err(("invalid", "v: expected 1"))),
        };
        let (seq, frame) = self.append(member, kind, said, now_ms)?;
        out.all.push(frame);
        if let Some(id) = said.client {
            out.own.push(Down::Ack { id: id.to_owned(), seq }.text());
        }
        if kind == Kind::Message {
            self.carry(&pictures, seq, now_ms)?;
            self.ask_assistant(member, seq)?;
        }
        Ok(Ok(()))
    }

    /// May a member edit or redact this message? Its author may, and staff may redact any.
    fn may_change(&self, member: &str, seq: u64, redacts: bool) -> Result<core::result::Result<(), Refused>> {
        let sql = "SELECT e.member = ?2, m.staff, e.rev > 0 FROM event e JOIN member m ON m.member = ?2 \
                   WHERE e.seq = ?1 AND e.kind = 'message'";
        let Some(row) = self.store.exec(sql, &[seq.into(), member.into()])?.first() else {
            return Ok(Err(("not_found", "seq: no message has this number")));
        };
        let (own, staff, gone) = (row.int(0)? != 0, row.int(1)? != 0, row.int(2)? != 0);
        Ok(if gone {
            Err(("not_found", "seq: the message was redacted"))
        } else if own || redacts && staff {
            Ok(())
        } else {
            Err(("forbidden", "seq: this is somebody else's message"))
        })
    }

    /// A member of the staff has said good-bye; a visitor's coming and going is presence only. Frames for all.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn leave(&self, member: &str, now_ms: i64) -> Result<Out> {
        self.command(|| {
            let sql = "UPDATE member SET present = 0 WHERE member = ?1 AND staff = 1 AND present = 1 RETURNING 1";
            let mut out = Out::default();
            if self.live()?.is_ok() && !self.store.exec(sql, &[member.into()])?.is_empty() {
                out.all.push(self.append(member, Kind::Left, Said::default(), now_ms)?.1);
            }
            Ok(out)
        })
    }
}
