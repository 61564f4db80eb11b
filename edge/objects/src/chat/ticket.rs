//! One-time tickets for the WebSocket of a room (decision 6): 30 s, once. Only a hash is kept.

use super::{Answer, ChatRoom, Refusal};
use attune_contracts::canonical::sha256_hex;
use serde::{Deserialize, Serialize};

/// A ticket's life, ms.
pub const TICKET_MS: i64 = 30_000;
/// Most tickets of a room that wait to be used.
pub const MAX_TICKETS: u64 = 64;

/// Who is let in by a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The member.
    pub member: String,
    /// Of the staff?
    pub staff: bool,
    /// The device that has proven its key, or `key_…`: its sockets are closed when its access ends.
    pub device: String,
    /// When the credentials expire, ms since 1970.
    #[serde(default)]
    pub until: Option<i64>,
}

/// A ticket to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its text.
    pub ticket: String,
    /// Id of the proof that it is made for.
    pub proof: String,
    /// Whom it lets in.
    pub pass: Pass,
}

attune_domain::silent!(Ticket { pass });

impl ChatRoom {
    /// Keeps a new ticket for [`TICKET_MS`]. Gives the time of its end, ms since 1970.
    ///
    /// Refusals: `NotFound`, `Ended`, `NotMember`, `ProofKnown`, `TooManyTickets`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn make_ticket(&self, new: &Ticket, now_ms: i64) -> Answer<i64> {
        self.command(|| {
            let room = granted!(self.live()?);
            // a visitor has one room, staff all of them
            if !new.pass.staff && room.visitor != new.pass.member {
                return Ok(Err(Refusal::NotMember));
            }
            // a proof is good for a minute, and its ticket tells so long that it was used
            self.store.exec("DELETE FROM ticket WHERE expires_at < ?1", &[(now_ms - 120_000).into()])?;
            self.enrol(&new.pass.member, new.pass.staff)?;
            let sql = "SELECT count(*) FROM ticket WHERE used = 0 AND expires_at > ?1";
            let held = self.store.exec(sql, &[now_ms.into()])?.first();
            if held.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_TICKETS {
                return Ok(Err(Refusal::TooManyTickets));
            }
            let expires_at = now_ms + TICKET_MS;
            let sql = "INSERT INTO ticket (hash, proof, member, device, until, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                       ON CONFLICT DO NOTHING RETURNING 1";
            let made = self.store.exec(
                sql,
                &[
                    (&sha256_hex(new.ticket.as_bytes())).into(),
                    (&new.proof).into(),
                    (&new.pass.member).into(),
                    (&new.pass.device).into(),
                    new.pass.until.into(),
                    expires_at.into(),
                ],
            )?;
            Ok(if made.is_empty() { Err(Refusal::ProofKnown) } else { Ok(expires_at) })
        })
    }

    /// Takes a proof, once, for a member without a socket: as if it had got a ticket and used it up.
    ///
    /// Refusals: those of [`ChatRoom::make_ticket`].
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn admit(&self, new: &Ticket, now_ms: i64) -> Answer<()> {
        let made = self.make_ticket(new, now_ms)?;
        Ok(if made.is_ok() { self.redeem(&new.ticket, now_ms)?.map(drop) } else { made.map(drop) })
    }

    /// Uses a ticket up.
    ///
    /// Refusals: `TicketInvalid`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn redeem(&self, ticket: &str, now_ms: i64) -> Answer<Pass> {
        self.command(|| {
            let sql = "UPDATE ticket SET used = 1 WHERE hash = ?1 AND used = 0 AND expires_at > ?2 \
                       RETURNING member, (SELECT staff FROM member m WHERE m.member = ticket.member), device, until";
            let hash = sha256_hex(ticket.as_bytes());
            let Some(mut row) = self.store.exec(sql, &[(&hash).into(), now_ms.into()])?.first() else {
                return Ok(Err(Refusal::TicketInvalid));
            };
            let (member, staff) = (row.text(0)?, row.int(1)? != 0);
            Ok(Ok(Pass { member, staff, device: row.text(2)?, until: row.maybe_int(3)? }))
        })
    }

    /// Forgets the tickets of a device whose access has ended.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn device_ended(&self, device: &str) -> crate::Result<()> {
        self.store.exec("UPDATE ticket SET used = 1 WHERE device = ?1", &[device.into()]).map(drop)
    }
}
