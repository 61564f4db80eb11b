//! Golden dumps of every version of every schema: a released step must never change.
//! `BLESS=1 cargo test -p attune-objects --test schema` writes them; only new files may appear in the diff.

use attune_objects::schema::{Schema, migrate};
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::{chat, control_room, limiter, outbox, registry, room, session, tenant};
use std::path::Path;

#[test]
fn every_version_is_what_it_was() {
    for schema in [
        outbox::SCHEMA,
        control_room::SCHEMA,
        registry::SCHEMA,
        tenant::SCHEMA,
        session::SCHEMA,
        room::SCHEMA,
        room::LIST_SCHEMA,
        limiter::SCHEMA,
        chat::SCHEMA,
        chat::LIST_SCHEMA,
    ] {
        for version in 1..=schema.steps.len() {
            let store = SqliteStore::memory().unwrap();
            migrate(&store, &[Schema { steps: &schema.steps[..version], ..schema }]).unwrap();
            let found = store.dump().unwrap();
            let file =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{}-{version:02}.sql", schema.class));
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&file, &found).unwrap();
            }
            let golden = std::fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(found, golden, "{} version {version}: add a step instead of changing one", schema.class);
        }
    }
}
