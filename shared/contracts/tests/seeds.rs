//! Every body, frame and message on texts made from the golden files: none makes its reader panic or linger, what is refused is refused
//! as a problem of the caller, and what is taken can be hashed and written.

use attune_contracts::stream::{AgentFrame, ControlFrame};
use attune_contracts::{Envelope, canonical_json, parse_body};
use attune_contracts::{audio, auth, chat, command, config, message, people, run, snapshot, tenant, voice, widget};
use attune_test_support::fuzz::{self, Target};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What a route reads.
fn body<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> bool {
    match parse_body::<T>(bytes) {
        Ok(value) => canonical_json(&value).is_ok(),
        Err(problem) => {
            assert!((400..500).contains(&problem.status), "{problem:?}");
            assert!(serde_json::to_vec(&problem).is_ok());
            false
        }
    }
}

/// What a queue or an object reads.
fn taken<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> bool {
    serde_json::from_slice::<T>(bytes).is_ok_and(|value| canonical_json(&value).is_ok())
}

/// Each by the name of its golden file.
const TARGETS: &[Target] = &[
    ("accept-invitation.v1", body::<people::AcceptInvitationV1>),
    ("agent-token-request.v1", body::<voice::AgentTokenRequestV1>),
    ("audio-upload.v1", body::<audio::AudioUploadV1>),
    ("change-person.v1", body::<people::ChangePersonV1>),
    ("config-freeze.v1", body::<config::FreezeV1>),
    ("config-rollback.v1", body::<config::RollbackV1>),
    ("config-update.v1", body::<config::UpdateV1>),
    ("open-chat.v1", body::<chat::OpenChatV1>),
    ("create-key.v1", body::<tenant::CreateKeyV1>),
    ("create-room.v1", body::<voice::CreateRoomV1>),
    ("create-tenant.v1", body::<tenant::CreateTenantV1>),
    ("email-code.v1", body::<auth::EmailCodeV1>),
    ("email-verify.v1", body::<auth::EmailVerifyV1>),
    ("invite.v1", body::<people::InviteV1>),
    ("link-identity.v1", body::<auth::LinkIdentityV1>),
    ("make-key.v1", body::<people::MakeKeyV1>),
    ("name-device.v1", body::<auth::NameDeviceV1>),
    ("oidc-complete.v1", body::<auth::OidcCompleteV1>),
    ("oidc-sign-in.v1", body::<auth::OidcSignInV1>),
    ("password-sign-in.v1", body::<auth::PasswordSignInV1>),
    ("put-issuer.v1", body::<people::PutIssuerV1>),
    ("put-project.v1", body::<voice::PutProjectV1>),
    ("put-role.v1", body::<people::PutRoleV1>),
    ("refresh.v1", body::<auth::RefreshV1>),
    ("remove-participant.v1", body::<voice::RemoveParticipantV1>),
    ("run-request.v1", body::<run::RunRequestV1>),
    ("second-factor.v1", body::<auth::SecondFactorV1>),
    ("set-password.v1", body::<auth::SetPasswordV1>),
    ("set-plan.v1", body::<people::SetPlanV1>),
    ("snapshot.v1", body::<snapshot::SnapshotV1>),
    ("totp-code.v1", body::<auth::TotpCodeV1>),
    ("update-tenant.v1", body::<people::UpdateTenantV1>),
    ("voice-token-request.v1", body::<voice::VoiceTokenRequestV1>),
    ("widget-change.v1", body::<widget::WidgetMembersV1>),
    ("widget-report.v1", body::<widget::WidgetReportV1>),
    // the live connection, both ways
    ("frame-subscribe.v1", taken::<AgentFrame>),
    ("frame-ack.v1", taken::<AgentFrame>),
    ("frame-config.v1", taken::<ControlFrame>),
    // queues and objects
    ("message-snapshot-accepted.v1", taken::<Envelope<message::SnapshotAcceptedV1>>),
    ("message-optimizer-run.v1", taken::<Envelope<message::OptimizerRunV1>>),
    ("message-config-changed.v1", taken::<Envelope<config::ChangeV1>>),
    ("message-send-mail.v1", taken::<Envelope<message::SendMailV1>>),
    ("message-chat-said.v1", taken::<Envelope<message::ChatSaidV1>>),
    ("command-propose.v1", taken::<command::ProposeV1>),
];

fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let found = fuzz::files(&folder).into_iter().find(|(file, _)| *file == format!("{name}.json"));
    found.unwrap_or_else(|| panic!("no golden file {name}")).1
}

#[test]
fn each_is_read_from_its_golden_file_and_nothing_else_is() {
    for (name, target) in TARGETS {
        assert!(target(&golden(name)), "{name}");
        for bad in [&b""[..], b"null", b"[]", b"{", b"{}", b"\xff", b"{\"schema_version\":1}x"] {
            assert!(!target(bad), "{name} {}", String::from_utf8_lossy(bad));
        }
    }
}

#[test]
fn what_is_made_from_golden_files_does_not_panic() {
    fuzz::run(TARGETS, |name| vec![golden(name), b"{\"schema_version\":1}".to_vec(), b"[[[[{\"a\":".to_vec()]);
}

/// No body is left out: what the routes parse is in the list.
#[test]
fn every_body_of_a_route_is_a_target() {
    let routes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../edge/api/src/routes");
    let own = include_str!("seeds.rs");
    let (mut open, mut seen) = (vec![routes], 0);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for line in text.lines().filter(|line| line.contains("= call.parse()?")) {
            let name = line.split(':').nth(1).and_then(|rest| rest.split('=').next()).map(str::trim);
            let name = name.unwrap_or_else(|| panic!("{line} does not say its type"));
            // one route that is never public has its body beside it
            assert!(
                name == "RetryV1" || own.contains(&format!("::{name}>")),
                "{name} of {} is no target",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 20, "the routes were found");
}
