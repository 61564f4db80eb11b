//! The SQLite database of a Durable Object, as `attune-objects` wants it.

use attune_objects::store::{Rows, Store, Value};
use attune_objects::{Error, Result};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

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
    /// Parameters and rows cross as JSON, all at once; no rows are nothing.
    #[wasm_bindgen(catch)]
    fn exec(sql: &Sql, query: &str, parameters: &str) -> core::result::Result<Option<String>, JsValue>;
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
}

impl Store for Database {
    fn exec(&self, sql: &str, params: &[Value<'_>]) -> Result<Rows> {
        let parameters = serde_json::to_string(params).map_err(|_| Error::Stored("parameter"))?;
        match exec(&self.sql, sql, &parameters).map_err(|e| fault(&e))? {
            Some(rows) => serde_json::from_str(&rows).map_err(|_| Error::Stored("type of a column")),
            None => Ok(Rows::default()),
        }
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
