//! The catalogues of metrics and knobs, pulled from `attune-domain` so that they cannot drift.

use super::Named;
use attune_domain::knob::{KNOBS, Knob};
use attune_domain::metric::{METRICS, MetricDef};
use attune_domain::{Decimal, Station};
use serde_json::{Map, Value, json};

/// What `Decimal::parse` reads at a resolution: a plain decimal, not finer than that but for trailing zeros.
fn decimal(places: u8) -> String {
    match places {
        0 => "^-?[0-9]{1,12}(\\.0+)?$".to_owned(),
        1 => "^-?[0-9]{1,12}(\\.[0-9]0*)?$".to_owned(),
        _ => format!("^-?[0-9]{{1,12}}(\\.[0-9]{{1,{places}}}0*)?$"),
    }
}

fn rules(knob: &Knob) -> Value {
    let number = |units: i64| Decimal::new(units, knob.places).to_string();
    json!({
        "unit": knob.unit, "min": number(knob.min), "max": number(knob.max), "default": number(knob.default),
        "max_step": number(knob.max_step), "min_interval_ms": knob.min_interval_ms, "live": knob.live,
        "stations": knob.stations.iter().map(|s| s.number()).collect::<Vec<_>>(),
    })
}

fn value(knob: &Knob) -> Value {
    let number = |units: i64| Decimal::new(units, knob.places).to_string();
    json!({
        "type": "string", "pattern": decimal(knob.places),
        "description": format!("{} to {} {}", number(knob.min), number(knob.max), knob.unit),
    })
}

fn optional_value(knob: &Knob) -> Value {
    let mut schema = value(knob);
    schema["type"] = json!(["string", "null"]);
    schema
}

fn values(description: &str, schema_of: impl Fn(&Knob) -> Value) -> Value {
    let properties: Map<String, Value> = KNOBS.iter().map(|k| (k.name.to_owned(), schema_of(k))).collect();
    json!({"type": "object", "description": description, "properties": properties, "additionalProperties": false})
}

fn observation(metric: &MetricDef) -> Value {
    // Whole bounds as integers: 100, not 100.0.
    let bound = |value: f64| if value.fract() == 0.0 { json!(value as i64) } else { json!(value) };
    json!({
        "$ref": "#/components/schemas/Metric",
        "properties": {
            "unit": {"const": metric.unit},
            "value": {"minimum": bound(metric.min), "maximum": bound(metric.max)},
        }
    })
}

fn target(metric: &MetricDef) -> Value {
    let mut schema = observation(metric)["properties"]["value"].take();
    schema["type"] = json!("number");
    schema
}

fn by_metric(description: &str, schema_of: impl Fn(&MetricDef) -> Value) -> Value {
    let properties: Map<String, Value> = METRICS.iter().map(|m| (m.name.to_owned(), schema_of(m))).collect();
    json!({"type": "object", "description": description, "properties": properties, "additionalProperties": false})
}

pub fn schemas() -> Named {
    let knobs: Map<String, Value> = KNOBS.iter().map(|k| (k.name.to_owned(), rules(k))).collect();
    let stations: Map<String, Value> = Station::ALL
        .iter()
        .map(|s| {
            let names = KNOBS.iter().filter(|k| k.exists_at(*s)).map(|k| k.name).collect::<Vec<_>>();
            (s.to_string(), json!(names))
        })
        .collect();
    vec![
        (
            "MetricName",
            json!({
                "type": "string", "enum": METRICS.iter().map(|m| m.name).collect::<Vec<_>>(),
                "description": "A metric of the catalogue. Another name is refused by name."
            }),
        ),
        (
            "KnobName",
            json!({
                "type": "string", "enum": KNOBS.iter().map(|k| k.name).collect::<Vec<_>>(),
                "description": "A tunable parameter of the catalogue. Another name, or one that does not exist at the station, is refused by name.",
                "x-attune-knobs": knobs,
                "x-attune-stations": stations,
            }),
        ),
        (
            "Metrics",
            by_metric("Measured values by catalogue name, each in the catalogue's unit and range.", observation),
        ),
        ("Targets", by_metric("Targets that replace the defaults of the score, by metric name.", target)),
        ("KnobValues", values("Values by parameter name, as decimal strings at the parameter's resolution.", value)),
        (
            "LayerChange",
            values(
                "New values by parameter name as decimal strings; null takes the parameter out of the layer.",
                optional_value,
            ),
        ),
        (
            "Constraints",
            values("Tighter bounds than the catalogue's, by parameter name.", |knob| {
                let side = optional_value(knob);
                json!({"type": "object", "properties": {"min": side, "max": side}, "additionalProperties": false})
            }),
        ),
        (
            "DecimalString",
            json!({
                "type": "string", "pattern": "^-?[0-9]{1,12}(\\.[0-9]{1,6})?$", "description": "A decimal number at the parameter's resolution."
            }),
        ),
    ]
}
