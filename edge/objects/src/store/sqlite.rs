//! The store over SQLite of the host, for tests and benches.

use super::{Cell, Row, Rows, Store, Value};
use crate::{Error, Result};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::path::Path;

/// A database in memory or in a file.
#[derive(Debug)]
pub struct SqliteStore(Connection);

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl SqliteStore {
    /// A new database in memory.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn memory() -> Result<Self> {
        Ok(Self::over(Connection::open_in_memory()?))
    }

    /// The database in a file, made if need be.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn file(path: &Path) -> Result<Self> {
        Ok(Self::over(Connection::open(path)?))
    }

    /// As in the platform, statements are prepared once.
    fn over(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(256);
        Self(connection)
    }

    /// All that defines the schema, in a stable order: for golden dumps.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn dump(&self) -> Result<String> {
        let rows = self.exec("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name", &[])?;
        let mut text = String::new();
        for mut row in rows {
            text.push_str(&row.text(0)?);
            text.push_str(";\n");
        }
        Ok(text)
    }

    /// Rows written since opening, as the platform bills them but without index entries.
    pub fn changes(&self) -> u64 {
        self.0.total_changes()
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(*value),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Store for SqliteStore {
    fn exec(&self, sql: &str, params: &[Value<'_>]) -> Result<Rows> {
        let mut statement = self.0.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut found = statement.query(rusqlite::params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut cells = Vec::with_capacity(columns);
            for column in 0..columns {
                cells.push(match row.get_ref(column)? {
                    ValueRef::Null => Cell::Null,
                    ValueRef::Integer(value) => Cell::Int(value),
                    ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Real(_) | ValueRef::Blob(_) => return Err(Error::Stored("type of a column")),
                });
            }
            rows.push(Row(cells));
        }
        Ok(Rows(rows))
    }

    fn script(&self, sql: &str) -> Result<()> {
        Ok(self.0.execute_batch(sql)?)
    }

    fn transaction(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.0.execute_batch("SAVEPOINT body")?;
        match body() {
            Ok(()) => Ok(self.0.execute_batch("RELEASE body")?),
            Err(error) => {
                self.0.execute_batch("ROLLBACK TO body; RELEASE body")?;
                Err(error)
            }
        }
    }

    fn size_bytes(&self) -> u64 {
        let pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        self.0.query_row(pages, [], |row| row.get::<_, i64>(0)).ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
    }
}
