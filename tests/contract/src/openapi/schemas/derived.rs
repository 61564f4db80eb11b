//! Schemas that the types themselves give: `schemars` reads the same attributes as `serde`. A type `NameV1` is `Name` in the
//! document. To add one: a line in [`schemas`], under what comes in or under what goes out.

use attune_contracts::auth::{
    DevicesV1, EmailCodeV1, EmailVerifyV1, IdentitiesV1, LinkIdentityV1, MeV1, NameDeviceV1, OidcCompleteV1,
    OidcSignInV1, PasswordSignInV1, RecoveryCodesV1, RefreshV1, SecondFactorV1, SetPasswordV1, TicketV1, TokensV1,
    TotpCodeV1, TotpV1,
};
use attune_contracts::chat::{ChatAttachmentV1, ChatRoomV1, ChatRoomsPageV1, ChatTicketV1, FaqV1, OpenChatV1};
use attune_contracts::people::{
    AcceptInvitationV1, AuditPageV1, AuditRowV1, ChangePersonV1, InvitationV1, InvitationsPageV1, InviteV1, IssuerV1,
    IssuersV1, KeyDetailV1, KeysPageV1, MakeKeyV1, PeoplePageV1, PermissionsV1, PersonV1, PutIssuerV1, PutRoleV1,
    RoleV1, RolesV1, SetPlanV1, TenantDetailV1, UpdateTenantV1,
};
use attune_contracts::widget::{WidgetChangeV1, WidgetReportV1, WidgetReportsV1, WidgetV1, WidgetsV1};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

macro_rules! add {
    ($generator:ident: $($type:ty),* $(,)?) => { $($generator.subschema_for::<$type>();)* };
}

/// The schemas by their names.
pub fn schemas() -> Vec<(String, Value)> {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let mut comes_in = settings.clone().for_deserialize().into_generator();
    add!(comes_in:
        UpdateTenantV1, SetPlanV1, ChangePersonV1, InviteV1, AcceptInvitationV1, PutRoleV1, MakeKeyV1, PutIssuerV1, RefreshV1,
        NameDeviceV1,
        // sign-in
        OidcSignInV1, OidcCompleteV1, PasswordSignInV1, SetPasswordV1, TotpCodeV1,
        // live chat
        OpenChatV1, FaqV1,
        // widgets
        WidgetChangeV1, WidgetReportV1,
        OidcSignInV1, OidcCompleteV1, PasswordSignInV1, SetPasswordV1, TotpCodeV1, LinkIdentityV1, SecondFactorV1,
        EmailCodeV1, EmailVerifyV1,
    );
    let mut goes_out = settings.for_serialize().into_generator();
    add!(goes_out:
        TenantDetailV1, PersonV1, PeoplePageV1, InvitationV1, InvitationsPageV1, PermissionsV1, RoleV1, RolesV1, KeyDetailV1,
        KeysPageV1, IssuerV1, IssuersV1, AuditRowV1, AuditPageV1, TokensV1, DevicesV1, TicketV1,
        // sign-in
        MeV1, TotpV1, RecoveryCodesV1,
        // live chat
        ChatTicketV1, ChatRoomV1, ChatRoomsPageV1, ChatAttachmentV1,
        // widgets
        WidgetV1, WidgetsV1, WidgetReportsV1,
        MeV1, TotpV1, RecoveryCodesV1, IdentitiesV1,
    );
    let mut all = definitions(&mut comes_in, false);
    all.extend(definitions(&mut goes_out, true));
    all
}

fn definitions(generator: &mut SchemaGenerator, answer: bool) -> Vec<(String, Value)> {
    let all = generator.take_definitions(true);
    all.into_iter()
        .map(|(name, mut schema)| {
            tidy(&mut schema, answer);
            (plain(&name), schema)
        })
        .collect()
}

/// The name without its version.
fn plain(name: &str) -> String {
    name.strip_suffix("V1").unwrap_or(name).to_owned()
}

/// Names without versions, integers that every reader holds exactly, and no null where an answer leaves the field out.
fn tidy(schema: &mut Value, answer: bool) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref") {
                *reference = plain(reference);
            }
            if map.get("format").and_then(Value::as_str).is_some_and(|f| f.starts_with("uint") || f.starts_with("int"))
            {
                map.remove("format");
                map.entry("maximum").or_insert_with(|| json!((1_u64 << 53) - 1));
            }
            let required = map.get("required").cloned().unwrap_or_default();
            let required: Vec<&str> = required.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (name, property) in map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
                if name == "schema_version" {
                    *property = json!({"$ref": "#/components/schemas/SchemaVersion"});
                }
                if answer && !required.contains(&name.as_str()) {
                    never_null(property);
                }
            }
            map.values_mut().for_each(|inner| tidy(inner, answer));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| tidy(inner, answer)),
        _ => {}
    }
}

fn never_null(property: &mut Value) {
    let Some(map) = property.as_object_mut() else { return };
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({"type": "null"}));
        if let [Value::Object(one)] = choices.as_slice() {
            let one: Map<String, Value> = one.clone();
            map.remove("anyOf");
            map.extend(one);
        }
    }
}
