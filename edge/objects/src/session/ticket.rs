//! One-time tickets for WebSocket upgrades (decision 6): 30 s, once. Only a hash is kept.

use super::{Answer, Refusal, Session};
use crate::Result;
use attune_contracts::canonical::sha256_hex;
use serde::{Deserialize, Serialize};

/// A ticket's life, ms.
pub const TICKET_MS: i64 = 30_000;
/// Most tickets of a user that wait to be redeemed.
pub const MAX_TICKETS: u64 = 64;

/// What a redeemed ticket says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The device that asked for it.
    pub device_id: String,
    /// What it is for, as given when it was made.
    pub purpose: String,
}

impl Session {
    /// Keeps a new ticket for [`TICKET_MS`] (of its text only the hash). Gives the time of its end, ms since 1970.
    ///
    /// Refusals: `Erased`, `Suspended`, `DeviceUnknown`, `DeviceRevoked`, `TooManyTickets`.
    ///
    /// # Errors
    /// [`crate::Error::Store`], also when the ticket is not new.
    pub fn make_ticket(&self, ticket: &str, device_id: &str, purpose: &str, now_ms: i64) -> Answer<i64> {
        self.command(|| {
            granted!(self.standing());
            granted!(self.live(device_id));
            self.purge_tickets(now_ms)?;
            let held = self.store.exec("SELECT count(*) FROM ticket", &[])?.first();
            if held.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_TICKETS {
                return Ok(Err(Refusal::TooManyTickets));
            }
            let expires_at = now_ms + TICKET_MS;
            self.store.exec(
                "INSERT INTO ticket (hash, device_id, purpose, expires_at) VALUES (?1, ?2, ?3, ?4)",
                &[(&hash(ticket)).into(), device_id.into(), purpose.into(), expires_at.into()],
            )?;
            Ok(Ok(expires_at))
        })
    }

    /// Redeems a ticket.
    ///
    /// Refusals: `Erased`, `Suspended`, `TicketUnknown`, `TicketUsed`, `TicketExpired`, `DeviceRevoked`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn redeem_ticket(&self, ticket: &str, now_ms: i64) -> Answer<Ticket> {
        granted!(self.standing());
        let hash = hash(ticket);
        let sql = "SELECT device_id, purpose, expires_at, used_at FROM ticket WHERE hash = ?1";
        let Some(mut row) = self.store.exec(sql, &[(&hash).into()])?.first() else {
            return Ok(Err(Refusal::TicketUnknown));
        };
        let ticket = Ticket { device_id: row.text(0)?, purpose: row.text(1)? };
        if row.maybe_int(3)?.is_some() {
            return Ok(Err(Refusal::TicketUsed));
        }
        if row.int(2)? <= now_ms {
            return Ok(Err(Refusal::TicketExpired));
        }
        granted!(self.live(&ticket.device_id));
        self.store.exec("UPDATE ticket SET used_at = ?2 WHERE hash = ?1", &[(&hash).into(), now_ms.into()])?;
        Ok(Ok(ticket))
    }

    /// A used or expired ticket is told apart from an unknown one for a minute.
    pub(super) fn purge_tickets(&self, now_ms: i64) -> Result<()> {
        self.store.exec("DELETE FROM ticket WHERE expires_at <= ?1", &[(now_ms - 60_000).into()]).map(drop)
    }
}

fn hash(ticket: &str) -> String {
    sha256_hex(ticket.as_bytes())
}
