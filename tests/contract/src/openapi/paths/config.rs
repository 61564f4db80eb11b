//! `/v1/config/…`

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{
    Frozen, HeadersTooLarge, InvalidParameter, NotFound, Overloaded, UnsafeParameters, VersionConflict,
};
use attune_identity::api_key::Scope;
use serde_json::json;

pub fn operations() -> Operations {
    let write = |id: &str, summary: &str| {
        Operation::new(id, "config", summary, Auth::MayOrOperator(Scope::ConfigWrite)).idempotent()
    };
    let update = write("updateConfig", "Change parameters by hand")
        .says("Compare and set: `base_version` has to be the effective version. The change passes the same gate as the optimizer's: bounds, step, interval, cross rules. A tenant's key changes the layers of its tenant and calls, the operator's key the global one; the other way round is `forbidden`.")
        .takes("ConfigUpdate", &["config-update.v1"])
        .answers(200, "The change is in force.", "ChangeAnswer", &["change-answer.v1"])
        .may_fail(&[VersionConflict, Frozen, UnsafeParameters, Overloaded]);
    let rollback = write("rollbackConfig", "Return a layer to an earlier version")
        .says("Answers at once, also while frozen and while the background is away.")
        .takes("ConfigRollback", &["config-rollback.v1"])
        .answers(200, "The layer is back.", "ChangeAnswer", &["change-answer.v1"])
        .may_fail(&[NotFound, UnsafeParameters, Overloaded]);
    let freeze = write("freezeConfig", "Freeze or thaw configuration")
        .takes("ConfigFreeze", &["config-freeze.v1"])
        .answers(200, "Done.", "ChangeAnswer", &[])
        .may_fail(&[Overloaded]);
    let read = Operation::new("getConfig", "config", "Read the effective configuration of a station", Auth::May(Scope::ConfigRead))
        .param("Station")
        .param("CallId")
        .param("IfNoneMatch")
        .answers(200, "The configuration.", "EffectiveConfig", &["effective-config.v1"])
        .with_header(200, "etag", "ETag")
        .responds(304, json!({
            "description": "The client's copy is current.",
            "headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}, "etag": {"$ref": "#/components/headers/ETag"}},
        }))
        .may_fail(&[NotFound, InvalidParameter])
        .never(&[HeadersTooLarge]);
    let changes = Operation::new(
        "listChanges",
        "config",
        "Read the history of configuration, newest first",
        Auth::May(Scope::ConfigRead),
    )
    .param("ChangesStation")
    .param("Limit")
    .param("Cursor")
    .answers(200, "A page.", "ChangesPage", &["changes-page.v1"])
    .may_fail(&[InvalidParameter]);
    vec![
        ("/v1/config/update", "post", update.build()),
        ("/v1/config/rollback", "post", rollback.build()),
        ("/v1/config/freeze", "post", freeze.build()),
        ("/v1/config/{station}", "get", read.build()),
        ("/v1/config/changes", "get", changes.build()),
    ]
}
