//! The limits of a request, before its body is read: six tiers by `attune_identity::limits`, spent from leases of this isolate,
//! with a call to a `Limiter` object only when a lease is used up.
//!
//! - The tenant's tiers (key, user, route, tenant, plan) are judged together, all or nothing, in the one Limiter of the tenant:
//!   so a noisy tenant fills an object of its own.
//! - The tier of the address is for those of whom nothing else is known. It is asked before routes that need no credentials of a
//!   tenant, and after credentials that were refused: who guesses is slowed down, and who sends much with a good key from one
//!   address is measured by the limits of that key. An address that is refused is not looked at until its time is over.

mod tiers;

pub use tiers::{Decision, Stop, Tiers};

use crate::asked;
use crate::auth::Caller;
use crate::headers::Headers;
use crate::router::Auth;
use crate::timing::Timing;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::trace::Trace;
use attune_edge_kit::{Answer, Settings, clock, log};
use attune_identity::api_key::caller_address;
use attune_identity::limits::{self, Denied, Policy, Remaining, RouteClass, Tier, fields};
use attune_objects::limiter::Verdict;
use attune_objects::names::{self, Class};
use core::net::IpAddr;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::Env;

thread_local! {
    static TIERS: RefCell<Tiers> = RefCell::default();
    /// The limits of callers that came lately: naming buckets anew for each request costs more than judging them.
    static HELD: RefCell<HashMap<String, Vec<Rc<Held>>>> = RefCell::default();
}

/// Most callers remembered; then all are forgotten.
const MOST: usize = 2_048;

/// The limits that hold for a caller on a class of routes.
#[derive(Debug)]
struct Held {
    class: RouteClass,
    plan: Option<String>,
    policies: Vec<Policy>,
    /// `RateLimit-Policy`
    field: String,
}

impl Held {
    fn new(class: RouteClass, plan: Option<&str>, policies: Vec<Policy>) -> Self {
        let field = fields::policy(policies.iter().map(|policy| (policy.tier, policy.rate)));
        Self { class, plan: plan.map(str::to_owned), policies, field }
    }

    /// Those of the caller `id`, remembered.
    fn of(limits: &limits::Limits, class: RouteClass, id: &str, who: limits::Caller<'_>) -> Rc<Self> {
        HELD.with_borrow_mut(|callers| {
            let fits = |held: &&Rc<Self>| held.class == class && held.plan.as_deref() == who.plan;
            if let Some(held) = callers.get(id).and_then(|all| all.iter().find(fits)) {
                return Rc::clone(held);
            }
            if callers.len() >= MOST {
                callers.clear();
            }
            let held = Rc::new(Self::new(class, who.plan, limits.policies(class, who)));
            let all = callers.entry(id.to_owned()).or_default();
            all.retain(|held| held.class != class);
            all.push(Rc::clone(&held));
            held
        })
    }
}

/// The limits of one request.
#[derive(Debug)]
pub struct Limiting<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// Configuration.
    pub settings: &'a Settings,
    /// For the log.
    pub trace: &'a Trace,
    /// Where the time goes.
    pub timing: &'a Timing,
    /// The class of the route; `None`: it is not limited.
    pub class: Option<RouteClass>,
    /// What the caller is told.
    pub told: &'a RefCell<Told>,
}

/// What the caller is told of its limits.
#[derive(Debug, Default)]
pub struct Told {
    /// `RateLimit-Policy`; empty: nothing was asked.
    policy: String,
    left: Vec<(Tier, Remaining)>,
}

impl Told {
    /// Adds what is told.
    pub fn tell(&mut self, answer: Answer) -> Answer {
        if self.policy.is_empty() {
            return answer;
        }
        let left = fields::limit(self.left.drain(..));
        answer.with("ratelimit-policy", core::mem::take(&mut self.policy)).with("ratelimit", left)
    }

    fn add(&mut self, policy: &str, left: impl IntoIterator<Item = (Tier, Remaining)>) {
        if !self.policy.is_empty() {
            self.policy.push_str(", ");
        }
        self.policy.push_str(policy);
        self.left.extend(left);
    }
}

impl Limiting<'_> {
    /// Before credentials are looked at.
    ///
    /// # Errors
    /// `rate_limited`, `unavailable`.
    pub async fn before(&self, auth: Auth, headers: &impl Headers) -> Result<(), Problem> {
        match auth {
            Auth::Open | Auth::Proof => self.address(headers, false).await,
            Auth::Function => Ok(()),
            _ => self.address(headers, true).await,
        }
    }

    /// After credentials were refused: the refusal, or that there were too many.
    pub async fn after_refusal(&self, problem: Problem, headers: &impl Headers) -> Problem {
        let counts = matches!(problem.status, 401 | 403) && problem.code != ProblemCode::UseDpopNonce;
        if !counts || !self.told.borrow().policy.is_empty() {
            return problem;
        }
        self.address(headers, false).await.err().unwrap_or(problem)
    }

    /// The tiers of a tenant.
    ///
    /// # Errors
    /// `rate_limited`, `unavailable`.
    pub async fn caller(&self, caller: &Caller) -> Result<(), Problem> {
        let Some(class) = self.class else { return Ok(()) };
        let plan;
        let (tenant, id, who) = match caller {
            Caller::Tenant { tenant, key_id, .. } => {
                plan = asked::plan(tenant.as_str());
                let who = limits::Caller { key: Some(key_id), plan: plan.as_deref(), ..Default::default() };
                (tenant, key_id, who)
            }
            Caller::User(user) => {
                let (user_id, plan) = (Some(user.user_id.as_str()), Some(user.plan.as_str()));
                (&user.tenant, &user.user_id, limits::Caller { user: user_id, plan, ..Default::default() })
            }
            _ => return Ok(()),
        };
        let who = limits::Caller { tenant: Some(tenant.as_str()), ..who };
        let held = Held::of(&self.settings.limits, class, id, who);
        self.judge(&held, || names::limiter(&self.settings.config.cell, tenant, 0)).await
    }

    /// The tier of the address; with `known_only` only what is known here already, and nothing is taken.
    async fn address(&self, headers: &impl Headers, known_only: bool) -> Result<(), Problem> {
        let Some(class) = self.class else { return Ok(()) };
        if known_only && !ANY_REFUSED.get() {
            return Ok(());
        }
        let Some(address) = address(headers) else { return Ok(()) };
        let who = limits::Caller { address: Some(address), ..Default::default() };
        let policies = self.settings.limits.policies(class, who);
        if known_only {
            let now = clock::now_ms();
            return match TIERS.with_borrow(|tiers| tiers.refusal(&policies, now)) {
                Some((index, denied)) => Err(self.denied(&policies, index, &denied)),
                None => Ok(()),
            };
        }
        let bucket = policies.first().map_or("", |policy| policy.bucket.as_str());
        let shard = names::shard_of(bucket, names::LIMITER_SHARDS);
        let held = Held::new(class, None, policies);
        self.judge(&held, || names::global_limiter(&self.settings.config.cell, shard)).await
    }

    async fn judge(&self, held: &Held, object: impl FnOnce() -> String) -> Result<(), Problem> {
        let policies = held.policies.as_slice();
        let now = clock::now_ms();
        let stop = match TIERS.with_borrow_mut(|tiers| tiers.decide(policies, now)) {
            Decision::Allowed(left) => Ok(left),
            Decision::Denied(index, denied) => Err(Stop::Denied(index, denied)),
            Decision::Ask(pending) => {
                let asked = self.ask(&object(), &pending.questions(policies)).await;
                let after = clock::now_ms();
                TIERS.with_borrow_mut(|tiers| match asked {
                    Ok(verdict) => tiers.answered(policies, &pending, verdict, now, after),
                    Err(reason) => {
                        log::error("limiter.unreachable")
                            .with("request_id", self.trace.request_id.clone())
                            .with("reason", reason.to_string())
                            .write();
                        tiers.unreachable(policies, &pending, after)
                    }
                })
            }
        };
        match stop {
            Ok(left) => {
                let left = policies.iter().zip(left).map(|(policy, left)| (policy.tier, left));
                self.told.borrow_mut().add(&held.field, left);
                Ok(())
            }
            Err(Stop::Denied(index, denied)) => Err(self.denied(policies, index, &denied)),
            Err(Stop::Unreachable) => {
                Err(Problem::new(ProblemCode::Unavailable, "the limits cannot be asked now").retry_after(1))
            }
        }
    }

    async fn ask(
        &self,
        object: &str,
        questions: &[attune_objects::limiter::Question],
    ) -> attune_edge_kit::Result<Verdict> {
        let stub = Stub::new(self.env, Class::Limiter.binding(), object);
        let answer = self.timing.object(stub.call_short("/ask", &questions)).await?;
        if answer.status == 200 {
            return answer.read();
        }
        Err(attune_edge_kit::Error::Runtime { at: "limiter", message: format!("status {}", answer.status) })
    }

    fn denied(&self, policies: &[Policy], index: usize, denied: &Denied) -> Problem {
        let Some(policy) = policies.get(index) else {
            return Problem::new(ProblemCode::RateLimited, "too many requests").retry_after(1);
        };
        if policy.tier == Tier::Address {
            ANY_REFUSED.set(true);
        }
        let field = fields::policy([(policy.tier, policy.rate)]);
        self.told.borrow_mut().add(&field, [(policy.tier, denied.remaining)]);
        let wait = fields::retry_after_s(denied).map_or(3_600, |s| u32::try_from(s).unwrap_or(u32::MAX));
        let detail = format!(
            "the limit of the {} is {} at once and {} in {} s",
            policy.tier.as_str(),
            policy.rate.burst,
            policy.rate.tokens,
            policy.rate.seconds
        );
        Problem::new(ProblemCode::RateLimited, detail).retry_after(wait)
    }
}

thread_local! {
    /// Was ever an address refused here? As long as not, requests with credentials do not even have their address read.
    static ANY_REFUSED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// The caller's address as the edge names it. The edge is never reached from the machine itself, so such an address is that of a
/// local stack, where tests and benches come from one address all together.
fn address(headers: &impl Headers) -> Option<IpAddr> {
    let address = caller_address(&headers.get("cf-connecting-ip")?)?;
    (!address.is_loopback()).then_some(address)
}
