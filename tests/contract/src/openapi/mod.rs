//! The OpenAPI 3.1 document of the public routes, put together from the crates that the Worker itself uses.

pub mod build;
mod operation;
mod parameters;
mod paths;
mod responses;
mod schemas;

use attune_contracts::ProblemCode;
use serde_json::{Value, json};

const ABOUT: &str = "\
Attune measures the audio of phone calls at seven stations and tunes it within safe bounds.

Every body carries `schema_version`; an unknown one is refused with the list of the known ones. Bodies that come in are read strictly: \
an unknown field is an error that names it. Bodies that go out may gain fields: ignore those you do not know. \
Every error is an RFC 9457 problem whose `type` explains itself and whose `errors` point at the offending fields. \
Times are RFC 3339. Integers are written without a fraction or an exponent. Values of parameters are decimal strings at the parameter's resolution.

Requests are limited by key, user, route, tenant and plan, and by address where nothing else is known of the caller: `RateLimit-Policy` and `RateLimit` \
tell what holds and what is left, `rate_limited` (429) with `Retry-After` when to come again. A page may read what it gets with a publishable key that names its \
exact origin, or as a signed-in user; cookies count nowhere.

All `/v1/…` routes answer under `/api/v1/…` too. `HEAD` is answered wherever `GET` is, `OPTIONS` everywhere with `Allow`. A path that is not listed here answers `not_found`, \
a method that is not listed for its path `method_not_allowed`; ids of another tenant are not found either.";

/// The document.
pub fn document() -> Value {
    let tag = |name: &str, description: &str| json!({"name": name, "description": description});
    json!({
        "openapi": "3.1.1",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Attune",
            "version": "1",
            "summary": "Better and safe audio for voice assistants",
            "description": ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Wherever this document came from."}],
        "tags": [
            tag("stations", "What measures and applies."),
            tag("optimizer", "Runs that judge and tune."),
            tag("config", "Effective parameters and their history."),
            tag("admin", "Tenants and API keys, for the operator."),
            tag("service", "The service about itself."),
            // the tenant's administration
            tag("identity", "Signing in, devices and their proofs."),
            tag("tenant", "A tenant's people, roles, keys, issuers and audit trail."),
            tag("voice", "Rooms, tokens for them, and the media servers behind."),
        ],
        "paths": paths::all(),
        "components": {
            "schemas": schemas::all(),
            "parameters": parameters::parameters(),
            "headers": parameters::headers(),
            "examples": responses::examples(),
            "responses": {
                "NotFound": responses::response(&[ProblemCode::NotFound]),
                "MethodNotAllowed": responses::response(&[ProblemCode::MethodNotAllowed]),
            },
            "securitySchemes": {
                "apiKey": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "atn_<live|test>_<cell>_<keyid>_<secret><crc>",
                    "description": "An API key of a tenant. The scopes listed at an operation are those the key needs."
                },
                "operatorKey": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "atn_operator_<secret>", "description": "The operator's key."
                },
                // a signed-in device
                "dpop": {
                    "type": "http", "scheme": "dpop", "bearerFormat": "JWT",
                    "description": "`Authorization: DPoP <access token>` with a proof of the device's key in the header `DPoP` (RFC 9449, section 7). The scopes listed at an operation are the permissions that the person's role needs."
                },
                "dpopProof": {
                    "type": "apiKey", "in": "header", "name": "DPoP",
                    "description": "A proof of the device's key (RFC 9449, section 4) without an access token: `typ` `dpop+jwt`, `alg` `ES256`, `jwk` the public key, `jti`, `htm`, `htu`, `iat`, and `nonce` from the header `DPoP-Nonce` of the latest answer."
                },
            },
        },
    })
}

/// The document as it is committed and served.
pub fn text() -> String {
    // Value's maps are sorted, so the text is the same on every build.
    format!("{:#}\n", document())
}

/// Where the document is committed.
pub fn committed() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts/openapi.json")
}
