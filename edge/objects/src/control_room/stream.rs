//! `GET /v1/stations/stream`: subscriptions, catch-up, acknowledgements.

use super::layers::EMPTY;
use super::write::Write;
use super::{Context, ControlRoom, Outcome};
use crate::Result;
use attune_contracts::config::Origin;
use attune_contracts::stream::{ControlFrame, Subscription};
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::{CallId, Scope, Station};
use std::collections::BTreeMap;

/// Most subscriptions of one socket.
pub const MAX_SUBSCRIPTIONS: usize = 64;

/// The last acknowledgement of a station and call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Effective version.
    pub version: u64,
    /// False: the agent keeps its last known good one.
    pub applied: bool,
    /// Why not.
    pub detail: Option<String>,
    /// When it came, ms since 1970.
    pub at: i64,
}

impl ControlRoom {
    /// An agent's subscriptions (the shell keeps them with the socket): one frame per subscription that is not at the
    /// effective version.
    ///
    /// A version above the effective one, that this room has given out, is of a call whose layer was dropped: an agent would
    /// ignore anything lower, so the call gets an empty layer of a new version.
    ///
    /// Problems: `invalid_body` for too many.
    pub fn subscribe(&self, ctx: &Context<'_>, stations: &[Subscription]) -> Outcome<Vec<ControlFrame>> {
        self.command(ctx, |effects| {
            if stations.len() > MAX_SUBSCRIPTIONS {
                let detail = format!("at most {MAX_SUBSCRIPTIONS} subscriptions");
                let errors = vec![FieldError::new("/stations", "out_of_range", detail.clone())];
                return Err(Problem::new(ProblemCode::InvalidBody, detail).with_errors(errors).into());
            }
            let mut frames = Vec::new();
            for subscription in stations {
                let (station, call) = (subscription.station, subscription.call_id.as_ref());
                if let Some(call) = call {
                    self.hear_of(station, call, ctx.now_ms)?;
                }
                let view = self.view(station, call)?;
                let given_out = self.facts.borrow().version;
                if let Some(call) = call
                    && subscription.version > view.version()
                    && subscription.version <= given_out
                {
                    let write = Write {
                        before: view.layer(Scope::Call, call.as_str()),
                        content: view.call.as_ref().map_or(EMPTY, |l| l.content.as_str()).to_owned(),
                        changed: BTreeMap::new(),
                        origin: Origin::Expired { from_version: subscription.version },
                        reason: "the call's layer was dropped".to_owned(),
                        expires_at: None,
                        return_to: None,
                        source_version: None,
                    };
                    self.write(ctx, effects, write)?;
                } else if subscription.version == view.version() {
                    continue;
                }
                frames.push(self.frame(station, call, ctx.now_ms)?);
            }
            Ok(frames)
        })
    }

    /// An acknowledgement. Recorded; of an older version than the recorded one it changes nothing.
    pub fn ack(
        &self,
        ctx: &Context<'_>,
        station: Station,
        call_id: Option<&CallId>,
        version: u64,
        applied: bool,
        detail: Option<&str>,
    ) -> Outcome<()> {
        self.command(ctx, |_| {
            let detail: Option<String> = detail.map(|text| text.chars().take(200).collect());
            self.store.exec(
                "INSERT INTO ack (station, call_id, version, applied, detail, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (station, call_id) DO UPDATE SET version = ?3, applied = ?4, detail = ?5, at = ?6 \
                 WHERE version <= ?3",
                &[
                    i64::from(station.number()).into(),
                    call_id.map_or("", CallId::as_str).into(),
                    version.min(self.facts.borrow().version).into(),
                    applied.into(),
                    detail.as_ref().into(),
                    ctx.now_ms.into(),
                ],
            )?;
            Ok(())
        })
    }

    /// The last acknowledgement of a station and call.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn last_ack(&self, station: Station, call_id: Option<&CallId>) -> Result<Option<Ack>> {
        let found = self.store.exec(
            "SELECT version, applied, detail, at FROM ack WHERE station = ?1 AND call_id = ?2",
            &[i64::from(station.number()).into(), call_id.map_or("", CallId::as_str).into()],
        )?;
        let Some(mut row) = found.first() else { return Ok(None) };
        Ok(Some(Ack { version: row.uint(0)?, applied: row.int(1)? != 0, detail: row.maybe_text(2)?, at: row.int(3)? }))
    }
}
