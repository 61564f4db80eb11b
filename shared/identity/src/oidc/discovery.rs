//! The discovery document (OpenID Connect Discovery 1.0, sections 3 and 4).

use super::issuer::is_address;
use super::{Issuer, OidcError, Result};
use crate::jose::JoseError;
use crate::jose::json::Object;

/// Largest document, bytes.
pub const MAX_DISCOVERY: usize = 65_536;

/// What is needed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The issuer, as configured.
    pub issuer: Issuer,
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where the code is exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Whether the callback carries `iss` (RFC 9207), so that its absence is an attack.
    pub sends_issuer: bool,
    /// Whether the client's secret goes in the body (`client_secret_post`) because the issuer knows no Basic.
    pub secret_in_body: bool,
}

/// Where the document is: the issuer without a final `/`, then the well-known path (section 4).
pub fn discovery_url(issuer: &Issuer) -> String {
    format!("{}/.well-known/openid-configuration", issuer.as_str().trim_end_matches('/'))
}

impl Metadata {
    /// Reads the document that [`discovery_url`] answered with.
    ///
    /// # Errors
    /// [`OidcError::Form`], [`OidcError::DiscoveryIssuer`], [`OidcError::Endpoint`], [`OidcError::Unsupported`].
    pub fn parse(json: &[u8], issuer: &Issuer) -> Result<Self> {
        if json.len() > MAX_DISCOVERY {
            return Err(JoseError::TooLong.into());
        }
        let document = Object::parse(json)?;
        if document.needed("issuer", 2048)? != issuer.as_str() {
            return Err(OidcError::DiscoveryIssuer);
        }
        let endpoint = |name| match document.needed(name, 2048)? {
            // Parameters are appended to these; a fragment would swallow them.
            url if is_address(url, issuer.reach()) && !url.contains('#') => Ok(url.to_owned()),
            _ => Err(OidcError::Endpoint(name)),
        };
        if !document.absent_or_holds("response_types_supported", "code")? {
            return Err(OidcError::Unsupported("the code flow"));
        }
        // Some that support it do not say so (Microsoft): only a list without it is a no.
        if !document.absent_or_holds("code_challenge_methods_supported", "S256")? {
            return Err(OidcError::Unsupported("PKCE with S256"));
        }
        let algs = "id_token_signing_alg_values_supported";
        if !document.absent_or_holds(algs, "RS256")? && !document.absent_or_holds(algs, "ES256")? {
            return Err(OidcError::Unsupported("RS256 or ES256"));
        }
        let methods = "token_endpoint_auth_methods_supported";
        let basic = document.absent_or_holds(methods, "client_secret_basic")?;
        Ok(Self {
            issuer: issuer.clone(),
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            sends_issuer: document.boolean("authorization_response_iss_parameter_supported")?.unwrap_or(false),
            secret_in_body: !basic && document.absent_or_holds(methods, "client_secret_post")?,
        })
    }
}
