//! `GET /v1/config/changes`: the history of accepted changes, newest first, a page at a time.
//!
//! Read from the projection in DynamoDB (table `tuning`), which follows ControlRoom within seconds. Versions count per tenant,
//! so the pages of the stations merge by version, and a version is a cursor.

use crate::call::{Call, Outcome};
use crate::query::{Query, refuse};
use crate::routes::dynamodb;
use attune_aws::dynamodb::{AttributeValue, Item, QueryPage, parse_query};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::config::{ChangeV1, ChangesPageV1, OldNew};
use attune_domain::{CallId, ChangeId, Millis, Scope, Station, TenantId, json};
use attune_edge_kit::Answer;
use attune_migrations::{Access, keys};
use std::collections::BTreeMap;

/// Items that one query reads: more than one change can have, so a page always holds a whole one.
const PAGE: u32 = 50;
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 50;

/// Handles the request: `?station=` (all without), `?limit=` (1 to 50, 20 without), `?cursor=`.
///
/// # Errors
/// `invalid_parameter`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["station", "limit", "cursor"])?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| "expected a whole number");
    let limit = query.read("limit", number)?.map_or(DEFAULT_LIMIT, |n| usize::try_from(n).unwrap_or(usize::MAX));
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(refuse("limit", "out_of_range", format!("expected 1 to {MAX_LIMIT}")));
    }
    let before = query.read("cursor", |text| {
        text.strip_prefix('v').and_then(|v| v.parse().ok()).ok_or("expected a next_cursor of this route")
    })?;
    let station = query.read("station", |text| {
        let number = text.parse().map_err(|_| "expected the number of a station".to_owned())?;
        Station::from_number(number).map_err(|e| e.to_string())
    })?;
    let stations = station.map_or(Station::ALL.to_vec(), |station| vec![station]);
    let requests = stations.iter().map(|s| question(call, tenant, *s, before)).collect();
    let mut pages = Vec::with_capacity(stations.len());
    for answer in dynamodb::send(call, Access::EdgeQueryChanges, requests).await? {
        let page = parse_query(&answer).map_err(|e| dynamodb::failed(call, Access::EdgeQueryChanges, &e))?;
        pages.push(station_page(page).map_err(|e| call.internal("history", e))?);
    }
    let answer = merge(pages, limit);
    Ok(Answer::json(200, &answer).with("cache-control", "no-store").into())
}

fn question(call: &Call<'_>, tenant: &TenantId, station: Station, before: Option<u64>) -> attune_aws::dynamodb::Query {
    let table = call.settings.table(Access::EdgeQueryChanges.table().name());
    let pk = keys::station_pk(tenant, station.number());
    let mut query = attune_aws::dynamodb::Query::prefix(table, pk.clone(), keys::CHANGE_PREFIX);
    query.scan_index_forward = false;
    query.limit = Some(PAGE);
    // Sorts below every item of that version and above all of the version before it.
    query.exclusive_start_key = before.map(|version| {
        let start = [(keys::PK, pk), (keys::SK, keys::change_sk(version, ""))];
        start.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into()
    });
    query
}

/// The changes of one station and, if there are more, the lowest version that this page is sure to cover.
struct StationPage {
    changes: Vec<ChangeV1>,
    covered_from: u64,
}

/// Puts the items (one per knob) together again. A change whose items are not all there is left out: it is cut by the page's
/// end, or its projection is being written at this moment.
fn station_page(page: QueryPage) -> Result<StationPage, &'static str> {
    let mut versions: BTreeMap<u64, (u64, Vec<Item>)> = BTreeMap::new();
    for item in page.items {
        let version = item.get("version").and_then(AttributeValue::as_u64).ok_or("version")?;
        let knobs = item.get("knobs").and_then(AttributeValue::as_u64).ok_or("knobs")?;
        let entry = versions.entry(version).or_insert_with(|| (knobs.max(1), Vec::new()));
        entry.1.push(item);
    }
    let lowest = versions.keys().next().copied().unwrap_or(0);
    let more = page.last_evaluated_key.is_some();
    let whole = |knobs: u64, items: &[Item]| items.len() as u64 == knobs;
    let cut = more && versions.first_key_value().is_some_and(|(_, (knobs, items))| !whole(*knobs, items));
    let covered_from = match (more, cut) {
        (false, _) => 0,
        (true, false) => lowest,
        (true, true) => lowest + 1,
    };
    let changes = versions.values().rev().filter(|(knobs, items)| whole(*knobs, items));
    let changes = changes.map(|(_, items)| change_of(items)).collect::<Result<_, _>>()?;
    Ok(StationPage { changes, covered_from })
}

fn change_of(items: &[Item]) -> Result<ChangeV1, &'static str> {
    let first = items.first().ok_or("items")?;
    let text = |name: &'static str| first.get(name).and_then(AttributeValue::as_s).ok_or(name);
    let number = |name: &'static str| first.get(name).and_then(AttributeValue::as_u64).ok_or(name);
    let time = |name: &'static str| number(name).map(|ms| Millis(ms.cast_signed()));
    let mut values = BTreeMap::new();
    for item in items {
        let side = |name: &str| item.get(name).and_then(AttributeValue::as_s).map(str::to_owned);
        let (old, new) = (side("old"), side("new"));
        // A change without values has one item that names no knob.
        if old.is_some() || new.is_some() {
            values.insert(side("knob").ok_or("knob")?, OldNew { old, new });
        }
    }
    Ok(ChangeV1 {
        change_id: ChangeId::parse(text("change_id")?).map_err(|_| "change_id")?,
        version: number("version")?,
        parent: number("parent")?,
        station: Station::from_number(number("station")?).map_err(|_| "station")?,
        scope: scope_of(text("scope")?).ok_or("scope")?,
        call_id: text("call_id").ok().map(CallId::parse).transpose().map_err(|_| "call_id")?,
        values,
        content_hash: text("content_hash")?.to_owned(),
        reason: text("reason")?.to_owned(),
        origin: json::from_str(text("origin")?).map_err(|_| "origin")?,
        at: time("at")?,
        expires_at: time("ends_at").ok(),
    })
}

fn scope_of(text: &str) -> Option<Scope> {
    [Scope::Global, Scope::Tenant, Scope::Call].into_iter().find(|scope| scope.as_str() == text)
}

/// Merges the stations. Below the highest `covered_from` a station could have more that its page did not show, so the answer
/// ends there.
fn merge(pages: Vec<StationPage>, limit: usize) -> ChangesPageV1 {
    let floor = pages.iter().map(|page| page.covered_from).max().unwrap_or(0);
    let mut changes: Vec<ChangeV1> = pages.into_iter().flat_map(|page| page.changes).collect();
    let all = changes.len();
    changes.retain(|change| change.version >= floor);
    changes.sort_by_key(|change| std::cmp::Reverse(change.version));
    let more = floor > 0 || all > changes.len() || changes.len() > limit;
    changes.truncate(limit);
    let last = changes.last().map(|change| change.version);
    // An empty page with more behind it still moves on.
    let next_cursor = more.then(|| format!("v{}", last.unwrap_or(floor)));
    ChangesPageV1 { schema_version: SCHEMA_VERSION, changes, next_cursor }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
