//! `POST /v1/chat/rooms`: the visitor's open room of the widget, or a new one, and a ticket for it. Needs no Idempotency-Key: a visitor
//! has one open room of a widget, and asking again gives another ticket for it.

use super::{ask, given, ticket, visitor};
use crate::call::{Call, Outcome, refuse_fields};
use crate::language::is_tag;
use crate::routes::voice::holder;
use crate::shells::chat_room::{ChatCommand, ChatListCommand};
use crate::shells::protocol::TenantCommand;
use attune_contracts::chat::OpenChatV1;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::{ChatRoomId, TenantId};
use attune_edge_kit::random;
use attune_objects::chat::NewChat;
use attune_objects::names::{self, Class};
use serde_json::Value;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `invalid_dpop_proof`, `use_dpop_nonce`, `rate_limited`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: OpenChatV1 = call.parse()?;
    if body.locale.as_deref().is_some_and(|tag| !is_tag(tag)) {
        refuse_fields(vec![FieldError::new("/locale", "invalid", "expected a language tag, for example de-CH")])?;
    }
    let holder = holder(call).await?;
    let pass = visitor(call, &holder)?;
    let widget = holder.user_id.strip_prefix("key_").unwrap_or("app").to_owned();
    let view = view(call, &holder.tenant, &widget, body.locale.clone()).await?;
    let list = names::chat_list(&call.settings.config.cell, &holder.tenant);
    let mut ended = None;
    loop {
        let room_id = ChatRoomId::new(call.now, random::u128()).as_str().to_owned();
        let (visitor, widget) = (pass.member.clone(), widget.clone());
        let claim =
            ChatListCommand::Claim { visitor: visitor.clone(), widget: widget.clone(), room_id, ended: ended.clone() };
        let answer = call.ask(Class::ChatRoom, &list, "/list", &claim).await?;
        let room = ChatRoomId::parse(&call.read::<String>(&answer)?).map_err(|e| call.internal("room", e))?;
        let ticket = ticket(call, &holder, &room, pass.clone()).await?;
        let new = NewChat { room_id: room.as_str().to_owned(), widget, visitor, locale: body.locale.clone() };
        match ask(call, &holder.tenant, &room, &ChatCommand::Open(new, ticket.clone())).await {
            Ok(answer) => return Ok(given(call, room, ticket, &answer, view)?.into()),
            // the list has not heard of its end yet
            Err(problem) if problem.code == ProblemCode::RoomEnded && ended.is_none() => {
                ended = Some(room.as_str().to_owned());
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// The widget of the key, in the visitor's language.
async fn view(
    call: &Call<'_>,
    tenant: &TenantId,
    key_id: &str,
    locale: Option<String>,
) -> Result<Option<Value>, Problem> {
    let asked = TenantCommand::WidgetView(key_id.to_owned(), locale);
    match call.ask_tenant(tenant, None, asked).await {
        Ok(answer) => call.read(&answer).map(Some),
        Err(problem) if problem.code == ProblemCode::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}
