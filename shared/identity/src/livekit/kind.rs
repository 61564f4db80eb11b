//! What takes part in a room.

/// `livekit.ParticipantInfo.Kind`. In tokens in lowercase, in JSON of the server in capitals or as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParticipantKind {
    /// A person's client.
    Standard,
    /// Media from outside.
    Ingress,
    /// A recorder.
    Egress,
    /// A telephone.
    Sip,
    /// A program that talks.
    Agent,
    /// A connector, such as that of WhatsApp.
    Connector,
    /// A bridge between rooms.
    Bridge,
}

impl ParticipantKind {
    const ALL: [(Self, &'static str, u64); 7] = [
        (Self::Standard, "standard", 0),
        (Self::Ingress, "ingress", 1),
        (Self::Egress, "egress", 2),
        (Self::Sip, "sip", 3),
        (Self::Agent, "agent", 4),
        (Self::Connector, "connector", 7),
        (Self::Bridge, "bridge", 8),
    ];

    /// The name in a token.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find_map(|(kind, name, _)| (*kind == self).then_some(*name)).unwrap_or_default()
    }

    /// By its name in any case. A name that we do not know yet is a standard participant, as for the media server.
    pub(super) fn of_name(name: &str) -> Self {
        let found = Self::ALL.iter().find(|(_, known, _)| name.eq_ignore_ascii_case(known));
        found.map_or(Self::Standard, |(kind, ..)| *kind)
    }

    pub(super) fn of_number(number: u64) -> Self {
        Self::ALL.iter().find(|(.., known)| *known == number).map_or(Self::Standard, |(kind, ..)| *kind)
    }
}
