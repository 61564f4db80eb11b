//! `components.schemas`: the shapes of `attune-contracts`.

mod audio;
mod catalogue;
mod config;
mod derived;
mod ids;
mod problem;
mod run;
mod service;
mod snapshot;
mod stream;
mod tenant;
mod voice;

pub use ids::ULID;
use serde_json::{Map, Value};

/// All schemas by name.
pub fn all() -> Map<String, Value> {
    [
        ids::schemas(),
        catalogue::schemas(),
        problem::schemas(),
        snapshot::schemas(),
        audio::schemas(),
        run::schemas(),
        config::schemas(),
        stream::schemas(),
        tenant::schemas(),
        service::schemas(),
        voice::schemas(),
    ]
    .into_iter()
    .flatten()
    .map(|(name, schema)| (name.to_owned(), schema))
    .chain(derived::schemas())
    .collect()
}

/// Most entries of a page.
pub const MAX_PAGE: u64 = 50;

/// Named schemas of one area.
type Named = Vec<(&'static str, Value)>;
