//! `POST /v1/admin/tenants`: makes a tenant in the cell of this Worker.

use crate::call::{Call, Outcome, refuse_fields};
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::people::TenantDetailV1;
use attune_contracts::tenant::CreateTenantV1;
use attune_domain::{Cell, TenantId};
use attune_edge_kit::Answer;
use attune_identity::limits::DEFAULT_PLAN;

/// Handles the request.
///
/// # Errors
/// `invalid_body` with the offending fields; `idempotency_mismatch` for a known key with another name.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: CreateTenantV1 = call.parse()?;
    let key = call.idempotency_key()?;
    let cell = &call.settings.config.cell;
    let tenant = tenant_of(cell, &key).map_err(|e| call.internal("tenant", e))?;
    if let Some(plan) = &body.plan
        && !call.settings.limits.plans().any(|known| known == plan)
    {
        let known = call.settings.limits.plans().collect::<Vec<_>>().join(", ");
        refuse_fields(vec![FieldError::new("/plan", "unknown", format!("expected one of {known}"))])?;
    }
    let answer = call.ask_tenant(&tenant, None, TenantCommand::Create(body.name)).await?;
    if let Some(plan) = body.plan.filter(|plan| plan != DEFAULT_PLAN) {
        // A repeat finishes what was begun, and leaves a plan alone that was set since.
        let now: TenantDetailV1 = call.read(&call.ask_tenant(&tenant, None, TenantCommand::Details).await?)?;
        if now.plan == DEFAULT_PLAN {
            call.ask_tenant(&tenant, None, TenantCommand::SetPlan(plan, now.region)).await?;
        }
    }
    Ok(Answer::json_text(201, answer.body).into())
}

/// The tenant that a key makes. It follows from the key, so a repeat meets the object that the first request made, whatever
/// happened in between; its ULID therefore does not tell when it was made (`created_at` does).
fn tenant_of(cell: &Cell, idempotency_key: &str) -> Result<TenantId, attune_domain::DomainError> {
    let digest = sha256_hex(format!("tenant\n{cell}\n{idempotency_key}").as_bytes());
    let bits = u128::from_str_radix(digest.get(..32).unwrap_or_default(), 16).unwrap_or_default();
    let time = i64::try_from(bits >> 80).unwrap_or_default();
    TenantId::parse(TenantId::new(cell, time, bits).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_always_makes_the_same_tenant() {
        let cell = Cell::parse("eu1").unwrap();
        assert_eq!(tenant_of(&cell, "a"), tenant_of(&cell, "a"));
        assert_ne!(tenant_of(&cell, "a"), tenant_of(&cell, "b"));
        assert_ne!(tenant_of(&cell, "a"), tenant_of(&Cell::parse("us1").unwrap(), "a"));
    }
}
