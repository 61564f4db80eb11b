//! What the server keeps.

use super::delta::Round;
use super::event::change_key;
use super::subscribe::Subscription;
use crate::provider::{Faults, Push, Tally, Tokens, windows};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Limits, and what the documentation leaves open.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests a minute and mailbox; 0: any number. (Published: 10,000 in ten minutes.)
    pub quota_per_minute: u32,
    /// Requests of a mailbox at the same time ("`MailboxConcurrency`").
    pub at_once: u32,
    /// Subscriptions live at most this long, seconds (under seven days).
    pub subscription_most_s: i64,
    /// Subscriptions are made only when their addresses echo the validation token.
    pub handshake: bool,
    /// How long an address may take for it, milliseconds (published: 10 s).
    pub handshake_ms: u64,
    /// A notification's answer that takes longer is slow, milliseconds.
    pub slow_ms: u64,
    /// So many answers in ten minutes before an endpoint is judged by them.
    pub slow_least: usize,
    /// Deltas tell masters too, beside occurrences and exceptions (seen, not published).
    pub masters_in_delta: bool,
    /// Deltas tell occurrences by id, times and master alone (seen, not published).
    pub short_occurrences: bool,
    /// Every round of a delta begins with an empty page that has a next link ("even if the current response may contain an empty
    /// result").
    pub empty_first_page: bool,
    /// Deltas tell items twice ("a single entity can be contained multiple times").
    pub repeat_in_delta: bool,
    /// The code of 410: `syncStateNotFound`, or `resyncRequired`.
    pub gone_code: String,
    /// A second create with the same `transactionId` is 409 instead of 201 with the first event; neither makes a second.
    pub conflict_on_transaction: bool,
    /// A declined event leaves the calendar, as in Outlook.
    pub decline_removes: bool,
    /// A refresh token ends when it is used. Published: it stays, though a new one comes.
    pub refresh_once: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quota_per_minute: 0,
            at_once: 4,
            subscription_most_s: 10_080 * 60,
            handshake: true,
            handshake_ms: 10_000,
            slow_ms: 10_000,
            slow_least: 20,
            masters_in_delta: true,
            short_occurrences: true,
            empty_first_page: false,
            repeat_in_delta: false,
            gone_code: "syncStateNotFound".to_owned(),
            conflict_on_transaction: false,
            decline_removes: true,
            refresh_once: false,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub email: String,
    /// A GUID.
    pub id: String,
    /// A Windows name.
    pub zone: String,
    /// `transactionId` with calendar and event.
    pub transactions: BTreeMap<String, (String, String)>,
    pub recent: VecDeque<i64>,
    pub at_once: u32,
}

#[derive(Debug)]
pub(crate) struct Calendar {
    pub id: String,
    pub name: String,
    pub owner: String,
    pub default: bool,
    pub events: BTreeMap<String, Stored>,
}

/// A single event, a master or an exception: what was written, in Graph's form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub json: Value,
    /// Counts the changes of the server.
    pub version: u64,
    /// The master and the day of the occurrence, for an exception.
    pub of: Option<(String, Date)>,
    /// Days of occurrences that are cancelled, for a master.
    pub cancelled: BTreeSet<Date>,
    pub modified_ms: i64,
    pub created_ms: i64,
}

impl Stored {
    pub fn recurs(&self) -> bool {
        self.json["recurrence"].is_object()
    }

    pub fn etag(&self) -> String {
        format!("W/\"{}\"", change_key(self.version))
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub settings: Settings,
    pub tokens: Tokens,
    pub signed_in: Option<String>,
    pub mailboxes: BTreeMap<String, Mailbox>,
    pub calendars: BTreeMap<String, Calendar>,
    pub subscriptions: BTreeMap<String, Subscription>,
    pub faults: Faults,
    pub tally: Tally,
    pub seq: u64,
    pub next: u64,
    /// Cursors of an older one have expired.
    pub generation: u64,
    pub rounds: BTreeMap<u64, Round>,
    pub outgoing: Vec<Push>,
}

impl State {
    pub fn account(&mut self, email: &str, zone: &str) -> String {
        self.signed_in.get_or_insert_with(|| email.to_owned());
        self.next += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.next);
        let (email, zone) = (email.to_owned(), windows(zone).unwrap_or(zone).to_owned());
        let mailbox = Mailbox { email: email.clone(), id, zone, ..Mailbox::default() };
        self.mailboxes.insert(email.clone(), mailbox);
        self.calendar(&email, "Calendar", true)
    }

    pub fn calendar(&mut self, email: &str, name: &str, default: bool) -> String {
        self.next += 1;
        let id = format!("AAMkAC{:010}AAA=", self.next);
        let (name, owner) = (name.to_owned(), email.to_owned());
        let calendar = Calendar { id: id.clone(), name, owner, default, events: BTreeMap::new() };
        self.calendars.insert(id.clone(), calendar);
        id
    }

    pub fn default_calendar(&self, email: &str) -> Option<String> {
        self.calendars
            .values()
            .find(|calendar| calendar.default && calendar.owner == email)
            .map(|found| found.id.clone())
    }

    /// The address of a mailbox by its address or GUID.
    pub fn mailbox(&self, name: &str) -> Option<&Mailbox> {
        self.mailboxes.values().find(|mailbox| mailbox.email.eq_ignore_ascii_case(name) || mailbox.id == name)
    }

    /// Puts an event into a calendar, and tells whoever subscribed.
    pub fn put(&mut self, calendar: &str, core: &str, mut stored: Stored, now: i64) {
        self.seq += 1;
        (stored.version, stored.modified_ms) = (self.seq, now);
        let Some(found) = self.calendars.get_mut(calendar) else { return };
        let kind = if found.events.insert(core.to_owned(), stored).is_some() { "updated" } else { "created" };
        self.notify(calendar, core, kind, now);
    }

    /// Takes an event out of a calendar, a master with its exceptions.
    pub fn remove(&mut self, calendar: &str, core: &str, now: i64) {
        self.seq += 1;
        let Some(found) = self.calendars.get_mut(calendar) else { return };
        if found.events.remove(core).is_some() {
            found.events.retain(|_, stored| stored.of.as_ref().is_none_or(|(master, _)| master != core));
            self.notify(calendar, core, "deleted", now);
        }
    }

    /// The calendar of a mailbox that has an event, or has the master of an occurrence.
    pub fn place_of(&self, email: &str, core: &str) -> Option<String> {
        let master = core.split('O').next().unwrap_or(core);
        let has = |calendar: &&Calendar| calendar.owner == email && calendar.events.contains_key(master);
        self.calendars.values().find(has).map(|calendar| calendar.id.clone())
    }

    /// Counts a request; false: the quota is used up.
    pub fn within_quota(&mut self, email: &str, now: i64) -> bool {
        let most = self.settings.quota_per_minute;
        let Some(mailbox) = self.mailboxes.get_mut(email) else { return true };
        mailbox.recent.retain(|at| *at > now - 60_000);
        if most > 0 && mailbox.recent.len() >= most as usize {
            return false;
        }
        mailbox.recent.push_back(now);
        true
    }
}
