//! Pictures of a room. Their bytes lie in a bucket; the room knows whose each is and which message carries it. The row is there before the
//! bytes are, and goes in the transaction that posts the errand to take them away: so no bytes lie there that nobody knows of.

use super::frames::Refused;
use super::{Answer, ChatRoom, Refusal};
use crate::outbox::Message;
use crate::{Result, Value};
use attune_chat::frame::{Attachment, MAX_ATTACHMENTS};
use attune_contracts::message_id;

/// Short name of the bucket.
pub const BUCKET: &str = "chat";
/// A picture that no message carries is let go after so long, ms.
pub const UNSENT_MS: i64 = 86_400_000;
/// Most pictures of a member that no message carries.
pub const MAX_UNSENT: u64 = 16;
/// Most pictures of a room.
pub const MAX_KEPT: u64 = 500;

/// Where the bytes of a picture lie.
pub fn attachment_key(tenant: &str, room: &str, id: &str) -> String {
    format!("{tenant}/{room}/{id}")
}

impl ChatRoom {
    /// Takes note of a picture of a member that was let in ([`ChatRoom::admit`]), before its bytes are stored.
    ///
    /// Refusals: `TooManyAttachments`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn attach(&self, member: &str, new: &Attachment, now_ms: i64) -> Answer<()> {
        let sql = "INSERT INTO attachment (id, member, type, size, at) SELECT ?1, ?2, ?3, ?4, ?5 \
                   WHERE (SELECT count(*) FROM attachment) < ?6 \
                   AND (SELECT count(*) FROM attachment WHERE seq IS NULL AND member = ?2) < ?7 RETURNING 1";
        let made = self.store.exec(
            sql,
            &[
                (&new.id).into(),
                member.into(),
                (&new.media_type).into(),
                new.size.into(),
                now_ms.into(),
                MAX_KEPT.into(),
                MAX_UNSENT.into(),
            ],
        )?;
        Ok(if made.is_empty() { Err(Refusal::TooManyAttachments) } else { Ok(()) })
    }

    /// A picture, for a member that was let in. Before a message carries it only its maker sees it.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn attachment(&self, member: &str, id: &str) -> Result<Option<Attachment>> {
        self.picture("seq IS NOT NULL OR member = ?2", member, id)
    }

    fn picture(&self, which: &str, member: &str, id: &str) -> Result<Option<Attachment>> {
        let sql = format!("SELECT id, type, size FROM attachment WHERE id = ?1 AND ({which})");
        let found = self.store.exec(&sql, &[id.into(), member.into()])?.first();
        let read =
            |mut row: crate::Row| Ok(Attachment { id: row.text(0)?, media_type: row.text(1)?, size: row.uint(2)? });
        found.map(read).transpose()
    }

    /// The pictures that a message is to carry: the member's own, each once, in no other message.
    pub(super) fn unsent(
        &self,
        member: &str,
        ids: &[String],
    ) -> Result<core::result::Result<Vec<Attachment>, Refused>> {
        if ids.len() > MAX_ATTACHMENTS {
            return Ok(Err(("invalid", "attachments: expected at most 4")));
        }
        let mut found = Vec::new();
        for id in ids {
            match self.picture("seq IS NULL AND member = ?2", member, id)? {
                Some(picture) if !found.contains(&picture) => found.push(picture),
                _ => return Ok(Err(("not_found", "attachments: no picture of yours that waits has this id"))),
            }
        }
        Ok(Ok(found))
    }

    /// Message `seq` carries them.
    pub(super) fn carry(&self, pictures: &[Attachment], seq: u64, now_ms: i64) -> Result<()> {
        for picture in pictures {
            let sql = "UPDATE attachment SET seq = ?2, at = ?3 WHERE id = ?1";
            self.store.exec(sql, &[(&picture.id).into(), seq.into(), now_ms.into()])?;
        }
        Ok(())
    }

    /// Lets pictures go, inside a transaction: their rows, and by an errand their bytes.
    pub(super) fn erase(&self, which: &str, values: &[Value], now_ms: i64) -> Result<()> {
        let rows = self.store.exec(&format!("DELETE FROM attachment WHERE {which} RETURNING id"), values)?;
        let Some(mut room) = self.store.exec("SELECT room_id FROM chat", &[])?.first() else { return Ok(()) };
        let (room, tenant, to) = (room.text(0)?, self.outbox.tenant(), format!("erase:{BUCKET}"));
        for mut row in rows {
            let key = attachment_key(tenant, &room, &row.text(0)?);
            let id = message_id(tenant, "chat.erase", &key);
            self.outbox.post(&Message { to: &to, id: &id, body: &key, traceparent: None }, now_ms)?;
        }
        Ok(())
    }
}
