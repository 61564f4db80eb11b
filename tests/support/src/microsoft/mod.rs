//! Microsoft Graph v1.0 calendars and the endpoints of the Microsoft identity platform for tests, over HTTP on the loopback, under the
//! published rules.
//!
//! Written from learn.microsoft.com (Graph: event, calendar, delta query, change notifications, lifecycle notifications, throttling,
//! errors, immutable ids; identity platform: authorization code flow), apart from the code that it tests. What the documentation leaves
//! open is said where it is decided.
//!
//! | What | Address under [`Microsoft::url`] |
//! |---|---|
//! | consent, answered at once | `GET /{tenant}/oauth2/v2.0/authorize` |
//! | tokens, keys | `POST /{tenant}/oauth2/v2.0/token`, `GET /{tenant}/discovery/v2.0/keys` |
//! | Graph | `/v1.0/…` |
//! | faults and edits by another process | `POST /_test/…` (`control`) |

mod control;
mod delta;
mod error;
mod event;
mod invite;
mod oauth;
mod people;
mod route;
mod series;
mod slow;
mod state;
mod subscribe;
mod views;
mod write;

#[cfg(test)]
mod tests;

pub use state::Settings;

use crate::oidc::Key;
use crate::provider::{
    Access, Answer, Clock, Delivery, Edit, Guard, Push, PushFault, Pushes, Request, Rule, Tally, listen,
};
use serde_json::Value;
use slow::Slow;
use state::State;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Scopes of everything.
pub const SCOPES: &[&str] = &["Calendars.ReadWrite", "User.Read", "MailboxSettings.Read"];

/// A server; it ends with its last handle.
#[derive(Clone)]
pub struct Microsoft {
    url: String,
    shared: Arc<Shared>,
    _guard: Option<Arc<Guard>>,
}

struct Shared {
    state: Mutex<State>,
    clock: Arc<Clock>,
    pushes: Pushes,
    slow: Arc<Mutex<Slow>>,
    key: Key,
    url: String,
}

impl std::fmt::Debug for Microsoft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Microsoft").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Microsoft {
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

    /// A server without a port: only [`Microsoft::answer`] reaches it, notifications are taken by hand, and subscriptions are made
    /// without the handshake.
    pub fn in_process() -> Self {
        let server = Self::at("http://microsoft.invalid");
        server.shared.pushes.by_hand(true);
        server.settings(|settings| settings.handshake = false);
        server
    }

    fn at(url: &str) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            clock: Arc::default(),
            pushes: Pushes::default(),
            slow: Arc::default(),
            key: Key::rs256("microsoft-1"),
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

    /// Registers an app.
    pub fn client(&self, id: &str, secret: Option<&str>) {
        self.shared.lock().tokens.clients.insert(id.to_owned(), secret.map(str::to_owned));
    }

    /// Makes a mailbox with its default calendar; the calendar's id. `zone` is a Windows name, or an IANA name that has one. The first mailbox is the one that is
    /// signed in at the consent page.
    pub fn account(&self, email: &str, zone: &str) -> String {
        self.shared.lock().account(email, zone)
    }

    /// Makes a further calendar of a mailbox; its id.
    pub fn calendar(&self, email: &str, name: &str) -> String {
        self.shared.lock().calendar(email, name, false)
    }

    /// The id of the default calendar of a mailbox.
    pub fn default_calendar(&self, email: &str) -> Option<String> {
        self.shared.lock().default_calendar(email)
    }

    /// Who is signed in at the consent page from now on; `None`: the person refuses.
    pub fn sign_in(&self, email: Option<&str>) {
        self.shared.lock().signed_in = email.map(str::to_owned);
    }

    /// An access token with these scopes, without the way through the consent page.
    pub fn access_token(&self, email: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let now = self.shared.clock.now_ms();
        self.shared.lock().tokens.give_access("eyJ0", email, &scopes, None, now)
    }

    /// A refresh token of an app, without the way through the consent page.
    pub fn refresh_token(&self, client: &str, email: &str, scopes: &[&str]) -> String {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.shared.lock().tokens.give_refresh("0.A", client, email, &scopes)
    }

    /// An administrator takes the grant back: all tokens of the mailbox end.
    pub fn revoke_account(&self, email: &str) {
        self.shared.lock().tokens.revoke_account(email);
    }

    /// Changes what is left open by the documentation, and the limits.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut state = self.shared.lock();
        change(&mut state.settings);
        self.shared.slow().follow(&state.settings);
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

    /// All delta links and next links of deltas given so far expire.
    pub fn expire_cursors(&self) {
        self.shared.lock().generation += 1;
    }

    /// All access tokens given so far expire.
    pub fn expire_access(&self) {
        self.shared.lock().tokens.access.clear();
    }

    /// Sends a lifecycle notification to all subscriptions that asked for them: `reauthorizationRequired`, `subscriptionRemoved`
    /// (which removes them) or `missed`.
    pub fn lifecycle(&self, event: &str) {
        self.shared.change(|state, _| state.lifecycle(event));
    }

    /// A change in the provider's own pages, in a calendar by its id; the id of the event.
    ///
    /// # Errors
    /// The provider's reason why it cannot be.
    pub fn edit(&self, calendar: &str, edit: &Edit) -> Result<String, String> {
        self.shared.change(|state, now| control::edit(state, calendar, edit, now))
    }

    /// The events of a calendar as the provider sees them: singles, masters and exceptions, times in UTC.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        control::visible(&self.shared.lock(), calendar)
    }

    /// Requests by route (`calendarView.delta`, `events.create`, …) so far.
    pub fn tally(&self) -> Tally {
        self.shared.lock().tally.clone()
    }

    /// Notifications wait for [`Microsoft::take_pushes`] instead of being sent.
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

    fn slow(&self) -> MutexGuard<'_, Slow> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and sends the notifications that follow; those to an endpoint that was too slow are dropped.
    fn change<T>(&self, change: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.clock.now_ms();
        let mut state = self.lock();
        state.settle(now);
        let result = change(&mut state, now);
        let pushes = std::mem::take(&mut state.outgoing);
        // under the lock, so that they are queued in the order of the changes
        for push in pushes {
            if self.slow().drops(&push.url, now) {
                state.missed(&push.about);
            } else {
                self.pushes.add(push);
            }
        }
        // to endpoints of their own, as a rule
        std::mem::take(&mut state.outgoing).into_iter().for_each(|push| self.pushes.add(push));
        result
    }

    fn run(&self) {
        let (slow, clock) = (Arc::clone(&self.slow), Arc::clone(&self.clock));
        // anything but 2xx is tried again with exponential back-off ("for up to 4 hours")
        self.pushes.run(
            Duration::from_secs(10),
            Box::new(move |push, delivery| {
                let mut slow = slow.lock().unwrap_or_else(PoisonError::into_inner);
                slow.note(&push.url, clock.now_ms(), delivery.took_ms, delivery.status.is_none());
                let again = !matches!(delivery.status, Some(200..300)) && push.tries < 4;
                again.then(|| Duration::from_millis(100 << push.tries))
            }),
        );
    }

    fn access(&self, request: &Request) -> Option<Access> {
        self.lock().tokens.access(request.token()?, self.clock.now_ms())
    }
}
