//! Numbered, append-only steps per class (decision 8). Objects wake years later, so every step stays; an object that a newer
//! build has written is refused with 503 rather than misread.

use crate::store::transact;
use crate::{Error, Result, Store};

/// The steps of a class, or of a part that several classes mount. Never change a step that has been released; add one.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Name in `_schema`.
    pub class: &'static str,
    /// SQL of each step, the first one makes version 1.
    pub steps: &'static [&'static str],
}

const OWN: &str = "CREATE TABLE IF NOT EXISTS _schema (class TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID";

/// Brings each schema to the version of this build. To be run when an object is made, before anything else.
///
/// # Errors
/// [`Error::Newer`] when a newer build has written here; nothing has been changed then. [`Error::Store`].
pub fn migrate(store: &dyn Store, schemas: &[Schema]) -> Result<()> {
    store.exec(OWN, &[])?;
    let mut found = Vec::new();
    for mut row in store.exec("SELECT class, version FROM _schema", &[])? {
        found.push((row.text(0)?, row.int(1)?));
    }
    let version = |class: &str| found.iter().find(|(name, _)| name == class).map_or(0, |(_, version)| *version);
    for schema in schemas {
        let known = i64::try_from(schema.steps.len()).unwrap_or(i64::MAX);
        if version(schema.class) > known {
            return Err(Error::Newer { class: schema.class, found: version(schema.class), known });
        }
    }
    for schema in schemas {
        let done = usize::try_from(version(schema.class)).unwrap_or(0);
        for (index, step) in schema.steps.iter().enumerate().skip(done) {
            let number = i64::try_from(index + 1).unwrap_or(i64::MAX);
            transact(store, || {
                store.script(step)?;
                store.exec(
                    "INSERT INTO _schema (class, version) VALUES (?1, ?2) ON CONFLICT (class) DO UPDATE SET version = ?2",
                    &[schema.class.into(), number.into()],
                )?;
                Ok(())
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;

    const TWO: Schema =
        Schema { class: "c", steps: &["CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER"] };

    #[test]
    fn each_step_runs_once_and_a_newer_object_is_refused_untouched() {
        let store = SqliteStore::memory().unwrap();
        migrate(&store, &[Schema { steps: &TWO.steps[..1], ..TWO }]).unwrap();
        migrate(&store, &[TWO]).unwrap();
        migrate(&store, &[TWO]).unwrap();
        let before = store.dump().unwrap();
        let older = Schema { steps: &TWO.steps[..1], ..TWO };
        let other = Schema { class: "d", steps: &["CREATE TABLE d (x INTEGER)"] };
        assert_eq!(migrate(&store, &[other, older]), Err(Error::Newer { class: "c", found: 2, known: 1 }));
        assert_eq!(store.dump().unwrap(), before);
    }

    #[test]
    fn a_failing_step_leaves_nothing_behind() {
        let store = SqliteStore::memory().unwrap();
        let broken = Schema { class: "c", steps: &["CREATE TABLE a (x INTEGER); CREATE TABLE a (x INTEGER)"] };
        assert!(matches!(migrate(&store, &[broken]), Err(Error::Store(_))));
        assert!(!store.dump().unwrap().contains("TABLE a"));
    }
}
