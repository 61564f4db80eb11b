//! Changes that wait for their first window, and the rule of no data.

use super::due::Kind;
use super::layers::{Layer, scope};
use super::rollback::Return;
use super::{Context, ControlRoom, Effects};
use crate::{Error, Result};
use attune_contracts::command::{PendingV1, WindowV1};
use attune_contracts::config::{ChangeV1, Origin};
use attune_domain::{CallId, Decimal, Leg, Scope, Station};
use attune_optimizer::window::judge_window;
use attune_optimizer::{MARGIN, Verdict};

/// Least time that a change waits for its first window, ms. A segment of 2 s, its upload and its way through the queues take
/// about 3 s; a restart of a function or a paused queue some 10 s more.
pub const NO_DATA_MIN_MS: i64 = 20_000;
/// Longest, ms.
pub const NO_DATA_MAX_MS: i64 = 600_000;

/// How long a change waits for its first window: four times the time between the call's last two windows, within
/// [`NO_DATA_MIN_MS`] and [`NO_DATA_MAX_MS`]. Stored with the change.
pub fn no_data_ms(interval_ms: Option<i64>) -> i64 {
    interval_ms.map_or(NO_DATA_MIN_MS, |ms| ms.saturating_mul(4).clamp(NO_DATA_MIN_MS, NO_DATA_MAX_MS))
}

/// A change that waits.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub scope: Scope,
    pub version: u64,
    pub to_version: u64,
    leg: Option<String>,
    pub score_before: Option<String>,
    to_expires_at: Option<i64>,
    to_return_to: Option<u64>,
}

/// How a call was measured before a change.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    /// Only windows of this leg judge the change.
    pub leg: Option<String>,
    pub score: Option<String>,
    /// Time between its last two windows.
    pub interval_ms: Option<i64>,
}

/// The last window of a call at a station.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub leg: Option<String>,
    pub segment_index: Option<i64>,
    pub score: Option<String>,
    window_at: Option<i64>,
    pub interval_ms: Option<i64>,
}

impl Pending {
    pub fn public(&self) -> PendingV1 {
        PendingV1 { version: self.version, score_before: self.score_before.clone() }
    }
}

/// A score as it is stored: two places.
pub(super) fn score_text(score: f64) -> Option<String> {
    Decimal::nearest(score, 2).map(|d| d.to_string())
}

fn score(text: &str) -> Option<f64> {
    Decimal::parse(text, 2).ok().map(Decimal::to_f64)
}

impl ControlRoom {
    pub(super) fn pending(&self, station: Station, call_id: &str) -> Result<Option<Pending>> {
        let found = self.store.exec(
            "SELECT scope, version, to_version, leg, score_before, to_expires_at, to_return_to FROM pending \
             WHERE station = ?1 AND call_id = ?2",
            &[i64::from(station.number()).into(), call_id.into()],
        )?;
        let Some(mut row) = found.first() else { return Ok(None) };
        Ok(Some(Pending {
            scope: scope(&row.text(0)?)?,
            version: row.uint(1)?,
            to_version: row.uint(2)?,
            leg: row.maybe_text(3)?,
            score_before: row.maybe_text(4)?,
            to_expires_at: row.maybe_int(5)?,
            to_return_to: row.maybe_int(6)?.and_then(|v| u64::try_from(v).ok()),
        }))
    }

    /// Makes a change wait for the first window of `call`. Where one waits already, the last known good version stays what
    /// it was.
    pub(super) fn expect_window(
        &self,
        ctx: &Context<'_>,
        before: &Layer,
        call: &CallId,
        version: u64,
        measured: Measured,
    ) -> Result<()> {
        let earlier = self.pending(before.station, call.as_str())?.filter(|p| p.scope == before.scope);
        let (to_version, score, to_expires_at, to_return_to) = match earlier {
            Some(p) => (p.to_version, p.score_before, p.to_expires_at, p.to_return_to),
            None => (before.version, measured.score, before.expires_at, before.return_to),
        };
        let wait = no_data_ms(measured.interval_ms);
        self.store.exec(
            "INSERT OR REPLACE INTO pending (station, call_id, scope, version, to_version, leg, score_before, no_data_ms, \
             to_expires_at, to_return_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            &[
                i64::from(before.station.number()).into(),
                call.as_str().into(),
                before.scope.as_str().into(),
                version.into(),
                to_version.into(),
                measured.leg.as_ref().into(),
                score.as_ref().into(),
                wait.into(),
                to_expires_at.into(),
                to_return_to.into(),
            ],
        )?;
        self.set_due(Kind::Window, before.station, call.as_str(), Some(ctx.now_ms + wait))
    }

    /// A manual change of a call is judged like any other, if the call is being measured; else there is nothing to compare.
    pub(super) fn expect_window_of_manual(
        &self,
        ctx: &Context<'_>,
        before: &Layer,
        call: &CallId,
        version: u64,
    ) -> Result<()> {
        let seen = self.seen(before.station, call.as_str())?;
        if seen.score.is_none() {
            return Ok(());
        }
        let measured = Measured { leg: seen.leg, score: seen.score, interval_ms: seen.interval_ms };
        self.expect_window(ctx, before, call, version, measured)
    }

    /// Judges the change that waits for a window of this call, if there is one, and if the window is its own. Gives the
    /// rollback, if it came to one.
    pub(super) fn judge_pending(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        station: Station,
        call: &CallId,
        leg: Leg,
        window: &WindowV1,
    ) -> Result<Option<ChangeV1>> {
        let Some(pending) = self.pending(station, call.as_str())? else { return Ok(None) };
        if pending.leg.as_deref().is_some_and(|own| own != leg.as_str()) {
            return Ok(None);
        }
        let before = pending.score_before.as_deref().and_then(score);
        match judge_window(pending.version, window.version, before, Some(window.score), MARGIN) {
            Verdict::Wait => Ok(None),
            Verdict::Keep => {
                self.forget_pending(station, call.as_str())?;
                Ok(None)
            }
            Verdict::RollBack { reason } => self.take_back(ctx, effects, station, call.as_str(), &pending, reason),
        }
    }

    /// The time for a change's first window is over.
    pub(super) fn no_data(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        station: Station,
        call_id: &str,
    ) -> Result<()> {
        let Some(pending) = self.pending(station, call_id)? else { return Ok(()) };
        let before = pending.score_before.as_deref().and_then(score);
        if let Verdict::RollBack { reason } = attune_optimizer::window::verdict(before, None, MARGIN) {
            self.take_back(ctx, effects, station, call_id, &pending, reason)?;
        }
        self.forget_pending(station, call_id)
    }

    fn take_back(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        station: Station,
        call_id: &str,
        pending: &Pending,
        reason: String,
    ) -> Result<Option<ChangeV1>> {
        let call = CallId::parse(call_id).map_err(|_| Error::Stored("call id"))?;
        let layer_call = if pending.scope == Scope::Call { call_id } else { "" };
        let layer = self.view(station, Some(&call))?.layer(pending.scope, layer_call);
        let to_version = pending.to_version;
        let back = Return {
            to_version,
            origin: Origin::AutomaticRollback { to_version, from_version: pending.version },
            reason,
            expires_at: pending.to_expires_at,
            return_to: pending.to_return_to,
        };
        let change = self.return_layer_surely(ctx, effects, &layer, &back)?;
        self.publish(ctx, effects, &change)?;
        Ok(Some(change))
    }

    fn forget_pending(&self, station: Station, call_id: &str) -> Result<()> {
        self.store.exec(
            "DELETE FROM pending WHERE station = ?1 AND call_id = ?2",
            &[i64::from(station.number()).into(), call_id.into()],
        )?;
        self.set_due(Kind::Window, station, call_id, None)
    }

    /// Forgets the changes of a layer that wait: the layer returns anyway.
    pub(super) fn forget_pending_of(&self, layer: &Layer) -> Result<()> {
        let (station, scope) = (i64::from(layer.station.number()), layer.scope.as_str());
        let calls = self.store.exec(
            "SELECT call_id FROM pending WHERE station = ?1 AND scope = ?2 AND (?3 = '' OR call_id = ?3)",
            &[station.into(), scope.into(), (&layer.call_id).into()],
        )?;
        for mut row in calls {
            self.forget_pending(layer.station, &row.text(0)?)?;
        }
        Ok(())
    }

    /// The oldest version that a waiting change of the layer may return to.
    pub(super) fn pending_target(&self, layer: &Layer) -> Result<Option<u64>> {
        let found = self.store.exec(
            "SELECT min(to_version) FROM pending WHERE station = ?1 AND scope = ?2 AND (?3 = '' OR call_id = ?3)",
            &[i64::from(layer.station.number()).into(), layer.scope.as_str().into(), (&layer.call_id).into()],
        )?;
        Ok(found.first().map(|row| row.maybe_int(0)).transpose()?.flatten().and_then(|v| u64::try_from(v).ok()))
    }

    pub(super) fn seen(&self, station: Station, call_id: &str) -> Result<Seen> {
        let found = self.store.exec(
            "SELECT leg, segment_index, score, window_at, interval_ms FROM seen WHERE station = ?1 AND call_id = ?2",
            &[i64::from(station.number()).into(), call_id.into()],
        )?;
        let Some(mut row) = found.first() else { return Ok(Seen::default()) };
        Ok(Seen {
            leg: row.maybe_text(0)?,
            segment_index: row.maybe_int(1)?,
            score: row.maybe_text(2)?,
            window_at: row.maybe_int(3)?,
            interval_ms: row.maybe_int(4)?,
        })
    }

    /// Keeps the latest window of a call; an older segment changes nothing.
    pub(super) fn see_window(
        &self,
        ctx: &Context<'_>,
        station: Station,
        call: &CallId,
        leg: Leg,
        window: &WindowV1,
    ) -> Result<Seen> {
        let seen = self.seen(station, call.as_str())?;
        let index = i64::from(window.segment_index);
        let same_leg = seen.leg.as_deref() == Some(leg.as_str());
        if same_leg && seen.segment_index.is_some_and(|last| last >= index) {
            return Ok(seen);
        }
        let gone = seen.segment_index.filter(|_| same_leg).map(|last| index - last);
        let measured = seen.window_at.zip(gone).map(|(at, segments)| (ctx.now_ms - at).max(0) / segments.max(1));
        let now = Seen {
            leg: Some(leg.as_str().to_owned()),
            segment_index: Some(index),
            score: score_text(window.score),
            window_at: Some(ctx.now_ms),
            interval_ms: measured.or(seen.interval_ms),
        };
        self.store.exec(
            "INSERT OR REPLACE INTO seen (station, call_id, at, leg, segment_index, score, window_at, interval_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &[
                i64::from(station.number()).into(),
                call.as_str().into(),
                ctx.now_ms.into(),
                now.leg.as_ref().into(),
                index.into(),
                now.score.as_ref().into(),
                ctx.now_ms.into(),
                now.interval_ms.into(),
            ],
        )?;
        self.keep_call(station, call.as_str(), ctx.now_ms)?;
        Ok(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_the_length_of_segments() {
        assert_eq!(no_data_ms(None), 20_000);
        assert_eq!(no_data_ms(Some(2_000)), 20_000);
        assert_eq!(no_data_ms(Some(10_000)), 40_000);
        assert_eq!(no_data_ms(Some(i64::MAX)), 600_000);
    }
}
