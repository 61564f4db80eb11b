//! The Worker of Attune: a thin router, one file per endpoint, and Durable Object shells around the logic of `attune-objects`.

pub mod asked;
pub mod auth;
pub mod bucket;
pub mod call;
pub mod door;
#[cfg(test)]
mod fuzz_tests;
pub mod headers;
pub mod hygiene;
pub mod issuers;
mod language;
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

use attune_edge_kit::event::{Given, give};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::{self, web_sys};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Every HTTP request.
///
/// # Errors
/// Only when the runtime refuses to make a response.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, ctx: worker_sys::Context) -> Given {
    give(async move {
        let answer = door::serve(request, &env, &Context::new(ctx)).await;
        answer.map(JsValue::from).map_err(|e| JsValue::from_str(&e.to_string()))
    })
}

/// Cron: the sweeper.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    sweep::run(&env).await;
}
