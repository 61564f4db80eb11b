//! `GET /v1/people`: the people of the tenant, in the order in which they joined. Removed ones only when asked for.

use crate::call::{Call, Outcome};
use crate::query::{Query, refuse};
use crate::routes::{paging, rules};
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::PersonStatus;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{TenantId, UserId};
use attune_edge_kit::Answer;
use attune_identity::permission::RoleRef;
use attune_objects::tenant::PeopleQuery;

/// Handles the request: `?role=`, `?status=`, `?manager=`, `?email=`, `?cursor=`, `?limit=`.
///
/// # Errors
/// `invalid_parameter`; `not_found` for a manager or a custom role that the tenant has not.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["role", "status", "manager", "email", "cursor", "limit"])?;
    let status =
        query.read("status", |text| PersonStatus::parse(text).ok_or("expected active, suspended or removed"))?;
    let question = PeopleQuery {
        role: role(call, tenant, &query).await?,
        status,
        manager: manager(call, tenant, &query).await?,
        email: paging::text(&query, "email"),
        cursor: paging::text(&query, "cursor"),
        limit: paging::limit(&query)?,
    };
    let answer = call.ask_tenant(tenant, None, TenantCommand::People(question)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}

async fn role(call: &Call<'_>, tenant: &TenantId, query: &Query) -> Result<Option<String>, Problem> {
    let Some(role) = query.read("role", str::parse::<RoleRef>)? else { return Ok(None) };
    if let RoleRef::Custom(id) = &role
        && rules::custom(call, tenant, id).await?.is_none()
    {
        return Err(Problem::new(ProblemCode::NotFound, "there is no such role"));
    }
    Ok(Some(role.as_str().to_owned()))
}

async fn manager(call: &Call<'_>, tenant: &TenantId, query: &Query) -> Result<Option<String>, Problem> {
    let Some(manager) = query.get("manager") else { return Ok(None) };
    let manager = UserId::parse(manager).map_err(|e| refuse("manager", "invalid", e.to_string()))?;
    rules::standing(call, tenant, manager.as_str()).await?;
    Ok(Some(manager.as_str().to_owned()))
}
