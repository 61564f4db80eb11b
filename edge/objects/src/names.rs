//! The one place where objects get their names: a function of (cell, class, tenant, shard).

use attune_domain::{Cell, TenantId};

/// Shards of the registry. Fixed: an object registers in the shard of its own name.
pub const REGISTRY_SHARDS: u32 = 16;

/// Shards of the buckets that belong to no tenant. Each bucket lives in the shard of its own name.
pub const LIMITER_SHARDS: u32 = 16;

/// Name that stands in a tenant's place for what belongs to the cell.
pub const GLOBAL: &str = "global";

/// Stands in the place of a room's id in the name of the list of rooms.
pub const ROOM_LIST: &str = "list";

/// The Outbox object of a shard. `generation` rises when the number of shards rises: then new work goes to new objects, and
/// the old ones drain through their alarms and the sweeper.
pub fn outbox(cell: &Cell, tenant: &TenantId, generation: u32, shard: u32) -> String {
    name(cell, Class::Outbox, tenant.as_str(), &format!("{generation}-{shard}"))
}

/// The tenant's ControlRoom.
pub fn control_room(cell: &Cell, tenant: &TenantId) -> String {
    name(cell, Class::ControlRoom, tenant.as_str(), "0")
}

/// The ControlRoom of the global layer.
pub fn global_control_room(cell: &Cell) -> String {
    name(cell, Class::ControlRoom, GLOBAL, "0")
}

/// The Tenant object.
pub fn tenant(cell: &Cell, tenant: &TenantId) -> String {
    name(cell, Class::Tenant, tenant.as_str(), "0")
}

/// The Session of a user, `usr_…`.
pub fn session(cell: &Cell, tenant: &TenantId, user_id: &str) -> String {
    name(cell, Class::Session, tenant.as_str(), user_id)
}

/// A voice room, `rm_…`.
pub fn room(cell: &Cell, tenant: &TenantId, room_id: &str) -> String {
    name(cell, Class::Room, tenant.as_str(), room_id)
}

/// The list of a tenant's rooms: an object of the class of rooms whose shard is [`ROOM_LIST`].
pub fn room_list(cell: &Cell, tenant: &TenantId) -> String {
    name(cell, Class::Room, tenant.as_str(), ROOM_LIST)
}

/// A chat room, `chr_…`.
pub fn chat_room(cell: &Cell, tenant: &TenantId, room_id: &str) -> String {
    name(cell, Class::ChatRoom, tenant.as_str(), room_id)
}

/// The list of a tenant's chat rooms: an object of their class whose shard is [`ROOM_LIST`].
pub fn chat_list(cell: &Cell, tenant: &TenantId) -> String {
    name(cell, Class::ChatRoom, tenant.as_str(), ROOM_LIST)
}

/// The Limiter of a tenant's buckets in a shard.
pub fn limiter(cell: &Cell, tenant: &TenantId, shard: u32) -> String {
    name(cell, Class::Limiter, tenant.as_str(), &shard.to_string())
}

/// The Limiter of buckets that belong to no tenant (addresses, sign-ins), in a shard.
pub fn global_limiter(cell: &Cell, shard: u32) -> String {
    name(cell, Class::Limiter, GLOBAL, &shard.to_string())
}

/// A registry shard, 0 to 15.
pub fn registry(cell: &Cell, shard: u32) -> String {
    name(cell, Class::Registry, GLOBAL, &shard.to_string())
}

/// The registry shard in which an object is listed.
pub fn registry_of(cell: &Cell, object: &str) -> String {
    registry(cell, shard_of(object, REGISTRY_SHARDS))
}

/// Classes of Durable Objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Accepts that own no other state.
    Outbox,
    /// Configuration of a tenant.
    ControlRoom,
    /// A tenant and its keys.
    Tenant,
    /// Which objects there are.
    Registry,
    /// Devices and credentials of a user.
    Session,
    /// A voice room, or the list of a tenant's rooms.
    Room,
    /// Token buckets.
    Limiter,
    /// A chat room, or the list of a tenant's chat rooms.
    ChatRoom,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 8] = [
        Self::Outbox,
        Self::ControlRoom,
        Self::Tenant,
        Self::Registry,
        Self::Session,
        Self::Room,
        Self::Limiter,
        Self::ChatRoom,
    ];

    /// Has an object of the class an outbox, so that the sweeper visits it?
    pub const fn has_outbox(self) -> bool {
        matches!(self, Self::Outbox | Self::ControlRoom | Self::Tenant | Self::Session | Self::Room | Self::ChatRoom)
    }

    /// The word in names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::ControlRoom => "control_room",
            Self::Tenant => "tenant",
            Self::Registry => "registry",
            Self::Session => "session",
            Self::Room => "room",
            Self::Limiter => "limiter",
            Self::ChatRoom => "chat_room",
        }
    }

    /// Name of the binding in the Worker's configuration.
    pub const fn binding(self) -> &'static str {
        match self {
            Self::Outbox => "OUTBOX",
            Self::ControlRoom => "CONTROL_ROOM",
            Self::Tenant => "TENANT",
            Self::Registry => "REGISTRY",
            Self::Session => "SESSION",
            Self::Room => "ROOM",
            Self::Limiter => "LIMITER",
            Self::ChatRoom => "CHAT_ROOM",
        }
    }
}

/// An object's name, read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// The cell.
    pub cell: &'a str,
    /// The class.
    pub class: Class,
    /// A tenant's id or [`GLOBAL`].
    pub tenant: &'a str,
    /// `0`, generation and number of an outbox shard, number of a shard, or id of a user or a room.
    pub shard: &'a str,
}

impl<'a> ObjectName<'a> {
    /// Reads a name; `None` when it is not one of ours.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('/');
        let (cell, class, tenant, shard) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let class = Class::ALL.into_iter().find(|known| known.as_str() == class)?;
        parts.next().is_none().then_some(Self { cell, class, tenant, shard })
    }
}

fn name(cell: &Cell, class: Class, tenant: &str, shard: &str) -> String {
    format!("{cell}/{}/{tenant}/{shard}", class.as_str())
}

/// The shard of a key among `count` shards. Part of what is stored: FNV-1a of 64 bits with the finaliser of MurmurHash3, as
/// FNV's low bits alone are uneven on short keys.
pub fn shard_of(key: &str, count: u32) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^= hash >> 33;
    u32::try_from(hash % u64::from(count.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pinned_and_read_back() {
        let cell = Cell::parse("eu1").unwrap();
        let tenant = TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap();
        let text = outbox(&cell, &tenant, 2, 3);
        assert_eq!(text, "eu1/outbox/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/2-3");
        let read = ObjectName::parse(&text).unwrap();
        assert_eq!((read.class, read.tenant, read.shard), (Class::Outbox, tenant.as_str(), "2-3"));
        assert_eq!(global_control_room(&cell), "eu1/control_room/global/0");
        assert_eq!(registry(&cell, 7), "eu1/registry/global/7");
        let user = session(&cell, &tenant, "usr_01hzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(user, "eu1/session/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/usr_01hzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(ObjectName::parse(&user).unwrap().class, Class::Session);
        assert_eq!(room(&cell, &tenant, "rm_1"), "eu1/room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/rm_1");
        assert_eq!(room_list(&cell, &tenant), "eu1/room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list");
        assert_eq!(chat_room(&cell, &tenant, "chr_1"), "eu1/chat_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/chr_1");
        assert_eq!(chat_list(&cell, &tenant), "eu1/chat_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list");
        assert_eq!(limiter(&cell, &tenant, 3), "eu1/limiter/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/3");
        assert_eq!(global_limiter(&cell, 3), "eu1/limiter/global/3");
        assert_eq!(ObjectName::parse("eu1/other/x/0"), None);
        assert_eq!(ObjectName::parse("eu1/tenant/x/0/1"), None);
    }

    #[test]
    fn shards_are_pinned_and_even() {
        let key = "call_01hzzzzzzzzzzzzzzzzzzzzzzz/a/2/0";
        assert_eq!((shard_of(key, 4), shard_of(key, 16), shard_of("", 16)), PINNED);
        let mut counts = [0u32; 16];
        for index in 0..16_000 {
            counts[shard_of(&format!("call_x/a/2/{index}"), 16) as usize] += 1;
        }
        assert!(counts.iter().all(|n| (850..1_150).contains(n)), "{counts:?}");
    }

    /// Computed by an independent implementation.
    const PINNED: (u32, u32, u32) = (2, 2, 6);
}
