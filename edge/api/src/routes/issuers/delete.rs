//! `DELETE /v1/issuers?issuer=…`: takes an issuer away. Its tokens are refused from now on; the people it vouched for stay.

use crate::call::{Call, Outcome};
use crate::query::{Query, refuse};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_parameter` without an issuer, `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["issuer"])?;
    let issuer = query.get("issuer").ok_or_else(|| refuse("issuer", "missing", "the issuer's identifier"))?;
    call.ask_tenant(tenant, None, TenantCommand::DeleteIssuer(issuer.to_owned())).await?;
    Ok(Answer::empty(204).into())
}
