//! What another process may tell a server: `POST /_test/faults`, `POST /_test/events`, and others, as JSON.

use super::faults::{PushFault, Rule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Requests by route, such as `GET events.list`, since the start.
pub type Tally = BTreeMap<String, u32>;

/// `POST /_test/faults`. All members may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Control {
    /// Forgets the faults that wait.
    pub clear: bool,
    /// Adds faults of requests.
    pub rules: Vec<Rule>,
    /// Adds faults of notifications, one for each of the next ones.
    pub pushes: Vec<PushFault>,
    /// Requests a minute and account from now on; 0: any number.
    pub quota_per_minute: Option<u32>,
    /// All sync tokens, delta links and page tokens given so far expire.
    pub expire_cursors: bool,
    /// All access tokens given so far expire.
    pub expire_access: bool,
    /// The clock goes ahead, seconds.
    pub advance_s: i64,
}

/// A change from the other side: a user in the provider's own pages. The event is in the provider's own form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "edit")]
pub enum Edit {
    /// A new event; with an organizer other than the calendar's owner it is an invitation.
    Create {
        /// The event.
        event: Value,
    },
    /// Members that change; an id of an instance makes an exception.
    Change {
        /// Which.
        id: String,
        /// What changes.
        event: Value,
    },
    /// It goes; an id of an instance cancels that instance.
    Delete {
        /// Which.
        id: String,
    },
}

/// A member's text; empty when it has none.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A member's number.
pub(crate) fn number(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_i64)
}

/// A member's texts.
pub(crate) fn words(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
