//! `GET /v1/widgets/{widget}`: a widget, with its FAQ and its entity tag.

use super::{given, in_path};
use crate::call::{Call, Outcome};
use crate::headers::none_match;
use crate::shells::protocol::TenantCommand;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Widget(in_path(call)?)).await?;
    let mut answer = given(call, 200, answer)?;
    let tag = answer.headers.iter().find(|(name, _)| *name == "etag").map(|(_, tag)| tag.clone()).unwrap_or_default();
    if none_match(call.incoming, &tag) {
        (answer.status, answer.body) = (304, None);
        answer.headers.retain(|(name, _)| *name != "content-type");
    }
    Ok(answer.into())
}
