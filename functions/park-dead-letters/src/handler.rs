//! The way of one dead letter.

use crate::context::Park;
use crate::letter::letter;
use attune_functions_kit::batch::{Function, Window, outcomes};
use attune_functions_kit::{CallError, GiveUp, Outcome, Record};

impl Function for Park {
    const NAME: &'static str = "park-dead-letters";
    const QUEUE: Option<&'static str> = None;
    type Input = Record;

    fn read(&self, record: &Record, _now_ms: i64) -> Result<Record, GiveUp> {
        Ok(record.clone())
    }

    async fn handle(&self, batch: Vec<Record>, window: Window) -> Vec<Outcome> {
        outcomes(batch, window, |record| async move {
            let (key, letter) = letter(&record, &self.queue_prefix, window.now_ms);
            let put = match serde_json::to_vec(&letter) {
                Ok(bytes) => self.letters.put(&key, "application/json", bytes).await,
                Err(_) => Err(CallError::Bucket("not_json".to_owned())),
            };
            put.map_or_else(Outcome::from, |()| Outcome::Done)
        })
        .await
    }
}
