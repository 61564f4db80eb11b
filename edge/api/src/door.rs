//! The door: every request comes in here and every answer goes out here, with its request id.

use crate::asked::Objects;
use crate::auth::{self, Admitted, BodySource, Line};
use crate::call::{Call, Outcome, Reply};
use crate::hygiene::{self, Readers, SECURITY, TRANSPORT};
use crate::limit::{Limiting, Told};
use crate::router::{Auth, Endpoint, Miss, resolve, rewrite};
use crate::routes;
use crate::timing::Timing;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::trace::Trace;
use attune_edge_kit::{Answer, Error, Incoming, Result, Settings, clock, log, random};
use std::cell::{Cell, OnceCell, RefCell};
use worker::worker_sys::web_sys;
use worker::{Context, Env};

/// Serves one request.
///
/// # Errors
/// Only when the runtime refuses to make a response.
pub async fn serve(request: web_sys::Request, env: &Env, ctx: &Context) -> Result<web_sys::Response> {
    let incoming = Incoming::from(request);
    let now = clock::now_ms();
    let door = Door {
        trace: Trace::new(incoming.header("traceparent").as_deref(), now, &random::bytes()),
        now,
        incoming,
        nonce: Cell::default(),
        timing: Timing::default(),
        readers: Cell::default(),
        told: RefCell::default(),
    };
    let (endpoint, outcome) = door.route(env, ctx).await;
    match outcome {
        Ok(Reply::Raw(response)) => {
            door.note(endpoint, response.status(), None);
            Ok(response)
        }
        Ok(Reply::Stream(answer, from)) => {
            door.note(endpoint, answer.status, None);
            door.sign_off(answer).into_stream(Some(&base_headers(env)?), &from)
        }
        Ok(Reply::Answer(answer)) => {
            door.note(endpoint, answer.status, None);
            door.sign_off(answer).into_response(Some(&base_headers(env)?))
        }
        Err(problem) => {
            door.note(endpoint, problem.status, Some(problem.code));
            let answer = door.problem(problem);
            door.sign_off(answer).into_response(Some(&base_headers(env)?))
        }
    }
}

struct Door {
    incoming: Incoming,
    now: i64,
    trace: Trace,
    /// The nonce that the answer hands out (RFC 9449, sections 8 and 9).
    nonce: Cell<Option<String>>,
    /// Where the time goes.
    timing: Timing,
    /// Whose pages may read the answer.
    readers: Cell<Readers>,
    /// What the caller is told of its limits.
    told: RefCell<Told>,
}

/// The headers that every answer carries, made once per isolate.
fn base_headers(env: &Env) -> Result<web_sys::Headers> {
    thread_local! {
        static BASE: OnceCell<web_sys::Headers> = const { OnceCell::new() };
    }
    let fail = |e| Error::thrown("headers", &e);
    BASE.with(|base| {
        if base.get().is_none() {
            let headers = web_sys::Headers::new().map_err(fail)?;
            // What cannot be configured is not a developer's machine either.
            let local = Settings::of(env).is_ok_and(|settings| settings.config.environment == "local");
            let transport = (!local).then_some(TRANSPORT);
            for (name, value) in SECURITY.into_iter().chain(transport) {
                headers.set(name, value).map_err(fail)?;
            }
            drop(base.set(headers));
        }
        match base.get() {
            Some(headers) => Ok(headers.clone()),
            None => web_sys::Headers::new().map_err(fail),
        }
    })
}

impl Door {
    /// What every answer carries.
    fn sign_off(&self, answer: Answer) -> Answer {
        let took = clock::now_ms() - self.now;
        let answer =
            answer.with("x-request-id", self.trace.request_id.clone()).with("server-timing", self.timing.field(took));
        let answer = self.told.borrow_mut().tell(answer);
        let answer = self.readers.get().tell(answer, &self.incoming);
        match self.nonce.take() {
            Some(nonce) => answer.with("dpop-nonce", nonce),
            None => answer,
        }
    }

    /// A page may read why a request was refused, unless its credentials are of the kind that is bound to pages.
    fn let_read(&self, endpoint: Endpoint) {
        if matches!(endpoint.auth(), Auth::Open | Auth::Proof | Auth::User) || auth::is_dpop(&self.incoming) {
            self.readers.set(Readers::Caller);
        }
    }

    async fn route(&self, env: &Env, ctx: &Context) -> (Option<Endpoint>, Outcome) {
        let (method, target) = (self.incoming.method(), self.incoming.target());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = rewrite(path);
        let settings = match Settings::of(env) {
            Ok(settings) => settings,
            Err(_) if path == Endpoint::Healthz.template() => return self.without_settings(),
            Err(reason) => {
                log::error("misconfigured").with("reason", reason.to_string()).write();
                let problem = Problem::new(ProblemCode::Misconfigured, "the configuration cannot be used");
                return (None, Err(problem.retry_after(30)));
            }
        };
        let found = match resolve(method, path, settings.config.bench) {
            Ok(found) => found,
            Err(Miss::NotFound) => {
                return (None, Err(Problem::new(ProblemCode::NotFound, "no route has this path")));
            }
            Err(Miss::Method(allow)) if method == "OPTIONS" => {
                return (None, Ok(hygiene::options(allow, &self.incoming).into()));
            }
            Err(Miss::Method(allow)) => return (None, Ok(self.method_not_allowed(allow).into())),
        };
        let endpoint = found.endpoint;
        // The routes of stations are called often, and read few fields, each with a bound of its own; the runtime bounds the header
        // as a whole.
        if !matches!(endpoint, Endpoint::Snapshot | Endpoint::ConfigRead | Endpoint::BenchNoop | Endpoint::BenchAccept)
            && let Err(problem) = hygiene::check_lengths(self.incoming.header_lengths())
        {
            self.let_read(endpoint);
            return (Some(endpoint), Err(problem));
        }
        let line = Line { method, url: self.incoming.url(), target };
        let (trace, timing) = (&self.trace, &self.timing);
        let class = endpoint.class();
        let limiting = Limiting { env, settings: &settings, trace, timing, class, told: &self.told };
        let objects = Objects { env, settings: &settings, now: self.now, trace, timing, limiting: &limiting };
        let rules = (endpoint.auth(), endpoint.body());
        let now = self.now.unsigned_abs();
        if let Err(problem) = limiting.before(endpoint.auth(), &self.incoming).await {
            self.let_read(endpoint);
            return (Some(endpoint), Err(problem));
        }
        let outcome = match auth::admit(rules, line, &self.incoming, &objects, &self.incoming, &settings, now).await {
            Err(problem) => {
                self.let_read(endpoint);
                if problem.code == ProblemCode::UseDpopNonce {
                    let nonce = problem.nonce.clone();
                    self.nonce.set(nonce.or_else(|| Some(settings.nonce_key.current(now / 1000))));
                }
                Err(limiting.after_refusal(problem, &self.incoming).await)
            }
            Ok(Admitted { caller, body, wants_nonce }) => {
                self.readers.set(Readers::of(&caller));
                if wants_nonce {
                    self.nonce.set(Some(settings.nonce_key.current(now / 1000)));
                }
                let call = Call {
                    incoming: &self.incoming,
                    env,
                    ctx,
                    settings: &settings,
                    trace,
                    timing,
                    now: self.now,
                    params: found.params,
                    query,
                    caller,
                    body,
                };
                let outcome = routes::run(endpoint, &call).await;
                // some routes ask for a proof only of some callers
                if matches!(&outcome, Err(problem) if problem.code == ProblemCode::UseDpopNonce) {
                    self.nonce.set(Some(settings.nonce_key.current(now / 1000)));
                }
                outcome
            }
        };
        (Some(endpoint), outcome)
    }

    /// The Worker is up although it is not configured: that is what /healthz says.
    fn without_settings(&self) -> (Option<Endpoint>, Outcome) {
        match self.incoming.method() {
            "GET" | "HEAD" => (Some(Endpoint::Healthz), Ok(routes::service::healthz::answer().into())),
            _ => (None, Ok(self.method_not_allowed("GET, HEAD, OPTIONS".to_owned()).into())),
        }
    }

    fn method_not_allowed(&self, allow: String) -> Answer {
        let problem = Problem::new(ProblemCode::MethodNotAllowed, format!("this path knows {allow}"));
        self.problem(problem).with("allow", allow)
    }

    fn problem(&self, mut problem: Problem) -> Answer {
        problem.request_id = Some(self.trace.request_id.clone());
        Answer::problem(problem)
    }

    /// One line per request that did not simply succeed, and per request that changes something seldom. The hot routes are
    /// counted by the outbox's lines instead: a line each would cost as much as the work.
    fn note(&self, endpoint: Option<Endpoint>, status: u16, code: Option<ProblemCode>) {
        use Endpoint::{ConfigRead, Healthz, Readyz, Snapshot, VoiceToken};
        let often = |e| matches!(e, Snapshot | ConfigRead | Healthz | Readyz | VoiceToken);
        let hot = endpoint.is_some_and(|e| e.is_bench() || often(e));
        if hot && status < 400 {
            return;
        }
        let line = if status >= 500 { log::error("request") } else { log::info("request") };
        line.with("request_id", self.trace.request_id.clone())
            .with("trace_id", self.trace.trace_id())
            .maybe("cf_ray", self.incoming.header("cf-ray"))
            .with("method", self.incoming.method().to_owned())
            // The template, not the path: a path may hold ids, and an unknown one anything.
            .with("route", endpoint.map_or("none", Endpoint::template))
            .with("status", status)
            .maybe("code", code.map(ProblemCode::code))
            .with("ms", clock::now_ms() - self.now)
            .write();
    }
}

impl BodySource for Incoming {
    async fn read(&self, limit: usize) -> core::result::Result<Vec<u8>, Problem> {
        self.body(limit).await.map_err(|e| match e {
            Error::BodyTooLong(limit) => {
                Problem::new(ProblemCode::PayloadTooLarge, format!("at most {limit} bytes are read"))
            }
            _ => Problem::new(ProblemCode::InvalidBody, "the body ended before its end"),
        })
    }
}
