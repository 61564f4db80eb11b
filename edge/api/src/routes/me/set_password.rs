//! `PUT /v1/me/password`: sets the password; whoever has one gives it. All other devices are signed out by a change. What everybody
//! tries first, the tenant's name and the person's own address are refused.

use super::{change, person};
use crate::call::{Call, Outcome, refuse_fields};
use crate::routes::auth::oidc::details;
use crate::shells::protocol::{NewPassword, SessionCommand, Typed};
use attune_contracts::auth::SetPasswordV1;
use attune_contracts::{FieldError, Problem};
use attune_edge_kit::Answer;
use attune_identity::password::{Error, Password};

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `invalid_credentials` for a wrong old one, `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: SetPasswordV1 = call.parse()?;
    judge(call, &body.new).await?;
    let device_id = call.caller.user()?.device_id.clone();
    let new = NewPassword { old: body.old.map(Typed), new: Typed(body.new), device_id };
    change(call, &SessionCommand::SetPassword(new)).await?;
    Ok(Answer::empty(204).into())
}

async fn judge(call: &Call<'_>, new: &str) -> Result<(), Problem> {
    let user = call.caller.user()?;
    let judged = match Password::parse(new) {
        Ok(password) => {
            let (person, tenant) = (person(call, user).await?, details(call, &user.tenant).await?);
            password.judge(&[&person.email, &tenant.name])
        }
        Err(e) => Err(e),
    };
    let Err(e) = judged else { return Ok(()) };
    let code = if matches!(e, Error::Common | Error::Named) { "too_common" } else { "invalid" };
    refuse_fields(vec![FieldError::new("/new", code, e.to_string())])
}
