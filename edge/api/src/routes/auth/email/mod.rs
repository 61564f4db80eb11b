//! Signing in by a code in an e-mail: the door of a page's visitors. The page shows its key, which names the tenant; the visitor's
//! device proves a key of its own.

pub mod code;
pub mod verify;

use super::proven_beside_key;
use crate::auth::Caller;
use crate::call::Call;
use attune_contracts::Problem;
use attune_domain::TenantId;
use attune_identity::limits::RouteClass;

/// The tenant of the key, and the request as that of the device. Its address is measured as that of any sign-in: everybody has the
/// key, and whoever is no browser names any origin.
///
/// # Errors
/// `rate_limited`; those of a missing or wrong proof.
async fn device<'a>(call: &Call<'a>) -> Result<(TenantId, Call<'a>), Problem> {
    let tenant = call.caller.tenant()?.0.clone();
    let proven = proven_beside_key(call, Some(RouteClass::SignIn)).await?;
    Ok((tenant, Call { caller: Caller::Proven(proven), body: Vec::new(), ..*call }))
}
