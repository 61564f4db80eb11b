//! The marker of a mail, in table `identity`. It holds ids and times, nothing of the mail.

use attune_contracts::envelope::MARKER_MS;
use attune_contracts::message::SendMailV1;
use attune_functions_kit::{Item, Message};
use attune_migrations::keys;

/// When the server took it. Absent: begun, and not known to be sent.
pub const SENT_AT: &str = "sent_at";

/// A mail that is about to be sent.
pub fn begun(message: &Message<SendMailV1>) -> Item {
    Item::new(keys::mail_pk(&message.tenant, &message.id), keys::MAIL_SK.to_owned())
        .number("accepted_at", message.accepted_at)
        .number("expires_at", (message.accepted_at + MARKER_MS) / 1_000)
}

/// The same once the server has taken it.
pub fn sent(begun: Item, now_ms: i64) -> Item {
    begun.number(SENT_AT, now_ms)
}

/// Did a server take it?
pub fn is_sent(item: &Item) -> bool {
    item.get_number(SENT_AT).is_some()
}
