//! Voice rooms, tokens and projects.

use super::Named;
use super::ids::ULID;
use crate::openapi::build::{array, flag, integer, nullable, object, one_of, schema, strict, text, words};
use serde_json::{Value, json};

fn id(prefix: &str, description: &str) -> Value {
    json!({"type": "string", "description": description, "pattern": format!("^{prefix}_{ULID}$")})
}

fn window() -> Value {
    nullable("Seconds in which the token can be used to join; absent: 60.", integer("Seconds.", 10, 600))
}

pub fn schemas() -> Named {
    let version = || ("schema_version", schema("SchemaVersion"));
    let yes_no = |description: &str| nullable(description, flag("Yes or no."));
    let sources = ["camera", "microphone", "screen_share", "screen_share_audio"];
    let mut all = rooms();
    all.extend(vec![
        (
            "VoiceTokenRequest",
            strict(
                "What a token is to allow. The token says each of it: a media server takes silence for yes.",
                &[
                    version(),
                    ("room_id?", schema("RoomId")),
                    ("join_window_s?", window()),
                    ("can_publish?", yes_no("May it publish? Absent: yes.")),
                    ("can_subscribe?", yes_no("May it subscribe? Absent: yes.")),
                    ("can_publish_data?", yes_no("May it publish data? Absent: no.")),
                    (
                        "can_publish_sources?",
                        json!({
                            "type": "array", "uniqueItems": true, "items": one_of("A kind of track.", &sources),
                            "description": "What it may publish; empty: the microphone."
                        }),
                    ),
                ],
            ),
        ),
        (
            "AgentTokenRequest",
            strict(
                "A token for an agent.",
                &[
                    version(),
                    ("room_id", schema("RoomId")),
                    ("agent_name", visible("Names the agent within the room: one of this name is there at a time.")),
                    ("join_window_s?", window()),
                    (
                        "dispatch?",
                        json!({
                            "type": "array", "maxItems": 8, "items": schema("AgentDispatch"),
                            "description": "Agents that the media server calls into the room when this token begins it."
                        }),
                    ),
                ],
            ),
        ),
        (
            "AgentDispatch",
            strict(
                "An agent to be called.",
                &[
                    ("agent_name", visible("The name under which its workers are registered at the media server.")),
                    ("metadata?", json!({"type": "string", "maxLength": 1000, "description": "For its job."})),
                ],
            ),
        ),
        (
            "VoiceToken",
            object(
                "A token for the media server.",
                &[
                    version(),
                    ("token", words("The token.")),
                    ("url", words("Address of the media server.")),
                    ("room_id", schema("RoomId")),
                    ("identity", words("The participant's identity: opaque, the same for one device in one room.")),
                    ("expires_at", schema("Instant")),
                ],
            ),
        ),
        (
            "PutProject",
            strict(
                "A LiveKit project.",
                &[
                    version(),
                    (
                        "api_key",
                        json!({"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$", "description": "Its API key."}),
                    ),
                    (
                        "api_secret?",
                        nullable(
                            "Its secret; absent: as it was.",
                            json!({"type": "string", "minLength": 32, "maxLength": 256}),
                        ),
                    ),
                    ("url", text("`wss://` and a public host name in small letters, without a path.", 255)),
                    ("region?", nullable("Region, for pinning.", schema("MediaRegion"))),
                    ("live_from?", nullable("From when it is used; absent: now.", schema("Time"))),
                    ("live_until?", nullable("Until when; absent: no end.", schema("Time"))),
                ],
            ),
        ),
        (
            "Project",
            object(
                "A LiveKit project, without its secret.",
                &[
                    version(),
                    ("api_key", words("Its API key.")),
                    ("url", words("Address.")),
                    ("region?", words("Region.")),
                    ("live_from", schema("Instant")),
                    ("live_until?", schema("Instant")),
                    ("created_at", schema("Instant")),
                ],
            ),
        ),
        (
            "Projects",
            object("All projects of a tenant.", &[version(), ("projects", array("The projects.", schema("Project")))]),
        ),
    ]);
    all
}

fn visible(description: &str) -> Value {
    json!({"type": "string", "pattern": "^[!-~]{1,64}$", "description": description})
}

fn rooms() -> Named {
    let version = || ("schema_version", schema("SchemaVersion"));
    vec![
        ("RoomId", id("rm", "A voice room, and its name at the media server.")),
        (
            "MediaRegion",
            json!({"type": "string", "pattern": "^[a-z0-9-]{1,64}$", "description": "Region of a media server."}),
        ),
        (
            "RoomPolicy",
            one_of(
                "What happens to a newcomer when the room is full: refused, or an older seat makes room (one of the same user, else the oldest).",
                &["reject_new", "replace_old"],
            ),
        ),
        (
            "CreateRoom",
            strict(
                "A new room.",
                &[
                    version(),
                    ("policy?", schema("RoomPolicy")),
                    ("capacity?", nullable("Most seats; absent: 2.", integer("Seats.", 1, 1_000))),
                    ("region?", nullable("Region; absent: the tenant's.", schema("MediaRegion"))),
                    (
                        "empty_timeout_s?",
                        nullable(
                            "Seconds after which an empty room ends; absent: 300.",
                            integer("Seconds.", 0, 86_400),
                        ),
                    ),
                ],
            ),
        ),
        (
            "Room",
            object(
                "A room.",
                &[
                    version(),
                    ("room_id", schema("RoomId")),
                    ("policy", schema("RoomPolicy")),
                    ("capacity", integer("Most seats.", 1, 1_000)),
                    ("region?", words("Region.")),
                    ("project", words("The LiveKit project, by its API key.")),
                    ("empty_timeout_s", integer("Seconds after which it ends when it is empty.", 0, 86_400)),
                    ("created_at", schema("Instant")),
                    ("ended_at?", schema("Instant")),
                    ("end_reason?", one_of("Why it ended.", &["ended", "empty", "finished"])),
                ],
            ),
        ),
        (
            "ListedRoom",
            object(
                "A room in a list.",
                &[("room_id", schema("RoomId")), ("created_at", schema("Instant")), ("ended_at?", schema("Instant"))],
            ),
        ),
        (
            "RoomsPage",
            object(
                "A page of rooms, the newest first.",
                &[
                    version(),
                    ("rooms", array("The rooms.", schema("ListedRoom"))),
                    ("next_cursor?", words("Ask with it for the next page.")),
                ],
            ),
        ),
        (
            "Participant",
            object(
                "A participant.",
                &[
                    ("identity", words("Identity at the media server.")),
                    ("user_id", words("The user, or who stands in its place.")),
                    ("device_id", words("The device, or what stands in its place.")),
                    ("kind", one_of("A person takes a seat, an agent none.", &["participant", "agent"])),
                    ("state", one_of("Was the token used?", &["reserved", "joined"])),
                    ("since", schema("Instant")),
                ],
            ),
        ),
        (
            "Participants",
            object(
                "All participants of a room.",
                &[version(), ("participants", array("In the order of their coming.", schema("Participant")))],
            ),
        ),
        (
            "RemoveParticipant",
            strict("Who is to go.", &[version(), ("identity", json!({"type": "string", "description": "Identity."}))]),
        ),
    ]
}
