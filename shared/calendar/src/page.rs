//! What the providers' lists are read into.

use crate::event::{Busy, Item};
use crate::zone::Zone;
use attune_domain::Millis;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T = Item> {
    /// What is there, new or changed.
    pub items: Vec<T>,
    /// Ids of what is no longer there.
    pub removed: Vec<String>,
    /// Ids of what could not be read: the rest of the page is good without it. Empty where not even the id could be read.
    pub unreadable: Vec<String>,
    /// How to go on.
    pub next: Next,
}

/// How a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// There is another page: Google's `nextPageToken`, Microsoft's `@odata.nextLink`.
    More(String),
    /// That was the last page; the changes since are asked for with this: Google's `nextSyncToken`, Microsoft's
    /// `@odata.deltaLink`.
    Done(String),
    /// That was the last page of a list that does not tell changes.
    End,
}

/// A calendar of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The provider's id.
    pub id: String,
    /// What the account's owner calls it.
    pub name: String,
    /// `#rrggbb`, where the provider tells.
    pub color: Option<String>,
    /// The zone of its floating times, where the provider tells and it is known.
    pub zone: Option<Zone>,
    /// What the account may do with it.
    pub access: Access,
    /// It is the account's main one.
    pub primary: bool,
    /// The address of its owner, where the provider tells.
    pub owner: Option<String>,
    /// The provider can make online meetings of this kind in it (`hangoutsMeet`, `teamsForBusiness`): the first, or
    /// its default.
    pub conference: Option<String>,
}

/// What an account may do with a calendar. Later ones include the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing that is known here.
    None,
    /// See when it is busy.
    FreeBusy,
    /// Read events.
    Read,
    /// Write events.
    Write,
    /// Share it and delete it, too.
    Owner,
}

/// When somebody is busy, as the provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeBusy {
    /// The calendar's id or the person's address, as asked for.
    pub id: String,
    /// Spans of time, in the provider's order.
    pub busy: Vec<Span>,
    /// The provider's word where it does not tell of this one (`notFound`, `ErrorMailRecipientNotFound`).
    pub error: Option<String>,
}

/// A span of time, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Span {
    pub start: Millis,
    pub end: Millis,
    pub busy: Busy,
}

/// Why an event could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has no id.
    #[error("no id")]
    Id,
    /// It has no start, or none that is a time.
    #[error("no start that is a time")]
    Start,
    /// Its end is there and no time.
    #[error("an end that is no time")]
    End,
    /// The start of the instance that it overrides is there and no time.
    #[error("an original start that is no time")]
    OriginalStart,
}
