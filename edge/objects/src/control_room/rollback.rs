//! `POST /v1/config/rollback`, and every other return of a layer to a stored version.

use super::layers::{EMPTY, Layer, values};
use super::write::Write;
use super::{Context, ControlRoom, Effects, Once, Outcome};
use crate::{Error, Result};
use attune_contracts::config::{ChangeAnswerV1, ChangeV1, Origin, RollbackV1};
use attune_contracts::{ProblemCode, SCHEMA_VERSION};
use attune_domain::CallId;
use attune_optimizer::layer::Values;
use attune_optimizer::restore;

/// A return of a layer.
#[derive(Debug, Clone)]
pub(super) struct Return {
    pub to_version: u64,
    pub origin: Origin,
    pub reason: String,
    pub expires_at: Option<i64>,
    pub return_to: Option<u64>,
}

impl ControlRoom {
    /// A manual rollback, by the holder of `key_id`. Works while frozen, while AWS is away and while the outbox is full.
    ///
    /// Problems: `invalid_body`, `not_found` for a version that the layer did not have or that is no longer kept,
    /// `unsafe_parameters` when the version is no longer legal, `idempotency_mismatch`.
    pub fn rollback(
        &self,
        ctx: &Context<'_>,
        once: &Once<'_>,
        key_id: &str,
        body: &RollbackV1,
    ) -> Outcome<ChangeAnswerV1> {
        self.command(ctx, |effects| {
            if let Some(first) = self.repeated(once, ctx.now_ms)? {
                return Ok(first);
            }
            let call_id = self.check_place(body.scope, body.call_id.as_ref(), &body.reason)?;
            let before = self.view(body.station, body.call_id.as_ref())?.layer(body.scope, call_id);
            let to_version = body.to_version;
            let back = Return {
                to_version,
                origin: Origin::Rollback { to_version, key_id: key_id.to_owned() },
                reason: body.reason.clone(),
                expires_at: None,
                return_to: None,
            };
            let change = self.return_layer(ctx, effects, &before, &back)?;
            self.publish(ctx, effects, &change)?;
            let answer = ChangeAnswerV1 { schema_version: SCHEMA_VERSION, change: Some(change), frozen: self.frozen() };
            self.remember(once, &answer, ctx.now_ms)?;
            Ok(answer)
        })
    }

    /// Returns a layer to a stored version, byte for byte. Changes of it that wait for a window wait no longer.
    pub(super) fn return_layer(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        before: &Layer,
        back: &Return,
    ) -> Result<ChangeV1> {
        let content = self.content_at(before, back.to_version)?.ok_or_else(|| {
            Error::refused(ProblemCode::NotFound, format!("version {} of this layer is not kept", back.to_version))
        })?;
        let call = CallId::parse(&before.call_id).ok();
        let view = self.view(before.station, call.as_ref())?;
        let (state, whose) = self.gate_state(&view, before.scope)?;
        let accepted =
            restore(before.station, before.scope, &values(&content)?, &state).map_err(super::update::refused)?;
        self.forget_pending_of(before)?;
        let write = Write {
            before: before.clone(),
            content,
            changed: accepted.changed.clone(),
            origin: back.origin.clone(),
            reason: back.reason.clone(),
            expires_at: back.expires_at,
            return_to: back.return_to,
            source_version: None,
        };
        let change = self.write(ctx, effects, write)?;
        self.fall_back(ctx, effects, &accepted, &state, &whose, &view)?;
        Ok(change)
    }

    /// As [`Self::return_layer`], for returns that nobody watches: a version that is no longer kept or no longer legal gives
    /// the empty layer, which always is.
    pub(super) fn return_layer_surely(
        &self,
        ctx: &Context<'_>,
        effects: &mut Effects,
        before: &Layer,
        back: &Return,
    ) -> Result<ChangeV1> {
        match self.return_layer(ctx, effects, before, back) {
            Err(Error::Refused(_)) => {
                let changed = before.values()?.into_iter().map(|(knob, old)| (knob, (Some(old), None))).collect();
                debug_assert_eq!(EMPTY, attune_optimizer::layer::canonical(&Values::new()));
                self.forget_pending_of(before)?;
                let write = Write {
                    before: before.clone(),
                    content: EMPTY.to_owned(),
                    changed,
                    origin: back.origin.clone(),
                    reason: format!("{} (version {} cannot be returned to: emptied)", back.reason, back.to_version),
                    expires_at: None,
                    return_to: None,
                    source_version: None,
                };
                self.write(ctx, effects, write)
            }
            other => other,
        }
    }
}
