//! Voice rooms, tokens for them, and the media servers behind.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{
    Conflict, DeviceRevoked, Forbidden, InvalidBody, InvalidParameter, NotFound, PayloadTooLarge, RoomEnded, RoomFull,
    Unauthenticated, Unavailable, VersionConflict,
};
use attune_identity::api_key::Scope;
use serde_json::json;

pub fn operations() -> Operations {
    let mut all = rooms();
    all.extend(tokens());
    all.extend(projects());
    all
}

fn new(id: &str, summary: &str, scope: Scope) -> Operation {
    Operation::new(id, "voice", summary, Auth::May(scope))
}

fn nothing(operation: Operation, description: &str) -> Operation {
    let headers = json!({"x-request-id": {"$ref": "#/components/headers/RequestId"}});
    operation.responds(204, json!({"description": description, "headers": headers}))
}

fn rooms() -> Operations {
    let create = new("createRoom", "Make a voice room", Scope::RoomsWrite)
        .says("Answers `conflict` while the tenant has no live LiveKit project (in the region).")
        .idempotent()
        .takes("CreateRoom", &["create-room.v1"])
        .answers(201, "The room.", "Room", &["room.v1"])
        .may_fail(&[Conflict]);
    let list = new("listRooms", "List rooms, the newest first", Scope::RoomsRead)
        .param("RoomsCursor")
        .param("RoomsLimit")
        .param("RoomsLive")
        .answers(200, "A page.", "RoomsPage", &["rooms-page.v1"])
        .may_fail(&[InvalidParameter]);
    let read = new("readRoom", "A room", Scope::RoomsRead)
        .param("Room")
        .answers(200, "The room.", "Room", &["room.v1"])
        .may_fail(&[NotFound]);
    let end = new("endRoom", "End a room for all", Scope::RoomsWrite)
        .says("Its tokens are dead, and it is deleted at the media server. Again is harmless.")
        .param("Room")
        .answers(200, "The room.", "Room", &["room.v1"])
        .may_fail(&[NotFound]);
    let participants = new("listParticipants", "Who has a seat in a room", Scope::RoomsRead)
        .param("Room")
        .answers(200, "The participants, in the order of their coming.", "Participants", &["participants.v1"])
        .may_fail(&[NotFound]);
    let remove = new("removeParticipant", "Remove a participant", Scope::RoomsModerate)
        .says("Its tokens are dead, here and at the media server. It may join again.")
        .param("Room")
        .takes("RemoveParticipant", &["remove-participant.v1"])
        .may_fail(&[NotFound, RoomEnded]);
    vec![
        ("/v1/rooms", "post", create.build()),
        ("/v1/rooms", "get", list.build()),
        ("/v1/rooms/{room}", "get", read.build()),
        ("/v1/rooms/{room}", "delete", end.build()),
        ("/v1/rooms/{room}/participants", "get", participants.build()),
        ("/v1/rooms/{room}/remove", "post", nothing(remove, "It is removed.").build()),
    ]
}

fn tokens() -> Operations {
    let seat = |operation: Operation| {
        operation.answers(201, "The token.", "VoiceToken", &["voice-token.v1"]).may_fail(&[
            NotFound,
            Conflict,
            RoomFull,
            RoomEnded,
            DeviceRevoked,
        ])
    };
    let token = new("createVoiceToken", "A token to join a room", Scope::VoiceJoin)
        .says("For the device whose key is proven: a user's, or, with an API key, that of the proof in the header `DPoP`, which a publishable key needs. The token is worth one join within its window; a second use of it is removed and revoked. A device has one seat in a room. Without `room_id` it is for a new room of two, which ends when nobody comes.")
        .takes("VoiceTokenRequest", &["voice-token-request.v1"]);
    let renew = new("renewVoiceToken", "Another token for a device in the room", Scope::VoiceJoin)
        .says("For a device that is in the room, holds a reservation, or left less than a minute ago; others get `forbidden`. `room_id` is needed.")
        .takes("VoiceTokenRequest", &["voice-token-request.v1"]);
    let agent = new("createAgentToken", "A token for an agent", Scope::VoiceAgent)
        .says("Of the kind agent, which takes no seat. `dispatch` names agents that the media server calls when the token begins the room.")
        .takes("AgentTokenRequest", &["agent-token-request.v1"]);
    let hook = Operation::new("voiceWebhook", "voice", "What a media server tells", Auth::Open)
        .says("A LiveKit webhook. `Authorization` is its token: of a live project of the tenant, with the SHA-256 of the body; anything else is `unauthenticated`.")
        .param("Tenant")
        .may_fail(&[Unauthenticated, InvalidBody, PayloadTooLarge, Unavailable]);
    let mut hook = nothing(hook, "It is taken.").build();
    hook["requestBody"] =
        json!({"required": true, "content": {"application/webhook+json": {"schema": {"type": "object"}}}});
    vec![
        ("/v1/voice/token", "post", seat(token).build()),
        ("/v1/voice/token/renew", "post", seat(renew).may_fail(&[Forbidden]).build()),
        ("/v1/voice/token/agent", "post", seat(agent).build()),
        ("/v1/voice/webhooks/{tenant}", "post", hook),
    ]
}

fn projects() -> Operations {
    let put = new("putProject", "Write a LiveKit project", Scope::ProjectsWrite)
        .says("The secret is sealed and shown to nobody. To rotate a key: put the new one, then the old one with `live_until`. The newest live project makes rooms; each live one verifies webhooks.")
        .takes("PutProject", &["put-project.v1"])
        .answers(200, "The project.", "Project", &[])
        .may_fail(&[VersionConflict]);
    let list = new("listProjects", "The LiveKit projects, without their secrets", Scope::ProjectsRead).answers(
        200,
        "The projects.",
        "Projects",
        &["projects.v1"],
    );
    let delete = new("deleteProject", "Take a LiveKit project away", Scope::ProjectsWrite)
        .says("Rooms that began with it get no more tokens.")
        .param("ProjectApiKey")
        .may_fail(&[NotFound, InvalidParameter]);
    vec![
        ("/v1/voice/projects", "put", put.build()),
        ("/v1/voice/projects", "get", list.build()),
        ("/v1/voice/projects", "delete", nothing(delete, "It is gone.").build()),
    ]
}
