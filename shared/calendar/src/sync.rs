//! What `functions/sync-calendar` and the owner of an account, the `Calendar` object of a user, say to each other (signed calls under
//! `/internal/v1/calendar/`).
//!
//! The object owns accounts, calendars, items, cursors and writes; the function owns nothing. A queue message says only *that* an account
//! is due. The function begins, gets a lease with an epoch, credentials and all that is to do, talks to the provider, and hands each
//! result in as a [`Step`]. A page's items and its cursor are one step, hence one transaction. A step of an older epoch is refused, a
//! step that was taken before is answered like the first time.

use crate::event::Item;
use attune_domain::TenantId;
use serde::{Deserialize, Serialize};

/// Whose account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRef {
    /// Tenant.
    pub tenant: TenantId,
    /// `usr_…`.
    pub user_id: String,
    /// `acc_…`.
    pub account_id: String,
}

/// `POST /internal/v1/calendar/begin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginV1 {
    /// The account.
    #[serde(flatten)]
    pub account: AccountRef,
    /// How long the lease lasts without a step, ms. Each step renews it.
    pub lease_ms: i64,
}

/// Answer to [`BeginV1`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BegunV1 {
    /// Yours.
    Work(Box<WorkV1>),
    /// Somebody else holds the lease. What is wanted beyond that is noted where it arises; its message goes out when that one is done.
    Busy,
    /// There is no such account any more, it needs its user, it has to wait, or nothing is wanted of it: nothing to do.
    Idle,
}

/// What is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkV1 {
    /// Names the lease: rises with each.
    pub epoch: u64,
    /// Which provider.
    pub provider: Provider,
    /// `https://…` of the CalDAV server or what the user typed; absent for Google and Microsoft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The data key of the tenant as KMS wrapped it, base64.
    pub data_key: String,
    /// [`Credentials`] as JSON, sealed under that key.
    pub sealed: String,
    /// A disconnected account: revoke the token, stop the channels, then [`Step::Ended`].
    #[serde(default)]
    pub ending: bool,
    /// Its calendars; empty before the first [`Step::Calendars`].
    pub calendars: Vec<CalendarWorkV1>,
    /// Writes that wait, oldest first. Of several of one item only the first; the next one comes in the answer to its [`Step::Written`].
    pub writes: Vec<WriteV1>,
    /// Where the provider sends its pushes, `https://…/hooks/google`; absent where pushes cannot arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_url: Option<String>,
}

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names")]
pub enum Provider {
    Google,
    Microsoft,
    Caldav,
}

impl Provider {
    /// The word in addresses and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Caldav => "caldav",
        }
    }
}

/// What opens an account. Sealed wherever it lies; never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credentials {
    /// OAuth 2.0.
    Oauth {
        /// Access token.
        access_token: String,
        /// Refresh token.
        refresh_token: String,
        /// When the access token expires, ms since 1970.
        expires_at: i64,
    },
    /// A name and an app password (HTTP Basic).
    Basic {
        /// Name.
        username: String,
        /// Password.
        password: String,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// A calendar whose items are to be kept in step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarWorkV1 {
    /// `cal_…`.
    pub calendar_id: String,
    /// The provider's id; CalDAV: the path of the collection.
    pub remote_id: String,
    /// May its items be read? Calendars of scope `none` have no cursor and are left alone.
    pub synced: bool,
    /// Number of the last page that was taken: the next one is `seq + 1`.
    pub seq: u64,
    /// Where to go on: see [`Cursor`]. Absent: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// The push channel, where one is alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What CalDAV servers without `sync-collection` have to be compared with: (path, etag) of all items. There when the cursor's token
    /// begins with [`LISTED`], empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<(String, String)>,
}

/// Where a sync goes on. Texts are the provider's, opaque.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cursor {
    /// In the middle of a full or incremental listing: the next page. `sync` is the token the listing began with (none: full).
    Page {
        /// Page token or next link.
        page: String,
        /// The token of the incremental listing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sync: Option<String>,
    },
    /// In step as of this sync token, delta link or `DAV:sync-token`.
    Sync {
        /// The token.
        sync: String,
    },
}

/// A sync token that begins so is of our own making: the server has no `sync-collection`, and what comes next is found by comparison
/// with [`CalendarWorkV1::known`]. What follows is free (`getctag`, where there is one).
pub const LISTED: &str = "listed:";

impl Cursor {
    /// Is it of a calendar that is kept in step by comparison?
    pub fn is_listed(&self) -> bool {
        let sync = match self {
            Self::Page { sync, .. } => sync.as_deref(),
            Self::Sync { sync } => Some(sync.as_str()),
        };
        sync.is_some_and(|sync| sync.starts_with(LISTED))
    }
}

/// A push channel (Google) or subscription (Microsoft).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Google: the channel's id, which we chose; Microsoft: the subscription's.
    pub id: String,
    /// Google's `resourceId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// When it was made, ms since 1970.
    pub created_at: i64,
    /// When the provider ends it, ms since 1970. It is renewed at half of its life.
    pub expires_at: i64,
}

/// A write that the provider has to take once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteV1 {
    /// `wrt_…`: deterministic name of the write; all provider ids of what it makes derive from it.
    pub write_id: String,
    /// `cal_…` in which it happens.
    pub calendar_id: String,
    /// The provider's id of the item; of a new one the id that we chose (Google's client id, CalDAV's path, Microsoft's `transactionId`).
    pub item_id: String,
    /// How often it was tried before: beyond 0 the outcome of a try may be unknown, so read back first.
    pub attempts: u32,
    /// What to do.
    pub change: ChangeV1,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeV1 {
    /// Makes an item.
    Create {
        /// The whole item.
        item: Box<Item>,
        /// Invitations go out.
        notify: bool,
    },
    /// Replaces an item.
    Update {
        /// The whole item as it is to be.
        item: Box<Item>,
        /// As it was when the change was made: what the three-way merge starts from.
        base: Box<Item>,
        /// Updates go out.
        notify: bool,
    },
    /// Takes an item away (an organizer's is cancelled).
    Delete {
        /// Its version when that was decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        /// Cancellations go out.
        notify: bool,
    },
    /// Moves an item into another calendar of the account.
    Move {
        /// `remote_id` of the other calendar.
        to: String,
    },
    /// Answers an invitation.
    Respond {
        /// What is answered.
        response: crate::event::Response,
        /// The item as it was.
        item: Box<Item>,
        /// A note to the organizer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
}

/// `POST /internal/v1/calendar/step`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepV1 {
    /// The account.
    #[serde(flatten)]
    pub account: AccountRef,
    /// The lease.
    pub epoch: u64,
    /// How long the lease lasts from here, ms.
    pub lease_ms: i64,
    /// What happened.
    pub step: Step,
}

/// What happened at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// The credentials were renewed.
    Credentials {
        /// [`Credentials`], sealed under the same data key.
        sealed: String,
    },
    /// All calendars of the account; what is missing here is gone there.
    Calendars {
        /// The calendars.
        calendars: Vec<RemoteCalendar>,
        /// CalDAV: the address of the account's home, found by discovery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// One page of a calendar's items.
    Page(Box<PageV1>),
    /// The cursor is of no use any more: the next listing is a full one.
    Restart {
        /// `cal_…`.
        calendar_id: String,
    },
    /// A channel was made or renewed.
    Channel {
        /// `cal_…`.
        calendar_id: String,
        /// The channel; none: it is gone.
        channel: Option<Channel>,
        /// SHA-256 of the secret that its pushes carry, hex.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret_hash: Option<String>,
    },
    /// A write came to its end.
    Written {
        /// `wrt_…`.
        write_id: String,
        /// How.
        outcome: WrittenV1,
    },
    /// All is done that was to do.
    Done,
    /// It cannot go on now.
    Failed {
        /// Why.
        failure: SyncFailure,
        /// The server's word when to come again, s.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u32>,
    },
    /// A disconnected account holds nothing at the provider any more.
    Ended,
}

/// One page of a calendar's items, with the cursor behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageV1 {
    /// `cal_…`.
    pub calendar_id: String,
    /// Number of the page: one more than the last one that was taken.
    pub seq: u64,
    /// It is the first page of a full listing. While there is no cursor, no other page is taken.
    #[serde(default)]
    pub full: bool,
    /// Items that are new or changed.
    pub items: Vec<Item>,
    /// Ids of items that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Where to go on. After a [`Cursor::Sync`] that ends a full listing, what the listing did not name is gone.
    pub cursor: Cursor,
}

/// A calendar as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCalendar {
    /// The provider's id.
    pub remote_id: String,
    /// Name.
    pub name: String,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The account's main calendar.
    #[serde(default)]
    pub primary: bool,
    /// What the provider lets the account do.
    pub access: Access,
}

/// What may be done with a calendar, at the provider (`access`) and by the user's word (`scope`). In rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Nothing.
    None,
    /// When somebody is busy.
    FreeBusy,
    /// Everything may be read.
    Read,
    /// Everything may be changed.
    Write,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum WrittenV1 {
    /// It stands at the provider; this is the item as the provider has it now (none: it is gone, as asked). `calendar` where it moved:
    /// the `remote_id` of the new one.
    Confirmed {
        /// The item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Box<Item>>,
        /// `remote_id` of the calendar into which it moved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendar: Option<String>,
    },
    /// Somebody changed the item meanwhile; this is theirs (none: they deleted it).
    Conflict {
        /// The item as it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        theirs: Option<Box<Item>>,
    },
    /// The provider will never take it.
    Refused {
        /// A word for the reason: `forbidden`, `invalid`, `not_found`, `quota`.
        reason: String,
    },
}

/// Why a sync cannot go on now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncFailure {
    /// The provider asks to slow down, does not answer, or fails.
    Unavailable,
    /// The user has to connect the account again.
    Reauthorize,
    /// No calendar server was found under the address.
    NotFound,
    /// A fault of ours or an answer that nobody understands.
    Unexpected,
}

/// Answer to [`StepV1`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SteppedV1 {
    /// Taken, now or before.
    Taken {
        /// Writes that have come meanwhile: do them before the next page.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writes: Vec<WriteV1>,
        /// After [`Step::Calendars`]: the calendars as they are kept now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calendars: Option<Vec<CalendarWorkV1>>,
    },
    /// The lease is another's: stop, nothing was changed.
    Stale,
}
