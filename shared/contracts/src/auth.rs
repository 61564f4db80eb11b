//! Sign-in, devices, tickets: HTTP bodies, and what objects tell each other about them.

use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/auth/refresh`. The proof of the device's key is in the header `DPoP`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The refresh token.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 150)))]
    pub refresh_token: String,
}

/// Body of `POST /v1/auth/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordSignInV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The tenant, `tnt_…`.
    pub tenant_id: String,
    /// E-mail address.
    #[cfg_attr(feature = "schema", schemars(length(min = 3, max = 254)))]
    pub email: String,
    /// The password.
    #[cfg_attr(feature = "schema", schemars(length(max = 128)))]
    pub password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 6, max = 64)))]
    pub code: Option<String>,
    /// The owner's name for the device, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub device_name: Option<String>,
}

/// Body of `POST /v1/auth/oidc`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OidcSignInV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The tenant, `tnt_…`.
    pub tenant_id: String,
    /// An ID token or a bearer JWT of one of the tenant's issuers.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 16_384)))]
    pub token: String,
    /// The owner's name for the device, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub device_name: Option<String>,
}

/// Body of `POST /v1/auth/oidc/complete`. What is completed stands in a cookie of the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OidcCompleteV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The owner's name for the device, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub device_name: Option<String>,
}

/// Answer of `GET /v1/me`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The person.
    pub person: crate::people::PersonV1,
    /// What the person may do, sorted.
    pub permissions: Vec<String>,
    /// The device that asks.
    pub device_id: String,
    /// Is there a password?
    pub has_password: bool,
    /// Is there a confirmed second factor?
    pub has_totp: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
}

/// Body of `POST /v1/auth/email`: asks for a code by e-mail. The answer is the same whoever has the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EmailCodeV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// E-mail address.
    pub email: String,
    /// Language of the mail, BCP 47; where it is not known, English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// Body of `POST /v1/auth/email/verify`, by the device that has asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EmailVerifyV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// E-mail address.
    pub email: String,
    /// The eight digits.
    pub code: String,
    /// The owner's name for the device, 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

/// Tokens of a device (RFC 6749, section 5.1, with `token_type` of RFC 9449).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokensV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Access token.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// Refresh token; each is good once.
    pub refresh_token: String,
    /// The user.
    pub user_id: String,
    /// The device.
    pub device_id: String,
}

// Credentials are not printed.
attune_domain::silent!(
    RefreshV1,
    OidcSignInV1,
    MeV1,
    PasswordSignInV1,
    EmailCodeV1,
    EmailVerifyV1,
    TokensV1,
    SetPasswordV1,
    TotpV1,
    TotpCodeV1,
    SecondFactorV1,
    RecoveryCodesV1,
    TicketV1,
    LinkIdentityV1,
    IdentityV1,
    IdentitiesV1
);

/// A device of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `dev_<ulid>`.
    pub device_id: String,
    /// The owner's name for it.
    pub name: String,
    /// Family of the user agent, such as `Firefox`; never the whole header.
    pub agent: String,
    /// When it was enrolled.
    pub created_at: Millis,
    /// When it last signed in or refreshed, to the hour.
    pub seen_at: Millis,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
}

/// All devices of a user, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DevicesV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The devices.
    pub devices: Vec<DeviceV1>,
}

/// Body of `PATCH /v1/devices/{device}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NameDeviceV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// 1 to 100 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: String,
}

/// Body of `POST /v1/me/identities`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkIdentityV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// A token of one of the tenant's issuers.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 16_384)))]
    pub token: String,
}

/// Who a person is at an issuer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `idn_` and 32 hexadecimal digits.
    pub identity_id: String,
    /// The issuer.
    pub issuer: String,
    /// `sub` there.
    pub subject: String,
    /// When it was linked.
    pub linked_at: Millis,
}

/// The identities by which a person signs in, the first linked first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentitiesV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The identities.
    pub identities: Vec<IdentityV1>,
}

/// Body of `PUT /v1/me/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPasswordV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The password so far, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 128)))]
    pub old: Option<String>,
    /// The new one.
    #[cfg_attr(feature = "schema", schemars(length(min = 8, max = 128)))]
    pub new: String,
}

/// Answer of `POST /v1/me/totp`: shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TotpV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The `otpauth://` address for an authenticator.
    pub otpauth: String,
}

/// Body of `POST /v1/me/totp/remove` and `POST /v1/me/recovery-codes`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Six digits of the authenticator, or a recovery code.
    #[cfg_attr(feature = "schema", schemars(length(min = 6, max = 64)))]
    pub code: String,
}

/// Body of `POST /v1/me/totp/confirm`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TotpCodeV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Six digits.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{6}$")))]
    pub code: String,
}

/// Recovery codes: shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecoveryCodesV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Each is good once.
    pub codes: Vec<String>,
}

/// Answer of `POST /v1/stream-tickets`: for the header `Sec-WebSocket-Protocol` of one upgrade.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TicketV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The ticket.
    pub ticket: String,
    /// When it is worth nothing any more.
    pub expires_at: Millis,
}

/// What one object tells another through its outbox. At least once and in any order: each is harmless twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind")]
pub enum NoticeV1 {
    /// From a `Session` to an object that holds sockets or a seat of the device: close them (4401).
    #[serde(rename = "device.ended.v1")]
    DeviceEnded {
        /// Whose device.
        user_id: String,
        /// The device.
        device_id: String,
        /// When its access ended. What it opened later stays open.
        at: Millis,
        /// Is it revoked for good, or only signed out?
        revoked: bool,
    },
    /// From the `Tenant` object to a `Session`: may the user do anything at all?
    #[serde(rename = "user.standing.v1")]
    UserStanding {
        /// The user.
        user_id: String,
        /// Sequence of the change in the audit trail: an older notice changes nothing.
        seq: u64,
        /// False while suspended and after removal.
        active: bool,
        /// Is all of the user to be erased?
        #[serde(default)]
        erase: bool,
    },
    /// From a `Session` to the `Tenant` object: what was done to a person's credentials, for the audit trail, once per id.
    #[serde(rename = "audit.recorded.v1")]
    Recorded {
        /// ULID of the record.
        record_id: String,
        /// Whose credentials.
        user_id: String,
        /// `usr_…` or `key_…`.
        actor: String,
        /// Such as `device.revoke`.
        action: String,
        /// What it was done to.
        target: String,
        /// When.
        at: Millis,
    },
    /// From a room to the list of rooms: it has ended.
    #[serde(rename = "room.ended.v1")]
    RoomEnded {
        /// The room.
        room_id: String,
        /// When.
        at: Millis,
    },
    /// From a chat room to the list of chat rooms: how it stands.
    #[serde(rename = "chat.room.v1")]
    ChatRoom {
        /// The room.
        room_id: String,
        /// Number of its last event: an older notice changes nothing.
        seq: u64,
        /// Does the visitor wait for a person?
        waits: bool,
        /// When it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended_at: Option<Millis>,
        /// It is past the tenant's time and has forgotten itself.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        forgotten: bool,
    },
}
