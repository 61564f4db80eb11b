//! The calendars of Microsoft Graph v1.0 (learn.microsoft.com/graph/api/resources/event), without its transport:
//! requests as values, answers read from them.
//!
//! **Times.** No zone is asked for (`Prefer: outlook.timezone="UTC"`), so every time is an instant; the zone in which
//! the event was made is in `originalStartTimeZone`, and the local time follows from both. Written are local time and
//! zone.
//!
//! **Series.** A delta of a `calendarView` tells the master, its exceptions in full, and of each other instance
//! within the window its id and times (`type: occurrence`; see [`is_occurrence`]). An instance that was deleted is
//! not told: a series that changed comes whole, on one page, and what it lacks is gone ([`missing`]). The documentation
//! does not say so; it was found by experiment (pull request 4501 of microsoftgraph/microsoft-graph-docs).

mod body;
mod call;
mod event;
mod failure;
mod list;
mod meeting;
mod notification;
mod recurrence;
mod schedule;
mod series;
mod subscription;
mod time;
mod window;
mod zone;

#[cfg(test)]
mod tests;

pub use body::{body, changes};
pub use call::Graph;
pub use event::{own_response, read, write};
pub use failure::{check, failure};
pub use list::{calendars, event, events};
pub use notification::{Lifecycle, Notification, notifications, validation_token};
pub use recurrence::Unsupported;
pub use schedule::schedule;
pub use series::{is_occurrence, missing};
pub use subscription::{MAX_MINUTES, Subscription, subscription};
pub use window::Window;

/// Where the API is.
pub const BASE: &str = "https://graph.microsoft.com/v1.0";
