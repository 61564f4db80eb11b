//! `POST /v1/widgets`: makes a widget with its publishable key.

use super::check::{Checked, Needed};
use super::given;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::widget::WidgetMembersV1;
use attune_domain::WidgetId;
use attune_edge_kit::{random, zone};
use attune_identity::api_key::{ApiKey, ApiKeyRecord, ENTROPY, KeyKind};
use attune_objects::tenant::NewWidget;

/// Handles the request. A repeat gets the first answer.
///
/// # Errors
/// `invalid_body`; `forbidden` for who may not do what its key allows; `version_conflict` when there are too many;
/// `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: WidgetMembersV1 = call.parse()?;
    let once = call.once("/v1/widgets", &body.0)?;
    let checked = Checked::of(body, Needed::All, &|name| zone::offset(name, call.now).is_some())?;
    let (tenant, _) = call.caller.tenant()?;
    let widget_id = WidgetId::new(call.now, random::u128()).as_str().to_owned();
    let settings = call.settings;
    let (cell, entropy) = (settings.config.cell.as_str(), random::bytes::<ENTROPY>());
    let key = ApiKey::make(KeyKind::Publishable, settings.key_environment, cell, tenant.ulid(), &entropy)
        .map_err(|e| call.internal("key", e))?;
    let now = call.now.unsigned_abs();
    // named by the widget, so that it stands in no other key's way
    let record = ApiKeyRecord::new(&key, &settings.peppers, &widget_id, KeyKind::PUBLISHABLE, now, None)
        .and_then(|record| record.restrict(checked.origins, Vec::new()))
        .map_err(|e| call.internal("key", e))?;
    let key = key.expose().to_owned();
    let faq = checked.faq.unwrap_or_else(|| r#"{"entries":[]}"#.to_owned());
    let new = NewWidget { widget_id, record, key, body: checked.body, faq };
    let answer = call.ask_tenant(tenant, Some(once), TenantCommand::CreateWidget(new)).await?;
    Ok(given(call, 201, answer)?.into())
}
