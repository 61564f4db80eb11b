//! `GET /v1/stations/stream`: the live connection of a station agent. The upgrade goes to the tenant's ControlRoom, which holds the
//! socket while it sleeps.

use crate::auth::Caller;
use crate::call::{Call, Outcome, Reply};
use crate::shells::protocol::SessionCommand;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_objects::names::{self, Class};

/// Header by which ControlRoom learns whose socket it is. Only we can call it, so it needs no proof.
pub const KEY_ID: &str = "x-attune-key-id";
/// Header with the time at which that key expires, ms since 1970; absent: never.
pub const EXPIRES_AT: &str = "x-attune-expires-at";

/// Header with the device of a signed-in user.
pub const DEVICE_ID: &str = "x-attune-device-id";
/// The subprotocol of frames, which a client that offers subprotocols (to send a ticket) has to offer as well.
pub const PROTOCOL: &str = "attune.v1";

/// Handles the request.
///
/// # Errors
/// `invalid_parameter` without `Upgrade: websocket`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, key_id) = call.caller.tenant()?;
    let upgrade = call.incoming.header("upgrade").unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let error = FieldError::new("header:upgrade", "missing", "expected websocket");
        let problem = Problem::new(ProblemCode::InvalidParameter, "this route is a WebSocket");
        return Err(problem.with_errors(vec![error]));
    }
    let name = names::control_room(&tenant.cell(), tenant);
    let unreachable = |e| call.unreachable(Class::ControlRoom.as_str(), &e);
    let stub = Stub::new(call.env, Class::ControlRoom.binding(), &name);
    let expires_at = call.caller.expires_at().map(|at| at.to_string());
    let mut headers = vec![("upgrade", "websocket"), (KEY_ID, key_id)];
    headers.extend(expires_at.as_deref().map(|at| (EXPIRES_AT, at)));
    if let Caller::User(user) = &call.caller {
        // Noted before the upgrade: a device that is revoked meanwhile is refused here, or its sockets are closed.
        let opened = SessionCommand::SocketOpened(user.device_id.clone(), name.clone());
        call.ask_session(&user.tenant, &user.user_id, &opened).await?;
        headers.push((DEVICE_ID, &user.device_id));
    }
    let offered = call.incoming.header("sec-websocket-protocol").unwrap_or_default();
    if offered.split(',').any(|protocol| protocol.trim() == PROTOCOL) {
        headers.push(("sec-websocket-protocol", PROTOCOL));
    }
    let response = stub.forward("/stream", &headers).await.map_err(unreachable)?;
    if response.status() == 101 {
        return Ok(Reply::Raw(response));
    }
    Err(Problem::new(ProblemCode::Unavailable, "the live connection cannot be opened now").retry_after(1))
}
