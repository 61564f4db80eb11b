//! `PATCH /v1/widgets/{widget}`: replaces the members that are given. With `If-Match` only the version that was read.

use super::check::{Checked, Needed};
use super::{given, in_path};
use crate::asked;
use crate::call::{Call, Outcome};
use crate::headers::match_version;
use crate::shells::protocol::TenantCommand;
use attune_contracts::widget::WidgetMembersV1;
use attune_edge_kit::zone;
use attune_objects::tenant::WidgetChange;
use serde_json::Value;

/// Handles the request. New origins are in force within 3 seconds, the FAQ within 10.
///
/// # Errors
/// `invalid_body`, `not_found`, `precondition_failed`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: WidgetMembersV1 = call.parse()?;
    let widget_id = in_path(call)?;
    let Checked { body, faq, .. } = Checked::of(body, Needed::Nothing, &|name| zone::offset(name, call.now).is_some())?;
    let (tenant, _) = call.caller.tenant()?;
    let change = WidgetChange { widget_id, version: match_version(call.incoming), body, faq };
    let answer = call.ask_tenant(tenant, None, TenantCommand::ChangeWidget(change)).await?;
    asked::forget(call.read::<Value>(&answer)?["key_id"].as_str().unwrap_or_default());
    Ok(given(call, 200, answer)?.into())
}
