//! One file per endpoint.

pub mod admin;
pub mod auth;
pub mod bench;
pub mod chat;
pub mod config;
pub mod console;
pub mod control;
pub mod devices;
pub mod dynamodb;
pub mod me;
pub mod optimizer;
pub mod outbox;
pub mod people;
pub mod rooms;
pub mod service;
pub mod stations;
// the tenant's administration
pub mod audit;
pub mod invitations;
pub mod issuers;
pub mod keys;
pub mod paging;
pub mod roles;
pub mod rules;
pub mod tenant;
pub mod voice;
pub mod widgets;

use crate::call::{Call, Outcome};
use crate::router::Endpoint;
use crate::shells::chat_room::ChatCommand;

/// Runs the endpoint of a request that has passed the door.
///
/// # Errors
/// The endpoint's problems.
pub async fn run(endpoint: Endpoint, call: &Call<'_>) -> Outcome {
    match endpoint {
        Endpoint::Snapshot => stations::snapshot::handle(call).await,
        Endpoint::Audio => stations::audio::handle(call),
        Endpoint::Stream => stations::stream::handle(call).await,
        Endpoint::RunCreate => optimizer::create::handle(call).await,
        Endpoint::RunRead => optimizer::read::handle(call).await,
        Endpoint::ConfigRead => config::read::handle(call).await,
        Endpoint::ConfigUpdate => config::update::handle(call).await,
        Endpoint::ConfigRollback => config::rollback::handle(call).await,
        Endpoint::ConfigFreeze => config::freeze::handle(call).await,
        Endpoint::ConfigChanges => config::changes::handle(call).await,
        Endpoint::OutboxDepth => outbox::depth::handle(call).await,
        Endpoint::Healthz => Ok(service::healthz::answer().into()),
        Endpoint::Readyz => service::readyz::handle(call).await,
        Endpoint::Openapi => service::openapi::handle(call).await,
        Endpoint::ProblemPage => service::problem::handle(call),
        Endpoint::TenantCreate => admin::create_tenant::handle(call).await,
        Endpoint::KeyList => admin::list_keys::handle(call).await,
        Endpoint::KeyCreate => admin::create_key::handle(call).await,
        Endpoint::KeyRevoke => admin::revoke_key::handle(call).await,
        Endpoint::InviteOwner => people::invite_owner::handle(call).await,
        Endpoint::AcceptInvitation => auth::accept_invitation::handle(call).await,
        Endpoint::Refresh => auth::refresh::handle(call).await,
        Endpoint::Logout => auth::logout::handle(call).await,
        Endpoint::Devices => devices::list::handle(call).await,
        Endpoint::DeviceRename => devices::rename::handle(call).await,
        Endpoint::DeviceRevoke => devices::revoke::handle(call).await,
        Endpoint::StreamTicket => devices::ticket::handle(call).await,
        // the tenant's administration
        Endpoint::TenantRead => tenant::read::handle(call).await,
        Endpoint::TenantUpdate => tenant::update::handle(call).await,
        Endpoint::EndSessions => tenant::end_sessions::handle(call).await,
        Endpoint::PlanSet => tenant::set_plan::handle(call).await,
        Endpoint::People => people::list::handle(call).await,
        Endpoint::PersonRead => people::read::handle(call).await,
        Endpoint::PersonChange => people::change::handle(call).await,
        Endpoint::PersonRemove => people::remove::handle(call).await,
        Endpoint::PersonDevices => people::devices::handle(call).await,
        Endpoint::PersonDevicesEnd => people::end_devices::handle(call).await,
        Endpoint::PersonDeviceRevoke => people::revoke_device::handle(call).await,
        Endpoint::Invitations => invitations::list::handle(call).await,
        Endpoint::InvitationCreate => invitations::create::handle(call).await,
        Endpoint::InvitationRead => invitations::read::handle(call).await,
        Endpoint::InvitationRevoke => invitations::revoke::handle(call).await,
        Endpoint::PermissionList => roles::permissions::handle(call),
        Endpoint::Roles => roles::list::handle(call).await,
        Endpoint::RoleCreate => roles::create::handle(call).await,
        Endpoint::RoleRead => roles::read::handle(call).await,
        Endpoint::RolePut => roles::put::handle(call).await,
        Endpoint::RoleDelete => roles::delete::handle(call).await,
        Endpoint::OwnKeys => keys::list::handle(call).await,
        Endpoint::OwnKeyCreate => keys::create::handle(call).await,
        Endpoint::OwnKeyRevoke => keys::revoke::handle(call).await,
        Endpoint::Issuers => issuers::list::handle(call).await,
        Endpoint::IssuerPut => issuers::put::handle(call).await,
        Endpoint::IssuerDelete => issuers::delete::handle(call).await,
        Endpoint::IssuerAdminPut => issuers::admin_put::handle(call).await,
        Endpoint::Audit => audit::search::handle(call).await,
        Endpoint::AuditExport => audit::export::handle(call).await,
        // sign-in and credentials of one's own
        Endpoint::OidcSignIn => auth::oidc::token::handle(call).await,
        Endpoint::OidcStart => auth::oidc::start::handle(call).await,
        Endpoint::OidcCallback => auth::oidc::callback::handle(call).await,
        Endpoint::OidcComplete => auth::oidc::complete::handle(call).await,
        Endpoint::PasswordSignIn => auth::password::handle(call).await,
        Endpoint::EmailCode => auth::email::code::handle(call).await,
        Endpoint::EmailVerify => auth::email::verify::handle(call).await,
        Endpoint::Me => me::read::handle(call).await,
        Endpoint::PasswordSet => me::set_password::handle(call).await,
        Endpoint::TotpBegin => me::begin_totp::handle(call).await,
        Endpoint::TotpConfirm => me::confirm_totp::handle(call).await,
        Endpoint::TotpRemove => me::remove_totp::handle(call).await,
        Endpoint::MyIdentities => me::identities::handle(call).await,
        Endpoint::IdentityLink => me::link_identity::handle(call).await,
        Endpoint::IdentityUnlink => me::unlink_identity::handle(call).await,
        Endpoint::RecoveryCodes => me::recovery_codes::handle(call).await,
        Endpoint::VoiceToken => voice::token::handle(call).await,
        Endpoint::VoiceRenew => voice::renew::handle(call).await,
        Endpoint::VoiceAgent => voice::agent::handle(call).await,
        Endpoint::VoiceWebhook => voice::webhook::handle(call).await,
        Endpoint::ProjectPut => voice::put_project::handle(call).await,
        Endpoint::ProjectList => voice::list_projects::handle(call).await,
        Endpoint::ProjectDelete => voice::delete_project::handle(call).await,
        Endpoint::RoomCreate => rooms::create::handle(call).await,
        Endpoint::RoomList => rooms::list::handle(call).await,
        Endpoint::RoomRead => rooms::read::handle(call).await,
        Endpoint::RoomEnd => rooms::end::handle(call).await,
        Endpoint::RoomParticipants => rooms::participants::handle(call).await,
        Endpoint::RoomRemove => rooms::remove::handle(call).await,
        // live chat
        Endpoint::ChatOpen => chat::open::handle(call).await,
        Endpoint::ChatList => chat::list::handle(call).await,
        Endpoint::ChatRead => chat::read::handle(call).await,
        Endpoint::ChatTicket => chat::tickets::handle(call).await,
        Endpoint::ChatSocket => chat::socket::handle(call).await,
        Endpoint::ChatEvents => chat::events::handle(call).await,
        Endpoint::ChatSay => chat::say::handle(call).await,
        Endpoint::ChatAttach | Endpoint::ChatAttachment => chat::attachments::handle(call).await,
        Endpoint::ChatTakeOver => chat::desk::handle(call, ChatCommand::TakeOver).await,
        Endpoint::ChatHandBack => chat::desk::handle(call, ChatCommand::HandBack).await,
        Endpoint::ChatEnd => chat::desk::handle(call, ChatCommand::End).await,
        // widgets
        Endpoint::Widgets => widgets::list::handle(call).await,
        Endpoint::WidgetCreate => widgets::create::handle(call).await,
        Endpoint::WidgetReport => widgets::report::handle(call).await,
        Endpoint::WidgetRead => widgets::read::handle(call).await,
        Endpoint::WidgetChange => widgets::change::handle(call).await,
        Endpoint::WidgetDelete => widgets::delete::handle(call).await,
        Endpoint::WidgetReports => widgets::reports::handle(call).await,
        Endpoint::ConsolePreview => console::handle(call, "preview.htm").await,
        Endpoint::ConsoleFile => console::handle(call, call.params[0]).await,
        Endpoint::ControlConfig => control::config::handle(call).await,
        Endpoint::ControlPropose => control::propose::handle(call).await,
        Endpoint::OutboxStats => outbox::stats::handle(call).await,
        Endpoint::OutboxRejected => outbox::rejected::handle(call).await,
        Endpoint::OutboxRetry => outbox::retry::handle(call).await,
        Endpoint::BenchNoop | Endpoint::BenchKey | Endpoint::BenchUser => Ok(bench::noop::answer().into()),
        Endpoint::BenchHop => bench::hop::handle(call).await,
        Endpoint::BenchAccept => bench::accept::handle(call).await,
    }
}
