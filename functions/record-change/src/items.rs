//! The items of table `tuning` that a change makes.

use attune_contracts::config::{ChangeV1, OldNew};
use attune_contracts::envelope::MARKER_MS;
use attune_domain::{Scope, TenantId};
use attune_functions_kit::Item;
use attune_migrations::keys;

/// In place of a knob's name in a change without values (a layer that expired empty): the history names it all the same.
pub const NO_KNOB: &str = "-";

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The scope as a part of a key. A call's layer belongs to that call: `call#<call_id>`.
pub fn scope_key(change: &ChangeV1) -> String {
    match (&change.scope, &change.call_id) {
        (Scope::Call, Some(call)) => format!("call#{call}"),
        (scope, _) => scope.as_str().to_owned(),
    }
}

/// One item of the history per changed knob. `knobs` says how many there are, so that a reader of a page knows whether it has
/// them all; `change` fields are repeated in each.
///
/// # Errors
/// The origin is not JSON, which its type rules out.
pub fn changes(tenant: &TenantId, change: &ChangeV1) -> Result<Vec<Item>, serde_json::Error> {
    let origin = serde_json::to_string(&change.origin)?;
    let item = |knob: &str, value: Option<&OldNew>, at: usize| {
        Item::new(keys::station_pk(tenant, change.station.number()), keys::change_sk(change.version, knob))
            .text("change_id", change.change_id.as_str())
            .number("version", number(change.version))
            .number("parent", number(change.parent))
            .number("station", i64::from(change.station.number()))
            .text("scope", change.scope.as_str())
            .text_if("call_id", change.call_id.as_ref().map(|call| call.as_str()))
            .text("knob", knob)
            .number("place", i64::try_from(at).unwrap_or(i64::MAX))
            .number("knobs", i64::try_from(change.values.len()).unwrap_or(i64::MAX))
            .text_if("old", value.and_then(|v| v.old.as_deref()))
            .text_if("new", value.and_then(|v| v.new.as_deref()))
            .text("content_hash", &change.content_hash)
            .text("reason", &change.reason)
            .text("origin", &origin)
            .number("at", change.at.0)
            .number_if("ends_at", change.expires_at.map(|at| at.0))
    };
    if change.values.is_empty() {
        return Ok(vec![item(NO_KNOB, None, 0)]);
    }
    Ok(change.values.iter().enumerate().map(|(at, (knob, value))| item(knob, Some(value), at)).collect())
}

/// The present value of each changed knob in the layer. A knob that left the layer keeps its item without `value`: the
/// version in it stops an older message. Values of a call's layer are cleaned away after 45 days.
pub fn parameters(tenant: &TenantId, change: &ChangeV1) -> Vec<Item> {
    let scope = scope_key(change);
    let item = |(knob, value): (&String, &OldNew)| {
        Item::new(keys::station_pk(tenant, change.station.number()), keys::parameter_sk(&scope, knob))
            .number("version", number(change.version))
            .text("change_id", change.change_id.as_str())
            .text_if("value", value.new.as_deref())
            .number("at", change.at.0)
            .number_if("ends_at", change.expires_at.map(|at| at.0))
            .number_if("expires_at", matches!(change.scope, Scope::Call).then_some((change.at.0 + MARKER_MS) / 1_000))
    };
    change.values.iter().map(item).collect()
}
