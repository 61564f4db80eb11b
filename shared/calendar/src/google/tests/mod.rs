mod calls;
mod errors;
mod events;
mod lists;
mod recurrence;
mod round_trip;

use crate::http::Response;
use crate::zone::Zone;
use serde_json::Value;

fn berlin() -> Zone {
    Zone::iana("Europe/Berlin").unwrap()
}

fn answer(status: u16, body: &Value) -> Response {
    Response { status, headers: vec![], body: body.to_string().into_bytes() }
}
