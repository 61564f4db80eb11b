//! Due times: one table, one alarm (decision 5), and the sweeper behind it.

use super::layers::station;
use super::rollback::Return;
use super::{CALL_IDLE_MS, Context, ControlRoom, Effects, Outcome, RUN_MS};
use crate::{Error, Result};
use attune_contracts::config::Origin;
use attune_domain::{CallId, Scope, Station};

/// Due times handled per wake; more are handled by the next one, at once.
const PER_WAKE: i64 = 50;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A layer's time to live ends.
    Ttl(Scope),
    /// The time for a first window ends.
    Window,
    /// A call may have been idle for a day.
    Drop,
    /// Runs may be older than a day.
    Runs,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Ttl(Scope::Global),
        Self::Ttl(Scope::Tenant),
        Self::Ttl(Scope::Call),
        Self::Window,
        Self::Drop,
        Self::Runs,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ttl(Scope::Global) => "ttl_global",
            Self::Ttl(Scope::Tenant) => "ttl_tenant",
            Self::Ttl(Scope::Call) => "ttl_call",
            Self::Window => "window",
            Self::Drop => "drop",
            Self::Runs => "runs",
        }
    }
}

impl ControlRoom {
    /// Sets or clears a due time.
    pub(super) fn set_due(&self, kind: Kind, station: Station, call_id: &str, at: Option<i64>) -> Result<()> {
        let (kind, station) = (kind.as_str(), i64::from(station.number()));
        match at {
            Some(at) => self.store.exec(
                "INSERT OR REPLACE INTO due (kind, station, call_id, at) VALUES (?1, ?2, ?3, ?4)",
                &[kind.into(), station.into(), call_id.into(), at.into()],
            )?,
            None => self.store.exec(
                "DELETE FROM due WHERE kind = ?1 AND station = ?2 AND call_id = ?3",
                &[kind.into(), station.into(), call_id.into()],
            )?,
        };
        Ok(())
    }

    /// A call was heard of: makes sure that its idleness is looked at, without a write per window.
    pub(super) fn keep_call(&self, station: Station, call_id: &str, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT OR IGNORE INTO due (kind, station, call_id, at) VALUES (?1, ?2, ?3, ?4)",
            &[
                Kind::Drop.as_str().into(),
                i64::from(station.number()).into(),
                call_id.into(),
                (now_ms + CALL_IDLE_MS).into(),
            ],
        )?;
        Ok(())
    }

    pub(super) fn keep_purging(&self, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT OR IGNORE INTO due (kind, station, call_id, at) VALUES (?1, 1, '', ?2)",
            &[Kind::Runs.as_str().into(), (now_ms + RUN_MS).into()],
        )?;
        Ok(())
    }

    /// To be called by the alarm and by the sweeper, before the drain. Handles what is due, a bounded number.
    pub fn on_alarm(&self, ctx: &Context<'_>) -> Outcome<()> {
        self.command(ctx, |effects| {
            let rows = self.store.exec(
                "SELECT kind, station, call_id FROM due WHERE at <= ?1 ORDER BY at LIMIT ?2",
                &[ctx.now_ms.into(), PER_WAKE.into()],
            )?;
            for mut row in rows {
                let kind = row.text(0)?;
                let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or(Error::Stored("due time"))?;
                let (station, call_id) = (station(row.int(1)?)?, row.text(2)?);
                self.set_due(kind, station, &call_id, None)?;
                match kind {
                    Kind::Ttl(scope) => self.expire(ctx, effects, scope, station, &call_id)?,
                    Kind::Window => self.no_data(ctx, effects, station, &call_id)?,
                    Kind::Drop => self.drop_if_idle(station, &call_id, ctx.now_ms)?,
                    Kind::Runs => self.purge_runs_and_go_on(ctx.now_ms)?,
                }
            }
            self.outbox.on_alarm(ctx.now_ms)?;
            effects.posted = effects.posted || self.outbox.oldest_age_ms(ctx.now_ms).is_some();
            Ok(())
        })
    }

    /// When the room has to wake next; `None`: never. To be asked after every drain.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn next_alarm(&self, now_ms: i64) -> Result<Option<i64>> {
        Ok([self.next_due(now_ms)?, self.outbox.next_alarm(now_ms)].into_iter().flatten().min())
    }

    pub(super) fn next_due(&self, now_ms: i64) -> Result<Option<i64>> {
        let due = self.store.exec("SELECT min(at) FROM due", &[])?.first();
        Ok(due.map(|row| row.maybe_int(0)).transpose()?.flatten().map(|at| at.max(now_ms)))
    }

    fn expire(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        scope: Scope,
        station: Station,
        call_id: &str,
    ) -> Result<()> {
        let call = CallId::parse(call_id).ok();
        let layer = self.view(station, call.as_ref())?.layer(scope, call_id);
        let Some(to_version) = layer.return_to else { return Ok(()) };
        let back = Return {
            to_version,
            origin: Origin::Expired { from_version: layer.version },
            reason: "its time to live has ended".to_owned(),
            expires_at: None,
            return_to: None,
        };
        let change = self.return_layer_surely(ctx, effects, &layer, &back)?;
        self.publish(ctx, effects, &change)
    }

    /// Drops everything about a call at a station, a day after it was last heard of.
    fn drop_if_idle(&self, station: Station, call_id: &str, now_ms: i64) -> Result<()> {
        let number = i64::from(station.number());
        let params = [number.into(), call_id.into()];
        let seen = self.store.exec("SELECT at FROM seen WHERE station = ?1 AND call_id = ?2", &params)?.first();
        let last = seen.map(|row| row.int(0)).transpose()?;
        if let Some(last) = last.filter(|at| now_ms - at < CALL_IDLE_MS) {
            return self.set_due(Kind::Drop, station, call_id, Some(last + CALL_IDLE_MS));
        }
        for table in ["layer", "change", "pending", "seen", "ack", "due"] {
            self.store.exec(&format!("DELETE FROM {table} WHERE station = ?1 AND call_id = ?2"), &params)?;
        }
        Ok(())
    }

    fn purge_runs_and_go_on(&self, now_ms: i64) -> Result<()> {
        self.purge_runs(now_ms)?;
        let left = self.store.exec("SELECT 1 FROM run LIMIT 1", &[])?;
        // an hour is fine enough: the memory of runs is a convenience, the table is the record
        let at = (!left.is_empty()).then_some(now_ms + 3_600_000);
        self.set_due(Kind::Runs, Station::TelephonyIn, "", at)
    }
}
