//! A batch of records: each is read alone, a panic touches one record, and the answer names exactly those that failed.
//!
//! A record that can never succeed does not wait through five deliveries (each a visibility time-out apart, about 15 minutes,
//! while its age rings alarms): it is sent to the dead-letter queue at once with its reason, and counts as done only after SQS
//! acknowledged that send. Where the send fails the record is reported as failed and comes again: nothing vanishes.

use crate::queue::Queues;
use crate::spilled::{self, Objects};
use crate::{GiveUp, Outcome, Record, Retry, clock, telemetry};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures_util::future::FutureExt;
use futures_util::stream::{self, StreamExt};
use std::future::Future;
use std::panic::AssertUnwindSafe;

/// Records of a batch that are worked on at once.
pub const CONCURRENCY: usize = 10;
/// Work stops this long before the invocation's end, so that the answer still gets out, ms.
pub const MARGIN_MS: i64 = 1_500;
/// Nothing at all is waited for in this last part, ms.
const LAST_MS: i64 = 300;

/// A function behind a queue.
pub trait Function: Sync {
    /// Name of the function, as in `infra/resources.json`.
    const NAME: &'static str;
    /// Short name of its queue; poison goes to `<queue>-dlq`. `None`: it has none, and never gives up.
    const QUEUE: Option<&'static str>;
    /// What it works on.
    type Input: Send;

    /// Reads one record. Pure: a message that was too large for the queue stands in the record as if it had come in it.
    ///
    /// # Errors
    /// Why the record can never succeed.
    fn read(&self, record: &Record, now_ms: i64) -> Result<Self::Input, GiveUp>;

    /// Works on all readable records of the batch and answers for each, in order. [`each`] bounds concurrency, catches panics
    /// and keeps the deadline per record.
    fn handle(&self, inputs: Vec<Self::Input>, window: Window) -> impl Future<Output = Vec<Outcome>> + Send;

    /// Write and read units of DynamoDB since the last call, for the metrics.
    fn take_units(&self) -> (f64, f64) {
        (0.0, 0.0)
    }
}

/// The time of an invocation.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// When it began, ms since 1970.
    pub now_ms: i64,
    /// When work must stop, ms since 1970.
    pub deadline_ms: i64,
}

/// Does `work` for each input, [`CONCURRENCY`] at once, and answers in order. A panic or the end of the time fails that input
/// alone.
pub async fn each<I, T, F>(inputs: Vec<I>, window: Window, work: impl Fn(I) -> F) -> Vec<Result<T, Retry>>
where
    F: Future<Output = T>,
{
    let guarded = inputs.into_iter().map(|input| guard(work(input), window));
    stream::iter(guarded).buffered(CONCURRENCY).collect().await
}

/// The same for work whose result is an outcome.
pub async fn outcomes<I, F>(inputs: Vec<I>, window: Window, work: impl Fn(I) -> F) -> Vec<Outcome>
where
    F: Future<Output = Outcome>,
{
    each(inputs, window, work).await.into_iter().map(|result| result.unwrap_or_else(Outcome::Retry)).collect()
}

async fn guard<T>(work: impl Future<Output = T>, window: Window) -> Result<T, Retry> {
    let left = clock::until(window.deadline_ms, clock::now_ms());
    if left.is_zero() {
        return Err(Retry::Deadline);
    }
    match tokio::time::timeout(left, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_panic)) => Err(Retry::Panicked),
        Err(_elapsed) => Err(Retry::Deadline),
    }
}

/// Works through an event and answers with the records that failed.
pub async fn run<F: Function>(
    function: &F,
    queues: &Queues,
    spilled: &impl Objects,
    event: SqsEvent,
    invocation: &telemetry::Invocation,
) -> SqsBatchResponse {
    let cpu_before = clock::cpu_us();
    let window = Window { now_ms: invocation.started_ms, deadline_ms: invocation.deadline_ms - MARGIN_MS };
    let records: Vec<Record> = event.records.into_iter().map(Record::from).collect();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; records.len()];
    let (mut places, mut inputs) = (Vec::new(), Vec::new());
    // Dead letters are kept as they came: a pointer is what a redrive sends.
    let resolved = if F::QUEUE.is_some() { spilled::resolve(spilled, &records, window).await } else { Vec::new() };
    let mut resolved = resolved.into_iter();
    for (place, record) in records.iter().enumerate() {
        let found = match resolved.next().flatten() {
            Some(Ok(found)) => Some(found),
            Some(Err(outcome)) => {
                outcomes[place] = Some(outcome);
                continue;
            }
            None => None,
        };
        let record = found.as_ref().unwrap_or(record);
        let read = std::panic::catch_unwind(AssertUnwindSafe(|| function.read(record, window.now_ms)));
        match read {
            Ok(Ok(input)) => {
                places.push(place);
                inputs.push(input);
            }
            Ok(Err(reason)) => outcomes[place] = Some(reason.into()),
            Err(_panic) => outcomes[place] = Some(Retry::Panicked.into()),
        }
    }
    if !inputs.is_empty() {
        let handled = handle(function, inputs, window).await;
        for (at, &place) in places.iter().enumerate() {
            outcomes[place] = Some(match &handled {
                // An answer of another length cannot be told apart: each record is tried again, and the markers sort it out.
                Ok(handled) if handled.len() == places.len() => handled[at].clone(),
                Ok(_) => Retry::Panicked.into(),
                Err(retry) => retry.clone().into(),
            });
        }
    }
    let end_ms = invocation.deadline_ms - LAST_MS;
    let settled = stream::iter(records.iter().zip(outcomes))
        .map(|(record, outcome)| settle::<F>(queues, record, outcome.unwrap_or_else(|| Retry::Panicked.into()), end_ms))
        .buffered(CONCURRENCY)
        .collect::<Vec<Outcome>>()
        .await;
    telemetry::report::<F>(&records, &settled, invocation, clock::cpu_us() - cpu_before, function.take_units());
    let mut answer = SqsBatchResponse::default();
    answer.batch_item_failures = records
        .iter()
        .zip(&settled)
        .filter(|(_, outcome)| matches!(outcome, Outcome::Retry(_)))
        .map(|(record, _)| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier.clone_from(&record.sqs_id);
            failure
        })
        .collect();
    answer
}

/// A panic or an overrun between records fails those that were handed over, not the ones set aside before.
async fn handle<F: Function>(function: &F, inputs: Vec<F::Input>, window: Window) -> Result<Vec<Outcome>, Retry> {
    // `each` stops at the window's end; this is for work outside of it, such as the last sends.
    let left = clock::until(window.deadline_ms + MARGIN_MS / 2, clock::now_ms());
    let work = AssertUnwindSafe(function.handle(inputs, window)).catch_unwind();
    match tokio::time::timeout(left, work).await {
        Ok(Ok(outcomes)) => Ok(outcomes),
        Ok(Err(_panic)) => Err(Retry::Panicked),
        Err(_elapsed) => Err(Retry::Deadline),
    }
}

/// Hands poison to the dead-letter queue; failing that, the record is tried again.
async fn settle<F: Function>(queues: &Queues, record: &Record, outcome: Outcome, end_ms: i64) -> Outcome {
    let Outcome::GiveUp(reason) = outcome else { return outcome };
    let Some(queue) = F::QUEUE else {
        // A consumer of dead letters has no place left to put one: it stays in its queue and the alarm on its age rings.
        return Retry::Panicked.into();
    };
    let left = clock::until(end_ms, clock::now_ms());
    match tokio::time::timeout(left, queues.give_up(queue, record, &reason)).await {
        Ok(Ok(())) => Outcome::GiveUp(reason),
        Ok(Err(error)) => Outcome::Retry(error.into()),
        Err(_elapsed) => Retry::Deadline.into(),
    }
}

#[cfg(test)]
mod tests;
