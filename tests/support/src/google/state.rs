//! What the server keeps.

use super::event;
use super::watch::{Channel, Resource};
use crate::provider::{Faults, Push, Tally, Tokens, rfc3339_ms, text};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Limits, and what the documentation leaves open.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests a minute and account; 0: any number.
    pub quota_per_minute: u32,
    /// How a used up quota is told: 403 or 429, both are documented.
    pub quota_status: u16,
    /// Channels live at most this long, seconds.
    pub channel_most_s: i64,
    /// A conference is made after this time, milliseconds.
    pub conference_ms: i64,
    /// Conferences fail (`statusCode: failure`).
    pub conference_fails: bool,
    /// Pages have at most this many items, whatever `maxResults` asks for ("incomplete pages can be detected by nextPageToken").
    pub page_most: Option<usize>,
    /// `updatedMin` may be this old, seconds.
    pub updated_min_s: i64,
    /// Accounts may see each other's free and busy times, as in one organization.
    pub free_busy_of_all: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quota_per_minute: 0,
            quota_status: 403,
            channel_most_s: 604_800,
            conference_ms: 0,
            conference_fails: false,
            page_most: None,
            updated_min_s: 28 * 86_400,
            free_busy_of_all: true,
        }
    }
}

/// A calendar on somebody's list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// `none`: it was taken off.
    pub role: String,
    pub changed: u64,
    /// `summaryOverride`, `selected`, …
    pub own: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Account {
    pub list: BTreeMap<String, Entry>,
    /// Clients that were given a refresh token.
    pub granted: BTreeSet<String>,
    /// Times of the requests of the last minute.
    pub recent: VecDeque<i64>,
}

#[derive(Debug)]
pub(crate) struct Calendar {
    pub id: String,
    pub summary: String,
    pub zone: String,
    /// The address of the person whose calendar it is; organizer of what is made in it.
    pub owner: String,
    pub events: BTreeMap<String, Stored>,
    pub updated_ms: i64,
}

impl Calendar {
    /// Address by which attendees are `self` here: that of the person for a primary calendar, of the calendar for others.
    pub fn address(&self) -> &str {
        &self.id
    }
}

/// An event: what was written, in Google's form without what is told with it ([`event::render`]).
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub json: Value,
    pub changed: u64,
}

impl Stored {
    pub fn cancelled(&self) -> bool {
        text(&self.json, "status") == "cancelled"
    }

    pub fn master(&self) -> Option<&str> {
        self.json.get("recurringEventId").and_then(Value::as_str)
    }

    pub fn etag(&self) -> String {
        event::etag(self.changed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub settings: Settings,
    pub tokens: Tokens,
    pub signed_in: Option<String>,
    pub accounts: BTreeMap<String, Account>,
    pub calendars: BTreeMap<String, Calendar>,
    pub channels: BTreeMap<String, Channel>,
    pub channel_ids: BTreeSet<String>,
    pub faults: Faults,
    pub tally: Tally,
    /// Counts changes.
    pub seq: u64,
    pub next: u64,
    /// Cursors of an older one have expired.
    pub generation: u64,
    /// Lists of single instances that are being read, or that sync tokens stand for.
    pub rounds: BTreeMap<u64, super::singles::Round>,
    /// Conferences that are being made: calendar, event, time.
    pub conferences: Vec<(String, String, i64)>,
    pub outgoing: Vec<Push>,
}

impl State {
    pub fn account(&mut self, email: &str, zone: &str) {
        self.signed_in.get_or_insert_with(|| email.to_owned());
        self.accounts.entry(email.to_owned()).or_default();
        self.add_calendar(email, email, email, zone);
    }

    fn add_calendar(&mut self, id: &str, owner: &str, summary: &str, zone: &str) {
        self.seq += 1;
        let calendar = Calendar {
            id: id.to_owned(),
            summary: summary.to_owned(),
            zone: zone.to_owned(),
            owner: owner.to_owned(),
            events: BTreeMap::new(),
            updated_ms: 0,
        };
        self.calendars.insert(id.to_owned(), calendar);
        let entry = Entry { role: "owner".to_owned(), changed: self.seq, own: json!({}) };
        self.accounts.entry(owner.to_owned()).or_default().list.insert(id.to_owned(), entry);
    }

    pub fn calendar(&mut self, email: &str, summary: &str, zone: &str, now: i64) -> String {
        self.next += 1;
        let id = format!("c_{:016x}@group.calendar.google.com", self.next);
        self.add_calendar(&id, email, summary, zone);
        self.notify(&Resource::List(email.to_owned()), now);
        id
    }

    pub fn share(&mut self, calendar: &str, email: &str, role: &str, now: i64) {
        self.seq += 1;
        let entry = Entry { role: role.to_owned(), changed: self.seq, own: json!({}) };
        self.accounts.entry(email.to_owned()).or_default().list.insert(calendar.to_owned(), entry);
        self.notify(&Resource::List(email.to_owned()), now);
    }

    /// The role of an account in a calendar.
    pub fn role(&self, email: &str, calendar: &str) -> Option<&str> {
        let entry = self.accounts.get(email)?.list.get(calendar)?;
        Some(entry.role.as_str()).filter(|role| *role != "none")
    }

    /// Puts an event into a calendar: it has changed, and whoever watches is told.
    pub fn put(&mut self, calendar: &str, id: &str, mut json: Value, now: i64) {
        self.seq += 1;
        json["updated"] = rfc3339_ms(now).into();
        let Some(found) = self.calendars.get_mut(calendar) else { return };
        found.events.insert(id.to_owned(), Stored { json, changed: self.seq });
        found.updated_ms = now;
        self.notify(&Resource::Events(calendar.to_owned()), now);
    }

    pub fn stored(&self, calendar: &str, id: &str) -> Option<&Stored> {
        self.calendars.get(calendar)?.events.get(id)
    }

    pub fn visible(&self, calendar: &str) -> Vec<Value> {
        let Some(calendar) = self.calendars.get(calendar) else { return Vec::new() };
        let shown = calendar.events.values().filter(|stored| !stored.cancelled() || stored.master().is_some());
        shown.map(|stored| event::render(calendar, stored, None, None)).collect()
    }

    fn notify(&mut self, resource: &Resource, now: i64) {
        let seq = self.seq;
        let watching =
            self.channels.values_mut().filter(|channel| channel.resource == *resource && channel.until_ms > now);
        self.outgoing.extend(watching.map(|channel| channel.message("exists", seq)));
    }

    /// Finishes the conferences whose time has come.
    pub fn settle(&mut self, now: i64) {
        let (ready, waiting) = std::mem::take(&mut self.conferences).into_iter().partition(|(_, _, at)| *at <= now);
        self.conferences = waiting;
        let ready: Vec<(String, String, i64)> = ready;
        for (calendar, id, _) in ready {
            let Some(mut json) = self.stored(&calendar, &id).map(|stored| stored.json.clone()) else { continue };
            event::finish_conference(&mut json, self.settings.conference_fails, self.seq);
            self.put(&calendar, &id, json, now);
        }
    }

    /// Counts a request; false: the quota is used up.
    pub fn within_quota(&mut self, email: &str, now: i64) -> bool {
        let most = self.settings.quota_per_minute;
        let Some(account) = self.accounts.get_mut(email) else { return true };
        account.recent.retain(|at| *at > now - 60_000);
        if most > 0 && account.recent.len() >= most as usize {
            return false;
        }
        account.recent.push_back(now);
        true
    }
}
