//! What an access token says.

use super::{AccessError, AccessKeys, Result};
use crate::jose::json::Object;
use crate::jose::write::Writer;
use crate::jose::{HmacJws, JoseError, Rules, Thumbprint};

/// From `iat` to `exp`, seconds.
pub const LIFETIME_S: u64 = 300;
/// How far the clock of the edge that issued it may be ahead of the one that reads it, seconds. `exp` has no tolerance.
pub const MAX_FUTURE_S: u64 = 5;
/// Longest token, bytes.
pub const MAX_TOKEN: usize = 2048;

const AUDIENCE: &str = "attune";
const RULES: Rules = Rules { max_len: MAX_TOKEN, typ: &["at+jwt"], typ_optional: false, jwk: false };

/// The claims. `iat` and `exp` come from the time of minting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// The cell that issues, such as `eu1`; `iss` is `https://<cell>.attune`.
    pub cell: String,
    /// `sub`: the user, `usr_…`.
    pub user: String,
    /// `tid`: the tenant, `tnt_…`.
    pub tenant: String,
    /// `did`: the device, `dev_…`.
    pub device: String,
    /// `epoch`: that of the tenant at the time; tokens of an earlier one are refused by the reader.
    pub epoch: u64,
    /// `jti`.
    pub jti: String,
    /// `cnf.jkt`: the key without which the token is worth nothing.
    pub key: Thumbprint,
    /// `iat`, seconds since 1970.
    pub issued_at_s: u64,
    /// `exp`, seconds since 1970: the first second at which the token is not valid.
    pub expires_at_s: u64,
}

impl AccessKeys {
    /// Signs a token of the claims, valid for [`LIFETIME_S`] from `now_s`, whatever the times in `claims` are.
    pub fn mint(&self, claims: &AccessClaims, now_s: u64) -> String {
        let key = self.current();
        let mut writer = Writer::default();
        writer.open().text("iss", &issuer(&claims.cell)).text("aud", AUDIENCE);
        writer.text("sub", &claims.user).text("tid", &claims.tenant).text("did", &claims.device);
        writer.number("epoch", claims.epoch).number("iat", now_s).number("exp", now_s.saturating_add(LIFETIME_S));
        writer.text("jti", &claims.jti).key("cnf").open().text("jkt", &claims.key.to_string()).close();
        key.key.mint(&key.header, &writer.close().take())
    }

    /// Reads a token of this cell at `now_s`. The caller still has to see the proof of the device ([`crate::dpop`]), compare the epoch
    /// and ask the session.
    ///
    /// # Errors
    /// One variant of [`AccessError`] per cause.
    pub fn verify(&self, token: &str, cell: &str, now_s: u64) -> Result<AccessClaims> {
        let jws = HmacJws::parse(token, &RULES)?;
        let key = self.get(jws.kid().ok_or(JoseError::Missing("kid"))?)?;
        let payload = jws.verify(&key.key).map_err(|_| AccessError::Signature)?;
        let object = Object::parse(payload)?;
        if object.needed("iss", 64)? != issuer(cell) {
            return Err(AccessError::Issuer);
        }
        if object.needed("aud", 64)? != AUDIENCE {
            return Err(AccessError::Audience);
        }
        let number = |name| object.unsigned(name)?.ok_or(JoseError::Missing(name));
        let text = |name| object.needed(name, 64).map(str::to_owned);
        let (issued_at_s, expires_at_s) = (number("iat")?, number("exp")?);
        if issued_at_s > now_s.saturating_add(MAX_FUTURE_S) {
            return Err(AccessError::NotYetValid);
        }
        if expires_at_s <= now_s {
            return Err(AccessError::Expired);
        }
        let confirmation = object.object("cnf")?.ok_or(JoseError::Missing("cnf"))?;
        Ok(AccessClaims {
            cell: cell.to_owned(),
            user: text("sub")?,
            tenant: text("tid")?,
            device: text("did")?,
            epoch: number("epoch")?,
            jti: text("jti")?,
            key: Thumbprint::parse(confirmation.needed("jkt", 43)?)?,
            issued_at_s,
            expires_at_s,
        })
    }
}

fn issuer(cell: &str) -> String {
    format!("https://{cell}.attune")
}
