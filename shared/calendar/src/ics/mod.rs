//! iCalendar (RFC 5545, RFC 7986): read from files as they are, written as they should be.
//!
//! Three layers: content lines ([`Property`]), components ([`parse`]), and events ([`read`], [`write`]). Reading and writing back
//! changes nothing but DTSTAMP, where lines are folded, VTIMEZONEs (written anew from the IANA database), and the order of what
//! has none: properties of different names, and parameters of people.

mod calendar;
mod event;
mod fault;
mod fields;
mod freebusy;
mod itip;
mod line;
mod observance;
mod people;
mod text;
mod time;
mod tree;
mod vtimezone;
mod zones;

pub use calendar::{Calendar, Head, PRODID, read, write, write_with};
pub use fault::{Fault, Reason};
pub use freebusy::{FreeBusy, Period, free_busy_request, read_free_busy};
pub use itip::{Method, NoMessage, message, reply};
pub use line::{MAX_LINE, Param, Params, Property};
pub(crate) use time::stamp;
pub use tree::{Component, MAX_COMPONENTS, MAX_DEPTH, Tree, parse};
