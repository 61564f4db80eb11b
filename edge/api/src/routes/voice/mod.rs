//! Tokens for the media server, its projects and its webhooks.

pub mod agent;
pub mod delete_project;
pub mod list_projects;
pub mod put_project;
pub mod renew;
pub mod token;
pub mod webhook;

use crate::auth::Caller;
use crate::call::{Call, refuse_fields};
use crate::projects::Asker;
use crate::routes::auth::proven_beside_key;
use crate::shells::room::RoomCommand;
use attune_contracts::voice::{SeatKind, VoiceTokenV1};
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION, message_id};
use attune_domain::id::ulid_text;
use attune_domain::{Millis, RoomId, TenantId};
use attune_edge_kit::{Answer, random};
use attune_identity::api_key::KeyKind;
use attune_identity::livekit::{DEFAULT_WINDOW_S, Grants, LONGEST_WINDOW_S};
use attune_objects::names::{self, Class};
use attune_objects::room::{Join, Joined};

/// The attribute in which a token carries its own id: the media server's webhook repeats it, and the participant cannot change it.
pub const JTI: &str = "attune.jti";
/// Shortest join window, seconds.
const SHORTEST_WINDOW_S: u32 = 10;

/// Who is to sit in a room.
pub struct Holder {
    /// The tenant.
    pub tenant: TenantId,
    /// The user, or `key_…`.
    pub user_id: String,
    /// The device, or what stands for it.
    pub device_id: String,
    /// `jti` of the token.
    pub jti: String,
}

/// The caller as the holder of a seat. A user's device was proven at the door. A publishable key is known to everybody, so it is a
/// device with a key of its own that has the seat; its proof is good for one token. A secret key vouches for its own server, which
/// may prove a device's key just as well.
///
/// # Errors
/// Those of a missing or wrong proof.
pub async fn holder(call: &Call<'_>) -> Result<Holder, Problem> {
    match &call.caller {
        Caller::Tenant { tenant, key_id, kind, .. } => {
            let user_id = format!("key_{key_id}");
            let tenant = tenant.clone();
            if *kind != KeyKind::Publishable && call.incoming.header("dpop").is_none() {
                return Ok(Holder { tenant, device_id: user_id.clone(), user_id, jti: new_jti(call) });
            }
            let proven = proven_beside_key(call, None).await?;
            let device_id = format!("jkt_{}", proven.jkt);
            // one proof, one token: the room takes each jti once
            let jti = message_id(tenant.as_str(), &device_id, &proven.proof.jti);
            Ok(Holder { tenant, user_id, device_id, jti })
        }
        caller => {
            let user = caller.user()?;
            Ok(Holder {
                tenant: user.tenant.clone(),
                user_id: user.user_id.clone(),
                device_id: user.device_id.clone(),
                jti: new_jti(call),
            })
        }
    }
}

/// A new token id.
pub fn new_jti(call: &Call<'_>) -> String {
    ulid_text(call.now, random::u128())
}

/// The join window in milliseconds, checked, with the room's id, which only some may leave out.
///
/// # Errors
/// `invalid_body`.
pub fn checked(
    room_id: Option<&str>,
    named: bool,
    window_s: Option<u32>,
    mut faults: Vec<FieldError>,
) -> Result<i64, Problem> {
    let longest = u32::try_from(LONGEST_WINDOW_S).unwrap_or(u32::MAX);
    let window_s = window_s.unwrap_or(u32::try_from(DEFAULT_WINDOW_S).unwrap_or(u32::MAX));
    if room_id.map_or(named, |room_id| RoomId::parse(room_id).is_err()) {
        faults.push(FieldError::new("/room_id", "invalid", "expected rm_ and a ULID"));
    }
    if !(SHORTEST_WINDOW_S..=longest).contains(&window_s) {
        faults.push(FieldError::new("/join_window_s", "out_of_range", "expected 10 to 600 seconds"));
    }
    refuse_fields(faults)?;
    Ok(i64::from(window_s) * 1_000)
}

/// What is asked for a seat.
pub struct Seat<'a> {
    /// Who.
    pub holder: Holder,
    /// The room.
    pub room_id: &'a str,
    /// A person or an agent.
    pub kind: SeatKind,
    /// The join window, ms.
    pub window_ms: i64,
    /// Only for who is in the room?
    pub renewal: bool,
}

/// Takes or renews a seat, and makes its token. `grants`: all but identity and attributes.
///
/// # Errors
/// What the room refuses; `conflict` when the room's project is gone.
pub async fn seat(call: &Call<'_>, seat: Seat<'_>, mut grants: Grants) -> Result<Answer, Problem> {
    let Holder { tenant, user_id, device_id, jti } = seat.holder;
    // Opaque, and always the same for one device in one room; it tells nothing of the device elsewhere.
    let identity = message_id(tenant.as_str(), seat.room_id, &device_id);
    let join = Join { jti: jti.clone(), device_id, user_id, identity, kind: seat.kind, window_ms: seat.window_ms };
    grants.identity.clone_from(&join.identity);
    let command = if seat.renewal { RoomCommand::Renew(join) } else { RoomCommand::Join(join) };
    let room = names::room(&call.settings.config.cell, &tenant, seat.room_id);
    let answer = call.ask_short(Class::Room, &room, "/do", &command).await?;
    let joined: Joined = call.read(&answer)?;
    let asker = Asker { env: call.env, settings: call.settings, tenant: &tenant, now: call.now };
    let project = asker.of_room(&joined.room.project).await?;
    let project = project
        .ok_or_else(|| Problem::new(ProblemCode::Conflict, "the LiveKit project of the room is not live any more"))?;
    grants.attributes.insert(JTI.to_owned(), jti.clone());
    // what was revoked a moment ago was revoked up to the end of that second
    let not_before_s = joined.not_before_s.unsigned_abs();
    let window_s = (joined.expires_at.unsigned_abs() / 1_000).saturating_sub(not_before_s).clamp(1, LONGEST_WINDOW_S);
    let token = grants.mint(&project.key, &jti, window_s, not_before_s).map_err(|e| call.internal("token", e))?;
    let expires_at = i64::try_from((not_before_s + window_s) * 1_000).unwrap_or(i64::MAX);
    let answer = VoiceTokenV1 {
        schema_version: SCHEMA_VERSION,
        token,
        url: project.url.clone(),
        room_id: joined.room.room_id,
        identity: grants.identity,
        expires_at: Millis(expires_at),
    };
    Ok(Answer::json(201, &answer).with("cache-control", "no-store"))
}
