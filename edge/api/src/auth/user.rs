//! A device that proves its key (RFC 9449), with an access token of ours or without.

use super::{Line, Outside, access_fault, dpop_fault, refused};
use crate::headers::Headers;
use attune_contracts::people::PersonStatus;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::Settings;
use attune_identity::api_key::Scopes;
use attune_identity::dpop::{Accepted, Expectation, Proof};
use attune_identity::jose::Thumbprint;
use attune_identity::permission::RoleRef;
use attune_objects::session::{Check, Proof as UsedProof, Refusal};
use attune_objects::tenant::Standing;
use std::rc::Rc;

/// A person, on a device that has proven its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The tenant.
    pub tenant: TenantId,
    /// `usr_…`.
    pub user_id: String,
    /// `dev_…`.
    pub device_id: String,
    /// The role's name or id.
    pub role: String,
    /// What the role may do.
    pub permissions: Scopes,
    /// The tenant's plan.
    pub plan: String,
    /// The nonce was that of the period before.
    pub wants_nonce: bool,
}

/// A key that a device has proven to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Thumbprint of the key.
    pub jkt: String,
    /// To be used once, by whoever owns the state that it opens.
    pub proof: UsedProof,
    /// The nonce was that of the period before.
    pub wants_nonce: bool,
}

/// Does the request come with an access token rather than an API key?
pub fn is_dpop(headers: &impl Headers) -> bool {
    token(headers).is_some()
}

fn token(headers: &impl Headers) -> Option<String> {
    let value = headers.get("authorization")?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("dpop").then(|| token.trim().to_owned())
}

/// The user behind an access token: token, proof, session, standing.
pub async fn user(
    line: Line<'_>,
    headers: &impl Headers,
    outside: &impl Outside,
    settings: &Settings,
    now_ms: u64,
) -> Result<User, Problem> {
    let Some(token) = token(headers) else {
        let detail = "send the access token as Authorization: DPoP, and a proof in the header DPoP";
        return Err(Problem::new(ProblemCode::InvalidToken, detail));
    };
    let claims =
        settings.access_keys.verify(&token, settings.config.cell.as_str(), now_ms / 1000).map_err(access_fault)?;
    let foreign = || Problem::new(ProblemCode::InvalidToken, "the access token names no tenant of this cell");
    let tenant = TenantId::parse(&claims.tenant).map_err(|_| foreign())?;
    if tenant.cell() != settings.config.cell {
        return Err(foreign());
    }
    let accepted = proof(line, headers, outside, settings, now_ms, Some((&token, claims.key))).await?;
    let wants_nonce = accepted.wants_nonce;
    let check = Check {
        device_id: claims.device.clone(),
        jkt: claims.key.to_string(),
        tenant_epoch: claims.epoch,
        issued_at_s: i64::try_from(claims.issued_at_s).unwrap_or(i64::MAX),
        proof: Some(used(accepted)),
    };
    outside.session(&tenant, &claims.user, &check).await?.map_err(|refusal| {
        let mut problem = refused(&refusal, now_ms.cast_signed());
        if let Refusal::NonceNeeded { incarnation } = refusal {
            problem.nonce = Some(settings.nonce_key.make(now_ms / 1000, incarnation));
        }
        problem
    })?;
    let standing = active(outside, &tenant, &claims.user).await?;
    if claims.epoch < standing.epoch {
        return Err(Problem::new(ProblemCode::SessionEnded, "the tenant has ended all tokens of that time"));
    }
    Ok(User {
        tenant,
        user_id: claims.user,
        device_id: claims.device,
        permissions: permissions(&standing),
        role: standing.role.clone(),
        plan: standing.plan.clone(),
        wants_nonce,
    })
}

/// How a ticket stands in `Sec-WebSocket-Protocol`, beside the protocol itself.
const TICKET: &str = "attune.ticket.";

/// Does the upgrade come with a ticket?
pub fn has_ticket(headers: &impl Headers) -> bool {
    ticket(headers).is_some()
}

/// The ticket of an upgrade.
pub fn ticket(headers: &impl Headers) -> Option<String> {
    let offered = headers.get("sec-websocket-protocol")?;
    offered.split(',').find_map(|protocol| protocol.trim().strip_prefix(TICKET).map(str::to_owned))
}

/// The user behind a ticket, who has proven the device's key when it was made.
pub async fn ticketed(
    headers: &impl Headers,
    outside: &impl Outside,
    settings: &Settings,
    now_ms: u64,
) -> Result<User, Problem> {
    let invalid = || Problem::new(ProblemCode::InvalidTicket, "the ticket is not one of this cell");
    let text = ticket(headers).ok_or_else(invalid)?;
    let (tenant, user_id) = crate::ticket::owner(&text, &settings.config.cell).ok_or_else(invalid)?;
    let redeemed = outside.ticket(&tenant, &user_id, &text).await?;
    let redeemed = redeemed.map_err(|r| refused(&r, now_ms.cast_signed()))?;
    let standing = active(outside, &tenant, &user_id).await?;
    Ok(User {
        tenant,
        user_id,
        device_id: redeemed.device_id,
        permissions: permissions(&standing),
        role: standing.role.clone(),
        plan: standing.plan.clone(),
        wants_nonce: false,
    })
}

/// How a user stands who may still do something.
async fn active(outside: &impl Outside, tenant: &TenantId, user_id: &str) -> Result<Rc<Standing>, Problem> {
    let ended = || Problem::new(ProblemCode::SessionEnded, "the user is not with the tenant any more");
    let standing = outside.standing(tenant, user_id).await?.ok_or_else(ended)?;
    match standing.status {
        PersonStatus::Active => Ok(standing),
        PersonStatus::Suspended => Err(Problem::new(ProblemCode::UserSuspended, "the user is suspended")),
        _ => Err(ended()),
    }
}

/// What a role may do; one that cannot be read may do nothing.
pub fn permissions(standing: &Standing) -> Scopes {
    match (standing.role.parse::<RoleRef>(), &standing.permissions) {
        (Ok(RoleRef::BuiltIn(role)), _) => role.permissions(),
        (Ok(RoleRef::Custom(_)), Some(names)) => names.iter().filter_map(|name| name.parse().ok()).collect(),
        _ => Scopes::NONE,
    }
}

/// A device that makes itself known: a proof, and no token.
pub async fn proven(
    line: Line<'_>,
    headers: &impl Headers,
    outside: &impl Outside,
    settings: &Settings,
    now_ms: u64,
) -> Result<Proven, Problem> {
    let accepted = proof(line, headers, outside, settings, now_ms, None).await?;
    Ok(Proven { jkt: accepted.key.to_string(), wants_nonce: accepted.wants_nonce, proof: used(accepted) })
}

async fn proof(
    line: Line<'_>,
    headers: &impl Headers,
    outside: &impl Outside,
    settings: &Settings,
    now_ms: u64,
    token: Option<(&str, Thumbprint)>,
) -> Result<Accepted, Problem> {
    let text = headers.get("dpop").ok_or_else(|| {
        Problem::new(ProblemCode::InvalidDpopProof, "the header DPoP with a proof of the device's key is missing")
    })?;
    let proof = Proof::parse(&text).map_err(dpop_fault)?;
    let signature_ok = outside.signature(&proof.check()).await?;
    let expected = Expectation {
        method: line.method,
        url: line.url,
        now_s: now_ms / 1000,
        access_token: token.map(|(token, _)| token),
        key: token.map(|(_, key)| key),
        nonces: Some(&settings.nonce_key),
    };
    proof.accept(signature_ok, &expected).map_err(dpop_fault)
}

fn used(accepted: Accepted) -> UsedProof {
    let seconds = |s: u64| i64::try_from(s).unwrap_or(i64::MAX / 1_000);
    let (until_ms, issued_at_s) = (seconds(accepted.forget_after_s) * 1_000, seconds(accepted.issued_at_s));
    UsedProof { jti: accepted.jti, until_ms, issued_at_s, incarnation: accepted.incarnation }
}
