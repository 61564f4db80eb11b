//! An object lists itself with the Registry before its first 202, and remembers that it did.

use super::base::Base;
use super::protocol::Register;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::log;
use attune_edge_kit::object::Stub;
use attune_objects::names::{self, Class, ObjectName};
use attune_objects::outbox::Outbox;

/// Lists the object. Nothing is accepted before the Registry has said yes: an object that the sweeper does not know could keep
/// its rows for ever if its alarm were lost.
///
/// # Errors
/// `unavailable`.
pub async fn with_registry(base: &Base, outbox: &Outbox) -> Result<(), Problem> {
    let unavailable = |reason: String| {
        log::error("registry.unreachable").with("class", base.class_text()).with("reason", reason).write();
        Problem::new(ProblemCode::Unavailable, "a part that this needs cannot be reached").retry_after(1)
    };
    let cell = ObjectName::parse(&base.name).and_then(|name| attune_domain::Cell::parse(name.cell).ok());
    let cell = cell.ok_or_else(|| base.fault("the object has no name of ours", &base.name))?;
    let registry = names::registry_of(&cell, &base.name);
    let stub = Stub::new(&base.env, Class::Registry.binding(), &registry);
    let command = Register { name: base.name.clone() };
    let answer = stub.call("/register", &command).await.map_err(|e| unavailable(e.to_string()))?;
    if answer.status >= 300 {
        return Err(unavailable(answer.status.to_string()));
    }
    outbox.mark_registered().map_err(|e| base.problem(e))
}
