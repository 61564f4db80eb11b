//! From method and path to an endpoint and its rules. No runtime types: tested on the host.

use attune_identity::api_key::Scope;
use attune_identity::limits::RouteClass;

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Anyone.
    Open,
    /// An API key with this permission, or a signed-in user who has it.
    May(Scope),
    /// The same, or the operator's key: then the global layer is meant.
    MayOrOperator(Scope),
    /// An API key or a signed-in user of the tenant, whatever they may do.
    Member,
    /// As `May`, or a one-time ticket in `Sec-WebSocket-Protocol`, where a browser can send no proof.
    Socket(Scope),
    /// A signed-in user.
    User,
    /// A device that proves its key (RFC 9449), without a token.
    Proof,
    /// An API key with this permission, such as a page shows; the route asks for the proof of a device beside it.
    Page(Scope),
    /// The operator's key.
    Operator,
    /// A function of ours: RFC 9421 signature.
    Function,
}

/// What an endpoint does with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON, at most 1 MiB.
    Json,
    /// Bytes as they are, at most 1 MiB: what somebody else has signed.
    Raw,
    /// A picture, at most 5 MiB.
    Picture,
}

macro_rules! endpoints {
    ($($name:ident = $method:literal $template:literal, $auth:expr, $body:ident;)*) => {
        /// All endpoints. Hot ones come first: the table is searched in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Endpoint {
            $(#[doc = concat!("`", $method, " ", $template, "`")] $name,)*
        }

        impl Endpoint {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The method.
            pub const fn method(self) -> &'static str {
                match self { $(Self::$name => $method),* }
            }

            /// The path, parameters in braces, as the OpenAPI document writes it.
            pub const fn template(self) -> &'static str {
                match self { $(Self::$name => $template),* }
            }

            /// Who may call it.
            pub const fn auth(self) -> Auth {
                match self { $(Self::$name => $auth),* }
            }

            /// What it does with a body.
            pub const fn body(self) -> Body {
                match self { $(Self::$name => Body::$body),* }
            }
        }
    };
}

endpoints! {
    Snapshot = "POST" "/v1/stations/snapshot", Auth::May(Scope::SnapshotsWrite), Json;
    ConfigChanges = "GET" "/v1/config/changes", Auth::May(Scope::ConfigRead), None;
    ConfigRead = "GET" "/v1/config/{station}", Auth::May(Scope::ConfigRead), None;
    Audio = "POST" "/v1/stations/audio", Auth::May(Scope::AudioWrite), Json;
    Stream = "GET" "/v1/stations/stream", Auth::Socket(Scope::StreamConnect), None;
    RunCreate = "POST" "/v1/optimizer/run", Auth::May(Scope::RunsWrite), Json;
    RunRead = "GET" "/v1/optimizer/runs/{id}", Auth::May(Scope::RunsRead), None;
    ConfigUpdate = "POST" "/v1/config/update", Auth::MayOrOperator(Scope::ConfigWrite), Json;
    ConfigRollback = "POST" "/v1/config/rollback", Auth::MayOrOperator(Scope::ConfigWrite), Json;
    ConfigFreeze = "POST" "/v1/config/freeze", Auth::MayOrOperator(Scope::ConfigWrite), Json;
    OutboxDepth = "GET" "/v1/outbox/depth", Auth::Member, None;
    Healthz = "GET" "/healthz", Auth::Open, None;
    Readyz = "GET" "/readyz", Auth::Open, None;
    Openapi = "GET" "/openapi.json", Auth::Open, None;
    ProblemPage = "GET" "/problems/{code}", Auth::Open, None;
    TenantCreate = "POST" "/v1/admin/tenants", Auth::Operator, Json;
    KeyList = "GET" "/v1/admin/tenants/{tenant}/keys", Auth::Operator, None;
    KeyCreate = "POST" "/v1/admin/tenants/{tenant}/keys", Auth::Operator, Json;
    KeyRevoke = "DELETE" "/v1/admin/tenants/{tenant}/keys/{key_id}", Auth::Operator, None;
    InviteOwner = "POST" "/v1/admin/tenants/{tenant}/invitations", Auth::Operator, Json;
    AcceptInvitation = "POST" "/v1/invitations/accept", Auth::Proof, Json;
    Refresh = "POST" "/v1/auth/refresh", Auth::Proof, Json;
    Logout = "POST" "/v1/auth/logout", Auth::Proof, Json;
    Devices = "GET" "/v1/devices", Auth::User, None;
    DeviceRename = "PATCH" "/v1/devices/{device}", Auth::User, Json;
    DeviceRevoke = "DELETE" "/v1/devices/{device}", Auth::User, None;
    StreamTicket = "POST" "/v1/stream-tickets", Auth::User, None;
    // the tenant's administration
    TenantRead = "GET" "/v1/tenant", Auth::May(Scope::TenantRead), None;
    TenantUpdate = "PATCH" "/v1/tenant", Auth::May(Scope::TenantWrite), Json;
    EndSessions = "POST" "/v1/tenant/end-sessions", Auth::May(Scope::TenantWrite), None;
    PlanSet = "PUT" "/v1/admin/tenants/{tenant}/plan", Auth::Operator, Json;
    People = "GET" "/v1/people", Auth::May(Scope::UsersRead), None;
    PersonRead = "GET" "/v1/people/{user}", Auth::May(Scope::UsersRead), None;
    PersonChange = "PATCH" "/v1/people/{user}", Auth::May(Scope::UsersWrite), Json;
    PersonRemove = "DELETE" "/v1/people/{user}", Auth::May(Scope::UsersWrite), None;
    PersonDevices = "GET" "/v1/people/{user}/devices", Auth::May(Scope::DevicesRead), None;
    PersonDevicesEnd = "DELETE" "/v1/people/{user}/devices", Auth::May(Scope::DevicesWrite), None;
    PersonDeviceRevoke = "DELETE" "/v1/people/{user}/devices/{device}", Auth::May(Scope::DevicesWrite), None;
    Invitations = "GET" "/v1/invitations", Auth::May(Scope::InvitationsRead), None;
    InvitationCreate = "POST" "/v1/invitations", Auth::May(Scope::InvitationsWrite), Json;
    InvitationRead = "GET" "/v1/invitations/{invitation}", Auth::May(Scope::InvitationsRead), None;
    InvitationRevoke = "DELETE" "/v1/invitations/{invitation}", Auth::May(Scope::InvitationsWrite), None;
    PermissionList = "GET" "/v1/permissions", Auth::Member, None;
    Roles = "GET" "/v1/roles", Auth::May(Scope::RolesRead), None;
    RoleCreate = "POST" "/v1/roles", Auth::May(Scope::RolesWrite), Json;
    RoleRead = "GET" "/v1/roles/{role}", Auth::May(Scope::RolesRead), None;
    RolePut = "PUT" "/v1/roles/{role}", Auth::May(Scope::RolesWrite), Json;
    RoleDelete = "DELETE" "/v1/roles/{role}", Auth::May(Scope::RolesWrite), None;
    OwnKeys = "GET" "/v1/keys", Auth::May(Scope::KeysRead), None;
    OwnKeyCreate = "POST" "/v1/keys", Auth::May(Scope::KeysWrite), Json;
    OwnKeyRevoke = "DELETE" "/v1/keys/{key_id}", Auth::May(Scope::KeysWrite), None;
    Issuers = "GET" "/v1/issuers", Auth::May(Scope::IssuersRead), None;
    IssuerPut = "PUT" "/v1/issuers", Auth::May(Scope::IssuersWrite), Json;
    IssuerDelete = "DELETE" "/v1/issuers", Auth::May(Scope::IssuersWrite), None;
    IssuerAdminPut = "PUT" "/v1/admin/tenants/{tenant}/issuers", Auth::Operator, Json;
    Audit = "GET" "/v1/audit", Auth::May(Scope::AuditRead), None;
    AuditExport = "GET" "/v1/audit/export", Auth::May(Scope::AuditExport), None;
    // sign-in and credentials of one's own
    OidcSignIn = "POST" "/v1/auth/oidc", Auth::Proof, Json;
    OidcStart = "GET" "/v1/auth/oidc/start", Auth::Open, None;
    OidcCallback = "GET" "/v1/auth/oidc/callback", Auth::Open, None;
    OidcComplete = "POST" "/v1/auth/oidc/complete", Auth::Proof, Json;
    PasswordSignIn = "POST" "/v1/auth/password", Auth::Proof, Json;
    EmailCode = "POST" "/v1/auth/email", Auth::Page(Scope::ChatConnect), Json;
    EmailVerify = "POST" "/v1/auth/email/verify", Auth::Page(Scope::ChatConnect), Json;
    Me = "GET" "/v1/me", Auth::User, None;
    PasswordSet = "PUT" "/v1/me/password", Auth::User, Json;
    TotpBegin = "POST" "/v1/me/totp", Auth::User, None;
    TotpConfirm = "POST" "/v1/me/totp/confirm", Auth::User, Json;
    TotpRemove = "POST" "/v1/me/totp/remove", Auth::User, Json;
    MyIdentities = "GET" "/v1/me/identities", Auth::User, None;
    IdentityLink = "POST" "/v1/me/identities", Auth::User, Json;
    IdentityUnlink = "DELETE" "/v1/me/identities/{identity}", Auth::User, None;
    RecoveryCodes = "POST" "/v1/me/recovery-codes", Auth::User, Json;
    VoiceToken = "POST" "/v1/voice/token", Auth::May(Scope::VoiceJoin), Json;
    VoiceRenew = "POST" "/v1/voice/token/renew", Auth::May(Scope::VoiceJoin), Json;
    VoiceAgent = "POST" "/v1/voice/token/agent", Auth::May(Scope::VoiceAgent), Json;
    VoiceWebhook = "POST" "/v1/voice/webhooks/{tenant}", Auth::Open, Raw;
    ProjectPut = "PUT" "/v1/voice/projects", Auth::May(Scope::ProjectsWrite), Json;
    ProjectList = "GET" "/v1/voice/projects", Auth::May(Scope::ProjectsRead), None;
    ProjectDelete = "DELETE" "/v1/voice/projects", Auth::May(Scope::ProjectsWrite), None;
    RoomCreate = "POST" "/v1/rooms", Auth::May(Scope::RoomsWrite), Json;
    RoomList = "GET" "/v1/rooms", Auth::May(Scope::RoomsRead), None;
    RoomRead = "GET" "/v1/rooms/{room}", Auth::May(Scope::RoomsRead), None;
    RoomEnd = "DELETE" "/v1/rooms/{room}", Auth::May(Scope::RoomsWrite), None;
    RoomParticipants = "GET" "/v1/rooms/{room}/participants", Auth::May(Scope::RoomsRead), None;
    RoomRemove = "POST" "/v1/rooms/{room}/remove", Auth::May(Scope::RoomsModerate), Json;
    // live chat
    ChatOpen = "POST" "/v1/chat/rooms", Auth::May(Scope::ChatConnect), Json;
    ChatList = "GET" "/v1/chat/rooms", Auth::May(Scope::ChatRead), None;
    ChatRead = "GET" "/v1/chat/rooms/{room}", Auth::May(Scope::ChatRead), None;
    ChatTicket = "POST" "/v1/chat/rooms/{room}/tickets", Auth::May(Scope::ChatConnect), None;
    ChatSocket = "GET" "/v1/chat/rooms/{room}/socket", Auth::Open, None;
    ChatEvents = "GET" "/v1/chat/rooms/{room}/events", Auth::May(Scope::ChatConnect), None;
    ChatSay = "POST" "/v1/chat/rooms/{room}/frames", Auth::May(Scope::ChatConnect), Json;
    ChatAttach = "POST" "/v1/chat/rooms/{room}/attachments", Auth::May(Scope::ChatConnect), Picture;
    ChatAttachment = "GET" "/v1/chat/rooms/{room}/attachments/{attachment}", Auth::May(Scope::ChatConnect), None;
    ChatTakeOver = "POST" "/v1/chat/rooms/{room}/takeover", Auth::May(Scope::ChatWrite), None;
    ChatHandBack = "POST" "/v1/chat/rooms/{room}/handback", Auth::May(Scope::ChatWrite), None;
    ChatEnd = "POST" "/v1/chat/rooms/{room}/end", Auth::May(Scope::ChatWrite), None;
    // widgets
    Widgets = "GET" "/v1/widgets", Auth::May(Scope::WidgetsRead), None;
    WidgetCreate = "POST" "/v1/widgets", Auth::May(Scope::WidgetsWrite), Json;
    WidgetReport = "POST" "/v1/widgets/reports", Auth::May(Scope::ChatConnect), Json;
    WidgetRead = "GET" "/v1/widgets/{widget}", Auth::May(Scope::WidgetsRead), None;
    WidgetChange = "PATCH" "/v1/widgets/{widget}", Auth::May(Scope::WidgetsWrite), Json;
    WidgetDelete = "DELETE" "/v1/widgets/{widget}", Auth::May(Scope::WidgetsWrite), None;
    WidgetReports = "GET" "/v1/widgets/{widget}/reports", Auth::May(Scope::WidgetsRead), None;
    ConsolePreview = "GET" "/console/preview/{widget}", Auth::Open, None;
    ConsoleFile = "GET" "/console/{file}", Auth::Open, None;
    ControlConfig = "POST" "/internal/v1/control/config", Auth::Function, Json;
    ControlPropose = "POST" "/internal/v1/control/propose", Auth::Function, Json;
    OutboxStats = "GET" "/internal/v1/outbox/stats", Auth::Operator, None;
    OutboxRejected = "GET" "/internal/v1/outbox/rejected", Auth::Operator, None;
    OutboxRetry = "POST" "/internal/v1/outbox/retry", Auth::Operator, Json;
    BenchNoop = "GET" "/v1/bench/noop", Auth::Open, None;
    BenchHop = "GET" "/v1/bench/hop", Auth::Open, None;
    BenchKey = "GET" "/v1/bench/key", Auth::Member, None;
    BenchUser = "GET" "/v1/bench/user", Auth::User, None;
    BenchAccept = "POST" "/v1/bench/accept", Auth::May(Scope::SnapshotsWrite), Json;
}

impl Endpoint {
    /// Is it there only when the configuration says `"bench": true`?
    pub const fn is_bench(self) -> bool {
        matches!(self, Self::BenchNoop | Self::BenchHop | Self::BenchKey | Self::BenchUser | Self::BenchAccept)
    }
}

impl Endpoint {
    /// The class by which it is limited; `None`: not at all, which is for probes, and for functions of ours.
    pub const fn class(self) -> Option<RouteClass> {
        match self {
            Self::Healthz | Self::Readyz | Self::BenchNoop | Self::BenchHop => return None,
            // webhooks of all rooms come from a few addresses
            Self::Snapshot | Self::Audio | Self::VoiceWebhook | Self::BenchAccept => return Some(RouteClass::Ingest),
            Self::Stream | Self::ChatSocket | Self::ChatEvents => return Some(RouteClass::Stream),
            Self::AcceptInvitation => return Some(RouteClass::SignIn),
            Self::Refresh | Self::Logout | Self::StreamTicket | Self::ChatOpen | Self::ChatTicket => {
                return Some(RouteClass::Token);
            }
            _ => {}
        }
        if matches!(self.auth(), Auth::Function) {
            return None;
        }
        let path = self.template().as_bytes();
        if begins(path, b"/v1/auth/") {
            return Some(RouteClass::SignIn);
        }
        if begins(path, b"/v1/voice/") || begins(path, b"/v1/rooms") {
            return Some(RouteClass::Voice);
        }
        Some(if matches!(self.method().as_bytes(), b"GET") { RouteClass::Read } else { RouteClass::Write })
    }
}

const fn begins(text: &[u8], with: &[u8]) -> bool {
    match text.split_at_checked(with.len()) {
        Some((head, _)) => {
            let mut at = 0;
            while at < with.len() {
                if head[at] != with[at] {
                    return false;
                }
                at += 1;
            }
            true
        }
        None => false,
    }
}

/// An endpoint with the parameters of its path, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What stands in place of the braces; `""` where the template has fewer.
    pub params: [&'a str; 2],
}

/// Why nothing matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// No endpoint has this path.
    NotFound,
    /// Endpoints have the path, but not the method; these they have.
    Method(String),
}

/// The path without the `/api` before `/v1` (the same routes answer under both).
pub fn rewrite(path: &str) -> &str {
    match path.strip_prefix("/api") {
        Some(rest) if rest.starts_with("/v1/") => rest,
        _ => path,
    }
}

/// Finds the endpoint of a rewritten path. `HEAD` is served as `GET`; the runtime drops the body.
///
/// # Errors
/// [`Miss`].
pub fn resolve<'a>(method: &str, path: &'a str, bench: bool) -> Result<Match<'a>, Miss> {
    let wanted = if method == "HEAD" { "GET" } else { method };
    let mut allowed: Vec<&'static str> = Vec::new();
    for endpoint in Endpoint::ALL.iter().copied().filter(|e| bench || !e.is_bench()) {
        // `/v1/config/update` is not a station: a literal template wins over a parameter.
        let Some(params) = params_of(endpoint.template(), path) else { continue };
        if endpoint.template().contains('{') && is_literal(path) {
            continue;
        }
        if endpoint.method() == wanted {
            return Ok(Match { endpoint, params });
        }
        allowed.push(endpoint.method());
    }
    if allowed.is_empty() {
        return Err(Miss::NotFound);
    }
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    Err(Miss::Method(allowed.join(", ")))
}

fn is_literal(path: &str) -> bool {
    Endpoint::ALL.iter().any(|e| e.template() == path)
}

fn params_of<'a>(template: &str, path: &'a str) -> Option<[&'a str; 2]> {
    let mut params = [""; 2];
    let mut next = 0;
    let (mut want, mut have) = (template.split('/'), path.split('/'));
    loop {
        match (want.next(), have.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(value)) if part.starts_with('{') => {
                if value.is_empty() {
                    return None;
                }
                *params.get_mut(next)? = value;
                next += 1;
            }
            (Some(part), Some(value)) if part == value => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<Endpoint, Miss> {
        resolve(method, rewrite(path), false).map(|m| m.endpoint)
    }

    #[test]
    fn every_endpoint_is_found_by_its_own_template() {
        for endpoint in Endpoint::ALL.iter().copied() {
            let path = endpoint.template().replace("{station}", "3").replace(['{', '}'], "");
            let got = resolve(endpoint.method(), &path, true).map(|m| m.endpoint);
            assert_eq!(got, Ok(endpoint), "{} {path}", endpoint.method());
        }
    }

    #[test]
    fn parameters_come_in_order() {
        let found = resolve("DELETE", "/v1/admin/tenants/t1/keys/k1", false).unwrap();
        assert_eq!((found.endpoint, found.params), (Endpoint::KeyRevoke, ["t1", "k1"]));
        assert_eq!(resolve("GET", "/v1/config/11", false).unwrap().params[0], "11");
    }

    #[test]
    fn the_api_prefix_is_rewritten_before_v1_only() {
        assert_eq!(found("POST", "/api/v1/stations/snapshot"), Ok(Endpoint::Snapshot));
        for path in ["/api/healthz", "/api/internal/v1/control/propose", "/api/api/v1/stations/snapshot", "/apiv1/x"] {
            assert_eq!(found("GET", path), Err(Miss::NotFound), "{path}");
        }
    }

    #[test]
    fn a_known_path_with_another_method_names_the_right_ones() {
        assert_eq!(found("PUT", "/v1/stations/snapshot"), Err(Miss::Method("POST, OPTIONS".to_owned())));
        assert_eq!(found("PUT", "/v1/admin/tenants/t/keys"), Err(Miss::Method("GET, POST, HEAD, OPTIONS".to_owned())));
        assert_eq!(found("GET", "/v1/config/update"), Err(Miss::Method("POST, OPTIONS".to_owned())));
        assert_eq!(found("HEAD", "/healthz"), Ok(Endpoint::Healthz));
    }

    #[test]
    fn every_endpoint_but_probes_and_functions_has_a_class() {
        assert_eq!(Endpoint::Refresh.class(), Some(RouteClass::Token));
        assert_eq!(Endpoint::Devices.class(), Some(RouteClass::Read));
        assert_eq!(Endpoint::DeviceRevoke.class(), Some(RouteClass::Write));
        for endpoint in Endpoint::ALL.iter().copied() {
            let free =
                matches!(endpoint, Endpoint::Healthz | Endpoint::Readyz | Endpoint::BenchNoop | Endpoint::BenchHop);
            assert_eq!(endpoint.class().is_none(), free || endpoint.auth() == Auth::Function, "{endpoint:?}");
            let template = endpoint.template();
            let voice = ["/v1/rooms", "/v1/voice/"].iter().any(|begin| template.starts_with(begin));
            if voice && endpoint != Endpoint::VoiceWebhook {
                assert_eq!(endpoint.class(), Some(RouteClass::Voice), "{endpoint:?}");
            }
        }
    }

    #[test]
    fn strange_paths_are_not_found() {
        for path in ["", "/", "//", "/v1", "/v1/", "/v1/stations/snapshot/", "//v1/stations/snapshot", "/v1/config/"] {
            assert_eq!(found("GET", path), Err(Miss::NotFound), "{path}");
        }
    }

    #[test]
    fn routes_for_measuring_are_there_only_when_asked_for() {
        assert_eq!(resolve("GET", "/v1/bench/noop", false), Err(Miss::NotFound));
        assert!(resolve("GET", "/v1/bench/noop", true).is_ok());
    }
}
