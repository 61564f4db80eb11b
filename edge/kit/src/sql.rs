//! The SQLite database of a Durable Object.

use crate::{Error, Result};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::{Array, ArrayBuffer, Number, Uint8Array};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    type Storage;
    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> Sql;
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        body: &mut dyn FnMut() -> core::result::Result<JsValue, JsValue>,
    ) -> core::result::Result<JsValue, JsValue>;
    #[derive(Clone, Debug)]
    type Sql;
    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, query: &str, bindings: &Array) -> core::result::Result<Cursor, JsValue>;
    #[wasm_bindgen(method, getter, js_name = databaseSize)]
    fn database_size(this: &Sql) -> f64;
    type Cursor;
    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> core::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, js_name = rowsWritten)]
    fn rows_written(this: &Cursor) -> f64;
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number within ±2^53: JavaScript carries no other exactly.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The database of one object.
#[derive(Debug, Clone)]
pub struct Database {
    storage: Storage,
    sql: Sql,
}

impl Database {
    /// The database behind an object's state.
    pub fn new(state: &worker::State) -> Self {
        let storage = state.storage();
        let storage: Storage = AsRef::<JsValue>::as_ref(storage.as_raw()).clone().unchecked_into();
        let sql = storage.sql();
        Self { storage, sql }
    }

    /// Runs a statement and gives all its rows.
    ///
    /// # Errors
    /// [`Error::Runtime`] with SQLite's words.
    pub fn query(&self, statement: &str, bindings: &[Value]) -> Result<Vec<Vec<Value>>> {
        let cursor = self.cursor(statement, bindings)?;
        let rows = cursor.raw().map_err(|e| Error::thrown("rows", &e))?;
        Array::from(&rows).iter().map(|row| Array::from(&row).iter().map(|v| from_js(&v)).collect()).collect()
    }

    /// Runs a statement that gives no rows.
    ///
    /// # Errors
    /// [`Error::Runtime`] with SQLite's words.
    pub fn execute(&self, statement: &str, bindings: &[Value]) -> Result<u64> {
        let written = self.cursor(statement, bindings)?.rows_written();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
        let written = written as u64;
        Ok(written)
    }

    fn cursor(&self, statement: &str, bindings: &[Value]) -> Result<Cursor> {
        let array = Array::new();
        for value in bindings {
            array.push(&to_js(value));
        }
        self.sql.exec(statement, &array).map_err(|e| Error::thrown("sql", &e))
    }

    /// Size of the database, bytes.
    pub fn size(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, at most 10 GB")]
        let size = self.sql.database_size() as u64;
        size
    }

    /// Runs `body` in one transaction: all of its writes, or none when it fails.
    ///
    /// # Errors
    /// What `body` said, or what `thrown` makes of a fault of the runtime at the commit.
    pub fn transaction<T, E>(
        &self,
        body: impl FnOnce() -> core::result::Result<T, E>,
        thrown: impl FnOnce(Error) -> E,
    ) -> core::result::Result<T, E> {
        let mut body = Some(body);
        let mut outcome = None;
        let committed = self.storage.transaction_sync(&mut || {
            // The runtime calls this once; a second call would find nothing to do.
            let result = body.take().map(|body| body());
            let failed = matches!(result, Some(Err(_)));
            outcome = result;
            // Only a throw rolls back.
            if failed { Err(JsValue::from_str("rolled back")) } else { Ok(JsValue::UNDEFINED) }
        });
        match (outcome, committed) {
            (Some(Err(fault)), _) => Err(fault),
            (Some(Ok(value)), Ok(_)) => Ok(value),
            (_, Err(fault)) => Err(thrown(Error::thrown("transaction", &fault))),
            (None, Ok(_)) => Err(thrown(Error::Runtime { at: "transaction", message: "it did not run".to_owned() })),
        }
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "documented range")]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Real(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

fn from_js(value: &JsValue) -> Result<Value> {
    if value.is_null() || value.is_undefined() {
        return Ok(Value::Null);
    }
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text));
    }
    if let Some(number) = value.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be a safe integer")]
        let whole = number as i64;
        return Ok(if Number::is_safe_integer(value) { Value::Integer(whole) } else { Value::Real(number) });
    }
    match value.dyn_ref::<ArrayBuffer>() {
        Some(buffer) => Ok(Value::Blob(Uint8Array::new(buffer).to_vec())),
        None => Err(Error::Runtime { at: "rows", message: "a value of an unknown type".to_owned() }),
    }
}
