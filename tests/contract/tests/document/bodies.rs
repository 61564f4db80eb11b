//! Golden files against the schemas.

use attune_contract_tests::golden::golden;
use attune_contract_tests::openapi;
use attune_contract_tests::validate::{faults, named};
use serde_json::{Value, json};

/// What comes in: golden file and schema.
pub const REQUESTS: &[(&str, &str)] = &[
    ("snapshot.v1", "Snapshot"),
    ("audio-upload.v1", "AudioUpload"),
    ("run-request.v1", "RunRequest"),
    ("config-update.v1", "ConfigUpdate"),
    ("config-rollback.v1", "ConfigRollback"),
    ("config-freeze.v1", "ConfigFreeze"),
    ("create-tenant.v1", "TenantCreate"),
    ("create-key.v1", "KeyCreate"),
    // the tenant's administration
    ("update-tenant.v1", "UpdateTenant"),
    ("set-plan.v1", "SetPlan"),
    ("change-person.v1", "ChangePerson"),
    ("invite.v1", "Invite"),
    ("accept-invitation.v1", "AcceptInvitation"),
    ("accept-invitation-linked.v1", "AcceptInvitation"),
    ("link-identity.v1", "LinkIdentity"),
    ("put-role.v1", "PutRole"),
    ("make-key.v1", "MakeKey"),
    ("put-issuer.v1", "PutIssuer"),
    ("refresh.v1", "Refresh"),
    ("name-device.v1", "NameDevice"),
    // sign-in
    ("oidc-sign-in.v1", "OidcSignIn"),
    ("oidc-complete.v1", "OidcComplete"),
    ("password-sign-in.v1", "PasswordSignIn"),
    ("set-password.v1", "SetPassword"),
    ("totp-code.v1", "TotpCode"),
    ("second-factor.v1", "SecondFactor"),
];

/// What goes out.
const ANSWERS: &[(&str, &str)] = &[
    ("audio-upload-answer.v1", "AudioUploadAnswer"),
    ("run-answer.v1", "Run"),
    ("run-accepted.v1", "Run"),
    ("change.v1", "Change"),
    ("change-answer.v1", "ChangeAnswer"),
    ("changes-page.v1", "ChangesPage"),
    ("effective-config.v1", "EffectiveConfig"),
    ("tenant.v1", "Tenant"),
    ("key.v1", "Key"),
    ("problem", "Problem"),
    // the tenant's administration
    ("tenant-detail.v1", "TenantDetail"),
    ("people-page.v1", "PeoplePage"),
    ("invitations-page.v1", "InvitationsPage"),
    ("permissions.v1", "Permissions"),
    ("roles.v1", "Roles"),
    ("keys-page.v1", "KeysPage"),
    ("issuers.v1", "Issuers"),
    ("audit-page.v1", "AuditPage"),
    ("tokens.v1", "Tokens"),
    ("devices.v1", "Devices"),
    ("ticket.v1", "Ticket"),
    // sign-in
    ("me.v1", "Me"),
    ("totp.v1", "Totp"),
    ("recovery-codes.v1", "RecoveryCodes"),
    ("identities.v1", "Identities"),
];

const FRAMES: &[(&str, &str)] = &[
    ("frame-subscribe.v1", "AgentFrame"),
    ("frame-ack.v1", "AgentFrame"),
    ("frame-config.v1", "ControlFrame"),
    ("frame-error.v1", "ControlFrame"),
];

#[test]
fn golden_files_are_valid() {
    let document = openapi::document();
    for (file, schema) in REQUESTS.iter().chain(ANSWERS).chain(FRAMES) {
        let value = golden(file);
        assert!(value.is_object(), "{file}");
        assert_eq!(faults(&named(&document, schema, true), &value), None, "{file} against {schema}");
    }
}

#[test]
fn examples_are_valid_where_they_stand() {
    let document = openapi::document();
    let mut seen = 0;
    for (operation, value) in super::operations(&document) {
        let bodies = value["responses"].as_object().unwrap().values().chain(value.get("requestBody"));
        for content in bodies.filter_map(|b| b["content"].as_object()).flat_map(|c| c.values()) {
            let validator = attune_contract_tests::validate::validator(&document, &content["schema"], true);
            for (name, example) in content["examples"].as_object().into_iter().flatten() {
                let example = match example["$ref"].as_str() {
                    Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
                    None => example,
                };
                assert_eq!(faults(&validator, &example["value"]), None, "{operation} {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} examples");
}

/// Every object of a body that comes in refuses a field that it does not know, at every depth.
#[test]
fn a_body_with_one_unknown_field_is_not_valid() {
    let document = openapi::document();
    for (file, schema) in REQUESTS.iter().chain(&FRAMES[..2]) {
        let validator = named(&document, schema, false);
        let good = golden(file);
        for pointer in objects(&good, String::new()) {
            // `Subscription` ignores what it does not know, as the type says; settings may have any name.
            if pointer.starts_with("/stations/") || (*schema == "UpdateTenant" && pointer == "/settings") {
                continue;
            }
            let mut bad = good.clone();
            bad.pointer_mut(&pointer).unwrap()["surplus"] = json!(1);
            assert!(!validator.is_valid(&bad), "{schema} takes {pointer}/surplus");
        }
    }
}

fn objects(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let inner =
                map.iter().flat_map(|(k, v)| objects(v, format!("{at}/{}", attune_contracts::parse::escape(k))));
            let mut all: Vec<String> = inner.collect();
            all.push(at);
            all
        }
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| objects(v, format!("{at}/{i}"))).collect(),
        _ => Vec::new(),
    }
}

/// An answer may gain fields: the schemas of answers are open, and closed only by these tests.
#[test]
fn a_client_that_validates_answers_survives_new_fields() {
    let document = openapi::document();
    for (file, schema) in ANSWERS {
        let mut value = golden(file);
        value["later"] = json!(1);
        assert!(named(&document, schema, false).is_valid(&value), "{schema}");
        assert!(!named(&document, schema, true).is_valid(&value), "{schema} is not closed for tests");
    }
}
