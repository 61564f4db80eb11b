//! The way of one run.

use crate::context::OptimizeRun;
use crate::item::{self, ItemError, OUTCOME};
use attune_contracts::command::{ProposeAnswerV1, ProposeV1, ReadConfigV1, StationStateV1};
use attune_contracts::message::{OPTIMIZER_RUN_V1, OptimizerRunV1};
use attune_contracts::snapshot::SnapshotV1;
use attune_functions_kit::batch::{Function, Window, outcomes};
use attune_functions_kit::store::Put;
use attune_functions_kit::{GiveUp, Item, Message, Outcome, Record, clock, record};
use attune_migrations::{Access, keys};
use attune_optimizer::run::{RunInput, run};

const READ_CONFIG: &str = "/internal/v1/control/config";
const PROPOSE: &str = "/internal/v1/control/propose";
/// The judged snapshot and those before it that may be averaged with it.
const SNAPSHOTS: i32 = 4;

type Due = Message<OptimizerRunV1>;

impl Function for OptimizeRun {
    const NAME: &'static str = "optimize-run";
    const QUEUE: Option<&'static str> = Some("optimize-run");
    type Input = Due;

    fn read(&self, record: &Record, now_ms: i64) -> Result<Due, GiveUp> {
        record::read(record, OPTIMIZER_RUN_V1, &self.cell, now_ms)
    }

    async fn handle(&self, batch: Vec<Due>, window: Window) -> Vec<Outcome> {
        outcomes(batch, window, |message| async move { self.once(&message).await.unwrap_or_else(|outcome| outcome) })
            .await
    }

    fn take_units(&self) -> (f64, f64) {
        self.store.take_units()
    }
}

fn unreadable(error: &ItemError) -> Outcome {
    GiveUp::Unreadable(error.to_string()).into()
}

fn not_json(_: serde_json::Error) -> Outcome {
    GiveUp::Invalid("not JSON".to_owned()).into()
}

impl OptimizeRun {
    async fn once(&self, message: &Due) -> Result<Outcome, Outcome> {
        let decided = self.decide(message).await?;
        let item = item::run(message, &decided).map_err(not_json)?;
        match self.store.put_once(Access::OptimizePutRun, item.clone()).await? {
            Put::Written => self.propose(message, item, decided, Outcome::Done).await,
            Put::Existed(there) => {
                if there.get_text("fingerprint") != Some(&message.body.fingerprint) {
                    return Err(GiveUp::FingerprintMismatch.into());
                }
                if there.get_text(OUTCOME).is_some() {
                    return Ok(Outcome::Skipped);
                }
                // Decided before, and ControlRoom's answer is not known: the same proposal again, not what was decided now.
                let stored = item::proposal(&there).map_err(|error| unreadable(&error))?;
                self.propose(message, there, stored, Outcome::Skipped).await
            }
        }
    }

    async fn decide(&self, message: &Due) -> Result<ProposeV1, Outcome> {
        let due = &message.body;
        let snapshots = self.snapshots(message).await?;
        let read =
            ReadConfigV1 { tenant: message.tenant.clone(), station: due.station, call_id: Some(due.call_id.clone()) };
        let state: StationStateV1 = self.edge.post(READ_CONFIG, &read, message.traceparent.as_deref()).await?;
        let outcome = run(&RunInput {
            run_id: &due.run_id,
            station: due.station,
            snapshot: snapshots.first(),
            previous: snapshots.get(1..).unwrap_or_default(),
            state: &state,
            now_ms: clock::now_ms(),
        });
        Ok(outcome.propose(message.tenant.clone(), due.station, due.call_id.clone(), due.leg))
    }

    /// The newest snapshots, newest first.
    async fn snapshots(&self, message: &Due) -> Result<Vec<SnapshotV1>, Outcome> {
        let due = &message.body;
        let pk = keys::call_pk(&message.tenant, &due.call_id);
        let prefix = keys::snapshot_prefix(due.leg.as_str(), due.station.number());
        let items = self.store.newest(Access::OptimizeQuerySnapshots, pk, prefix, SNAPSHOTS).await?;
        items.iter().map(|found| item::snapshot(due, found).map_err(|error| unreadable(&error))).collect()
    }

    async fn propose(&self, message: &Due, item: Item, proposal: ProposeV1, done: Outcome) -> Result<Outcome, Outcome> {
        let answer: ProposeAnswerV1 = self.edge.post(PROPOSE, &proposal, message.traceparent.as_deref()).await?;
        let settled = item::settled(item, &proposal, &answer).map_err(not_json)?;
        // A parallel delivery may have settled it: the same answer, since ControlRoom repeats its own.
        self.store.put_settled(Access::OptimizePutRun, settled, OUTCOME).await?;
        Ok(done)
    }
}
