//! What the calendar providers of the tests share: HTTP, a clock that tests move, OAuth 2.0 tokens, faults, pushes, recurrence.
//!
//! All of it is apart from the code under test: times and zones come from `jiff`, recurrence is worked out day by day, slowly and plainly.

mod clock;
mod control;
mod faults;
mod http;
mod oauth;
mod push;
mod recur;
mod times;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use control::{Edit, Tally};
pub use faults::{Fault, PushFault, Rule};
pub use http::{Answer, Request, send};
pub use push::{Delivery, Push};

pub(crate) use control::{Control, number, text, words};
pub(crate) use faults::Faults;
pub(crate) use http::{Guard, encode, listen};
pub(crate) use oauth::{Access, Code, Denied, Tokens};
pub(crate) use push::Pushes;
pub(crate) use recur::{Freq, Limit, Rule as Recurrence, Set, weekday};
pub(crate) use times::{compact_utc, iana, instant, is_zone, local_of, micros, rfc3339_ms, rfc3339_s, windows, zone};
