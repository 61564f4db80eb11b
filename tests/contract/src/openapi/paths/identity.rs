//! Devices: invitations accepted, tokens renewed, tickets.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{
    Conflict, DeviceRevoked, InvalidToken, NotFound, RateLimited, RefreshReused, SessionEnded, TokenExpired,
    UserSuspended, VersionConflict,
};

use attune_identity::api_key::Scope;

pub fn operations() -> Operations {
    let new = |id: &str, summary: &str, auth| Operation::new(id, "identity", summary, auth);
    let invite = new("inviteAsOperator", "Invite a tenant's first people", Auth::Operator)
        .says("The token is in this answer and nowhere else: a repeat gets the first answer without it.")
        .param("Tenant")
        .idempotent()
        .takes("Invite", &["invite.v1"])
        .answers(201, "The invitation.", "Invitation", &[])
        .may_fail(&[NotFound, VersionConflict]);
    let accept = new("acceptInvitation", "Accept an invitation on this device", Auth::Proof)
        .says("The token proves the address, because it was sent there. The device is enrolled with the key of the proof, and is signed in. With `id_token`, whom it names at its issuer signs in by it from then on.")
        .takes("AcceptInvitation", &["accept-invitation.v1", "accept-invitation-linked.v1"])
        .answers(201, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(&[NotFound, VersionConflict, Conflict, RateLimited, SessionEnded, DeviceRevoked, UserSuspended])
        .may_fail(&[InvalidToken, TokenExpired]);
    let refresh = new("refresh", "New tokens for a device", Auth::Proof)
        .says("A refresh token is good once. Used twice, or by another device, its whole family ends (RFC 9700, section 4.14.2); who lost the answer may ask again within 10 seconds.")
        .takes("Refresh", &["refresh.v1"])
        .answers(200, "The device's tokens.", "Tokens", &["tokens.v1"])
        .may_fail(&[SessionEnded, RefreshReused, DeviceRevoked, UserSuspended, RateLimited, InvalidToken]);
    let logout = new("logout", "Sign a device out", Auth::Proof)
        .says("Ends the family of the refresh token, and with its last family the device's tokens and live connections. Again is harmless.")
        .takes("Refresh", &["refresh.v1"])
        .answers_nothing("The device is signed out.")
        .may_fail(&[SessionEnded, UserSuspended]);
    let devices = new("listDevices", "List the caller's devices", Auth::User).answers(
        200,
        "The devices, the newest first.",
        "Devices",
        &["devices.v1"],
    );
    let rename = new("nameDevice", "Name a device of the caller", Auth::User)
        .param("Device")
        .takes("NameDevice", &["name-device.v1"])
        .answers(200, "The device.", "Device", &[])
        .may_fail(&[NotFound]);
    let revoke = new("revokeDevice", "Revoke a device of the caller", Auth::User)
        .says("For good: its next request is refused, and its live connections are closed within seconds. Again is harmless.")
        .param("Device")
        .answers_nothing("The device is revoked.")
        .may_fail(&[NotFound]);
    let ticket = new("makeTicket", "A ticket for one WebSocket upgrade", Auth::User)
        .says("Good once, for 30 seconds, in `Sec-WebSocket-Protocol`, where no proof can be sent.")
        .answers(201, "The ticket.", "Ticket", &["ticket.v1"]);
    let theirs = new("listPersonDevices", "List the devices of a person", Auth::May(Scope::DevicesRead))
        .param("User")
        .answers(200, "The devices, the newest first.", "Devices", &["devices.v1"])
        .may_fail(&[NotFound]);
    let end = new("revokePersonDevices", "Revoke all devices of a person", Auth::May(Scope::DevicesWrite))
        .says("Not of somebody who may do more than the caller.")
        .param("User")
        .answers_nothing("All are revoked.")
        .may_fail(&[NotFound]);
    let end_one = new("revokePersonDevice", "Revoke a device of a person", Auth::May(Scope::DevicesWrite))
        .says("Not of somebody who may do more than the caller. Again is harmless.")
        .param("User")
        .param("Device")
        .answers_nothing("The device is revoked.")
        .may_fail(&[NotFound]);
    vec![
        ("/v1/admin/tenants/{tenant}/invitations", "post", invite.build()),
        ("/v1/invitations/accept", "post", accept.build()),
        ("/v1/auth/refresh", "post", refresh.build()),
        ("/v1/auth/logout", "post", logout.build()),
        ("/v1/devices", "get", devices.build()),
        ("/v1/devices/{device}", "patch", rename.build()),
        ("/v1/devices/{device}", "delete", revoke.build()),
        ("/v1/stream-tickets", "post", ticket.build()),
        ("/v1/people/{user}/devices", "get", theirs.build()),
        ("/v1/people/{user}/devices", "delete", end.build()),
        ("/v1/people/{user}/devices/{device}", "delete", end_one.build()),
    ]
}
