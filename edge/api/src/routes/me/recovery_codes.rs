//! `POST /v1/me/recovery-codes`: ten new codes for who has lost the authenticator, shown once; earlier ones are good no more. A code of
//! the second factor is asked for.

use super::{change, recovery_codes};
use crate::call::{Call, Outcome};
use crate::shells::protocol::{SessionCommand, Typed};
use attune_contracts::auth::SecondFactorV1;

/// Handles the request.
///
/// # Errors
/// `conflict` without a second factor; `invalid_credentials` for a wrong code; `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: SecondFactorV1 = call.parse()?;
    let (answer, hashes) = recovery_codes(call)?;
    change(call, &SessionCommand::SetRecoveryCodes(Typed(body.code), hashes)).await?;
    Ok(answer.into())
}
