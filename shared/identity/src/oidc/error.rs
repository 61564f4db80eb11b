//! Why something of an issuer was not accepted.

use crate::jose::JoseError;

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, OidcError>;

/// One variant per cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OidcError {
    /// A token, a key set or a document is not of the needed form.
    #[error("malformed: {0}")]
    Form(#[from] JoseError),

    // Issuers and discovery.
    /// The issuer is not an https address without user, query and fragment, or its host may not be reached.
    #[error("the issuer is not an accepted https address")]
    IssuerAddress,
    /// An address in the discovery document is not an accepted https address.
    #[error("{0} is not an accepted https address")]
    Endpoint(&'static str),
    /// The discovery document is that of another issuer (OpenID Connect Discovery 1.0, section 4.3).
    #[error("the discovery document names another issuer")]
    DiscoveryIssuer,
    /// The issuer says that it cannot do what is needed: PKCE with S256, the code flow, or RS256 or ES256.
    #[error("the issuer does not support {0}")]
    Unsupported(&'static str),

    // Tokens of the issuer.
    /// `iss` is another issuer.
    #[error("the token is from another issuer")]
    Issuer,
    /// `aud` does not hold us.
    #[error("the token is for another audience")]
    Audience,
    /// `azp` is not one of the accepted parties, or absent though there are several audiences.
    #[error("the token was issued to another party")]
    AuthorizedParty,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not yet valid")]
    NotYetValid,
    /// `nonce` is not the one of this sign-in.
    #[error("the nonce of the token is not the one that was sent")]
    Nonce,
    /// The signature does not match.
    #[error("the signature of the token does not match")]
    Signature,

    // The flow.
    /// `state` is not the one of this sign-in.
    #[error("the state is not the one that was sent")]
    State,
    /// The query of the callback is too long, not decodable, or has a parameter twice.
    #[error("the parameters of the callback cannot be read")]
    CallbackForm,
    /// `iss` of the callback is another issuer, or absent though the issuer sends it (RFC 9207).
    #[error("the callback is from another issuer")]
    CallbackIssuer,
    /// The issuer answered with an error. Its text is not repeated.
    #[error("the issuer refused the sign-in")]
    Denied,
    /// The token endpoint answered with an error.
    #[error("the issuer refused the code")]
    TokenRefused,
    /// A client id, redirect address or scope that cannot be used.
    #[error("the registration of the client cannot be used")]
    Client,
}
