//! Sign-in by a tenant's OpenID Connect issuers: with a token that a client has, or by the code flow of a browser.

pub mod callback;
pub mod complete;
pub mod cookie;
pub mod start;
pub mod token;

use super::invalid_credentials;
use crate::call::Call;
use crate::issuers;
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::{PersonStatus, PersonV1, TenantDetailV1};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{TenantId, UserId};
use attune_edge_kit::random;
use attune_identity::oidc::{ExternalClaims, ExternalToken, Issuer, Kind, OidcError};
use attune_objects::tenant::{Identity, IssuerRecord, Vouched};

/// One of the tenant's issuers. A tenant that is not there has none.
///
/// # Errors
/// `invalid_token`: not one of the tenant's, or an address that is not asked here.
pub async fn issuer(call: &Call<'_>, tenant: &TenantId, text: &str) -> Result<(Issuer, IssuerRecord), Problem> {
    let answer = call.ask_tenant(tenant, None, TenantCommand::Issuer(text.to_owned())).await;
    let answer = answer.map_err(|problem| match problem.code {
        ProblemCode::NotFound => issuers::fault(OidcError::Issuer),
        _ => problem,
    })?;
    let issuer = issuers::issuer(call, text).map_err(|_| issuers::fault(OidcError::Issuer))?;
    Ok((issuer, call.read(&answer)?))
}

/// What a token of one of the tenant's issuers says, for one of its audiences.
///
/// # Errors
/// `invalid_token` and `token_expired` for what is wrong with it; `unavailable` when the issuer cannot be asked for its keys.
pub async fn claims(call: &Call<'_>, tenant: &TenantId, text: &str) -> Result<(Issuer, ExternalClaims), Problem> {
    let token = ExternalToken::parse(text, Kind::Bearer).map_err(issuers::fault)?;
    let claimed = token.claimed_issuer().map_err(issuers::fault)?;
    let (issuer, record) = issuer(call, tenant, &claimed).await?;
    let claims = issuers::verify(call, &issuer, token, &record.audiences, None).await?;
    Ok((issuer, claims))
}

/// Whom a token names at its issuer.
///
/// # Errors
/// As [`claims`].
pub async fn identity(call: &Call<'_>, tenant: &TenantId, text: &str) -> Result<Identity, Problem> {
    let (issuer, claims) = claims(call, tenant, text).await?;
    Ok(Identity { issuer: issuer.as_str().to_owned(), subject: claims.subject })
}

/// The person whom an issuer vouches for.
///
/// # Errors
/// `invalid_credentials` when nobody is linked, and nobody was invited under the verified address; `user_suspended`.
pub async fn person(
    call: &Call<'_>,
    tenant: &TenantId,
    issuer: &Issuer,
    claims: ExternalClaims,
) -> Result<PersonV1, Problem> {
    let name = name(&claims);
    let vouched = Vouched {
        identity: Identity { issuer: issuer.as_str().to_owned(), subject: claims.subject },
        verified_email: claims.email.filter(|_| claims.email_verified),
        name,
        user_id: UserId::new(call.now, random::u128()).as_str().to_owned(),
    };
    let answer = call.ask_tenant(tenant, None, TenantCommand::PersonVouchedFor(vouched)).await;
    let answer = answer.map_err(|problem| match problem.code {
        ProblemCode::NotFound | ProblemCode::Conflict | ProblemCode::VersionConflict | ProblemCode::InvalidBody => {
            invalid_credentials()
        }
        _ => problem,
    })?;
    let person: PersonV1 = call.read(&answer)?;
    match person.status {
        PersonStatus::Active => Ok(person),
        PersonStatus::Suspended => Err(Problem::new(ProblemCode::UserSuspended, "the user is suspended")),
        PersonStatus::Removed => Err(invalid_credentials()),
    }
}

/// The tenant's details.
///
/// # Errors
/// `not_found`.
pub async fn details(call: &Call<'_>, tenant: &TenantId) -> Result<TenantDetailV1, Problem> {
    let answer = call.ask_tenant(tenant, None, TenantCommand::Details).await?;
    call.read(&answer)
}

/// Does the tenant let browsers come back to this origin? The setting `return_origins` is a list of exact origins.
pub fn returns_to(detail: &TenantDetailV1, origin: &str) -> bool {
    let list = detail.settings.get("return_origins").and_then(serde_json::Value::as_array);
    list.into_iter().flatten().any(|known| known.as_str() == Some(origin))
}

/// What a new person is called: as the issuer says, else by the address, at most 100 characters.
fn name(claims: &ExternalClaims) -> String {
    let of_address = claims.email.as_deref().and_then(|email| email.split('@').next());
    let names = [claims.name.as_deref(), of_address];
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>().trim().to_owned();
    names.into_iter().flatten().map(clean).find(|name| !name.is_empty()).unwrap_or_else(|| "New member".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: Option<&str>, email: Option<&str>) -> String {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        super::name(&ExternalClaims {
            subject: "s".to_owned(),
            email: owned(email),
            email_verified: true,
            name: owned(name),
            jti: None,
            expires_at_s: 0,
            authenticated_at_s: None,
        })
    }

    #[test]
    fn everybody_has_a_name() {
        assert_eq!(named(Some(" Ada\u{7} "), None), "Ada");
        assert_eq!(named(Some("\n"), Some("ada@example.org")), "ada");
        assert_eq!(named(None, None), "New member");
        assert_eq!(named(Some(&"é".repeat(300)), None).chars().count(), 100);
    }
}
