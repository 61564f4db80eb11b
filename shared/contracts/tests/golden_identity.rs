//! Golden files of people, sign-in and voice, as in `golden.rs`: `UPDATE_GOLDEN=1 cargo test -p attune-contracts` writes them
//! anew, for a new variant only.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_contracts::auth::*;
use attune_contracts::people::*;
use attune_contracts::voice::*;
use attune_domain::{Millis, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

const AT: Millis = Millis(1_790_000_000_123);
const USER: &str = "usr_01k5nq3e5v0000000000000004";
const DEVICE: &str = "dev_01k5nq3e5v0000000000000005";
const ROOM: &str = "rm_01k5nq3e5v0000000000000006";

fn pinned<T: Serialize + DeserializeOwned + PartialEq>(name: &str, value: &T) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, text, "{name}: a changed shape is a new variant with a reader for the old one");
    assert!(serde_json::from_str::<T>(&golden).unwrap() == *value, "{name} reads back");
}

/// Bodies that are written to us: nothing unknown is taken, so nobody gives themselves a tenant or a role.
fn strict<T: Serialize + DeserializeOwned + PartialEq>(name: &str, value: &T) {
    pinned(name, value);
    for field in ["tenant", "tenant_id_", "role_", "admin", "user_id_"] {
        let mut body = serde_json::to_value(value).unwrap();
        body[field] = json!("x");
        assert!(serde_json::from_value::<T>(body).is_err(), "{name} takes {field}");
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn sign_in_and_devices() {
    strict("refresh.v1", &RefreshV1 { schema_version: 1, refresh_token: text("atr_…") });
    let sign_in = PasswordSignInV1 {
        schema_version: 1,
        tenant_id: text("tnt_eu1_01k5nq3e5v0000000000000001"),
        email: text("a@example.org"),
        password: text("pw"),
        code: Some(text("123456")),
        device_name: Some(text("Phone")),
    };
    strict("password-sign-in.v1", &sign_in);
    assert!(!format!("{sign_in:?}").contains("pw"), "credentials are not printed");
    let oidc = OidcSignInV1 {
        schema_version: 1,
        tenant_id: text("tnt_eu1_01k5nq3e5v0000000000000001"),
        token: text("eyJ…"),
        device_name: Some(text("Phone")),
    };
    strict("oidc-sign-in.v1", &oidc);
    assert!(!format!("{oidc:?}").contains("eyJ"), "credentials are not printed");
    strict("oidc-complete.v1", &OidcCompleteV1 { schema_version: 1, device_name: Some(text("Browser")) });
    let person = PersonV1 {
        schema_version: 1,
        user_id: text(USER),
        email: text("a@example.org"),
        name: text("A"),
        role: text("member"),
        status: PersonStatus::Active,
        manager: None,
        created_at: AT,
    };
    let me = MeV1 {
        schema_version: 1,
        person,
        permissions: vec![text("config:read")],
        device_id: text(DEVICE),
        has_password: true,
        has_totp: true,
        recovery_codes_left: 9,
    };
    pinned("me.v1", &me);
    strict(
        "email-code.v1",
        &EmailCodeV1 { schema_version: 1, email: text("a@example.org"), locale: Some(text("de-CH")) },
    );
    let verify =
        EmailVerifyV1 { schema_version: 1, email: text("a@example.org"), code: text("12345678"), device_name: None };
    strict("email-verify.v1", &verify);
    let tokens = TokensV1 {
        schema_version: 1,
        access_token: text("a"),
        token_type: text("DPoP"),
        expires_in: 300,
        refresh_token: text("r"),
        user_id: text(USER),
        device_id: text(DEVICE),
    };
    pinned("tokens.v1", &tokens);
    let device = DeviceV1 {
        schema_version: 1,
        device_id: text(DEVICE),
        name: text("Phone"),
        agent: text("Firefox"),
        created_at: AT,
        seen_at: AT,
        revoked_at: Some(AT),
    };
    pinned("devices.v1", &DevicesV1 { schema_version: 1, devices: vec![device] });
    strict("link-identity.v1", &LinkIdentityV1 { schema_version: 1, token: text("eyJ…") });
    let identity = IdentityV1 {
        schema_version: 1,
        identity_id: text("idn_0123456789abcdef0123456789abcdef"),
        issuer: text("https://accounts.example.com"),
        subject: text("u-1"),
        linked_at: AT,
    };
    pinned("identities.v1", &IdentitiesV1 { schema_version: 1, identities: vec![identity] });
    strict("name-device.v1", &NameDeviceV1 { schema_version: 1, name: text("Phone") });
    strict("set-password.v1", &SetPasswordV1 { schema_version: 1, old: Some(text("o")), new: text("a new password") });
    pinned("totp.v1", &TotpV1 { schema_version: 1, otpauth: text("otpauth://totp/x") });
    strict("second-factor.v1", &SecondFactorV1 { schema_version: 1, code: text("0123-4567-89ab-cdef") });
    strict("totp-code.v1", &TotpCodeV1 { schema_version: 1, code: text("123456") });
    pinned("recovery-codes.v1", &RecoveryCodesV1 { schema_version: 1, codes: vec![text("abcd-efgh")] });
    pinned("ticket.v1", &TicketV1 { schema_version: 1, ticket: text("t"), expires_at: AT });
}

#[test]
fn notices_between_objects() {
    let (user_id, device_id) = (text(USER), text(DEVICE));
    pinned("notice-device-ended.v1", &NoticeV1::DeviceEnded { user_id, device_id, at: AT, revoked: true });
    pinned(
        "notice-user-standing.v1",
        &NoticeV1::UserStanding { user_id: text(USER), seq: 7, active: false, erase: true },
    );
    let recorded = NoticeV1::Recorded {
        record_id: text("01k5nq3e5v0000000000000007"),
        user_id: text(USER),
        actor: text(USER),
        action: text("device.revoke"),
        target: text(DEVICE),
        at: AT,
    };
    pinned("notice-recorded.v1", &recorded);
    pinned("notice-room-ended.v1", &NoticeV1::RoomEnded { room_id: text(ROOM), at: AT });
    let room_id = text("chr_01hzzzzzzzzzzzzzzzzzzzzzzz");
    pinned(
        "notice-chat-room.v1",
        &NoticeV1::ChatRoom { room_id, seq: 7, waits: true, ended_at: Some(AT), forgotten: false },
    );
}

#[test]
fn tenants_and_people() {
    let tenant = TenantDetailV1 {
        schema_version: 1,
        tenant_id: TenantId::parse("tnt_eu1_01k5nq3e5v0000000000000001").unwrap(),
        name: text("Example"),
        plan: text("free"),
        region: Some(text("eu")),
        settings: [(text("voice.greeting"), json!("hi"))].into(),
        epoch: 3,
        created_at: AT,
    };
    pinned("tenant-detail.v1", &tenant);
    let update = UpdateTenantV1 { schema_version: 1, name: Some(text("New")), settings: tenant.settings };
    strict("update-tenant.v1", &update);
    strict("set-plan.v1", &SetPlanV1 { schema_version: 1, plan: text("scale"), region: Some(text("eu")) });
    let person = PersonV1 {
        schema_version: 1,
        user_id: text(USER),
        email: text("a@example.org"),
        name: text("A. Person"),
        role: text("member"),
        status: PersonStatus::Active,
        manager: Some(text(USER)),
        created_at: AT,
    };
    assert!(!format!("{person:?}").contains("example.org"), "personal data is not printed");
    pinned("people-page.v1", &PeoplePageV1 { schema_version: 1, people: vec![person], next_cursor: Some(text(USER)) });
    let change = ChangePersonV1 {
        schema_version: 1,
        name: Some(text("B")),
        role: Some(text("admin")),
        manager: Some(text("")),
        status: Some(PersonStatus::Suspended),
    };
    strict("change-person.v1", &change);
    strict("invite.v1", &InviteV1 { schema_version: 1, email: text("a@example.org"), role: text("member") });
    let mut accept = AcceptInvitationV1 { schema_version: 1, token: text("t"), name: text("A"), id_token: None };
    strict("accept-invitation.v1", &accept);
    accept.id_token = Some(text("eyJ…"));
    strict("accept-invitation-linked.v1", &accept);
    let invitation = InvitationV1 {
        schema_version: 1,
        invitation_id: text("inv_01k5nq3e5v0000000000000007"),
        email: text("a@example.org"),
        role: text("member"),
        invited_by: text(USER),
        created_at: AT,
        expires_at: AT,
        accepted_at: Some(AT),
        accepted_by: Some(text(USER)),
        revoked_at: Some(AT),
        token: Some(text("t")),
    };
    let page = InvitationsPageV1 { schema_version: 1, invitations: vec![invitation], next_cursor: Some(text("inv_x")) };
    pinned("invitations-page.v1", &page);
    strict("put-role.v1", &PutRoleV1 { schema_version: 1, name: text("Night"), permissions: vec![text("rooms:read")] });
    let role = RoleV1 {
        schema_version: 1,
        role_id: text("rol_01k5nq3e5v0000000000000008"),
        name: text("Night"),
        permissions: vec![text("rooms:read")],
        created_at: AT,
    };
    pinned("roles.v1", &RolesV1 { schema_version: 1, roles: vec![role] });
    let permissions = PermissionsV1 {
        schema_version: 1,
        permissions: vec![text("rooms:read"), text("rooms:write")],
        roles: [(text("agent"), vec![text("rooms:read")])].into(),
        yours: vec![text("rooms:read")],
    };
    pinned("permissions.v1", &permissions);
}

#[test]
fn keys_issuers_and_the_trail() {
    let make = MakeKeyV1 {
        schema_version: 1,
        name: text("widget"),
        kind: Some(text("publishable")),
        scopes: vec![text("voice:join")],
        origins: vec![text("https://example.org")],
        networks: vec![text("192.0.2.0/24")],
        expires_at: Some(AT),
    };
    strict("make-key.v1", &make);
    let key = KeyDetailV1 {
        schema_version: 1,
        key_id: text("k"),
        name: text("widget"),
        kind: text("publishable"),
        scopes: vec![text("voice:join")],
        origins: vec![text("https://example.org")],
        networks: vec![text("192.0.2.0/24")],
        created_at: AT,
        expires_at: Some(AT),
        revoked_at: Some(AT),
        last_used_on: Some(text("2026-09-21")),
        key: Some(text("pk_…")),
    };
    pinned("keys-page.v1", &KeysPageV1 { schema_version: 1, keys: vec![key], next_cursor: Some(text("k")) });
    let put = PutIssuerV1 {
        schema_version: 1,
        issuer: text("https://accounts.example"),
        audiences: vec![text("app")],
        client_id: Some(text("app")),
        client_secret: Some(text("s")),
    };
    strict("put-issuer.v1", &put);
    let issuer = IssuerV1 {
        schema_version: 1,
        issuer: put.issuer,
        audiences: put.audiences,
        client_id: put.client_id,
        has_secret: true,
        created_at: AT,
    };
    pinned("issuers.v1", &IssuersV1 { schema_version: 1, issuers: vec![issuer] });
    let row = AuditRowV1 {
        seq: 1,
        at: AT,
        actor: text(USER),
        action: text("person.add"),
        target: text(USER),
        detail: serde_json::from_value(json!({"role": "member"})).unwrap(),
        prev: "0".repeat(64),
        hash: "ab".repeat(32),
    };
    pinned("audit-page.v1", &AuditPageV1 { schema_version: 1, rows: vec![row], next_cursor: Some(text("1")) });
    pinned("audit-head.v1", &AuditHeadV1 { schema_version: 1, seq: 1, hash: "ab".repeat(32) });
}

#[test]
fn voice() {
    let create = CreateRoomV1 {
        schema_version: 1,
        policy: RoomPolicy::ReplaceOld,
        capacity: Some(4),
        region: Some(text("eu")),
        empty_timeout_s: Some(60),
    };
    strict("create-room.v1", &create);
    let least: CreateRoomV1 = serde_json::from_str(r#"{"schema_version":1}"#).unwrap();
    assert_eq!(least.policy, RoomPolicy::RejectNew, "nobody is replaced by default");
    let room = RoomV1 {
        schema_version: 1,
        room_id: text(ROOM),
        policy: RoomPolicy::RejectNew,
        capacity: 2,
        region: Some(text("eu")),
        project: text("APIx"),
        empty_timeout_s: 300,
        created_at: AT,
        ended_at: Some(AT),
        end_reason: Some(text("empty")),
    };
    pinned("room.v1", &room);
    let listed = ListedRoomV1 { room_id: text(ROOM), created_at: AT, ended_at: Some(AT) };
    pinned("rooms-page.v1", &RoomsPageV1 { schema_version: 1, rooms: vec![listed], next_cursor: Some(text(ROOM)) });
    let participant = ParticipantV1 {
        identity: text("p"),
        user_id: text(USER),
        device_id: text(DEVICE),
        kind: SeatKind::Participant,
        state: SeatState::Joined,
        since: AT,
    };
    pinned("participants.v1", &ParticipantsV1 { schema_version: 1, participants: vec![participant] });
    strict("remove-participant.v1", &RemoveParticipantV1 { schema_version: 1, identity: text("p") });
    let request = VoiceTokenRequestV1 {
        schema_version: 1,
        room_id: Some(text(ROOM)),
        join_window_s: Some(60),
        can_publish: Some(false),
        can_subscribe: None,
        can_publish_data: Some(true),
        can_publish_sources: vec![text("microphone")],
    };
    strict("voice-token-request.v1", &request);
    let agent = AgentTokenRequestV1 {
        schema_version: 1,
        room_id: text(ROOM),
        agent_name: text("helper"),
        join_window_s: Some(60),
        dispatch: vec![AgentDispatchV1 { agent_name: text("worker"), metadata: text("{}") }],
    };
    strict("agent-token-request.v1", &agent);
    let token = VoiceTokenV1 {
        schema_version: 1,
        token: text("t"),
        url: text("wss://x"),
        room_id: text(ROOM),
        identity: text("p"),
        expires_at: AT,
    };
    pinned("voice-token.v1", &token);
    let put = PutProjectV1 {
        schema_version: 1,
        api_key: text("APIx"),
        api_secret: Some(text("0123456789abcdefghijABCDEFGHIJ0123")),
        url: text("wss://x"),
        region: Some(text("eu")),
        live_from: Some(AT),
        live_until: Some(AT),
    };
    strict("put-project.v1", &put);
    let project = ProjectV1 {
        schema_version: 1,
        api_key: put.api_key,
        url: put.url,
        region: put.region,
        live_from: AT,
        live_until: Some(AT),
        created_at: AT,
    };
    pinned("projects.v1", &ProjectsV1 { schema_version: 1, projects: vec![project] });
}
