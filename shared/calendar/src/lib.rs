//! Calendars, sans-IO: one provider-neutral event model, and all that can be said about events without asking anybody.
//!
//! - [`when`]: dates, floating, zoned and absolute times of an event, as the provider wrote them.
//! - [`event`]: the event model (RFC 5545's VEVENT; Google's and Microsoft's events map into it).
//! - [`recurrence`]: rules of recurrence, and their instances.
//! - [`series`]: a master with its overrides: the occurrences in a window, and edits of one, the following, or all.
//! - [`zone`]: names of time zones, as the providers spell them.
//! - [`sync`]: what the sync function and the owner of an account say to each other.
//! - [`ics`]: iCalendar files. [`caldav`]: requests to CalDAV servers, and their answers.
//! - [`http`], [`failure`]: calls to providers as values, and what to do when they fail.
//! - [`google`], [`graph`]: codecs of Google Calendar v3 and of the calendars of Microsoft Graph v1.0; [`page`]: what
//!   their lists are read into.
//! - [`oauth`]: the authorization code flow of both.
//! - [`freebusy`], [`slots`], [`conflict`], [`suggest`], [`insight`]: planning, on flat occurrences; nothing is moved without consent.

pub mod caldav;
pub mod conflict;
pub mod event;
pub mod failure;
pub mod freebusy;
pub mod google;
pub mod graph;
pub mod http;
pub mod ics;
pub mod insight;
pub mod oauth;
pub mod page;
pub mod recurrence;
pub mod series;
pub mod slots;
pub mod suggest;
pub mod sync;
mod url;
mod verbatim;
pub mod when;
mod wire;
pub mod zone;

pub use event::Event;
pub use when::When;
