//! The one alarm of a Durable Object: set when none is, or when the one that is set is later; never moved later.

use crate::{Error, Result};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::State;
use worker::js_sys::Promise;

#[wasm_bindgen]
extern "C" {
    type Storage;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at_ms: f64) -> core::result::Result<Promise, JsValue>;
}

/// What is known of the alarm. Make one per object, with what `getAlarm` said in the constructor.
#[derive(Debug, Default)]
pub struct Alarm {
    armed: Cell<Option<i64>>,
}

impl Alarm {
    /// Remembers what is set, from [`Alarm::stored`].
    pub fn remember(&self, at_ms: Option<i64>) {
        self.armed.set(at_ms);
    }

    /// Is it set for `at_ms` or earlier? Then arming for later changes nothing, and nobody has to find out for when.
    pub fn is_set_by(&self, at_ms: i64) -> bool {
        self.armed.get().is_some_and(|set| set <= at_ms)
    }

    /// Asks the storage what is set.
    ///
    /// # Errors
    /// [`Error::Runtime`].
    pub async fn stored(storage: &worker::Storage) -> Result<Option<i64>> {
        storage.get_alarm().await.map_err(|e| Error::worker("alarm", &e))
    }

    /// To be called first in the alarm's handler: the runtime has taken the alarm away.
    pub fn fired(&self) {
        self.armed.set(None);
    }

    /// Arms for `at_ms` (milliseconds since 1970) unless it is set for then or earlier. Synchronous: the alarm joins the
    /// writes around it into one transaction, and the answer is held until all of them are durable.
    ///
    /// # Errors
    /// [`Error::Runtime`].
    pub fn arm(&self, state: &State, at_ms: i64) -> Result<()> {
        if self.is_set_by(at_ms) {
            return Ok(());
        }
        let storage: Storage = state.storage().as_raw().clone_ref();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^53")]
        let at = at_ms as f64;
        // Not awaited: the output gate holds every answer until the alarm and the writes beside it are durable.
        drop(storage.set_alarm(at).map_err(|e| Error::thrown("alarm", &e))?);
        self.armed.set(Some(at_ms));
        Ok(())
    }
}

/// The same JavaScript object under our own binding, which has the calls that the crate `worker` lacks.
trait CloneRef {
    fn clone_ref(&self) -> Storage;
}

impl<T: AsRef<JsValue>> CloneRef for T {
    fn clone_ref(&self) -> Storage {
        self.as_ref().clone().unchecked_into()
    }
}
