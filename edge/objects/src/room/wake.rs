//! The object's alarm: an empty room ends, and what is over is forgotten.

use super::Room;
use crate::Result;
use attune_contracts::voice::SeatKind;

/// Tokens and events are forgotten so long after their time, ms: no webhook of them comes any more.
const KEEP_MS: i64 = 24 * 3_600_000;

impl Room {
    /// To be called by the alarm and by the sweeper: ends the room when it has been empty for its time-out. Then run the
    /// errands and drain. True: it has ended now.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn on_alarm(&self, now_ms: i64) -> Result<bool> {
        self.command(|| {
            let old = now_ms - KEEP_MS;
            self.store.exec("DELETE FROM event WHERE at < ?1", &[old.into()])?;
            self.store.exec("DELETE FROM token WHERE until < ?1", &[old.into()])?;
            self.store.exec("DELETE FROM connection WHERE left_at < ?1", &[old.into()])?;
            self.store.exec(
                "DELETE FROM seat WHERE sid IS NULL AND reserved_until < ?1 AND coalesce(left_at, 0) < ?1",
                &[(now_ms - super::REJOIN_MS).into()],
            )?;
            match self.empties_at()? {
                Some((room_id, at)) if at <= now_ms => {
                    self.end_now(&room_id, "empty", now_ms)?;
                    Ok(true)
                }
                _ => Ok(false),
            }
        })
    }

    /// When the object has to wake next; `None`: never. To be asked after every command.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn next_alarm(&self, now_ms: i64) -> Result<Option<i64>> {
        let empty = self.empties_at()?.map(|(_, at)| at);
        let times = [empty, self.next_errand()?, self.outbox.next_alarm(now_ms)];
        Ok(times.into_iter().flatten().min().map(|at| at.max(now_ms)))
    }

    /// Has the room ended so long ago that nothing more comes of it?
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn is_over(&self, now_ms: i64) -> Result<bool> {
        let ended = self.get()?.and_then(|room| room.ended_at).is_some_and(|at| at.0 + KEEP_MS < now_ms);
        Ok(ended && self.next_errand()?.is_none())
    }

    /// When the room ends if nobody comes; `None`: it has ended, or somebody is there. Agents do not keep it open.
    fn empties_at(&self) -> Result<Option<(String, i64)>> {
        let Ok(room) = self.live()? else { return Ok(None) };
        let here = self.seats()?.iter().any(|seat| seat.is_joined() && seat.kind == SeatKind::Participant);
        // a token keeps the room open until it ends; it is forgotten later than any room
        let sql = "SELECT max(busy_until, coalesce((SELECT max(until) FROM token), 0)) FROM room";
        let busy = self.store.exec(sql, &[])?.first();
        let busy = busy.map(|row| row.int(0)).transpose()?.unwrap_or(0);
        let at = busy + i64::from(room.empty_timeout_s) * 1_000;
        Ok((!here).then_some((room.room_id, at)))
    }
}
