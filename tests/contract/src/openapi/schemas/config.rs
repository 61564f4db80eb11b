//! Configuration.

use super::Named;
use crate::openapi::build::{
    array, count, described, flag, integer, map, nullable, object, prose, schema, strict, words,
};
use serde_json::{Value, json};

/// Most characters of a reason.
const REASON: u32 = 500;
/// Longest time to live, seconds: a week.
const MAX_TTL_S: u64 = 604_800;

/// `call_id` is there exactly with scope `call`.
fn call_with_call_scope(mut schema: Value) -> Value {
    schema["if"] = json!({"properties": {"scope": {"const": "call"}}, "required": ["scope"]});
    schema["then"] = json!({"required": ["call_id"], "properties": {"call_id": {"type": "string"}}});
    schema["else"] = json!({"properties": {"call_id": {"type": "null"}}});
    schema
}

fn optional_call() -> Value {
    nullable("With scope `call`: the call.", schema("CallId"))
}

pub fn schemas() -> Named {
    vec![
        (
            "ConfigUpdate",
            call_with_call_scope(strict(
                "A manual change. It passes the same gate as the optimizer's.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("station", schema("Station")),
                    ("scope", schema("ConfigScope")),
                    ("call_id?", optional_call()),
                    ("base_version", count("Effective version that the caller saw: compare and set.")),
                    ("values", schema("LayerChange")),
                    ("reason", prose("Why; shown in the history.", 0, REASON)),
                    (
                        "ttl_s?",
                        nullable(
                            "Seconds after which the layer returns by itself; absent: it stays.",
                            integer("Seconds.", 1, MAX_TTL_S),
                        ),
                    ),
                ],
            )),
        ),
        (
            "ConfigRollback",
            call_with_call_scope(strict(
                "Return of a layer to an earlier version. Works while frozen.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("station", schema("Station")),
                    ("scope", schema("ConfigScope")),
                    ("call_id?", optional_call()),
                    ("to_version", count("Version of that layer to return to; 0 is the empty layer.")),
                    ("reason", prose("Why; shown in the history.", 0, REASON)),
                ],
            )),
        ),
        (
            "ConfigFreeze",
            strict(
                "Freeze or thaw: while frozen, only rollbacks change configuration.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("frozen", flag("Freeze or thaw.")),
                    ("reason", prose("Why.", 0, REASON)),
                ],
            ),
        ),
        (
            "EffectiveConfig",
            object(
                "Effective configuration of a station: what its layers merge to.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("station", schema("Station")),
                    ("call_id?", described("CallId", "The call it was merged for.")),
                    (
                        "version",
                        count("Highest version of a change to this station in the layers merged; 0: defaults only."),
                    ),
                    (
                        "content_hash",
                        described("Sha256", "Over the RFC 8785 form of name to decimal string of all values."),
                    ),
                    (
                        "values",
                        map(
                            "All parameters of the station by name.",
                            schema("KnobName"),
                            object(
                                "One effective value.",
                                &[
                                    ("value", schema("DecimalString")),
                                    ("unit", words("Unit.")),
                                    (
                                        "scope",
                                        nullable(
                                            "Layer it came from; null: the catalogue's default.",
                                            schema("ConfigScope"),
                                        ),
                                    ),
                                ],
                            ),
                        ),
                    ),
                    ("ttl_s?", count("Seconds until a layer returns by itself, if one has a time to live.")),
                    ("frozen", flag("Are changes frozen?")),
                ],
            ),
        ),
        ("Origin", origin()),
        (
            "Change",
            object(
                "One accepted change.",
                &[
                    ("change_id", schema("ChangeId")),
                    ("version", integer("Version it made.", 1, u64::from(u32::MAX) << 16)),
                    ("parent", count("Version of this layer before.")),
                    ("station", schema("Station")),
                    ("scope", schema("ConfigScope")),
                    ("call_id?", described("CallId", "The call of a call layer.")),
                    (
                        "values",
                        map(
                            "Values that changed.",
                            schema("KnobName"),
                            object(
                                "Before and after; null: not in the layer.",
                                &[
                                    ("old", nullable("Before.", schema("DecimalString"))),
                                    ("new", nullable("After.", schema("DecimalString"))),
                                ],
                            ),
                        ),
                    ),
                    (
                        "content_hash",
                        described("Sha256", "Over the RFC 8785 form of the layer's content after the change."),
                    ),
                    ("reason", words("Why.")),
                    ("origin", schema("Origin")),
                    ("at", schema("Instant")),
                    ("expires_at?", described("Instant", "When the layer returns by itself.")),
                ],
            ),
        ),
        (
            "ChangeAnswer",
            object(
                "What a change did.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("change?", described("Change", "The change; absent after freeze and thaw.")),
                    ("frozen", flag("Are changes frozen?")),
                ],
            ),
        ),
        (
            "ChangesPage",
            object(
                "A page of the history, newest first.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("changes", array("At most `limit` changes.", schema("Change"))),
                    ("next_cursor", nullable("Pass as `cursor` for the next page; null at the end.", words("Cursor."))),
                ],
            ),
        ),
    ]
}

fn origin() -> Value {
    let kind = |name: &str| json!({"const": name});
    json!({
        "description": "What a change came from.",
        "oneOf": [
            object("A manual change, by API key id.", &[("kind", kind("manual")), ("key_id", words("Key id."))]),
            object("An optimizer run.", &[("kind", kind("run")), ("run_id", schema("RunId"))]),
            object("A rollback by hand.", &[("kind", kind("rollback")), ("to_version", count("Version returned to.")), ("key_id", words("Key id."))]),
            object("The first window after a change was worse than before, or no data came.", &[
                ("kind", kind("automatic_rollback")), ("to_version", count("Version returned to.")), ("from_version", count("Version taken back.")),
            ]),
            object("The time to live of a change ended.", &[("kind", kind("expired")), ("from_version", count("Version whose time ended."))]),
            object("A layer made the merged result illegal, so the most specific offending layer fell back.", &[("kind", kind("fallback"))]),
        ]
    })
}
