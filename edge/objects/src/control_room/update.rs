//! `POST /v1/config/update`: a manual change.

use super::layers::Layer;
use super::write::Write;
use super::{Context, ControlRoom, Once, Outcome, Owner};
use crate::{Error, Result};
use attune_contracts::config::{ChangeAnswerV1, Origin, UpdateV1};
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::{CallId, Scope};
use attune_optimizer::layer::{canonical, read_changes};
use attune_optimizer::{Refusal, Request, judge};

/// Longest reason, characters.
pub const MAX_REASON: usize = 500;

impl ControlRoom {
    /// A manual change, by the holder of `key_id`.
    ///
    /// Problems: `invalid_body`, `unsafe_parameters`, `version_conflict`, `frozen`, `idempotency_mismatch`, `overloaded`.
    pub fn update(&self, ctx: &Context<'_>, once: &Once<'_>, key_id: &str, body: &UpdateV1) -> Outcome<ChangeAnswerV1> {
        self.command(ctx, |effects| {
            if let Some(first) = self.repeated(once, ctx.now_ms)? {
                return Ok(first);
            }
            self.outbox.room_for("", ctx.now_ms)?;
            let call_id = self.check_place(body.scope, body.call_id.as_ref(), &body.reason)?;
            let changes = read_changes(&body.values).map_err(unreadable)?;
            let view = self.view(body.station, body.call_id.as_ref())?;
            let (state, whose) = self.gate_state(&view, body.scope)?;
            let UpdateV1 { station, scope, base_version, ttl_s, .. } = *body;
            let request = Request { station, scope, changes, base_version, ttl_s };
            let accepted = judge(&request, &state, ctx.now_ms).map_err(refused)?;
            let before = view.layer(scope, call_id);
            let (expires_at, return_to) = lifetime(&before, ttl_s, ctx.now_ms);
            let write = Write {
                before: before.clone(),
                content: canonical(&accepted.layer_after),
                changed: accepted.changed.clone(),
                origin: Origin::Manual { key_id: key_id.to_owned() },
                reason: body.reason.clone(),
                expires_at,
                return_to,
                source_version: None,
            };
            let change = self.write(ctx, effects, write)?;
            self.fall_back(ctx, effects, &accepted, &state, &whose, &view)?;
            if let Some(call) = &body.call_id {
                self.expect_window_of_manual(ctx, &before, call, change.version)?;
            }
            self.publish(ctx, effects, &change)?;
            let answer = ChangeAnswerV1 { schema_version: SCHEMA_VERSION, change: Some(change), frozen: self.frozen() };
            self.remember(once, &answer, ctx.now_ms)?;
            Ok(answer)
        })
    }

    /// Checks scope, call and reason of a command; gives the `call_id` of the layer.
    pub(super) fn check_place<'a>(&self, scope: Scope, call_id: Option<&'a CallId>, reason: &str) -> Result<&'a str> {
        let mut errors = Vec::new();
        match (scope, call_id) {
            (Scope::Call, None) => errors.push(FieldError::new("/call_id", "missing", "scope call needs the call")),
            (Scope::Global | Scope::Tenant, Some(_)) => {
                errors.push(FieldError::new("/call_id", "invalid", "only scope call takes a call"));
            }
            _ => {}
        }
        if (scope == Scope::Global) != (self.owner == Owner::Global) {
            errors.push(FieldError::new("/scope", "invalid", "this room owns another layer"));
        }
        if reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
            let detail = format!("at most {MAX_REASON} characters, no control characters");
            errors.push(FieldError::new("/reason", "invalid", detail));
        }
        if errors.is_empty() { Ok(call_id.map_or("", CallId::as_str)) } else { Err(unreadable(errors)) }
    }
}

/// When a layer returns, and to which version. A change with a time to live on top of one that has one returns to the same
/// version as that; a manual change without makes the layer stay.
pub(super) fn lifetime(before: &Layer, ttl_s: Option<u32>, now_ms: i64) -> (Option<i64>, Option<u64>) {
    match ttl_s {
        Some(ttl) => (Some(now_ms + i64::from(ttl) * 1_000), Some(before.return_to.unwrap_or(before.version))),
        None => (None, None),
    }
}

pub(super) fn unreadable(errors: Vec<FieldError>) -> Error {
    let detail = format!("{} field(s) of the body are wrong", errors.len());
    Problem::new(ProblemCode::InvalidBody, detail).with_errors(errors).into()
}

/// The gate's refusal as a problem.
pub(super) fn refused(refusal: Refusal) -> Error {
    let detail = refusal.to_string();
    let problem = match refusal {
        Refusal::Frozen => Problem::new(ProblemCode::Frozen, detail),
        Refusal::VersionConflict { .. } => Problem::new(ProblemCode::VersionConflict, detail)
            .with_errors(vec![FieldError::new("/base_version", "stale", refusal.to_string())]),
        Refusal::NothingToChange => Problem::new(ProblemCode::UnsafeParameters, detail)
            .with_errors(vec![FieldError::new("/values", "nothing_to_change", refusal.to_string())]),
        Refusal::Violations(violations) => Problem::new(ProblemCode::UnsafeParameters, detail)
            .with_errors(violations.iter().map(attune_optimizer::Violation::field_error).collect()),
        _ => Problem::new(ProblemCode::UnsafeParameters, detail),
    };
    problem.into()
}
