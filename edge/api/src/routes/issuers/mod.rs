//! OIDC issuers of a tenant: whose tokens are good here.

pub mod admin_put;
pub mod delete;
pub mod list;
pub mod put;

/// The field under which the client secret at an issuer is sealed.
pub fn sealed_field(issuer: &str) -> String {
    format!("issuer.client_secret {issuer}")
}
