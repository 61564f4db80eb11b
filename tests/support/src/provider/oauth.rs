//! Codes and tokens (RFC 6749, RFC 7636), as both providers keep them; each has its own words for errors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use std::collections::BTreeMap;

/// Access tokens live this long, milliseconds.
const ACCESS_MS: i64 = 3_600_000;
/// Codes live this long, milliseconds.
const CODE_MS: i64 = 600_000;

/// Why no token is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Client,
    /// The code or refresh token is unknown, used, expired or revoked.
    Grant,
    Redirect,
    Verifier,
}

#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub client: String,
    pub redirect: String,
    pub challenge: Option<String>,
    pub account: String,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    /// A refresh token is given for it.
    pub offline: bool,
    pub until_ms: i64,
}

/// Whom an access token speaks for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub account: String,
    pub scopes: Vec<String>,
    pub until_ms: i64,
    refresh: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub client: String,
    pub account: String,
    pub scopes: Vec<String>,
}

/// What was given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// Client ids with their secrets.
    pub clients: BTreeMap<String, Option<String>>,
    pub codes: BTreeMap<String, Code>,
    pub access: BTreeMap<String, Access>,
    pub refresh: BTreeMap<String, Refresh>,
    next: u64,
}

impl Tokens {
    /// A text of this kind that was not given out yet.
    pub fn name(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{:016x}", self.next.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn client(&self, id: &str, secret: Option<&str>) -> Result<(), Denied> {
        let known = self.clients.get(id).ok_or(Denied::Client)?;
        if known.as_deref() == secret.filter(|secret| !secret.is_empty()) { Ok(()) } else { Err(Denied::Client) }
    }

    /// Gives a code out.
    pub fn code(&mut self, prefix: &str, code: Code, now_ms: i64) -> String {
        let name = self.name(prefix);
        self.codes.insert(name.clone(), Code { until_ms: now_ms + CODE_MS, ..code });
        name
    }

    /// Takes a code back; it is good once.
    pub fn redeem(
        &mut self,
        code: &str,
        client: &str,
        redirect: &str,
        verifier: &str,
        now_ms: i64,
    ) -> Result<Code, Denied> {
        let code = self.codes.remove(code).filter(|code| code.until_ms > now_ms).ok_or(Denied::Grant)?;
        if code.client != client {
            return Err(Denied::Grant);
        }
        if code.redirect != redirect {
            return Err(Denied::Redirect);
        }
        match &code.challenge {
            Some(challenge) if !verify_pkce(challenge, verifier) => Err(Denied::Verifier),
            None if !verifier.is_empty() => Err(Denied::Verifier),
            _ => Ok(code),
        }
    }

    pub fn give_access(
        &mut self,
        prefix: &str,
        account: &str,
        scopes: &[String],
        refresh: Option<&str>,
        now_ms: i64,
    ) -> String {
        let name = self.name(prefix);
        let (account, scopes) = (account.to_owned(), scopes.to_vec());
        let access = Access { account, scopes, until_ms: now_ms + ACCESS_MS, refresh: refresh.map(str::to_owned) };
        self.access.insert(name.clone(), access);
        name
    }

    pub fn give_refresh(&mut self, prefix: &str, client: &str, account: &str, scopes: &[String]) -> String {
        let name = self.name(prefix);
        let (client, account, scopes) = (client.to_owned(), account.to_owned(), scopes.to_vec());
        self.refresh.insert(name.clone(), Refresh { client, account, scopes });
        name
    }

    pub fn refresh(&self, token: &str, client: &str) -> Result<Refresh, Denied> {
        self.refresh.get(token).filter(|refresh| refresh.client == client).cloned().ok_or(Denied::Grant)
    }

    pub fn access(&self, token: &str, now_ms: i64) -> Option<Access> {
        self.access.get(token).filter(|access| access.until_ms > now_ms).cloned()
    }

    /// Ends a refresh token and what came of it, or an access token and what it came of; false: unknown.
    pub fn revoke(&mut self, token: &str) -> bool {
        let refresh = match self.access.get(token) {
            Some(access) => access.refresh.clone(),
            None => self.refresh.contains_key(token).then(|| token.to_owned()),
        };
        let known = self.access.remove(token).is_some() || refresh.is_some();
        if let Some(refresh) = refresh {
            self.refresh.remove(&refresh);
            self.access.retain(|_, access| access.refresh.as_ref() != Some(&refresh));
        }
        known
    }

    /// Ends everything of an account.
    pub fn revoke_account(&mut self, account: &str) {
        self.access.retain(|_, access| access.account != account);
        self.refresh.retain(|_, refresh| refresh.account != account);
    }
}

/// RFC 7636, section 4.6, with S256.
fn verify_pkce(challenge: &str, verifier: &str) -> bool {
    let long_enough = (43..=128).contains(&verifier.len());
    long_enough && challenge == B64.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()))
}
