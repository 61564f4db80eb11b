//! Strict reading of HTTP bodies, with JSON Pointers in the errors.

use crate::{FieldError, KNOWN_VERSIONS, Problem, ProblemCode, pointer};
use attune_domain::json;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Largest body of a route, bytes.
pub const MAX_BODY: usize = 1_048_576;

#[derive(Deserialize)]
struct Peek {
    schema_version: Option<serde_json::Value>,
}

/// For the field `schema_version` of every body: only a known version is read.
///
/// # Errors
/// For any other; [`parse_body`] then says which are known.
pub fn known_version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    let unknown =
        || serde::de::Error::custom(format_args!("schema_version {version} is not one of {KNOWN_VERSIONS:?}"));
    if KNOWN_VERSIONS.contains(&version) { Ok(version) } else { Err(unknown()) }
}

/// Reads a body of a known schema version into its type. Unknown fields are refused where the type says so.
///
/// # Errors
/// `payload_too_large`, `unknown_schema_version` (with the known ones), or `invalid_body` with a pointer to the first
/// offending field.
pub fn parse_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.len() > MAX_BODY {
        return Err(Problem::new(
            ProblemCode::PayloadTooLarge,
            format!("the body has {} bytes, at most {MAX_BODY} are read", bytes.len()),
        ));
    }
    // Nearly every body is good: what is wrong with one is only looked for when something is.
    json::from_slice(bytes).map_err(|error| fault(bytes, &error))
}

/// What is wrong with a body that could not be read, and `error` was said of it.
fn fault(bytes: &[u8], error: &serde_json::Error) -> Problem {
    let version = match json::from_slice::<Peek>(bytes) {
        Ok(peek) => peek.schema_version,
        Err(e) => {
            let error = FieldError::new("", "syntax", e.to_string());
            return Problem::new(ProblemCode::InvalidBody, "the body is not a JSON object").with_errors(vec![error]);
        }
    };
    match version {
        Some(v) if KNOWN_VERSIONS.iter().any(|k| v.as_u64() == Some(u64::from(*k))) => {}
        Some(v) => {
            let mut problem = Problem::new(
                ProblemCode::UnknownSchemaVersion,
                format!("schema_version {v} is not one of {KNOWN_VERSIONS:?}"),
            );
            problem.known_versions = KNOWN_VERSIONS.to_vec();
            return problem.with_errors(vec![FieldError::new(
                "/schema_version",
                "unknown",
                format!("expected one of {KNOWN_VERSIONS:?}"),
            )]);
        }
        None => {
            return Problem::new(ProblemCode::InvalidBody, "schema_version is missing").with_errors(vec![
                FieldError::new("/schema_version", "missing", format!("expected one of {KNOWN_VERSIONS:?}")),
            ]);
        }
    }
    let (pointer, text) = (pointer::of(bytes, error), error.to_string());
    // serde_json appends " at line 1 column 17"; the pointer says it better
    let detail = text.rsplit_once(" at line ").map_or(text.as_str(), |(head, _)| head).to_owned();
    let code = if detail.starts_with("unknown field") {
        "unknown"
    } else if detail.starts_with("missing field") {
        "missing"
    } else {
        "invalid"
    };
    Problem::new(ProblemCode::InvalidBody, "a field of the body is wrong")
        .with_errors(vec![FieldError::new(pointer, code, detail)])
}

/// One reference token of a JSON Pointer (RFC 6901, section 3).
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UpdateV1;

    fn refuse(text: &str) -> Problem {
        parse_body::<UpdateV1>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn errors_point_at_the_field() {
        let problem = refuse(r#"{"schema_version":1,"station":5}"#);
        assert_eq!(problem.errors[0].pointer, "/station");
        let problem = refuse(r#"{"schema_version":1,"station":1,"colour":1}"#);
        assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code.as_str()), ("/colour", "unknown"));
        assert_eq!(refuse("[]").code, ProblemCode::InvalidBody);
        assert_eq!(refuse("{}").errors[0].pointer, "/schema_version");
    }

    #[test]
    fn an_unknown_version_is_refused_with_the_known_ones() {
        for version in ["2", "\"1\"", "1.5", "null", "-1"] {
            let problem = refuse(&format!(r#"{{"schema_version":{version}}}"#));
            assert!(problem.errors[0].pointer == "/schema_version", "{version}");
            assert!(version == "null" || problem.known_versions == KNOWN_VERSIONS, "{version}");
        }
    }

    #[test]
    fn the_version_counts_wherever_it_stands_and_only_once() {
        let good = |text: &str| parse_body::<crate::config::FreezeV1>(text.as_bytes()).is_ok();
        assert!(good(r#"{"schema_version":1,"frozen":true,"reason":""}"#));
        assert!(good(r#"{"frozen":true,"reason":"{\"schema_version\":2}","schema_version":1}"#));
        for bad in [
            r#"{"schema_version":1,"frozen":true,"reason":"","schema_version":2}"#,
            r#"{"frozen":true,"reason":""}"#,
            r#"{"schema_version":1,"frozen":true,"reason":""} x"#,
            r#"{"schema_version":1,"frozen":true,"reason":"""#,
            r#"{"x":{"schema_version":1},"frozen":true,"reason":""}"#,
            r#"[{"schema_version":1}]"#,
            "",
        ] {
            assert!(!good(bad), "{bad}");
        }
    }

    #[test]
    fn an_array_is_no_object_wherever_it_stands() {
        use crate::snapshot::SnapshotV1;
        use serde_json::{Value, json};
        let good: Value = serde_json::from_str(include_str!("../golden/snapshot.v1.json")).unwrap();
        let read = |body: &Value| parse_body::<SnapshotV1>(body.to_string().as_bytes());
        assert!(read(&good).is_ok());
        for pointer in [
            "/channel",
            "/segment",
            "/parameters",
            "/audio",
            "/metrics/audioQuality.speechLevel",
            "/constraints/pcm.input_gain_db",
        ] {
            let mut body = good.clone();
            let place = body.pointer_mut(pointer).unwrap();
            // in the order of their declaration, as a derived struct takes them
            let fields = match pointer {
                "/channel" => json!(["a"]),
                "/segment" => json!([7, 14_000, 16_000]),
                "/parameters" => json!([3, {}]),
                "/audio" => json!([place["storage_key"], place["sha256"], "pcm_s16le", 8000]),
                "/constraints/pcm.input_gain_db" => json!([null, "12.0"]),
                _ => json!(["P.56-B", 1, "measured", "dBFS", -38.25, 2000]),
            };
            *place = fields;
            let errors = read(&body).unwrap_err().errors;
            assert_eq!((errors[0].pointer.as_str(), errors[0].code.as_str()), (pointer, "invalid"));
            assert!(errors[0].detail.starts_with("invalid type: sequence"), "{}", errors[0].detail);
            *body.pointer_mut(pointer).unwrap() = json!([]);
            assert_eq!(read(&body).unwrap_err().errors[0].pointer, pointer);
        }
    }

    #[test]
    fn a_body_over_one_mebibyte_is_refused() {
        assert_eq!(refuse(&" ".repeat(MAX_BODY + 1)).code, ProblemCode::PayloadTooLarge);
    }
}
