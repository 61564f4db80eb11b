//! Google Calendar API v3 and Google's OAuth 2.0 endpoints for tests, over HTTP on the loopback, under the published rules.
//!
//! Written from developers.google.com (Calendar API reference, guides on sync, push, errors, quotas, recurring events; Identity:
//! OAuth 2.0 for web servers), apart from the code that it tests. What the documentation leaves open is said where it is decided.
//!
//! | What | Address under [`Google::url`] |
//! |---|---|
//! | consent, answered at once | `GET /o/oauth2/v2/auth` |
//! | tokens, revocation, keys, person | `POST /token`, `POST /revoke`, `GET /oauth2/v3/certs`, `GET /oauth2/v3/userinfo` |
//! | Calendar API | `/calendar/v3/…` |
//! | faults and edits by another process | `POST /_test/…` (`control`) |

mod calendars;
mod control;
mod error;
mod event;
mod instances;
mod invite;
mod list;
mod oauth;
mod route;
mod singles;
mod state;
mod watch;
mod write;

#[cfg(test)]
mod tests;

pub use state::Settings;

use crate::oidc::Key;
use crate::provider::{
    Access, Answer, Clock, Delivery, Edit, Guard, Push, PushFault, Pushes, Request, Rule, Tally, listen,
};
use serde_json::Value;
use state::State;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The scope of everything.
pub const SCOPE: &str = "https://www.googleapis.com/auth/calendar";

/// A server; it ends with its last handle.
#[derive(Clone)]
pub struct Google {
    url: String,
    shared: Arc<Shared>,
    _guard: Option<Arc<Guard>>,
}

struct Shared {
    state: Mutex<State>,
    clock: Clock,
    pushes: Pushes,
    key: Key,
    url: String,
}

impl std::fmt::Debug for Google {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Google").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Google {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// No port.
    pub fn start() -> io::Result<Self> {
        Self::start_on(0)
    }

    /// Starts a server on a port of the loopback.
    ///
    /// # Errors
    /// The port is taken.
    pub fn start_on(port: u16) -> io::Result<Self> {
        // the address is known only when it listens, and the state holds it
        let late: Arc<std::sync::OnceLock<Self>> = Arc::default();
        let own = Arc::clone(&late);
        let guard = listen(port, move |request| own.get()?.answer(request))?;
        let served = Self::at(&format!("http://{}", guard.address));
        served.shared.run();
        let served = late.get_or_init(|| served);
        Ok(Self { url: served.url.clone(), shared: Arc::clone(&served.shared), _guard: Some(Arc::new(guard)) })
    }

    /// A server without a port: only [`Google::answer`] reaches it, and notifications are taken by hand.
    pub fn in_process() -> Self {
        let server = Self::at("http://google.invalid");
        server.shared.pushes.by_hand(true);
        server
    }

    fn at(url: &str) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            clock: Clock::default(),
            pushes: Pushes::default(),
            key: Key::rs256("google-1"),
            url: url.to_owned(),
        };
        Self { url: url.to_owned(), shared: Arc::new(shared), _guard: None }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Answers a request, as over HTTP. `None`: the connection ends without an answer.
    pub fn answer(&self, request: &Request) -> Option<Answer> {
        route::answer(&self.shared, request)
    }

    /// Registers a client of OAuth.
    pub fn client(&self, id: &str, secret: Option<&str>) {
        self.shared.lock().tokens.clients.insert(id.to_owned(), secret.map(str::to_owned));
    }

    /// Makes an account with its primary calendar, whose id is the address. `zone` is an IANA name. The first account is the one
    /// that is signed in at the consent page.
    pub fn account(&self, email: &str, zone: &str) {
        self.shared.lock().account(email, zone);
    }

    /// Makes a further calendar of an account; its id.
    pub fn calendar(&self, email: &str, summary: &str, zone: &str) -> String {
        self.shared.change(|state, now| state.calendar(email, summary, zone, now))
    }

    /// Puts a calendar on the list of another account: `owner`, `writer`, `reader`, `freeBusyReader`; `none` takes it off.
    pub fn share(&self, calendar: &str, email: &str, role: &str) {
        self.shared.change(|state, now| state.share(calendar, email, role, now));
    }

    /// Who is signed in at the consent page from now on; `None`: the person refuses.
    pub fn sign_in(&self, email: Option<&str>) {
        self.shared.lock().signed_in = email.map(str::to_owned);
    }

    /// An access token with these scopes, without the way through the consent page.
    pub fn access_token(&self, email: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let now = self.shared.clock.now_ms();
        self.shared.lock().tokens.give_access("ya29.", email, &scopes, None, now)
    }

    /// A refresh token of a client, without the way through the consent page.
    pub fn refresh_token(&self, client: &str, email: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.shared.lock().tokens.give_refresh("1//", client, email, &scopes)
    }

    /// The person takes the grant back in the account's pages: all tokens of the account end.
    pub fn revoke_account(&self, email: &str) {
        self.shared.lock().tokens.revoke_account(email);
    }

    /// Changes what is left open by the documentation, and the limits.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.lock().settings);
    }

    /// Something goes wrong.
    pub fn fault(&self, rule: Rule) {
        self.shared.lock().faults.rules.push(rule);
    }

    /// What happens to the next notifications, one after the other.
    pub fn push_faults(&self, faults: impl IntoIterator<Item = PushFault>) {
        self.shared.pushes.add_faults(faults);
    }

    /// Nothing goes wrong from now on.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.rules.clear();
        self.shared.pushes.clear_faults();
    }

    /// All sync tokens and page tokens given so far expire.
    pub fn expire_cursors(&self) {
        self.shared.lock().generation += 1;
    }

    /// All access tokens given so far expire.
    pub fn expire_access(&self) {
        self.shared.lock().tokens.access.clear();
    }

    /// A change in the provider's own pages; the id of the event.
    ///
    /// # Errors
    /// The provider's reason why it cannot be.
    pub fn edit(&self, calendar: &str, edit: &Edit) -> Result<String, String> {
        self.shared.change(|state, now| control::edit(state, calendar, edit, now))
    }

    /// The events of a calendar as the provider sees them: singles, masters and exceptions, what is deleted aside (exceptions that
    /// cancel an instance are there, with `status: cancelled`). In the order of their ids.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        self.shared.lock().visible(calendar)
    }

    /// Requests by route (`events.list`, `token`, …) so far.
    pub fn tally(&self) -> Tally {
        self.shared.lock().tally.clone()
    }

    /// Notifications wait for [`Google::take_pushes`] instead of being sent.
    pub fn pushes_by_hand(&self, by_hand: bool) {
        self.shared.pushes.by_hand(by_hand);
    }

    /// Takes the notifications that wait.
    pub fn take_pushes(&self) -> Vec<Push> {
        self.shared.pushes.take()
    }

    /// The tries to deliver notifications so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.pushes.deliveries()
    }

    /// Waits until all notifications were sent; false: not within this time.
    pub fn wait_pushes(&self, within: Duration) -> bool {
        self.shared.pushes.wait_idle(within)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and sends the notifications that follow.
    fn change<T>(&self, change: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.clock.now_ms();
        let mut state = self.lock();
        let result = change(&mut state, now);
        let pushes = std::mem::take(&mut state.outgoing);
        // under the lock, so that they are queued in the order of the changes
        pushes.into_iter().for_each(|push| self.pushes.add(push));
        result
    }

    fn run(&self) {
        // 500, 502, 503 and 504 are tried again with exponential back-off, others are not (guide on push, "Responding")
        self.pushes.run(
            Duration::from_secs(10),
            Box::new(|push, delivery| {
                let again = matches!(delivery.status, Some(500 | 502 | 503 | 504)) && push.tries < 4;
                again.then(|| Duration::from_millis(100 << push.tries))
            }),
        );
    }

    fn access(&self, request: &Request) -> Option<Access> {
        let token = request.token().or_else(|| request.param("access_token"))?;
        self.lock().tokens.access(token, self.clock.now_ms())
    }
}
