//! The items of table `chat`.

use attune_contracts::message::{ChatEventV1, ChatSaidV1};
use attune_domain::TenantId;
use attune_functions_kit::Item;
use attune_migrations::keys;

const DAY_S: i64 = 86_400;

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The item of an event: by its number in its room, gone after the tenant's time. `event` is what the room's members were told.
///
/// # Errors
/// The event is not JSON, which its type rules out.
pub fn item(tenant: &TenantId, said: &ChatSaidV1, event: &ChatEventV1) -> Result<Item, serde_json::Error> {
    let told = serde_json::to_string(&ChatEventV1 { rev: 0, ..event.clone() })?;
    Ok(Item::new(keys::chat_pk(tenant, said.room_id.as_str()), keys::chat_event_sk(event.seq))
        .number("seq", number(event.seq))
        .number("rev", number(event.rev))
        .number("at", event.at.0)
        .text("from", &event.from)
        .text("kind", &event.kind)
        .text("event", &told)
        .number("expires_at", event.at.0 / 1_000 + i64::from(said.retention_days) * DAY_S))
}
