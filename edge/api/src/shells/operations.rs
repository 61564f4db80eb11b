//! What the sweeper and the operator ask of every object with an outbox.

use super::base::{command, respond_json};
use super::drain::{self, Mounted};
use super::protocol::Part;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, Incoming, clock};
use attune_objects::outbox::{Outbox, Stats};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What the sweeper hears.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// The outbox after the visit.
    pub stats: Stats,
    /// Is there nothing to wake for, so that the Registry may forget the object?
    #[serde(default)]
    pub over: bool,
}

/// Serves `/sweep`, `/stats`, `/rejected` and `/retry`.
///
/// # Errors
/// `not_found` for another path or an unknown message.
pub fn serve<'a, M: Mounted>(
    object: &Rc<M>,
    outbox: &'a Outbox,
    path: &'a str,
    request: &'a Incoming,
) -> impl Future<Output = Result<Answer, Problem>> + 'a {
    serve_any(Rc::<M>::clone(object), outbox, path, request)
}

/// The same, compiled once for all classes.
async fn serve_any(
    object: Rc<dyn Mounted>,
    outbox: &Outbox,
    path: &str,
    request: &Incoming,
) -> Result<Answer, Problem> {
    let base = object.base();
    match path {
        "/sweep" => {
            // Like the alarm, but the visitor waits for the result, at most for one drain.
            drain::on_alarm(&*object).await;
            let swept = || {
                // Nothing awaits in here: whoever uses the object after this finds it unregistered, and registers it.
                let (stats, now) = (outbox.stats()?, clock::now_ms());
                let idle = stats.depth == 0 && stats.rejected == 0 && outbox.next_alarm(now).is_none();
                let over = idle && object.is_over(now)?;
                if over {
                    outbox.mark_unregistered()?;
                }
                Ok(Swept { stats, over })
            };
            Ok(respond_json(&swept().map_err(|e| base.problem(e))?))
        }
        "/stats" => Ok(respond_json(&outbox.stats().map_err(|e| base.problem(e))?)),
        "/rejected" => {
            let part: Part = command(request).await?;
            let list = outbox.rejected(part.id.as_deref().unwrap_or(""), part.limit.clamp(1, 100));
            Ok(respond_json(&list.map_err(|e| base.problem(e))?))
        }
        "/rejected/body" => {
            let part: Part = command(request).await?;
            let body = outbox.rejected_body(part.id.as_deref().unwrap_or("")).map_err(|e| base.problem(e))?;
            body.map(|body| Answer::json_text(200, body)).ok_or_else(unknown)
        }
        "/retry" => {
            let part: Part = command(request).await?;
            let found = outbox.retry_rejected(part.id.as_deref().unwrap_or(""), clock::now_ms());
            if !found.map_err(|e| base.problem(e))? {
                return Err(unknown());
            }
            base.arm(Some(clock::now_ms() + attune_objects::outbox::BACKSTOP_MS));
            drain::start(object.clone());
            Ok(Answer::empty(202))
        }
        _ => Err(Problem::new(ProblemCode::NotFound, "the object has no such command")),
    }
}

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, "no rejected message has this id")
}
