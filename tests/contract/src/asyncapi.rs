//! `asyncapi.json` (AsyncAPI 3.0): the live connection of a chat, from the types of `attune-chat` themselves.

use attune_chat::frame::{self, Down, Up, close};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

fn schemas<T: JsonSchema>(incoming: bool) -> (Value, Vec<(String, Value)>) {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let settings = if incoming { settings.for_deserialize() } else { settings.for_serialize() };
    let mut generator = settings.into_generator();
    let schema: Schema = generator.subschema_for::<T>();
    let definitions = generator.take_definitions(true).into_iter().map(|(name, schema)| (name, json!(schema)));
    (json!(schema), definitions.collect())
}

/// The document.
pub fn document() -> Value {
    let (up, mut all) = schemas::<Up>(true);
    let (down, more) = schemas::<Down>(false);
    all.extend(more);
    // times are those of the other document
    let openapi = crate::openapi::document();
    all.push(("Instant".to_owned(), openapi["components"]["schemas"]["Instant"].clone()));
    let schemas: serde_json::Map<String, Value> = all.into_iter().collect();
    let codes = json!({
        close::BAD_FRAME.to_string(): "A frame cannot be read or is larger than 16,384 bytes: mend the client.",
        close::UNAUTHENTICATED.to_string(): "The credentials have ended or expired: ask for a ticket with new ones.",
        close::TOO_SLOW.to_string(): "More than 1,000 events were not confirmed by `have`: connect again, `hello` says from where.",
        close::REPLACED.to_string(): "A visitor has at most eight connections: an older one makes room.",
        close::ENDED.to_string(): "The room has ended.",
        close::TOO_MANY.to_string(): "More than 200 frames of a member in 10 seconds: come again later.",
    });
    let channel = "/v1/chat/rooms/{room}/socket";
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Attune live chat", "version": "1",
            "description": format!(
                "WebSocket, JSON text, subprotocol {}. A member sends one frame per message; the room sends an array of frames per \
                 message, those that came within 20 ms. The text `ping` is answered with the text `pong`; a client sends it every \
                 30 s. A frame has at most {} bytes, a text {} characters. A hello brings at most the newest {} events.",
                frame::PROTOCOL, frame::MAX_FRAME, frame::MAX_TEXT, frame::MAX_RESUME
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            "room": {
                "address": channel,
                "parameters": {"room": {"description": "The chat room, chr_ and a ULID."}},
                "messages": {
                    "frame": {"$ref": "#/components/messages/frame"}, "frames": {"$ref": "#/components/messages/frames"}
                },
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": codes,
            },
        },
        "operations": {
            "say": {
                "action": "receive", "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/frame"}], "summary": "A member says something."
            },
            "tell": {
                "action": "send", "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/frames"}], "summary": "The room tells its members."
            },
        },
        "components": {
            "messages": {
                "frame": {"name": "frame", "payload": up},
                "frames": {"name": "frames", "payload": {"type": "array", "minItems": 1, "items": down}},
            },
            "schemas": schemas,
        },
    })
}

/// The document as it is committed.
pub fn text() -> String {
    format!("{:#}\n", document())
}

/// Where the document is committed.
pub fn committed() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts/asyncapi.json")
}
