//! `GET /v1/chat/rooms/{room}/events`: what a room tells a member, as server-sent events (WHATWG HTML, section 9.2), where WebSockets are
//! blocked. A proof lets its holder in once, as a ticket does.

use super::{in_path, member, ticket};
use crate::call::{Call, Outcome, Reply};
use crate::query::Query;
use crate::shells::chat_room::Listen;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_edge_kit::Answer;
use attune_edge_kit::object::{Stub, problem_of};
use attune_objects::names::{self, Class};

/// Header by which the room learns who listens. Only we can call it, so it needs no proof.
pub const LISTEN: &str = "x-attune-listen";

/// Handles the request: `?after=`, or `Last-Event-ID`, which wins: it is newer than the address.
///
/// # Errors
/// `invalid_parameter`, `not_found`, `forbidden`, `room_ended`, `invalid_dpop_proof`, `use_dpop_nonce`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| "expected the number of an event");
    let after = Query::parse(call.query, &["after"])?.read("after", number)?;
    let last = call.incoming.header("last-event-id").filter(|text| !text.is_empty());
    let last = last.map(|text| number(&text)).transpose().map_err(|detail| {
        let error = FieldError::new("header:last-event-id", "invalid", detail);
        Problem::new(ProblemCode::InvalidParameter, "a header is wrong").with_errors(vec![error])
    })?;
    let (holder, pass) = member(call).await?;
    let ticket = ticket(call, &holder, &room, pass).await?;
    let listen: Listen = (ticket, last.or(after).unwrap_or(0));
    let listen = serde_json::to_string(&listen).map_err(|e| call.internal("listen", e))?;
    let name = names::chat_room(&call.settings.config.cell, &holder.tenant, room.as_str());
    let unreachable = |e| call.unreachable(Class::ChatRoom.as_str(), &e);
    let stub = Stub::new(call.env, Class::ChatRoom.binding(), &name);
    let response = stub.forward("/events", &[(LISTEN, &listen)]).await.map_err(unreachable)?;
    if response.status() != 200 {
        return Err(problem_of(&response).await.map_err(unreachable)?);
    }
    let answer = Answer { status: 200, headers: vec![("content-type", "text/event-stream".into())], body: None }
        .with("cache-control", "no-store, no-transform")
        // proxies that would collect the stream before passing it on
        .with("x-accel-buffering", "no");
    Ok(Reply::Stream(answer, response))
}
