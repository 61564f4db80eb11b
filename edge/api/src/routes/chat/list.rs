//! `GET /v1/chat/rooms`: the tenant's chat rooms, the newest first; `live=true`: only those that have not ended; `waits=true`: only those
//! whose visitor waits for a person.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::routes::paging;
use crate::shells::chat_room::ChatListCommand;
use attune_contracts::Problem;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};

/// Handles the request.
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let query = Query::parse(call.query, &["cursor", "limit", "live", "waits"])?;
    let limit = paging::limit(&query)?;
    let cursor = paging::text(&query, "cursor");
    let (live, waits) = (flag(&query, "live")?, flag(&query, "waits")?);
    let (tenant, _) = call.caller.tenant()?;
    let list = names::chat_list(&call.settings.config.cell, tenant);
    let command = ChatListCommand::Rooms { live, waits, cursor, limit };
    let answer = call.ask(Class::ChatRoom, &list, "/list", &command).await?;
    Ok(Answer::json_text(200, answer.body).into())
}

fn flag(query: &Query, name: &str) -> Result<bool, Problem> {
    let flag = query.read(name, |text| text.parse::<bool>().map_err(|_| "expected true or false"))?;
    Ok(flag.unwrap_or(false))
}
