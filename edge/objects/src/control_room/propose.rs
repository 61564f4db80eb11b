//! `POST /internal/v1/control/propose`: what a run found. Judges the change before it, then the proposal.

use super::pending::Measured;
use super::update::lifetime;
use super::write::{Write, json};
use super::{Context, ControlRoom, Effects, Outcome, Owner};
use crate::{Error, Result};
use attune_contracts::ProblemCode;
use attune_contracts::command::{ProposeAnswerV1, ProposeV1};
use attune_contracts::config::Origin;
use attune_contracts::run::RunStatus;
use attune_domain::{CallId, Scope};
use attune_optimizer::layer::{canonical, read_changes};
use attune_optimizer::{Refusal, Request, judge};

impl ControlRoom {
    /// Takes a proposal. Idempotent by `run_id`: a repeat hears the stored answer and changes nothing.
    ///
    /// Problems: `not_found` for another tenant's, `invalid_body`. A refused proposal is an answer, not a problem.
    pub fn propose(&self, ctx: &Context<'_>, body: &ProposeV1) -> Outcome<ProposeAnswerV1> {
        self.command(ctx, |effects| {
            if self.owner != Owner::Tenant(body.tenant.clone()) {
                return Err(Error::refused(ProblemCode::NotFound, "the run is of another tenant"));
            }
            if let Some(first) = self.proposed(&body.run_id)? {
                return Ok(first);
            }
            let answer = self.decide(ctx, effects, body)?;
            let mut run = body.answer.clone();
            run.run_id = body.run_id.clone();
            run.status = answer.status;
            run.base_version = Some(body.base_version);
            run.version = answer.version;
            if answer.status == RunStatus::Refused {
                run.analysis = format!("{} Not applied: {}.", run.analysis.trim_end(), answer.detail).trim().to_owned();
            }
            self.keep_run(&run, Some(&json(&answer)?), ctx.now_ms)?;
            effects.resolved_runs.push(run);
            Ok(answer)
        })
    }

    fn decide(&self, ctx: &Context<'_>, effects: &mut Effects, body: &ProposeV1) -> Result<ProposeAnswerV1> {
        let call = Some(&body.call_id);
        let mut taken_back = None;
        let mut seen = self.seen(body.station, body.call_id.as_str())?;
        if let Some(window) = &body.window {
            taken_back = self.judge_pending(ctx, effects, body.station, &body.call_id, body.leg, window)?;
            seen = self.see_window(ctx, body.station, &body.call_id, body.leg, window)?;
        }
        let rolled_back = taken_back.is_some();
        let answer =
            |status, version, detail: &str| ProposeAnswerV1 { status, version, rolled_back, detail: detail.to_owned() };
        let back = taken_back.as_ref().map(|c| c.version);
        if body.values.is_empty() {
            let status = if body.answer.status == RunStatus::Failed { RunStatus::Failed } else { RunStatus::NoChange };
            return Ok(answer(status, back, taken_back.as_ref().map_or("", |c| c.reason.as_str())));
        }
        if let Some(change) = &taken_back {
            return Ok(answer(
                RunStatus::Refused,
                back,
                &format!("the change before was rolled back: {}", change.reason),
            ));
        }
        if let Some(pending) = self.pending(body.station, body.call_id.as_str())? {
            let detail = format!("version {} still waits for its first window", pending.version);
            return Ok(answer(RunStatus::Refused, None, &detail));
        }
        if body.scope == Scope::Global {
            return Ok(answer(RunStatus::Refused, None, "the global layer is changed by hand only"));
        }
        if let Err(full) = self.outbox.room_for("", ctx.now_ms) {
            return Ok(answer(RunStatus::Refused, None, &full.to_string()));
        }
        let values = body.values.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        let changes = match read_changes(&values) {
            Ok(changes) => changes,
            Err(errors) => {
                let detail: Vec<String> = errors.iter().map(|e| format!("{} {}", e.pointer, e.detail)).collect();
                return Ok(answer(RunStatus::Refused, None, &detail.join("; ")));
            }
        };
        // a tenant's layer is judged without the call, against the version that the run saw with it
        let view = self.view(body.station, call)?;
        let (mut state, whose) = self.gate_state(&view, body.scope)?;
        state.version = view.version();
        let request = Request {
            station: body.station,
            scope: body.scope,
            changes,
            base_version: body.base_version,
            ttl_s: body.ttl_s,
        };
        let accepted = match judge(&request, &state, ctx.now_ms) {
            Ok(accepted) => accepted,
            Err(Refusal::NothingToChange) => return Ok(answer(RunStatus::NoChange, None, "nothing to change")),
            Err(refusal) => return Ok(answer(RunStatus::Refused, None, &refusal.to_string())),
        };
        let layer_call = if body.scope == Scope::Call { body.call_id.as_str() } else { "" };
        let before = view.layer(body.scope, layer_call);
        // a proposal that stays does not make a temporary layer stay
        let (expires_at, return_to) = match body.ttl_s {
            Some(_) => lifetime(&before, body.ttl_s, ctx.now_ms),
            None => (before.expires_at, before.return_to),
        };
        let write = Write {
            before: before.clone(),
            content: canonical(&accepted.layer_after),
            changed: accepted.changed.clone(),
            origin: Origin::Run { run_id: body.run_id.to_string() },
            reason: body.reason.chars().take(super::MAX_REASON).collect(),
            expires_at,
            return_to,
            source_version: None,
        };
        let change = self.write(ctx, effects, write)?;
        self.fall_back(ctx, effects, &accepted, &state, &whose, &view)?;
        let score = body.window.as_ref().and_then(|w| super::pending::score_text(w.score)).or(seen.score);
        let leg = Some(body.leg.as_str().to_owned());
        self.expect_window(
            ctx,
            &before,
            &body.call_id,
            change.version,
            Measured { leg, score, interval_ms: seen.interval_ms },
        )?;
        Ok(answer(RunStatus::Applied, Some(change.version), ""))
    }

    /// Keeps a call's layers from being dropped: it was heard of.
    pub(super) fn hear_of(&self, station: attune_domain::Station, call: &CallId, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT INTO seen (station, call_id, at) VALUES (?1, ?2, ?3) ON CONFLICT (station, call_id) DO UPDATE SET at = ?3",
            &[i64::from(station.number()).into(), call.as_str().into(), now_ms.into()],
        )?;
        self.keep_call(station, call.as_str(), now_ms)
    }
}
