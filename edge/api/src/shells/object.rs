//! How the runtime sees an object: a class with `fetch` and `alarm`. In place of the macro `durable_object` of the crate `worker`, whose
//! classes make each response twice, the second time of the stream of the first; only sockets still need that one.

use super::base::Base;
use attune_contracts::Problem;
use attune_edge_kit::{Answer, Incoming};
use std::rc::Rc;

/// What is behind a class.
pub(super) trait Object: Sized + 'static {
    /// The object, which the runtime has just made.
    fn begin(base: Base) -> Rc<Self>;

    /// Carries out a command.
    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem>;

    /// The alarm.
    async fn on_alarm(self: &Rc<Self>) {}
}

/// The class of a name over an [`Object`].
macro_rules! object {
    ($name:ident, $inner:ty) => {
        /// See the module.
        #[::wasm_bindgen::prelude::wasm_bindgen]
        pub struct $name(::std::rc::Rc<$inner>);

        #[::wasm_bindgen::prelude::wasm_bindgen]
        impl $name {
            #[wasm_bindgen(constructor)]
            pub fn new(state: ::worker::worker_sys::DurableObjectState, env: ::worker::Env) -> Self {
                Self(super::object::Object::begin(super::base::Base::new(state.into(), env)))
            }

            pub fn fetch(&self, request: ::worker::worker_sys::web_sys::Request) -> ::attune_edge_kit::event::Given {
                let inner = ::std::rc::Rc::clone(&self.0);
                ::attune_edge_kit::event::give(async move {
                    let request = ::attune_edge_kit::Incoming::from(request);
                    super::base::given(super::object::Object::serve(&inner, &request).await)
                })
            }

            pub fn alarm(&self) -> ::attune_edge_kit::event::Given {
                let inner = ::std::rc::Rc::clone(&self.0);
                ::attune_edge_kit::event::give(async move {
                    super::object::Object::on_alarm(&inner).await;
                    Ok(::wasm_bindgen::JsValue::UNDEFINED)
                })
            }
        }
    };
}
pub(super) use object;
