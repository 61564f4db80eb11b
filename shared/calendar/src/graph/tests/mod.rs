mod calls;
mod errors;
mod events;
mod lists;
mod recurrence;
mod round_trip;
mod window;

use crate::http::Response;
use crate::zone::Zone;
use serde_json::{Map, Value};

fn berlin() -> Zone {
    Zone::iana("Europe/Berlin").unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn answer(status: u16, body: &Value) -> Response {
    Response { status, headers: vec![], body: body.to_string().into_bytes() }
}
