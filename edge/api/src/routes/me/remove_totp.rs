//! `POST /v1/me/totp/remove`: takes the second factor and its recovery codes away, by a code of either. (No `DELETE`, whose body has no
//! meaning that all agree on: RFC 9110, section 9.3.5.)

use super::change;
use crate::call::{Call, Outcome};
use crate::shells::protocol::{SessionCommand, Typed};
use attune_contracts::auth::SecondFactorV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_credentials` for a wrong code, or when there is no second factor; `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: SecondFactorV1 = call.parse()?;
    change(call, &SessionCommand::RemoveTotp(Typed(body.code))).await?;
    Ok(Answer::empty(204).into())
}
