//! An OpenID Connect provider for tests, over HTTP on the loopback: discovery, keys with rotation, the code flow with PKCE. Written from
//! OpenID Connect Core and Discovery 1.0, RFC 6749, RFC 7636 and RFC 9207, apart from the code that it tests.
//!
//! Whoever comes to its authorization endpoint is signed in as the person of [`Provider::person`]: what is under test is the other side.

mod keys;
mod server;

pub use keys::{Key, hmac_token};
pub use server::{decode, encode};

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// A provider; it ends with the process.
#[derive(Debug, Clone)]
pub struct Provider {
    url: String,
    state: Arc<Mutex<State>>,
}

/// What the endpoints know.
#[derive(Debug, Default)]
struct State {
    published: Vec<Arc<Key>>,
    /// Client ids with their secrets.
    clients: BTreeMap<String, Option<String>>,
    person: Value,
    codes: BTreeMap<String, Grant>,
    /// Claims that take the place of right ones in tokens of the token endpoint.
    spoiled: Value,
    /// Requests by path.
    seen: BTreeMap<String, u32>,
    /// Answers 503 to everything.
    away: bool,
}

/// A code that was given out.
#[derive(Debug, Clone)]
struct Grant {
    client: String,
    redirect: String,
    nonce: String,
    challenge: String,
}

impl Provider {
    /// Starts a provider with one ES256 and one RS256 key.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|e| panic!("no port: {e}"));
        let port = listener.local_addr().map_or(0, |address| address.port());
        let state =
            State { published: vec![Arc::new(Key::es256("es-1")), Arc::new(Key::rs256("rs-1"))], ..State::default() };
        let provider = Self { url: format!("http://127.0.0.1:{port}"), state: Arc::new(Mutex::new(state)) };
        let served = provider.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let provider = served.clone();
                std::thread::spawn(move || server::serve(&provider, stream));
            }
        });
        provider
    }

    /// The issuer's identifier.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Registers a client of the code flow.
    pub fn client(&self, id: &str, secret: Option<&str>) {
        self.state().clients.insert(id.to_owned(), secret.map(str::to_owned));
    }

    /// Who is signed in from now on: `sub` and further claims.
    pub fn person(&self, claims: Value) {
        self.state().person = claims;
    }

    /// Claims that replace right ones in tokens of the code flow from now on; `{}`: none.
    pub fn spoil(&self, claims: Value) {
        self.state().spoiled = claims;
    }

    /// Answers nothing but 503, or answers again.
    pub fn away(&self, away: bool) {
        self.state().away = away;
    }

    /// A published key by its place.
    ///
    /// # Panics
    /// When there is none.
    pub fn key(&self, at: usize) -> Arc<Key> {
        Arc::clone(&self.state().published[at])
    }

    /// Publishes other keys in the place of all.
    pub fn publish(&self, keys: Vec<Arc<Key>>) {
        self.state().published = keys;
    }

    /// How often a path was asked for.
    pub fn seen(&self, path: &str) -> u32 {
        self.state().seen.get(path).copied().unwrap_or(0)
    }

    /// Good claims of a token for an audience, valid for five minutes.
    pub fn claims(&self, audience: &str, subject: &str) -> Value {
        let now = now_s();
        json!({"iss": self.url, "sub": subject, "aud": audience, "iat": now, "exp": now + 300})
    }

    /// A good token.
    pub fn token(&self, audience: &str, subject: &str) -> String {
        self.key(0).token(&self.claims(audience, subject))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
