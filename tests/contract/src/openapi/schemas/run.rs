//! Optimizer runs.

use super::Named;
use crate::openapi::build::{array, count, described, nullable, number, object, schema, strict, words};
use attune_contracts::run::RunStatus;
use serde_json::json;

pub fn schemas() -> Named {
    use RunStatus::{Accepted, Applied, Failed, NoChange, Refused};
    let answer = object(
        "A run. With `status: accepted` only id and status say anything.",
        &[
            ("schema_version", schema("SchemaVersion")),
            ("run_id", schema("RunId")),
            (
                "status",
                json!({
                    "type": "string", "enum": [Accepted, Applied, NoChange, Refused, Failed],
                    "description": "accepted: not yet answered; applied: its changes are in force; no_change: nothing to change; refused: frozen, superseded or unsafe; failed: `analysis` says why."
                }),
            ),
            ("base_version?", count("Effective version of (station, call) that the run started from.")),
            ("version?", count("Version that carries the changes, once applied.")),
            ("new_parameters", array("The changes.", schema("NewParameter"))),
            ("scorecard?", schema("Scorecard")),
            ("analysis", words("What a sound engineer would say, naming measured values.")),
            ("next_iteration?", schema("NextIteration")),
        ],
    );
    vec![
        (
            "RunRequest",
            strict(
                "Which leg of a call to judge, and the station to tune. The latest snapshot there counts.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("call_id", schema("CallId")),
                    ("leg", schema("Leg")),
                    ("station", schema("Station")),
                ],
            ),
        ),
        ("Run", answer),
        (
            "NewParameter",
            object(
                "One parameter to change.",
                &[
                    ("station", schema("Station")),
                    ("name", schema("KnobName")),
                    ("old", schema("DecimalString")),
                    ("new", schema("DecimalString")),
                    ("unit", words("Unit.")),
                    (
                        "bounds",
                        object(
                            "Bounds that were in force.",
                            &[("min", schema("DecimalString")), ("max", schema("DecimalString"))],
                        ),
                    ),
                    ("reason", words("Why, naming the measured value.")),
                    ("ttl_s", nullable("Seconds after which it returns by itself; null: it stays.", count("Seconds."))),
                    ("scope", schema("ConfigScope")),
                ],
            ),
        ),
        (
            "Scorecard",
            object(
                "Scores of the judged window.",
                &[
                    ("before", described("Score", "Score of the judged window.")),
                    ("expected", described("Score", "Score expected after the changes.")),
                    ("per_metric", array("The parts of `before`.", schema("MetricScore"))),
                ],
            ),
        ),
        (
            "MetricScore",
            object(
                "One part of a score.",
                &[
                    ("metric", schema("MetricName")),
                    ("value", nullable("Measured value; null if unavailable.", number("Value."))),
                    ("target", number("What would be right.")),
                    ("points_lost", number("Points lost by it, 0 to its weight.")),
                    ("weight", number("Most points it can cost.")),
                ],
            ),
        ),
        (
            "NextIteration",
            object(
                "What happens next.",
                &[
                    ("when", nullable("Earliest time, or null if none is planned.", schema("Instant"))),
                    ("measure", words("What to measure.")),
                    ("stop_condition", words("When to stop.")),
                ],
            ),
        ),
    ]
}
