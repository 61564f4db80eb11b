//! Live chat: rooms and tickets. The frames of the live connection are in `asyncapi.json`.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use crate::openapi::responses;
use attune_contracts::ProblemCode::{
    Conflict, InvalidBody, InvalidParameter, InvalidTicket, NotFound, PayloadTooLarge, RoomEnded, UnsupportedMediaType,
};
use attune_identity::api_key::Scope;
use serde_json::{Value, json};

fn new(id: &str, summary: &str, scope: Scope) -> Operation {
    Operation::new(id, "chat", summary, Auth::May(scope))
}

fn pictures() -> Value {
    let picture = json!({"schema": {"type": "string", "format": "binary"}});
    json!({"image/png": picture, "image/jpeg": picture, "image/webp": picture, "image/gif": picture})
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
    let events = new("listenToChat", "What a room tells a member, as server-sent events", Scope::ChatConnect)
        .says("Where WebSockets are blocked. `data` is the array of frames that the socket would carry, `id` the number of the last event that was told; an event `close` carries the code and the reason with which a socket would be closed, and is the last. A comment keeps the line open every 25 seconds. Each request needs a proof of its own.")
        .param("ChatRoom")
        .param("ChatAfter")
        .param("LastEventId")
        .responds(200, json!({
            "description": "The stream.", "headers": responses::common_headers(),
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }))
        .may_fail(&[InvalidParameter, NotFound, RoomEnded]);
    let mut say = new("sayInChat", "A frame of a member beside its event stream", Scope::ChatConnect)
        .says("The frame is one of `asyncapi.json`, at most 16,384 bytes; so are those of the answer. A frame with a client id is taken once, whatever way it comes.")
        .param("ChatRoom")
        .responds(200, json!({
            "description": "The frames that it caused for the sender.", "headers": responses::common_headers(),
            "content": {"application/json": {"schema": {
                "type": "array", "items": {"type": "object", "required": ["t"], "properties": {"t": {"type": "string"}}, "additionalProperties": true},
            }}},
        }))
        .may_fail(&[NotFound, RoomEnded, InvalidBody, PayloadTooLarge, UnsupportedMediaType])
        .build();
    say["requestBody"] = json!({"required": true, "content": {"application/json": {
        "schema": {"type": "object", "required": ["t"], "properties": {"t": {"type": "string"}}, "additionalProperties": true},
        "examples": {"typing": {"value": {"t": "typing"}}},
    }}});
    let mut attach = new("attachToChat", "A picture, to be sent with a message", Scope::ChatConnect)
        .says("The body is the picture, at most 5 MiB; what its first bytes say has to be what `Content-Type` says. A message of the same member carries it by its id (`attachments` of the frame `send`); one that no message carries goes after a day. A member has at most 16 of those, a room 500 pictures. A redaction of the message takes it away.")
        .param("ChatRoom")
        .answers(201, "It is stored.", "ChatAttachment", &["chat-attachment.v1"])
        .may_fail(&[NotFound, RoomEnded, PayloadTooLarge, UnsupportedMediaType])
        .build();
    attach["requestBody"] = json!({"required": true, "content": pictures()});
    let attachment = new("readChatAttachment", "The bytes of a picture", Scope::ChatConnect)
        .says("For members; before a message carries it, for its maker. It is meant to be saved, or drawn by a script: `Content-Disposition: attachment`.")
        .param("ChatRoom")
        .param("Attachment")
        .responds(200, json!({
            "description": "The picture.", "headers": responses::common_headers(), "content": pictures(),
        }))
        .may_fail(&[NotFound, RoomEnded]);
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
        ("/v1/chat/rooms/{room}/events", "get", events.build()),
        ("/v1/chat/rooms/{room}/frames", "post", say),
        ("/v1/chat/rooms/{room}/attachments", "post", attach),
        ("/v1/chat/rooms/{room}/attachments/{attachment}", "get", attachment.build()),
        ("/v1/chat/rooms/{room}/takeover", "post", take_over.build()),
        ("/v1/chat/rooms/{room}/handback", "post", hand_back.build()),
        ("/v1/chat/rooms/{room}/end", "post", end.build()),
    ]
}
