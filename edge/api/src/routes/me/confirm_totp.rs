//! `POST /v1/me/totp/confirm`: the first code of a new second factor. From here on a password alone signs nobody in. The answer shows
//! the recovery codes, once.

use super::{change, recovery_codes};
use crate::call::{Call, Outcome};
use crate::shells::protocol::{SessionCommand, Typed};
use attune_contracts::auth::TotpCodeV1;

/// Handles the request.
///
/// # Errors
/// `invalid_credentials` for a wrong code, or when nothing waits to be confirmed; `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: TotpCodeV1 = call.parse()?;
    let (answer, hashes) = recovery_codes(call)?;
    change(call, &SessionCommand::ConfirmTotp(Typed(body.code), hashes)).await?;
    Ok(answer.into())
}
