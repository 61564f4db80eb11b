//! The SQLite database of a Durable Object, as `attune-objects` wants it.

use attune_objects::store::{Cell, Row, Rows, Store, Value};
use attune_objects::{Error, Result};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::Array;

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
    #[wasm_bindgen(method, getter, js_name = databaseSize)]
    fn database_size(this: &Sql) -> f64;
}

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    /// Parameters cross as JSON, all at once, and so do rows, unless they hold a long text: then they are the rows themselves. No
    /// rows are nothing.
    #[wasm_bindgen(catch)]
    fn exec(sql: &Sql, query: &str, parameters: &str) -> core::result::Result<JsValue, JsValue>;
    /// The same with parameters of which one is long.
    #[wasm_bindgen(catch, js_name = execLong)]
    fn exec_long(sql: &Sql, query: &str, parameters: &Array) -> core::result::Result<JsValue, JsValue>;
}

/// Texts from this length on cross by themselves: in JSON each quote of theirs would be escaped, and read again. As in `runtime.js`.
const LONG: usize = 512;

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
}

impl Store for Database {
    fn exec(&self, sql: &str, params: &[Value<'_>]) -> Result<Rows> {
        let rows = if params.iter().any(|value| matches!(value, Value::Text(text) if text.len() >= LONG)) {
            let parameters = Array::new();
            for value in params {
                parameters.push(&to_js(*value));
            }
            exec_long(&self.sql, sql, &parameters)
        } else {
            let parameters = serde_json::to_string(params).map_err(|_| Error::Stored("parameter"))?;
            exec(&self.sql, sql, &parameters)
        };
        let rows = rows.map_err(|e| fault(&e))?;
        if rows.is_undefined() {
            return Ok(Rows::default());
        }
        if let Some(text) = rows.as_string() {
            return serde_json::from_str(&text).map_err(|_| Error::Stored("type of a column"));
        }
        let row = |row: JsValue| Array::from(&row).iter().map(|v| from_js(&v)).collect::<Result<Vec<_>>>().map(Row);
        Ok(Rows(Array::from(&rows).iter().map(row).collect::<Result<_>>()?))
    }

    fn script(&self, sql: &str) -> Result<()> {
        exec(&self.sql, sql, "[]").map(drop).map_err(|e| fault(&e))
    }

    fn transaction(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let mut outcome = None;
        let committed = self.storage.transaction_sync(&mut || {
            let result = body();
            let failed = result.is_err();
            outcome = Some(result);
            // Only a throw rolls back.
            if failed { Err(JsValue::from_str("rolled back")) } else { Ok(JsValue::UNDEFINED) }
        });
        match (outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(thrown)) => Err(fault(&thrown)),
            (Some(Ok(())), Ok(_)) => Ok(()),
            (None, Ok(_)) => Err(Error::Store("the transaction did not run".to_owned())),
        }
    }

    fn size_bytes(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, at most 10 GB")]
        let size = self.sql.database_size() as u64;
        size
    }
}

fn fault(thrown: &JsValue) -> Error {
    Error::Store(crate::Error::thrown("sql", thrown).to_string())
}

fn to_js(value: Value<'_>) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "within ±2^53, see Value")]
        Value::Int(number) => JsValue::from_f64(number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn from_js(value: &JsValue) -> Result<Cell> {
    if let Some(text) = value.as_string() {
        return Ok(Cell::Text(text));
    }
    match value.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within ±2^53")]
        Some(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0 => {
            Ok(Cell::Int(number as i64))
        }
        Some(_) => Err(Error::Stored("number")),
        None if value.is_null() || value.is_undefined() => Ok(Cell::Null),
        None => Err(Error::Stored("type of a column")),
    }
}
