//! Google Calendar API v3 (developers.google.com/calendar/api/v3/reference), without its transport: requests as
//! values, answers read from them.
//!
//! The rules of `events.list` with a sync token, which [`Google::events`] keeps by having no other parameters at all:
//! the token comes on the last page only; a request with one may not carry `iCalUID orderBy privateExtendedProperty q
//! sharedExtendedProperty timeMin timeMax updatedMin` nor `showDeleted=false`, and all other parameters must be those
//! of the first request. 410 asks for a full list, which carries no tombstones: what is known here and absent there
//! is gone.

mod call;
mod conference;
mod event;
mod failure;
mod freebusy;
mod list;
mod push;
mod recurrence;
mod time;

#[cfg(test)]
mod tests;

pub use call::{Google, SendUpdates};
pub use event::{body, client_id, patch, read, write};
pub use failure::{check, failure};
pub use freebusy::free_busy;
pub use list::{calendars, event, events, instances};
pub use push::{Channel, Push, PushFault, State, channel};
pub use recurrence::{lines as recurrence_lines, of_lines as recurrence_of};

/// Where the API is.
pub const BASE: &str = "https://www.googleapis.com/calendar/v3";
