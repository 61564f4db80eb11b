//! Reads: effective configuration, state for the optimizer, history.

use super::ControlRoom;
use crate::{Error, Result};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::command::{ReadConfigV1, StationStateV1};
use attune_contracts::config::{ChangesPageV1, EffectiveConfigV1};
use attune_contracts::stream::ControlFrame;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::{CallId, KnobName, Station};
use attune_optimizer::layer::{canonical, merge, to_text};
use std::collections::BTreeMap;

/// `ETag` of a configuration. Weak, because `ttl_s` counts down within one version.
pub fn etag(config: &EffectiveConfigV1) -> String {
    let hash = config.content_hash.get(..16).unwrap_or(&config.content_hash);
    format!("W/\"{}-{hash}{}\"", config.version, if config.frozen { "-f" } else { "" })
}

/// Which changes to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangesQuery {
    /// Only of this station.
    pub station: Option<Station>,
    /// Only of this call's layer.
    pub call_id: Option<CallId>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: u32,
}

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
            last_changed: view.last_changed().into_iter().map(times).collect::<BTreeMap<_, _>>(),
            frozen: self.frozen(),
            pending,
            now: now_ms,
        })
    }

    /// `GET /v1/config/changes`: newest first. Changes of dropped calls, and all but the last 50 of a layer, are in DynamoDB
    /// only.
    ///
    /// # Errors
    /// `invalid_parameter` for a cursor or limit that is none, [`Error::Store`].
    pub fn changes(&self, query: &ChangesQuery) -> Result<ChangesPageV1> {
        let wrong = |name: &str, detail: &str| {
            Error::from(
                Problem::new(ProblemCode::InvalidParameter, "a query parameter is wrong")
                    .with_errors(vec![FieldError::new(format!("?{name}"), "invalid", detail)]),
            )
        };
        if !(1..=100).contains(&query.limit) {
            return Err(wrong("limit", "expected 1 to 100"));
        }
        let below = match &query.cursor {
            Some(text) => {
                text.parse::<i64>().ok().filter(|v| *v > 0).ok_or_else(|| wrong("cursor", "expected next_cursor"))?
            }
            None => i64::MAX >> 11, // the largest integer that JavaScript holds exactly
        };
        let station = query.station.map(|s| i64::from(s.number()));
        let call = query.call_id.as_ref().map(CallId::as_str);
        let rows = self.store.exec(
            "SELECT version, change FROM change WHERE version < ?1 AND (?2 IS NULL OR station = ?2) AND \
             (?3 IS NULL OR call_id = ?3) ORDER BY version DESC LIMIT ?4",
            &[below.into(), station.into(), call.into(), (i64::from(query.limit) + 1).into()],
        )?;
        let mut changes = Vec::new();
        let mut last = None;
        let mut next_cursor = None;
        for mut row in rows {
            if changes.len() == query.limit as usize {
                next_cursor = last;
                break;
            }
            last = Some(row.int(0)?.to_string());
            changes.push(serde_json::from_str(&row.text(1)?).map_err(|_| Error::Stored("change"))?);
        }
        Ok(ChangesPageV1 { schema_version: SCHEMA_VERSION, changes, next_cursor })
    }

    /// RFC 8785 form of the effective values, for checks that nothing but the values count.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn canonical_values(&self, station: Station, call_id: Option<&CallId>) -> Result<String> {
        Ok(canonical(&merge(station, &self.view(station, call_id)?.layers()?).values()))
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
