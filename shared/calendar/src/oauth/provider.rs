//! Endpoints and scopes.

/// What an account is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// See calendars and events, and when others are busy.
    Read,
    /// Make, change and delete events, too.
    Write,
}

/// An authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Where the user is sent.
    pub authorize: String,
    /// Where codes and refresh tokens are exchanged.
    pub token: String,
    /// Where tokens are revoked; Microsoft has no such place: the user removes the application at `myapps.microsoft.com`.
    pub revoke: Option<String>,
    /// Parameters of the authorization request beyond the standard's.
    pub(super) parameters: &'static [(&'static str, &'static str)],
    read: &'static [&'static str],
    write: &'static [&'static str],
    /// Scopes that are asked for but not named in the answer.
    pub(super) unnamed: &'static [&'static str],
}

impl Provider {
    /// Google (developers.google.com/identity/protocols/oauth2/web-server). `accounts` and `oauth2` are the bases,
    /// for tests; the real ones are `https://accounts.google.com` and `https://oauth2.googleapis.com`.
    ///
    /// A refresh token comes with `access_type=offline`, and for an account that agreed before only with `prompt=consent`.
    pub fn google(accounts: &str, oauth2: &str) -> Self {
        Self {
            authorize: format!("{}/o/oauth2/v2/auth", accounts.trim_end_matches('/')),
            token: format!("{}/token", oauth2.trim_end_matches('/')),
            revoke: Some(format!("{}/revoke", oauth2.trim_end_matches('/'))),
            parameters: &[("access_type", "offline"), ("prompt", "consent")],
            read: &[
                "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
                "https://www.googleapis.com/auth/calendar.events.readonly",
                "https://www.googleapis.com/auth/calendar.freebusy",
            ],
            write: &[
                "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
                "https://www.googleapis.com/auth/calendar.events",
                "https://www.googleapis.com/auth/calendar.freebusy",
            ],
            unnamed: &[],
        }
    }

    /// Microsoft identity platform v2.0 (learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
    /// `login` is the base, for tests; the real one is `https://login.microsoftonline.com`. `tenant` is `common` for
    /// every account, `organizations` without personal ones, or the id of a directory.
    ///
    /// A refresh token comes with the scope `offline_access`; each refresh brings a new one.
    pub fn microsoft(login: &str, tenant: &str) -> Self {
        let login = login.trim_end_matches('/');
        Self {
            authorize: format!("{login}/{tenant}/oauth2/v2.0/authorize"),
            token: format!("{login}/{tenant}/oauth2/v2.0/token"),
            revoke: None,
            parameters: &[("response_mode", "query"), ("prompt", "select_account")],
            read: &["https://graph.microsoft.com/Calendars.Read", "offline_access"],
            write: &["https://graph.microsoft.com/Calendars.ReadWrite", "offline_access"],
            unnamed: &["offline_access"],
        }
    }

    /// The least scopes for a grant.
    pub fn scopes(&self, grant: Grant) -> &'static [&'static str] {
        match grant {
            Grant::Read => self.read,
            Grant::Write => self.write,
        }
    }
}
