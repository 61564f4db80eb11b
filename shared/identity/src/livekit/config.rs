//! `roomConfig`: how a room is made when the first participant comes (`livekit.RoomConfiguration`).

use super::read::Proto;
use super::{LiveKitError, Result};
use crate::jose::JoseError;
use crate::jose::json::{Json, Object};
use crate::jose::write::Writer;
use core::fmt;

/// Most agents that one token dispatches.
const MAX_AGENTS: usize = 8;

/// The configuration. A media server refuses members that it does not know, so only settled ones are here.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RoomConfig {
    /// `name`: of a configuration kept at the server.
    pub name: String,
    /// `emptyTimeout`: seconds that a room stays open while nobody has joined.
    pub empty_timeout_s: u32,
    /// `departureTimeout`: seconds that it stays open after the last one left.
    pub departure_timeout_s: u32,
    /// `maxParticipants`; 0: no limit.
    pub max_participants: u32,
    /// `metadata` of the room.
    pub metadata: String,
    /// `egress`.
    pub egress: Option<Egress>,
    /// `minPlayoutDelay`, milliseconds.
    pub min_playout_delay_ms: u32,
    /// `maxPlayoutDelay`, milliseconds.
    pub max_playout_delay_ms: u32,
    /// `syncStreams`.
    pub sync_streams: bool,
    /// `agents`: which are called into the room.
    pub agents: Vec<Agent>,
}

/// An agent to dispatch (`livekit.RoomAgentDispatch`).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Agent {
    /// `agentName`.
    pub agent_name: String,
    /// `metadata` for its job.
    pub metadata: String,
}

/// Recording to be started with the room, as JSON of `livekit.RoomEgress`, without secrets: a token is read by who holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Egress(String);

impl Egress {
    /// Takes over the settings.
    ///
    /// # Errors
    /// [`LiveKitError::EgressSecret`], [`LiveKitError::Form`].
    pub fn parse(json: &[u8]) -> Result<Self> {
        if json.len() > 16_384 {
            return Err(JoseError::TooLong.into());
        }
        Self::of(&Object::parse(json)?)
    }

    /// The JSON.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    fn of(object: &Object<'_>) -> Result<Self> {
        if object.0.iter().any(|(name, value)| is_secret(name, value)) {
            return Err(LiveKitError::EgressSecret);
        }
        let mut writer = Writer::default();
        writer.object(object);
        Ok(Self(writer.take()))
    }
}

/// More than `livekit/protocol` looks for (`CheckCredentials`), and at any depth, so that new outputs are covered.
fn is_secret(name: &str, value: &Json<'_>) -> bool {
    let name = name.replace('_', "").to_ascii_lowercase();
    let secret =
        ["secret", "sessiontoken", "credentials", "accountkey", "password", "stream", "streamoutputs", "streamkey"];
    match value {
        Json::Null => false,
        Json::Text(text) => !text.is_empty() && secret.contains(&name.as_str()),
        Json::Array(items) => {
            !items.is_empty() && (secret.contains(&name.as_str()) || items.iter().any(|item| is_secret("", item)))
        }
        Json::Object(Object(members)) => {
            !members.is_empty()
                && (secret.contains(&name.as_str()) || members.iter().any(|(name, value)| is_secret(name, value)))
        }
        _ => secret.contains(&name.as_str()),
    }
}

impl RoomConfig {
    pub(super) fn read(claim: Proto<'_, '_>) -> Result<Self> {
        let agent = |item: Proto<'_, '_>| {
            Ok(Agent { agent_name: item.text("agentName")?.to_owned(), metadata: item.text("metadata")?.to_owned() })
        };
        let agents = claim.objects("agents")?.into_iter().map(agent);
        Ok(Self {
            name: claim.text("name")?.to_owned(),
            empty_timeout_s: claim.number_32("emptyTimeout")?,
            departure_timeout_s: claim.number_32("departureTimeout")?,
            max_participants: claim.number_32("maxParticipants")?,
            metadata: claim.text("metadata")?.to_owned(),
            egress: claim.object("egress")?.map(|egress| Egress::of(egress.0)).transpose()?,
            min_playout_delay_ms: claim.number_32("minPlayoutDelay")?,
            max_playout_delay_ms: claim.number_32("maxPlayoutDelay")?,
            sync_streams: claim.flag("syncStreams")?,
            agents: agents.collect::<core::result::Result<_, JoseError>>()?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        if *self != Self::default() {
            writer.key("roomConfig").open();
            self.write_members(writer);
            writer.close();
        }
    }

    /// The members, as `CreateRoom` has them too.
    pub(super) fn write_members(&self, writer: &mut Writer) {
        let amount = |writer: &mut Writer, name, value: u32| {
            if value != 0 {
                writer.number(name, value.into());
            }
        };
        writer.filled("name", &self.name);
        amount(writer, "emptyTimeout", self.empty_timeout_s);
        amount(writer, "departureTimeout", self.departure_timeout_s);
        amount(writer, "maxParticipants", self.max_participants);
        writer.filled("metadata", &self.metadata);
        if let Some(egress) = &self.egress {
            writer.key("egress").raw(&egress.0);
        }
        amount(writer, "minPlayoutDelay", self.min_playout_delay_ms);
        amount(writer, "maxPlayoutDelay", self.max_playout_delay_ms);
        writer.flag("syncStreams", self.sync_streams);
        if !self.agents.is_empty() {
            writer.array("agents", &self.agents, |writer, agent| {
                writer.open().filled("agentName", &agent.agent_name).filled("metadata", &agent.metadata).close();
            });
        }
    }

    pub(super) fn judge(&self) -> Result<()> {
        let metadata = self.agents.iter().map(|agent| agent.metadata.len() + agent.agent_name.len()).sum::<usize>();
        for (name, bad) in [
            ("roomConfig.name", self.name.len() > super::grants::LONGEST_NAME),
            ("roomConfig.metadata", self.metadata.len() > 8192),
            ("roomConfig.agents", self.agents.len() > MAX_AGENTS || metadata > 8192),
        ] {
            if bad {
                return Err(LiveKitError::TooLong(name));
            }
        }
        Ok(())
    }
}

/// Metadata may be personal: only the shape is printed.
impl fmt::Debug for RoomConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: Vec<_> = self.agents.iter().map(|agent| &agent.agent_name).collect();
        formatter.debug_struct("RoomConfig").field("name", &self.name).field("agents", &agents).finish_non_exhaustive()
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Agent").field("agent_name", &self.agent_name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Egress(…)")
    }
}
