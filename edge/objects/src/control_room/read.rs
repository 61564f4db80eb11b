//! Reads: effective configuration, state for the optimizer. The history is read from its projection in DynamoDB.

use super::ControlRoom;
use crate::{Error, Result};
use attune_contracts::ProblemCode;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::command::{ReadConfigV1, RejectedV1, StationStateV1};
use attune_contracts::config::{ChangeV1, EffectiveConfigV1, OldNew, Origin};
use attune_contracts::stream::ControlFrame;
use attune_domain::{CallId, KnobName, Scope, Station, map_of};
use attune_optimizer::layer::{merge, to_text};

/// How long a run does not try again what was taken back, ms. After an hour a call's line may be another.
const REJECTED_MS: i64 = 3_600_000;

impl ControlRoom {
    /// `GET /v1/config/{station}`: one statement.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn effective(&self, station: Station, call_id: Option<&CallId>, now_ms: i64) -> Result<EffectiveConfigV1> {
        let view = self.view(station, call_id)?;
        let effective = merge(station, &view.layers()?);
        // rounded up, so that an agent does not return before the room does
        let ttl_s = view.expires_at().map(|at| u32::try_from((at - now_ms).max(0).div_ceil_ms()).unwrap_or(u32::MAX));
        Ok(EffectiveConfigV1 {
            schema_version: SCHEMA_VERSION,
            station,
            call_id: call_id.cloned(),
            version: view.version(),
            content_hash: effective.content_hash(),
            values: effective.to_wire(),
            ttl_s,
            frozen: self.frozen(),
        })
    }

    /// The frame that carries a subscription's configuration.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn frame(&self, station: Station, call_id: Option<&CallId>, now_ms: i64) -> Result<ControlFrame> {
        Ok(ControlFrame::Config { config: self.effective(station, call_id, now_ms)? })
    }

    /// `POST /internal/v1/control/config`: what the optimizer's gate has to know.
    ///
    /// # Errors
    /// `not_found` for another tenant, [`Error::Store`].
    pub fn station_state(&self, body: &ReadConfigV1, now_ms: i64) -> Result<StationStateV1> {
        if self.owner != super::Owner::Tenant(body.tenant.clone()) {
            return Err(Error::refused(ProblemCode::NotFound, "the room is of another tenant"));
        }
        let view = self.view(body.station, body.call_id.as_ref())?;
        let layers = view.layers()?;
        let pending = match &body.call_id {
            Some(call) => self.pending(body.station, call.as_str())?.map(|p| p.public()),
            None => None,
        };
        let times = |(knob, at): (KnobName, i64)| (knob.as_str().to_owned(), at);
        Ok(StationStateV1 {
            version: view.version(),
            global: to_text(&layers.global),
            tenant: to_text(&layers.tenant),
            call: to_text(&layers.call),
            last_changed: map_of(view.last_changed().into_iter().map(times)),
            frozen: self.frozen(),
            pending,
            rejected: match &body.call_id {
                Some(call) => self.rejected(body.station, call, now_ms)?,
                None => Vec::new(),
            },
            now: now_ms,
        })
    }

    /// Values of a call's layer that a window, missing windows or a person took back within [`REJECTED_MS`], the latest first.
    fn rejected(&self, station: Station, call: &CallId, now_ms: i64) -> Result<Vec<RejectedV1>> {
        let rows = self.store.exec(
            "SELECT change FROM change WHERE station = ?1 AND call_id = ?2 AND scope = ?3 ORDER BY version DESC",
            &[i64::from(station.number()).into(), call.as_str().into(), Scope::Call.as_str().into()],
        )?;
        let mut rejected = Vec::new();
        for mut row in rows {
            let change: ChangeV1 = serde_json::from_str(&row.text(0)?).map_err(|_| Error::Stored("change"))?;
            if change.at.0 <= now_ms - REJECTED_MS {
                break;
            }
            if !matches!(change.origin, Origin::AutomaticRollback { .. } | Origin::Rollback { .. }) {
                continue;
            }
            for (name, OldNew { old, .. }) in change.values {
                let taken = old.map(|value| RejectedV1 { name, value });
                rejected.extend(taken.filter(|taken| !rejected.contains(taken)));
            }
        }
        Ok(rejected)
    }
}

trait DivCeil {
    fn div_ceil_ms(self) -> i64;
}

impl DivCeil for i64 {
    fn div_ceil_ms(self) -> i64 {
        (self + 999) / 1_000
    }
}
