//! The Worker of Attune: a thin router, one file per endpoint, and Durable Object shells around the logic of `attune-objects`.

pub mod asked;
pub mod auth;
pub mod call;
pub mod door;
#[cfg(test)]
mod fuzz_tests;
pub mod headers;
pub mod hygiene;
pub mod issuers;
pub mod limit;
pub mod projects;
pub mod query;
mod registries;
pub mod router;
pub mod routes;
pub mod shells;
mod sweep;
pub mod ticket;
pub mod timing;

use worker::worker_sys::web_sys;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Every HTTP request.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, ctx: Context) -> worker::Result<web_sys::Response> {
    door::serve(request, &env, &ctx).await.map_err(|e| worker::Error::RustError(e.to_string()))
}

/// Cron: the sweeper.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    sweep::run(&env).await;
}
