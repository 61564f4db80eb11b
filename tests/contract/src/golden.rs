//! The golden files of `shared/contracts`: the document's examples.

use serde_json::Value;

macro_rules! goldens {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../shared/contracts/golden/", $name, ".json")))),*];
    };
}

goldens!(
    "audio-upload.v1",
    "audio-upload-answer.v1",
    "change.v1",
    "change-answer.v1",
    "changes-page.v1",
    "config-freeze.v1",
    "config-rollback.v1",
    "config-update.v1",
    "create-key.v1",
    "create-tenant.v1",
    "effective-config.v1",
    "frame-ack.v1",
    "frame-config.v1",
    "frame-error.v1",
    "frame-subscribe.v1",
    "key.v1",
    "problem",
    "run-accepted.v1",
    "run-answer.v1",
    "run-request.v1",
    "snapshot.v1",
    "tenant.v1",
    // the tenant's administration
    "accept-invitation.v1",
    "audit-page.v1",
    "change-person.v1",
    "devices.v1",
    "invitations-page.v1",
    "invite.v1",
    "issuers.v1",
    "keys-page.v1",
    "make-key.v1",
    "name-device.v1",
    "people-page.v1",
    "permissions.v1",
    "put-issuer.v1",
    "put-role.v1",
    "refresh.v1",
    "roles.v1",
    "set-plan.v1",
    "tenant-detail.v1",
    "ticket.v1",
    "tokens.v1",
    "update-tenant.v1",
    // sign-in
    "me.v1",
    "oidc-complete.v1",
    "oidc-sign-in.v1",
    "password-sign-in.v1",
    "recovery-codes.v1",
    "set-password.v1",
    "totp-code.v1",
    "totp.v1",
);

/// A golden file by its name without `.json`; null when there is none, which no schema takes.
pub fn golden(name: &str) -> Value {
    let file = FILES.iter().find(|(known, _)| *known == name);
    file.and_then(|(_, text)| serde_json::from_str(text).ok()).unwrap_or_default()
}
