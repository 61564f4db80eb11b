//! What a token allows. Nothing by default.

use super::read::Proto;
use super::{LiveKitError, Result};
use crate::jose::JoseError;
use crate::jose::write::Writer;

/// A kind of track (`livekit.TrackSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackSource {
    /// The camera.
    Camera,
    /// The microphone.
    Microphone,
    /// The picture of a screen.
    ScreenShare,
    /// The sound of a screen.
    ScreenShareAudio,
}

impl TrackSource {
    const ALL: [Self; 4] = [Self::Camera, Self::Microphone, Self::ScreenShare, Self::ScreenShareAudio];

    /// The name in a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::ScreenShare => "screen_share",
            Self::ScreenShareAudio => "screen_share_audio",
        }
    }
}

/// The claim `video`. Where a field has three states, absent is not no: a media server takes an absent `can_publish`, `can_subscribe` or
/// `can_publish_data` for yes, which is why [`VideoGrants::join`] sets them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoGrants {
    /// Create and delete rooms, any.
    pub room_create: bool,
    /// List rooms.
    pub room_list: bool,
    /// Record.
    pub room_record: bool,
    /// Administer the room.
    pub room_admin: bool,
    /// Join the room.
    pub room_join: bool,
    /// Which room.
    pub room: String,
    /// Publish tracks.
    pub can_publish: Option<bool>,
    /// Subscribe to tracks.
    pub can_subscribe: Option<bool>,
    /// Publish data; absent, it is as `can_publish`.
    pub can_publish_data: Option<bool>,
    /// Publish these only. An empty list would be read as all, and is not minted.
    pub can_publish_sources: Option<Vec<TrackSource>>,
    /// Change one's own name, metadata and attributes.
    pub can_update_own_metadata: Option<bool>,
    /// Manage ingress, any.
    pub ingress_admin: bool,
    /// Not seen by others.
    pub hidden: bool,
    /// Is a recorder.
    pub recorder: bool,
    /// May register as a worker of the agent framework.
    pub agent: bool,
    /// Subscribe to metrics.
    pub can_subscribe_metrics: Option<bool>,
    /// Manage an agent's session.
    pub can_manage_agent_session: Option<bool>,
    /// Room to which the participant may be forwarded.
    pub destination_room: String,
}

impl VideoGrants {
    /// May join the room, and do nothing in it: what it may do is added.
    pub fn join(room: &str) -> Self {
        Self {
            room_join: true,
            room: room.to_owned(),
            can_publish: Some(false),
            can_subscribe: Some(false),
            can_publish_data: Some(false),
            ..Self::default()
        }
    }

    /// Administers the room.
    pub fn admin(room: &str) -> Self {
        Self { room_admin: true, room: room.to_owned(), ..Self::default() }
    }

    /// Whether nothing is left to the media server's defaults: what every token to join of ours has to be.
    pub fn is_explicit(&self) -> bool {
        self.can_publish.is_some() && self.can_subscribe.is_some() && self.can_publish_data.is_some()
    }

    pub(super) fn read(claim: Proto<'_, '_>) -> core::result::Result<Self, JoseError> {
        let source = |name: String| {
            let found = TrackSource::ALL.into_iter().find(|source| name.eq_ignore_ascii_case(source.name()));
            found.ok_or(JoseError::Member("canPublishSources"))
        };
        let sources = claim.texts("canPublishSources")?.into_iter().map(source);
        let sources = sources.collect::<core::result::Result<Vec<_>, _>>()?;
        Ok(Self {
            room_create: claim.flag("roomCreate")?,
            room_list: claim.flag("roomList")?,
            room_record: claim.flag("roomRecord")?,
            room_admin: claim.flag("roomAdmin")?,
            room_join: claim.flag("roomJoin")?,
            room: claim.text("room")?.to_owned(),
            can_publish: claim.tri_state("canPublish")?,
            can_subscribe: claim.tri_state("canSubscribe")?,
            can_publish_data: claim.tri_state("canPublishData")?,
            can_publish_sources: (!sources.is_empty()).then_some(sources),
            can_update_own_metadata: claim.tri_state("canUpdateOwnMetadata")?,
            ingress_admin: claim.flag("ingressAdmin")?,
            hidden: claim.flag("hidden")?,
            recorder: claim.flag("recorder")?,
            agent: claim.flag("agent")?,
            can_subscribe_metrics: claim.tri_state("canSubscribeMetrics")?,
            can_manage_agent_session: claim.tri_state("canManageAgentSession")?,
            destination_room: claim.text("destinationRoom")?.to_owned(),
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        if *self == Self::default() {
            return;
        }
        writer.key("video").open();
        writer
            .flag("roomCreate", self.room_create)
            .flag("roomList", self.room_list)
            .flag("roomRecord", self.room_record);
        writer.flag("roomAdmin", self.room_admin).flag("roomJoin", self.room_join).filled("room", &self.room);
        writer.tri_state("canPublish", self.can_publish).tri_state("canSubscribe", self.can_subscribe);
        writer.tri_state("canPublishData", self.can_publish_data);
        if let Some(sources) = &self.can_publish_sources {
            writer.array("canPublishSources", sources, |writer, source| {
                writer.quoted(source.name());
            });
        }
        writer.tri_state("canUpdateOwnMetadata", self.can_update_own_metadata).flag("ingressAdmin", self.ingress_admin);
        writer.flag("hidden", self.hidden).flag("recorder", self.recorder).flag("agent", self.agent);
        writer.tri_state("canSubscribeMetrics", self.can_subscribe_metrics);
        writer.tri_state("canManageAgentSession", self.can_manage_agent_session);
        writer.filled("destinationRoom", &self.destination_room).close();
    }

    pub(super) fn judge(&self, identity: &str) -> Result<()> {
        if self.room_join && identity.is_empty() {
            return Err(LiveKitError::IdentityMissing);
        }
        if (self.room_join || self.room_admin) && self.room.is_empty() {
            return Err(LiveKitError::RoomMissing);
        }
        if self.can_publish_sources.as_ref().is_some_and(Vec::is_empty) {
            return Err(LiveKitError::SourcesEmpty);
        }
        if self.can_publish_sources.as_ref().is_some_and(|sources| sources.len() > TrackSource::ALL.len()) {
            return Err(LiveKitError::TooLong("canPublishSources"));
        }
        if self.room.len() > LONGEST_NAME || self.destination_room.len() > LONGEST_NAME {
            return Err(LiveKitError::TooLong("room"));
        }
        Ok(())
    }
}

/// Longest name of a room or identity, bytes (the default limits of a media server).
pub(super) const LONGEST_NAME: usize = 256;

macro_rules! flags {
    ($(#[$doc:meta])* $name:ident, $claim:literal, { $($(#[$field_doc:meta])* $field:ident = $member:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: bool),+
        }

        impl $name {
            pub(super) fn read(claims: Proto<'_, '_>) -> core::result::Result<Self, JoseError> {
                match claims.object($claim)? {
                    Some(claim) => Ok(Self { $($field: claim.flag($member)?),+ }),
                    None => Ok(Self::default()),
                }
            }

            pub(super) fn write(self, writer: &mut Writer) {
                if self != Self::default() {
                    writer.key($claim).open()$(.flag($member, self.$field))+.close();
                }
            }
        }
    };
}

flags!(
    /// The claim `sip`.
    SipGrants, "sip", {
        /// Manage trunks and dispatch rules.
        admin = "admin",
        /// Make outbound calls.
        call = "call"
    }
);
flags!(
    /// The claim `agent`: managing of hosted agents.
    AgentGrants, "agent", {
        /// Create, change and delete them.
        admin = "admin"
    }
);
flags!(
    /// The claim `inference`.
    InferenceGrants, "inference", {
        /// Use the inference gateway.
        perform = "perform"
    }
);
flags!(
    /// The claim `observability`.
    ObservabilityGrants, "observability", {
        /// Publish observations.
        write = "write"
    }
);
