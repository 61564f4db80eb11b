//! The browser coming back.

use super::{Metadata, OidcError, Pending, Result, form};
use core::fmt;
use subtle::ConstantTimeEq;

/// A code of this sign-in. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    code: String,
}

impl Callback {
    /// Reads the query (without `?`) of the redirect address. State first: what does not belong to this sign-in is not looked at.
    ///
    /// # Errors
    /// [`OidcError::CallbackForm`], [`OidcError::State`], [`OidcError::CallbackIssuer`], [`OidcError::Denied`].
    pub fn parse(query: &str, pending: &Pending, metadata: &Metadata) -> Result<Self> {
        if query.len() > 8192 {
            return Err(OidcError::CallbackForm);
        }
        let pairs = form::parse(query).ok_or(OidcError::CallbackForm)?;
        let parameter = |name: &str| {
            let mut values = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
            match (values.next(), values.next()) {
                (_, Some(_)) => Err(OidcError::CallbackForm),
                (value, None) => Ok(value),
            }
        };
        let state = parameter("state")?.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(pending.state().as_bytes())) {
            return Err(OidcError::State);
        }
        match parameter("iss")? {
            Some(issuer) if issuer != metadata.issuer.as_str() => return Err(OidcError::CallbackIssuer),
            None if metadata.sends_issuer => return Err(OidcError::CallbackIssuer),
            _ => {}
        }
        match (parameter("error")?, parameter("code")?) {
            (Some(_), _) => Err(OidcError::Denied),
            (None, Some(code)) if (1..=4096).contains(&code.len()) => Ok(Self { code: code.to_owned() }),
            _ => Err(OidcError::CallbackForm),
        }
    }

    /// The code, for [`Pending::token_request`].
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Callback([secret])")
    }
}
