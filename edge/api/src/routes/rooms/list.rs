//! `GET /v1/rooms`: the tenant's rooms, the newest first; `live=true`: only those that have not ended.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::shells::room::ListCommand;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};

/// Handles the request.
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let query = Query::parse(call.query, &["cursor", "limit", "live"])?;
    let limit = |text: &str| match text.parse::<u32>() {
        Ok(limit @ 1..=100) => Ok(limit),
        _ => Err("expected 1 to 100"),
    };
    let limit = query.read("limit", limit)?.unwrap_or(50);
    let live = query.read("live", |text| text.parse::<bool>().map_err(|_| "expected true or false"))?;
    let cursor = query.get("cursor").map(str::to_owned);
    let (tenant, _) = call.caller.tenant()?;
    let list = names::room_list(&call.settings.config.cell, tenant);
    let command = ListCommand::Rooms { live: live.unwrap_or(false), cursor, limit };
    let answer = call.ask(Class::Room, &list, "/list", &command).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
