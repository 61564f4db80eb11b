//! Widgets and what they report.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{NotFound, PreconditionFailed, VersionConflict};
use attune_identity::api_key::Scope;
use serde_json::json;

fn new(id: &str, summary: &str, scope: Scope) -> Operation {
    Operation::new(id, "widgets", summary, Auth::May(scope))
}

/// A route of one widget.
fn one(id: &str, summary: &str, scope: Scope) -> Operation {
    new(id, summary, scope).param("Widget").may_fail(&[NotFound])
}

pub fn operations() -> Operations {
    let list = new("listWidgets", "All widgets, the newest first", Scope::WidgetsRead).answers(
        200,
        "The widgets.",
        "Widgets",
        &["widgets.v1"],
    );
    let create = new("createWidget", "Make a widget with its publishable key", Scope::WidgetsWrite)
        .says("Name and origins are needed. The key may `chat:connect` and `voice:join`, so whoever makes it has to have both.")
        .idempotent()
        .takes("WidgetChange", &["widget-change.v1"])
        .answers(201, "The widget.", "Widget", &["widget.v1"])
        .with_header(201, "etag", "WidgetTag")
        .may_fail(&[VersionConflict]);
    let read = one("readWidget", "A widget", Scope::WidgetsRead)
        .param("IfNoneMatch")
        .answers(200, "The widget, with its FAQ.", "Widget", &["widget.v1"])
        .with_header(200, "etag", "WidgetTag")
        .responds(304, json!({
            "description": "It is as the client has it.",
            "headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}, "etag": {"$ref": "#/components/headers/WidgetTag"}}
        }));
    let change = one("changeWidget", "Change a widget", Scope::WidgetsWrite)
        .says("What is absent stays; what is given replaces the whole member; `hours` of null are taken away. New origins are in force within 3 seconds, the FAQ within 10.")
        .param("IfMatch")
        .takes("WidgetChange", &["widget-change.v1"])
        .answers(200, "The widget.", "Widget", &["widget.v1"])
        .with_header(200, "etag", "WidgetTag")
        .may_fail(&[PreconditionFailed]);
    let delete = one("deleteWidget", "Delete a widget and its reports, and revoke its key", Scope::WidgetsWrite)
        .says("Chat rooms that are open stay open.")
        .param("IfMatch")
        .answers_nothing("The widget is gone.")
        .may_fail(&[PreconditionFailed]);
    let report = new("reportFault", "Report what failed in a widget", Scope::ChatConnect)
        .says("By the page, with the widget's key. The newest 100 of a widget are kept.")
        .takes("WidgetReport", &["widget-report.v1"])
        .answers_nothing("It is kept.")
        .may_fail(&[NotFound]);
    let reports = one("listReports", "What a widget has reported, the newest first", Scope::WidgetsRead).answers(
        200,
        "The reports.",
        "WidgetReports",
        &["widget-reports.v1"],
    );
    vec![
        ("/v1/widgets", "get", list.build()),
        ("/v1/widgets", "post", create.build()),
        ("/v1/widgets/reports", "post", report.build()),
        ("/v1/widgets/{widget}", "get", read.build()),
        ("/v1/widgets/{widget}", "patch", change.build()),
        ("/v1/widgets/{widget}", "delete", delete.build()),
        ("/v1/widgets/{widget}/reports", "get", reports.build()),
    ]
}
