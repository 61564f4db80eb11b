//! Runs: accepted here, answered by `propose`, remembered for a day.

use super::write::json;
use super::{Context, ControlRoom, Once, Outcome, Owner, RUN_MS};
use crate::outbox::{Accept, Message};
use crate::{Error, Result};
use attune_contracts::command::ProposeAnswerV1;
use attune_contracts::message::{OPTIMIZER_RUN_V1, OptimizerRunV1, queue_of};
use attune_contracts::run::{RunAnswerV1, RunRequestV1};
use attune_contracts::{Envelope, ProblemCode, message_id};
use attune_domain::id::ulid_text;
use attune_domain::{RunId, json};

impl ControlRoom {
    /// `POST /v1/optimizer/run`. The answer names the run that was made first under the key, with the state that it had
    /// then; for `Prefer: wait`, ask [`Self::run`] and, if it is still accepted, wait for it among `resolved_runs`.
    ///
    /// Problems: `idempotency_mismatch`, `overloaded`.
    pub fn accept_run(&self, ctx: &Context<'_>, once: &Once<'_>, body: &RunRequestV1) -> Outcome<RunAnswerV1> {
        self.command(ctx, |effects| {
            let Owner::Tenant(tenant) = &self.owner else {
                return Err(Error::refused(ProblemCode::NotFound, "the global room has no calls"));
            };
            if let Some(first) = self.repeated(once, ctx.now_ms)? {
                return Ok(first);
            }
            let run_id = RunId::new(ctx.now_ms, self.next_random(ctx));
            let answer = RunAnswerV1::accepted(run_id.clone());
            let id = message_id(tenant.as_str(), once.route, once.key);
            let message = OptimizerRunV1::requested(run_id, body, once.fingerprint.to_owned());
            let trace = ctx.traceparent.map(str::to_owned);
            let envelope = Envelope::new(id.clone(), tenant.clone(), OPTIMIZER_RUN_V1, ctx.now_ms, trace, message);
            let accept = Accept {
                key: &once.key(),
                fingerprint: once.fingerprint,
                answer: &json(&answer)?,
                message: Message {
                    to: queue_of(OPTIMIZER_RUN_V1).ok_or(Error::Stored("queue"))?,
                    id: &id,
                    body: &json(&envelope)?,
                    traceparent: ctx.traceparent,
                },
            };
            self.outbox.accept(&accept, ctx.now_ms)?;
            effects.posted = true;
            self.keep_run(&answer, None, ctx.now_ms)?;
            Ok(answer)
        })
    }

    /// A run of the last 24 hours; `None`: look in DynamoDB.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn run(&self, run_id: &RunId) -> Result<Option<RunAnswerV1>> {
        let found = self.store.exec("SELECT answer FROM run WHERE run_id = ?1", &[run_id.as_str().into()])?.first();
        let Some(mut row) = found else { return Ok(None) };
        json::from_str(&row.text(0)?).map(Some).map_err(|_| Error::Stored("run"))
    }

    pub(super) fn proposed(&self, run_id: &RunId) -> Result<Option<ProposeAnswerV1>> {
        let found = self.store.exec("SELECT proposed FROM run WHERE run_id = ?1", &[run_id.as_str().into()])?;
        let Some(text) = found.first().map(|mut row| row.maybe_text(0)).transpose()?.flatten() else { return Ok(None) };
        json::from_str(&text).map(Some).map_err(|_| Error::Stored("proposal"))
    }

    pub(super) fn keep_run(&self, answer: &RunAnswerV1, proposed: Option<&str>, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT OR REPLACE INTO run (run_id, answer, proposed) VALUES (?1, ?2, ?3)",
            &[answer.run_id.as_str().into(), (&json(answer)?).into(), proposed.into()],
        )?;
        self.keep_purging(now_ms)
    }

    /// Deletes runs older than a day, a bounded number. Their ids sort by the time they were made.
    pub(super) fn purge_runs(&self, now_ms: i64) -> Result<()> {
        let limit = format!("{}{}", RunId::PREFIX, ulid_text(now_ms - RUN_MS, 0));
        self.store.exec(
            "DELETE FROM run WHERE run_id IN (SELECT run_id FROM run WHERE run_id < ?1 ORDER BY run_id LIMIT 500)",
            &[(&limit).into()],
        )?;
        Ok(())
    }
}
