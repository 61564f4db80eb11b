//! The provider-neutral event: RFC 5545's VEVENT, with what Google Calendar v3 and Microsoft Graph have beyond it.
//!
//! Reading a provider's event and writing it back changes nothing: what has no place of its own here stays in [`Event::rest`], in the
//! provider's own form.

use crate::when::When;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a provider keeps under one id: one event, or, with CalDAV, a master and its overrides in one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The provider's id within the calendar: Google's and Microsoft's `id`, CalDAV's path of the resource.
    pub id: String,
    /// The provider's version of it: `etag`, `@odata.etag`, `getetag`, verbatim with its quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The id of the item with the master, where this one is an override of its own (Google's `recurringEventId`, Microsoft's `seriesMasterId`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Its events, the master first. Never empty.
    pub events: Vec<Event>,
}

/// One event, one master of a series, or one override of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// UID (RFC 5545, 3.8.4.7; RFC 7986): the same in every copy of an invitation. Google's `iCalUID`, Microsoft's `iCalUId`.
    pub uid: String,
    /// DTSTART.
    pub start: When,
    /// DTEND, exclusive; a DURATION is added up when it is read ([`When::implied_end`] where neither is there).
    pub end: When,
    /// Makes it the master of a series.
    #[serde(default, skip_serializing_if = "Recurrence::is_empty")]
    pub recurrence: Recurrence,
    /// RECURRENCE-ID: makes it an override of the instance that would start then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence_id: Option<When>,
    /// `RANGE=THISANDFUTURE` on RECURRENCE-ID: the override moves all later instances too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub this_and_future: bool,
    /// STATUS. An override that is cancelled takes its instance out.
    #[serde(default)]
    pub status: Status,
    /// TRANSP and Microsoft's `showAs`: what the time counts as in free/busy.
    #[serde(default)]
    pub busy: Busy,
    /// CLASS, Google's `visibility`, Microsoft's `sensitivity`.
    #[serde(default)]
    pub visibility: Visibility,
    /// SUMMARY, Microsoft's `subject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// DESCRIPTION (may be HTML with Google and Microsoft; see `rest`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// LOCATION.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// ORGANIZER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizer: Option<Person>,
    /// ATTENDEE, in the provider's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
    /// CONFERENCE (RFC 7986), Google's `conferenceData`, Microsoft's `onlineMeeting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference: Option<Conference>,
    /// SEQUENCE: revisions as the organizer counts them.
    #[serde(default)]
    pub sequence: u32,
    /// LAST-MODIFIED, `updated`, `lastModifiedDateTime`: RFC 3339, as the provider wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// Names and values of our own that the provider keeps for us: Google's private extended properties, Microsoft's single-value
    /// extended properties, `X-ATTUNE-…`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extended: BTreeMap<String, String>,
    /// What has no place above, in the provider's own form: members of the JSON object, or for iCalendar the member `properties` (an array
    /// of content lines, unfolded, verbatim) and `components` (an array of texts: alarms and other parts inside).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub rest: Map<String, Value>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// RRULE, RDATE, EXDATE (RFC 5545, 3.8.5), and EXRULE of RFC 2445, as texts and times; `recurrence` reads and expands them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recurrence {
    /// Values of RRULE, without the property's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rrule: Vec<String>,
    /// Values of EXRULE (deprecated, still seen).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exrule: Vec<String>,
    /// Further starts, with an end where a period was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rdate: Vec<RDate>,
    /// Starts that do not take place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exdate: Vec<When>,
}

impl Recurrence {
    /// Nothing recurs.
    pub fn is_empty(&self) -> bool {
        self.rrule.is_empty() && self.exrule.is_empty() && self.rdate.is_empty() && self.exdate.is_empty()
    }
}

/// One value of RDATE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RDate {
    /// The start.
    pub start: When,
    /// The end, where it is a period (`VALUE=PERIOD`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
}

/// STATUS of an event (RFC 5545, 3.8.1.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the standard's words")]
pub enum Status {
    #[default]
    Confirmed,
    Tentative,
    Cancelled,
}

/// What the time counts as. TRANSP knows the first two; Microsoft's `showAs` knows all (FBTYPE of RFC 5545, 3.2.9 has the same words).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Busy {
    /// OPAQUE, `busy`.
    #[default]
    Busy,
    /// TRANSPARENT, `free`.
    Free,
    /// `tentative`.
    Tentative,
    /// `oof`.
    OutOfOffice,
    /// `workingElsewhere`: not busy.
    WorkingElsewhere,
}

/// Who may read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// As the calendar says.
    #[default]
    Default,
    /// PUBLIC.
    Public,
    /// PRIVATE.
    Private,
    /// CONFIDENTIAL: the time may be seen, what it is may not.
    Confidential,
}

/// Somebody by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The address without `mailto:`, as written.
    pub email: String,
    /// CN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// It is the owner of the calendar (Google's `self`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub own: bool,
}

/// ATTENDEE (RFC 5545, 3.8.4.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// PARTSTAT.
    #[serde(default)]
    pub response: Response,
    /// `ROLE=OPT-PARTICIPANT`, Google's `optional`, Microsoft's `type: optional`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// `CUTYPE=RESOURCE` or `ROOM`, Google's `resource`, Microsoft's `type: resource`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resource: bool,
    /// What has no place above (parameters, or members of the provider's object).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub rest: Map<String, Value>,
}

/// PARTSTAT (RFC 5545, 3.2.12), Google's `responseStatus`, Microsoft's `responseStatus.response`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the standard's words")]
pub enum Response {
    #[default]
    NeedsAction,
    Accepted,
    Tentative,
    Declined,
}

/// Where the meeting takes place online.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conference {
    /// The address to join; absent while the provider still makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The provider's word for its kind: `hangoutsMeet`, `teamsForBusiness`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Asks the provider to make one; its id makes the request repeatable (Google's `createRequest.requestId`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What has no place above.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub rest: Map<String, Value>,
}
