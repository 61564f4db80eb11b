//! Who is calling, in the fixed order: authentication (401), then scope (403), then the body's type and size.

use crate::headers::{Headers, bearer, require_json};
use crate::router::{Auth, Body};
use attune_contracts::{Problem, ProblemCode, parse::MAX_BODY};
use attune_domain::TenantId;
use attune_edge_kit::Settings;
use attune_identity::Error as Fault;
use attune_identity::api_key::{ApiKey, ApiKeyRecord, Principal, Scopes, authenticate, verify_operator};
use attune_identity::signature::{MAX_AGE_S, SignatureHeaders, verify};
use std::rc::Rc;

/// Where records of API keys come from: the `Tenant` object, through a short memory.
pub trait KeySource {
    /// The record of a well-formed key, if its tenant has one of that id.
    fn find(&self, key: &ApiKey) -> impl Future<Output = Result<Option<Rc<ApiKeyRecord>>, Problem>>;
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
        /// What the key may do.
        scopes: Scopes,
        /// When the key expires, ms since 1970.
        expires_at: Option<u64>,
    },
    /// The operator.
    Operator,
    /// A function of ours.
    Function,
}

impl Caller {
    /// The tenant and the id of its key.
    ///
    /// # Errors
    /// `internal`: the table of endpoints lets someone else in here, which is a fault of ours.
    pub fn tenant(&self) -> Result<(&TenantId, &str), Problem> {
        match self {
            Self::Tenant { tenant, key_id, .. } => Ok((tenant, key_id)),
            _ => Err(Problem::new(ProblemCode::Internal, "the endpoint has no tenant")),
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
    /// Path and query.
    pub target: &'a str,
}

/// Lets a request in, or says why not. Gives the caller and the body (empty where the endpoint takes none).
///
/// # Errors
/// In this order: 401, 403, 415, 413; 503 where the `Tenant` object cannot be asked.
pub async fn admit(
    (auth, body): (Auth, Body),
    line: Line<'_>,
    headers: &impl Headers,
    keys: &impl KeySource,
    bodies: &impl BodySource,
    settings: &Settings,
    now_ms: u64,
) -> Result<(Caller, Vec<u8>), Problem> {
    let caller = match auth {
        Auth::Open => Caller::Anyone,
        Auth::KeyOrOperator(_) if is_operator(headers, settings) => Caller::Operator,
        Auth::Key(_) | Auth::KeyOrOperator(_) | Auth::AnyKey => tenant(auth, headers, keys, settings, now_ms).await?,
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
            return Ok((Caller::Function, bytes));
        }
    };
    match body {
        Body::None => Ok((caller, Vec::new())),
        Body::Json => {
            require_json(headers)?;
            Ok((caller, bodies.read(MAX_BODY).await?))
        }
    }
}

fn is_operator(headers: &impl Headers, settings: &Settings) -> bool {
    bearer(headers).is_ok_and(|key| verify_operator(&key, &settings.operator_key_sha256))
}

async fn tenant(
    auth: Auth,
    headers: &impl Headers,
    keys: &impl KeySource,
    settings: &Settings,
    now_ms: u64,
) -> Result<Caller, Problem> {
    let text = bearer(headers)?;
    let key = ApiKey::parse(&text).map_err(|e| fault(&e))?;
    key.require(settings.key_environment, settings.config.cell.as_str()).map_err(|e| fault(&e))?;
    let tenant = TenantId::from_ulid(&settings.config.cell, key.tenant_ulid())
        .map_err(|_| Problem::new(ProblemCode::Unauthenticated, "the API key names no tenant"))?;
    let record = keys.find(&key).await?;
    let record = record.as_deref();
    let judged = match auth {
        Auth::Key(scope) | Auth::KeyOrOperator(scope) => authenticate(&key, record, &settings.peppers, now_ms, scope),
        // Any scope will do: the first that the key has, or one that it lacks when it has none.
        _ => {
            let any = record.and_then(|r| r.scopes.iter().next()).unwrap_or(attune_identity::api_key::Scope::RunsRead);
            authenticate(&key, record, &settings.peppers, now_ms, any)
        }
    };
    let Principal { key_id, scopes, .. } = judged.map_err(|e| fault(&e))?;
    let expires_at = record.and_then(|r| r.expires_at);
    Ok(Caller::Tenant { tenant, key_id, scopes, expires_at })
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

/// The problem of a fault that `attune-identity` found in a key.
pub fn fault(fault: &Fault) -> Problem {
    let code = match fault {
        Fault::KeyRevoked => ProblemCode::KeyRevoked,
        Fault::KeyExpired => ProblemCode::KeyExpired,
        Fault::MissingScope(_) => ProblemCode::Forbidden,
        Fault::PepperMissing | Fault::PepperInvalid => ProblemCode::Misconfigured,
        _ => ProblemCode::Unauthenticated,
    };
    Problem::new(code, fault.to_string())
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
