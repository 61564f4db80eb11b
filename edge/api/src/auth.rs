//! Who is calling, in the fixed order: authentication (401), then permission (403), then the body's type and size.

mod problems;
mod user;

pub use problems::{access_fault, dpop_fault, fault, refused};
pub use user::{Proven, User, is_dpop, permissions, proven, ticket as ticket_of};

use crate::headers::{Headers, bearer, require_json};
use crate::router::{Auth, Body};
use attune_chat::picture::MAX_PICTURE;
use attune_contracts::{Problem, ProblemCode, parse::MAX_BODY};
use attune_domain::TenantId;
use attune_edge_kit::Settings;
use attune_identity::api_key::{
    ApiKey, ApiKeyRecord, Circumstances, KeyKind, Principal, Scope, Scopes, authenticate_in, caller_address,
    verify_operator,
};
use attune_identity::jose::SignatureCheck;
use attune_identity::signature::{MAX_AGE_S, SignatureHeaders, verify};
use attune_objects::session::{Check, Refusal, Ticket};
use attune_objects::tenant::Standing;
use std::rc::Rc;

/// What the door asks of others.
pub trait Outside {
    /// The record of a well-formed key, if its tenant has one of that id; from the `Tenant` object, through a short memory.
    fn key(&self, key: &ApiKey) -> impl Future<Output = Result<Option<Rc<ApiKeyRecord>>, Problem>>;
    /// How a user stands with the tenant; from the `Tenant` object, through a short memory.
    fn standing(&self, tenant: &TenantId, user_id: &str)
    -> impl Future<Output = Result<Option<Rc<Standing>>, Problem>>;
    /// Does a signature match? By the runtime.
    fn signature(&self, check: &SignatureCheck<'_>) -> impl Future<Output = Result<bool, Problem>>;
    /// Redeems a ticket. The user's `Session` object.
    fn ticket(
        &self,
        tenant: &TenantId,
        user_id: &str,
        ticket: &str,
    ) -> impl Future<Output = Result<Result<Ticket, Refusal>, Problem>>;
    /// Is the device live, and the proof new? The user's `Session` object, asked each time.
    fn session(
        &self,
        tenant: &TenantId,
        user_id: &str,
        check: &Check,
    ) -> impl Future<Output = Result<Result<(), Refusal>, Problem>>;
    /// May the caller go on, by the limits that hold for it? Asked before the body is read.
    fn limit(&self, _caller: &Caller) -> impl Future<Output = Result<(), Problem>> {
        core::future::ready(Ok(()))
    }
}

/// Where the body comes from.
pub trait BodySource {
    /// The whole body, at most `limit` bytes; `payload_too_large` beyond.
    fn read(&self, limit: usize) -> impl Future<Output = Result<Vec<u8>, Problem>>;
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular.
    Anyone,
    /// A tenant, by one of its keys.
    Tenant {
        /// The tenant.
        tenant: TenantId,
        /// The public part of the key.
        key_id: String,
        /// Secret or publishable.
        kind: KeyKind,
        /// What the key may do.
        scopes: Scopes,
        /// When the key expires, ms since 1970.
        expires_at: Option<u64>,
    },
    /// A person, on a device that has proven its key.
    User(User),
    /// A device that has proven its key and nothing else.
    Proven(Proven),
    /// The operator.
    Operator,
    /// A function of ours.
    Function,
}

impl Caller {
    /// The tenant and the actor: the id of its key or of its user.
    ///
    /// # Errors
    /// `internal`: the table of endpoints lets someone else in here, which is a fault of ours.
    pub fn tenant(&self) -> Result<(&TenantId, &str), Problem> {
        match self {
            Self::Tenant { tenant, key_id, .. } => Ok((tenant, key_id)),
            Self::User(user) => Ok((&user.tenant, &user.user_id)),
            _ => Err(Problem::new(ProblemCode::Internal, "the endpoint has no tenant")),
        }
    }

    /// The user.
    ///
    /// # Errors
    /// As [`Caller::tenant`].
    pub fn user(&self) -> Result<&User, Problem> {
        match self {
            Self::User(user) => Ok(user),
            _ => Err(Problem::new(ProblemCode::Internal, "the endpoint has no user")),
        }
    }

    /// The proven key.
    ///
    /// # Errors
    /// As [`Caller::tenant`].
    pub fn proven(&self) -> Result<&Proven, Problem> {
        match self {
            Self::Proven(proven) => Ok(proven),
            _ => Err(Problem::new(ProblemCode::Internal, "the endpoint has no proof")),
        }
    }

    /// All that the caller may do.
    pub const fn permissions(&self) -> Scopes {
        match self {
            Self::Tenant { scopes, .. } => *scopes,
            Self::User(user) => user.permissions,
            _ => Scopes::NONE,
        }
    }

    /// When the caller's key expires, ms since 1970.
    pub const fn expires_at(&self) -> Option<u64> {
        match self {
            Self::Tenant { expires_at, .. } => *expires_at,
            _ => None,
        }
    }
}

/// The request line as received, before any rewriting: signatures cover it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole address.
    pub url: &'a str,
    /// Path and query.
    pub target: &'a str,
}

/// A request that was let in.
#[derive(Debug)]
pub struct Admitted {
    /// Who calls.
    pub caller: Caller,
    /// The body; empty where the endpoint takes none.
    pub body: Vec<u8>,
    /// Is the answer to carry the current nonce, because the device used that of the period before?
    pub wants_nonce: bool,
}

/// Lets a request in, or says why not.
///
/// # Errors
/// In this order: 401, 403, 415, 413; 503 where an object cannot be asked.
pub async fn admit(
    (auth, body): (Auth, Body),
    line: Line<'_>,
    headers: &impl Headers,
    outside: &impl Outside,
    bodies: &impl BodySource,
    settings: &Settings,
    now_ms: u64,
) -> Result<Admitted, Problem> {
    let mut wants_nonce = false;
    let caller = match auth {
        Auth::Open => Caller::Anyone,
        Auth::MayOrOperator(_) if is_operator(headers, settings) => Caller::Operator,
        Auth::Socket(permission) if user::has_ticket(headers) => {
            let user = user::ticketed(headers, outside, settings, now_ms).await?;
            if !user.permissions.contains(permission) {
                return Err(missing(permission));
            }
            Caller::User(user)
        }
        Auth::May(_) | Auth::MayOrOperator(_) | Auth::Socket(_) | Auth::Member if user::is_dpop(headers) => {
            let user = user::user(line, headers, outside, settings, now_ms).await?;
            wants_nonce = user.wants_nonce;
            if let Some(permission) = needed(auth)
                && !user.permissions.contains(permission)
            {
                return Err(missing(permission));
            }
            Caller::User(user)
        }
        Auth::May(_) | Auth::MayOrOperator(_) | Auth::Socket(_) | Auth::Member | Auth::Page(_) => {
            tenant(auth, headers, outside, settings, now_ms).await?
        }
        Auth::User => {
            let user = user::user(line, headers, outside, settings, now_ms).await?;
            wants_nonce = user.wants_nonce;
            Caller::User(user)
        }
        Auth::Proof => {
            let proven = user::proven(line, headers, outside, settings, now_ms).await?;
            wants_nonce = proven.wants_nonce;
            Caller::Proven(proven)
        }
        Auth::Operator => {
            bearer(headers)?;
            if !is_operator(headers, settings) {
                return Err(Problem::new(ProblemCode::Unauthenticated, "this route needs the operator's key"));
            }
            Caller::Operator
        }
        Auth::Function => {
            // The signature covers the body, so it has to be here first; its size is bounded all the same.
            let bytes = bodies.read(MAX_BODY).await?;
            signed(line, headers, &bytes, settings, now_ms / 1000)?;
            require_json(headers)?;
            return Ok(Admitted { caller: Caller::Function, body: bytes, wants_nonce });
        }
    };
    outside.limit(&caller).await?;
    let body = match body {
        Body::None => Vec::new(),
        Body::Json => {
            require_json(headers)?;
            bodies.read(MAX_BODY).await?
        }
        Body::Raw => bodies.read(MAX_BODY).await?,
        Body::Picture => bodies.read(MAX_PICTURE).await?,
    };
    Ok(Admitted { caller, body, wants_nonce })
}

const fn needed(auth: Auth) -> Option<Scope> {
    match auth {
        Auth::May(permission) | Auth::MayOrOperator(permission) | Auth::Socket(permission) | Auth::Page(permission) => {
            Some(permission)
        }
        _ => None,
    }
}

/// The problem of a caller who lacks a permission.
pub fn missing(permission: Scope) -> Problem {
    Problem::new(ProblemCode::Forbidden, format!("this needs the permission {permission}"))
}

fn is_operator(headers: &impl Headers, settings: &Settings) -> bool {
    bearer(headers).is_ok_and(|key| verify_operator(&key, &settings.operator_key_sha256))
}

async fn tenant(
    auth: Auth,
    headers: &impl Headers,
    outside: &impl Outside,
    settings: &Settings,
    now_ms: u64,
) -> Result<Caller, Problem> {
    let text = bearer(headers)?;
    let key = ApiKey::parse(&text).map_err(|e| fault(&e))?;
    key.require(settings.key_environment, settings.config.cell.as_str()).map_err(|e| fault(&e))?;
    let tenant = TenantId::from_ulid(&settings.config.cell, key.tenant_ulid())
        .map_err(|_| Problem::new(ProblemCode::Unauthenticated, "the API key names no tenant"))?;
    let record = outside.key(&key).await?;
    let record = record.as_deref();
    let kind = record.map_or(KeyKind::Secret, |r| r.kind);
    // Only keys that are bound to a place cost the reading of where the request comes from.
    let bound = record.is_some_and(|r| kind == KeyKind::Publishable || !r.networks.is_empty());
    let (origin, address) =
        if bound { (headers.get("origin"), headers.get("cf-connecting-ip")) } else { Default::default() };
    let circumstances =
        Circumstances { origin: origin.as_deref(), address: address.as_deref().and_then(caller_address) };
    let judged = authenticate_in(&key, record, &settings.peppers, now_ms, needed(auth), circumstances);
    let Principal { key_id, scopes, .. } = judged.map_err(|e| fault(&e))?;
    let expires_at = record.and_then(|r| r.expires_at);
    Ok(Caller::Tenant { tenant, key_id, kind, scopes, expires_at })
}

fn signed(line: Line<'_>, headers: &impl Headers, body: &[u8], settings: &Settings, now_s: u64) -> Result<(), Problem> {
    let [digest, input, signature] = ["content-digest", "signature-input", "signature"].map(|name| headers.get(name));
    let fields = SignatureHeaders {
        content_digest: digest.as_deref(),
        signature_input: input.as_deref(),
        signature: signature.as_deref(),
    };
    verify(fields, line.method, line.target, body, now_s, MAX_AGE_S, &settings.internal_keys)
        .map(drop)
        .map_err(|e| Problem::new(ProblemCode::Unauthenticated, e.to_string()))
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
