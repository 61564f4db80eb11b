//! The way of one message.

use crate::context::RecordChat;
use crate::items;
use attune_contracts::message::{CHAT_SAID_V1, ChatSaidV1};
use attune_functions_kit::batch::{Function, Window, outcomes};
use attune_functions_kit::store::Put;
use attune_functions_kit::{GiveUp, Message, Outcome, Record, record};
use attune_migrations::Access;

/// Bounds of the tenant's setting.
const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;

impl Function for RecordChat {
    const NAME: &'static str = "record-chat";
    const QUEUE: Option<&'static str> = Some("record-chat");
    type Input = Message<ChatSaidV1>;

    fn read(&self, record: &Record, now_ms: i64) -> Result<Self::Input, GiveUp> {
        let message: Self::Input = record::read(record, CHAT_SAID_V1, &self.cell, now_ms)?;
        if !DAYS.contains(&message.body.retention_days) {
            return Err(GiveUp::Invalid("/retention_days is out of range".to_owned()));
        }
        Ok(message)
    }

    async fn handle(&self, batch: Vec<Self::Input>, window: Window) -> Vec<Outcome> {
        outcomes(batch, window, |message| async move { self.keep(&message).await.unwrap_or_else(|outcome| outcome) })
            .await
    }

    fn take_units(&self) -> (f64, f64) {
        self.store.take_units()
    }
}

impl RecordChat {
    /// Each item is its own marker, so a crash between two of them is mended by the redelivery.
    async fn keep(&self, message: &Message<ChatSaidV1>) -> Result<Outcome, Outcome> {
        let mut known = true;
        for event in &message.body.events {
            let item = items::item(&message.tenant, &message.body, event)
                .map_err(|_| GiveUp::Invalid("/events is not JSON".to_owned()))?;
            known &= self.store.put_newer(Access::ChatPutEvent, item, "rev").await? != Put::Written;
        }
        Ok(if known { Outcome::Skipped } else { Outcome::Done })
    }
}
