//! Administration, for the operator.

pub mod create_key;
pub mod create_tenant;
pub mod list_keys;
pub mod revoke_key;

use crate::call::{Call, path_id};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;

/// The tenant in the path. One of another cell is not here.
///
/// # Errors
/// `not_found`.
pub fn tenant_in_path(call: &Call<'_>) -> Result<TenantId, Problem> {
    let tenant = path_id(call.params[0], TenantId::parse)?;
    if tenant.cell() == call.settings.config.cell {
        Ok(tenant)
    } else {
        Err(Problem::new(ProblemCode::NotFound, "this cell has no such tenant"))
    }
}
