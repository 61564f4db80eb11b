//! Sends to SQS, read per entry.

use crate::error::sdk_code;
use crate::{CallError, GiveUp, Record};
use attune_contracts::Envelope;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// SQS takes this many entries at once.
const BATCH: usize = 10;
/// Longest `attune-detail`, characters.
const DETAIL: usize = 256;

/// A message to be sent, as it is stored beside the effect that decided it: a repeat sends exactly this again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// Short name of the queue.
    pub queue: String,
    /// The envelope. Its tenant is the message group (fairness on a standard queue; no order is promised), its trace context
    /// becomes a message attribute.
    pub body: Value,
}

impl Send {
    /// A message for a queue.
    ///
    /// # Errors
    /// [`CallError::Queue`] when the body is not JSON (a number that is not finite).
    pub fn new<B: Serialize>(queue: &str, envelope: &Envelope<B>) -> Result<Self, CallError> {
        let body = serde_json::to_value(envelope).map_err(|_| CallError::Queue("not_json".to_owned()))?;
        Ok(Self { queue: queue.to_owned(), body })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }
}

/// Sends as the text that is stored in an item.
///
/// # Errors
/// [`CallError::Queue`] as for [`Send::new`].
pub fn to_text(sends: &[Send]) -> Result<String, CallError> {
    serde_json::to_string(sends).map_err(|_| CallError::Queue("not_json".to_owned()))
}

/// Sends from the text of an item; no text, no sends.
///
/// # Errors
/// [`CallError::Queue`] when the item was written by something else.
pub fn from_text(text: Option<&str>) -> Result<Vec<Send>, CallError> {
    text.map_or_else(|| Ok(Vec::new()), serde_json::from_str)
        .map_err(|_| CallError::Queue("stored_sends_unreadable".to_owned()))
}

/// The queues of one environment.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    prefix: String,
}

impl Queues {
    /// `prefix` is that of the environment's queue addresses.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    /// Sends messages, and answers for each in its place whether SQS acknowledged it.
    pub async fn send(&self, sends: &[Send]) -> Vec<Result<(), CallError>> {
        let mut results = vec![Err(CallError::Queue("no result".to_owned())); sends.len()];
        let mut queues: Vec<&str> = sends.iter().map(|send| send.queue.as_str()).collect();
        queues.sort_unstable();
        queues.dedup();
        for queue in queues {
            let of_queue: Vec<usize> = (0..sends.len()).filter(|&at| sends[at].queue == queue).collect();
            for chunk in chunks(&of_queue, sends) {
                self.send_chunk(queue, &chunk, sends, &mut results).await;
            }
        }
        results
    }

    async fn send_chunk(&self, queue: &str, chunk: &[usize], sends: &[Send], results: &mut [Result<(), CallError>]) {
        let entry = |&at: &usize| {
            SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_body(sends[at].body.to_string())
                .set_message_group_id(sends[at].text("tenant").map(str::to_owned))
                .set_message_attributes(
                    sends[at].text("traceparent").map(|value| [("traceparent".to_owned(), text(value))].into()),
                )
                .build()
                .map_err(|_| CallError::Queue("entry_not_built".to_owned()))
        };
        let entries: Result<Vec<_>, _> = chunk.iter().map(entry).collect();
        let answer = match entries {
            Ok(entries) => self
                .client
                .send_message_batch()
                .queue_url(format!("{}{queue}", self.prefix))
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| CallError::Queue(sdk_code(&error))),
            Err(error) => Err(error),
        };
        match answer {
            Err(error) => chunk.iter().for_each(|&at| results[at] = Err(error.clone())),
            Ok(answer) => {
                for sent in answer.successful() {
                    if let Some(result) = sent.id().parse().ok().and_then(|at: usize| results.get_mut(at)) {
                        *result = Ok(());
                    }
                }
                for failed in answer.failed() {
                    if let Some(result) = failed.id().parse().ok().and_then(|at: usize| results.get_mut(at)) {
                        *result = Err(CallError::Queue(failed.code().to_owned()));
                    }
                }
            }
        }
    }

    /// Hands a record to the dead-letter queue of `queue` with its reason. The record counts as done only when this succeeded.
    ///
    /// # Errors
    /// [`CallError::Queue`]: then the record is reported as failed and SQS delivers it again.
    pub async fn give_up(&self, queue: &str, record: &Record, reason: &GiveUp) -> Result<(), CallError> {
        let detail: String = reason.to_string().chars().filter(|c| !c.is_control()).take(DETAIL).collect();
        let group = record.head.tenant.as_deref().filter(|t| crate::record::is_id(t)).unwrap_or("unknown");
        // SQS takes no empty body.
        let body = if record.body.is_empty() { " " } else { &record.body };
        self.client
            .send_message()
            .queue_url(format!("{}{queue}-dlq", self.prefix))
            .message_body(body)
            .message_group_id(group)
            .message_attributes("attune-reason", text(reason.code()))
            .message_attributes("attune-detail", text(&detail))
            .message_attributes("attune-first-sent", text(&record.sent_at.to_string()))
            .message_attributes("attune-receive-count", text(&record.receive_count.to_string()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| CallError::Queue(sdk_code(&error)))
    }
}

/// A string attribute.
fn text(value: &str) -> MessageAttributeValue {
    // Both fields are set, so the builder cannot refuse; should it ever, the attribute is an empty string.
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .unwrap_or_else(|_| unreachable!("a data type is set"))
}

/// At most [`BATCH`] entries and 900 KiB at once (SQS: 1 MiB for a whole batch, attributes included).
fn chunks(of_queue: &[usize], sends: &[Send]) -> Vec<Vec<usize>> {
    const BYTES: usize = 900 * 1024;
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for &at in of_queue {
        let size = sends[at].body.to_string().len() + 256;
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < BATCH && bytes + size <= BYTES => {
                chunk.push(at);
                bytes += size;
            }
            _ => {
                chunks.push(vec![at]);
                bytes = size;
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_keep_the_limits_of_sqs() {
        let send = |bytes: usize| Send { queue: "q".into(), body: "x".repeat(bytes).into() };
        let small: Vec<_> = (0..23).map(|_| send(10)).collect();
        let all: Vec<usize> = (0..23).collect();
        assert_eq!(chunks(&all, &small).iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
        let large: Vec<_> = (0..3).map(|_| send(500_000)).collect();
        assert_eq!(chunks(&[0, 1, 2], &large).len(), 3);
        assert_eq!(chunks(&[], &small).len(), 0);
    }
}
