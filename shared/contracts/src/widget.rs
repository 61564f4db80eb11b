//! Widgets of a tenant: look, texts, opening hours and FAQ of what stands on its pages, and what that reports.

use crate::KNOWN_VERSIONS;
use crate::chat::FaqV1;
use attune_domain::Millis;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Body of `POST /v1/widgets`, where name and origins are needed, and of `PATCH /v1/widgets/{widget}`, where what is absent stays and
/// what is given replaces the whole member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidgetChangeV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 80)))]
    pub name: Option<String>,
    /// Exact origins of the pages on which the widget works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 50), inner(length(min = 8, max = 267))))]
    pub origins: Option<Vec<String>>,
    /// Look; the attributes of a page win over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<WidgetLookV1>,
    /// Texts by language tag (BCP 47). A visitor gets each text in the nearest language that has it: the own one, the same without
    /// region, `en`, any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = 40, "propertyNames" = {"pattern": TAG})))]
    pub texts: Option<BTreeMap<String, WidgetTextsV1>>,
    /// Opening hours; null: always open.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub hours: Option<Option<WidgetHoursV1>>,
    /// What the assistant answers from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faq: Option<FaqV1>,
}

#[cfg(feature = "schema")]
const TAG: &str = "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,8}$";
#[cfg(feature = "schema")]
const DAY: &str = "^(mon|tue|wed|thu|fri|sat|sun)$";
#[cfg(feature = "schema")]
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// Null is a value: absent is not.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A [`WidgetChangeV1`] as it came: only its version was looked at, its members are for the route to check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct WidgetMembersV1(pub Map<String, Value>);

impl TryFrom<Map<String, Value>> for WidgetMembersV1 {
    type Error = &'static str;

    fn try_from(members: Map<String, Value>) -> Result<Self, Self::Error> {
        let version = members.get("schema_version").and_then(Value::as_u64);
        let known = KNOWN_VERSIONS.iter().any(|known| version == Some(u64::from(*known)));
        // `parse_body` says which are known
        if known { Ok(Self(members)) } else { Err("schema_version is not one of the known ones") }
    }
}

/// How a widget looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidgetLookV1 {
    /// Colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^#[0-9a-fA-F]{6}$")))]
    pub accent: Option<String>,
    /// `left` or `right`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(left|right)$")))]
    pub position: Option<String>,
    /// `light`, `dark` or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(light|dark|auto)$")))]
    pub theme: Option<String>,
}

/// What a widget says in one language; absent: its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidgetTextsV1 {
    /// Above the messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 60)))]
    pub title: Option<String>,
    /// Before the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 500)))]
    pub greeting: Option<String>,
    /// The same outside of the opening hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 500)))]
    pub offline: Option<String>,
    /// What the visitor agrees to before the microphone is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1_000)))]
    pub consent: Option<String>,
}

/// When people answer, by the clock of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidgetHoursV1 {
    /// IANA time zone, for example `Europe/Zurich`.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 64)))]
    pub zone: String,
    /// By weekday (`mon` … `sun`) at most four intervals `HH:MM-HH:MM`, in order; the end is not part of one, and may be `24:00`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = {"pattern": DAY}, "additionalProperties" = intervals())))]
    pub days: BTreeMap<String, Vec<String>>,
    /// The same for single dates (`YYYY-MM-DD`), in place of those of the weekday; none: closed. At most 100.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = 100, "propertyNames" = {"pattern": DATE}, "additionalProperties" = intervals())))]
    pub exceptions: BTreeMap<String, Vec<String>>,
}

#[cfg(feature = "schema")]
fn intervals() -> serde_json::Value {
    let pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
    serde_json::json!({"type": "array", "maxItems": 4, "items": {"type": "string", "pattern": pattern}})
}

/// A widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WidgetV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `wid_<ulid>`.
    pub widget_id: String,
    /// Its publishable key, as it stands on pages.
    pub key: String,
    /// The key's public part.
    pub key_id: String,
    /// Counts its changes, from 1; it makes the ETag.
    pub version: u64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Name for people.
    pub name: String,
    /// Origins of the pages on which it works.
    pub origins: Vec<String>,
    /// Look.
    pub look: WidgetLookV1,
    /// Texts by language tag.
    pub texts: BTreeMap<String, WidgetTextsV1>,
    /// Opening hours; absent: always open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<WidgetHoursV1>,
    /// What the assistant answers from.
    pub faq: FaqV1,
}

/// A widget in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedWidgetV1 {
    /// `wid_<ulid>`.
    pub widget_id: String,
    /// Name for people.
    pub name: String,
    /// Its publishable key.
    pub key: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

/// All widgets of a tenant, the newest first; there are at most 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WidgetsV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The widgets.
    pub widgets: Vec<ListedWidgetV1>,
}

/// A widget as a visitor's page needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WidgetViewV1 {
    /// `wid_<ulid>`.
    pub widget_id: String,
    /// Its name.
    pub name: String,
    /// Its look; the attributes of the page win.
    pub look: WidgetLookV1,
    /// Its texts for the visitor's language.
    pub texts: WidgetTextsV1,
    /// Is it inside the opening hours now?
    pub open: bool,
    /// When it opens, if it is closed and opens within 60 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Millis>,
}

/// Body of `POST /v1/widgets/reports`: what failed in a widget on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WidgetReportV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Version of the script.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9.+-]{1,32}$")))]
    pub version: String,
    /// What failed, for programs.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[a-z0-9_.-]{1,64}$")))]
    pub code: String,
    /// The same in words. Addresses lose query and fragment, and what looks like an e-mail address or a long number is struck out.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 500)))]
    pub detail: String,
    /// When, by the page's clock.
    pub at: Millis,
}

/// A report as staff sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptReportV1 {
    /// Version of the script.
    pub version: String,
    /// What failed.
    pub code: String,
    /// The same in words.
    pub detail: String,
    /// When, by the page's clock.
    pub at: Millis,
    /// When it came.
    pub received_at: Millis,
}

/// The newest reports of a widget, the newest first; at most 100 are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WidgetReportsV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The reports.
    pub reports: Vec<KeptReportV1>,
}
