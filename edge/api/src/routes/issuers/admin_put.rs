//! `PUT /v1/admin/tenants/{tenant}/issuers`: the operator writes an issuer of a tenant, so that its owner can sign in at all.

use super::put::put;
use crate::call::{Call, Outcome};
use crate::routes::admin::tenant_in_path;
use attune_contracts::people::PutIssuerV1;

/// Handles the request.
///
/// # Errors
/// As the tenant's own route, and `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PutIssuerV1 = call.parse()?;
    let tenant = tenant_in_path(call)?;
    put(call, &tenant, body).await
}
