//! Live chat: rooms and tickets. The frames of the live connection are in `asyncapi.json`.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{Conflict, InvalidParameter, InvalidTicket, NotFound, RoomEnded};
use attune_identity::api_key::Scope;
use serde_json::json;

fn new(id: &str, summary: &str, scope: Scope) -> Operation {
    Operation::new(id, "chat", summary, Auth::May(scope))
}

pub fn operations() -> Operations {
    let open = new("openChat", "The visitor's open chat room, or a new one", Scope::ChatConnect)
        .says("For the device whose key is proven in the header `DPoP`: a publishable key is known to everybody, so it is the device that is the visitor. A visitor has one open room of a widget (of the key); asking again gives another ticket for it. `widget` says how the key's widget looks and speaks.")
        .takes("OpenChat", &["open-chat.v1"])
        .answers(201, "The room, and a ticket for it.", "ChatTicket", &["chat-ticket.v1"])
        .may_fail(&[InvalidParameter]);
    let ticket = new("createChatTicket", "Another ticket for a chat room", Scope::ChatConnect)
        .says("For the visitor's device; who has the permission `chat:write` joins any room as staff.")
        .param("ChatRoom")
        .answers(201, "The ticket.", "ChatTicket", &["chat-ticket.v1"])
        .may_fail(&[NotFound, RoomEnded]);
    let socket = Operation::new("connectChat", "chat", "Live connection of a member (WebSocket)", Auth::Open)
        .says("`Sec-WebSocket-Protocol: attune.chat.v1, attune.ticket.<ticket>`. Frames and close codes are in `asyncapi.json`.")
        .param("ChatRoom")
        .responds(101, json!({"description": "The connection is a WebSocket now."}))
        .may_fail(&[InvalidParameter, InvalidTicket, NotFound]);
    let list = new("listChats", "List chat rooms, the newest first", Scope::ChatRead)
        .param("RoomsCursor")
        .param("RoomsLimit")
        .param("RoomsLive")
        .param("ChatsWaiting")
        .answers(200, "A page.", "ChatRoomsPage", &["chat-rooms-page.v1"])
        .may_fail(&[InvalidParameter]);
    let room = |id: &str, summary: &str, scope: Scope| {
        new(id, summary, scope)
            .param("ChatRoom")
            .answers(200, "The room.", "ChatRoom", &["chat-room.v1"])
            .may_fail(&[NotFound])
    };
    let read = room("readChat", "A chat room", Scope::ChatRead);
    let take_over = room("takeOverChat", "Answer in the assistant's place", Scope::ChatWrite)
        .says("The assistant is silent from now on, and what it was saying is given up. Again is harmless.")
        .may_fail(&[RoomEnded, Conflict]);
    let hand_back =
        room("handBackChat", "Let the assistant answer again", Scope::ChatWrite).may_fail(&[RoomEnded, Conflict]);
    let end = room("endChat", "End a chat room for all", Scope::ChatWrite);
    vec![
        ("/v1/chat/rooms", "post", open.build()),
        ("/v1/chat/rooms", "get", list.build()),
        ("/v1/chat/rooms/{room}", "get", read.build()),
        ("/v1/chat/rooms/{room}/tickets", "post", ticket.build()),
        ("/v1/chat/rooms/{room}/socket", "get", socket.build()),
        ("/v1/chat/rooms/{room}/takeover", "post", take_over.build()),
        ("/v1/chat/rooms/{room}/handback", "post", hand_back.build()),
        ("/v1/chat/rooms/{room}/end", "post", end.build()),
    ]
}
