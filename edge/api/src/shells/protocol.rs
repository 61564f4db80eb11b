//! What the Worker says to its objects. Both ends are this one build at one version, apart from the minutes of a gradual roll-out,
//! so unknown fields are ignored and new ones have defaults.

use attune_contracts::people::{PutRoleV1, UpdateTenantV1};
use attune_contracts::run::RunRequestV1;
use attune_domain::{CallId, RunId, Station, TenantId};
use attune_identity::api_key::ApiKeyRecord;
use attune_objects::session::{Proof, Refresh, SignIn};
use attune_objects::tenant::{
    Acceptance, AuditQuery, CodeRequest, CodeTry, Identity, InvitationQuery, NewInvitation, NewIssuer, NewProject,
    NewWidget, PeopleQuery, PersonChange, Vouched, WidgetChange,
};
use serde::{Deserialize, Serialize};

/// A command with the trace that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command<B> {
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What is to be done.
    pub body: B,
}

/// A change that a key asks for, with what makes it idempotent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyed<B> {
    /// The API key's id.
    pub key_id: String,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
    /// The request's body.
    pub request: B,
}

/// Asks for the effective configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadStation {
    /// Station.
    pub station: Station,
    /// Call.
    pub call_id: Option<CallId>,
}

/// Asks for a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartRun {
    /// `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
    /// Seconds to wait for the answer.
    pub wait_s: u32,
    /// The request's body.
    pub request: RunRequestV1,
}

/// Lists a tenant's room with the global one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegisterRoom {
    /// Whose room it is.
    pub tenant: TenantId,
}

/// Names a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadRun {
    /// The run.
    pub run_id: RunId,
}

/// Names an API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyRef {
    /// Its public part.
    pub key_id: String,
}

/// An API key and what limits its tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyFound {
    /// The record.
    pub record: ApiKeyRecord,
    /// The tenant's plan.
    #[serde(default)]
    pub plan: String,
}

/// Names a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserRef {
    /// `usr_…`.
    pub user_id: String,
}

/// What makes a command idempotent where its route needs `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnceKey {
    /// The route.
    pub route: String,
    /// `Idempotency-Key` of the request.
    pub key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
}

/// A command with who gives it, for the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acted<C> {
    /// `usr_…`, `key_…` or `operator`.
    pub actor: String,
    /// What makes it idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<OnceKey>,
    /// What is to be done.
    pub command: C,
}

/// All that a `Tenant` object is told to do or asked for, path `/do`. Methods of `attune_objects::tenant::Tenant` of the same
/// names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantCommand {
    /// Makes the tenant of a name.
    Create(String),
    /// Plan, region, settings.
    Details,
    /// Changes them.
    Update(UpdateTenantV1),
    /// Plan and region.
    SetPlan(String, Option<String>),
    /// Ends all access tokens of the tenant.
    RaiseEpoch,
    /// A person by id.
    Person(String),
    /// A person by address.
    PersonOfEmail(String),
    /// Links a person with an identity.
    LinkIdentity(String, Identity),
    /// The identities of a person.
    Identities(String),
    /// Takes one away.
    UnlinkIdentity(String, String),
    /// A page of people.
    People(PeopleQuery),
    /// May the actor change this person?
    MayChangePerson(String),
    /// Changes a person.
    ChangePerson(String, PersonChange),
    /// Removes a person.
    RemovePerson(String),
    /// Invites.
    Invite(NewInvitation),
    /// Accepts an invitation.
    AcceptInvitation(Acceptance),
    /// An invitation by id.
    Invitation(String),
    /// A page of invitations.
    Invitations(InvitationQuery),
    /// Takes an invitation back.
    RevokeInvitation(String),
    /// Writes a custom role.
    PutRole(String, PutRoleV1),
    /// A custom role.
    Role(String),
    /// All custom roles.
    Roles,
    /// Deletes a custom role.
    DeleteRole(String),
    /// Keeps a key that was made at the door; the object never sees its secret.
    AddKey(ApiKeyRecord),
    /// All keys, as the operator sees them.
    AllKeys,
    /// A page of keys.
    Keys(Option<String>, u32),
    /// Revokes a key.
    EndKey(String),
    /// Writes an issuer.
    PutIssuer(NewIssuer),
    /// An issuer as sign-in needs it.
    Issuer(String),
    /// All issuers.
    Issuers,
    /// Deletes an issuer.
    DeleteIssuer(String),
    /// Writes a LiveKit project.
    PutProject(NewProject),
    /// All projects.
    Projects,
    /// Projects that are in use now, with their sealed secrets.
    LiveProjects,
    /// Deletes a project.
    DeleteProject(String),
    /// A page of the audit trail.
    Audit(AuditQuery),
    /// Rows of the trail after a number, in order.
    ExportAudit(u64, u32),
    /// The trail's last row.
    AuditHead,
    // sign-in
    /// The person behind an identity, who may accept an invitation by it.
    PersonVouchedFor(Vouched),
    /// Has a code sent by e-mail.
    AskEmailCode(CodeRequest),
    /// The visitor behind a code.
    TryEmailCode(CodeTry),
    // widgets
    /// Makes a widget with its key.
    CreateWidget(NewWidget),
    /// A widget.
    Widget(String),
    /// All widgets.
    Widgets,
    /// Changes a widget.
    ChangeWidget(WidgetChange),
    /// Takes a widget away, of this version only where one is given, and its key.
    DeleteWidget(String, Option<u64>),
    /// The widget of a key, for a visitor of a language.
    WidgetView(String, Option<String>),
    /// The FAQ of the widget of a key.
    Faq(String),
    /// Keeps a report of the widget of a key, JSON.
    AddReport(String, String),
    /// The reports of a widget.
    Reports(String),
}

/// Lists an object for the sweeper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// Its name.
    pub name: String,
}

/// Asks for a part of a list, or for what to do with one entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Part {
    /// Only this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// At most so many.
    #[serde(default)]
    pub limit: u32,
}

/// All that a `Session` object is told to do or asked for, path `/do`, apart from `/check`. Methods of
/// `attune_objects::session::Session` of the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionCommand {
    /// Signs a device in.
    SignIn(SignIn),
    /// Rotates a refresh token.
    Rotate(Refresh),
    /// Ends a family.
    Logout(String),
    /// All devices.
    Devices,
    /// Names a device.
    NameDevice(String, String),
    /// Revokes a device; who does it.
    Revoke(String, String),
    /// Revokes all devices; who does it.
    RevokeAll(String),
    /// Keeps a ticket: text, device, purpose.
    MakeTicket(String, String, String),
    /// Redeems a ticket.
    RedeemTicket(String),
    /// An object holds a socket or seat of a device.
    SocketOpened(String, String),
    /// It holds none any more, since.
    SocketClosed(String, String, i64),
    // credentials
    /// Signs a device in by what is good once.
    SignInOnce(SignIn, Proof),
    /// Signs a device in by a password, and a second factor where there is one.
    PasswordSignIn(PasswordTry),
    /// Sets the password.
    SetPassword(NewPassword),
    /// Which credentials there are.
    Credentials,
    /// Begins a second factor: its sealed secret.
    BeginTotp(String),
    /// Confirms it by its first code, with hashes of its recovery codes, `<pepper id>:<hash>`.
    ConfirmTotp(Typed, Vec<String>),
    /// Takes it away, by a code of it.
    RemoveTotp(Typed),
    /// Replaces all recovery codes by these hashes, by a code of the second factor.
    SetRecoveryCodes(Typed, Vec<String>),
}

/// What somebody typed as a secret; it is not printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(pub String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

/// A sign-in by password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PasswordTry {
    /// The password.
    pub password: Typed,
    /// Six digits of the authenticator, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Typed>,
    /// What happens when they are right.
    pub sign_in: SignIn,
}

/// A new password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPassword {
    /// The one so far, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Typed>,
    /// The new one.
    pub new: Typed,
    /// The device that stays signed in.
    pub device_id: String,
}

/// Which credentials a user has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// A password.
    pub has_password: bool,
    /// A confirmed second factor.
    pub has_totp: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
}
