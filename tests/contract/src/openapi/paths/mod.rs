//! `paths`: every public route, by area.

mod admin;
mod chat;
mod config;
mod optimizer;
mod service;
mod stations;
// the tenant's administration
mod identity;
mod sign_in;
mod tenant;
mod voice;
mod widgets;

use serde_json::{Map, Value, json};

/// All paths.
pub fn all() -> Value {
    let mut paths = Map::new();
    let areas = [
        stations::operations(),
        optimizer::operations(),
        config::operations(),
        admin::operations(),
        service::operations(),
        // the tenant's administration
        identity::operations(),
        sign_in::operations(),
        tenant::operations(),
        voice::operations(),
        chat::operations(),
        widgets::operations(),
    ];
    for (path, method, operation) in areas.into_iter().flatten() {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation;
    }
    Value::Object(paths)
}

/// Path, method, operation.
type Operations = Vec<(&'static str, &'static str, Value)>;
