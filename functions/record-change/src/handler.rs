//! The way of one change.

use crate::context::RecordChange;
use crate::items;
use attune_contracts::config::ChangeV1;
use attune_contracts::message::CONFIG_CHANGED_V1;
use attune_domain::KnobName;
use attune_functions_kit::batch::{Function, Window, outcomes};
use attune_functions_kit::store::Put;
use attune_functions_kit::{GiveUp, Message, Outcome, Record, record};
use attune_migrations::Access;

impl Function for RecordChange {
    const NAME: &'static str = "record-change";
    const QUEUE: Option<&'static str> = Some("record-change");
    type Input = Message<ChangeV1>;

    fn read(&self, record: &Record, now_ms: i64) -> Result<Self::Input, GiveUp> {
        let message: Self::Input = record::read(record, CONFIG_CHANGED_V1, &self.cell, now_ms)?;
        // Names become parts of keys.
        match message.body.values.keys().find(|name| KnobName::parse(name).is_err()) {
            Some(_) => Err(GiveUp::Invalid("/values has an unknown name".to_owned())),
            None => Ok(message),
        }
    }

    async fn handle(&self, batch: Vec<Self::Input>, window: Window) -> Vec<Outcome> {
        outcomes(batch, window, |message| async move { self.project(&message).await.unwrap_or_else(|outcome| outcome) })
            .await
    }

    fn take_units(&self) -> (f64, f64) {
        self.store.take_units()
    }
}

impl RecordChange {
    /// Each item is its own marker, so a crash between two of them is mended by the redelivery.
    async fn project(&self, message: &Message<ChangeV1>) -> Result<Outcome, Outcome> {
        let change = &message.body;
        let history =
            items::changes(&message.tenant, change).map_err(|_| GiveUp::Invalid("/origin is not JSON".to_owned()))?;
        let mut known = true;
        for item in history {
            match self.store.put_once(Access::RecordPutChange, item).await? {
                Put::Written => known = false,
                // One version is one change; another under the same version is a fault upstream, not a repeat.
                Put::Existed(there) if there.get_text("change_id") != Some(change.change_id.as_str()) => {
                    return Err(GiveUp::FingerprintMismatch.into());
                }
                Put::Existed(_) => {}
            }
        }
        for item in items::parameters(&message.tenant, change) {
            self.store.put_newer(Access::RecordUpsertParameter, item, "version").await?;
        }
        Ok(if known { Outcome::Skipped } else { Outcome::Done })
    }
}
