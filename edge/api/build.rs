//! The OpenAPI document as the Worker carries it: without the spaces that are for readers of the file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a build that cannot go on stops")]

fn main() {
    let file = "../../shared/contracts/openapi.json";
    println!("cargo::rerun-if-changed={file}");
    let text = std::fs::read_to_string(file).expect("shared/contracts/openapi.json can be read");
    let document: serde_json::Value = serde_json::from_str(&text).expect("openapi.json is JSON");
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(format!("{folder}/openapi.json"), document.to_string()).expect("OUT_DIR can be written");
}
