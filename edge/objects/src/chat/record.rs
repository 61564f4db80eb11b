//! How events leave the object. What was said is posted, some at a time, to queue `record-chat`, whose function writes it into table
//! `chat`. Of all but the newest the object then keeps a stub without texts: numbers, authors and client ids, by which frames count
//! once and redactions are judged. It lets a text go only after it has seen it in the table. After the tenant's time even stubs go.

use super::attachment::UNSENT_MS;
use super::event::{EVENT, frame};
use super::{ChatRoom, Out};
use crate::outbox::Message;
use crate::{Error, Result, Rows};
use attune_contracts::envelope::Envelope;
use attune_contracts::message::{CHAT_SAID_V1, queue_of};
use attune_contracts::message_id;
use attune_domain::TenantId;

/// What was said goes out together after so long, ms.
pub const RECORD_MS: i64 = 5_000;
/// Events whose texts the object keeps.
pub const KEPT: u64 = 1_000;
/// Texts that are not in the table yet are looked for again after so long, ms.
const LOOK_AGAIN_MS: i64 = 60_000;
/// Most bytes of events in a message, about; a queue takes 256 KiB without a detour.
const MOST_BYTES: usize = 131_072;
/// Most events deleted at a time.
const PURGE_STEP: i64 = 500;
const DAY_MS: i64 = 86_400_000;

/// An event as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub seq: u64,
    /// Number of the redaction that took its text away; 0: none.
    pub rev: u64,
    /// The event, JSON without `t`.
    pub event: String,
}

impl ChatRoom {
    /// How many days the tenant keeps what was said.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn keep_for(&self, days: u32) -> Result<()> {
        self.store.exec("UPDATE chat SET kept_days = ?1 WHERE kept_days <> ?1", &[u64::from(days).into()]).map(drop)
    }

    /// Posts all that was not posted yet.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn record(&self, now_ms: i64) -> Result<()> {
        let some = || {
            let sql = "WHERE seq > (SELECT posted FROM chat) ORDER BY seq LIMIT 100";
            let sql = format!("SELECT {EVENT}, rev FROM event {sql}");
            let last = self.post_events(self.store.exec(&sql, &[])?, now_ms)?;
            if let Some(last) = last {
                self.store.exec("UPDATE chat SET posted = ?1", &[last.into()])?;
            }
            Ok(last.is_some())
        };
        while self.command(some)? {}
        Ok(())
    }

    /// Posts again what a redaction has changed, inside its transaction: all that says the text of message `seq`.
    pub(super) fn post_redacted(&self, seq: u64, now_ms: i64) -> Result<()> {
        let mut done = 0;
        loop {
            let sql =
                "WHERE (seq = ?1 OR of = ?1) AND seq > ?2 AND seq <= (SELECT posted FROM chat) ORDER BY seq LIMIT 100";
            let sql = format!("SELECT {EVENT}, rev FROM event {sql}");
            match self.post_events(self.store.exec(&sql, &[seq.into(), done.into()])?, now_ms)? {
                Some(last) => done = last,
                None => return Ok(()),
            }
        }
    }

    /// Posts rows as one message, as many as it takes. The number of the last one.
    fn post_events(&self, rows: Rows, now_ms: i64) -> Result<Option<u64>> {
        let (mut events, mut name, mut last) = (String::new(), String::new(), None);
        for row in rows {
            let (seq, rev) = (row.uint(0)?, row.uint(11)?);
            // the frame with one more field
            let text = frame(row)?;
            let between = if events.is_empty() { "" } else { "," };
            events.push_str(&format!("{between}{{\"rev\":{rev},{}", text.get(1..).unwrap_or_default()));
            name = format!("{name}{seq}.{rev} ");
            last = Some(seq);
            if events.len() > MOST_BYTES {
                break;
            }
        }
        let found = self.store.exec("SELECT room_id, kept_days FROM chat", &[])?.first();
        let (Some(mut room), Some(_)) = (found, last) else { return Ok(None) };
        let (room_id, days) = (room.text(0)?, room.uint(1)?);
        let tenant = TenantId::parse(self.outbox.tenant()).map_err(|_| Error::Stored("tenant id"))?;
        let id = message_id(tenant.as_str(), CHAT_SAID_V1, &format!("{room_id}/{name}"));
        let envelope = Envelope::new(id.clone(), tenant, CHAT_SAID_V1, now_ms, None, ());
        let mut body = serde_json::to_string(&envelope).map_err(|_| Error::Stored("envelope"))?;
        // the body is the envelope's last member, and null
        body.truncate(body.len() - "null}".len());
        body.push_str(&format!(r#"{{"room_id":"{room_id}","retention_days":{days},"events":[{events}]}}}}"#));
        let to = queue_of(CHAT_SAID_V1).unwrap_or_default();
        self.outbox.post(&Message { to, id: &id, body: &body, traceparent: None }, now_ms)?;
        Ok(last)
    }

    /// The range of events whose texts could go, if the table has them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn surplus(&self) -> Result<Option<(u64, u64)>> {
        let sql =
            "SELECT away + 1, min(posted, away + 100, coalesce((SELECT min(seq) FROM answer), 1 << 53) - 1) FROM chat";
        let Some(row) = self.store.exec(sql, &[])?.first() else { return Ok(None) };
        let (first, last) = (row.uint(0)?, row.uint(1)?.min(self.head()?.saturating_sub(KEPT)));
        Ok((first <= last).then_some((first, last)))
    }

    /// Lets the texts go that the table has.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn put_away(&self, stored: &[Stored]) -> Result<()> {
        self.command(|| {
            let Some((first, last)) = self.surplus()? else { return Ok(()) };
            let mut away = first - 1;
            for row in self.store.exec(
                "SELECT seq, rev FROM event WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
                &[first.into(), last.into()],
            )? {
                let (seq, rev) = (row.uint(0)?, row.uint(1)?);
                if !stored.iter().any(|item| item.seq == seq && item.rev == rev) {
                    break;
                }
                away = seq;
            }
            let range = [first.into(), away.into()];
            self.store.exec(
                "UPDATE event SET text = NULL, replies = NULL, attachments = NULL WHERE seq BETWEEN ?1 AND ?2",
                &range,
            )?;
            self.store.exec("UPDATE chat SET away = ?1", &[away.into()]).map(drop)
        })
    }

    /// A page with the texts that the object has let go.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn paged(&self, before: u64, limit: u32, stored: &[Stored]) -> Result<Out> {
        let mut out = Out::default();
        let _judged_before = self.page(before, limit, Some(stored), &mut out)?;
        Ok(out)
    }

    /// Forgets what is older than the tenant's time, a bounded number of events; of an ended room, everything.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn forget(&self, now_ms: i64) -> Result<()> {
        self.command(|| {
            let found = self.store.exec("SELECT kept_days, ended_at FROM chat", &[])?.first();
            let Some(row) = found else { return Ok(()) };
            let before = now_ms - row.int(0)? * DAY_MS;
            if row.maybe_int(1)?.is_some_and(|ended_at| ended_at < before) {
                self.tell_list_of(true, now_ms)?;
                self.erase("1", &[], now_ms)?;
                for table in ["chat", "member", "event", "answer", "ticket"] {
                    self.store.exec(&format!("DELETE FROM {table}"), &[])?;
                }
                self.head.set(None);
                return Ok(());
            }
            self.erase(
                "at < CASE WHEN seq IS NULL THEN ?1 ELSE ?2 END",
                &[(now_ms - UNSENT_MS).into(), before.into()],
                now_ms,
            )?;
            // the last event stays, for its number; only its text goes
            let (head, posted) = (self.head()?, "(SELECT posted FROM chat)");
            self.store.exec(
                &format!(
                    "DELETE FROM event WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?3) \
                     WHERE at < ?1 AND seq < ?2 AND seq <= {posted})"
                ),
                &[before.into(), head.into(), PURGE_STEP.into()],
            )?;
            let sql = format!(
                "UPDATE event SET text = NULL, replies = NULL, attachments = NULL \
                 WHERE seq = ?2 AND at < ?1 AND seq <= {posted}"
            );
            self.store.exec(&sql, &[before.into(), head.into()]).map(drop)
        })
    }

    /// When the object has to wake for what it owes, ms since 1970.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn next_duty(&self, now_ms: i64) -> Result<Option<i64>> {
        let answer = self.question()?.map(|_| now_ms + super::answer::BACKSTOP_MS);
        let sql = "SELECT at FROM event WHERE seq > (SELECT posted FROM chat) ORDER BY seq LIMIT 1";
        let unposted = self.store.exec(sql, &[])?.first().map(|row| row.int(0)).transpose()?;
        let unposted = unposted.map(|at| (at + RECORD_MS).max(now_ms + 1_000));
        let surplus = self.surplus()?.map(|_| now_ms + LOOK_AGAIN_MS);
        Ok([answer, unposted, surplus].into_iter().flatten().min())
    }

    /// When something gets too old, ms since 1970.
    pub(super) fn next_forgotten(&self, now_ms: i64) -> Result<Option<i64>> {
        let sql = "SELECT kept_days, coalesce(ended_at, (SELECT at FROM event WHERE seq < ?1 OR text IS NOT NULL ORDER BY seq LIMIT 1)) \
                   FROM chat";
        let Some(row) = self.store.exec(sql, &[self.head()?.into()])?.first() else { return Ok(None) };
        let days = row.int(0)?;
        let old = row.maybe_int(1)?.map(|at| at + days * DAY_MS + 1);
        let unsent = self.store.exec("SELECT min(at) FROM attachment WHERE seq IS NULL", &[])?.first();
        let unsent = unsent.map(|row| row.maybe_int(0)).transpose()?.flatten().map(|at| at + UNSENT_MS + 1);
        Ok([old, unsent].into_iter().flatten().min().map(|at| at.max(now_ms + LOOK_AGAIN_MS)))
    }
}
