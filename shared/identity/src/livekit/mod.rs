//! What is spoken with LiveKit media servers: access tokens, webhooks, and the server API, compatible to the byte rules of
//! `livekit/protocol` (`auth/grants.go`, `livekit_room.proto`, `livekit_webhook.proto`).
//!
//! A media server checks `exp` only at the first connection and knows nothing of our devices. A token is therefore worth one join
//! within its window, 60 s by default; later tokens come from our renew route.

mod config;
mod error;
mod grants;
mod key;
mod kind;
mod read;
mod room_service;
mod token;
mod webhook;

pub use config::{Agent, Egress, RoomConfig};
pub use error::{LiveKitError, Result};
pub use grants::{AgentGrants, InferenceGrants, ObservabilityGrants, SipGrants, TrackSource, VideoGrants};
pub use key::ProjectKey;
pub use kind::ParticipantKind;
pub use room_service::{Call, SERVER_TOKEN_S, TwirpError, parse_participants};
pub use token::{DEFAULT_WINDOW_S, Grants, LEEWAY_S, LONGEST_WINDOW_S, MAX_TOKEN, Token, Verified};
pub use webhook::{Event, MAX_WEBHOOK, Participant, Room, WebhookEvent, WebhookToken};
